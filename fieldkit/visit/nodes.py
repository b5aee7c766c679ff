"""What a visit asks of the nodes of a live form: their Fieldkit attributes, and what kind of item they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from fieldkit.forms import FormNode
from fieldkit.visit.view import ItemKind

__all__ = [
    "FK",
    "Node",
    "attribute",
    "item_kind",
    "leaves",
    "series_of",
    "takes_answer",
]

FK = "{urn:fieldkit:xf}"
"""Namespace of the bind attributes that carry scores, severity, evidence and roles."""

LONG_TEXT = frozenset({"multiline", "multi-line", "textarea"})
_BY_TYPE = {
    "int": ItemKind.INTEGER,
    "integer": ItemKind.INTEGER,
    "long": ItemKind.INTEGER,
    "decimal": ItemKind.DECIMAL,
    "double": ItemKind.DECIMAL,
    "float": ItemKind.DECIMAL,
    "date": ItemKind.DATE,
    "time": ItemKind.TIME,
    "dateTime": ItemKind.DATETIME,
    "geopoint": ItemKind.GEOPOINT,
    "geotrace": ItemKind.GEOTRACE,
    "geoshape": ItemKind.GEOSHAPE,
    "barcode": ItemKind.BARCODE,
    "binary": ItemKind.FILE,
}
_BY_CONTROL = {
    "select1": ItemKind.SELECT_ONE,
    "select": ItemKind.SELECT_MULTIPLE,
    "rank": ItemKind.RANK,
    "range": ItemKind.RANGE,
    "trigger": ItemKind.ACKNOWLEDGE,
    "upload": ItemKind.FILE,
}


Node: TypeAlias = FormNode
"""One node of a live form."""


def attribute(node: Node, name: str) -> str:
    """Return an attribute of the Fieldkit namespace as the form writes it; empty where it has none."""
    return node.attributes.get(FK + name, "")


def item_kind(node: Node) -> ItemKind:
    """Return how a node is answered."""
    kind = node.kind
    if kind == "series":
        return ItemKind.TABLE
    if kind == "note" or is_heading(node):
        return ItemKind.NOTE
    if kind == "model" or node.calculated:
        return ItemKind.CALCULATED
    found = _BY_CONTROL.get(node.control or "") or _BY_TYPE.get(node.type)
    if found is not None:
        return found
    return ItemKind.MULTILINE if node.appearance & LONG_TEXT else ItemKind.TEXT


def is_heading(node: Node) -> bool:
    """Tell whether a select only names the choices of the grid beneath it (appearance ``label``) and takes no answer.

    Source: XLSForm reference, grids of ``label`` and ``list-nolabel``.
    """
    body = node.body
    return body is not None and "label" in body.appearance and body.tag in ("select1", "select")


def takes_answer(node: Node) -> bool:
    """Tell whether a person answers this node when it is shown: a question, no note, no calculated value."""
    return node.kind == "question" and not node.calculated and not is_heading(node)


def leaves(node: Node) -> Iterator[Node]:
    """Yield the questions, notes and model values below a node in document order, and itself if it is one."""
    if node.kind in ("question", "note", "model") and not node.children:
        yield node
        return
    for child in node.children:
        yield from leaves(child)


def series_of(row: Node) -> Node:
    """Return the repeat that a row belongs to."""
    series = row.series
    assert series is not None
    return series
