"""The live instance: elements that expressions walk and that hold the state of each node.

These are the engine's inside; what others see of a node is ``FormNode``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fieldkit.forms.definition import NodeDefinition
from fieldkit.forms.tree import XFORMS_NS, Node, Valued

if TYPE_CHECKING:
    from fieldkit.forms.node import FormNode

__all__ = ["Attribute", "Document", "Element", "Leaf", "Row", "Scope", "Series"]

_NOTHING: tuple[Node, ...] = ()


class Document(Node):
    """The document node of a live instance.

    Attributes:
        singles: Elements outside repeats by their names from the root.
        leaves: Those of them that hold a value.
    """

    __slots__ = ("leaves", "singles")

    def __init__(self) -> None:
        super().__init__("document")
        self.singles: dict[str, Sequence[Node]] = {}
        self.leaves: dict[str, Valued] = {}


class Scope:
    """The root or one row, with its nodes at their fixed places.

    Attributes:
        cells: Nodes by their offset.
        series: Nested series by their place.
        rows: Rows around and including this one, outermost first.
        alive: Whether the row is still part of the instance.
    """

    __slots__ = ("alive", "cells", "rows", "series")

    def __init__(self, width: int, nested: int) -> None:
        self.alive = True
        self.cells: list[Element] = [_PLACE] * width
        self.series: list[Series] = [_SERIES] * nested
        self.rows: tuple[Row, ...] = ()


class Element(Node):
    """A group of the live instance (its subclasses: leaves, rows, series).

    Attributes:
        definition: What the form says about it.
        scope: The row (or root) that it lies in.
        stored: The value, kept while hidden.
        value: The value that expressions see: empty while hidden.
        relevant: Whether it is shown, ancestors considered.
        own_relevant: What its own condition says.
        readonly: Whether it is readonly, ancestors considered.
        failed: Whether its constraint refuses the value.
        pending: Bit set of the expressions that wait for evaluation.
        cache: Texts and choices that were asked for, or None.
        view: Its ``FormNode`` once asked for.
    """

    __slots__ = (
        "cache",
        "definition",
        "failed",
        "own_readonly",
        "own_relevant",
        "pending",
        "readonly",
        "relevant",
        "required",
        "scope",
        "stored",
        "value",
        "view",
    )

    cache: dict[str, object] | None

    def __init__(self, definition: NodeDefinition, scope: Scope, parent: Node | None) -> None:
        # The slots of Node are set here: a call more for each of thousands of nodes is dear.
        self.kind = "element"
        self.name = definition.local
        self.ns = definition.ns
        self.prefix = ""
        self.parent = parent
        self.attributes = _NOTHING
        self.text = ""
        self.declared = None
        self.order = 0
        self._index = None
        self._tables = None
        self._numbered = 0
        self.definition = definition
        self.scope = scope
        self.stored = ""
        self.value = ""
        self.relevant = True
        self.own_relevant = True
        self.readonly = False
        self.own_readonly = False
        self.required = False
        self.failed = False
        self.pending = 0
        self.cache = None
        self.view: FormNode | None = None
        self.adopt()

    def adopt(self) -> None:
        """Prepare the list of children."""
        self.children = []

    @property
    def rows(self) -> tuple[Node, ...]:  # type: ignore[override]  # the base has none
        """Rows around this node, outermost first."""
        return self.scope.rows

    def string_value(self) -> str:
        """Return the visible text of all leaves below."""
        return "".join([child.string_value() for child in self.children])

    def put(self, node: Element, after: Element | None) -> None:
        """Insert a row after its predecessor (None: where its series begins)."""
        children = self.children
        assert isinstance(children, list)
        at = self._start(node) if after is None else children.index(after) + 1
        children.insert(at, node)
        index = self._index
        if index is not None:
            key: str | tuple[str | None, str] = node.name if node.ns is None else (node.ns, node.name)
            same = index.get(key)
            if same is None:
                index[key] = [node]
            else:
                same.insert(0 if after is None else same.index(after) + 1, node)
        self._reorder()

    def _start(self, node: Element) -> int:
        # The rows of a series begin where the definition has the repeat among its siblings.
        before = set()
        for index in self.definition.children:
            if index == node.definition.index:
                break
            before.add(index)
        at = 0
        for place, child in enumerate(self.children, 1):
            if isinstance(child, Element) and child.definition.index in before:
                at = place
        return at

    def take(self, node: Element) -> None:
        """Take a row out."""
        children = self.children
        assert isinstance(children, list)
        children.remove(node)
        if self._index is not None:
            key: str | tuple[str | None, str] = node.name if node.ns is None else (node.ns, node.name)
            self._index[key].remove(node)
        self._reorder()

    def _reorder(self) -> None:
        root = self.root()
        root._numbered = min(root._numbered, 0)  # noqa: SLF001 - the numbering of the same tree is stale

    def named(self, name: str | tuple[str | None, str]) -> Sequence[Node]:
        """Return the child elements of a name in order."""
        index = self._index
        if index is None:
            index = self._index = {}
            for child in self.children:
                ns = child.ns
                key = child.name if ns is None or ns == XFORMS_NS else (ns, child.name)
                same = index.get(key)
                if same is None:
                    index[key] = [child]
                else:
                    same.append(child)
        return index.get(name, _NOTHING)

    def lookup(self, item: str, column: str) -> None:  # noqa: ARG002 - the live instance keeps no index
        """Return None: values of the live instance change."""
        return


class Leaf(Element):
    """An element without children: it holds a value."""

    __slots__ = ()

    def adopt(self) -> None:
        """Have no list of children: the text node is made when somebody asks."""

    @property
    def children(self) -> Sequence[Node]:
        """The value as a text node."""
        if not self.value:
            return _NOTHING
        text = Node("text", text=self.value)
        text.parent = self
        return (text,)

    @children.setter
    def children(self, value: Sequence[Node]) -> None:
        """Ignore: a leaf has no children of its own."""

    def string_value(self) -> str:
        """Return the visible value."""
        return self.value

    def named(self, name: str | tuple[str | None, str]) -> Sequence[Node]:  # noqa: ARG002 - there are none
        """Return nothing: a leaf has no child elements."""
        return _NOTHING


class Attribute(Leaf):
    """An attribute with a bind of its own."""

    __slots__ = ()

    def adopt(self) -> None:
        """Be an attribute for expressions."""
        self.kind = "attribute"
        self.name = self.name.removeprefix("@")


class Row(Element):
    """One row of a repeat.

    Attributes:
        series: The series that it belongs to.
        row_id: Its immutable id.
        steps: Local names from the root down to it.
        ordinal: Its position, from 1.
    """

    __slots__ = ("ordinal", "row_id", "series", "steps")

    series: Series
    row_id: str
    ordinal: int
    steps: tuple[str, ...]

    def sibling_position(self) -> int:
        """Return the position among the rows."""
        return self.ordinal


class Series(Element):
    """All rows of a repeat in one place: not a node of the tree, though it has a parent there.

    Attributes:
        rows_list: Its rows in order.
        counter: How many rows the form has made in it, for their ids.
    """

    __slots__ = ("counter", "rows_list")

    rows_list: list[Row]
    counter: int

    def adopt(self) -> None:
        """Begin without rows."""
        self.children = []
        self.rows_list = []
        self.counter = 0

    def renumber(self, start: int) -> None:
        """Give the rows from a place on their positions."""
        for ordinal, row in enumerate(self.rows_list[start:], start + 1):
            row.ordinal = ordinal


_NOWHERE = NodeDefinition(-1, "", "", None, "", -1)
_PLACE = Element.__new__(Element)
_SERIES = Series.__new__(Series)
