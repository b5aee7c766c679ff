"""Records from outside that no session of ours wrote: the visit opens, and nothing of sense is lost."""

from __future__ import annotations

from typing import Any

import pytest

from fieldkit.model.document import apply_all
from fieldkit.visit.effects import Draft
from fieldkit.visit.runner_view import build_table, runner_view
from fieldkit.visit.session import Session
from tests.builders.visits import Bench

STRANGE: list[tuple[str, Any]] = [
    ("answer:branch_std:/data/c/nothing_like_this", "full"),
    ("answer:branch_std:/data/d/rec{open/r_kind", "cong"),
    ("answer:branch_std:/data/d/rec{}/r_kind", "cong"),
    ("answer:branch_std:/data/c/c_life", {"an": "object"}),
    ("answer:branch_std:/data/a/m_full", "many"),
    ("answer:branch_std:/data/a/btype", "castle"),
    ("answer:other_form:/data/a", "1"),
    ("answer:branch_std:/data/d/rec{c999999999}/r_kind", "cong"),
    ("row:branch_std:/data/d/rec", {"order": "0001"}),
    ("row:branch_std:/data/d/rec{x1}", "not an object"),
    ("row:branch_std:/data/d/rec{x2}", {"order": 7}),
    ("row:branch_std:/data/nowhere{x3}", {"order": "0001"}),
    ("carried:branch_std:/data/a/m_full", "perhaps"),
    ("remark:branch_std:/data/c/c_life", ["a", "list"]),
    ("evidence:e1", "text"),
    ("evidence:e2", {"code": 7, "bytes": "many", "item": None}),
    ("state", "open"),
    ("meta", {"number": None, "subject": 3, "forms": [{"form_id": "branch_std"}, 5]}),
    ("something:new", {"of": "a later version"}),
]


@pytest.mark.parametrize(("field", "value"), STRANGE, ids=[field for field, _value in STRANGE])
def test_a_strange_field_does_no_harm(field: str, value: object) -> None:
    bench = Bench("branch_std")
    bench.answer("m_prob", "2")
    bench.write([Draft("visit/v1", field, value)])
    view = runner_view(bench.reopen().session)
    assert view.progress.answered >= 1
    assert bench.node("m_prob").value == "2"
    assert build_table(bench.session, bench.key("rec")).rows
    assert len(list(view.items)) == len(view.items)


def test_operations_that_lack_their_beginning_open_too() -> None:
    bench = Bench("branch_std")
    bench.answer("m_prob", "2")
    late = [one for one in bench.operations if one.field in ("meta", "answer:branch_std:/data/a/m_prob")]
    document = apply_all(None, late)
    assert document is not None
    session = Session.load(document, late, bench.around())
    assert session.record.state.state == "open"
    assert session.find("branch_std:/data/a/m_prob")[1].value == "2"
