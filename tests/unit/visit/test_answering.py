"""Answers: what is refused, what is stored and shown as wrong, what reopening asks for."""

from __future__ import annotations

import pytest

from fieldkit.errors import VisitError
from fieldkit.visit import answering, attaching
from fieldkit.visit.attaching import Piece
from fieldkit.visit.runner_view import build_item, visit_progress
from fieldkit.visit.view import ItemStatus
from tests.builders.visits import Bench


def refused(bench: Bench, name: str, value: str) -> str:
    """Return the code of the refusal."""
    with pytest.raises(VisitError) as caught:
        bench.answer(name, value)
    assert caught.value.message
    assert caught.value.hint
    return caught.value.code


class TestRefusals:
    def test_each_kind_has_its_code_and_writes_nothing(self) -> None:
        bench = Bench("branch_std")
        count = len(bench.operations)
        bench.answer("m_full", "5")
        cases = [
            ("m_prob", "many", "VISIT-011"),
            ("visit_date", "2026-02-30", "VISIT-011"),
            ("g_area", "1,5", "VISIT-011"),
            ("visit_mode", "secret", "VISIT-017"),
            ("veto", "v1 v99", "VISIT-017"),
            ("b_comm", "full", "VISIT-012"),
            ("w_50", "x", "VISIT-013"),
            ("months", "12", "VISIT-014"),
            ("subject_id", "B-2", "VISIT-015"),
            ("rec", "x", "VISIT-003"),
        ]
        for name, value, code in cases:
            assert refused(bench, name, value) == code
        assert len(bench.operations) == count + 1

    def test_an_unknown_ref(self) -> None:
        bench = Bench("branch_std", "village_econ")
        with pytest.raises(VisitError, match="no item"):
            bench.session.resolve("branch_std:/data/c/nothing")
        with pytest.raises(VisitError) as caught:
            bench.session.resolve("/data/hd/visit_date")
        assert caught.value.code == "VISIT-002"
        assert bench.session.resolve("village_econ:/data/hd/visit_date") == "village_econ:/data/hd/visit_date"

    def test_positions_and_row_ids_name_the_same_cell(self) -> None:
        bench = Bench("branch_std")
        bench.add_rows("rec", 2)
        key = bench.session.resolve("/data/d/rec[2]/r_kind")
        assert key == "branch_std:/data/d/rec{row1}/r_kind"
        assert bench.session.resolve(key) == key


class TestStoredAndShown:
    def test_a_broken_constraint_is_kept_and_counted(self) -> None:
        bench = Bench("branch_std")
        bench.answer("m_full", "501")
        item = build_item(bench.session, bench.key("m_full"))
        assert (item.value, item.status) == ("501", ItemStatus.WRONG)
        assert item.violation is not None
        assert item.violation.condition == "constraint"
        assert item.violation.message
        assert visit_progress(bench.session).invalid == 1

    def test_hidden_answers_are_kept_and_counted(self) -> None:
        bench = Bench("branch_std")
        bench.answers(e_mob=3, m_full=20)
        bench.answer("e_mobc", "2")
        effects = bench.answer("e_mob", "0")
        assert "1 answered item is hidden" in effects.message
        assert bench.node("e_mobc").stored == "2"
        assert bench.node("e_mobc").value == ""
        progress = visit_progress(bench.session)
        assert progress.hidden_answers == 1
        bench.answer("e_mob", "3")
        assert bench.node("e_mobc").value == "2"

    def test_an_equal_answer_writes_nothing(self) -> None:
        bench = Bench("branch_std")
        assert bench.answer("m_full", "20").writes
        assert not bench.answer("m_full", "20").writes

    def test_empty_clears(self) -> None:
        bench = Bench("branch_std")
        bench.answer("m_full", "20")
        bench.answer("m_full", "")
        assert bench.node("m_full").value == ""
        assert bench.reopen().node("m_full").value == ""

    def test_a_number_that_looks_personal_is_asked_about(self) -> None:
        bench = Bench("branch_std")
        assert refused(bench, "advice", "call 13800001234") == "PRIV-001"
        assert bench.answer("advice", "call 13800001234", confirmed=True).writes
        key = bench.key("c_life")
        with pytest.raises(VisitError, match="number"):
            attaching.remark(bench.session, key, "ring 13800001234")


class TestRestart:
    def test_everything_comes_back(self) -> None:
        bench = Bench("branch_std", "village_econ")
        bench.answers(m_full=20, btype="village", c_life="part")
        bench.add_rows("rec", 3)
        bench.answer("r_kind", "cong", row=2)
        bench.write(attaching.remark(bench.session, bench.key("c_life"), "no list").writes)
        piece = Piece("e1", "D", name="minutes.pdf", sha256="0" * 64, bytes=10, type="application/pdf")
        bench.write(attaching.add_evidence(bench.session, bench.key("c_life"), piece).writes)
        before, progress = bench.values(), visit_progress(bench.session)
        bench.reopen()
        assert bench.values() == before
        assert visit_progress(bench.session) == progress
        item = build_item(bench.session, bench.key("c_life"))
        assert item.remark == "no list"
        assert [(one.code, one.name) for one in item.evidence] == [("D", "minutes.pdf")]


class TestReopening:
    def final(self) -> Bench:
        bench = Bench("recheck")
        bench.answers(visit_date="2026-01-09", visit_mode="recheck", it_m="doc", it_v="ok", it_fact="seen")
        bench.answers(it_root="yes", it_again="no", sumup="fine")
        assert bench.move("ready").ok
        return bench

    def test_answering_in_ready_reopens_in_the_same_write(self) -> None:
        bench = self.final()
        effects = bench.answer("sumup", "better")
        assert effects.writes[0].field == "state"
        assert effects.writes[1].cause == "with"
        assert bench.session.record.state.state == "open"

    def test_a_visit_fed_back_asks_for_a_reason(self) -> None:
        bench = self.final()
        assert bench.move("feedback").ok
        assert bench.session.reason_due
        assert refused(bench, "sumup", "other") == "VISIT-021"
        bench.answer("sumup", "other", reason="wrong figure")
        state = bench.session.record.state
        assert (state.state, state.data["reason"]) == ("open", "wrong figure")
        assert state.sheets == ("V-d01-1-R1",)

    def test_a_final_visit_refuses(self) -> None:
        bench = self.final()
        assert bench.move("finalise").ok
        assert refused(bench, "sumup", "other") == "VISIT-020"

    def test_a_returned_visit_becomes_its_next_revision(self) -> None:
        bench = self.final()
        assert bench.move("finalise").ok
        assert bench.move("return", ("reviewer",), remarks="say where").ok
        bench.answer("sumup", "in the hall")
        assert (bench.session.record.state.state, bench.session.record.state.revision) == ("open", 2)


class TestRestNotApplicable:
    def test_only_what_is_empty_and_offers_it(self) -> None:
        bench = Bench("branch_std")
        bench.answer("e_plan", "full")
        key = bench.key("e_plan")
        left = {node.name for node in answering.left_to_leave_out(bench.session, key)}
        assert left == {"e_dues", "e_dev", "e_role"}
        effects = answering.rest_not_applicable(bench.session, key)
        bench.write(effects.writes)
        assert "3 items" in effects.message
        assert bench.node("e_dues").value == "na"
        assert bench.node("e_plan").value == "full"
        bench.undo()
        assert bench.node("e_dues").value == ""
        assert bench.node("e_role").value == ""


class TestEvidence:
    def test_a_file_answers_a_file_item_and_can_be_taken_back(self) -> None:
        bench = Bench("branch_std")
        bench.answer("honour", "county")
        key = bench.key("honour_ev")
        piece = Piece("e1", "P", name="award.jpg", sha256="1" * 64, bytes=5, type="image/jpeg")
        bench.write(attaching.add_evidence(bench.session, key, piece).writes)
        assert bench.node("honour_ev").value == "award.jpg"
        bench.write(attaching.take_back_evidence(bench.session, "e1").writes)
        assert bench.node("honour_ev").value == ""
        assert build_item(bench.session, key).evidence == ()
        bench.undo()
        assert [one.name for one in build_item(bench.session, key).evidence] == ["award.jpg"]

    def test_something_seen_needs_words(self) -> None:
        bench = Bench("branch_std")
        with pytest.raises(VisitError) as caught:
            attaching.add_evidence(bench.session, "", Piece("e1", "O", seen=True))
        assert caught.value.code == "VISIT-026"

    def test_an_offer_says_how_many_sources_are_missing(self) -> None:
        bench = Bench("branch_std")
        piece = Piece("e1", "D", name="minutes.pdf", sha256="0" * 64)
        bench.write(attaching.add_evidence(bench.session, bench.key("c_life"), piece).writes)
        offer = bench.answer("c_life", "none").offer
        assert offer is not None
        assert (offer.severity, offer.missing_sources) == ("S2", 1)
