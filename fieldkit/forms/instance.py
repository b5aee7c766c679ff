"""Build and find the nodes of a live instance: from the form's first instance, from templates of rows, by reference."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fieldkit.errors import FormError
from fieldkit.forms.definition import NodeDefinition, Seed
from fieldkit.forms.limits import INSTANCE_NODES
from fieldkit.forms.live import Attribute, Document, Element, Leaf, Row, Scope, Series
from fieldkit.forms.plan import Plan
from fieldkit.forms.tree import Node
from fieldkit.i18n import _

__all__ = ["Builder", "find", "path_of", "reference_of", "walk"]

_STEP = re.compile(r"/([^/\[\]{}]+)(?:\[(\d+)\]|\{([^{}]*)\})?")


class Builder:
    """Makes elements after seeds.

    Attributes:
        count: How many elements the instance has had made.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.layout = plan.layout
        self.nodes = plan.definition.nodes
        self.count = 0

    def root(self, seed: Seed) -> tuple[Node, Scope]:
        """Return the document node and the root's scope of a new instance."""
        document = Document()
        scope = Scope(self.layout.widths[0], len(self.layout.nested[0]))
        self._series(scope, 0)
        root = self._element(seed, scope, document)
        document.children = [root]
        singles = document.singles
        leaves = document.leaves
        for cell in scope.cells:
            path = cell.definition.path
            if ":" not in path and "@" not in path:
                steps = path[1:]
                singles[steps] = (cell,)
                if not cell.definition.children:
                    leaves[steps] = cell
        return document, scope

    def row(self, series: Series, seed: Seed, row_id: str) -> Row:
        """Return a new row of a series, not yet in the tree."""
        index = series.definition.index
        scope = Scope(self.layout.widths[index], len(self.layout.nested[index]))
        row = Row(series.definition, scope, series.parent)
        row.series = series
        row.row_id = row_id
        row.ordinal = 0
        row.steps = self.plan.steps[index]
        scope.rows = (*series.scope.rows, row)
        self._series(scope, index)
        self._place(row, scope)
        self._fill(row, seed, scope)
        return row

    def _series(self, scope: Scope, owner: int) -> None:
        for place, index in enumerate(self.layout.nested[owner]):
            series = Series(self.nodes[index], scope, None)
            scope.series[place] = series

    def _place(self, element: Element, scope: Scope) -> None:
        self.count += 1
        if self.count > INSTANCE_NODES:
            raise FormError("FORM-107", _("The form has more than {limit} nodes").format(limit=INSTANCE_NODES))
        scope.cells[self.layout.offsets[element.definition.index]] = element

    def _element(self, seed: Seed, scope: Scope, parent: Node) -> Element:
        node = self.nodes[seed.node]
        element = Element(node, scope, parent) if node.children else Leaf(node, scope, parent)
        self._place(element, scope)
        self._fill(element, seed, scope)
        return element

    def _fill(self, element: Element, seed: Seed, scope: Scope) -> None:
        node = element.definition
        if node.attributes or node.bound:
            element.attributes = self._attributes(node, element, scope)
        if not node.children:
            element.stored = element.value = seed.value
            return
        below = self.plan.series_below.get(node.index)
        if below is not None:
            for place in below:
                scope.series[place].parent = element
        children = element.children
        assert isinstance(children, list)
        for item in seed.children:
            if self.layout.series[item.node] < 0:
                children.append(self._element(item, scope, element))
                continue
            series = scope.series[self.layout.series[item.node]]
            series.counter += 1
            row = self.row(series, item, f"c{series.counter}")
            series.rows_list.append(row)
            row.ordinal = len(series.rows_list)
            children.append(row)

    def _attributes(self, node: NodeDefinition, element: Element, scope: Scope) -> list[Node]:
        made: list[Node] = []
        bound = {self.nodes[index].local.removeprefix("@"): index for index in node.bound}
        for name, text in node.attributes:
            index = bound.pop(name, None)
            if index is None:
                attribute = Node("attribute", name.rpartition(":")[2], prefix=name.rpartition(":")[0], text=text)
                attribute.parent = element
                made.append(attribute)
            else:
                made.append(self._bound(index, text, element, scope))
        made.extend(self._bound(index, "", element, scope) for index in bound.values())
        return made

    def _bound(self, index: int, text: str, element: Element, scope: Scope) -> Attribute:
        attribute = Attribute(self.nodes[index], scope, element)
        attribute.stored = attribute.value = text
        self._place(attribute, scope)
        return attribute


def walk(element: Element, plan: Plan) -> Iterator[Element]:
    """Yield an element and all below it in document order; a series comes before its rows."""
    yield element
    if isinstance(element, Leaf):
        return
    if isinstance(element, Series):
        for row in element.rows_list:
            yield from walk(row, plan)
        return
    places = plan.layout
    scope = element.scope
    for index in element.definition.children:
        place = places.series[index]
        if place >= 0:
            yield from walk(scope.series[place], plan)
        else:
            child = scope.cells[places.offsets[index]]
            if isinstance(child, Leaf):
                yield child
            else:
                yield from walk(child, plan)


def reference_of(element: Element) -> str:
    """Return the reference with positions, such as ``/data/rec[2]/when``."""
    return _address(element, by_position=True)


def path_of(element: Element) -> str:
    """Return the path with row ids, such as ``/data/rec{ID}/when``; it never changes."""
    return _address(element, by_position=False)


def _address(element: Element, *, by_position: bool) -> str:
    path = element.definition.path
    rows = element.scope.rows
    if not rows:
        return path
    result = ""
    done = 0
    for row in rows:
        own = row.definition.path
        mark = f"[{row.ordinal}]" if by_position else f"{{{row.row_id}}}"
        result += own[done:] + mark
        done = len(own)
    return result + path[done:]


def find(document: Node, scope: Scope, plan: Plan, address: str) -> Element | None:
    """Return the element at a reference with positions or a path with row ids, None where there is none."""
    root = plan.definition.nodes[0]
    place = 0
    node: NodeDefinition | None = None
    row_open: Series | None = None
    while place < len(address):
        match = _STEP.match(address, place)
        if match is None or row_open is not None:
            return None
        place = match.end()
        name, position, row_id = match.groups()
        node = _child(plan, node, name) if node is not None else (root if name == root.name else None)
        if node is None:
            return None
        if plan.layout.series[node.index] < 0:
            if position is not None and position != "1":
                return None
            continue
        series = scope.series[plan.layout.series[node.index]]
        if position is None and row_id is None:
            row_open = series
            continue
        row = _row(series, position, row_id)
        if row is None:
            return None
        scope = row.scope
    del document
    if row_open is not None:
        return row_open
    return None if node is None else scope.cells[plan.layout.offsets[node.index]]


def _child(plan: Plan, node: NodeDefinition, name: str) -> NodeDefinition | None:
    nodes = plan.definition.nodes
    return next((nodes[index] for index in (*node.children, *node.bound) if nodes[index].name == name), None)


def _row(series: Series, position: str | None, row_id: str | None) -> Row | None:
    rows = series.rows_list
    if position is not None:
        place = int(position) - 1
        return rows[place] if 0 <= place < len(rows) else None
    return next((row for row in rows if row.row_id == row_id), None)
