"""Conditions that compare the own value with fixed numbers, as most constraints do: ``. >= 0 and . <= 120``."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from fieldkit.forms.xpath.code import Run
from fieldkit.forms.xpath.context import Context
from fieldkit.forms.xpath.syntax import Expression, KindTest, Negation, Number, Operation, Path, Step
from fieldkit.forms.xpath.values import NumberReader

__all__ = ["own_bounds"]

_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_OWN = (Step("self", KindTest("node")),)


def own_bounds(expression: Operation, reader: NumberReader) -> Run | None:
    """Return a closure that reads the own value once for all its bounds; None for any other expression."""
    operators = expression.operators
    if operators[0] in _TESTS:
        bound = _bound(expression)
        return None if bound is None else _one(bound, reader)
    if operators != ("and",):
        return None
    first, second = (_bound(operand) for operand in expression.operands)
    return None if first is None or second is None else _both(first, second, reader)


_Bound = tuple[Callable[[Any, Any], bool], float]


def _bound(expression: Expression) -> _Bound | None:
    if not isinstance(expression, Operation) or len(expression.operators) != 1:
        return None
    test = _TESTS.get(expression.operators[0])
    own, limit = expression.operands
    if test is None or not isinstance(own, Path) or own.is_absolute or own.base is not None or own.steps != _OWN:
        return None
    if isinstance(limit, Number):
        return test, limit.value
    if isinstance(limit, Negation) and isinstance(limit.operand, Number):
        return test, -limit.operand.value
    return None


def _one(bound: _Bound, reader: NumberReader) -> Run:
    test, limit = bound

    def run(context: Context) -> bool:
        return test(reader(context.node.string_value(), context.zone), limit)

    return run


def _both(first: _Bound, second: _Bound, reader: NumberReader) -> Run:
    one, low = first
    two, high = second

    def run(context: Context) -> bool:
        number = reader(context.node.string_value(), context.zone)
        return one(number, low) and two(number, high)

    return run
