"""What an expression reads, told from its text, covers what its syntax tree tells."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.errors import FormError
from fieldkit.forms import compile_xform, dependencies
from fieldkit.forms.dependencies import Reads, reads
from fieldkit.forms.layout import Layout
from fieldkit.forms.xpath import parse
from tests.unit.forms.builder import xform

_INSTANCE = "<a/><g><b/></g><r><x/><h><y/></h><n><z/><w/></n></r><c/><div/><mod/><\u5b9e\u4f53/>"
_BODY = (
    '<group ref="/data/r"><label>r</label><repeat nodeset="/data/r">'
    '<group ref="/data/r/n"><label>n</label><repeat nodeset="/data/r/n"/></group></repeat></group>'
)
_NODES = compile_xform(xform(_INSTANCE, body=_BODY)).nodes

_OPERANDS = (
    "../x", "../../a", "/data/a", "/data/g/b", "/data/r/x", "/data/r/n/z", ".", "..", "../n/z", "/data/div", "div",
    "mod", "../div", "*", "/data/*", "../*", "a", "./x", "/data/\u5b9e\u4f53", "../\u5b9e\u4f53", "/data/r", "../h/y",
    "instance('l')/root/item", "instance('l')/root/item[name = /data/a]", "current()/../x", "@*", "/data", "-2", "2.5",
    ".5", "'../x'", '"*"', "''", "position(..)", "count(../n)", "/data/r[1]/x", "//x",
)  # fmt: skip
_OPERATORS = ("*", " * ", "+", " - ", "-", " div ", " mod ", "=", "!=", "<", " and ", " or ", "|")
_FUNCTIONS = ("sum", "count", "round", "not", "selected", "if", "coalesce", "once", "max", "join")


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds(lambda left, sign, right: left + sign + right, inner, st.sampled_from(_OPERATORS), inner),
        st.builds(
            lambda name, arguments: f"{name}({', '.join(arguments)})",
            st.sampled_from(_FUNCTIONS),
            st.lists(inner, min_size=1, max_size=3),
        ),
        st.builds("( {} )".format, inner),
    )


_SOURCES = st.recursive(st.sampled_from(_OPERANDS), _larger, max_leaves=8)


def _covers(text: Reads, tree: Reads) -> bool:
    """Tell whether no change is missed: more may be read, and by more rows, never less."""
    return (
        (text.calls, text.positions) == (tree.calls, tree.positions)
        and all(text.values.get(leaf, shared + 1) <= shared for leaf, shared in tree.values.items())
        and all(text.rows.get(repeat, shared + 1) <= shared for repeat, shared in tree.rows.items())
        and (text.itself or not tree.itself)
    )


def _all_reads(source: str) -> list[Reads]:
    layout, tree = Layout(_NODES), parse(source)
    found = [reads(source, tree, layout, node.index) for node in _NODES]
    found += [reads(source, tree, layout, node.index, series=True) for node in _NODES if node.repeat]
    layout.known.clear()
    return found + [reads(source, tree, layout, node.index, itself=False) for node in _NODES]


@given(_SOURCES)
def test_text_misses_nothing_that_the_tree_tells(source: str) -> None:
    """From every node of a form with repeats in repeats, with children that are named like operators."""
    try:
        from_text = _all_reads(source)
    except FormError:
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dependencies, "simple_reads", lambda _source: None)
        from_tree = _all_reads(source)
    assert all(map(_covers, from_text, from_tree)), source
