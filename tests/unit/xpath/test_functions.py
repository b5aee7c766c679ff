"""The functions, each at its edges."""

from __future__ import annotations

import base64
import math
import time

import pytest

from fieldkit.errors import FormError
from fieldkit.forms.tree import Node
from fieldkit.forms.xpath import CORE, Compiled, compile_expression
from fieldkit.forms.xpath.form_functions import shuffled
from fieldkit.forms.xpath.patterns import expanded_size, matcher
from tests.unit.xpath.world import NAMESPACES, World, context, evaluate, number, text, truth

FORM = """<data xml:lang="zh-CN"><empty/><blank> </blank><list>a b  c</list><n>3</n><n>4</n><n/><d>2012-07-23</d>
<t>2024-02-29T23:30:00.500+08:00</t><r><q id="one">x</q></r><r><q id="two">y</q></r></data>"""


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("string-length('héß字')", "4"),
        ("normalize-space('  a \t b\n')", "a b"),
        ("substring('12345', 2, 3)", "234"),
        ("substring('12345', 0, 3)", "12"),
        ("substring('12345', -42, 1 div 0)", "12345"),
        ("substring('12345', 2)", "2345"),
        ("substring('12345', 0 div 0)", ""),
        ("substring-before('1999/04', '/')", "1999"),
        ("substring-before('1999', '/')", ""),
        ("substring-before('1999', '')", ""),
        ("substring-after('1999/04/01', '/')", "04/01"),
        ("substring-after('1999', '')", "1999"),
        ("substring-after('1999', 'x')", ""),
        ("translate('--aaa--', 'abc-', 'ABC')", "AAA"),
        ("concat()", ""),
        ("concat(/data/n, '!')", "34!"),
        ("join('-', /data/n)", "3-4-"),
        ("join('-', 'a', 1, true())", "a-1-true"),
        ("join('-')", ""),
        ("substr('hello', 1)", "ello"),
        ("substr('hello', -3)", "llo"),
        ("substr('hello', 1, -1)", "ell"),
        ("substr('hello', 4, 2)", ""),
        ("substr('hello', 0, 99)", "hello"),
        ("selected-at(/data/list, 2)", "c"),
        ("selected-at(/data/list, 3)", ""),
        ("selected-at(/data/list, -1)", ""),
        ("selected-at(/data/list, 0 div 0)", ""),
        ("coalesce(/data/empty, /data/n)", "3"),
        ("coalesce(0 div 0, 'x')", "x"),
        ("coalesce(/data/empty, '')", ""),
        ("if(/data/empty = '', 'yes', 'no')", "yes"),
        ("if('', 1, 2)", "2"),
        ("name(/data/r/q)", "q"),
        ("local-name(/data/@*)", "lang"),
        ("namespace-uri(/data/@*)", "http://www.w3.org/XML/1998/namespace"),
        ("id('two')", "y"),
        ("id('one two')", "x"),
        ("jr:itext('greeting')", "text of greeting"),
        ("jr:choice-name('a', '/data/list')", "/data/list:a"),
        ("uuid()", "5f6e2c3a-0d4b-4c1e-9a7f-123456789abc"),
        ("base64-decode('5a2X')", "字"),
        ("base64-decode('5a2')", "\ufffd"),
        ("base64-decode('*')", ""),
        ("digest('abc', 'SHA-1', 'hex')", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("digest('', 'MD5')", "1B2M2Y8AsgTpgAmY7PhCfg=="),
    ],
)
def test_texts(source: str, value: str) -> None:
    assert text(source, FORM) == value


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("starts-with('', '')", True),
        ("ends-with('abc', 'bc')", True),
        ("contains(/data/list, 'b')", True),
        ("selected(/data/list, 'b')", True),
        ("selected(/data/list, 'ab')", False),
        ("selected(/data/list, '')", False),
        ("selected('', '')", True),
        ("checklist(1, 1, /data/r/q[1])", False),
        ("boolean-from-string('true')", True),
        ("boolean-from-string('1')", True),
        ("boolean-from-string('0')", False),
        ("boolean-from-string('yes')", False),
        ("boolean(/data/empty)", True),
        ("boolean(/data/none)", False),
        ("not(/data/none)", True),
        ("lang('zh')", True),
        ("lang('zh-cn')", True),
        ("lang('z')", False),
        ("checklist(1, 2, 1 = 1, 1 = 2, 1 = 1)", True),
        ("checklist(-1, 1, 1 = 1, 1 = 1)", False),
        ("checklist(3, -1, 1 = 1, /data/n)", True),
        ("weighted-checklist(5, -1, 1 = 1, 2, 1 = 1, 3)", True),
        ("weighted-checklist(-1, 4, 1 = 1, 2, 1 = 1, 3)", False),
        ("regex('abc123', '[0-9]+')", True),
        ("regex('abc', '^[0-9]+$')", False),
        ("regex('', '^$')", True),
        ("regex('٣', '\\d')", False),
    ],
)
def test_truths(source: str, value: bool) -> None:
    assert truth(source, FORM, "/data") is value


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("count(/data/n)", 3),
        ("count-non-empty(/data/n)", 2),
        ("count-selected(/data/list)", 3),
        ("count-selected('')", 0),
        ("sum(/data/n[. != ''])", 7),
        ("max(/data/n[. != ''])", 4),
        ("min(/data/n[. != ''], 1)", 1),
        ("max('5', 3)", 5),
        ("floor(-1.5)", -2),
        ("ceiling(-1.5)", -1),
        ("round(2.5)", 3),
        ("round(-2.5)", -3),
        ("round(-0.4)", 0),
        ("sum('3')", 3),
        ("round(0.49999999999999994)", 0),
        ("round(1.005, 2)", 1.01),
        ("round(-1.475, 2)", -1.48),
        ("round(626.3, -3)", 1000),
        ("round(1.5, 400)", 1.5),
        ("int(-1.9)", -1),
        ("int('7.9e-12')", 0),
        ("abs('-3')", 3),
        ("pow(2, 10)", 1024),
        ("pow(2, -1)", 0.5),
        ("pow(0, -1)", math.inf),
        ("exp(1000)", math.inf),
        ("exp10(3)", 1000),
        ("log(0)", -math.inf),
        ("sqrt(16)", 4),
        ("atan2(0, 1)", 0),
        ("pi()", math.pi),
        ("position(/data/r[2])", 2),
        ("position(/data/r[2]/q)", 1),
        ("random()", 0.25),
        ("number('1e3')", 1000),
        ("number(' -5. ')", -5),
        ("number('1970-01-02T00:00:00Z')", 1),
    ],
)
def test_numbers(source: str, value: float) -> None:
    assert number(source, FORM) == pytest.approx(value)


@pytest.mark.parametrize(
    "source",
    [
        "max(/data/none)",
        "max(/data/n)",
        "min('')",
        "sqrt(-1)",
        "log(-1)",
        "acos(2)",
        "int('a')",
        "pow(-8, 0.3)",
        "sin(1 div 0)",
        "number('')",
        "number('0x10')",
        "number('+1')",
        "number('1_000')",
        "number('2023-02-29')",
        "number('2024-01-01T25:00:00Z')",
        "number('2024-01-01T10:00:00+7:00')",
        "decimal-time('25:00:00')",
        "decimal-date-time('x')",
        "round(1, 1 div 0)",
    ],
)
def test_no_numbers(source: str) -> None:
    assert math.isnan(number(source, FORM))


def test_exponents_are_for_forms_only() -> None:
    value = evaluate("number('1e3')", library=CORE)
    assert isinstance(value, float)
    assert math.isnan(value)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("today()", "2025-06-15"),
        ("now()", "2025-06-15T10:34:56.789-07:00"),
        ("date('2024-02-29')", "2024-02-29"),
        ("date(today() + 20)", "2025-07-05"),
        ("date('')", ""),
        ("date('2024-2-9')", "2024-02-09"),
        ("date('1')", ""),
        ("date(1 div 0)", ""),
        ("date(true())", ""),
        ("date(0)", "1969-12-31T17:00:00.000-07:00"),
        ("date('2024-01-01T07:00:00Z')", "2024-01-01"),
        ("format-date('2024-02-29', '%Y-%m-%d %n %e %y %b %a')", "2024-02-29 2 29 24 Feb Thu"),
        ("format-date-time('2024-02-29T23:05:06.007', '%H:%M:%S.%3 %h')", "23:05:06.007 23"),
        ("format-date(/data/t, '%Y-%m-%d %H:%M')", "2024-02-29 08:30"),
        ("format-date('', '%Y')", ""),
        ("format-date('nonsense', '%Y')", ""),
        ("format-date('2024-02-29', '100%%')", "100%"),
        ("format-date('2024-02-29', '%B %A')", "February Thursday"),
        ("format-date(/data/d, '%Q')", "%Q"),
    ],
)
def test_dates_as_text(source: str, value: str) -> None:
    assert text(source, FORM) == value


def test_dates_follow_the_zone_through_changes_of_the_clock() -> None:
    berlin = World("Europe/Berlin", "2025-03-30T00:30:00+00:00")
    assert text("now()", world=berlin) == "2025-03-30T01:30:00.000+01:00"
    assert text("date('2025-03-30T12:00:00')", world=berlin) == "2025-03-30T12:00:00.000+02:00"
    assert text("date('2025-03-31')", world=berlin) == "2025-03-31"
    shanghai = World("Asia/Shanghai", "2025-03-30T23:30:00+00:00")
    assert text("today()", world=shanghai) == "2025-03-31"
    assert text("decimal-time('06:00:00.000+08:00')", world=shanghai) == "0.25"


def test_dates_outside_the_calendar_are_empty() -> None:
    assert text("date(10000000)") == ""
    assert text("format-date(-10000000, '%Y')") == ""
    assert text("date('0001-01-01')") == "0001-01-01"
    assert text("date('9999-12-31')") == "9999-12-31"


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("distance('0 0;0 90')", 10018696.05),
        ("distance('0 0', '0 90')", 10018696.05),
        ("distance('0 0 0 0; 0 0 0 0;')", 0),
        ("area('0 0;0 1')", 0),
        ("area('0 0;0 1;1 1;1 0;0 0')", 6_378_100**2 * math.radians(1) * math.sin(math.radians(1))),
    ],
)
def test_places(source: str, value: float) -> None:
    assert number(source) == pytest.approx(value, rel=1e-6)


@pytest.mark.parametrize(
    "source", ["distance('')", "distance('0 0')", "distance('91 0;0 0')", "distance('a b')", "distance('1')"]
)
def test_a_distance_needs_places(source: str) -> None:
    with pytest.raises(FormError) as caught:
        number(source)
    assert caught.value.code == "XPATH-107"


def test_geofence() -> None:
    square = "'0 0 0 0;0 2 0 0;2 2 0 0;2 0 0 0;0 0 0 0'"
    assert truth(f"geofence('1 1 0 0', {square})")
    assert not truth(f"geofence('3 1 0 0', {square})")
    assert not truth(f"geofence('1 3 0 0', {square})")
    assert not truth("geofence('1 1', '0 0;0 2;2 2;2 0')")


def test_once_keeps_what_is_there() -> None:
    assert text("once('new')", FORM, "/data/d") == "2012-07-23"
    assert text("once('new')", FORM, "/data/empty") == "new"


def test_uuid_of_a_length() -> None:
    assert len(text("uuid(8)")) == 8
    for source in ("uuid('x')", "uuid(-1)", "uuid(1 div 0)"):
        with pytest.raises(FormError):
            text(source)


def test_randomize_is_the_same_for_a_seed_and_keeps_every_node() -> None:
    nodes = [Node("text", text=str(place)) for place in range(20)]
    one = shuffled(nodes, 42)
    assert one == shuffled(nodes, 42.9)
    assert one != shuffled(nodes, 43)
    assert sorted(one, key=nodes.index) == nodes
    assert shuffled(nodes, math.nan) == shuffled(nodes, 0)
    assert shuffled([], 5) == []


@pytest.mark.parametrize("source", ["randomize('x')", "count-non-empty('x')", "position('x')", "randomize(/a, 1, 2)"])
def test_functions_that_need_nodes(source: str) -> None:
    with pytest.raises(FormError):
        evaluate(source)


def test_instances() -> None:
    world = World()
    table = "<instance><root><item k='1'><a>x</a></item><item k='2'><a>y</a></item></root></instance>"
    world.instances["t"] = context(table).root.children[0]
    assert text("instance('t')/root/item[@k = 2]/a", world=world) == "y"
    assert text("pulldata('t', 'a', '@k', 2)", world=world) == "y"
    assert text("pulldata('t', '@k', 'a', 'x')", world=world) == "1"
    assert text("pulldata('t', 'a', '@k', 'none')", world=world) == ""
    world.instances["t"].freeze()
    assert text("pulldata('t', '@k', 'a', 'y')", world=world) == "2"
    with pytest.raises(FormError) as caught:
        text("instance('other')/root", world=world)
    assert caught.value.code == "XPATH-108"


def test_a_signed_message_gives_its_content_only_with_the_right_key() -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key, other = Ed25519PrivateKey.from_private_bytes(b"1" * 32), Ed25519PrivateKey.from_private_bytes(b"2" * 32)
    content = b"site 7"
    message = base64.b64encode(key.sign(content) + content).decode()
    public = [base64.b64encode(one.public_key().public_bytes_raw()).decode() for one in (key, other)]
    assert text(f"extract-signed('{message}', '{public[0]}')") == "site 7"
    assert text(f"extract-signed('{message}', '{public[1]}')") == ""
    assert text("extract-signed('', '')") == ""


def ended(compiled: Compiled) -> object:
    try:
        return compiled(context())
    except FormError as error:
        return error.code


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "^(([a-z])+.)+[A-Z]([a-z])+$", "(.*)*b"])
def test_a_catastrophic_pattern_ends_soon(pattern: str) -> None:
    compiled = compile_expression(f"regex('{'a' * 60}!', '{pattern}')")
    began = time.monotonic()
    assert ended(compiled) in {False, "XPATH-106"}
    assert time.monotonic() - began < 5


def test_a_catastrophic_pattern_in_every_row_does_not_add_up() -> None:
    compiled = compile_expression(f"regex('{'a' * 60}!', '(a|a|a)+$')")
    began = time.monotonic()
    outcomes = {ended(compiled) for _row in range(100)}
    assert outcomes <= {False, "XPATH-106"}
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("pattern", "size"),
    [
        ("abc", 3),
        ("a{10}", 10),
        ("[a-z]{2,5}x", 6),
        ("(ab){3}", 9),
        (r"\d{3}-\d{4}", 8),
        ("((a{100}){100}){100}", 1_030_000),
        ("a{999999999}", 999_999_999),
        ("[{9}]", 1),
        (r"\{9}", 3),
    ],
)
def test_the_size_of_a_pattern_written_out(pattern: str, size: int) -> None:
    assert expanded_size(pattern) == pytest.approx(size, rel=0.02)


@pytest.mark.parametrize("pattern", ["a{999999999}", "((a{100}){100}){100}", "(" * 400 + ")" * 400 + "{99999}"])
def test_a_pattern_that_is_too_large_is_refused_at_once(pattern: str) -> None:
    began = time.monotonic()
    with pytest.raises(FormError):
        matcher(pattern)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("pattern", ["[", "(", "a{2,1}", "*"])
def test_a_wrong_pattern_is_an_error(pattern: str) -> None:
    with pytest.raises(FormError) as caught:
        truth(f"regex('a', '{pattern}')")
    assert caught.value.code == "XPATH-105"


@pytest.mark.parametrize("source", ["digest('a', 'CRC')", "digest('a', 'MD5', 'octal')"])
def test_digest_names_what_it_does_not_know(source: str) -> None:
    with pytest.raises(FormError) as caught:
        text(source)
    assert caught.value.code == "XPATH-104"


def test_every_function_refuses_too_many_arguments() -> None:
    from fieldkit.forms.xpath import ODK

    for name, function in ODK.functions.items():
        if function.most is None:
            continue
        source = f"{name}({', '.join(['/a'] * (function.most + 1))})"
        assert [p.code for p in compile_expression(source, namespaces=NAMESPACES).problems] == ["XPATH-102"], name
