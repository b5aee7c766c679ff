"""Which operations are here: runs of sequence numbers for each device, small however many operations there are."""

from __future__ import annotations

import bisect
from collections.abc import Mapping, Sequence

__all__ = ["Held"]


class Held:
    """The set of (device, sequence number) as closed ranges."""

    __slots__ = ("_ends", "_starts")

    def __init__(self, ranges: Mapping[str, Sequence[Sequence[int]]] | None = None) -> None:
        self._starts: dict[str, list[int]] = {}
        self._ends: dict[str, list[int]] = {}
        for device, pairs in (ranges or {}).items():
            self._starts[device] = [pair[0] for pair in pairs]
            self._ends[device] = [pair[1] for pair in pairs]

    def add(self, device: str, seq: int) -> bool:
        """Add one operation; False for one that is there already, which changes nothing."""
        ends = self._ends.get(device)
        if ends is None:
            self._starts[device], self._ends[device] = [seq], [seq]
            return True
        if ends[-1] == seq - 1:
            ends[-1] = seq
            return True
        starts = self._starts[device]
        index = bisect.bisect_right(starts, seq) - 1
        if index >= 0 and seq <= ends[index]:
            return False
        joins_left = index >= 0 and ends[index] == seq - 1
        joins_right = index + 1 < len(starts) and starts[index + 1] == seq + 1
        if joins_left and joins_right:
            ends[index] = ends.pop(index + 1)
            starts.pop(index + 1)
        elif joins_left:
            ends[index] = seq
        elif joins_right:
            starts[index + 1] = seq
        else:
            starts.insert(index + 1, seq)
            ends.insert(index + 1, seq)
        return True

    def holds(self, device: str, seq: int) -> bool:
        """Tell whether an operation is here."""
        ends = self._ends.get(device)
        if not ends or seq > ends[-1]:
            return False
        return self._starts[device][bisect.bisect_left(ends, seq)] <= seq

    def vector(self) -> dict[str, int]:
        """Return for each device the greatest number up to which none is missing; 0 where the first is missing."""
        return {device: ends[0] if self._starts[device][0] == 1 else 0 for device, ends in self._ends.items()}

    def last(self, device: str) -> int:
        """Return the greatest number of a device, 0 for none."""
        ends = self._ends.get(device)
        return ends[-1] if ends else 0

    def total(self) -> int:
        """Return how many operations are here."""
        return sum(
            end - start + 1
            for device, ends in self._ends.items()
            for start, end in zip(self._starts[device], ends, strict=True)
        )

    def ranges(self) -> dict[str, list[list[int]]]:
        """Return all ranges as plain lists, for the sidecar."""
        return {
            device: [list(pair) for pair in zip(starts, self._ends[device], strict=True)]
            for device, starts in self._starts.items()
        }
