"""What an intent leads to: drafts to write, and what the screen says about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Struct, field

from fieldkit.visit.view import FindingOffer

__all__ = ["WITH", "Draft", "Effects", "grouped"]

WITH = "with"
"""Cause of a draft that belongs to the first draft of its write."""


class Draft(Struct, frozen=True):
    """One change before it has a number and a time."""

    record: str
    field: str
    value: Any
    cause: str = ""
    """Empty, ``with`` (the first draft of the write), ``undo ID`` or ``redo ID``."""


class Effects(Struct, frozen=True):
    """What one intent did."""

    writes: tuple[Draft, ...] = ()
    """Drafts of one write, to be made durable together."""
    key: str = ""
    """Item that was answered, undone or added."""
    value: str = ""
    """Its value now."""
    message: str = ""
    """What just happened, empty where the screen shows it anyway."""
    offer: FindingOffer | None = None
    changed: tuple[str, ...] = ()
    """Keys of other items whose value, relevance or validity changed."""
    opened: tuple[str, ...] = field(default=())
    """Keys of items that became relevant."""


def grouped(drafts: Iterable[Draft]) -> tuple[Draft, ...]:
    """Return drafts as one write: all but the first belong to the first, a field is written once.

    A later draft of a field replaces an earlier one, in the earlier one's place.
    """
    last: dict[tuple[str, str], Draft] = {}
    for draft in drafts:
        last[draft.record, draft.field] = draft
    drafted = list(last.values())
    return tuple(
        draft if place == 0 else Draft(draft.record, draft.field, draft.value, WITH)
        for place, draft in enumerate(drafted)
    )
