"""Reading one leaf outside repeats takes a shorter way; it gives what the way of all other paths gives."""

from __future__ import annotations

import pytest

from fieldkit.forms import Form
from tests.unit.forms.builder import live, xform

FORM = xform(
    "<q/><shown>7</shown><kept>9</kept><g><a>4</a><b>2</b></g><row><n>5</n></row><row><n>6</n></row><s/>",
    '<bind nodeset="/data/kept" relevant="/data/q != \'hide\'"/>',
    '<input ref="/data/q"/><input ref="/data/kept"/><input ref="/data/g/a"/>'
    '<group ref="/data/row"><repeat nodeset="/data/row">'
    '<input ref="/data/row/n"/></repeat></group><input ref="/data/s"/>',
)
PATHS = ("/data/q", "/data/shown", "/data/kept", "/data/g", "/data/g/a", "/data/row/n", "/data/none", "/data")
EXPRESSIONS = (
    "string(PATH)",
    "concat('<', PATH, '>')",
    "number(PATH)",
    "PATH + 1",
    "PATH + /data/g/a + PATH + 2.5",
    "PATH + PATH + PATH",
    "-PATH",
    "2 * PATH",
    "PATH * 2",
    "2 - PATH",
    "PATH - 2",
    "PATH div 2",
    "5 * (PATH != '' and PATH != 'na')",
    "PATH != '' and PATH != '7'",
    "PATH = '' or PATH = '7' or PATH = '9'",
    "PATH = '7' and PATH = '9'",
    "PATH != '7' or PATH != '9'",
    "PATH = '7' or /data/g/a = '4'",
    "PATH = '7' or PATH != '9'",
    "PATH < '8' and PATH != '9'",
    "-2 * (PATH = '7')",
    "PATH = 7",
    "PATH != 7",
    "7 < PATH",
    "PATH >= 7",
    "PATH = '7'",
    "'7' != PATH",
    "PATH = ''",
    "PATH != ''",
    "PATH = string(/data/shown)",
    "coalesce(PATH, 0) + 1",
    "coalesce(PATH, 3)",
    "coalesce(PATH, 1) + coalesce(PATH, 0) + coalesce(/data/none, 4)",
    "coalesce(PATH, number('x')) + 1 + 2",
    "coalesce(PATH, true()) + 1 + 2",
    "coalesce(PATH, '5') + 1 + 2",
    "coalesce('', PATH) + 1",
    "coalesce(PATH, /data/g/a) + coalesce(PATH, 1) + 1",
    "if(PATH, 'yes', 'no')",
    "if(PATH = 'x', 5, if(PATH = '7', 2.5, 0)) + 0",
    "if(PATH = '7', 5, 2) + 1 + if(PATH != '4', 0.5, 3)",
    "if(PATH = '', 5, 2) + 1 + PATH",
    "if(PATH = 'x' or PATH = '7', 5, if(PATH = '4', 2.5, 0)) + 1 + 1",
    "if(PATH = '', 5, if(PATH = '7', 2.5, 0)) + 1 + 1",
    "if(PATH = '7', 5, if(PATH = '7', 2.5, 1)) + 1 + 1",
    "if(PATH != '7', 5, if(PATH = '4', 2.5, 0)) + 1 + 1",
    "if(PATH = '7', 5, if(/data/g/a = '4', 2.5, 0)) + 1 + 1",
    "if(PATH = '7', 5, PATH) + 1 + 1",
    "if(PATH = '7', 5, coalesce(PATH, 4)) + 1 + 1",
    "if(PATH = '7', '5', 0) + 1 + 1",
    "if(PATH = '7', true(), 0) + 1 + 1",
    "(PATH = '7') + (PATH != '') + (PATH != '' and PATH != '7')",
    "2 * (PATH = '7' or PATH = '') + 3 * (PATH != '7') + 1",
    "selected(PATH, '7')",
    "not(PATH)",
    "boolean(PATH)",
    "count(PATH)",
    "sum(PATH)",
)


def answered(value: str) -> Form:
    form = live(FORM)
    form.answer(form.node("/data/q"), value)
    return form


@pytest.mark.parametrize("value", ["", "7", " 3 ", "2025-06-15", "words of a person", "hide", "1e2"])
def test_a_leaf_reads_as_any_path_does(value: str) -> None:
    form = answered(value)
    rows = [form.node("/data/s"), form.node("/data/row[2]/n")]
    read = [(node, path, text) for node in rows for path in PATHS for text in EXPRESSIONS]
    short = [node.evaluate(text.replace("PATH", path)) for node, path, text in read]
    long = [node.evaluate(text.replace("PATH", f"({path})[true()]")) for node, path, text in read]
    different = [(path, text, a, b) for (_node, path, text), a, b in zip(read, short, long, strict=True) if a != b]
    assert different == []


def test_a_hidden_leaf_reads_empty_and_comes_back() -> None:
    form = answered("hide")
    here = form.node("/data/s")
    assert here.evaluate("concat('<', /data/kept, '>')") == "<>"
    assert here.evaluate("/data/kept = '9'") == "false"
    form.answer(form.node("/data/q"), "show")
    assert here.evaluate("/data/kept = '9'") == "true"
    assert here.evaluate("/data/kept + 1") == "10"


def test_a_path_in_a_row_reads_its_own_row() -> None:
    form = answered("")
    assert [form.node(f"/data/row[{place}]/n").evaluate("/data/row/n + 1") for place in (1, 2)] == ["6", "7"]


@pytest.mark.parametrize("value", ["", "7", "-7", " 3 ", "2025-06-15", "words of a person", "1e2"])
@pytest.mark.parametrize("sign", ["=", "!=", "<", "<=", ">", ">="])
def test_bounds_of_the_own_value_hold_as_any_comparison_does(value: str, sign: str) -> None:
    form = answered(value)
    node = form.node("/data/q")
    for limit in ("7", "-7", "20254", "0"):
        for text in ("OWN {s} {l}", "OWN {s} {l} and OWN != 3", "OWN > -100 and OWN {s} {l}", "not(OWN {s} {l})"):
            source = text.format(s=sign, l=limit)
            assert node.evaluate(source.replace("OWN", ".")) == node.evaluate(source.replace("OWN", "(.)[true()]")), (
                source
            )


@pytest.mark.parametrize(
    ("call", "result"),
    [
        ("round(2.345, 2)", "2.35"),
        ("round(-2.345, 2)", "-2.35"),
        ("round(-0.05, 1)", "-0.1"),
        ("round(0.05, 1)", "0.1"),
        ("round(0.04, 1)", "0"),
        ("round(99.95, 1)", "100"),
        ("round(2.5, 0)", "3"),
        ("round(-2.5, 0)", "-3"),
        ("round(0.0000001, 3)", "0"),
        ("round(12345678901234567890, 2)", "12345678901234567000"),
        ("round(1250, -2)", "1300"),
        ("round(0.1, 300)", "0.1"),
        ("round(1.0000000000000002, 15)", "1"),
    ],
)
def test_a_number_is_rounded_by_its_digits(call: str, result: str) -> None:
    # The number comes from a leaf: of constants the value would be known before the run.
    number, digits = call[6:-1].split(", ")
    form = answered(number)
    assert form.node("/data/s").evaluate(f"round(/data/q, {digits})") == result
