"""Which combinations are shown after the symbols themselves, so that few symbols need few frames.

Every frame says its own number, so a sender may pass numbers over and a reader never notices. Rows of chance are often
of no use to a reader who lacks the last one or two of few symbols; so for small files each next number is the one of
some candidates that helps most of a crowd of simulated readers who lose 30 % of the frames.
"""

from __future__ import annotations

from collections.abc import Iterator

from fieldkit.sync.fountain import coefficients, split_mix

__all__ = ["MOST", "reduced", "repair_indexes"]

MOST = 24
"""Files with at least so many symbols show all numbers in order: choosing gains nothing there."""
_READERS = 40
_CANDIDATES = 24
_LOSS = 0.3

_Rows = dict[int, int]


def reduced(rows: _Rows, row: int) -> int:
    """Return what is new in a row for a reader who has other rows, 0 for nothing."""
    while row:
        lowest = row & -row
        if lowest not in rows:
            return row
        row ^= rows[lowest]
    return 0


def repair_indexes(session: int, count: int, needed: int) -> list[int]:
    """Return the numbers of the frames to show after the first ``count``, in their order.

    Args:
        session: CRC-32 of the file; the same file gives the same numbers.
        count: Number k of symbols.
        needed: How many numbers are wanted.
    """
    if not 1 < count < MOST:
        return list(range(count, count + needed))
    chances = (number / 2**64 for number in split_mix(session))
    readers = _crowd(count, [], chances)
    chosen: list[int] = []
    candidates = {index: coefficients(session, index, count) for index in range(count, count + _CANDIDATES)}
    following = count + _CANDIDATES
    while len(chosen) < needed:
        waiting = [rows for rows in readers if len(rows) < count]
        if not waiting:
            readers = _crowd(count, [coefficients(session, index, count) for index in chosen], chances)
            waiting = [rows for rows in readers if len(rows) < count] or readers
        best = max(candidates, key=lambda index: (_use(waiting, candidates[index], count), -index))
        row = candidates.pop(best)
        chosen.append(best)
        candidates[following] = coefficients(session, following, count)
        following += 1
        _show(readers, row, chances)
    return chosen


def _use(waiting: list[_Rows], row: int, count: int) -> float:
    """Return how much a row helps; whoever lacks few symbols counts most, because they are done then."""
    return sum(2.0 ** (len(rows) - count) for rows in waiting if reduced(rows, row))


def _crowd(count: int, more: list[int], chances: Iterator[float]) -> list[_Rows]:
    readers: list[_Rows] = [{} for _reader in range(_READERS)]
    for row in [*(1 << place for place in range(count)), *more]:
        _show(readers, row, chances)
    return readers


def _show(readers: list[_Rows], row: int, chances: Iterator[float]) -> None:
    for rows in readers:
        if next(chances) >= _LOSS:
            fresh = reduced(rows, row)
            if fresh:
                rows[fresh & -fresh] = fresh
