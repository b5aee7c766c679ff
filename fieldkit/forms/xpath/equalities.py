"""Predicates that compare a child with something fixed, answered from an index instead of a scan."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from fieldkit.forms.tree import XFORMS_NS, Node, in_document_order
from fieldkit.forms.xpath.code import Run, booleans
from fieldkit.forms.xpath.context import Context
from fieldkit.forms.xpath.steps import budget
from fieldkit.forms.xpath.syntax import (
    Call,
    Expression,
    Filter,
    NameTest,
    Negation,
    Number,
    Operation,
    Path,
    Step,
    Text,
)

if TYPE_CHECKING:
    from fieldkit.forms.xpath.builder import Builder

__all__ = ["indexed_filter", "is_independent", "uses_position"]

Fast: TypeAlias = Callable[[Node, Context], "Sequence[Node] | None"]

_OF_CONTEXT = frozenset({"position", "last", "lang", "once", "random", "uuid"})
_DEFAULTS_TO_CONTEXT = frozenset(
    {"string", "number", "name", "local-name", "namespace-uri", "string-length", "normalize-space", "position"}
)


def is_independent(expression: Expression) -> bool:
    """Tell whether the value is the same for every context node of a predicate."""
    match expression:
        case Number() | Text():
            return True
        case Path():
            return expression.is_absolute or (expression.base is not None and is_independent(expression.base))
        case Filter():
            return is_independent(expression.base)
        case Call():
            if expression.name in _OF_CONTEXT:
                return False
            if not expression.arguments and expression.name in _DEFAULTS_TO_CONTEXT:
                return False
            return all(is_independent(argument) for argument in expression.arguments)
        case Negation():
            return is_independent(expression.operand)
        case _:
            return all(is_independent(operand) for operand in expression.operands)


def uses_position(expression: Expression) -> bool:
    """Tell whether a predicate asks for its position or size (predicates within it do not count)."""
    match expression:
        case Call():
            is_asking = not expression.arguments and expression.name in {"position", "last"}
            return is_asking or any(uses_position(argument) for argument in expression.arguments)
        case Operation():
            return any(uses_position(operand) for operand in expression.operands)
        case Negation():
            return uses_position(expression.operand)
        case Path() | Filter():
            return expression.base is not None and uses_position(expression.base)
        case _:
            return False


def _conditions(expression: Expression) -> tuple[Expression, ...]:
    if isinstance(expression, Operation) and expression.operators[0] == "and":
        return tuple([part for operand in expression.operands for part in _conditions(operand)])
    return (expression,)


def _column(expression: Expression) -> str | None:
    """Return the name when an expression is one plain unprefixed child name."""
    if not isinstance(expression, Path) or expression.is_absolute or expression.base is not None:
        return None
    steps = expression.steps
    if len(steps) == 2 and steps[0].axis == "self" and not steps[0].predicates:
        steps = steps[1:]
    if len(steps) != 1 or steps[0].axis != "child" or steps[0].predicates:
        return None
    test = steps[0].test
    if not isinstance(test, NameTest) or test.name == "*" or test.prefix or test.uri != XFORMS_NS:
        return None
    return test.name


def _equality(expression: Expression) -> tuple[str, Expression] | None:
    if not isinstance(expression, Operation) or expression.operators != ("=",):
        return None
    left, right = expression.operands
    for column, other in ((_column(left), right), (_column(right), left)):
        if column is not None and is_independent(other):
            return column, other
    return None


def indexed_filter(compiler: Builder, step: Step) -> Fast | None:
    """Return a closure for a child step whose first predicate has an indexable condition, else None.

    The closure gives None where the tree keeps no index, or where the value is no text.
    """
    test = step.test
    predicate = step.predicates[0]
    if not isinstance(test, NameTest) or test.name == "*" or test.prefix or test.uri != XFORMS_NS:
        return None
    if uses_position(predicate):
        return None
    columns: list[tuple[str, Run]] = []
    rest: list[Run] = []
    for condition in _conditions(predicate):
        equality = _equality(condition)
        code = None if equality is None else compiler.compile(equality[1])
        if equality is not None and code is not None and code.kind in {"string", "nodes"}:
            columns.append((equality[0], code.run))
        else:
            rest.append(booleans(compiler.compile(condition)))
    if not columns:
        return None
    return _answer(test.name, columns, rest)


def _answer(item: str, columns: list[tuple[str, Run]], rest: list[Run]) -> Fast:
    def fast(node: Node, context: Context) -> Sequence[Node] | None:
        kept: Sequence[Node] | None = None
        chosen = 0
        wanted: list[tuple[str, list[str]]] = []
        for place, (column, value) in enumerate(columns):
            table = node.lookup(item, column)
            if table is None:
                return None
            texts = _texts(value(context))
            wanted.append((column, texts))
            found = _rows(table, texts)
            if kept is None or len(found) < len(kept):
                kept, chosen = found, place
        if kept and len(wanted) > 1:
            budget.spend(len(kept))
            del wanted[chosen]
            narrow = getattr(kept, "having", None)
            if narrow is None:
                kept = [row for row in kept if all(_holds(row, column, texts) for column, texts in wanted)]
            else:
                for column, texts in wanted:
                    narrow = (kept := narrow(column, texts)).having
        return _pass(kept or (), rest, context)

    return fast


def _texts(value: str | Sequence[Node]) -> list[str]:
    return [value] if isinstance(value, str) else [node.string_value() for node in value]


def _rows(table: Mapping[str, Sequence[Node]], texts: list[str]) -> Sequence[Node]:
    if len(texts) == 1:
        return table.get(texts[0], ())
    return in_document_order([row for text in texts for row in table.get(text, ())])


def _holds(row: Node, column: str, texts: list[str]) -> bool:
    return any(cell.string_value() in texts for cell in row.named(column))


def _pass(found: Sequence[Node], rest: list[Run], context: Context) -> Sequence[Node]:
    if not rest or not found:
        return found
    budget.spend(len(found))
    inner = context.inner()
    inner.size = len(found)
    kept: list[Node] = []
    for node in found:
        inner.node = node
        if all(test(inner) for test in rest):
            kept.append(node)
    return kept
