"""How fast the machine is at present: shared machines swing by half within minutes, and microseconds with them."""

from __future__ import annotations

import time

import msgspec

__all__ = ["Pace"]

_TEXT = msgspec.json.encode({f"name:{n}": [[f"device{n}:{n}", f"{n}.0", "A01/x", {"n": n}]] for n in range(150)})
_WITHIN = 1.15
_PAUSE = 2.0


class Pace:
    """The time of a fixed piece of work, in relation to the least that it ever took in this run.

    Args:
        patience: Seconds to wait for calm minutes, in the whole run.
    """

    def __init__(self, patience: float) -> None:
        self.patience = patience
        self.least = min(self._sample() for _turn in range(20))

    def now(self) -> float:
        """Return how many times the least the work takes at present."""
        taken = min(self._sample() for _turn in range(5))
        self.least = min(self.least, taken)
        return taken / self.least

    def calm(self) -> float:
        """Wait until the machine is about as fast as it was at its best, or patience ends; return ``now``."""
        while (found := self.now()) > _WITHIN and self.patience > 0:
            time.sleep(_PAUSE)
            self.patience -= _PAUSE
        return found

    @staticmethod
    def _sample() -> float:
        decode = msgspec.json.Decoder().decode
        start = time.perf_counter()
        for _turn in range(300):
            decode(_TEXT)
        return time.perf_counter() - start
