"""ODK's functions that look at the form around an expression, and those of chance."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from fieldkit.errors import FormError
from fieldkit.forms.tree import Node
from fieldkit.forms.xpath.choice_functions import count_non_empty
from fieldkit.forms.xpath.code import Code, Run, expect_nodes, nodes, strings
from fieldkit.forms.xpath.context import Context
from fieldkit.forms.xpath.core_functions import nodes_function
from fieldkit.forms.xpath.library import Function, simple
from fieldkit.forms.xpath.values import NodeSet, to_number, to_string
from fieldkit.i18n import _

if TYPE_CHECKING:
    from fieldkit.forms.xpath.builder import Builder
    from fieldkit.forms.xpath.syntax import Call

__all__ = ["CURRENT", "FORM_FUNCTIONS", "shuffled"]

_MODULUS = 2_147_483_647
_SEED_OF = {math.inf: 2**63 - 1, -math.inf: -(2**63)}
"""The whole numbers that infinite seeds stand for: the ends of what ODK's seeds can hold."""


def shuffled(found: Sequence[Node], seed: float) -> list[Node]:
    """Return nodes in the order that a seed gives (Park and Miller's generator, inside-out shuffle)."""
    if isinstance(seed, float):
        seed = math.trunc(seed) if math.isfinite(seed) else _SEED_OF.get(seed, 0)
    state = abs(seed) % _MODULUS
    if seed < 0:
        state = -state
    if state <= 0:
        state += _MODULUS - 1
    result: list[Node] = []
    for place, node in enumerate(found):
        state = 16_807 * state % _MODULUS
        other = math.floor((state - 1) / (_MODULUS - 1) * (place + 1))
        if other == len(result):
            result.append(node)
        else:
            result.append(result[other])
            result[other] = node
    return result


def _randomize(compiler: Builder, call: Call, codes: list[Code]) -> Code:
    compiler.need_nodes(codes[0], call.at)
    found = nodes(codes[0])
    if len(codes) == 1:
        return Code(
            "nodes", lambda context: shuffled(found(context), math.floor(context.env.random() * _MODULUS) + 1.0)
        )
    seed = _seed(compiler, codes[1])
    return Code("nodes", lambda context: shuffled(found(context), seed(context)))


def _seed(compiler: Builder, code: Code) -> Callable[[Context], float | int]:
    """Return what gives the seed: a text that is no number counts by its digest, as in ODK's engines."""
    if code.kind in {"number", "boolean"}:
        return compiler.number(code)
    from hashlib import sha256

    value, reader = code.run, compiler.reader

    def run(context: Context) -> float | int:
        seed = value(context)
        number = to_number(seed, context.zone, reader)
        if number == number or isinstance(seed, float):  # noqa: PLR0124 - NaN
            return number
        text = to_string(seed)
        return int.from_bytes(sha256(text.encode("utf-8")).digest()[:8], "big", signed=True) if text else 0

    return run


def _instance(_compiler: Builder, _call: Call, codes: list[Code]) -> Code:
    name = strings(codes[0])

    def run(context: Context) -> Sequence[Node]:
        wanted = name(context)
        node = context.env.instance(wanted)
        if node is None:
            raise FormError("XPATH-108", _("There is no instance {name}.").format(name=wanted))
        return (node,)

    return Code("nodes", run)


def _current(_compiler: Builder, _call: Call, _codes: list[Code]) -> Code:
    return Code("nodes", lambda context: (context.current,))


def _position(compiler: Builder, call: Call, codes: list[Code]) -> Code:
    if not codes:
        return Code("number", lambda context: float(context.position))
    compiler.need_nodes(codes[0], call.at)
    found = nodes(codes[0])

    def run(context: Context) -> float:
        these = found(context)
        return float(these[0].sibling_position()) if these else math.nan

    return Code("number", run)


def _pulldata(compiler: Builder, _call: Call, codes: list[Code]) -> Code:
    """Compile ``pulldata(instance, wanted, column, key)``; `wanted` and `column` are paths from an item."""
    texts = [strings(code) for code in codes]
    compile_inner = compiler.inner

    def run(context: Context) -> str:
        name, wanted, column, key = [text(context) for text in texts]
        node = context.env.instance(name)
        if node is None:
            raise FormError("XPATH-108", _("There is no instance {name}.").format(name=name))
        for root in node.elements():
            rows = _rows_by(root, column, key, compile_inner, context)
            return _at(rows[0], strings(compile_inner(wanted)), context) if rows else ""
        return ""

    return Code("string", run)


def _rows_by(
    root: Node, column: str, key: str, compile_inner: Callable[[str], Code], context: Context
) -> Sequence[Node]:
    """Return the items whose `column` is `key`: from the index for a plain name, else one by one."""
    table = root.lookup("item", column) if column.isidentifier() else None
    if table is not None:
        return table.get(key, ())
    found = nodes(compile_inner(column))
    inner = context.inner()
    rows = []
    for row in root.named("item"):
        inner.node = row
        if any(cell.string_value() == key for cell in found(inner)):
            rows.append(row)
    return rows


def _at(row: Node, text: Callable[[Context], str], context: Context) -> str:
    inner = context.inner()
    inner.node = row
    return text(inner)


def _itext(_compiler: Builder, _call: Call, codes: list[Code]) -> Code:
    key = strings(codes[0])
    return Code("string", lambda context: context.env.itext(key(context)))


def _choice_name(_compiler: Builder, _call: Call, codes: list[Code]) -> Code:
    value, reference = strings(codes[0]), strings(codes[1])

    def run(context: Context) -> str:
        return context.env.choice_label(context.current, reference(context), value(context))

    return Code("string", run)


def _uuid(compiler: Builder, _call: Call, codes: list[Code]) -> Code:
    if not codes:
        return Code("string", lambda context: context.env.uuid())
    length = compiler.number(codes[0])

    def run(context: Context) -> str:
        wanted = length(context)
        if not (wanted >= 0 and math.isfinite(wanted)) or wanted > 10_000:
            raise FormError("XPATH-109", _("uuid() needs a length from 0 to 10,000."))
        signs = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
        return "".join([signs[int(context.env.random() * len(signs))] for _sign in range(int(wanted))])

    return Code("string", run)


def _indexed_repeat(compiler: Builder, call: Call, _codes: list[Code]) -> Code:
    arguments = call.arguments
    if len(arguments) % 2 == 0:
        message = _("{name}() cannot have {count} arguments.").format(name=call.name, count=len(arguments))
        return compiler.failing(compiler.problem("XPATH-102", message, call.at))
    outer = compiler.is_in_own_rows
    compiler.is_in_own_rows = False
    sets = [compiler.compile(argument) for argument in (arguments[0], *arguments[1::2])]
    compiler.is_in_own_rows = outer
    places = [compiler.number(compiler.compile(argument)) for argument in arguments[2::2]]
    for code in sets:
        compiler.need_nodes(code, call.at)
    target, *repeats = [nodes(code) for code in sets]
    return Code("nodes", _row_chooser(target, repeats, places))


def _row_chooser(target: Run, repeats: list[Run], places: list[Callable[[Context], float]]) -> Run:
    def run(context: Context) -> Sequence[Node]:
        row: Node | None = None
        pairs = [(expect_nodes(repeat(context)), place) for repeat, place in zip(repeats, places, strict=True)]
        if len(pairs) > 1:
            # The form may name them in any order: the outer repeat comes first.
            pairs.sort(key=lambda pair: _depth(pair[0]))
        for found, place in pairs:
            rows = _rows_within(found, row)
            number = place(context)
            if number != number or not 1 <= number <= len(rows):  # noqa: PLR0124 - NaN is no place
                return ()
            row = rows[math.trunc(number) - 1]
        assert row is not None
        return _same_path_below(expect_nodes(target(context)), row)

    return run


def _depth(found: NodeSet) -> int:
    """Return how many nodes the first of a set lies in."""
    depth = 0
    node = found[0].parent if found else None
    while node is not None:
        depth += 1
        node = node.parent
    return depth


def _rows_within(found: NodeSet, above: Node | None) -> NodeSet:
    """Return the rows of a repeat inside one row of the repeat around it."""
    if above is not None:
        found = _same_path_below(found, above)
    if len(found) == 1 and found[0].parent is not None and found[0].rows:
        # A relative path leads only to the own row; its siblings are meant as well.
        return found[0].parent.named(found[0].name) or found
    return found


def _same_path_below(found: NodeSet, row: Node) -> NodeSet:
    """Return those nodes that lie in a row; where none does, what has their path in this row instead of theirs."""
    kept = [node for node in found if _is_below(node, row)]
    if kept or not found:
        return kept
    names: list[str] = []
    node: Node | None = found[0]
    while node is not None and (node.name != row.name or node.parent is not row.parent):
        names.append(node.name)
        node = node.parent
    if node is None:
        return ()
    level: Sequence[Node] = (row,)
    for name in reversed(names):
        level = [child for one in level for child in one.named(name)]
    return level


def _is_below(node: Node, row: Node) -> bool:
    above: Node | None = node
    while above is not None:
        if above is row:
            return True
        above = above.parent
    return False


CURRENT = Function("current", 0, 0, _current, is_pure=False)
"""``current()``, which XForms adds to XPath."""

FORM_FUNCTIONS: tuple[Function, ...] = (
    CURRENT,
    Function("instance", 1, 1, _instance, is_pure=False),
    Function("position", 0, 1, _position, is_pure=False),
    Function("pulldata", 4, 4, _pulldata, is_pure=False),
    Function("jr:itext", 1, 1, _itext, is_pure=False),
    Function("jr:choice-name", 2, 2, _choice_name, is_pure=False),
    Function("indexed-repeat", 3, None, _indexed_repeat, is_pure=False),
    Function("randomize", 1, 2, _randomize, is_pure=False),
    Function("random", 0, 0, simple("random", (), "number", lambda context: context.env.random()).build, is_pure=False),
    Function("uuid", 0, 1, _uuid, is_pure=False),
    nodes_function("count-non-empty", "number", count_non_empty),
)
"""Functions that look at the form or ask for chance."""
