"""Lists from attachments: CSV, XML, GeoJSON, search(), external selects, large files."""

from __future__ import annotations

import json

import pytest

from fieldkit.errors import FormError
from fieldkit.forms import Form, compile_xform
from fieldkit.forms.secondary import TableNode, read_csv
from tests.unit.forms.builder import environment, live, xform


def listed(source: str, *, filters: str = "", value: str = "name", label: str = "label", extra: str = "") -> bytes:
    return xform(
        "<f/><pick/><shown/>",
        f"<bind nodeset='/data/shown' calculate=\"instance('x')/root/item[{value} = /data/pick]/{label}\"/>",
        f"<input ref='/data/f'/><select1 ref='/data/pick'>{extra}<itemset nodeset=\"instance('x')/root/item{filters}\">"
        f"<value ref='{value}'/><label ref='{label}'/></itemset></select1>",
        more=f"<instance id='x' src='{source}'/>",
    )


def options(form: Form) -> list[tuple[str, str]]:
    return [(choice.value, choice.label) for choice in form.node("/data/pick").choices()]


@pytest.mark.parametrize(
    "text",
    [
        'name,label,g\na,Ay,1\nb,"Bee, too",2\n',
        "\ufeffname;label;g\na;Ay;1\nb;Bee, too;2",
        "name\tlabel\tg\r\na\tAy\t1\r\n\r\nb\tBee, too\t2\r\n",
        "name|label|g\ra|Ay|1\rb|Bee, too|2",
    ],
)
def test_csv_in_its_dialects(text: str) -> None:
    form = live(listed("jr://file-csv/l.csv", filters="[g = /data/f or /data/f = '']"), media={"l.csv": text.encode()})
    assert options(form) == [("a", "Ay"), ("b", "Bee, too")]
    form.answer(form.node("/data/f"), "2")
    assert options(form) == [("b", "Bee, too")]
    form.answer(form.node("/data/pick"), "b")
    assert form.node("/data/shown").value == "Bee, too"


def test_an_itemset_may_name_its_nodes_by_ref() -> None:
    """The other way of XForms to name them, which ODK reads too."""
    source = listed("jr://file-csv/l.csv").replace(b'nodeset="inst', b'ref="inst')
    form = live(source, media={"l.csv": b"name,label\na,Ay"})
    assert options(form) == [("a", "Ay")]


def test_csv_in_the_chinese_national_encoding() -> None:
    data = "name,label\na,党支部\n".encode("gb18030")
    assert options(live(listed("jr://file-csv/l.csv"), media={"l.csv": data})) == [("a", "党支部")]


def test_xml_and_irregular_xml() -> None:
    regular = b"<root><item><name>a</name><label>Ay</label></item></root>"
    irregular = b"<root><item k='1'><name>a</name><label>Ay<!-- c --></label></item><other/></root>"
    for data in (regular, irregular):
        assert options(live(listed("jr://file/l.xml"), media={"l.xml": data})) == [("a", "Ay")]


def test_geojson_points_lines_and_properties() -> None:
    data = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "id": "p", "geometry": {"type": "Point", "coordinates": [104.1, 30.5]},
             "properties": {"title": "Hall", "rooms": 3}},
            {"type": "Feature", "geometry": {"type": "LineString", "coordinates": [[1, 2], [3, 4]]},
             "properties": {"id": 7, "title": "Road"}},
        ],
    }  # fmt: skip
    media = {"l.geojson": json.dumps(data).encode()}
    form = live(listed("jr://file/l.geojson", value="id", label="title"), media=media)
    assert options(form) == [("p", "Hall"), ("7", "Road")]
    assert dict(form.node("/data/pick").choices()[0].properties) == {
        "geometry": "30.5 104.1 0 0", "id": "p", "title": "Hall", "rooms": "3",
    }  # fmt: skip
    assert form.node("/data/pick").choices()[1].properties["geometry"] == "2 1 0 0; 4 3 0 0"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("l.geojson", b"{"),
        ("l.geojson", b'{"type": "Feature"}'),
        ("l.geojson", b'{"type": "FeatureCollection", "features": [{"geometry": {"type": "Polyhedron"}}]}'),
        ("l.xml", b"<root>"),
    ],
)
def test_broken_attachments_refuse_the_form(name: str, data: bytes) -> None:
    with pytest.raises(FormError) as caught:
        compile_xform(listed(f"jr://file/{name}"), media={name: data})
    assert caught.value.code == "FORM-109"


def test_missing_attachment_is_empty_with_a_warning_unless_strict() -> None:
    definition = compile_xform(listed("jr://file-csv/l.csv"))
    assert [problem.code for problem in definition.problems] == ["FORM-106"]
    assert options(live(definition)) == []
    with pytest.raises(FormError) as caught:
        compile_xform(listed("jr://file-csv/l.csv"), strict_media=True)
    assert caught.value.code == "FORM-106"


def test_search_appearance_takes_its_rows_from_the_file() -> None:
    body = (
        "<input ref='/data/f'/>"
        "<select1 ref='/data/pick' appearance=\"minimal search('fruits', 'matches', 'kind', /data/f)\">"
        "<item><label>label</label><value>name</value></item></select1>"
    )
    media = {"fruits.csv": b"name,label,kind\na,Apple,1\nb,Banana,2\n"}
    form = live(xform("<f/><pick/>", "", body), media=media)
    form.answer(form.node("/data/f"), "2")
    assert options(form) == [("b", "Banana")]


def test_external_select_and_pulldata() -> None:
    body = "<input ref='/data/f'/><input ref='/data/pick' query=\"instance('towns')/root/item[state = /data/f]\"/>"
    media = {
        "itemsets.csv": b"list_name,name,label,state\ntowns,x,Ex,s1\ntowns,y,Why,s2\nrivers,z,Zed,s2\n",
        "facts.csv": b"key,size\nx,10\ny,20\n",
    }
    binds = "<bind nodeset='/data/size' calculate=\"pulldata('facts', 'size', 'key', /data/pick)\"/>"
    form = live(xform("<f/><pick/><size/>", binds, body), media=media)
    form.answer(form.node("/data/f"), "s2")
    assert options(form) == [("y", "Why")]
    form.answer(form.node("/data/pick"), "y")
    assert form.node("/data/size").value == "20"


def test_last_saved_submission() -> None:
    source = xform(
        "<a/>", "", "<input ref='/data/a'/>",
        more="<instance id='last' src='jr://instance/last-saved'/>"
        "<setvalue event='odk-instance-first-load' ref='/data/a' value=\"instance('last')/data/a\"/>",
    )  # fmt: skip
    definition = compile_xform(source)
    assert Form.new(definition, environment()).node("/data/a").value == ""
    form = Form.new(definition, environment(last_saved="<data><a>before</a></data>"))
    assert form.node("/data/a").value == "before"


def test_large_table_makes_nodes_only_of_what_is_asked_for() -> None:
    lines = ["name,label,g"] + [f"n{number},Label {number},{number % 100}" for number in range(5000)]
    table = read_csv("\n".join(lines).encode())
    found = table.lookup("item", "g")
    assert found is not None
    rows = found.get("7", [])
    assert len(rows) == 50
    assert not table._made
    assert [row.named("name")[0].string_value() for row in rows][:2] == ["n7", "n107"]
    assert [cell.name for cell in rows[0].children] == ["name", "label", "g"]
    assert rows[0].named("name")[0] is rows[0].children[0]
    assert len(table._made) == 50
    assert "100" not in found
    assert found.get("100") is None


def many(count: int = 5000) -> Form:
    lines = ["name,label,g"] + [f"n{number},Label {number},{number % 100}" for number in range(count)]
    source = listed("jr://file-csv/l.csv").replace(b"<select1 ref='/data/pick'>", b"<select ref='/data/pick'>")
    source = source.replace(b"</select1>", b"</select>")
    return live(source, media={"l.csv": "\n".join(lines).encode()})


def test_a_long_list_makes_no_choice_before_it_is_looked_at() -> None:
    form = many()
    choices = form.node("/data/pick").choices()
    assert len(choices) == 5000
    instance = form.secondary("x")
    table = next(iter(instance.elements())) if instance is not None else None
    assert isinstance(table, TableNode)
    assert not table._made
    found = choices.find("n4321")
    assert found is not None
    assert found.label == "Label 4321"
    assert choices.place("n4321") == 4321
    assert not table._made
    assert found.properties == {"name": "n4321", "label": "Label 4321", "g": "21"}
    assert choices[-1].value == "n4999"
    assert [choice.label for choice in choices[10:12]] == ["Label 10", "Label 11"]
    assert list(choices.pairs())[2] == ("n2", "Label 2")
    assert choices.find("n5000") is None


def test_answers_from_a_long_list_stand_in_its_order_without_what_it_does_not_offer() -> None:
    form = many()
    form.answer(form.node("/data/pick"), "n900 n7 nothing n900")
    assert form.node("/data/pick").value == "n7 n900"
    assert form.node("/data/pick").refuses("n7 nothing") is not None
    assert form.node("/data/pick").refuses("n7 n8") is None


def test_short_rows_have_empty_cells() -> None:
    media = {"l.csv": b"name,label,g\na,Ay,2\nb\n,,2\nc,See,2\n"}
    form = live(listed("jr://file-csv/l.csv", filters="[g = /data/f and name != '']"), media=media)
    form.answer(form.node("/data/f"), "2")
    assert options(form) == [("a", "Ay"), ("c", "See")]
    form = live(listed("jr://file-csv/l.csv"), media=media)
    assert options(form) == [("a", "Ay"), ("b", ""), ("", ""), ("c", "See")]


def test_two_conditions_on_a_table_narrow_without_nodes() -> None:
    lines = ["name,label,g,h"] + [f"n{number},L,{number % 2},{number % 3}" for number in range(60)]
    source = listed("jr://file-csv/l.csv", filters="[g = '1' and h = /data/f]")
    form = live(source, media={"l.csv": "\n".join(lines).encode()})
    form.answer(form.node("/data/f"), "2")
    assert [value for value, _label in options(form)] == [f"n{n}" for n in range(60) if n % 2 == 1 and n % 3 == 2]
