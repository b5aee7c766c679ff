"""Moves of a finding: basis, sources, exchange of views, dispositions with their fields, merging."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from fieldkit.errors import VisitError
from fieldkit.review.findingmoves import FindingCase, finding_moves, move_finding
from fieldkit.review.findings import (
    Finding,
    FindingEvidence,
    NewFinding,
    draft_edit,
    draft_finding,
    finding_line,
    read_finding,
)
from fieldkit.review.lifecycle import Decision
from tests.builders.visits import codes, rulebook

NOW = "2026-01-10T09:30:00+08:00"
NEW = NewFinding("f1", "F-d01-1", "v1", "B-1", NOW, item="branch_std:/data/c/c_life", ref="/data/c/c_life")
WHOLE = Finding(
    "f1",
    number="F-d01-1",
    subject="B-1",
    statement="no list of problems",
    criterion="annual meeting",
    severity="S3",
    evidence=(FindingEvidence("D", "minutes"),),
)


def move(finding: Finding, event: str, *roles: str, others: dict[str, Finding] | None = None, **given: Any) -> Decision:
    """Move a finding."""
    case = FindingCase(finding, rulebook(), NOW, others or {})
    return move_finding(case, event, given, roles)


def codes_of(decision: Decision) -> list[str]:
    """Return why a move was refused."""
    return [reason.code for reason in decision.refused]


class TestConfirm:
    def test_criterion_fact_and_statement(self) -> None:
        bare = replace(WHOLE, criterion="", evidence=())
        refused = move(bare, "confirm", "team_lead")
        assert codes_of(refused) == ["basis_fact_statement"] * 2
        assert [reason.ref for reason in refused.refused] == ["criterion", "fact"]
        assert move(replace(bare, criterion="c", fact="two of five"), "confirm", "team_lead").ok
        assert move(WHOLE, "confirm", "team_lead").state == "confirmed"

    def test_s1_needs_two_different_sources(self) -> None:
        grave = replace(WHOLE, severity="S1")
        assert codes_of(move(grave, "confirm", "team_lead")) == ["s1_two_sources"]
        same = replace(grave, evidence=(FindingEvidence("O", "seen"), FindingEvidence("P", "photo")))
        assert codes_of(move(same, "confirm", "team_lead")) == ["s1_two_sources"], "a photo is a look"
        both = replace(grave, evidence=(FindingEvidence("D", "minutes"), FindingEvidence("I", "two members")))
        assert move(both, "confirm", "team_lead").ok

    def test_s2_with_one_source_is_a_warning(self) -> None:
        decision = move(replace(WHOLE, severity="S2"), "confirm", "team_lead")
        assert decision.ok
        assert [reason.code for reason in decision.warnings] == ["sources_recommended", "statement_vague"]

    def test_only_a_team_lead(self) -> None:
        assert codes_of(move(WHOLE, "confirm", "inspector")) == ["role_not_allowed"]


class TestAdvice:
    def test_figures_and_repeated_words(self) -> None:
        clear = replace(WHOLE, statement="3 of 5 records of 2025 name no recorder")
        assert move(clear, "confirm", "team_lead").warnings == ()
        earlier = replace(clear, id="f0", number="F-d01-0", statement="2 of 5 records of 2024 name no recorder")
        decision = move(clear, "confirm", "team_lead", others={"f0": earlier, "F-d01-0": earlier, "f1": clear})
        assert decision.ok
        assert [reason.code for reason in decision.warnings] == ["statement_repeated"]
        assert "F-d01-0" in decision.warnings[0].message
        gone = {"f0": replace(earlier, state="void")}
        assert move(clear, "confirm", "team_lead", others=gone).warnings == ()

    def test_chinese_figures_count(self) -> None:
        vague, clear = replace(WHOLE, statement="学习不够深入"), replace(WHOLE, statement="全年只学习两次")
        assert [reason.code for reason in move(vague, "confirm", "team_lead").warnings] == ["statement_vague"]
        assert move(clear, "confirm", "team_lead").warnings == ()


class TestOnward:
    def test_views_are_exchanged_before_submitting(self) -> None:
        confirmed = replace(WHOLE, state="confirmed")
        assert codes_of(move(confirmed, "submit", "team_lead")) == ["exchange_not_needed"]
        assert codes_of(move(confirmed, "exchange_views", "team_lead")) == ["field_missing"]
        differ = move(confirmed, "exchange_views", "team_lead", subject_view="differ")
        assert [(reason.code, reason.ref) for reason in differ.refused] == [("field_missing", "subject_reason")]
        heard = move(confirmed, "exchange_views", "team_lead", subject_view="agree")
        assert heard.state == "heard"
        assert move(replace(WHOLE, state="heard"), "submit", "team_lead").state == "submitted"

    def test_a_code_that_is_none_is_refused(self) -> None:
        decision = move(replace(WHOLE, state="confirmed"), "exchange_views", "team_lead", subject_view="maybe")
        assert [(reason.code, reason.ref) for reason in decision.refused] == [("field_invalid", "subject_view")]


class TestDispose:
    submitted = replace(WHOLE, state="submitted")

    @pytest.mark.parametrize(
        ("disposition", "missing"),
        [
            ("rectify", ["preset"]),
            ("fix_at_once", ["due"]),
            ("remind", ["advice", "follow_up"]),
            ("tolerate", ["grounds", "body"]),
            ("clarify", ["body", "clarify_mode"]),
            ("refer", ["body"]),
            ("needs_upper", ["body"]),
            ("good_practice", ["verified_by"]),
        ],
    )
    def test_each_disposition_asks_for_its_fields(self, disposition: str, missing: list[str]) -> None:
        refused = move(self.submitted, "dispose", "reviewer", disposition=disposition).refused
        assert [reason.ref for reason in refused] == missing
        assert {reason.code for reason in refused} == {"field_missing"}

    def test_the_preset_gives_the_due_date(self) -> None:
        decision = move(self.submitted, "dispose", "reviewer", disposition="rectify", preset="m1")
        written = {draft.field: draft.value for draft in decision.writes}
        assert written["due"] == "2026-02-09"
        assert written["disposition"] == "rectify"
        assert written["state"]["state"] == "disposed"

    def test_a_team_lead_decides_only_small_things(self) -> None:
        lead = move(self.submitted, "dispose", "team_lead", disposition="rectify", preset="m1")
        assert codes_of(lead) == ["lead_disposition"]
        assert move(self.submitted, "dispose", "team_lead", disposition="fix_at_once", due="2026-01-15").ok

    def test_s1_is_for_an_approver(self) -> None:
        grave = replace(self.submitted, severity="S1")
        given: dict[str, Any] = {"disposition": "rectify", "preset": "m3"}
        assert codes_of(move(grave, "dispose", "reviewer", **given)) == ["approver_if_s1"]
        both = move(grave, "dispose", "reviewer", "approver", **given)
        assert (both.ok, both.role) == (True, "approver")


class TestMerge:
    def test_into_another_one_of_the_same_subject(self) -> None:
        main = replace(WHOLE, id="f2", number="F-d01-2")
        others = {"f1": WHOLE, "f2": main, "F-d01-2": main, "f3": replace(WHOLE, id="f3", subject="B-2")}
        for wanted in ("f1", "f3", "f9"):
            refused = move(WHOLE, "merge", "reviewer", others=others, main_finding=wanted)
            assert codes_of(refused) == ["main_is_other"]
        merged = move(WHOLE, "merge", "reviewer", others=others, main_finding="F-d01-2")
        assert merged.state == "merged"
        assert {draft.field: draft.value for draft in merged.writes}["main_finding"] == "f2"


class TestRecord:
    def test_drafted_and_read_back(self) -> None:
        attributes = {"statement": "no list", "criterion": "meeting", "severity": "S2", "category": "org_life"}
        drafts = draft_finding(NEW, attributes, [FindingEvidence("D", "minutes")], codes())
        finding = read_finding("f1", {draft.field: draft.value for draft in drafts})
        assert (finding.statement, finding.state, finding.type) == ("no list", "draft", "problem")
        assert finding.evidence == (FindingEvidence("D", "minutes"),)
        line = finding_line(finding, "in draft")
        assert (line.key, line.severity, line.state_label) == ("branch_std:/data/c/c_life", "S2", "in draft")
        assert {draft.cause for draft in drafts[1:]} == {"with"}

    def test_only_what_changes_is_written_and_only_in_drafts(self) -> None:
        drafts = draft_edit(WHOLE, {"severity": "S3", "statement": "no list in 2025"}, None, codes())
        assert [(draft.field, draft.value) for draft in drafts] == [("statement", "no list in 2025")]
        with pytest.raises(VisitError) as caught:
            draft_edit(replace(WHOLE, state="confirmed"), {"severity": "S2"}, None, codes())
        assert caught.value.code == "VISIT-032"

    def test_wrong_codes_and_personal_numbers(self) -> None:
        for attributes, code in (
            ({"statement": ""}, "VISIT-030"),
            ({"statement": "x", "severity": "S9"}, "VISIT-031"),
            ({"statement": "call 13800001234"}, "PRIV-001"),
        ):
            with pytest.raises(VisitError) as caught:
                draft_finding(NEW, attributes, [], codes())
            assert caught.value.code == code
        with pytest.raises(VisitError):
            draft_finding(NEW, {"statement": "x"}, [FindingEvidence("Z")], codes())


def test_the_list_of_moves() -> None:
    views = finding_moves(FindingCase(WHOLE, rulebook(), NOW), ("team_lead",))
    assert [(view.event, view.enabled) for view in views] == [("confirm", True), ("merge", True), ("void", True)]
    assert "merge" not in [
        view.event
        for view in finding_moves(FindingCase(replace(WHOLE, state="disposed"), rulebook(), NOW), ("reviewer",))
    ]
