"""What the end of the journal means after a crash: a torn write is cut and kept aside, damage is refused."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from fieldkit.store.disk import Disk
from fieldkit.store.lines import valid_lines
from fieldkit.store.packing import Dictionary, unpack
from fieldkit.store.segment import Entry, Segment, damage

__all__ = ["Tail", "quarantine", "read_tail"]


class Tail(Struct):
    """The end of the growing segment.

    Attributes:
        size: Bytes that hold whole, committed groups.
        next_number: Number of the next line.
        torn: Bytes after ``size`` that are no committed group.
    """

    size: int
    next_number: int
    torn: int


def read_tail(segment: Segment, start: int, expected: int, names: Dictionary) -> tuple[Tail, list[Entry]]:
    """Read the growing segment from an offset to its committed end.

    Args:
        segment: The last segment.
        start: Offset of a line that begins a group, 0 for the header.
        expected: Number of the line at ``start``.
        names: Dictionary at ``start``; it learns on.

    Returns:
        The tail, and the entries of every whole group.

    Raises:
        StoreError: STORE-006, a damaged line stands before groups that are whole.
    """
    entries: list[Entry] = []
    group: list[Entry] = []
    offset, group_start, known = start, start, len(names)
    while offset < segment.size:
        line, end = segment.line_at(offset)
        if line is None or line.number != expected or line.part != len(group) + 1:
            break
        entry = Entry(
            line.number,
            line.kind,
            segment.open_payload(line),
            offset,
            end,
            line.first,
            line.part == line.parts,
        )
        group.append(entry)
        if entry.kind == b"o":
            unpack(entry.payload, names, learn=True)
        expected, offset = line.number + 1, end
        if entry.last:
            entries.extend(group)
            group, group_start, known = [], end, len(names)
    names.forget_from(known)
    next_number = expected - len(group)
    if group_start < segment.size:
        _refuse_damage(segment, offset, expected, next_number)
    return Tail(group_start, next_number, segment.size - group_start), entries


def _refuse_damage(segment: Segment, offset: int, expected: int, group_first: int) -> None:
    """Raise where a whole line of a later group follows: that group was written after this one was durable."""
    data = bytes(segment.content()[offset : segment.size])
    for _place, line in valid_lines(data, 0):
        if line.number > expected and line.first > max(expected, group_first):
            raise damage(segment.path, offset, expected)


def quarantine(disk: Disk, folder: Path, name: str, data: bytes) -> Path:
    """Keep the bytes of a torn write aside and return their file."""
    disk.make_folder(folder)
    disk.sync_folder(folder.parent)
    for attempt in range(10_000):
        path = folder / f"{name}-{attempt}.torn"
        if not path.exists():
            disk.write_whole(path, data)
            return path
    return folder
