"""Reading XForms: what is refused, what is warned about, what is carried."""

from __future__ import annotations

import pytest

from fieldkit.errors import FormError
from fieldkit.forms import compile_xform, load_definition
from fieldkit.forms.limits import ROWS
from tests.unit.forms.builder import live, table, xform


def code_of(xml: bytes) -> str:
    with pytest.raises(FormError) as caught:
        compile_xform(xml)
    return caught.value.code


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        (b"", "FORM-100"),
        (b"not xml", "FORM-100"),
        (b"<a><b></a>", "FORM-100"),
        (b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "FORM-100"),
        (b"<a/>", "FORM-101"),
        (b"<h><head><model/></head></h>", "FORM-101"),
        (b"<h><head><model><instance/></model></head></h>", "FORM-101"),
    ],
)
def test_what_is_no_form_is_refused(xml: bytes, code: str) -> None:
    assert code_of(xml) == code


def test_all_faults_are_listed_at_once() -> None:
    with pytest.raises(FormError) as caught:
        compile_xform(table("a | int | calculate=1 +\nb | int | relevant=((\nc | int | constraint=. > 'x"))
    problems = caught.value.where["problems"]
    assert isinstance(problems, list)
    assert [problem["ref"] for problem in problems] == ["/data/a", "/data/b", "/data/c"]


@pytest.mark.parametrize("empty", ["<bind nodeset='' relevant='false()'/>", "<bind nodeset=' '/>", "<bind/>"])
def test_a_bind_for_no_item_has_no_effect(empty: str) -> None:
    definition = compile_xform(xform("<a/>", empty))
    assert [(problem.code, problem.severity) for problem in definition.problems] == [("FORM-102", "warning")]
    assert live(definition).root.relevant


def test_unknown_names_are_warnings() -> None:
    definition = compile_xform(
        xform(
            "<a/>",
            "<bind nodeset='/data/gone' type='int'/><bind nodeset='/data/a' calculate='vendor-function(1)'/>",
            "<input ref='/data/lost'/><input ref='/data/a'/>",
        )
    )
    assert [problem.code for problem in definition.problems] == ["FORM-102", "FORM-103", "FORM-105"]
    assert all(problem.severity == "warning" for problem in definition.problems)
    assert live(definition).node("/data/a").value == ""


def test_new_row_action_in_the_model_is_refused() -> None:
    xml = xform("<r><a/></r>", "", "<repeat nodeset='/data/r'/>",
                more="<setvalue event='odk-new-repeat' ref='/data/r/a' value='1'/>")  # fmt: skip
    assert code_of(xml) == "FORM-108"


def test_deep_and_endless_forms_are_refused() -> None:
    deep = "<g>" * 200 + "</g>" * 200
    assert code_of(xform(deep)) in ("FORM-107", "FORM-100")
    rows = xform("<n/><r><a/></r>", "<bind nodeset='/data/n' type='int'/>",
                 "<input ref='/data/n'/><repeat nodeset='/data/r' jr:count='/data/n'/>")  # fmt: skip
    form = live(rows)
    with pytest.raises(FormError) as caught:
        form.answer(form.node("/data/n"), str(ROWS + 1))
    assert caught.value.code == "FORM-126"
    assert form.answer(form.node("/data/n"), "2").rows_added


def test_definition_carries_what_the_form_says() -> None:
    definition = compile_xform(
        xform(
            "<a/><meta><instanceID/><instanceName/><entity dataset='places' id='' create='1'><label/></entity></meta>",
            "<bind nodeset='/data/a' type='int' odk:saveto='size'/>"
            "<bind nodeset='/data/meta/instanceName' calculate=\"concat('V-', /data/a)\"/>",
            "<input ref='/data/a' appearance='w1 thousands-sep'><label>A</label></input>",
            more="<submission action='https://form.invalid' method='post'/>",
        )
    )
    assert (definition.form_id, definition.version, definition.title, definition.questions) == ("t", "1", "T", 1)
    assert definition.instance_name == "concat('V-', /data/a)"
    assert [(entity.dataset, entity.saves) for entity in definition.entities] == [("places", {"/data/a": "size"})]
    assert definition.submission["method"] == "post"
    assert definition.items[0].appearance == ("w1", "thousands-sep")
    assert definition.binds["/data/a"].type == "int"
    assert len(definition.hash) == 64


def test_missing_instance_id_is_added() -> None:
    assert live(xform("<a/>")).node("/data/orx:meta/orx:instanceID").value.startswith("uuid:")
    plain = b"<h><head><model><instance><data><a/></data></instance></model></head></h>"
    assert live(plain).node("/data/meta/instanceID").value.startswith("uuid:")
    kept = live(xform("<a/><orx:meta><orx:instanceID>mine</orx:instanceID></orx:meta>"))
    assert kept.node("/data/orx:meta/orx:instanceID").value == "mine"


def test_cache_reads_back_and_refuses_other_bytes() -> None:
    definition = compile_xform(table("a | int |\nb | int | calculate=/data/a + 1;;relevant=/data/a > 2"))
    data = definition.dump()
    again = live(load_definition(data))
    again.answer(again.node("/data/a"), "4")
    assert again.node("/data/b").value == "5"
    assert again.definition.hash == definition.hash
    for broken in (b"", b"PK\3\4", data[:-9], data[:8] + bytes(40), data[:6] + b"\xff\xff" + data[8:]):
        with pytest.raises(FormError) as caught:
            load_definition(broken)
        assert caught.value.code == "FORM-130"


def test_lists_and_functions_that_do_not_exist_are_said_with_their_column() -> None:
    binds = (
        "<bind nodeset='/data/b' calculate=\"instance('nope')/root/item[name = /data/a]/label\"/>"
        "<bind nodeset='/data/c' relevant=\"missing(/data/a) and instance('here')/root/item = 1\"/>"
        "<bind nodeset='/data/d' constraint=\"concat('instance(', /data/a, ')') != ''\"/>"
    )
    more = "<instance id='here'><root><item>1</item></root></instance>"
    body = "<input ref='/data/a'/><input ref='/data/c'/><input ref='/data/d'/>"
    problems = compile_xform(xform("<a/><b/><c/><d/>", binds, body, more=more)).problems
    assert [(problem.code, problem.column, problem.ref) for problem in problems] == [
        ("FORM-110", "calculate", "/data/b"),
        ("FORM-105", "relevant", "/data/c"),
    ]
    assert all(problem.hint for problem in problems)
