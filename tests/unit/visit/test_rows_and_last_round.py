"""Rows in their order, answers of the last round beside the questions, rows carried over until confirmed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from fieldkit.errors import FormError, VisitError
from fieldkit.model.document import apply_all, fields
from fieldkit.visit import answering
from fieldkit.visit.lastround import LastRound, choose_last, last_round
from fieldkit.visit.runner_view import build_item, build_table, visit_progress
from fieldkit.visit.view import ItemStatus
from tests.builders.checklists import NOW
from tests.builders.visits import Bench, compiled

STREAMS = (("oper", "tea shed", 6, 5), ("cont", "forest plot", 3, 2), ("sub", "road grant", 20, 20))

COUNTED = """<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
 xmlns:jr="http://openrosa.org/javarosa"><h:head><h:title>Count</h:title><model>
 <instance><data id="count"><n/><rec jr:template=""><a/></rec></data></instance>
 <bind nodeset="/data/n" type="int"/><bind nodeset="/data/rec/a" type="string"/></model></h:head>
 <h:body><input ref="/data/n"><label>How many</label></input>
 <group ref="/data/rec"><label>Records</label><repeat nodeset="/data/rec" jr:count="/data/n">
 <input ref="/data/rec/a"><label>A</label></input></repeat></group></h:body></h:html>"""

COUNTED_WITHIN = """<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
 xmlns:jr="http://openrosa.org/javarosa"><h:head><h:title>Count</h:title><model>
 <instance><data id="count"><rec jr:template=""><a/><n/><in jr:template=""><b/></in></rec></data></instance>
 <bind nodeset="/data/rec/a" type="string"/><bind nodeset="/data/rec/n" type="int"/></model></h:head>
 <h:body><group ref="/data/rec"><label>Records</label><repeat nodeset="/data/rec">
 <input ref="/data/rec/a"><label>A</label></input><input ref="/data/rec/n"><label>How many</label></input>
 <group ref="/data/rec/in"><label>Inner</label><repeat nodeset="/data/rec/in" jr:count="../n">
 <input ref="/data/rec/in/b"><label>B</label></input></repeat></group></repeat></group></h:body></h:html>"""


def village(**options: Any) -> Bench:
    """Return a village visit with three income streams."""
    bench = Bench("village_econ", **options)
    bench.add_rows("inc", len(STREAMS))
    for row, (kind, name, this, last) in enumerate(STREAMS, 1):
        for question, value in (("i_kind", kind), ("i_name", name), ("i_this", this), ("i_last", last)):
            bench.answer(question, value, row=row)
    return bench


def closed(bench: Bench, form_id: str) -> LastRound:
    """Return a visit as the last round of the next one."""
    document = apply_all(None, [one for one in bench.operations if one.record == "visit/v1"])
    assert document is not None
    return last_round("v1", fields(document), form_id, score="82.4", star="4")


class TestLastRound:
    def test_answers_are_matched_by_path_and_rows_by_their_order(self) -> None:
        first = village()
        first.answer("c_fin", "full")
        key = first.session.resolve("/data/d/inc[1]")
        first.write(answering.remove_row(first.session, key).writes)
        last = closed(first, "village_econ")
        assert last.value("/data/d/inc[1]/i_name") == "forest plot"
        assert last.rows["/data/d/inc"] == 2
        second = Bench("village_econ", last={"village_econ": last}, now=NOW + timedelta(days=200))
        second.answer("c_fin", "part")
        view = build_item(second.session, second.key("c_fin")).last
        assert view is not None
        assert (view.value, view.trend, view.visit) == ("full", "worse", "V-d01-1")
        second.answer("c_fin", "full")
        again = build_item(second.session, second.key("c_fin")).last
        assert again is not None
        assert again.trend == "same"

    def test_the_newest_earlier_visit_that_is_final_counts(self) -> None:
        def visit(started: str, state: str, subject: str = "B-1", form: str = "f") -> dict[str, Any]:
            return {
                "meta": {"subject": subject, "started": started, "forms": [{"form_id": form}]},
                "state": {"state": state},
            }

        known = [
            ("old", visit("2025-01-01T00:00:00+08:00", "accepted")),
            ("newer", visit("2025-06-01T00:00:00+08:00", "final")),
            ("open", visit("2025-09-01T00:00:00+08:00", "open")),
            ("void", visit("2025-09-02T00:00:00+08:00", "void")),
            ("other", visit("2025-09-03T00:00:00+08:00", "final", subject="B-2")),
            ("form", visit("2025-09-04T00:00:00+08:00", "final", form="g")),
            ("later", visit("2027-01-01T00:00:00+08:00", "final")),
        ]
        assert choose_last(known, "B-1", "f", "2026-01-01T00:00:00+08:00", "me") == "newer"
        assert choose_last(known, "B-9", "f", "2026-01-01T00:00:00+08:00", "me") is None

    def test_same_as_last(self) -> None:
        first = village()
        first.answer("c_fin", "part")
        second = Bench("village_econ", last={"village_econ": closed(first, "village_econ")})
        key = second.key("c_fin")
        second.write(answering.same_as_last(second.session, key).writes)
        assert second.node("c_fin").value == "part"
        with pytest.raises(VisitError) as caught:
            answering.same_as_last(second.session, second.key("c_sup"))
        assert caught.value.code == "VISIT-023"


class TestCarriedOver:
    def second(self) -> Bench:
        return Bench("village_econ", last={"village_econ": closed(village(), "village_econ")})

    def test_income_streams_begin_with_last_round_and_block_ready(self) -> None:
        bench = self.second()
        table = build_table(bench.session, bench.key("inc"))
        assert [row.state for row in table.rows] == ["carried"] * 3
        assert table.carried_from == "V-d01-1"
        assert table.totals == {"i_this": "29", "i_last": "27"}
        assert visit_progress(bench.session).carried == 12
        codes = {reason.code for reason in bench.move("ready").refused}
        assert {"carried_over", "required_filled"} <= codes

    def test_confirming_a_row_and_answering_a_cell(self) -> None:
        bench = self.second()
        row = bench.session.resolve("/data/d/inc[1]")
        bench.write(answering.confirm(bench.session, row).writes)
        assert build_table(bench.session, row).rows[0].state != "carried"
        bench.answer("i_this", "21", row=2)
        cell = build_item(bench.session, bench.session.resolve("/data/d/inc[2]/i_this"))
        assert (cell.carried, cell.status) == (False, ItemStatus.ANSWERED)
        bench.write(answering.confirm(bench.session, bench.key("inc")).writes)
        assert visit_progress(bench.session).carried == 0
        bench.undo()
        assert visit_progress(bench.session).carried == 7

    def test_samples_are_drawn_anew(self) -> None:
        first = Bench("branch_std")
        first.add_rows("rec", 3)
        second = Bench("branch_std", last={"branch_std": closed(first, "branch_std")})
        assert len(second.node("rec").rows) == 1
        assert second.node("prev_score").value == "82.4"
        assert second.node("prev_star").value == "4"
        assert second.node("subject_id").value == "B-1"

    def test_a_whole_row_is_carried_over_by_the_key_of_the_last_round(self) -> None:
        bench = self.second()
        key = bench.session.resolve("/data/d/inc[2]")
        for name in ("i_kind", "i_name", "i_this", "i_last"):
            bench.answer(name, "", row=2)
        bench.write(answering.same_as_last(bench.session, key).writes)
        assert bench.node("i_name", row=2).value == "forest plot"
        assert build_table(bench.session, key).rows[1].state == "carried"

    def test_a_row_that_cannot_be_taken_over_whole_leaves_the_visit_as_it_was(self) -> None:
        last = LastRound("v1", "2026-01-01", {"/data/rec[1]/a": "x", "/data/rec[1]/n": "10001"}, {"/data/rec": 1})
        bench = Bench(compiled(COUNTED_WITHIN), last={"count": last})
        bench.add_rows("rec", 1)
        key = bench.session.resolve("/data/rec[1]")
        written, before = len(bench.operations), visit_progress(bench.session)
        with pytest.raises(FormError) as caught:
            answering.same_as_last(bench.session, key)
        assert caught.value.code == "FORM-126"
        assert len(bench.operations) == written
        assert bench.node("a").stored == ""
        assert visit_progress(bench.session) == before
        assert build_table(bench.session, key).rows[0].state != "carried"
        bench.answer("a", "y")
        assert visit_progress(bench.session).carried == 0


class TestRows:
    def test_same_as_the_row_above(self) -> None:
        bench = village()
        bench.write(answering.same_as_above(bench.session, bench.session.resolve("/data/d/inc[2]/i_this")).writes)
        assert bench.node("i_this", row=2).value == "6"
        with pytest.raises(VisitError):
            answering.same_as_above(bench.session, bench.session.resolve("/data/d/inc[1]/i_this"))

    def test_the_form_decides_about_counted_rows(self) -> None:
        bench = Bench(compiled(COUNTED))
        bench.answer("n", "2")
        bench.answer("a", "x", row=2)
        with pytest.raises(VisitError) as caught:
            answering.add_row(bench.session, bench.key("rec"))
        assert caught.value.code == "VISIT-019"
        assert not [one for one in bench.operations if one.field.startswith("row:")]
        bench.reopen()
        assert [row.row_id for row in bench.node("rec").rows] == ["c1", "c2"]
        assert bench.node("a", row=2).value == "x"

    @pytest.mark.parametrize("beyond", ["10001", "999999999"])
    def test_a_number_of_rows_beyond_the_limit_leaves_the_visit_as_it_was(self, beyond: str) -> None:
        bench = Bench(compiled(COUNTED))
        bench.answer("n", "2")
        bench.answer("a", "x", row=2)
        written = len(bench.operations)
        with pytest.raises(FormError) as caught:
            bench.answer("n", beyond)
        assert caught.value.code == "FORM-126"
        assert len(bench.operations) == written
        assert bench.node("n").stored == "2"
        assert len(bench.node("rec").rows) == 2
        assert bench.node("a", row=2).value == "x"
        bench.answer("n", "3")
        assert len(bench.reopen().node("rec").rows) == 3

    def test_rows_that_the_form_takes_away_lose_their_answers_until_undone(self) -> None:
        bench = Bench(compiled(COUNTED))
        bench.answer("n", "3")
        bench.answer("a", "x", row=3)
        bench.answer("n", "1")
        bench.answer("n", "3")
        assert bench.node("a", row=3).value == ""
        assert bench.reopen().node("a", row=3).value == ""
        bench.undo()
        bench.undo()
        assert bench.node("a", row=3).value == "x"
        assert bench.reopen().node("a", row=3).value == "x"

    def test_no_table(self) -> None:
        bench = Bench("branch_std")
        for intent in (answering.add_row, answering.remove_row):
            with pytest.raises(VisitError) as caught:
                intent(bench.session, bench.key("m_full"))
            assert caught.value.code == "VISIT-018"
