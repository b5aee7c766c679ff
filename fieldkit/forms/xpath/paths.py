"""Location paths and predicates as closures.

A path of plain child names, the usual path of a form, takes one dictionary look-up per step. Nodes are sorted
only where a step can put them out of order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from fieldkit.forms.tree import Node, in_document_order
from fieldkit.forms.xpath.axes import REVERSE, Take, child_key, take
from fieldkit.forms.xpath.code import Code, Run, booleans, nodes
from fieldkit.forms.xpath.context import Context
from fieldkit.forms.xpath.equalities import indexed_filter
from fieldkit.forms.xpath.steps import budget
from fieldkit.forms.xpath.syntax import Expression, Filter, KindTest, NameTest, Path, Step

if TYPE_CHECKING:
    from fieldkit.forms.xpath.builder import Builder

__all__ = ["compile_filter", "compile_path"]

Sift: TypeAlias = Callable[[Sequence[Node], Context], Sequence[Node]]
"""Keeps the nodes of a list, given in axis order, that pass a predicate."""

Move: TypeAlias = Callable[[Sequence[Node], Context], Sequence[Node]]
"""Applies one step to all nodes of a list."""

Key: TypeAlias = "str | tuple[str | None, str]"

_ANY = KindTest("node")


def compile_path(compiler: Builder, path: Path) -> Code:
    """Return the code of a location path."""
    steps = path.steps if len(path.steps) < 2 else _merged(path.steps)
    if path.base is not None:
        base = compiler.compile(path.base)
        compiler.need_nodes(base, path.at)
        return Code("nodes", _walk(compiler, nodes(base), steps, is_single=False))
    if not path.is_absolute:
        return Code("nodes", _relative(compiler, steps))
    if not steps:
        return Code("nodes", lambda context: [context.root])
    return _absolute(compiler, steps)


def compile_filter(compiler: Builder, expression: Filter) -> Code:
    """Return the code of an expression with predicates."""
    base = compiler.compile(expression.base)
    compiler.need_nodes(base, expression.at)
    found = nodes(base)
    sifts = [_sift(compiler, predicate) for predicate in expression.predicates]

    def run(context: Context) -> Sequence[Node]:
        kept = found(context)
        for sift in sifts:
            kept = sift(kept, context)
        return kept

    return Code("nodes", run)


def _merged(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Join ``//name`` into one descendant step where no predicate counts positions."""
    result: list[Step] = []
    for step in steps:
        last = result[-1] if result else None
        if last is not None and _is_anywhere(last) and step.axis == "child" and not step.predicates:
            result[-1] = Step("descendant", step.test)
        else:
            result.append(step)
    return tuple(result)


def _is_anywhere(step: Step) -> bool:
    return step.axis == "descendant-or-self" and step.test == _ANY and not step.predicates


def _key(step: Step) -> Key | None:
    if step.axis != "child" or step.predicates:
        return None
    return child_key(step.test)


def _is_plain(step: Step, axis: str) -> bool:
    return step.axis == axis and step.test == _ANY and not step.predicates


def _descend(found: Sequence[Node], keys: Sequence[Key]) -> Sequence[Node]:
    """Follow child names from a list of nodes of which none contains another."""
    for key in keys:
        if len(found) == 1:
            found = found[0].named(key)
        elif found:
            budget.spend(len(found))
            found = [child for node in found for child in node.named(key)]
        else:
            return found
    return found


def _relative(compiler: Builder, steps: tuple[Step, ...]) -> Run:
    if len(steps) == 1 and _is_plain(steps[0], "self"):
        return lambda context: [context.node]
    ups = 0
    while ups < len(steps) and _is_plain(steps[ups], "parent"):
        ups += 1
    keys = [_key(step) for step in steps[ups:]]
    if None not in keys:
        return _up_and_down(ups, [key for key in keys if key is not None])
    if steps and _is_plain(steps[0], "self"):
        steps = steps[1:]
    return _walk(compiler, lambda context: [context.node], steps, is_single=True)


def _up_and_down(ups: int, keys: list[Key]) -> Run:
    if ups == 1 and len(keys) == 1:
        only = keys[0]

        def sibling(context: Context) -> Sequence[Node]:
            node = context.node
            above = node.parent
            return () if above is None or node is context.root else above.named(only)

        return sibling

    def run(context: Context) -> Sequence[Node]:
        node = context.node
        root = context.root
        for _ in range(ups):
            if node is root or node.parent is None:
                return ()
            node = node.parent
        return _descend([node], keys)

    return run


def _absolute(compiler: Builder, steps: tuple[Step, ...]) -> Code:
    leading: list[Key] = []
    for step in steps:
        key = _key(step)
        if key is None:
            break
        leading.append(key)
    plain = [key for key in leading if isinstance(key, str)]
    single = "/".join(plain) if len(plain) == len(steps) else ""
    start = _own_row(leading, len(steps), single, compiler.is_in_own_rows)
    if len(leading) == len(steps):
        code = Code("nodes", start)
        code.leaf = single
        return code
    return Code("nodes", _walk(compiler, start, steps[len(leading) :], is_single=False, is_flat=True))


def _own_row(keys: list[Key], total: int, single: str, is_in_own_rows: bool) -> Run:
    """Return a closure that follows absolute child names, inside the row that holds the context node."""
    names = tuple([key if isinstance(key, str) else key[1] for key in keys])

    def from_root(context: Context) -> Sequence[Node]:
        return context.root.singles.get(single) or _descend([context.root], keys)

    if not is_in_own_rows:
        return from_root

    def run(context: Context) -> Sequence[Node]:
        found = context.root.singles.get(single)
        if found is not None:
            return found
        rows = context.node.rows or context.current.rows
        if rows and context.in_own_rows:
            for row in reversed(rows):
                own = row.steps
                size = len(own)
                if size < total and names[:size] == own:
                    return _descend([row], keys[size:])
        return _descend([context.root], keys)

    return run


def _walk(compiler: Builder, start: Run, steps: tuple[Step, ...], *, is_single: bool, is_flat: bool = False) -> Run:
    order = _Order(is_single=is_single, is_flat=is_flat or is_single)
    moves = [_move(compiler, step, must_sort=order.after(step)) for step in steps]

    def run(context: Context) -> Sequence[Node]:
        found: Sequence[Node] = start(context)
        for move in moves:
            if not found:
                return found
            found = move(found, context)
        return found

    return run


class _Order:
    """Follows from step to step whether nodes stay in document order and none contains another."""

    def __init__(self, *, is_single: bool, is_flat: bool) -> None:
        self.is_single = is_single
        self.is_flat = is_flat

    def after(self, step: Step) -> bool:
        """Take one step into account and tell whether its result must be sorted."""
        axis = step.axis
        single, flat = self.is_single, self.is_flat
        if axis in {"self", "attribute", "namespace"}:
            self.is_single = single and axis == "self"
            return False
        if axis == "child":
            self.is_single = False
            return not flat
        if axis == "parent":
            self.is_flat = single
            return not single
        self.is_single = False
        self.is_flat = single and axis.endswith("-sibling")
        return not (single or (flat and axis.startswith("descendant")))


def _move(compiler: Builder, step: Step, *, must_sort: bool) -> Move:
    sifts = [_sift(compiler, predicate) for predicate in step.predicates]
    takes = take(step.axis, step.test)
    if sifts and step.axis == "child" and isinstance(step.test, NameTest):
        one = _single_context(*_with_index(compiler, step, takes, sifts))
    else:
        one = _single_context(lambda node, context: takes(node, context.root), sifts)
    is_reverse = step.axis in REVERSE

    def move(found: Sequence[Node], context: Context) -> Sequence[Node]:
        if len(found) == 1:
            result = one(found[0], context)
            budget.spend(len(result))
            return list(reversed(result)) if is_reverse else result
        budget.spend(len(found))
        collected: list[Node] = []
        for node in found:
            result = one(node, context)
            budget.spend(len(result))
            collected.extend(result)
        return in_document_order(collected) if must_sort or is_reverse else collected

    return move


Locate: TypeAlias = Callable[[Node, Context], Sequence[Node]]


def _single_context(takes: Locate, sifts: list[Sift]) -> Locate:
    if not sifts:
        return takes

    def one(node: Node, context: Context) -> Sequence[Node]:
        kept = takes(node, context)
        for sift in sifts:
            kept = sift(kept, context)
        return kept

    return one


def _with_index(compiler: Builder, step: Step, takes: Take, sifts: list[Sift]) -> tuple[Locate, list[Sift]]:
    """Use the index of a tree that never changes for a first predicate such as ``[name = /data/x]``."""

    def plain(node: Node, context: Context) -> Sequence[Node]:
        return takes(node, context.root)

    fast = indexed_filter(compiler, step)
    if fast is None:
        return plain, sifts
    slow = sifts[0]

    def first(node: Node, context: Context) -> Sequence[Node]:
        kept = fast(node, context)
        return slow(plain(node, context), context) if kept is None else kept

    return first, sifts[1:]


def _sift(compiler: Builder, predicate: Expression) -> Sift:
    code = compiler.compile(predicate)
    if code.is_constant and code.kind == "number":
        assert isinstance(code.value, float)
        return _at_place(code.value)
    if code.kind == "number":
        return _by_position(code.run)
    if code.kind == "any":
        return _by_either(code.run, booleans(compiler.as_any(code)))
    test = booleans(code)

    def sift(found: Sequence[Node], context: Context) -> Sequence[Node]:
        budget.spend(len(found))
        inner = context.inner()
        inner.size = len(found)
        kept: list[Node] = []
        for place, node in enumerate(found, 1):
            inner.node = node
            inner.position = place
            if test(inner):
                kept.append(node)
        return kept

    return sift


def _at_place(number: float) -> Sift:
    place = int(number) - 1 if number == number and abs(number) < 1e15 and number == int(number) else -1  # noqa: PLR0124

    def sift(found: Sequence[Node], _context: Context) -> Sequence[Node]:
        return [found[place]] if 0 <= place < len(found) else []

    return sift


def _by_position(number: Run) -> Sift:
    def sift(found: Sequence[Node], context: Context) -> Sequence[Node]:
        budget.spend(len(found))
        inner = context.inner()
        inner.size = len(found)
        kept: list[Node] = []
        for place, node in enumerate(found, 1):
            inner.node = node
            inner.position = place
            if number(inner) == place:
                kept.append(node)
        return kept

    return sift


def _by_either(value: Run, test: Callable[[Context], bool]) -> Sift:
    def sift(found: Sequence[Node], context: Context) -> Sequence[Node]:
        budget.spend(len(found))
        inner = context.inner()
        inner.size = len(found)
        kept: list[Node] = []
        for place, node in enumerate(found, 1):
            inner.node = node
            inner.position = place
            result: Any = value(inner)
            is_number = isinstance(result, float | int) and not isinstance(result, bool)
            if result == place if is_number else test(inner):
                kept.append(node)
        return kept

    return sift
