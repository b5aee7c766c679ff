"""A compiled piece of an expression and its conversions to the four types."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal, TypeAlias, cast

from fieldkit.errors import FormError
from fieldkit.forms.xpath.context import Context
from fieldkit.forms.xpath.leaves import Choice, Term, leaf_number, leaf_text
from fieldkit.forms.xpath.values import (
    NodeSet,
    NumberReader,
    Value,
    number_text,
    to_boolean,
    to_number,
    to_string,
)
from fieldkit.i18n import _

__all__ = ["Code", "Kind", "Run", "booleans", "constant", "expect_nodes", "nodes", "numbers", "strings"]

Kind: TypeAlias = Literal["string", "number", "boolean", "nodes", "any"]
"""Static type; a number may be a dateTime."""

Run: TypeAlias = Callable[[Context], Any]
"""A closure that computes a value in a context."""


class Code:
    """A closure with what is known about it before it runs.

    Attributes:
        kind: Static type of its value.
        run: Computes the value.
        is_constant: Whether the value is always `value`.
        value: The constant value.
        as_number: Makes a closure that computes the value as a number without the value itself; None where there
            is no shorter way.
        choice: What it asks, where it only asks whether a leaf is one of some fixed texts; else None.
        leaf: Names from the root, where it is a path of plain child names and nothing else; else empty.
        term: How its number follows from the text of a leaf, where it follows from nothing else; else None.
    """

    __slots__ = ("as_number", "choice", "is_constant", "kind", "leaf", "run", "term", "value")

    def __init__(
        self, kind: Kind, run: Run, as_number: Callable[[NumberReader], Callable[[Context], float]] | None = None
    ) -> None:
        self.kind: Kind = kind
        self.run = run
        self.as_number = as_number
        self.is_constant = False
        self.choice: Choice | None = None
        self.leaf = ""
        self.term: Term | None = None
        self.value: Value = ""


def constant(value: Value) -> Code:
    """Return code that gives a fixed value."""
    if isinstance(value, str):
        kind: Kind = "string"
    elif isinstance(value, bool):
        kind = "boolean"
    else:
        kind = "number"
    code = Code(kind, lambda _context: value)
    code.is_constant = True
    code.value = value
    return code


def strings(code: Code) -> Callable[[Context], str]:
    """Return a closure that gives the value as text."""
    run = code.run
    if code.kind == "string":
        return run
    if code.is_constant:
        text = to_string(code.value)
        return lambda _context: text
    if code.kind == "nodes":

        def first_text(context: Context) -> str:
            found = run(context)
            return cast("str", found[0].string_value()) if found else ""

        return leaf_text(code.leaf, first_text) if code.leaf else first_text
    if code.kind == "boolean":
        return lambda context: "true" if run(context) else "false"
    if code.kind == "number":
        return lambda context: number_text(run(context))
    return lambda context: to_string(run(context))


def numbers(code: Code, reader: NumberReader) -> Callable[[Context], float]:
    """Return a closure that gives the value as a number."""
    run = code.run
    if code.kind == "number":
        return run
    if code.as_number is not None:
        return code.as_number(reader)
    if code.kind == "string":
        return lambda context: reader(run(context), context.zone)
    if code.kind == "nodes":

        def first_number(context: Context) -> float:
            found = run(context)
            return reader(found[0].string_value(), context.zone) if found else math.nan

        return leaf_number(code.leaf, first_number, reader) if code.leaf else first_number
    if code.kind == "boolean":
        return lambda context: 1.0 if run(context) else 0.0
    return lambda context: to_number(run(context), context.zone, reader)


def booleans(code: Code) -> Callable[[Context], bool]:
    """Return a closure that gives the value as a truth value."""
    run = code.run
    if code.kind == "boolean":
        return run
    if code.kind in {"nodes", "string"}:
        return lambda context: bool(run(context))
    return lambda context: to_boolean(run(context))


def expect_nodes(value: Value) -> NodeSet:
    """Return a value that must be a node-set.

    Raises:
        FormError: XPATH-103 for any other value.
    """
    if isinstance(value, str | float | int):
        raise FormError("XPATH-103", _("A set of nodes is needed here, not a text or number."))
    return value


def nodes(code: Code) -> Callable[[Context], NodeSet]:
    """Return a closure that gives the value as a node-set."""
    run = code.run
    if code.kind == "nodes":
        return run
    return lambda context: expect_nodes(run(context))
