"""The order in which a form is walked: sections, the items in them, tables with their rows and cells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct, field

from fieldkit.visit.markup import plain_text
from fieldkit.visit.nodes import Node, is_heading, item_kind
from fieldkit.visit.view import ItemKind

__all__ = ["LOOSE", "Outline", "Place", "Section", "cells_of", "columns_of", "outline_of", "rows_of", "stations_of"]

LOOSE = "#"
"""Sign in the key of a section made of questions that stand in no group; a number follows."""

_NUMBER = re.compile(r"\s*(?:\(?([A-Z]|[0-9]{1,2}|[一二三四五六七八九十]{1,3})[.、)):])")


class Place(Struct, frozen=True):
    """Where an item stands in its section."""

    section: int
    index: int
    """Place in the section from 0."""
    depth: int
    group: Node | None
    """Innermost group inside the section that holds the item."""
    ordinal: int
    """Number of the item among those that are answered, from 1; 0 for notes and calculated values."""


class Section(Struct):
    """A top group, a top repeat, or the loose questions between them."""

    key: str
    node: Node | None
    items: list[Node] = field(default_factory=list)

    @property
    def label(self) -> str:
        """Its label; that of its first item where it has none."""
        own = self.node.label if self.node is not None else ""
        return plain_text(own or next((item.label for item in self.items if item.label), ""))


class Outline(Struct):
    """Sections and items of one form; tables are one item."""

    sections: list[Section]
    places: dict[str, Place]
    """Path of an item to its place."""

    def numbers(self) -> list[str]:
        """Return the short sign of each section: the letter or number that its label begins with."""
        return [_sign(section.label, place) for place, section in enumerate(self.sections, 1)]

    def items(self) -> Iterator[Node]:
        """Yield all items in order."""
        for section in self.sections:
            yield from section.items


def _sign(label: str, place: int) -> str:
    match = _NUMBER.match(label)
    return match[1] if match else str(place)


def outline_of(root: Node) -> Outline:
    """Return the outline of a live form."""
    outline = Outline([], {})
    loose: Section | None = None
    for child in root.children:
        if child.kind in ("group", "series"):
            loose = None
            section = Section(child.path, child)
            if child.kind == "series":
                _add(outline, section, child, 0, None)
            else:
                _fill(outline, section, child, 0)
            if section.items:
                outline.sections.append(section)
        elif child.kind in ("question", "note"):
            if loose is None:
                loose = Section(f"{root.path}{LOOSE}{len(outline.sections) + 1}", None)
                outline.sections.append(loose)
            _add(outline, loose, child, 0, None)
    _place_all(outline)
    return outline


def _fill(outline: Outline, section: Section, group: Node, depth: int) -> None:
    for child in group.children:
        if child.kind == "group":
            _fill(outline, section, child, depth + 1)
        elif child.kind in ("question", "note", "series") and (child.label.strip() or not is_heading(child)):
            _add(outline, section, child, depth, group if depth else None)


def _add(outline: Outline, section: Section, node: Node, depth: int, group: Node | None) -> None:
    outline.places[node.path] = Place(0, len(section.items), depth, group, 0)
    section.items.append(node)


def _place_all(outline: Outline) -> None:
    for number, section in enumerate(outline.sections):
        ordinal = 0
        for node in section.items:
            place = outline.places[node.path]
            counted = item_kind(node) not in (ItemKind.NOTE, ItemKind.CALCULATED)
            ordinal += counted
            outline.places[node.path] = Place(number, place.index, place.depth, place.group, ordinal if counted else 0)


def rows_of(series: Node) -> Sequence[Node]:
    """Return the rows of a repeat in their order."""
    return [child for child in series.children if child.kind == "row"]


def columns_of(row: Node) -> list[Node]:
    """Return the cells of a row in order, groups inside the row flattened; model values are left out."""
    return list(_cells(row))


def cells_of(series: Node) -> Iterator[Node]:
    """Yield every cell of a repeat, row by row, the cells of inner repeats included."""
    for row in rows_of(series):
        for cell in _cells(row):
            yield cell
            if cell.kind == "series":
                yield from cells_of(cell)


def _cells(parent: Node) -> Iterator[Node]:
    for child in parent.children:
        if child.kind == "group":
            yield from _cells(child)
        elif child.kind in ("question", "note", "series"):
            yield child


def stations_of(outline: Outline) -> Iterator[Node]:
    """Yield the places that the cursor can stand on, in order: shown items, tables, the cells of their rows."""
    for section in outline.sections:
        for item in section.items:
            yield from _stations(item)


def _stations(item: Node) -> Iterator[Node]:
    if not item.relevant or item_kind(item) is ItemKind.CALCULATED:
        return
    yield item
    if item.kind == "series":
        for row in rows_of(item):
            for cell in columns_of(row):
                yield from _stations(cell)
