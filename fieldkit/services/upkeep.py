"""Upkeep of the store in idle moments: begun when nobody types, given up at the next key."""

from __future__ import annotations

import threading

from fieldkit.errors import StoreError
from fieldkit.services.desk import Desk

__all__ = ["Upkeep"]

_IDLE_MS = 20_000
"""So long nobody must have typed."""

_AGAIN_MS = 10 * 60_000
"""So long after the last upkeep nothing is done."""


class Upkeep:
    """Decides when the store is looked after, and does it step by step."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._touched = desk.clock.ms()
        self._done = 0
        self._busy = threading.Lock()
        self._ended = False

    def touch(self) -> None:
        """Note that somebody typed: nothing begins now, and what is under way ends after its step."""
        self._touched = self._desk.clock.ms()

    def is_due(self) -> bool:
        """Tell whether this is an idle moment in which something should be done."""
        now = self._desk.clock.ms()
        if self._ended or self._busy.locked() or self._desk.store.read_only or self._desk.writer.pending:
            return False
        return now - self._touched >= _IDLE_MS and now - self._done >= _AGAIN_MS

    def run(self) -> int:
        """Look after the store until it is done or somebody types, and return the steps that were done.

        A disk that refuses is no matter here: nothing is lost, and the next save tells of it.
        """
        began, steps = self._touched, 0
        with self._busy:
            if self._ended:
                return 0
            try:
                for _step in self._desk.store.upkeep():
                    steps += 1
                    if self._ended or self._touched != began:
                        return steps
            except StoreError:
                pass
            self._done = self._desk.clock.ms()
        return steps

    def end(self) -> None:
        """Begin nothing any more, and wait until the step under way is done: the workspace is being closed."""
        self._ended = True
        with self._busy:
            return
