"""Submissions out and in, saved instances, and explanations."""

from __future__ import annotations

import pytest

from fieldkit.errors import FormError
from fieldkit.forms import Form, SavedInstance, compile_xform
from fieldkit.forms.submission import with_identity
from fieldkit.sync.openrosa import submission_id
from tests.unit.forms.builder import environment, live, table, xform

FORM = xform(
    "<a/><rec><b>1</b></rec><hidden/><meta><instanceID/></meta>",
    "<bind nodeset='/data/meta/instanceID' jr:preload='uid'/><bind nodeset='/data/hidden' relevant=\"/data/a = 'x'\"/>",
    "<input ref='/data/a'/><repeat nodeset='/data/rec'><input ref='/data/rec/b'/></repeat><input ref='/data/hidden'/>",
)


def test_submission_leaves_out_what_is_hidden_and_escapes() -> None:
    form = live(FORM)
    form.answer(form.node("/data/a"), "x")
    form.answer(form.node("/data/hidden"), "secret")
    form.answer(form.node("/data/a"), "<&>\u0007")
    text = form.xml()
    assert "secret" not in text
    assert "hidden" not in text
    assert "<a>&lt;&amp;&gt;</a>" in text
    assert text.startswith("<data")
    assert 'id="t"' in text


def test_edit_gives_a_new_identity_and_keeps_the_old_one() -> None:
    form = live(FORM)
    form.answer(form.node("/data/a"), "x")
    form.add_row(form.node("/data/rec"))
    form.answer(form.node("/data/rec[2]/b"), "two")
    first = form.node("/data/meta/instanceID").value
    edited = Form.edit(form.definition, environment(), form.xml())
    assert edited.node("/data/meta/deprecatedID").value == first
    assert edited.node("/data/meta/instanceID").value.startswith("uuid:")
    assert edited.node("/data/rec[2]/b").value == "two"
    resumed = Form.resume(form.definition, environment(), form.xml().encode())
    assert resumed.node("/data/meta/instanceID").value == first


@pytest.mark.parametrize(
    ("meta", "expected"),
    [
        ("<meta><instanceID/><x/></meta>", "<instanceID>new</instanceID><x/><deprecatedID>old</deprecatedID></meta>"),
        ("<meta><deprecatedID>d</deprecatedID></meta>", "<deprecatedID>old</deprecatedID><instanceID>new</instanceID>"),
        (
            '<o:meta xmlns:o="urn:o"><o:instanceID>i</o:instanceID></o:meta>',
            "<o:instanceID>new</o:instanceID><o:deprecatedID>old</o:deprecatedID></o:meta>",
        ),
        ("", "<meta><instanceID>new</instanceID><deprecatedID>old</deprecatedID></meta>"),
    ],
)
def test_an_identity_is_put_into_a_submission(meta: str, expected: str) -> None:
    """Into its meta alone, whatever questions are called."""
    text = with_identity(f"<data><instanceID>a</instanceID>{meta}</data>", "new", "old")
    assert text.startswith("<data><instanceID>a</instanceID>")
    assert expected in text
    assert submission_id(text.encode("utf-8")) == "new"
    assert "deprecatedID" not in with_identity("<data/>", "new")


def test_submission_of_another_form_is_refused() -> None:
    with pytest.raises(FormError) as caught:
        Form.edit(compile_xform(FORM), environment(), "<other><a/></other>")
    assert caught.value.code == "FORM-129"
    with pytest.raises(FormError) as caught:
        Form.edit(compile_xform(FORM), environment(), "no xml")
    assert caught.value.code == "FORM-100"


def test_restore_sets_nothing_that_is_set_once() -> None:
    source = xform(
        "<t/><a/><rec jr:template=''><b/></rec>",
        "<bind nodeset='/data/t' jr:preload='uid'/>",
        "<input ref='/data/a'/><repeat nodeset='/data/rec'><input ref='/data/rec/b'/></repeat>",
        more="<setvalue event='odk-instance-first-load odk-instance-load' ref='/data/a' value=\"'begun'\"/>",
    )
    form = live(source)
    form.add_row(form.node("/data/rec"), row_id="k9")
    form.answer(form.node("/data/rec{k9}/b"), "v")
    form.answer(form.node("/data/a"), "mine")
    saved = form.saved()
    assert saved.rows == {"/data/rec": ["k9"]}
    again = Form.restore(form.definition, environment(), saved)
    assert again.node("/data/a").value == "mine"
    assert again.node("/data/t").value == form.node("/data/t").value
    assert again.node("/data/rec{k9}/b").ref == "/data/rec[1]/b"
    assert again.initial.set == []


def test_restore_of_nothing_is_the_empty_form() -> None:
    form = Form.restore(compile_xform(FORM), environment(), SavedInstance())
    assert form.node("/data/rec[1]/b").value == "1"
    assert form.node("/data/meta/instanceID").value == ""


def test_explanation_leads_down_to_the_answers() -> None:
    form = live(
        table(
            "a | int |\nb | int | calculate=/data/a * 2\nc | string | relevant=/data/b > 10 and /data/a != 3\n"
            "d | int | constraint=. < /data/b"
        )
    )
    form.answer(form.node("/data/a"), "4")
    why = form.node("/data/c").explain("relevant")
    assert why is not None
    assert (why.value, why.subject, why.what) == ("false", "/data/c", "relevant")
    assert why.operands == (("/data/b", "8", "/data/b"), ("/data/a", "4", "/data/a"))
    assert [(inner.expression, inner.value) for inner in why.nested] == [("/data/a * 2", "8")]
    assert form.node("/data/a").explain("relevant") is None
    refused = form.node("/data/d").explain("constraint")
    assert refused is not None
    assert (".", "", "/data/d") in refused.operands


def test_hidden_item_is_explained_by_the_group_that_hides_it() -> None:
    form = live(
        xform("<a/><g><b/></g>", "<bind nodeset='/data/g' relevant='/data/a = 1'/>", "<input ref='/data/g/b'/>")
    )
    why = form.node("/data/g/b").explain("relevant")
    assert why is not None
    assert (why.subject, why.expression) == ("/data/g", "/data/a = 1")


def test_nodes_know_their_place() -> None:
    form = live(FORM)
    leaf = form.node("/data/rec[1]/b")
    assert leaf.row is not None
    assert leaf.row.ref == "/data/rec[1]"
    assert leaf.row.parent is not None
    assert leaf.row.parent.kind == "series"
    assert leaf.section is not None
    assert leaf.section.ref == "/data/rec"
    assert [node.ref for node in form.root.children][:2] == ["/data/a", "/data/rec"]
    assert leaf.definition_path == "/data/rec/b"
    assert [node.ref for node in form.nodes()][:4] == ["/data", "/data/a", "/data/rec", "/data/rec[1]"]
    for address in ("/data/none", "/other/a", "data/a", "/data/rec[9]/b", "/data/rec{no}/b", "/data/a[2]", ""):
        with pytest.raises(FormError):
            form.node(address)
