"""Time and chance as protocols, so that a run can be repeated exactly."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

__all__ = ["Clock", "IdSource"]


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the present moment with its offset."""
        ...

    def ms(self) -> int:
        """Return the present moment as milliseconds since 1970."""
        ...


class IdSource(Protocol):
    """Makes names that nobody else has."""

    def record(self) -> str:
        """Return the id of a new record (a UUID)."""
        ...

    def row(self) -> str:
        """Return the id of a row that a person adds."""
        ...

    def seed(self) -> int:
        """Return a number for the random functions of forms."""
        ...
