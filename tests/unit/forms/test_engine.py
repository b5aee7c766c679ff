"""A live form: relevance, calculations, constraints, rows, actions, choices, languages."""

from __future__ import annotations

import pytest

from fieldkit.errors import FormError
from fieldkit.forms import Form, compile_xform
from fieldkit.forms.live import Series
from fieldkit.forms.recalculation import Recalculation
from tests.unit.forms.builder import environment, live, table, xform

SELECT = "<select1 ref='/data/{0}'><label>{0}</label>{1}</select1>"
ITEMS = "<item><label>Yes</label><value>yes</value></item><item><label>No</label><value>no</value></item>"


def value(form: Form, ref: str) -> str:
    return form.node(ref).value


def test_relevance_is_inherited_and_keeps_what_was_answered() -> None:
    form = live(
        xform(
            "<a/><g><b/><inner><c/></inner></g>",
            "<bind nodeset='/data/g' relevant=\"/data/a = 'yes'\"/>",
            "<input ref='/data/a'/><group ref='/data/g'><input ref='/data/g/b'/></group>",
        )
    )
    assert not form.node("/data/g/inner/c").relevant
    form.answer(form.node("/data/a"), "yes")
    form.answer(form.node("/data/g/b"), "kept")
    change = form.answer(form.node("/data/a"), "no")
    hidden = form.node("/data/g/b")
    assert (hidden.relevant, hidden.value, hidden.stored) == (False, "", "kept")
    assert {node.ref for node in change.touched} >= {"/data/g", "/data/g/b", "/data/g/inner", "/data/g/inner/c"}
    assert "kept" not in form.xml()
    form.answer(form.node("/data/a"), "yes")
    assert value(form, "/data/g/b") == "kept"


def test_calculations_run_in_the_order_of_their_needs() -> None:
    form = live(table("c | int | calculate=/data/b + 1\nb | int | calculate=/data/a * 2\na | int |"))
    change = form.answer(form.node("/data/a"), "4")
    assert (value(form, "/data/b"), value(form, "/data/c")) == ("8", "9")
    assert [tuple(item)[1:] for item in change.set] == [("", "4", "answer")]


def test_hidden_calculation_is_computed_when_it_shows_again() -> None:
    form = live(table("a | int |\nb | int | calculate=/data/a * 2;;relevant=/data/a > 1"))
    form.answer(form.node("/data/a"), "1")
    assert value(form, "/data/b") == ""
    form.answer(form.node("/data/a"), "5")
    assert value(form, "/data/b") == "10"


def test_constraint_and_required_speak_in_the_forms_words() -> None:
    form = live(
        table("a | int | constraint=. > 3;;jr:constraintMsg=More than three;;required=true();;jr:requiredMsg=Needed")
    )
    node = form.node("/data/a")
    assert node.violation is not None
    assert (node.violation.condition, node.violation.message) == ("required", "Needed")
    form.answer(node, "2")
    violation = node.violation
    assert violation is not None
    assert (violation.condition, violation.message, violation.ref) == ("constraint", "More than three", "/data/a")
    assert form.validate() == [violation]
    form.answer(node, "5")
    assert node.violation is None
    assert form.validate() == []


def test_constraint_that_depends_on_another_answer_is_checked_again() -> None:
    form = live(table("limit | int |\na | int | constraint=. <= /data/limit"))
    form.answer(form.node("/data/limit"), "3")
    form.answer(form.node("/data/a"), "3")
    assert form.node("/data/a").violation is None
    change = form.answer(form.node("/data/limit"), "2")
    assert form.node("/data/a").violation is not None
    assert form.node("/data/a") in change.touched


def test_readonly_comes_down_from_groups() -> None:
    form = live(
        xform(
            "<a/><g><b/></g>",
            "<bind nodeset='/data/g' readonly='/data/a = 1'/>",
            "<input ref='/data/a'/><group ref='/data/g'><input ref='/data/g/b'/></group>",
        )
    )
    form.answer(form.node("/data/a"), "1")
    assert form.node("/data/g/b").readonly
    refusal = form.node("/data/g/b").refuses("x")
    assert refusal is not None
    assert refusal.code == "FORM-124"


@pytest.mark.parametrize(
    ("kind", "text", "stored", "code"),
    [
        ("int", "3.7", "3", "FORM-122"),
        ("int", "99999999999", "", "FORM-122"),
        ("int", "007", "7", ""),
        ("decimal", "1.50", "1.50", ""),
        ("decimal", "abc", "", "FORM-122"),
        ("date", "2025-02-29", "", "FORM-122"),
        ("date", "2024-02-29", "2024-02-29", ""),
        ("date", "2024-02-29T10:00:00", "2024-02-29", ""),
        ("dateTime", "2024-02-29T10:00:00+08:00", "2024-02-29T10:00:00+08:00", ""),
        ("dateTime", "2024-02-29", "", "FORM-122"),
        ("time", "25:00:00", "", "FORM-122"),
        ("geopoint", "91 0", "", "FORM-122"),
        ("geopoint", "30.5 104.1", "30.5 104.1", ""),
        ("geotrace", "1 2", "", "FORM-122"),
        ("geoshape", "1 2;3 4;1 2", "1 2;3 4;1 2", ""),
        ("string", " as is ", " as is ", ""),
    ],
)
def test_values_are_stored_in_their_type(kind: str, text: str, stored: str, code: str) -> None:
    form = live(table(f"a | {kind} |"))
    node = form.node("/data/a")
    refusal = node.refuses(text)
    assert (refusal.code if refusal else "") == code
    form.answer(node, text)
    assert node.value == stored


def test_rows_are_added_from_the_template_and_removed() -> None:
    form = live(
        xform(
            "<rec jr:template=''><a>1</a><no/><deep jr:template=''><b/></deep></rec><n/>",
            "<bind nodeset='/data/rec/no' calculate='position(..)'/>"
            "<bind nodeset='/data/n' calculate='count(/data/rec)'/>",
            "<repeat nodeset='/data/rec'><input ref='/data/rec/a'/><repeat nodeset='/data/rec/deep'>"
            "<input ref='/data/rec/deep/b'/></repeat></repeat>",
        )
    )
    series = form.node("/data/rec")
    assert (series.kind, len(series.rows), value(form, "/data/n")) == ("series", 0, "0")
    first = form.add_row(series, row_id="x7").rows_added[0]
    form.add_row(series)
    assert (first.path, first.ref, first.kind) == ("/data/rec{x7}", "/data/rec[1]", "row")
    assert value(form, "/data/rec[2]/a") == "1"
    assert value(form, "/data/rec[2]/no") == "2"
    assert len(form.node("/data/rec[1]/deep").rows) == 0
    change = form.remove_row(first)
    assert change.rows_removed == [first]
    assert (value(form, "/data/rec[1]/no"), value(form, "/data/n")) == ("1", "1")
    with pytest.raises(FormError, match=r"no item /data/rec\[2\]"):
        form.node("/data/rec[2]/a")


def test_row_can_be_inserted_at_a_place() -> None:
    form = live(
        xform(
            "<rec><a/><no/></rec><last/>",
            "<bind nodeset='/data/rec/no' calculate='position(..)'/>",
            "<repeat nodeset='/data/rec'><input ref='/data/rec/a'/></repeat>",
        )
    )
    form.answer(form.node("/data/rec[1]/a"), "old")
    form.add_row(form.node("/data/rec"), row_id="new", at=0)
    assert form.node("/data/rec{new}").position == 1
    assert (value(form, "/data/rec[2]/a"), value(form, "/data/rec[2]/no")) == ("old", "2")
    assert form.xml().index("<no>1</no>") < form.xml().index("old")


def test_counted_rows_follow_their_count() -> None:
    form = live(
        xform(
            "<n>2</n><rec><a/></rec>",
            "<bind nodeset='/data/n' type='int'/>",
            "<input ref='/data/n'/><repeat nodeset='/data/rec' jr:count='/data/n'><input ref='/data/rec/a'/></repeat>",
        )
    )
    series = form.node("/data/rec")
    assert [row.row_id for row in series.rows] == ["c1", "c2"]
    change = form.answer(form.node("/data/n"), "4")
    assert [row.path for row in change.rows_added] == ["/data/rec{c3}", "/data/rec{c4}"]
    change = form.answer(form.node("/data/n"), "1")
    assert len(change.rows_removed) == 3
    with pytest.raises(FormError) as caught:
        form.add_row(series)
    assert caught.value.code == "FORM-125"


def test_row_reads_itself_by_absolute_paths_and_others_by_predicates() -> None:
    form = live(
        xform(
            "<rec><a/><twice/><before/></rec>",
            "<bind nodeset='/data/rec/a' type='int'/><bind nodeset='/data/rec/twice' calculate='/data/rec/a * 2'/>"
            "<bind nodeset='/data/rec/before' calculate='/data/rec[position() = position(current()/..) - 1]/a'/>",
            "<repeat nodeset='/data/rec'><input ref='/data/rec/a'/></repeat>",
        )
    )
    form.add_row(form.node("/data/rec"))
    form.answer(form.node("/data/rec[1]/a"), "3")
    form.answer(form.node("/data/rec[2]/a"), "4")
    assert [value(form, f"/data/rec[{n}]/twice") for n in (1, 2)] == ["6", "8"]
    assert [value(form, f"/data/rec[{n}]/before") for n in (1, 2)] == ["", "3"]


def test_running_total_over_rows_settles() -> None:
    form = live(
        xform(
            "<rec><a/><sum/></rec>",
            "<bind nodeset='/data/rec/a' type='int'/><bind nodeset='/data/rec/sum' type='int' calculate=\""
            'coalesce(/data/rec[position() = position(current()/..) - 1]/sum, 0) + ../a"/>',
            "<repeat nodeset='/data/rec'><input ref='/data/rec/a'/></repeat>",
        )
    )
    for _ in range(5):
        form.add_row(form.node("/data/rec"))
    for number in range(1, 7):
        form.answer(form.node(f"/data/rec[{number}]/a"), str(number))
    assert [value(form, f"/data/rec[{n}]/sum") for n in range(1, 7)] == ["1", "3", "6", "10", "15", "21"]
    form.answer(form.node("/data/rec[1]/a"), "11")
    assert value(form, "/data/rec[6]/sum") == "31"


def test_choice_that_is_not_offered_is_masked_until_it_is_again() -> None:
    lists = "".join(f"<item><name>{n}</name><label>{n.upper()}</label><g>{n[0]}</g></item>" for n in ("ax", "ay", "bx"))
    form = live(
        xform(
            "<g/><pick/>",
            "",
            "<input ref='/data/g'/><select ref='/data/pick'><itemset nodeset=\"instance('l')/root/item[g = /data/g]\">"
            "<value ref='name'/><label ref='label'/></itemset></select>",
            more=f"<instance id='l'><root>{lists}</root></instance>",
        )
    )
    form.answer(form.node("/data/g"), "a")
    pick = form.node("/data/pick")
    assert [(choice.value, choice.label) for choice in pick.choices()] == [("ax", "AX"), ("ay", "AY")]
    assert dict(pick.choices()[0].properties) == {"name": "ax", "label": "AX", "g": "a"}
    form.answer(pick, "ay ax nothing")
    assert pick.value == "ax ay"
    change = form.answer(form.node("/data/g"), "b")
    assert (pick.value, pick.stored) == ("", "ax ay")
    assert pick in change.touched
    assert len(change.set) == 1
    refusal = pick.refuses("ax")
    assert refusal is not None
    assert refusal.code == "FORM-123"
    form.answer(form.node("/data/g"), "a")
    assert pick.value == "ax ay"


def test_choices_from_rows_of_a_repeat() -> None:
    form = live(
        xform(
            "<rec><name/></rec><pick/>",
            "",
            "<repeat nodeset='/data/rec'><input ref='/data/rec/name'/></repeat><select1 ref='/data/pick'>"
            "<itemset nodeset=\"/data/rec[./name != '']\"><value ref='name'/><label ref='name'/></itemset></select1>",
        )
    )
    change = form.answer(form.node("/data/rec[1]/name"), "hall")
    assert form.node("/data/pick") in change.touched
    form.answer(form.node("/data/pick"), "hall")
    form.answer(form.node("/data/rec[1]/name"), "yard")
    assert value(form, "/data/pick") == ""
    assert "hall" not in form.xml()
    assert [choice.value for choice in form.node("/data/pick").choices()] == ["yard"]


def test_rank_and_trigger() -> None:
    form = live(
        xform(
            "<r/><t/>",
            "<bind nodeset='/data/r' type='odk:rank'/>",
            f"<odk:rank ref='/data/r'>{ITEMS}</odk:rank><trigger ref='/data/t'><label>Seen</label></trigger>",
        )
    )
    form.answer(form.node("/data/r"), "no yes other")
    assert value(form, "/data/r") == "no yes"
    form.answer(form.node("/data/t"), "1")
    assert value(form, "/data/t") == "OK"
    assert form.node("/data/r").control == "rank"


def test_actions_of_load_row_and_changed_value() -> None:
    form = live(
        xform(
            "<start/><a/><copy/><log>0</log><rec jr:template=''><n/></rec>",
            "<bind nodeset='/data/log' type='int'/>",
            "<input ref='/data/a'>"
            "<setvalue event='xforms-value-changed' ref='/data/copy' value=\"concat('=', /data/a)\"/>"
            "</input><input ref='/data/copy'>"
            "<setvalue event='xforms-value-changed' ref='/data/log' value='. + 1'/></input>"
            "<repeat nodeset='/data/rec'><setvalue event='odk-new-repeat' ref='/data/rec/n' value='position(..)'/>"
            "<input ref='/data/rec/n'/></repeat>",
            more="<setvalue event='odk-instance-first-load' ref='/data/start' value=\"'begun'\"/>",
        )
    )
    assert value(form, "/data/start") == "begun"
    assert [(item.node.ref, item.cause) for item in form.initial.set if item.node.name == "start"] == [
        ("/data/start", "setvalue")
    ]
    change = form.answer(form.node("/data/a"), "x")
    assert (value(form, "/data/copy"), value(form, "/data/log")) == ("=x", "1")
    assert [item.cause for item in change.set] == ["answer", "setvalue", "setvalue"]
    change = form.add_row(form.node("/data/rec"))
    assert value(form, "/data/rec[1]/n") == "1"
    assert [item.cause for item in change.set] == ["setvalue"]


def test_actions_that_set_each_other_off_are_stopped() -> None:
    form = live(
        xform(
            "<a>0</a><b>0</b>",
            "<bind nodeset='/data/a' type='int'/><bind nodeset='/data/b' type='int'/>",
            "<input ref='/data/a'><setvalue event='xforms-value-changed' ref='/data/b' value='/data/a + 1'/></input>"
            "<input ref='/data/b'><setvalue event='xforms-value-changed' ref='/data/a' value='/data/b + 1'/></input>",
        )
    )
    with pytest.raises(FormError) as caught:
        form.answer(form.node("/data/a"), "1")
    assert caught.value.code == "FORM-127"
    assert form.node("/data/a").relevant


def test_calculations_in_a_circle_are_refused_with_their_names() -> None:
    with pytest.raises(FormError) as caught:
        compile_xform(
            table("a | int | calculate=/data/b + 1\nb | int | calculate=/data/c + 1\nc | int | calculate=/data/a")
        )
    assert caught.value.code == "FORM-104"
    for path in ("/data/a", "/data/b", "/data/c"):
        assert path in caught.value.message


def test_conditions_that_depend_on_each_other_are_allowed() -> None:
    form = live(table("a | int | relevant=/data/b > 0\nb | int | relevant=/data/a > 0"))
    assert not form.node("/data/a").relevant


def test_preloads_and_what_the_device_knows() -> None:
    form = Form.new(
        compile_xform(
            xform(
                "<d/><t/><end/><who/><u/><meta><instanceID/></meta>",
                "<bind nodeset='/data/d' type='date' jr:preload='date' jr:preloadParams='today'/>"
                "<bind nodeset='/data/t' type='dateTime' jr:preload='timestamp' jr:preloadParams='start'/>"
                "<bind nodeset='/data/end' type='dateTime' jr:preload='timestamp' jr:preloadParams='end'/>"
                "<bind nodeset='/data/who' jr:preload='property' jr:preloadParams='username'/>"
                "<bind nodeset='/data/u' jr:preload='uid'/><bind nodeset='/data/meta/instanceID' jr:preload='uid'/>",
            )
        ),
        environment(properties={"userName": "team"}),
    )
    assert value(form, "/data/d") == "2025-06-16"
    assert value(form, "/data/t") == "2025-06-16T01:34:56.789+08:00"
    assert value(form, "/data/who") == "team"
    assert value(form, "/data/meta/instanceID").startswith("uuid:")
    assert value(form, "/data/end") == ""
    form.finalise()
    assert value(form, "/data/end") == "2025-06-16T01:34:56.789+08:00"
    assert {item.cause for item in form.initial.set} == {"preload"}


def test_once_keeps_its_value_and_is_to_be_kept() -> None:
    form = live(table("a | string |\nb | string | calculate=once(concat('n', /data/a))"))
    assert [(item.node.ref, item.cause) for item in form.initial.set if item.node.name == "b"] == [("/data/b", "once")]
    form.answer(form.node("/data/a"), "x")
    assert value(form, "/data/b") == "n"


def test_languages_outputs_hints_and_guidance() -> None:
    itext = (
        "<itext><translation lang='English'><text id='q'><value>Rooms: <output value='/data/n'/></value>"
        "<value form='image'>jr://images/a.png</value></text><text id='h'><value>Count</value>"
        "<value form='guidance'>All floors</value></text></translation>"
        "<translation lang='中文' default='true()'><text id='q'><value>房间：<output value='/data/n'/></value></text>"
        "<text id='h'><value>数</value></text></translation></itext>"
    )
    form = live(
        xform(
            "<n>2</n><q/>",
            "",
            "<input ref='/data/n'/><input ref='/data/q'>"
            "<label ref=\"jr:itext('q')\"/><hint ref=\"jr:itext('h')\"/></input>",
            itext=itext,
        )
    )
    node = form.node("/data/q")
    assert form.definition.languages == ("中文", "English")
    assert (form.language, node.label, node.hint, node.guidance) == ("中文", "房间：2", "数", "")
    form.set_language("English")
    assert (node.label, node.hint, node.guidance) == ("Rooms: 2", "Count", "All floors")
    assert dict(node.media) == {"image": "jr://images/a.png"}
    change = form.answer(form.node("/data/n"), "3")
    assert node in change.touched
    assert node.label == "Rooms: 3"
    form.set_language("Klingon")
    assert form.language == "English"


def test_attributes_of_fieldkit_are_kept_current() -> None:
    severity, target = "{urn:fieldkit:xf}severity", "{urn:fieldkit:xf}target"
    form = live(
        table(
            "a | string | fk:severity=if(. = 'yes', 'S1', '');;fk:weight=2\n"
            "b | int | fk:score=count;;fk:target=/data/c * 2;;fk:severity=S2\nc | int |"
        )
    )
    node = form.node("/data/a")
    assert node.attribute_value(severity) == ""
    change = form.answer(node, "yes")
    assert node.attribute_value(severity) == "S1"
    assert node in change.touched
    assert node.attributes["{urn:fieldkit:xf}weight"] == "2"
    assert form.node("/data/b").attribute_value(severity) == "S2"
    assert form.node("/data/b").attribute_value(target) == "NaN"
    change = form.answer(form.node("/data/c"), "4")
    assert form.node("/data/b").attribute_value(target) == "8"
    assert form.node("/data/b") in change.touched
    assert form.node("/data/b").evaluate("../c + 1") == "5"


def test_notes_and_calculations_take_no_answers() -> None:
    form = live(table("a | string | readonly=true()\nb | string |\nc | string | calculate=/data/b"))
    assert form.node("/data/a").kind == "note"
    assert form.node("/data/c").kind == "model"
    for name in ("a", "c"):
        refusal = form.node(f"/data/{name}").refuses("x")
        assert refusal is not None
        assert refusal.code == "FORM-124"
    assert form.node("/data/b").refuses("x") is None


def test_rows_that_a_count_makes_get_their_actions_and_a_missing_count_changes_nothing() -> None:
    form = live(
        xform(
            "<n>2</n><rec><a>own</a></rec>",
            "<bind nodeset='/data/n' type='int'/>",
            "<input ref='/data/n'/><repeat nodeset='/data/rec' jr:count='/data/n'>"
            "<setvalue event='odk-new-repeat' ref='/data/rec/a' value='position(..)'/>"
            "<input ref='/data/rec/a'/></repeat>",
        )
    )
    assert [value(form, f"/data/rec[{n}]/a") for n in (1, 2)] == ["own", ""]
    change = form.answer(form.node("/data/n"), "3")
    assert value(form, "/data/rec[3]/a") == "3"
    assert [item.cause for item in change.set] == ["answer", "setvalue"]
    assert not form.answer(form.node("/data/n"), "").rows_removed
    assert len(form.node("/data/rec").rows) == 3
    form.answer(form.node("/data/n"), "0")
    form.answer(form.node("/data/n"), "1")
    assert value(form, "/data/rec[1]/a") == "1"


def test_new_rows_are_empty_where_the_form_has_no_template() -> None:
    form = live(xform("<rec><a>first</a></rec>", "", "<repeat nodeset='/data/rec'><input ref='/data/rec/a'/></repeat>"))
    form.add_row(form.node("/data/rec"))
    assert [value(form, f"/data/rec[{n}]/a") for n in (1, 2)] == ["first", ""]


def test_calculation_that_reads_itself_settles_or_is_refused() -> None:
    form = live(xform("<a/>", "<bind nodeset='/data/a' calculate=\"if(. = '', 'once', .)\"/>", ""))
    assert value(form, "/data/a") == "once"
    with pytest.raises(FormError) as caught:
        live(xform("<a>1</a>", "<bind nodeset='/data/a' type='int' calculate='. + 1'/>", ""))
    assert caught.value.code == "FORM-127"


CIRCLE = """<bind nodeset="/data/on" type="int"/>
  <bind nodeset="/data/g" relevant="/data/on = 1 and /data/g/a != ''"/><bind nodeset="/data/c/y" type="string"/>"""
CIRCLE_BODY = """<input ref="/data/on"/><group ref="/data/g"><input ref="/data/g/a"/><input ref="/data/g/n"/></group>
  <group ref="/data/c"><repeat nodeset="/data/c" jr:count="/data/g/n"><input ref="/data/c/y"/></repeat></group>"""


def test_what_reads_an_answer_that_it_hides_is_shown_again() -> None:
    """What is shown follows from the answers, not from the way there: opened again, it is the same."""
    form = live(xform("<on>1</on><g><a>x</a><n>2</n></g><c><y/></c>", CIRCLE, CIRCLE_BODY))
    states = []
    for answer in ("1", "0", "1"):
        form.answer(form.node("/data/on"), answer)
        again = Form.restore(form.definition, environment(), form.saved())
        assert again.saved() == form.saved()
        assert again.node("/data/g").relevant is form.node("/data/g").relevant
        states.append((form.node("/data/g").relevant, value(form, "/data/g/a"), len(form.node("/data/c").rows)))
    assert states == [(True, "x", 2), (False, "", 2), (True, "x", 2)]


def test_an_answer_that_hides_itself_stays_in_sight() -> None:
    form = live(
        xform(
            "<b/><g><a/></g>",
            "<bind nodeset='/data/g' relevant=\"/data/g/a != 'x'\"/>"
            "<bind nodeset='/data/b' calculate='concat(/data/g/a, 1)'/>",
            "<group ref='/data/g'><input ref='/data/g/a'/></group>",
        )
    )
    form.answer(form.node("/data/g/a"), "x")
    again = Form.restore(form.definition, environment(), form.saved())
    for shown in (form, again):
        assert (shown.node("/data/g").relevant, value(shown, "/data/g/a"), value(shown, "/data/b")) == (True, "x", "x1")
        assert {error.code for error, _path in shown.faults.values()} == {"FORM-127"}


def test_a_count_of_many_rows_tells_the_other_rows_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many rows a count asks for or takes away: each row hears of it a few times, not once for each row."""
    form = live(
        xform(
            "<n/><r><x/></r>",
            "<bind nodeset='/data/n' type='int'/><bind nodeset='/data/r/x' calculate='count(/data/r) + position(..)'/>",
            "<input ref='/data/n'/><group ref='/data/r'><repeat nodeset='/data/r' jr:count='/data/n'>"
            "<input ref='/data/r/x'/></repeat></group>",
        )
    )
    told: list[int] = []
    changed = Recalculation.rows_changed

    def counted(recalculation: Recalculation, series: Series, first: int) -> None:
        told.append(first)
        changed(recalculation, series, first)

    monkeypatch.setattr(Recalculation, "rows_changed", counted)
    for count in (400, 3, 200):
        form.answer(form.node("/data/n"), str(count))
        assert [form.node(f"/data/r[{place}]/x").value for place in (1, 3)] == [str(count + 1), str(count + 3)]
        assert form.xml().count("<r>") == count
    assert len(told) <= 6
