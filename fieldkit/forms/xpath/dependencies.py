"""Which nodes an expression reads, as far as its text tells."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from fieldkit.forms.xpath.syntax import (
    Axis,
    Call,
    Expression,
    Filter,
    KindTest,
    Negation,
    Operation,
    Path,
    Step,
    Text,
)

__all__ = ["PathRef", "PathStep", "references"]


class PathStep(Struct, frozen=True):
    """One step of a static path.

    Attributes:
        axis: The axis.
        name: Local name, ``*`` for any, ``node()`` and the like for a test of kind.
        has_predicates: Whether predicates choose among the nodes.
    """

    axis: Axis
    name: str
    has_predicates: bool = False


class PathRef(Struct, frozen=True):
    """A path that an expression reads.

    Attributes:
        base: Where it starts: the root, the context node of the whole expression, or a secondary instance.
        steps: Its steps; a relative path in a predicate continues the path that the predicate stands on.
        instance: Name of the secondary instance; empty when it is not a literal.
        is_across_rows: Whether it reads other rows than the own one (an argument of indexed-repeat()).
    """

    base: Literal["root", "node", "instance"]
    steps: tuple[PathStep, ...]
    instance: str = ""
    is_across_rows: bool = False


_NODE = PathRef("node", ())
_OF_CONTEXT = frozenset(
    {"string", "number", "name", "local-name", "namespace-uri", "string-length", "normalize-space", "once", "lang"}
)


def references(expression: Expression) -> tuple[PathRef, ...]:
    """Return the paths that an expression reads, each once, in order of appearance."""
    collector = _Collector()
    collector.visit(expression, (_NODE,), is_across=False)
    return tuple(collector.found)


class _Collector:
    """Walks an expression and notes its paths; `here` is where a relative path starts."""

    def __init__(self) -> None:
        self.found: dict[PathRef, None] = {}

    def visit(self, expression: Expression, here: tuple[PathRef, ...], *, is_across: bool) -> tuple[PathRef, ...]:
        """Note what an expression reads and return the paths of the node-set that it gives."""
        match expression:
            case Path():
                return self._path(expression, here, is_across=is_across)
            case Call():
                return self._call(expression, here, is_across=is_across)
            case Filter():
                base = self.visit(expression.base, here, is_across=is_across)
                self._predicates(expression.predicates, base, is_across=is_across)
                return base
            case Operation():
                parts = [self.visit(operand, here, is_across=is_across) for operand in expression.operands]
                return tuple([ref for part in parts for ref in part]) if expression.operators[0] == "|" else ()
            case Negation():
                self.visit(expression.operand, here, is_across=is_across)
        return ()

    def _predicates(self, predicates: tuple[Expression, ...], here: tuple[PathRef, ...], *, is_across: bool) -> None:
        for predicate in predicates:
            self.visit(predicate, here, is_across=is_across)

    def _path(self, path: Path, here: tuple[PathRef, ...], *, is_across: bool) -> tuple[PathRef, ...]:
        if path.is_absolute:
            starts: tuple[PathRef, ...] = (PathRef("root", (), is_across_rows=is_across),)
        elif path.base is None:
            starts = here
        else:
            starts = self.visit(path.base, here, is_across=is_across)
        for step in path.steps:
            starts = tuple([_longer(ref, step, is_across=is_across) for ref in starts])
            self._predicates(step.predicates, starts, is_across=is_across)
        for ref in starts:
            self.found[ref] = None
        return starts

    def _call(self, call: Call, here: tuple[PathRef, ...], *, is_across: bool) -> tuple[PathRef, ...]:
        if call.name == "current" and not call.arguments:
            return (_NODE,)
        if call.name == "instance":
            name = call.arguments[0].value if call.arguments and isinstance(call.arguments[0], Text) else ""
            ref = PathRef("instance", (), name)
            self.found[ref] = None
            for argument in call.arguments:
                self.visit(argument, here, is_across=is_across)
            return (ref,)
        if call.name == "pulldata" and call.arguments and isinstance(call.arguments[0], Text):
            self.found[PathRef("instance", (), call.arguments[0].value)] = None
        if call.name in _OF_CONTEXT and not (call.arguments and call.name not in {"once", "lang"}):
            for ref in here:
                self.found[ref] = None
        across = is_across or call.name == "indexed-repeat"
        parts = [self.visit(argument, here, is_across=across) for argument in call.arguments]
        gives_nodes = call.name in {"if", "coalesce", "randomize", "indexed-repeat", "once"}
        return tuple([ref for part in parts for ref in part]) if gives_nodes else ()


def _longer(ref: PathRef, step: Step, *, is_across: bool) -> PathRef:
    test = step.test
    if isinstance(test, KindTest):
        if step.axis == "self" and test.kind == "node" and not step.predicates:
            return ref
        name = f"{test.kind}()"
    else:
        name = test.name
    added = PathStep(step.axis, name, bool(step.predicates))
    return PathRef(ref.base, (*ref.steps, added), ref.instance, ref.is_across_rows or is_across)
