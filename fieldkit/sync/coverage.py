"""Which operations of which devices: ranges of sequence numbers, and version vectors."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping

from fieldkit.errors import SyncError
from fieldkit.i18n import _
from fieldkit.model.ids import is_device_id

__all__ = ["Coverage", "Ranges", "parse_ranges", "parse_vector", "ranges_of"]

Ranges = dict[str, list[list[int]]]
"""Device -> sorted, disjoint ``[first, last]`` of sequence numbers."""


def ranges_of(identifiers: Iterable[tuple[str, int]]) -> Ranges:
    """Return the ranges of a set of operations given as device and sequence number."""
    numbers: dict[str, set[int]] = {}
    for device, seq in identifiers:
        numbers.setdefault(device, set()).add(seq)
    return {device: _joined([seq, seq] for seq in sorted(numbers[device])) for device in sorted(numbers)}


class Coverage:
    """A set of operations that grows by ranges and vectors and answers whether it holds one."""

    __slots__ = ("_ranges",)

    def __init__(self, ranges: Mapping[str, list[list[int]]] | None = None) -> None:
        self._ranges: Ranges = {}
        self.add(ranges or {})

    def add(self, ranges: Mapping[str, list[list[int]]]) -> None:
        """Add the operations of some ranges."""
        for device, more in ranges.items():
            self._ranges[device] = _joined(sorted([*self._ranges.get(device, []), *map(list, more)]))

    def add_vector(self, vector: Mapping[str, int]) -> None:
        """Add all operations up to the number of each device."""
        self.add({device: [[1, seq]] for device, seq in vector.items() if seq >= 1})

    def holds(self, device: str, seq: int) -> bool:
        """Tell whether an operation is in the set."""
        ranges = self._ranges.get(device)
        if not ranges:
            return False
        index = bisect_right(ranges, seq, key=lambda pair: pair[0])
        return index > 0 and seq <= ranges[index - 1][1]

    @property
    def ranges(self) -> Ranges:
        """Return the set as ranges."""
        return {device: [list(pair) for pair in pairs] for device, pairs in sorted(self._ranges.items())}

    def vector(self) -> dict[str, int]:
        """Return the highest number of each device below which nothing is missing."""
        return {device: pairs[0][1] for device, pairs in self._ranges.items() if pairs and pairs[0][0] == 1}

    def gaps(self) -> Ranges:
        """Return what is missing below the highest number of each device."""
        missing: Ranges = {}
        for device, pairs in self._ranges.items():
            after = 0
            for first, last in pairs:
                if first > after + 1:
                    missing.setdefault(device, []).append([after + 1, first - 1])
                after = last
        return missing

    def count(self) -> int:
        """Return the number of operations in the set."""
        return sum(last - first + 1 for pairs in self._ranges.values() for first, last in pairs)


def parse_vector(source: object, place: str) -> dict[str, int]:
    """Return a version vector from JSON.

    Raises:
        SyncError: SYNC-003, it has another form.
    """
    if not isinstance(source, Mapping):
        raise _malformed(place)
    for device, seq in source.items():
        if not is_device_id(device) or type(seq) is not int or seq < 0:
            raise _malformed(place)
    return dict(source)


def parse_ranges(source: object, place: str) -> Ranges:
    """Return ranges from JSON.

    Raises:
        SyncError: SYNC-003, they have another form.
    """
    if not isinstance(source, Mapping):
        raise _malformed(place)
    for device, pairs in source.items():
        if not is_device_id(device) or not isinstance(pairs, list):
            raise _malformed(place)
        for pair in pairs:
            if not (isinstance(pair, list) and len(pair) == 2 and all(type(seq) is int for seq in pair)):
                raise _malformed(place)
            if not 1 <= pair[0] <= pair[1]:
                raise _malformed(place)
    return {device: [list(pair) for pair in pairs] for device, pairs in source.items()}


def _joined(pairs: Iterable[list[int]]) -> list[list[int]]:
    result: list[list[int]] = []
    for first, last in pairs:
        if result and first <= result[-1][1] + 1:
            result[-1][1] = max(result[-1][1], last)
        else:
            result.append([first, last])
    return result


def _malformed(place: str) -> SyncError:
    return SyncError(
        "SYNC-003",
        _("This is no Fieldkit bundle: {member} has a wrong form").format(member=place),
        hint=_("Ask the sender to export again."),
        where={"member": place},
    )
