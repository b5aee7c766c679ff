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
