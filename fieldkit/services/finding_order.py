"""A list of records in order: blocks of equal ones, each the newest first; a page is read without the rest."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from itertools import accumulate, compress

__all__ = ["Mask", "Ordered", "marked"]

Mask = bytes | bytearray
"""One byte for each record's number, 1 for those that are meant."""


def marked(lists: Sequence[Collection[int]], size: int) -> bytearray:
    """Return the mask of all numbers in some lists.

    Args:
        lists: Numbers of records.
        size: The greatest number there is.
    """
    mask = bytearray(size + 1)
    for numbers in lists:
        for number in numbers:
            mask[number] = 1
    return mask


class Ordered:
    """Numbers of records in order, read by place."""

    def __init__(self, blocks: Sequence[Sequence[int]], mask: Mask | None = None) -> None:
        """Keep the blocks.

        Args:
            blocks: Rising numbers of equal records, block after block; the highest, newest ones are shown first.
            mask: Only these.
        """
        if mask is not None:
            blocks = [array("I", compress(block, map(mask.__getitem__, block))) for block in blocks]
        self._blocks = [block for block in blocks if len(block)]
        self._ends = list(accumulate(map(len, self._blocks)))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def page(self, start: int, count: int) -> list[int]:
        """Return the numbers at so many places from a place on."""
        found: list[int] = []
        place = bisect_right(self._ends, start)
        while place < len(self._blocks) and len(found) < count:
            block = self._blocks[place]
            after = self._ends[place] - start - len(found)
            upto = max(after - (count - len(found)), 0)
            found.extend(reversed(block[upto:after]))
            place += 1
        return found

    def __iter__(self) -> Iterator[int]:
        for block in self._blocks:
            yield from reversed(block)

    def after(self, place: int, mask: Mask) -> int:
        """Return the next place, going round, whose record is marked; -1 where none is."""
        total = len(self)
        for first, last in ((place + 1, total), (0, place + 1)):
            for start in range(first, last, 1000):
                for step, number in enumerate(self.page(start, min(1000, last - start))):
                    if mask[number]:
                        return start + step
        return -1
