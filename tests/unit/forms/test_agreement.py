"""Rules of whole forms on which ODK's engines agree and that are easily missed; each expected value is theirs."""

from __future__ import annotations

import pytest

from fieldkit.errors import FormError
from fieldkit.forms import Form, compile_xform
from tests.unit.forms.builder import live, xform


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
