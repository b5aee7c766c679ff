"""Undo and redo: what one intent wrote goes and comes back together, restarts and other people included."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from fieldkit.errors import VisitError
from fieldkit.model.document import apply
from fieldkit.visit import answering, attaching
from fieldkit.visit.attaching import Piece
from fieldkit.visit.runner_view import runner_view
from tests.builders.visits import Bench, compiled

SETTING = """<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
 xmlns:jr="http://openrosa.org/javarosa" xmlns:xsd="http://www.w3.org/2001/XMLSchema"><h:head><h:title>Set</h:title>
 <model><instance><data id="set"><first/><stamp/><size>3</size></data></instance>
 <bind nodeset="/data/first" type="string"/><bind nodeset="/data/stamp" type="string"/>
 <bind nodeset="/data/size" type="int"/></model></h:head>
 <h:body><input ref="/data/first"><label>First</label>
 <setvalue event="xforms-value-changed" ref="/data/stamp" value="concat('set by ', /data/first)"/></input>
 <input ref="/data/size"><label>Size</label></input></h:body></h:html>"""


def test_a_visit_begins_with_what_the_form_sets() -> None:
    bench = Bench(compiled(SETTING))
    assert bench.node("size").value == "3"
    with pytest.raises(VisitError) as caught:
        bench.undo()
    assert caught.value.code == "VISIT-024"


def test_what_was_set_with_an_answer_goes_with_it() -> None:
    bench = Bench(compiled(SETTING))
    effects = bench.answer("first", "a")
    assert [(draft.field, draft.value, draft.cause) for draft in effects.writes] == [
        ("answer:set:/data/first", "a", ""),
        ("answer:set:/data/stamp", "set by a", "with"),
    ]
    bench.answer("first", "b")
    effects = bench.undo()
    assert (effects.key, effects.value) == ("set:/data/first", "a")
    assert bench.node("stamp").value == "set by a"
    bench.undo()
    assert (bench.node("first").value, bench.node("stamp").value) == ("", "")
    bench.reopen()
    bench.redo()
    assert (bench.node("first").value, bench.node("stamp").value) == ("a", "set by a")


def test_undo_is_a_write_and_survives_a_restart() -> None:
    bench = Bench("branch_std")
    bench.answer("m_full", "20")
    bench.answer("m_full", "25")
    count = len(bench.operations)
    bench.reopen().undo()
    assert bench.node("m_full").value == "20"
    assert len(bench.operations) == count + 1
    assert bench.operations[-1].cause == f"undo {bench.operations[-2].id}"
    bench.reopen()
    bench.redo()
    assert bench.node("m_full").value == "25"
    assert bench.reopen().node("m_full").value == "25"


def test_an_answer_ends_redo() -> None:
    bench = Bench("branch_std")
    bench.answer("m_full", "20")
    bench.undo()
    bench.answer("m_prob", "1")
    with pytest.raises(VisitError) as caught:
        bench.redo()
    assert caught.value.code == "VISIT-025"


def test_rows_come_and_go_with_their_answers() -> None:
    bench = Bench("branch_std")
    bench.add_rows("rec", 3)
    bench.answer("r_kind", "cong", row=2)
    key = bench.session.resolve("/data/d/rec[2]")
    bench.write(answering.remove_row(bench.session, key).writes)
    assert len(bench.node("rec").rows) == 2
    bench.undo()
    assert [row.row_id for row in bench.node("rec").rows] == ["c1", "row1", "row2"]
    assert bench.node("r_kind", row=2).value == "cong"
    bench.undo()
    bench.undo()
    assert len(bench.node("rec").rows) == 2


def test_remarks_and_evidence_are_undone() -> None:
    bench = Bench("branch_std")
    key = bench.key("c_life")
    bench.write(attaching.remark(bench.session, key, "first").writes)
    bench.write(attaching.remark(bench.session, key, "second").writes)
    bench.write(attaching.add_evidence(bench.session, key, Piece("e1", "D", name="a.pdf")).writes)
    bench.undo()
    bench.undo()
    view = runner_view(bench.session)
    assert view.position == key
    assert view.undo_label
    assert bench.session.record.text("remark", "branch_std", "/data/c/c_life") == "first"
    assert not bench.session.record.evidence(key)


def test_what_somebody_else_changed_since_is_left_alone() -> None:
    bench = Bench("branch_std")
    bench.answer("m_prob", "1")
    bench.answer("m_full", "20")
    mine = bench.operations[-1]
    other = replace(mine, device="bbbbbbbbbbbbbbbb", seq=1, hlc="9999999999999.0", value="30", prev=(mine.id,))
    bench.operations.append(other)
    bench.session.document = apply(bench.session.document, other)
    bench.reopen()
    assert bench.node("m_full").value == "30"
    bench.undo()
    assert bench.node("m_full").value == "30"
    assert bench.node("m_prob").value == ""


def test_undo_in_a_ready_visit_reopens_it_and_keeps_moves() -> None:
    bench = Bench("recheck")
    bench.answers(visit_date="2026-01-09", visit_mode="recheck", it_m="doc", it_v="ok", it_fact="seen")
    bench.answers(it_root="yes", it_again="no", sumup="fine")
    assert bench.move("ready").ok
    effects = bench.undo()
    assert bench.node("sumup").value == ""
    assert bench.session.record.state.state == "open"
    assert {draft.field for draft in effects.writes} == {"answer:recheck:/data/sumup", "state"}
