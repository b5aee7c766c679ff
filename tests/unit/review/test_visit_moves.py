"""Moves of a visit: every guard, all reasons at once, revisions, sheets, and what happens to findings."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from fieldkit.errors import UsageError
from fieldkit.model.document import apply, apply_all, record_digest
from fieldkit.review.findings import Finding, FindingEvidence
from fieldkit.review.visitmoves import VisitCase, visit_moves
from tests.builders.visits import Bench, rulebook

FINDING = Finding(
    "f1",
    number="F-d01-1",
    visit="v1",
    subject="B-1",
    statement="no list of problems",
    criterion="annual meeting",
    severity="S3",
    evidence=(FindingEvidence("D", "minutes"),),
)


def recheck() -> Bench:
    """Return a short visit with everything answered."""
    bench = Bench("recheck")
    bench.answers(visit_date="2026-01-09", visit_mode="recheck", it_m="doc", it_v="ok", it_fact="seen")
    bench.answers(it_root="yes", it_again="no", sumup="fine")
    return bench


def finals() -> Bench:
    """Return a final visit."""
    bench = recheck()
    assert bench.move("ready").ok
    assert bench.move("finalise").ok
    return bench


class TestReady:
    def test_everything_that_is_missing_is_said_at_once(self) -> None:
        bench = Bench("branch_std")
        bench.answer("m_full", "501")
        decision = bench.move("ready", ("reviewer",))
        codes = [reason.code for reason in decision.refused]
        assert not decision.ok
        assert {"role_not_allowed", "required_filled", "constraints_pass", "samples_met"} == set(codes)
        left = bench.session.live["branch_std"].tally.all.left
        assert codes.count("required_filled") == left
        refused = [reason for reason in decision.refused if reason.code == "constraints_pass"]
        assert refused[0].ref == "/data/a/m_full"
        assert "501" in refused[0].message
        assert bench.session.record.state.state == "open"

    def test_too_small_a_sample_asks_for_more_or_a_reason(self) -> None:
        bench = Bench("branch_std")
        assert "samples_met" in {reason.code for reason in bench.move("ready").refused}
        with_reason = bench.move("ready", reason="only one meeting was held")
        assert "samples_met" not in {reason.code for reason in with_reason.refused}
        bench.add_rows("rec", 3)
        assert "samples_met" not in {reason.code for reason in bench.move("ready").refused}

    def test_research_needs_talks_in_all_four_directions(self) -> None:
        bench = Bench("spot_research")
        bench.add_rows("iv", 4)
        for row, direction in enumerate(("up", "side"), 1):
            bench.answer("iv_d", direction, row=row)
        missing = [reason for reason in bench.move("ready").refused if reason.code == "directions_covered"]
        assert len(missing) == 2
        assert "Those below" in missing[0].message
        for row, direction in enumerate(("down", "serve"), 3):
            bench.answer("iv_d", direction, row=row)
        assert "directions_covered" not in {reason.code for reason in bench.move("ready").refused}

    def test_several_forms_say_which_one(self) -> None:
        bench = Bench("branch_std", "village_econ")
        refused = bench.move("ready").refused
        refs = {reason.ref for reason in refused if reason.ref}
        assert any(ref.startswith("village_econ:/data/") for ref in refs)
        assert any(ref.startswith("branch_std:/data/") for ref in refs)


class TestLife:
    def test_ready_and_back(self) -> None:
        bench = recheck()
        assert bench.move("ready").state == "ready"
        assert bench.move("reopen").state == "open"
        assert bench.session.record.state.revision == 0

    def test_revisions_count_from_the_first_finalise(self) -> None:
        bench = finals()
        assert bench.session.record.state.revision == 1
        assert bench.move("reopen").refused[0].code == "field_missing"
        assert bench.move("reopen", reason="a figure was wrong").ok
        assert bench.session.record.state.revision == 2
        bench.answer("sumup", "better")
        assert bench.move("ready").ok
        assert bench.move("finalise").ok
        assert bench.session.record.state.revision == 2

    def test_finalise_holds_digest_and_version_vector(self) -> None:
        bench = recheck()
        assert bench.move("ready").ok
        document = bench.session.document
        assert document is not None
        assert bench.move("finalise").ok
        value = bench.session.record.values["state"]
        assert value["digest"] == record_digest(document)
        assert value["vector"] == {bench.device: document["vector"][bench.device]}

    def test_sheets_have_numbers_that_are_kept(self) -> None:
        bench = recheck()
        assert bench.move("ready").ok
        assert bench.move("feedback").ok
        assert bench.session.record.state.data["sheet"] == "V-d01-1-R1"
        assert bench.move("reopen", reason="a date").ok
        assert bench.move("ready").ok
        assert bench.move("feedback").ok
        assert bench.session.record.state.data["sheet"] == "V-d01-1-R1-2"
        assert bench.session.record.state.sheets == ("V-d01-1-R1", "V-d01-1-R1-2")

    def test_a_reviewer_returns_with_remarks_and_accepts(self) -> None:
        bench = finals()
        refused = bench.move("return", ("reviewer",)).refused
        assert [(reason.code, reason.ref) for reason in refused] == [("field_missing", "remarks")]
        remarks = [{"question": "recheck:/data/sumup", "text": "say more"}]
        assert bench.move("return", ("reviewer",), remarks=remarks).ok
        assert bench.session.record.values["state"]["remarks"] == remarks
        assert bench.move("correct", ("inspector",)).state == "open"
        assert bench.session.record.state.revision == 2
        assert bench.move("ready").ok
        assert bench.move("finalise").ok
        assert bench.move("accept", ("reviewer",)).state == "accepted"

    def test_two_values_keep_a_visit_from_being_accepted(self) -> None:
        bench = recheck()
        mine = next(one for one in bench.operations if one.field == "answer:recheck:/data/sumup")
        other = replace(mine, device="bbbbbbbbbbbbbbbb", seq=1, value="other")
        assert bench.move("ready").ok
        bench.operations.append(other)
        bench.reopen()
        assert bench.move("finalise").ok
        refused = bench.move("accept", ("reviewer",)).refused
        assert [reason.code for reason in refused] == ["heads_resolved"]
        document = apply_all(None, [one for one in bench.operations if one.record == "visit/v1"])
        assert apply(document, other) is not None

    def test_an_event_that_no_visit_knows_is_a_wrong_command(self) -> None:
        with pytest.raises(UsageError):
            recheck().move("explode")

    def test_a_move_that_is_not_listed_names_object_state_event_and_role(self) -> None:
        (reason,) = recheck().move("accept", ("inspector",)).refused
        assert reason.code == "no_such_move"
        for word in ("visit", "open", "accept", "inspector"):
            assert word in reason.message


class TestFindingsOfTheVisit:
    def finalised(self, *findings: Finding) -> tuple[Bench, list[str], list[str]]:
        bench = recheck()
        bench.findings = list(findings)
        assert bench.move("ready").ok
        decision = bench.move("finalise")
        assert decision.ok
        moved = [draft.record for draft in decision.writes if draft.record.startswith("finding/")]
        return bench, moved, [reason.code for reason in decision.warnings]

    def test_heard_ones_are_submitted(self) -> None:
        _bench, moved, warnings = self.finalised(replace(FINDING, state="heard"))
        assert (moved, warnings) == (["finding/f1"], [])

    def test_confirmed_ones_only_where_no_exchange_is_needed(self) -> None:
        confirmed = replace(FINDING, state="confirmed")
        assert self.finalised(replace(confirmed, type="good_practice"))[1] == ["finding/f1"]
        assert self.finalised(replace(confirmed, type="early_sign"))[1] == ["finding/f1"]
        assert self.finalised(replace(confirmed, confidentiality="internal"))[1] == ["finding/f1"]
        _bench, moved, warnings = self.finalised(confirmed)
        assert moved == []
        assert warnings == ["finding_not_submitted", "findings_left"]

    def test_drafts_stay_and_are_listed(self) -> None:
        _bench, moved, warnings = self.finalised(FINDING, replace(FINDING, id="f2", state="void"))
        assert (moved, warnings) == ([], ["finding_not_submitted", "findings_left"])

    def test_discarding_voids_drafts(self) -> None:
        bench = Bench("recheck")
        bench.findings = [FINDING, replace(FINDING, id="f2", state="confirmed")]
        decision = bench.move("discard", reason="wrong branch")
        states = {draft.record: draft.value["state"] for draft in decision.writes}
        assert states == {"visit/v1": "void", "finding/f1": "void"}


class TestList:
    def test_moves_are_numbered_and_say_why_they_are_off(self) -> None:
        bench = Bench("recheck")
        views = visit_moves(VisitCase(bench.session, rulebook()), ("inspector",))
        assert [(view.number, view.event, view.enabled) for view in views] == [
            (1, "ready", False),
            (2, "discard", False),
        ]
        assert {reason.code for reason in views[0].reasons} == {"required_filled"}
        assert {reason.code for reason in views[1].reasons} == {"role_not_allowed"}
        assert views[1].required == ("reason",)
        lead = visit_moves(VisitCase(bench.session, rulebook()), ("team_lead",))
        assert lead[1].enabled, "a field that is asked for is no reason"
