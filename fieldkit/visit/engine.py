"""The live forms that a visit needs, as protocols; the form engine fulfils them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from fieldkit.visit.nodes import Node

__all__ = ["ChangeLike", "FormLike", "FormMaker", "Language"]


class ChangeLike(Protocol):
    """What a step of a live form changed."""

    @property
    def set(self) -> Sequence[Any]:
        """Stored values that changed, each unpacks to node, old, new, cause."""
        ...

    @property
    def rows_added(self) -> Sequence[Node]:
        """Rows that appeared."""
        ...

    @property
    def rows_removed(self) -> Sequence[Node]:
        """Rows that went."""
        ...

    @property
    def touched(self) -> Sequence[Node]:
        """Nodes of which anything that is shown changed."""
        ...


class FormLike(Protocol):
    """One live form."""

    @property
    def root(self) -> Node:
        """The node of the whole form."""
        ...

    def nodes(self) -> Iterator[Node]:
        """Yield all nodes in document order."""
        ...

    def node(self, ref_or_path: str) -> Node:
        """Return a node by its path with row ids or its ref with positions; FormError where there is none."""
        ...

    def answer(self, node: Node, value: str) -> ChangeLike:
        """Set the value of a question."""
        ...

    def add_row(self, series: Node, row_id: str | None = None, at: int | None = None) -> ChangeLike:
        """Add a row to a repeat."""
        ...

    def remove_row(self, row: Node) -> ChangeLike:
        """Remove a row."""
        ...

    def set_language(self, code: str) -> object:
        """Show the form's texts in another of its languages."""
        ...


class FormMaker(Protocol):
    """Makes live forms of the visit's definitions."""

    def new(self, form_id: str) -> FormLike:
        """Return a new form: defaults and first-load events have happened."""
        ...

    def restore(self, form_id: str, rows: Mapping[str, list[str]], values: Mapping[str, str]) -> FormLike:
        """Return a form with saved rows (by repeat) and values (by path); no event fires."""
        ...

    def languages(self, form_id: str) -> tuple[str, ...]:
        """Return the languages that a form speaks."""
        ...

    def title(self, form_id: str) -> str:
        """Return the title of a form."""
        ...


Language = str
"""A language as the form names it, such as ``English (en)``."""
