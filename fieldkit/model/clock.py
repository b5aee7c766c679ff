"""Hybrid logical clock: stamps that respect both the wall clock and what was already seen."""

from __future__ import annotations

from functools import lru_cache

__all__ = ["ZERO_HLC", "HybridClock", "hlc_key", "hlc_ms", "is_hlc"]

ZERO_HLC = "0.0"
"""A stamp before every other one."""

_MAX_MS = 1 << 53
_MAX_COUNTER = 1 << 31


@lru_cache(maxsize=4096)
def hlc_key(hlc: str) -> tuple[int, int]:
    """Return the sort key (milliseconds since 1970, counter) of a stamp ``ms.counter``.

    Raises:
        ValueError: The text is no stamp.
    """
    ms, _dot, counter = hlc.partition(".")
    return int(ms), int(counter)


def hlc_ms(hlc: str) -> int:
    """Return the milliseconds since 1970 of a stamp."""
    return hlc_key(hlc)[0]


def is_hlc(value: object) -> bool:
    """Tell whether a value is a well-formed stamp in plain decimal digits."""
    if not isinstance(value, str) or not value.isascii():
        return False
    ms, dot, counter = value.partition(".")
    if not dot or not (ms.isdigit() and counter.isdigit()) or len(ms) > 16 or len(counter) > 10:
        return False
    return int(ms) < _MAX_MS and int(counter) < _MAX_COUNTER


class HybridClock:
    """Gives stamps that always grow, also when the wall clock jumps back.

    Attributes:
        last: The greatest stamp given or seen.
    """

    __slots__ = ("last",)

    def __init__(self, last: str = ZERO_HLC) -> None:
        self.last = last

    def tick(self, now_ms: int) -> str:
        """Return the next stamp for a wall clock of ``now_ms`` milliseconds since 1970."""
        ms, counter = hlc_key(self.last)
        self.last = f"{now_ms}.0" if now_ms > ms else f"{ms}.{counter + 1}"
        return self.last

    def observe(self, hlc: str) -> None:
        """Take note of a stamp from elsewhere: later stamps of this clock are greater."""
        if hlc_key(hlc) > hlc_key(self.last):
            self.last = hlc

    def behind(self, now_ms: int) -> int:
        """Return by how many milliseconds the wall clock lies behind the last stamp, 0 when it does not."""
        return max(0, hlc_ms(self.last) - now_ms)
