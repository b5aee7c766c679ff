"""Gives back the room of plain documents that were replaced or removed, one closed segment at a time.

Operations are never touched: their lines are copied byte by byte, with their numbers.
"""

from __future__ import annotations

import hashlib
from typing import Final

from msgspec import Struct, field

from fieldkit.store.journal import Journal
from fieldkit.store.lines import format_line
from fieldkit.store.packing import decode, encode
from fieldkit.store.segment import Segment, file_name
from fieldkit.store.state import State

__all__ = ["Plan", "compact_one", "plan_compaction"]

_WORTH: Final = 0.3
"""Share of a segment that must be dead before it is written anew."""
_ROOM: Final = 3
"""Compaction starts only where this many times the segment is free."""


class Plan(Struct):
    """What can go.

    Attributes:
        newest: (table, document id) -> number of the line that says all of it.
        epochs: Table -> line that began it.
        worth: Segments to write anew, the oldest first.
    """

    newest: dict[tuple[str, int], int] = field(default_factory=dict)
    epochs: dict[str, int] = field(default_factory=dict)
    worth: list[int] = field(default_factory=list)

    def is_dead(self, number: int, kind: bytes, content: list[object]) -> bool:
        """Tell whether later lines have replaced all that a line says."""
        if kind not in (b"p", b"u", b"d"):
            return False
        name = str(content[0])
        epoch = self.epochs.get(name)
        if epoch is None or number < epoch:
            return True
        return number < self.newest.get((name, int(str(content[1]))), 0)


def plan_compaction(journal: Journal, state: State) -> Plan:
    """Read the journal once and return which closed segments are worth writing anew."""
    with state.lock:
        plan = Plan(epochs={name: table.epoch for name, table in state.plain.items()})
    bytes_of: dict[int, list[tuple[int, tuple[str, int], int]]] = {}
    for segment in list(journal.segments):
        for entry in segment.entries(0):
            if entry.kind not in (b"p", b"u", b"d"):
                continue
            content = decode(entry.payload)
            key = (content[0], content[1])
            if entry.kind != b"u":
                plan.newest[key] = entry.number
            bytes_of.setdefault(segment.number, []).append((entry.number, key, entry.end - entry.offset))
    for segment in list(journal.segments)[:-1]:
        dead = sum(
            length
            for number, key, length in bytes_of.get(segment.number, ())
            if number < plan.newest.get(key, 0) or number < plan.epochs.get(key[0], number + 1)
        )
        if segment.is_closed and dead > _WORTH * segment.size:
            plan.worth.append(segment.number)
    return plan


def compact_one(journal: Journal, plan: Plan, number: int) -> int:
    """Write one closed segment anew without its dead lines and return the bytes that it gave back.

    The new file stands whole and durable under its name before the old one goes.

    Raises:
        OSError: No room or a failing medium; the old segment stays.
    """
    segment = next(item for item in journal.segments if item.number == number)
    disk = journal.disk
    if not segment.is_closed or disk.free(journal.folder) < _ROOM * segment.size:
        return 0
    data = _rewritten(journal, segment, plan)
    path = journal.folder / file_name(number, segment.generation + 1)
    disk.write_whole(path, data)
    fresh = Segment(path, number, segment.generation + 1, len(data), segment.cipher, disk)
    fresh.read_header()
    fresh.find_end(verified=True)
    journal.swap(segment, fresh)
    return segment.size - len(data)


def _rewritten(journal: Journal, segment: Segment, plan: Plan) -> bytes:
    assert segment.end_number is not None
    content = segment.content()
    lines: list[bytes] = []
    next_ids: dict[str, int] = {}
    kept = 0
    for entry in segment.entries(0):
        if entry.kind in (b"H", b"S"):
            continue
        row = [] if entry.kind == b"o" else decode(entry.payload)
        if not plan.is_dead(entry.number, entry.kind, row):
            lines.append(content[entry.offset : entry.end])
            kept += 1
            continue
        name = str(row[0])
        if row[1] + 1 > next_ids.get(name, 0) and entry.number >= plan.epochs.get(name, entry.number + 1):
            # The highest id of a removed document must stay known, or it would be given again.
            next_ids[name] = row[1] + 1
            lines.append(journal.line(entry.number, b"n", encode([name, row[1] + 1])))
            kept += 1
    header = {**segment.header, "generation": segment.generation + 1}
    body = format_line(segment.first, b"H", encode(header)) + b"".join(lines)
    footer = {
        "names": segment.footer()["names"],
        "sha256": hashlib.sha256(body).hexdigest(),
        "lines": kept + 1,
    }
    return body + journal.line(segment.end_number, b"S", encode(footer))
