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

    __slots__ = ("drafts", "error", "is_done", "publish", "turn")

    def __init__(self, drafts: Sequence[Draft], publish: Publish) -> None:
        self.drafts = drafts
        self.publish = publish
        self.is_done = False
        self.error: StoreError | None = None
        self.turn: threading.Event | None = None

    def call(self) -> None:
        """Wake the caller where it waits; who leads does not."""
        if self.turn is not None:
            self.turn.set()


class Committer:
    """Writes tickets in the order of their arrival; what is durable is published before its caller returns.

    One caller at a time leads: it writes everything that waits. Whoever comes meanwhile waits for the next write,
    which the first of them leads.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._waiting: list[_Ticket] = []
        self._is_led = False
        self._queue = threading.Lock()
        self._writing = threading.RLock()

    def submit(self, drafts: Sequence[Draft], publish: Publish) -> None:
        """Make lines durable, then visible, then return.

        Raises:
            StoreError: The lines are not there; see ``Journal.commit``.
        """
        ticket = _Ticket(drafts, publish)
        with self._queue:
            turn = ticket.turn = threading.Event() if self._is_led else None
            self._waiting.append(ticket)
            self._is_led = True
        if turn is not None:
            turn.wait()
        if not ticket.is_done:
            self._lead()
        if ticket.error is not None:
            raise ticket.error

    def _lead(self) -> None:
        try:
            with self._writing:
                self._write_all()
        finally:
            with self._queue:
                self._is_led = bool(self._waiting)
                if self._waiting:
                    self._waiting[0].call()

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
        is_visible = False
        try:
            numbers = self._journal.commit([draft for ticket in tickets for draft in ticket.drafts])
            start = 0
            for ticket in tickets:
                end = start + len(ticket.drafts)
                ticket.publish(numbers[start:end])
                start = end
            is_visible = True
        except StoreError as failure:
            error = failure
        finally:
            if numbers and not is_visible:
                # What is durable could not be shown (no memory): only reading the journal again makes both agree.
                self._journal.distrust()
            for ticket in tickets:
                ticket.error = error if numbers or error else _unexpected()
                ticket.is_done = True
                ticket.call()


def _unexpected() -> StoreError:
    return StoreError("STORE-014", "The write was interrupted before it was durable")
