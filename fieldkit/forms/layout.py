"""Where the nodes of a definition lie: repeats around them and their place in a row.

A *scope* is the root or one row of a repeat with everything in it that is not in a nested repeat.
Each node has a fixed place in its scope, so that an instance of it is found without searching.
"""

from __future__ import annotations

from typing import Any

from fieldkit.forms.definition import NodeDefinition

__all__ = ["Layout"]


class Layout:
    """Places of the nodes of one definition, all lists by the index of the node.

    Attributes:
        chains: Repeats that a node lies in, outermost first, itself included where it is one.
        scopes: The repeat whose row holds the node, 0 for the root.
        offsets: Place of the node in its scope; a repeat's row is the first of its own scope.
        series: Place of a repeat's series in the scope around it, -1 for other nodes.
        widths: How many nodes the scope of a repeat (or of the root, 0) has.
        known: What expressions without relative paths read, filled by ``dependencies``.
        leaf_paths: Leaves by their absolute path, those with prefixed names left out.
        nested: Repeats that lie directly in the scope of a repeat (or of the root, 0).
    """

    def __init__(self, nodes: list[NodeDefinition]) -> None:
        count = len(nodes)
        self.nodes = nodes
        self.chains: list[tuple[int, ...]] = [()] * count
        self.scopes = [0] * count
        self.offsets = [0] * count
        self.series = [-1] * count
        self.widths: dict[int, int] = {0: 0}
        self.nested: dict[int, list[int]] = {0: []}
        self.known: dict[Any, Any] = {}
        self.leaf_paths = {
            node.path: node.index for node in nodes if not node.children and not node.repeat and ":" not in node.path
        }
        self._names: list[dict[str, list[int]] | None] = [None] * count
        self._place(0, 0, ())

    def _place(self, index: int, scope: int, chain: tuple[int, ...]) -> None:
        node = self.nodes[index]
        if node.repeat and index:
            siblings = self.nested[scope]
            self.series[index] = len(siblings)
            siblings.append(index)
            scope, chain = index, (*chain, index)
            self.widths[index] = 0
            self.nested[index] = []
        self.chains[index] = chain
        self.scopes[index] = scope
        self.offsets[index] = self.widths[scope]
        self.widths[scope] += 1
        for child in (*node.children, *node.bound):
            self._place(child, scope, chain)

    def named(self, index: int, name: str) -> list[int]:
        """Return the children of a node by their local name."""
        names = self._names[index]
        if names is None:
            names = self._names[index] = {}
            for child in self.nodes[index].children:
                names.setdefault(self.nodes[child].local, []).append(child)
        return names.get(name, [])

    def shared(self, index: int, other: int) -> int:
        """Return how many repeats hold both of two nodes."""
        mine, its = self.chains[index], self.chains[other]
        if mine is its:
            return len(mine)
        count = 0
        for one, two in zip(mine, its, strict=False):
            if one != two:
                break
            count += 1
        return count

    def leaves(self, index: int) -> list[int]:
        """Return the leaves at and below a node."""
        found: list[int] = []
        stack = [index]
        while stack:
            node = self.nodes[stack.pop()]
            if node.children:
                stack.extend(node.children)
            elif not node.repeat:
                found.append(node.index)
        return found
