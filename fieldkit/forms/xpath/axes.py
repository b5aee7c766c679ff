"""The thirteen axes, each giving nodes in axis order, and the node tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from fieldkit.forms.tree import XFORMS_NS, Node
from fieldkit.forms.xpath.syntax import Axis, KindTest, NameTest

__all__ = ["REVERSE", "Take", "Test", "child_key", "node_test", "take"]

Test: TypeAlias = Callable[[Node], bool]
Take: TypeAlias = Callable[[Node, Node], Sequence[Node]]
"""Gives the nodes of one step from a node; the second argument is the root above which nothing is seen."""

REVERSE = frozenset({"ancestor", "ancestor-or-self", "preceding", "preceding-sibling"})
"""Axes whose order is against document order."""


def node_test(test: NameTest | KindTest, axis: Axis) -> Test | None:
    """Return the test for a step, None where every node of the axis passes."""
    if isinstance(test, KindTest):
        if test.kind == "node":
            return None
        kind, target = test.kind, test.target
        if target:
            return lambda node: node.kind == kind and node.name == target
        return lambda node: node.kind == kind
    principal = axis if axis in {"attribute", "namespace"} else "element"
    name, uri = test.name, test.uri
    if name == "*":
        if test.prefix:
            return lambda node: node.kind == principal and node.ns == uri
        return lambda node: node.kind == principal
    if test.prefix:
        return lambda node: node.name == name and node.kind == principal and node.ns == uri
    return lambda node: node.name == name and node.kind == principal and (node.ns is None or node.ns == uri)


def child_key(test: NameTest | KindTest) -> str | tuple[str | None, str] | None:
    """Return the key for :meth:`Node.named` that finds exactly what the test matches, None if there is none."""
    if not isinstance(test, NameTest) or test.name == "*":
        return None
    if not test.prefix:
        return test.name if test.uri == XFORMS_NS else None
    return None if test.uri == XFORMS_NS else (test.uri, test.name)


def take(axis: Axis, test: NameTest | KindTest) -> Take:
    """Return the function that gives the nodes of a step without predicates."""
    if axis == "child":
        key = child_key(test)
        if key is not None:
            return lambda node, _root: node.named(key)
    accepts = node_test(test, axis)
    walk = _WALKS[axis]
    if accepts is None:
        return lambda node, root: list(walk(node, root))
    return lambda node, root: [found for found in walk(node, root) if accepts(found)]


def _self(node: Node, _root: Node) -> Iterable[Node]:
    return (node,)


def _child(node: Node, _root: Node) -> Iterable[Node]:
    return node.children


def _parent(node: Node, root: Node) -> Iterable[Node]:
    return () if node is root or node.parent is None else (node.parent,)


def _attribute(node: Node, _root: Node) -> Iterable[Node]:
    return node.attributes


def _namespace(node: Node, _root: Node) -> Iterable[Node]:
    if node.kind != "element":
        return
    for prefix, uri in sorted(node.namespaces_in_scope().items()):
        found = NamespaceNode(prefix, uri)
        found.parent = node
        yield found


class NamespaceNode(Node):
    """A namespace in the scope of an element; equal to another one of the same element and prefix."""

    __slots__ = ()

    def __init__(self, prefix: str, uri: str) -> None:
        super().__init__("namespace", prefix, text=uri)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NamespaceNode) and other.parent is self.parent and other.name == self.name

    def __hash__(self) -> int:
        return hash((id(self.parent), self.name))


def _descendant(node: Node, _root: Node) -> Iterable[Node]:
    return node.descendants() if node.children else ()


def _descendant_or_self(node: Node, _root: Node) -> Iterator[Node]:
    yield node
    if node.children:
        yield from node.descendants()


def _ancestor(node: Node, root: Node) -> Iterator[Node]:
    while node is not root and node.parent is not None:
        node = node.parent
        yield node


def _ancestor_or_self(node: Node, root: Node) -> Iterator[Node]:
    yield node
    yield from _ancestor(node, root)


def _siblings(node: Node, root: Node) -> tuple[Sequence[Node], int]:
    if node is root or node.parent is None or node.kind in {"attribute", "namespace"}:
        return (), 0
    children = node.parent.children
    place = next((place for place, child in enumerate(children) if child is node), -1)
    # The series of a repeat has a parent, but no place among its children.
    return (children, place) if place >= 0 else ((), 0)


def _following_sibling(node: Node, root: Node) -> Iterable[Node]:
    children, place = _siblings(node, root)
    return children[place + 1 :]


def _preceding_sibling(node: Node, root: Node) -> Iterable[Node]:
    children, place = _siblings(node, root)
    return reversed(children[:place])


def _following(node: Node, root: Node) -> Iterator[Node]:
    if node.kind in {"attribute", "namespace"} and node.parent is not None:
        node = node.parent
        yield from node.descendants()
    for above in _ancestor_or_self(node, root):
        for sibling in _following_sibling(above, root):
            yield from _descendant_or_self(sibling, root)


def _preceding(node: Node, root: Node) -> Iterator[Node]:
    if node.kind in {"attribute", "namespace"} and node.parent is not None:
        node = node.parent
    for above in _ancestor_or_self(node, root):
        for sibling in _preceding_sibling(above, root):
            yield from reversed(list(_descendant_or_self(sibling, root)))


_WALKS: dict[Axis, Callable[[Node, Node], Iterable[Node]]] = {
    "self": _self,
    "child": _child,
    "parent": _parent,
    "attribute": _attribute,
    "namespace": _namespace,
    "descendant": _descendant,
    "descendant-or-self": _descendant_or_self,
    "ancestor": _ancestor,
    "ancestor-or-self": _ancestor_or_self,
    "following-sibling": _following_sibling,
    "preceding-sibling": _preceding_sibling,
    "following": _following,
    "preceding": _preceding,
}
