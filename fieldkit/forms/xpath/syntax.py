"""The syntax tree of an expression: values that can be compared, hashed and rendered again."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from fieldkit.forms.xpath.values import number_text

__all__ = [
    "LEVELS",
    "Axis",
    "Call",
    "Expression",
    "Filter",
    "KindTest",
    "NameTest",
    "Negation",
    "NodeKind",
    "Number",
    "Operation",
    "Path",
    "Step",
    "Text",
    "render",
]

Axis = Literal[
    "ancestor",
    "ancestor-or-self",
    "attribute",
    "child",
    "descendant",
    "descendant-or-self",
    "following",
    "following-sibling",
    "namespace",
    "parent",
    "preceding",
    "preceding-sibling",
    "self",
]
NodeKind = Literal["node", "text", "comment", "processing-instruction"]


class _Placed(Struct, frozen=True):
    """A part of the tree; it equals another that says the same, wherever either stands."""

    def __eq__(self, other: object) -> bool:
        """Tell whether another part says the same."""
        return type(self) is type(other) and self._said() == other._said()

    def __hash__(self) -> int:
        """Return the same number for parts that say the same."""
        return hash(self._said())

    def _said(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__struct_fields__ if name != "at")


class Number(_Placed, frozen=True):
    """A number literal."""

    value: float
    at: int = 0
    """Character position in the source, from 0."""


class Text(_Placed, frozen=True):
    """A string literal."""

    value: str
    at: int = 0


class NameTest(Struct, frozen=True):
    """Matches elements or attributes by name.

    Attributes:
        prefix: As written, empty without one.
        name: Local name, or ``*``.
        uri: What the prefix stands for; for an unprefixed name the namespace that it matches besides none.
    """

    prefix: str
    name: str
    uri: str


class KindTest(Struct, frozen=True):
    """Matches nodes by kind; `target` is the name of a processing instruction."""

    kind: NodeKind
    target: str = ""


class Step(Struct, frozen=True):
    """One step of a location path."""

    axis: Axis
    test: NameTest | KindTest
    predicates: tuple[Expression, ...] = ()


class Path(_Placed, frozen=True):
    """A location path; it starts at the root, at `base`, or (neither) at the context node."""

    steps: tuple[Step, ...]
    is_absolute: bool = False
    base: Expression | None = None
    at: int = 0


class Filter(_Placed, frozen=True):
    """An expression with predicates, such as ``instance('x')[1]``."""

    base: Expression
    predicates: tuple[Expression, ...]
    at: int = 0


class Call(_Placed, frozen=True):
    """A function call."""

    prefix: str
    name: str
    uri: str
    arguments: tuple[Expression, ...]
    at: int = 0


class Operation(_Placed, frozen=True):
    """Operators of one precedence between two or more operands, read from left to right.

    A long sum is one flat value, so that three hundred operands nest no deeper than two.
    """

    operators: tuple[str, ...]
    operands: tuple[Expression, ...]
    at: int = 0


class Negation(_Placed, frozen=True):
    """Unary minus."""

    operand: Expression
    at: int = 0


Expression: TypeAlias = Number | Text | Path | Filter | Call | Operation | Negation

LEVELS = {
    "or": 1,
    "and": 2,
    "=": 3,
    "!=": 3,
    "<": 4,
    "<=": 4,
    ">": 4,
    ">=": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "div": 6,
    "mod": 6,
    "|": 8,
}
"""How strong each operator binds; operators of one level are read from left to right."""

_NEGATION = 7
_PATH = 9
_PRIMARY = 10
_ANY_NODE = KindTest("node")
_SHORTCUT = Step("descendant-or-self", _ANY_NODE)


def _level(expression: Expression) -> int:
    if isinstance(expression, Operation):
        return LEVELS[expression.operators[0]]
    if isinstance(expression, Negation):
        return _NEGATION
    return _PATH if isinstance(expression, Path | Filter) else _PRIMARY


def render(expression: Expression) -> str:
    """Return the expression as source text that parses to the same expression."""
    match expression:
        case Number():
            return number_text(expression.value)
        case Text():
            quote = '"' if "'" in expression.value else "'"
            return f"{quote}{expression.value}{quote}"
        case Path():
            return _path(expression)
        case Filter():
            base = expression.base
            inner = render(base)
            if not isinstance(base, Call | Text | Number):
                inner = f"({inner})"
            return inner + _predicates(expression.predicates)
        case Call():
            name = f"{expression.prefix}:{expression.name}" if expression.prefix else expression.name
            return f"{name}({', '.join([render(argument) for argument in expression.arguments])})"
        case Negation():
            return "-" + _within(expression.operand, _NEGATION)
        case _:
            return _operation(expression)


def _within(operand: Expression, level: int) -> str:
    text = render(operand)
    return f"({text})" if _level(operand) < level else text


def _operation(expression: Operation) -> str:
    level = LEVELS[expression.operators[0]]
    parts = [_within(expression.operands[0], level + 1)]
    for operator, operand in zip(expression.operators, expression.operands[1:], strict=True):
        parts.append(f" {operator} {_within(operand, level + 1)}")
    return "".join(parts)


def _predicates(predicates: tuple[Expression, ...]) -> str:
    return "".join([f"[{render(predicate)}]" for predicate in predicates])


def _path(path: Path) -> str:
    parts: list[str] = []
    steps = path.steps
    separator = "/" if path.is_absolute or path.base is not None else ""
    if path.base is not None:
        base = render(path.base)
        parts.append(base if isinstance(path.base, Call | Filter | Text | Number) else f"({base})")
    if not steps:
        return "".join(parts) + separator
    last = len(steps) - 1
    for place, step in enumerate(steps):
        if step == _SHORTCUT and separator == "/" and place < last:
            separator = "//"
            continue
        parts.append(separator + _step(step))
        separator = "/"
    return "".join(parts)


def _step(step: Step) -> str:
    if step.test == _ANY_NODE and not step.predicates and step.axis in {"self", "parent"}:
        return "." if step.axis == "self" else ".."
    axis = {"child": "", "attribute": "@"}.get(step.axis, f"{step.axis}::")
    test = step.test
    if isinstance(test, KindTest):
        quote = '"' if "'" in test.target else "'"
        name = f"{test.kind}({f'{quote}{test.target}{quote}' if test.target else ''})"
    else:
        name = f"{test.prefix}:{test.name}" if test.prefix else test.name
    return axis + name + _predicates(step.predicates)
