"""A value as people read it: labels of choices, points on the map, files by their name."""

from __future__ import annotations

from fieldkit.i18n import _
from fieldkit.visit.markup import plain_text
from fieldkit.visit.nodes import Node, item_kind
from fieldkit.visit.view import ItemKind

__all__ = ["shown_text", "shown_value"]

_CHOSEN = frozenset({ItemKind.SELECT_ONE, ItemKind.SELECT_MULTIPLE, ItemKind.RANK})


def shown_value(node: Node) -> str:
    """Return the present value of a node for people; empty while it is hidden or empty."""
    return shown_text(node, node.value)


def shown_text(node: Node, value: str) -> str:
    """Return any value as this node would show it, for example last round's."""
    kind = item_kind(node)
    if not value or kind not in _CHOSEN:
        return value if kind is not ItemKind.DATETIME else value.replace("T", " ", 1)
    find = node.choices().find
    parts = [value] if kind is ItemKind.SELECT_ONE else value.split()
    found = [(part, find(part)) for part in parts]
    return _(", ").join((plain_text(choice.label) if choice else "") or part for part, choice in found)
