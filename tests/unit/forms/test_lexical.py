"""What simple expressions read is found from their text as from their syntax tree."""

from __future__ import annotations

import pytest

from fieldkit.forms import compile_xform, dependencies
from fieldkit.forms.dependencies import Reads, reads
from fieldkit.forms.layout import Layout
from fieldkit.forms.lexical import Simple, simple_reads
from fieldkit.forms.xpath import parse
from tests.unit.forms.builder import xform

_INSTANCE = "<a/><g><b/></g><r><x/><h><y/></h><n><z/><w/></n></r><c/><mod/>"
_BODY = (
    '<group ref="/data/r"><label>r</label><repeat nodeset="/data/r">'
    '<group ref="/data/r/n"><label>n</label><repeat nodeset="/data/r/n"/></group></repeat></group>'
)
_EXPRESSIONS = (
    "../x", " ../a ", "../../a", "../../../a", "../../../../a", "../h/y", "../../h/y", "../x - ../x", "../n/z",
    "../../r/x", "../../r/n/z", "../z + ../w", "../../x = '../a'", "concat('..', ../x)", "../g/b",
    "if(../x != '', ../x, ../../a)",
    "/data/a + ../x", "/data/r/x and ../x", "today() - ../x", "selected(../x, 'q') or . = 3", "../missing", "../h",
    "../x/.", "position(..)", "../..", "..", "../node()", "../*", "/data/../data/a", "../../data/a",
    "../x * 2", "../x[1]", ".. / x", "../ x", "sum(../n/z)", "./x", "x", "../../../data/a", "../a-../c", "../a -../c",
    "../x*2", "2*../x", "../x *../../a", "/data/a*/data/c", "/data/a * -1", "(../x)*(/data/a)", "* * 2", "../x * *",
    "../x div *", "../x + *", "/data/*", "* + 1", "mod * 2",
    "mod", " (mod) = /data/a", "/data/a + mod", "mod div mod", "mod mod mod",
    "3 mod 2", "../x and mod",
    "@* * 2", "../x*-1", "3 mod *", "- *", "count(*) * 2",
    "instance('l')/root/item", ' instance( "l" ) / root / item ', "instance('l')/root/item/../b",
    "instance('l')/root/item[a = ../x]", "instance(../x)/root/item", "instance('l')", "instance('l')/root/*",
    "instance('l')/root/item + ../x", "instance('l')/root/item/name * 2",
)  # fmt: skip


@pytest.mark.parametrize("source", _EXPRESSIONS)
def test_text_and_tree_tell_the_same(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """From every node of a form with repeats in repeats, whether the answer comes from the text or not."""
    nodes = compile_xform(xform(_INSTANCE, body=_BODY)).nodes
    tree = parse(source)

    def all_reads() -> list[Reads]:
        layout = Layout(nodes)
        found = [reads(source, tree, layout, node.index) for node in nodes]
        return found + [reads(source, tree, layout, node.index, series=True) for node in nodes if node.repeat]

    from_text = all_reads()
    monkeypatch.setattr(dependencies, "simple_reads", lambda _source: None)
    assert from_text == all_reads()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("../x + ../../y/z", Simple((), ((1, "x"), (2, "y/z")), itself=False, calls=frozenset())),
        (". > /data/a", Simple(("/data/a",), (), itself=True, calls=frozenset())),
        ("round(../x, 2)", Simple((), ((1, "x"),), itself=False, calls=frozenset({"round"}))),
        ("../x * -2", Simple((), ((1, "x"),), itself=False, calls=frozenset())),
        ("/data/a*.", Simple(("/data/a",), (), itself=True, calls=frozenset())),
        ("instance('l')/root/item", Simple((), (), itself=False, calls=frozenset({"instance"}))),
        ("'../x'", Simple((), (), itself=False, calls=frozenset())),
        ("../node()", None),
        ("position(..)", None),
        ("../x[1]", None),
        ("/data/../a", None),
        ("../a/../b", None),
        ("../x * *", None),
        ("../x div *", None),
        ("mod", None),
        ("(mod) = /data/a", None),
        ("/data/*", None),
        ("instance(../x)/root/item", None),
        ("instance('l')/root/item[1]", None),
    ],
)
def test_texts_that_are_simple(source: str, expected: Simple | None) -> None:
    """Any doubt leaves the expression to its tree."""
    assert simple_reads(source) == expected
