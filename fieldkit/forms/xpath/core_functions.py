"""The functions of XPath 1.0."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from fieldkit.forms.tree import Node, in_document_order
from fieldkit.forms.xpath.builder import Parameter
from fieldkit.forms.xpath.code import Code, constant
from fieldkit.forms.xpath.context import Context
from fieldkit.forms.xpath.library import Function, simple
from fieldkit.forms.xpath.values import NodeSet, Value, to_number, to_string

if TYPE_CHECKING:
    from fieldkit.forms.xpath.builder import Builder
    from fieldkit.forms.xpath.syntax import Call

__all__ = ["CORE_FUNCTIONS", "here", "nodes_function", "rounded"]

_SPACE = re.compile(r"[ \t\r\n]+")


def here() -> Code:
    """Return the code of the context node."""
    return Code("nodes", lambda context: [context.node])


def _of_context(name: str, kind: Parameter, result: Parameter, implementation: Callable[..., object]) -> Function:
    """Return a function of one argument that may be left out and is then the context node."""
    function = simple(name, (kind,), result, implementation)  # type: ignore[arg-type]

    def build(compiler: Builder, call: Call, codes: list[Code]) -> Code:
        if kind == "nodes" and codes:
            compiler.need_nodes(codes[0], call.at)
        return function.build(compiler, call, codes or [here()])

    return Function(name, 0, 1, build)


def nodes_function(name: str, result: Parameter, implementation: Callable[..., object]) -> Function:
    """Return a function of one argument that must be a node-set."""
    function = simple(name, ("nodes",), result, implementation)  # type: ignore[arg-type]

    def build(compiler: Builder, call: Call, codes: list[Code]) -> Code:
        compiler.need_nodes(codes[0], call.at)
        return function.build(compiler, call, codes)

    return Function(name, 1, 1, build, is_pure=False)


def _identity(kind: Parameter) -> Callable[[Builder, Call, list[Code]], Code]:
    def build(compiler: Builder, _call: Call, codes: list[Code]) -> Code:
        run = compiler.convert(codes[0] if codes else here(), kind)
        return Code(kind, run)  # type: ignore[arg-type]

    return build


def _position(_compiler: Builder, _call: Call, _codes: list[Code]) -> Code:
    return Code("number", lambda context: float(context.position))


def _last(_compiler: Builder, _call: Call, _codes: list[Code]) -> Code:
    return Code("number", lambda context: float(context.size))


def _fixed(value: Value) -> Callable[[Builder, Call, list[Code]], Code]:
    return lambda _compiler, _call, _codes: constant(value)


def _name(_context: Context, found: NodeSet) -> str:
    return found[0].qname if found and found[0].kind not in {"text", "comment"} else ""


def _local_name(_context: Context, found: NodeSet) -> str:
    return found[0].name if found else ""


def _namespace_uri(_context: Context, found: NodeSet) -> str:
    return (found[0].ns or "") if found else ""


def _by_id(context: Context, value: Value) -> NodeSet:
    texts = [to_string(value)] if isinstance(value, str | float | int) else [n.string_value() for n in value]
    wanted = {part for text in texts for part in text.split()}
    found = [
        node
        for node in context.root.descendants()
        if node.kind == "element" and any(a.name == "id" and a.text in wanted for a in node.attributes)
    ]
    return in_document_order(found)


def _lang(context: Context, wanted: str) -> bool:
    node: Node | None = context.node
    while node is not None:
        value = node.attribute("lang", "http://www.w3.org/XML/1998/namespace")
        if value is not None:
            return value.lower() == wanted.lower() or value.lower().startswith(f"{wanted.lower()}-")
        node = node.parent
    return False


def _concat(_context: Context, *parts: str) -> str:
    return "".join(parts)


def _before(_context: Context, text: str, mark: str) -> str:
    return text.partition(mark)[0] if mark and mark in text else ""


def _after(_context: Context, text: str, mark: str) -> str:
    return text.partition(mark)[2] if mark in text and mark else (text if not mark else "")


def rounded(value: float) -> float:
    """Return the nearest whole number, halves towards positive infinity (XPath 1.0 section 4.4)."""
    if not math.isfinite(value):
        return value
    whole = math.floor(value)
    if value - whole >= 0.5:
        whole += 1
    return float(whole) if whole else math.copysign(0.0, value)


def _substring(_context: Context, text: str, start: float, length: float | None = None) -> str:
    first = rounded(start)
    end = math.inf if length is None else first + rounded(length)
    if first != first or end != end:  # noqa: PLR0124 - NaN takes nothing
        return ""
    low = max(first, 1.0) - 1
    high = min(end - 1, float(len(text)))
    return text[int(low) : int(high)] if high > low else ""


def _normalize(_context: Context, text: str) -> str:
    return _SPACE.sub(" ", text).strip(" ")


def _translate(_context: Context, text: str, old: str, new: str) -> str:
    table: dict[int, str | None] = {}
    for place, sign in enumerate(old):
        table.setdefault(ord(sign), new[place] if place < len(new) else None)
    return text.translate(table)


def _sum(compiler: Builder, _call: Call, codes: list[Code]) -> Code:
    """Compile the sum of a node-set; a single value is its own sum, as in ODK's engine."""
    found = codes[0].run
    reader = compiler.reader

    def run(context: Context) -> float:
        zone = context.zone
        value = found(context)
        if isinstance(value, str | float | int):
            return float(to_number(value, zone, reader))
        total = 0.0
        for node in value:
            total += reader(node.string_value(), zone)
        return total

    return Code("number", run)


def _floor(_context: Context, value: float) -> float:
    return float(math.floor(value)) if math.isfinite(value) else value


def _ceiling(_context: Context, value: float) -> float:
    return float(math.ceil(value)) if math.isfinite(value) else value


def _length(_context: Context, text: str) -> float:
    return float(len(text))


CORE_FUNCTIONS: tuple[Function, ...] = (
    Function("last", 0, 0, _last, is_pure=False),
    Function("position", 0, 0, _position, is_pure=False),
    nodes_function("count", "number", lambda _context, found: float(len(found))),
    Function("true", 0, 0, _fixed(True)),
    Function("false", 0, 0, _fixed(False)),
    Function("id", 1, 1, simple("id", ("value",), "nodes", _by_id).build, is_pure=False),
    _of_context("local-name", "nodes", "string", _local_name),
    _of_context("namespace-uri", "nodes", "string", _namespace_uri),
    _of_context("name", "nodes", "string", _name),
    Function("string", 0, 1, _identity("string")),
    Function("number", 0, 1, _identity("number")),
    Function("boolean", 1, 1, _identity("boolean")),
    simple("concat", ("string",), "string", _concat, optional=1, rest=True),
    simple("starts-with", ("string", "string"), "boolean", lambda _c, text, start: text.startswith(start)),
    simple("contains", ("string", "string"), "boolean", lambda _c, text, part: part in text),
    simple("substring-before", ("string", "string"), "string", _before),
    simple("substring-after", ("string", "string"), "string", _after),
    simple("substring", ("string", "number", "number"), "string", _substring, optional=1),
    _of_context("string-length", "string", "number", _length),
    _of_context("normalize-space", "string", "string", _normalize),
    simple("translate", ("string", "string", "string"), "string", _translate),
    simple("not", ("boolean",), "boolean", lambda _c, value: not value),
    Function("lang", 1, 1, simple("lang", ("string",), "boolean", _lang).build, is_pure=False),
    Function("sum", 1, 1, _sum, is_pure=False),
    simple("floor", ("number",), "number", _floor),
    simple("ceiling", ("number",), "number", _ceiling),
    simple("round", ("number",), "number", lambda _c, value: rounded(value)),
)
"""All functions of XPath 1.0."""
