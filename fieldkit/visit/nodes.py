"""What a visit needs of a live form: the protocol of its nodes, and what kind of item a node is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from fieldkit.visit.view import ItemKind

__all__ = [
    "FK",
    "ChoiceLike",
    "Node",
    "ViolationLike",
    "attribute",
    "item_kind",
    "leaves",
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


class ChoiceLike(Protocol):
    """A choice as the form offers it now."""

    @property
    def value(self) -> str:
        """What is stored."""
        ...

    @property
    def label(self) -> str:
        """What people read."""
        ...


class ViolationLike(Protocol):
    """Why a value may not stay."""

    @property
    def condition(self) -> str:
        """``constraint`` or ``required``."""
        ...

    @property
    def message(self) -> str | None:
        """The form's own words, or None."""
        ...


class Node(Protocol):
    """One node of a live form."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def path(self) -> str: ...  # noqa: D102
    @property
    def ref(self) -> str: ...  # noqa: D102
    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def type(self) -> str: ...  # noqa: D102
    @property
    def control(self) -> str | None: ...  # noqa: D102
    @property
    def value(self) -> str: ...  # noqa: D102
    @property
    def stored(self) -> str: ...  # noqa: D102
    @property
    def relevant(self) -> bool: ...  # noqa: D102
    @property
    def readonly(self) -> bool: ...  # noqa: D102
    @property
    def required(self) -> bool: ...  # noqa: D102
    @property
    def violation(self) -> ViolationLike | None: ...  # noqa: D102
    @property
    def label(self) -> str: ...  # noqa: D102
    @property
    def hint(self) -> str: ...  # noqa: D102
    @property
    def guidance(self) -> str: ...  # noqa: D102
    @property
    def appearance(self) -> frozenset[str]: ...  # noqa: D102
    @property
    def attributes(self) -> Mapping[str, str]: ...  # noqa: D102
    @property
    def parent(self) -> Any: ...  # noqa: D102
    @property
    def children(self) -> Sequence[Any]: ...  # noqa: D102
    @property
    def calculated(self) -> bool: ...  # noqa: D102
    def choices(self) -> Sequence[ChoiceLike]: ...  # noqa: D102
    def attribute_value(self, name: str) -> str: ...  # noqa: D102
    def explain(self, what: str) -> Any: ...  # noqa: D102


def attribute(node: Node, name: str) -> str:
    """Return an attribute of the Fieldkit namespace as the form writes it; empty where it has none."""
    return node.attributes.get(FK + name, "")


def item_kind(node: Node) -> ItemKind:
    """Return how a node is answered."""
    if node.kind == "series":
        return ItemKind.TABLE
    if node.kind == "note":
        return ItemKind.NOTE
    if node.calculated or node.kind == "model":
        return ItemKind.CALCULATED
    found = _BY_CONTROL.get(node.control or "") or _BY_TYPE.get(node.type)
    if found is not None:
        return found
    return ItemKind.MULTILINE if node.appearance & LONG_TEXT else ItemKind.TEXT


def takes_answer(node: Node) -> bool:
    """Tell whether a person answers this node when it is shown: a question, no note, no calculated value."""
    return node.kind == "question" and not node.calculated


def leaves(node: Node) -> Iterator[Node]:
    """Yield the questions, notes and model values below a node in document order, and itself if it is one."""
    if node.kind in ("question", "note", "model") and not node.children:
        yield node
        return
    for child in node.children:
        yield from leaves(child)
