"""What the runner screen remembers beside the view value: mode, cursors, texts that are not yet answers."""

from __future__ import annotations

from datetime import tzinfo

from msgspec import Struct, field

from fieldkit.visit.view import FindingOffer, ItemKind, ItemView, RunnerView, TableView

__all__ = ["CHOICES", "POINTS", "TYPED", "RunnerState", "current_item"]

CHOICES = frozenset({ItemKind.SELECT_ONE, ItemKind.SELECT_MULTIPLE, ItemKind.RANK})
"""Kinds answered by choosing from a list."""

POINTS = frozenset({ItemKind.GEOPOINT, ItemKind.GEOTRACE, ItemKind.GEOSHAPE})
"""Kinds answered by places."""

TYPED = POINTS | {ItemKind.INTEGER, ItemKind.DECIMAL, ItemKind.RANGE, ItemKind.DATE, ItemKind.TIME, ItemKind.DATETIME}
"""Kinds whose field opens at the first digit."""


class RunnerState(Struct):
    """State of the screen alone: nothing of it is data."""

    page_mode: bool = False
    only_changed: bool = False
    choice: int = 0
    """Choice with the cursor."""
    typed: str = ""
    """Digits typed so far in a list of more than ten."""
    editing: str = ""
    """Key of the item whose field is open."""
    opener: str = ""
    drafts: dict[str, str] = field(default_factory=dict)
    """Texts that were typed and are no answers yet, by key."""
    offer: FindingOffer | None = None
    """Finding that the last answer proposed; F4 takes it up."""
    on_row: bool = False
    """True where the cursor of a table is on the row number."""
    on_add: bool = False
    """True where the cursor of a table is on its last line, *add a row*."""
    zone: tzinfo | None = None
    """Zone that times are shown in."""
    top: int = 0
    """First item shown in page mode."""


def current_item(view: RunnerView) -> ItemView | None:
    """Return the item that keys answer: the current one, or the current cell of a table."""
    if isinstance(view.current, TableView):
        return view.cell
    return view.current
