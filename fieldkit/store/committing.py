"""Group commit: writers that wait for the medium at the same time share one fsync."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from fieldkit.errors import StoreError
from fieldkit.store.journal import Draft, Journal

__all__ = ["Committer", "Publish"]

Publish = Callable[[Sequence[int]], None]
"""Takes the numbers of the durable lines and makes them visible."""


class _Ticket:
    """One caller's lines on their way to the medium."""

    __slots__ = ("drafts", "error", "is_done", "publish")

    def __init__(self, drafts: Sequence[Draft], publish: Publish) -> None:
        self.drafts = drafts
        self.publish = publish
        self.is_done = False
        self.error: StoreError | None = None


class Committer:
    """Writes tickets in the order of their arrival; what is durable is published before its caller returns."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._waiting: list[_Ticket] = []
        self._queue = threading.Lock()
        self._writing = threading.RLock()

    def submit(self, drafts: Sequence[Draft], publish: Publish) -> None:
        """Make lines durable, then visible, then return.

        Raises:
            StoreError: The lines are not there; see ``Journal.commit``.
        """
        ticket = _Ticket(drafts, publish)
        with self._queue:
            self._waiting.append(ticket)
        with self._writing:
            if not ticket.is_done:
                self._write_all()
        if ticket.error is not None:
            raise ticket.error

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Hold writers back for a moment: what is durable is visible too, and nothing is on its way."""
        with self._writing:
            yield

    def _write_all(self) -> None:
        with self._queue:
            tickets, self._waiting = self._waiting, []
        error: StoreError | None = None
        numbers: list[int] = []
        try:
            numbers = self._journal.commit([draft for ticket in tickets for draft in ticket.drafts])
        except StoreError as failure:
            error = failure
        finally:
            for ticket in tickets:
                ticket.is_done = True
                ticket.error = error if numbers or error else _unexpected()
        if error is not None:
            return
        start = 0
        for ticket in tickets:
            end = start + len(ticket.drafts)
            ticket.publish(numbers[start:end])
            start = end


def _unexpected() -> StoreError:
    return StoreError("STORE-014", "The write was interrupted before it was durable")
