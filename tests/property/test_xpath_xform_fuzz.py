"""Damaged XForms and soups of tokens: each is refused with a named fault or works; none crashes or hangs."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from fieldkit.errors import FieldkitError, FormError
from fieldkit.forms import Form, FormEnvironment, compile_xform
from fieldkit.forms.tree import MAX_DEPTH, parse_xml
from fieldkit.forms.xpath import ODK, Context, compile_expression, parse
from tests.unit.xpath.world import NAMESPACES, World, tree

XFORM = """<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
 xmlns:jr="http://openrosa.org/javarosa" xmlns:orx="http://openrosa.org/xforms"><h:head><h:title>Site</h:title><model>
<itext><translation lang="en"><text id="q"><value>Question <output value="/data/a"/></value></text></translation>
<translation lang="zh"><text id="q"><value>问题</value></text></translation></itext>
<instance><data id="site" version="1"><a/><b>2</b><when/><pick/><many/><n>2</n><g><x>1</x></g>
<r jr:template=""><k/><p/><i jr:template=""><z/></i></r><c><y/></c><total/>
<orx:meta><orx:instanceID/></orx:meta></data></instance>
<instance id="list"><root><item><name>u</name><label>U</label><of>1</of></item>
<item><name>v</name><label>V</label><of>2</of></item></root></instance>
<bind nodeset="/data/a" type="int" required="true()" constraint=". &lt; 100" jr:constraintMsg="too much"/>
<bind nodeset="/data/b" type="decimal" relevant="/data/a != ''"/>
<bind nodeset="/data/when" type="date" calculate="today()"/>
<bind nodeset="/data/g" relevant="selected(/data/many, 'p')"/><bind nodeset="/data/g/x" readonly="/data/a > 5"/>
<bind nodeset="/data/r/p" calculate="position(..) + count(/data/r)"/><bind nodeset="/data/r/i/z" type="geopoint"/>
<bind nodeset="/data/total" calculate="sum(/data/r/k) + indexed-repeat(/data/r/k, /data/r, 1)"/>
<bind nodeset="/data/orx:meta/orx:instanceID" jr:preload="uid"/>
<setvalue event="odk-instance-first-load" ref="/data/b" value="1 + 1"/></model></h:head><h:body>
<input ref="/data/a"><label ref="jr:itext('q')"/><hint>h</hint>
<setvalue event="xforms-value-changed" ref="/data/g/x">3</setvalue></input><input ref="/data/b"><label>B</label></input>
<select1 ref="/data/pick"><label>Pick</label><itemset nodeset="instance('list')/root/item[of = /data/a]">
<value ref="name"/><label ref="label"/></itemset></select1>
<select ref="/data/many"><label>Many</label><item><label>P</label><value>p</value></item>
<item><label>Q</label><value>q</value></item></select>
<group ref="/data/g"><label>G</label><input ref="/data/g/x"><label>X</label></input></group>
<group ref="/data/r"><label>R</label><repeat nodeset="/data/r"><input ref="/data/r/k"><label>K</label></input>
<repeat nodeset="/data/r/i"><input ref="/data/r/i/z"><label>Z</label></input></repeat></repeat></group>
<group ref="/data/c"><repeat nodeset="/data/c" jr:count="/data/n"><input ref="/data/c/y"/></repeat></group>
<range ref="/data/n" start="1" end="5" step="1"><label>N</label></range></h:body></h:html>"""

EXPRESSIONS = (
    "",
    ".",
    "..",
    "/",
    "//*",
    "../../../..",
    "/data",
    "/data/r",
    "/data/none",
    "count(/data/*)",
    "position(..)",
    "1 div 0",
    "instance('none')/root/item",
    "instance('list')/root/item",
    "current()/../a",
    "/data/r[position() = 1]/k",
    "/data/r[",
    "indexed-repeat(/data/r/k, /data/r, 9)",
    "jr:choice-name(., '/data/pick')",
    "jr:choice-name(., '/data/none')",
    "jr:itext('none')",
    "once(.)",
    "random()",
    "randomize(/data/*)",
    "string(/)",
    "regex(., '(a+)+$')",
    "nothing()",
    "if(1, 2)",
    "true()",
    "/data/a + /data/total",
    "$x",
    "99999999999",
)
TYPES = ("int", "decimal", "date", "dateTime", "time", "geopoint", "geotrace", "boolean", "binary", "nonsense", "")
ANSWERS = ("", "1", "-3", "a", "p q", "u", "2024-02-29", "1 1 0 0", "\u0000", "字" * 50, "9" * 40)


def environment() -> FormEnvironment:
    numbers = iter(range(10**6))
    return FormEnvironment(
        clock=lambda: datetime(2025, 6, 15, 17, 34, tzinfo=UTC),
        timezone=ZoneInfo("America/Phoenix"),
        random=lambda: 0.5,
        uuid=lambda: f"00000000-0000-4000-8000-{next(numbers):012x}",
    )


def damage(draw: Callable[[st.SearchStrategy[int]], int], root: etree._Element) -> None:
    """Change one thing of a form: drop, copy or rename an element, or give an attribute or text another value."""
    elements = [element for element in root.iter() if isinstance(element.tag, str)]
    one = elements[draw(st.integers(0, len(elements) - 1))]
    other = elements[draw(st.integers(0, len(elements) - 1))]
    parent = one.getparent()
    kind = draw(st.integers(0, 9))
    if kind == 0 and parent is not None:
        parent.remove(one)
    elif kind == 1 and parent is not None:
        parent.append(copy.deepcopy(other))
    elif kind == 2:
        one.tag = other.tag
    elif kind == 3:
        one.text = ANSWERS[draw(st.integers(0, 6))]
    elif one.attrib:
        name = list(one.attrib)[draw(st.integers(0, len(one.attrib) - 1))]
        values = TYPES if name == "type" else EXPRESSIONS
        one.set(str(name), values[draw(st.integers(0, len(values) - 1))])


def use(form: Form, draw: Callable[[st.SearchStrategy[int]], int]) -> None:
    """Answer, add and remove rows, and look at everything."""
    for number in range(4):
        nodes = list(form.nodes())
        node = nodes[draw(st.integers(0, len(nodes) - 1))]
        try:
            if node.kind == "series":
                form.add_row(node, row_id=f"r{number}")
            elif node.kind == "row":
                form.remove_row(node)
            else:
                form.answer(node, ANSWERS[draw(st.integers(0, len(ANSWERS) - 1))])
        except FormError:
            pass
        for each in form.nodes():
            assert isinstance(each.value, str)
            assert isinstance(each.label, str)
            assert each.relevant or each.value == ""
            if each.control is not None:
                each.choices()


@given(st.data())
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_damaged_form_is_refused_or_works(data: st.DataObject) -> None:
    root = etree.fromstring(XFORM.encode())
    for _change in range(data.draw(st.integers(1, 4))):
        damage(data.draw, root)
    try:
        definition = compile_xform(etree.tostring(root))
        form = Form.new(definition, environment())
    except FieldkitError as error:
        assert error.code  # noqa: PT017 - the fault is named, whatever it is
        return
    try:
        use(form, data.draw)
        saved = form.saved()
        again = Form.restore(definition, environment(), saved)
        assert again.saved().rows == saved.rows
        Form.edit(definition, environment(), form.xml().encode())
    except FormError as error:
        assert error.code  # noqa: PT017 - the fault is named, whatever it is


@given(
    st.lists(
        st.sampled_from(
            sorted(
                {
                    *"/.@*[](),-+=<>|1",
                    "//",
                    "..",
                    "::",
                    "a",
                    "data",
                    "'x'",
                    "$",
                    "or",
                    "div",
                    "text()",
                    "position()",
                    "current()",
                    "self::",
                    "jr:",
                    *(f"{name}(" for name in ODK.functions),
                }
            )
        ),
        max_size=14,
    ),
    st.booleans(),
)
@settings(max_examples=500, deadline=None)
def test_a_soup_of_tokens_is_refused_or_has_a_value(tokens: list[str], is_spaced: bool) -> None:
    source = (" " if is_spaced else "").join(tokens)
    source += ")" * (source.count("(") - source.count(")"))
    try:
        compiled = compile_expression(parse(source, namespaces=NAMESPACES))
        assert isinstance(compiled.string(Context(tree("<data><a>1</a></data>").children[0], World())), str)
    except FormError as error:
        assert error.code.startswith("XPATH-")  # noqa: PT017 - the fault is named, whatever it is


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param('id="site"', 'id="deprecatedID-site"', id="a form's id that holds the word deprecatedID"),
        pytest.param("sum(/data/r/k)", "/data/r[position() = 2]/k", id="a predicate on a repeat reads all rows"),
        pytest.param('"position(..) + count(/data/r)"', '"count(/data/r)"', id="a count of the own repeat"),
        pytest.param("/data/r/k, /data/r, 1", "../data/r/k, ../data/r, 1", id="relative arguments of indexed-repeat"),
        pytest.param(
            '<setvalue event="odk-instance-first-load"',
            '<bind nodeset="/data/r/@k" calculate="1"/><bind nodeset="/data/r/@k" calculate="2"/>'
            '<setvalue event="odk-instance-first-load"',
            id="two binds of one attribute",
        ),
        pytest.param("too much", "jr:itext('none')", id="a message that is no expression"),
        pytest.param(
            "instance('list')/root/item[of = /data/a]",
            "jr:choice-name(., '/data/pick')",
            id="choices that are made from their own names",
        ),
    ],
)
def test_forms_that_once_failed_work(old: str, new: str) -> None:
    assert old in XFORM
    definition = compile_xform(XFORM.replace(old, new).encode())
    form = Form.new(definition, environment())
    for number in range(2):
        form.add_row(form.node("/data/r"), row_id=f"r{number}")
        form.answer(form.node(f"/data/r[{number + 1}]/k"), str(number + 4))
    for node in form.nodes():
        _shown = (node.label, node.choices() if node.control else ())
    again = Form.resume(definition, environment(), form.xml())
    assert again.xml() == form.xml()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "XML-001"),
        (b"<a>", "XML-001"),
        (b"<a>&nbsp;</a>", "XML-001"),
        (b"\x00\x01", "XML-001"),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "XML-004"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "XML-004"),
        (b"<a>" * (MAX_DEPTH + 2) + b"</a>" * (MAX_DEPTH + 2), "XML-003"),
    ],
)
def test_hostile_xml_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(FormError) as caught:
        parse_xml(data)
    assert caught.value.code == code


def test_a_billion_laughs_are_not_expanded() -> None:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(10))
    with pytest.raises(FormError):
        parse_xml(f"<!DOCTYPE a [{entities}]><a>&l9;</a>".encode())


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("if(1, " * 60 + "1" + ", 0)" * 60, id="arguments"),
        pytest.param("a[" * 60 + "1" + "]" * 60, id="predicates"),
        pytest.param("a[b = " * 30 + "1" + "]" * 30, id="conditions"),
        pytest.param("-" * 60 + "1", id="signs"),
        pytest.param("(" * 60 + "1" + ")" * 60, id="brackets"),
    ],
)
def test_the_deepest_expression_that_is_read_can_be_run(source: str) -> None:
    context = Context(tree("<a>1</a>"), World())
    compiled = compile_expression(source)
    assert isinstance(compiled.string(context), str)
    assert parse(compiled.source) == compiled.expression
    assert isinstance(compiled.dependencies, tuple)
    assert hash(compiled.expression) == hash(parse(source))
