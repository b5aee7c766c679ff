"""Rules of whole forms on which ODK's engines agree and that are easily missed; each expected value is theirs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fieldkit.errors import FormError
from fieldkit.forms import Form, compile_xform
from tests.unit.forms.builder import environment, live, xform


def _answer(form: Form, ref: str, value: str) -> str:
    form.answer(form.node(ref), value)
    return form.node(ref).value


def test_a_constraint_that_is_never_met_refuses_every_value() -> None:
    form = live(xform("<a/>", "<bind nodeset='/data/a' constraint='false()'/>", "<input ref='/data/a'/>"))
    assert form.node("/data/a").violation is None
    _answer(form, "/data/a", "x")
    violation = form.node("/data/a").violation
    assert violation is not None
    assert violation.condition == "constraint"
    _answer(form, "/data/a", "")
    assert form.node("/data/a").violation is None


def test_a_range_holds_nothing_outside_its_bounds() -> None:
    body = "<range ref='/data/a' start='0' end='10' step='2'/>"
    form = live(xform("<a/>", "<bind nodeset='/data/a' type='int'/>", body))
    assert [_answer(form, "/data/a", value) for value in ("4", "11", "-1", "10")] == ["4", "", "", "10"]


INTO_ROWS = (
    "<input ref='/data/a'><setvalue event='xforms-value-changed' ref='/data/r/b' value='/data/a'/></input>"
    "<group ref='/data/r'><repeat nodeset='/data/r'><input ref='/data/r/b'/></repeat></group>"
)


def test_an_action_sets_the_item_of_the_only_row_but_not_of_several() -> None:
    form = live(xform("<a/><r><b/></r>", "", INTO_ROWS))
    _answer(form, "/data/a", "1")
    assert form.node("/data/r[1]/b").value == "1"
    form.add_row(form.node("/data/r"))
    _answer(form, "/data/a", "2")
    assert [form.node(f"/data/r[{row}]/b").value for row in (1, 2)] == ["1", ""]
    assert [error.code for error, _ref in form.faults.values()] == ["FORM-128"]


def test_an_action_sets_an_attribute() -> None:
    action = "<setvalue event='odk-instance-first-load' ref='/data/a/@x' value=\"'set'\"/>"
    form = live(xform("<a x='1'/>", "", "<input ref='/data/a'/>", more=action))
    assert '<a x="set"/>' in form.xml()


@pytest.mark.parametrize(
    "action",
    [
        "<setvalue event='odk-instance-first-load' value='1'/>",
        "<setvalue event='odk-instance-load moon-rises' ref='/data/a' value='1'/>",
    ],
)
def test_actions_without_a_target_or_with_an_unknown_event_are_refused(action: str) -> None:
    with pytest.raises(FormError) as caught:
        compile_xform(xform("<a/>", "", "<input ref='/data/a'/>", more=action))
    assert caught.value.code == "FORM-108"


@pytest.mark.parametrize("event", ["xforms-ready", "odk-instance-first-load"])
def test_the_old_name_of_the_first_load(event: str) -> None:
    form = live(
        xform("<a/>", "", "<input ref='/data/a'/>", more=f"<setvalue event='{event}' ref='/data/a' value='7'/>")
    )
    assert form.node("/data/a").value == "7"


@pytest.mark.parametrize("kind", ["dateTime", "date", "time", "string"])
def test_what_is_preloaded_is_stored_whole_whatever_the_type(kind: str) -> None:
    binds = (
        f"<bind nodeset='/data/a' type='{kind}' jr:preload='timestamp' jr:preloadParams='start'/>"
        f"<bind nodeset='/data/b' type='{kind}' jr:preload='date' jr:preloadParams='today'/>"
        f"<bind nodeset='/data/c' type='{kind}' jr:preload='timestamp' jr:preloadParams='end'/>"
    )
    form = live(xform("<a/><b/><c/>", binds))
    form.finalise()
    assert form.node("/data/a").value == "2025-06-16T01:34:56.789+08:00"
    assert form.node("/data/b").value == "2025-06-16"
    assert form.node("/data/c").value == "2025-06-16T01:34:56.789+08:00"


ITEMS = "".join(f"<item><label>{name}</label><value>{name}</value></item>" for name in "abc")


def test_several_choices_have_the_order_of_the_list_when_answered_and_their_own_when_loaded() -> None:
    form = live(xform("<m>c zz a</m>", "", f"<select ref='/data/m'>{ITEMS}</select>"))
    assert form.node("/data/m").value == "c a"
    assert _answer(form, "/data/m", "b zz a") == "a b"


def test_the_name_of_a_choice_follows_the_label_that_a_row_gives_it() -> None:
    body = (
        "<group ref='/data/r'><repeat nodeset='/data/r'><input ref='/data/r/name'/></repeat></group>"
        "<select1 ref='/data/s'><itemset nodeset='/data/r[name != &quot;&quot;]'><value ref='id'/><label ref='name'/>"
        "</itemset></select1>"
    )
    binds = (
        "<bind nodeset='/data/r/id' calculate='position(..)'/>"
        "<bind nodeset='/data/n' calculate=\"jr:choice-name(/data/s, '/data/s')\"/>"
    )
    form = live(xform("<r><name/><id/></r><s/><n/>", binds, body))
    _answer(form, "/data/r[1]/name", "X")
    _answer(form, "/data/s", "1")
    assert form.node("/data/n").value == "X"
    _answer(form, "/data/r[1]/name", "Y")
    assert form.node("/data/n").value == "Y"


@pytest.mark.parametrize("content", [b"", b" \r\n"])
def test_an_attachment_with_nothing_in_it_is_a_missing_one(content: bytes) -> None:
    source = xform("<a/>", "", "<input ref='/data/a'/>", more="<instance id='l' src='jr://file-csv/l.csv'/>")
    media = {"jr://file-csv/l.csv": content}
    assert [problem.code for problem in compile_xform(source, media=media).problems] == ["FORM-106"]
    with pytest.raises(FormError):
        compile_xform(source, media=media, strict_media=True)


def test_a_readonly_repeat_is_readonly_as_a_whole() -> None:
    binds = "<bind nodeset='/data/r' readonly='/data/x = 2'/>"
    body = (
        "<input ref='/data/x'/><group ref='/data/r'><repeat nodeset='/data/r'><input ref='/data/r/a'/></repeat></group>"
    )
    form = live(xform("<x/><r><a/></r>", binds, body))
    assert not form.node("/data/r").readonly
    _answer(form, "/data/x", "2")
    assert [form.node(ref).readonly for ref in ("/data/r", "/data/r[1]", "/data/r[1]/a")] == [True] * 3


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("date", "2020-01-01T10:00", "2020-01-01"),
        ("date", "2020-01-01T10", "2020-01-01"),
        ("date", "2020-01-01T25", ""),
        ("geopoint", "0 0 0 0", ""),
        ("geopoint", "1 2 3 -4", "1 2 3 -4"),
        ("geotrace", "1 2;3 4;5 6", "1 2;3 4;5 6"),
        ("geotrace", "1 2;3 4;1 2", ""),
        ("geoshape", "1 2;3 4;1.0 2.0", "1 2;3 4;1.0 2.0"),
        ("geoshape", "1 2;3 4;5 6", ""),
        ("string", "NaN", "NaN"),
        ("int", "NaN", ""),
    ],
)
def test_what_is_stored_of_a_text(kind: str, text: str, value: str) -> None:
    form = live(xform("<a/>", f"<bind nodeset='/data/a' type='{kind}'/>", "<input ref='/data/a'/>"))
    assert _answer(form, "/data/a", text) == value


@pytest.mark.parametrize(("start", "end"), [("low", "high"), ("", ""), ("10", "0"), ("0", "high"), ("low", "10")])
def test_only_numbers_bound_a_range(start: str, end: str) -> None:
    body = f"<range ref='/data/a' start='{start}' end='{end}'/>"
    form = live(xform("<a/>", "<bind nodeset='/data/a' type='int'/>", body))
    assert _answer(form, "/data/a", "5") == "5"


def test_a_range_begins_within_its_bounds() -> None:
    body = "<range ref='/data/a' start='0' end='10' step='2'/>"
    form = live(xform("<a>99</a>", "<bind nodeset='/data/a' type='int'/>", body))
    assert form.node("/data/a").value == ""


ITEXT = (
    "<itext><translation lang='en'><text id='o'><value>One</value></text></translation>"
    "<translation lang='zh'><text id='o'><value>一</value></text></translation></itext>"
)


def test_what_is_calculated_from_texts_follows_the_language() -> None:
    body = "<select1 ref='/data/s'><item><label ref=\"jr:itext('o')\"/><value>1</value></item></select1>"
    binds = "<bind nodeset='/data/n' calculate=\"jr:choice-name(/data/s, '/data/s')\"/>"
    form = live(xform("<s>1</s><n/><x/>", binds, f"{body}<input ref='/data/x'/>", itext=ITEXT), language="en")
    assert form.node("/data/n").value == "One"
    form.set_language("zh")
    assert form.node("/data/n").value == "一"
    change = form.answer(form.node("/data/x"), "1")
    assert "/data/n" in {node.ref for node in change.touched}


def test_the_label_of_a_repeat_follows_its_outputs() -> None:
    body = (
        "<input ref='/data/x'/><group ref='/data/r'><label>Rows of <output value='/data/x'/></label>"
        "<repeat nodeset='/data/r'><input ref='/data/r/a'/></repeat></group>"
    )
    form = live(xform("<x>1</x><r><a/></r>", "", body))
    assert form.node("/data/r").label == "Rows of 1"
    _answer(form, "/data/x", "2")
    assert form.node("/data/r").label == "Rows of 2"


META = "<meta><instanceID/></meta>"
IDENTITY = "<bind nodeset='/data/meta/instanceID' jr:preload='uid'/>"
SUBMISSION = '<data id="t"><x>1</x><r><b>5</b></r><meta><instanceID>uuid:old</instanceID></meta></data>'


@pytest.mark.parametrize("open_again", [Form.edit, Form.resume])
def test_what_a_submission_leaves_out_begins_with_the_value_of_the_form(open_again: Callable[..., Form]) -> None:
    binds = "<bind nodeset='/data/a' relevant='/data/x = 2'/>" + IDENTITY
    body = (
        "<input ref='/data/x'/><group ref='/data/r'><repeat nodeset='/data/r'><input ref='/data/r/b'/></repeat></group>"
    )
    instance = f"<x>9</x><a>own</a><r jr:template=''><b>1</b><c>2</c></r>{META}"
    form = open_again(compile_xform(xform(instance, binds, body)), environment(), SUBMISSION)
    assert form.node("/data/a").value == ""
    assert [form.node(ref).value for ref in ("/data/r[1]/b", "/data/r[1]/c")] == ["5", "2"]
    _answer(form, "/data/x", "2")
    assert form.node("/data/a").value == "own"


def test_what_a_submission_has_empty_stays_empty() -> None:
    definition = compile_xform(xform(f"<a>own</a>{META}", IDENTITY, "<input ref='/data/a'/>"))
    assert Form.edit(definition, environment(), '<data id="t"><a/></data>').node("/data/a").value == ""


def test_an_identity_that_the_form_makes_is_made_anew_when_edited_even_over_literal_text() -> None:
    instance = "<x/><meta><instanceID>literal</instanceID></meta>"
    made = Form.edit(compile_xform(xform(instance, IDENTITY)), environment(), SUBMISSION)
    assert made.node("/data/meta/instanceID").value.startswith("uuid:0")
    kept = Form.edit(compile_xform(xform(instance)), environment(), SUBMISSION)
    assert kept.node("/data/meta/instanceID").value == "literal"


@pytest.mark.parametrize("prefix", ["", "orx:"])
def test_an_empty_identity_without_preload_stays_empty(prefix: str) -> None:
    form = live(xform(f"<a/><{prefix}meta><{prefix}instanceID/></{prefix}meta>"))
    assert form.node(f"/data/{prefix}meta/{prefix}instanceID").value == ""


def test_the_deprecated_identity_comes_at_the_end_of_meta() -> None:
    instance = "<x/><meta><instanceID/><instanceName>N</instanceName></meta>"
    form = Form.edit(compile_xform(xform(instance, IDENTITY)), environment(), SUBMISSION)
    meta = form.xml().partition("<meta>")[2]
    assert meta.index("<instanceID") < meta.index("<instanceName") < meta.index("<deprecatedID>uuid:old</deprecatedID>")


@pytest.mark.parametrize("root", ['<data id="other">', "<data>"])
def test_a_submission_with_another_id_is_of_another_form(root: str) -> None:
    with pytest.raises(FormError) as raised:
        Form.edit(compile_xform(xform("<x/>")), environment(), f"{root}<x>1</x></data>")
    assert raised.value.code == "FORM-129"


def test_of_a_node_that_stands_twice_in_a_submission_the_first_is_read() -> None:
    xml = '<data id="t"><g><a>1</a><a>2</a></g><g><a>3</a><b>4</b></g></data>'
    form = Form.resume(compile_xform(xform("<g><a/><b>own</b></g>")), environment(), xml)
    assert [form.node(ref).value for ref in ("/data/g/a", "/data/g/b")] == ["1", "own"]


def test_a_bind_makes_no_attribute_that_the_form_does_not_have() -> None:
    binds = "<bind nodeset='/data/a/@x' calculate='1'/><bind nodeset='/data/a/@y' calculate='2'/>"
    form = live(xform("<a x='0'/>", binds))
    assert '<a x="1"/>' in form.xml()
    assert [problem.code for problem in form.definition.problems] == ["FORM-102"]
