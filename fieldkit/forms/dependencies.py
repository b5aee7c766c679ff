"""What an expression reads: nodes of the form, found from its text alone, once for all rows.

Every node that an expression may read is noted with how many of its repeats are *shared*: rows of
these are the same rows that hold the node of the expression. A shared reference needs one other
evaluation when the node changes, one that is not shared needs one in every row.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, field

from fieldkit.forms.layout import Layout
from fieldkit.forms.lexical import Simple, simple_reads
from fieldkit.forms.xpath.syntax import (
    Call,
    Expression,
    Filter,
    KindTest,
    NameTest,
    Negation,
    Operation,
    Path,
    Step,
)

__all__ = ["Reads", "reads"]

Nodes = dict[int, int]
"""Nodes by index with the number of repeats that are shared; the document is -1."""

_DOCUMENT = -1
_SIDEWAYS = frozenset({"following", "following-sibling", "preceding", "preceding-sibling"})
_EXISTENCE = frozenset({"position", "count", "boolean", "not", "name", "local-name", "namespace-uri"})


class Reads(Struct):
    """What one expression reads.

    Attributes:
        values: Leaves by index, with the number of shared repeats.
        rows: Repeats whose number of rows matters, with the number of shared repeats around them.
        positions: Repeats whose own row's position matters.
        calls: Names of the functions that it calls.
        itself: Whether it reads its own node by ``.``, where that is not in ``values``.
    """

    values: dict[int, int] = field(default_factory=dict)
    rows: dict[int, int] = field(default_factory=dict)
    positions: set[int] = field(default_factory=set)
    calls: frozenset[str] = frozenset()
    itself: bool = False

    def merge(self, other: Reads) -> None:
        """Add what another expression of the same node reads."""
        for mine, its in ((self.values, other.values), (self.rows, other.rows)):
            for index, shared in its.items():
                mine[index] = min(shared, mine.get(index, shared))
        self.positions |= other.positions
        self.calls |= other.calls


def reads(
    source: str, tree: Expression, layout: Layout, node: int, *, series: bool = False, itself: bool = True
) -> Reads:
    """Return what an expression reads in the context of a node (or of the series of a repeat).

    Args:
        source: Text of the expression.
        tree: Its syntax tree.
        layout: Places of the form's nodes.
        node: Index of the context node.
        series: Whether the context is the repeat's series.
        itself: Whether ``.`` counts as reading the node.
    """
    chain = layout.chains[node][:-1] if series else layout.chains[node]
    simple = simple_reads(source)
    key = (source, chain)
    if simple is None or not (simple.relative or simple.itself):
        # The same condition on many nodes reads the same wherever it stands, unless it has relative paths.
        known: Reads | None = layout.known.get(key)
        if known is not None:
            return known
    found = None if simple is None else _read_simply(simple, layout, node, chain)
    if simple is not None and found is not None:
        if simple.itself and itself:
            found.values[node] = len(chain)
        elif simple.itself:
            found.itself = True
        elif not simple.relative:
            layout.known[key] = found
        return found
    walker = _Walker(layout, node, chain)
    walker.itself = itself
    walker.visit(tree, walker.here, exists=False, foreign=False)
    walker.found.calls = frozenset(walker.calls)
    if not walker.is_relative:
        layout.known[key] = walker.found
    return walker.found


def _read_simply(simple: Simple, layout: Layout, node: int, chain: tuple[int, ...]) -> Reads | None:
    """Return what a simple expression reads besides its own node, None where that or a path is no leaf."""
    values: dict[int, int] = {}
    found = Reads(values, {}, set(), simple.calls)
    leaves, nodes, chains = layout.leaf_paths, layout.nodes, layout.chains
    depth = len(chain)
    if simple.itself and leaves.get(nodes[node].path) != node:
        return None
    for path in simple.absolute:
        index = leaves.get(path)
        if index is None:
            return None
        if not chains[index]:
            values[index] = 0
            continue
        # Rows that the leaf shares with the reader are the reader's own.
        shared = layout.shared(node, index)
        _read_leaf(found, chains[index], index, min(depth, shared))
    for ups, rest in simple.relative:
        above = node
        left = ups
        while left and above > 0:
            above = nodes[above].parent
            left -= 1
        index = None if left else leaves.get(f"{nodes[above].path}/{rest}")
        if index is None:
            return None
        if index not in values and chains[index] == chains[above] == chain:
            # A neighbour in the same row.
            values[index] = depth
        else:
            _read_leaf(found, chains[index], index, min(len(chains[above]), depth))
    return found


def _read_leaf(found: Reads, chain: tuple[int, ...], index: int, shared: int) -> None:
    """Note a path without predicates that leads to a leaf."""
    if shared < found.values.get(index, shared + 1):
        found.values[index] = shared
    for repeat in chain[shared:] if shared < len(chain) else ():
        found.rows[repeat] = min(shared, found.rows.get(repeat, shared))


class _Walker:
    """Follows a syntax tree with the sets of nodes that its parts may give."""

    def __init__(self, layout: Layout, node: int, chain: tuple[int, ...]) -> None:
        self.layout = layout
        self.found = Reads()
        self.calls: set[str] = set()
        self.chain = chain
        self.is_relative = False
        self.here: Nodes = {node: len(self.chain)}
        self.itself = True
        self.predicates = 0
        self.escaped = 0

    def visit(self, expression: Expression, here: Nodes, *, exists: bool, foreign: bool) -> Nodes:
        """Note what an expression reads and return the nodes that it may give."""
        match expression:
            case Path():
                return self._path(expression, here, exists=exists, foreign=foreign)
            case Filter():
                nodes = self.visit(expression.base, here, exists=True, foreign=foreign)
                self._predicates(expression.predicates, nodes)
                if expression.predicates:
                    nodes = dict.fromkeys(nodes, 0)
                self._note(nodes, exists=exists)
                return nodes
            case Call():
                return self._call(expression, here, foreign=foreign)
            case Operation():
                union: Nodes = {}
                for operand in expression.operands:
                    found = self.visit(operand, here, exists=False, foreign=foreign)
                    if "|" in expression.operators:
                        union.update(found)
                return union
            case Negation():
                self.visit(expression.operand, here, exists=False, foreign=foreign)
        return {}

    def _path(self, path: Path, here: Nodes, *, exists: bool, foreign: bool) -> Nodes:
        if path.base is not None:
            nodes = self.visit(path.base, here, exists=True, foreign=foreign)
        elif path.is_absolute:
            nodes = {_DOCUMENT: 0}
        else:
            nodes = here
            self.is_relative = self.is_relative or here is self.here
        if nodes is self.here and not self.itself and len(path.steps) == 1 and path.steps[0].axis == "self":
            self.found.itself = True
            return nodes
        own = path.is_absolute and not self.escaped and (foreign or not self.predicates)
        for step in path.steps:
            nodes = self._step(nodes, step, own=own and path.base is None)
            self._predicates(step.predicates, nodes)
        if own:
            # An absolute path that ends at a repeat means all of its rows.
            chains = self.layout.chains
            nodes = {
                index: shared - 1 if index > 0 and shared and chains[index][shared - 1 :] == (index,) else shared
                for index, shared in nodes.items()
            }
        if not path.steps and path.base is None and not path.is_absolute:
            return nodes
        self._note(nodes, exists=exists)
        return nodes

    def _predicates(self, predicates: Iterable[Expression], nodes: Nodes) -> None:
        self.predicates += 1
        for predicate in predicates:
            self.visit(predicate, nodes, exists=False, foreign=not nodes)
        self.predicates -= 1

    def _call(self, call: Call, here: Nodes, *, foreign: bool) -> Nodes:
        name = call.name
        self.calls.add(name)
        if name == "current" and not call.arguments:
            self.is_relative = True
            return self.here
        if name == "indexed-repeat":
            for place, argument in enumerate(call.arguments):
                is_repeat = place % 2 == 1
                is_across = is_repeat or place == 0
                self.escaped += is_across
                found = self.visit(argument, here, exists=is_repeat, foreign=foreign)
                self.escaped -= is_across
                if is_across:
                    self._note(dict.fromkeys(found, 0), exists=is_repeat)
            return {}
        result: Nodes = {}
        for argument in call.arguments:
            found = self.visit(argument, here, exists=name in _EXISTENCE, foreign=foreign)
            if name == "position":
                self._positions(found)
            if name == "randomize":
                result = found
        return result

    def _positions(self, nodes: Nodes) -> None:
        for index, shared in nodes.items():
            if index == _DOCUMENT:
                continue
            chain = self.layout.chains[index]
            if chain and chain[-1] == index:
                if shared >= len(chain):
                    self.found.positions.add(index)
                else:
                    self._note({index: shared}, exists=True)

    def _note(self, nodes: Nodes, *, exists: bool) -> None:
        chains = self.layout.chains
        values, rows = self.found.values, self.found.rows
        for index, shared in nodes.items():
            if index == _DOCUMENT:
                continue
            chain = chains[index]
            for repeat in chain[shared:]:
                rows[repeat] = min(shared, rows.get(repeat, shared))
            if exists:
                continue
            node = self.layout.nodes[index]
            if not node.children and not node.repeat:
                values[index] = min(shared, values.get(index, shared))
                continue
            for leaf in self.layout.leaves(index):
                values[leaf] = min(shared, values.get(leaf, shared))
                for repeat in chains[leaf][shared:]:
                    rows[repeat] = min(shared, rows.get(repeat, shared))

    def _step(self, nodes: Nodes, step: Step, *, own: bool) -> Nodes:
        axis = step.axis
        if axis == "child" and isinstance(step.test, NameTest) and step.test.name != "*":
            return self._named(nodes, step, own=own)
        result: Nodes = {}
        for index, shared in nodes.items():
            for target in self._targets(index, axis):
                if not self._matches(target, step.test):
                    continue
                kept = shared
                if target == _DOCUMENT:
                    kept = 0
                else:
                    if axis in _SIDEWAYS:
                        kept = min(shared, len(self.layout.chains[index]) - 1)
                    kept = max(0, min(kept, len(self.layout.chains[target])))
                result[target] = min(kept, result.get(target, kept))
        return result

    def _named(self, nodes: Nodes, step: Step, *, own: bool) -> Nodes:
        """Follow a child name, the usual step, by a dictionary."""
        test = step.test
        assert isinstance(test, NameTest)
        layout = self.layout
        result: Nodes = {}
        for index, shared in nodes.items():
            if index == _DOCUMENT:
                found = [0] if layout.nodes[0].local == test.name else []
            else:
                found = layout.named(index, test.name)
            for target in found:
                if test.prefix and layout.nodes[target].ns != test.uri:
                    continue
                kept = shared
                chain = layout.chains[target]
                if own and not step.predicates and chain[shared:] == (target,) and chain == self.chain[: len(chain)]:
                    kept = len(chain)
                result[target] = min(kept, result.get(target, kept))
        return result

    def _targets(self, index: int, axis: str) -> Iterable[int]:
        nodes = self.layout.nodes
        if axis == "self":
            return (index,)
        if axis == "child":
            return (0,) if index == _DOCUMENT else nodes[index].children
        if axis == "parent":
            return () if index == _DOCUMENT else (nodes[index].parent,)
        if axis in ("descendant", "descendant-or-self"):
            return self._below(index, own=axis == "descendant-or-self")
        if axis in ("ancestor", "ancestor-or-self"):
            above = [index] if axis == "ancestor-or-self" else []
            while index != _DOCUMENT:
                index = nodes[index].parent
                above.append(index)
            return above
        if axis in ("following-sibling", "preceding-sibling"):
            return () if index <= 0 else nodes[nodes[index].parent].children
        if axis == "attribute":
            return () if index == _DOCUMENT else nodes[index].bound
        return () if axis == "namespace" else range(len(nodes))

    def _below(self, index: int, *, own: bool) -> list[int]:
        found = [index] if own else []
        stack = [0] if index == _DOCUMENT else list(self.layout.nodes[index].children)
        while stack:
            item = stack.pop()
            found.append(item)
            stack.extend(self.layout.nodes[item].children)
        return found

    def _matches(self, index: int, test: NameTest | KindTest) -> bool:
        if isinstance(test, KindTest):
            return True
        if index == _DOCUMENT:
            return False
        if test.name == "*":
            return True
        node = self.layout.nodes[index]
        return node.local == test.name and (not test.prefix or node.ns == test.uri)
