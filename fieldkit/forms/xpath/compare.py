"""The comparison rules of XPath 1.0, by type where the types are known before the run."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import tzinfo
from math import isnan
from typing import Any, TypeAlias

from fieldkit.forms.xpath.code import Code, Run, strings
from fieldkit.forms.xpath.context import Context
from fieldkit.forms.xpath.leaves import leaf_compare, leaf_test
from fieldkit.forms.xpath.values import NodeSet, NumberReader, Value, to_boolean, to_number

__all__ = ["comparison"]

_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_MIRRORED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

Number: TypeAlias = Callable[[Code], Callable[[Context], float]]
"""Gives the closure that computes an operand as a number."""


def comparison(sign: str, left: Code, right: Code, reader: NumberReader, number: Number) -> Run:
    """Return a closure that compares two values.

    Args:
        sign: The operator.
        left: Left operand.
        right: Right operand.
        reader: Reads numbers from texts.
        number: Gives the closure that computes an operand as a number.
    """
    if left.kind == "nodes" and right.kind in {"string", "number"}:
        return _nodes_with_value(sign, left, right, reader, number)
    if right.kind == "nodes" and left.kind in {"string", "number"}:
        return _nodes_with_value(_MIRRORED[sign], right, left, reader, number)
    if "any" in {left.kind, right.kind} or "nodes" in {left.kind, right.kind}:
        return _by_value(sign, left, right, reader)
    return _plain(sign, left, right, reader, number)


def _plain(sign: str, left: Code, right: Code, reader: NumberReader, number: Number) -> Run:
    test = _TESTS[sign]
    kinds = {left.kind, right.kind}
    if sign in {"=", "!="} and ("boolean" in kinds or kinds == {"string"}):
        first, second = left.run, right.run
        if kinds in ({"boolean"}, {"string"}):
            return lambda context: test(first(context), second(context))
        return _by_value(sign, left, right, reader)
    one, two = number(left), number(right)
    return lambda context: test(one(context), two(context))


def _nodes_with_value(sign: str, left: Code, right: Code, reader: NumberReader, number: Number) -> Run:
    found = left.run
    if sign in {"=", "!="} and right.kind == "string":
        slow = _nodes_with_text(sign == "=", found, right)
        if left.leaf and right.is_constant:
            return leaf_test(left.leaf, slow, str(right.value), wanted=sign == "=")
        return slow
    test = _TESTS[sign]
    other = number(right)

    def compare(context: Context) -> bool:
        zone = context.zone
        value = other(context)
        for node in found(context):  # noqa: SIM110 - a loop is twice as fast as any() here
            if test(reader(node.string_value(), zone), value):
                return True
        return False

    return leaf_compare(left.leaf, compare, test, other, reader) if left.leaf else compare


def _nodes_with_text(wanted: bool, found: Run, right: Code) -> Run:
    if right.is_constant:
        constant = str(right.value)
        if wanted:
            return lambda context: _any_equal(found(context), constant)
        return lambda context: _any_unequal(found(context), constant)
    text = strings(right)
    if wanted:
        return lambda context: _any_equal(found(context), text(context))
    return lambda context: _any_unequal(found(context), text(context))


def _any_equal(nodes: NodeSet, text: str) -> bool:
    for node in nodes:  # noqa: SIM110 - a loop is twice as fast as any() here
        if node.string_value() == text:
            return True
    return False


def _any_unequal(nodes: NodeSet, text: str) -> bool:
    for node in nodes:  # noqa: SIM110 - a loop is twice as fast as any() here
        if node.string_value() != text:
            return True
    return False


def _by_value(sign: str, left: Code, right: Code, reader: NumberReader) -> Run:
    first, second = left.run, right.run

    def compare(context: Context) -> bool:
        return _compare(sign, first(context), second(context), context.zone, reader)

    return compare


def _compare(sign: str, left: Value, right: Value, zone: tzinfo, reader: NumberReader) -> bool:
    test = _TESTS[sign]
    if isinstance(left, bool) or isinstance(right, bool):
        if sign in {"=", "!="}:
            return test(to_boolean(left), to_boolean(right))
        return test(_ordinal(left, zone, reader), _ordinal(right, zone, reader))
    lefts, rights = _members(left), _members(right)
    if sign in {"=", "!="} and not isinstance(left, float | int) and not isinstance(right, float | int):
        if sign == "=":
            return not set(lefts).isdisjoint(rights)
        return bool(lefts and rights) and len({*lefts, *rights}) > 1
    firsts = [to_number(value, zone, reader) for value in lefts]
    seconds = [to_number(value, zone, reader) for value in rights]
    if sign in {"=", "!="}:
        return any(test(one, two) for one in firsts for two in seconds)
    # Some pair is in order where the extremes are; NaN is in no order.
    firsts, seconds = [one for one in firsts if not isnan(one)], [two for two in seconds if not isnan(two)]
    if not firsts or not seconds:
        return False
    return test(min(firsts), max(seconds)) if sign[0] == "<" else test(max(firsts), min(seconds))


def _ordinal(value: Value, zone: tzinfo, reader: NumberReader) -> float:
    """Return the number to compare with a truth value: of a node-set, whether it has nodes."""
    is_plain = isinstance(value, str | float | int)
    return to_number(value, zone, reader) if is_plain else float(to_boolean(value))


def _members(value: Value) -> list[str] | list[float]:
    if isinstance(value, str):
        return [value]
    return [value] if isinstance(value, float | int) else [node.string_value() for node in value]
