"""Expressions that would look at millions of nodes end with an error that names them; those of real forms do not."""

from __future__ import annotations

import pytest

from fieldkit.errors import FormError
from fieldkit.forms import Form
from fieldkit.forms.tree import parse_xml
from fieldkit.forms.xpath import Context, Surroundings, budget, compile_expression
from fieldkit.forms.xpath.steps import OPERATION_STEPS
from tests.unit.forms.builder import live, xform

NESTED = "count(//*[count(//*[count(//*[. != 'x']) &gt; 0]) &gt; 0])"


@pytest.fixture(autouse=True)
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fieldkit.forms.xpath.steps.EXPRESSION_STEPS", 200_000)
    monkeypatch.setattr("fieldkit.forms.xpath.steps.OPERATION_STEPS", 500_000)


LISTED = NESTED.replace("//*", "instance('x')//*")


def listed(calculate: str) -> bytes:
    items = "".join(f"<item><name>{number}</name></item>" for number in range(150))
    more = f"<instance id='x'><root>{items}</root></instance>"
    return xform("<a/><sum/>", f"<bind nodeset='/data/sum' {calculate}/>", "<input ref='/data/a'/>", more=more)


def test_a_form_whose_expressions_never_end_is_refused_by_their_name() -> None:
    with pytest.raises(FormError) as caught:
        live(listed(f'calculate="{LISTED}"'))
    assert caught.value.code == "FORM-128"
    assert caught.value.where["ref"] == "/data/sum"
    assert str(caught.value.where["expression"]).startswith("count(instance(")
    assert not budget.active


def test_after_loading_it_is_a_fault_of_that_expression_and_the_form_goes_on() -> None:
    form = live(listed(f"calculate=\"if(/data/a = 'go', {LISTED}, 1)\""))
    assert form.node("/data/sum").value == "1"
    form.answer(form.node("/data/a"), "go")
    assert form.node("/data/sum").value == ""
    assert [error.code for error, _ref in form.faults.values()] == ["XPATH-110"]
    form.answer(form.node("/data/a"), "stay")
    assert form.node("/data/sum").value == "1"


def test_explaining_and_labels_are_bounded_too() -> None:
    body = f"<input ref='/data/a'><label>n <output value=\"if(/data/a = '', 0, {NESTED})\"/></label></input>"
    names = "".join(f"<n{number}/>" for number in range(300))
    form = live(xform(f"<a/>{names}", "", body))
    assert form.node("/data/a").label == "n 0"
    form.answer(form.node("/data/a"), "1")
    assert form.node("/data/a").label == "n "
    with pytest.raises(FormError) as caught:
        form.node("/data/a").evaluate(NESTED.replace("&gt;", ">"))
    assert caught.value.code == "XPATH-110"


def test_many_expressions_share_one_operation() -> None:
    heavy = "count(//*[count(//*) &gt; 0])"
    names = "".join(f"<s{number}/>" for number in range(40))
    binds = "".join(
        f"<bind nodeset='/data/s{number}' calculate=\"if(/data/a = 'go', {heavy}, 1)\"/>" for number in range(40)
    )
    names += "".join(f"<n{number}/>" for number in range(300))
    form = live(xform(f"<a/>{names}", binds, "<input ref='/data/a'/>"))
    form.answer(form.node("/data/a"), "go")
    values = [form.node(f"/data/s{number}").value for number in range(40)]
    assert values[0] == "344"
    assert values[-1] == ""


def test_the_whole_budget_suffices_for_every_row_looking_at_every_other() -> None:
    rows = 200
    names = "<row jr:template=''><v/><twin/></row>" + "<row><v/><twin/></row>" * rows
    twin = "<bind nodeset='/data/row/twin' calculate=\"count(/data/row[v = current()/../v])\"/>"
    body = "<group ref='/data/row'><repeat nodeset='/data/row'><input ref='/data/row/v'/></repeat></group>"
    form: Form = live(xform(names, twin, body))
    assert form.node(f"/data/row[{rows}]/twin").value == str(rows)
    assert OPERATION_STEPS >= 10_000_000
    assert not form.faults


def test_outside_of_forms_an_expression_is_bounded_as_well() -> None:
    root = parse_xml(b"<r>" + b"<a/>" * 300 + b"</r>")
    with pytest.raises(FormError) as caught:
        compile_expression(NESTED.replace("&gt;", ">"))(Context(root, Surroundings()))
    assert caught.value.code == "XPATH-110"


def test_node_sets_are_ordered_by_their_extremes() -> None:
    root = parse_xml(b"<data><r><v>1</v></r><r><v>x</v></r><r><v>5</v></r><w>4</w><w>9</w></data>")
    for source, wanted in {
        "/data/r/v > /data/w": "true",
        "/data/r/v < /data/w": "true",
        "/data/w > /data/r/v": "true",
        "/data/w <= /data/r[1]/v": "false",
        "/data/r[2]/v <= /data/w": "false",
        "/data/r/v != /data/w": "true",
        "/data/r[1]/v != /data/r[1]/v": "false",
        "/data/none != /data/w": "false",
        "/data/r/v = /data/w": "false",
    }.items():
        assert compile_expression(source).string(Context(root, Surroundings())) == wanted, source
