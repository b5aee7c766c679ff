"""The comparison rules of XPath 1.0, by type where the types are known before the run."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import tzinfo
from typing import Any, TypeAlias

from fieldkit.forms.xpath.code import Code, Run, strings
from fieldkit.forms.xpath.context import Context
from fieldkit.forms.xpath.values import NumberReader, Value, to_boolean, to_number, to_string

__all__ = ["comparison"]

Number: TypeAlias = Callable[[Code], Callable[[Context], float]]

_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_MIRRORED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


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
        if kinds in ({"boolean"}, {"string"}):
            first, second = left.run, right.run
            return lambda context: test(first(context), second(context))
        return _by_value(sign, left, right, reader)
    one, two = number(left), number(right)
    return lambda context: test(one(context), two(context))


def _nodes_with_value(sign: str, left: Code, right: Code, reader: NumberReader, number: Number) -> Run:
    found = left.run
    if sign in {"=", "!="} and right.kind == "string":
        text = strings(right)
        if sign == "=":
            return lambda context: _any_equal(found(context), text(context))
        return lambda context: _any_unequal(found(context), text(context))
    test = _TESTS[sign]
    other = number(right)

    def compare(context: Context) -> bool:
        zone = context.zone
        value = other(context)
        return any(test(reader(node.string_value(), zone), value) for node in found(context))

    return compare


def _any_equal(nodes: Any, text: str) -> bool:
    for node in nodes:  # noqa: SIM110 - a loop is twice as fast as any() here
        if node.string_value() == text:
            return True
    return False


def _any_unequal(nodes: Any, text: str) -> bool:
    for node in nodes:  # noqa: SIM110 - a loop is twice as fast as any() here
        if node.string_value() != text:
            return True
    return False


def _by_value(sign: str, left: Code, right: Code, reader: NumberReader) -> Run:
    first, second = left.run, right.run
    return lambda context: _compare(sign, first(context), second(context), context.zone, reader)


def _compare(sign: str, left: Value, right: Value, zone: tzinfo, reader: NumberReader) -> bool:
    test = _TESTS[sign]
    left_is_set = not isinstance(left, str | float | int)
    right_is_set = not isinstance(right, str | float | int)
    if isinstance(left, bool) or isinstance(right, bool):
        if sign in {"=", "!="}:
            return test(to_boolean(left), to_boolean(right))
        one = float(to_boolean(left)) if left_is_set else to_number(left, zone, reader)
        two = float(to_boolean(right)) if right_is_set else to_number(right, zone, reader)
        return test(one, two)
    lefts = [node.string_value() for node in left] if not isinstance(left, str | float | int) else [left]
    rights = [node.string_value() for node in right] if not isinstance(right, str | float | int) else [right]
    are_texts = sign in {"=", "!="} and not isinstance(left, float | int) and not isinstance(right, float | int)
    if are_texts:
        return _pairs(test, [to_string(value) for value in lefts], [to_string(value) for value in rights])
    return _pairs(
        test,
        [to_number(value, zone, reader) for value in lefts],
        [to_number(value, zone, reader) for value in rights],
    )


def _pairs(test: Callable[[Any, Any], bool], lefts: list[Any], rights: list[Any]) -> bool:
    if test is operator.eq and len(rights) > 4:
        known = set(rights)
        return any(value in known for value in lefts if value == value)  # noqa: PLR0124 - NaN equals nothing
    return any(test(one, two) for one in lefts for two in rights)
