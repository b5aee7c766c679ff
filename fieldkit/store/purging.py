"""Removes the operations of records for good: first a line that says so, then the old segments are written anew.

The line (kind ``x``) is durable before anything is removed and says all that stays: which operations were there (they
count as held for ever), the record's digest and a summary. Whatever is interrupted is completed at the next opening.
"""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from fieldkit.model.operation import Json, Operation
from fieldkit.store.held import Held
from fieldkit.store.lines import format_line
from fieldkit.store.memory import RecordEntry, record_group
from fieldkit.store.packing import Dictionary, decode, encode, pack, unpack
from fieldkit.store.run import PURGED
from fieldkit.store.segment import Segment, file_name

if TYPE_CHECKING:
    from fieldkit.store.journal import Journal
    from fieldkit.store.state import State

__all__ = [
    "Dead",
    "dead_operations",
    "is_dead",
    "is_unfinished",
    "operations_of",
    "purged_rows",
    "removed_operations",
    "sweep",
    "take_purged",
]

Dead = Mapping[str, Held]
"""Purged record -> its operations that were removed."""

_CHUNK: Final = 128
_ROOM: Final = 1.2
"""A segment is written anew only where this many times its size is free."""


def take_purged(state: State, number: int, content: list[Any]) -> None:
    """Apply a line of kind ``x`` to the state: the record is gone, its operations count as held."""
    record, row = str(content[0]), content[1]
    for device, pairs in row["ranges"].items():
        for first, last in pairs:
            for seq in range(first, last + 1):
                if not state.held.holds(device, seq):
                    state.held.add(device, seq)
                    state.operations += 1
    state.note_stamp(str(row.get("last", "0.0")))
    kind = record.partition("/")[0]
    entry = state.memory.records.get(record) or state.bring(record, kind)
    if entry.count() or (entry.base is None and entry.source is None):
        state.purged[kind] = state.purged.get(kind, 0) + 1
    group = record_group(kind)
    state.memory.add_record(record, group, RecordEntry(entry.doc_id, encode({"id": record, PURGED: row})))
    state.memory.touch(state.specs.get(kind, ()), entry.doc_id)
    state.purging = number


def purged_rows(state: State) -> Iterator[tuple[str, dict[str, Json]]]:
    """Yield each purged record with what its line says; operations that came later do not change that."""
    for kind in list(state.purged):
        group, ids = record_group(kind), state.record_ids(kind)
        for start in range(0, len(ids), _CHUNK):
            for _doc_id, raw in state.every_raw(group, ids[start : start + _CHUNK]):
                document = decode(raw)
                if PURGED in document:
                    yield document["id"], document[PURGED]


def removed_operations(state: State, kind: str, doc_id: int) -> int:
    """Return how many operations of a record a purge removed."""
    for _doc_id, raw in state.every_raw(record_group(kind), [doc_id]):
        row = decode(raw).get(PURGED)
        return 0 if row is None else sum(last - first + 1 for pairs in row["ranges"].values() for first, last in pairs)
    return 0


def dead_operations(state: State) -> Dead:
    """Return which operations of which records were removed."""
    return {record: Held(row["ranges"]) for record, row in purged_rows(state)}


def is_dead(dead: Dead, operation: Operation) -> bool:
    """Tell whether an operation was removed by a purge."""
    held = dead.get(operation.record)
    return held is not None and held.holds(operation.device, operation.seq)


def operations_of(state: State, journal: Journal, first: int = 0, end: int | None = None) -> Iterator[Operation]:
    """Yield the operations of some lines without those that a purge removed and whose lines are still there."""
    dead = dead_operations(state) if state.purging else {}
    for operation in journal.operations(first, end):
        if not dead or not is_dead(dead, operation):
            yield operation


def sweep(journal: Journal, state: State) -> int:
    """Write every closed segment that still holds removed operations anew, and return how many lines went.

    Each new file stands whole and durable under its name before the old one goes.

    Raises:
        OSError: No room or a failing medium; the next opening goes on.
    """
    dead = dead_operations(state)
    gone = sum(_rewrite(journal, segment, dead) for segment in _concerned(journal, state, dead))
    state.purging = 0
    return gone


def is_unfinished(journal: Journal, state: State) -> bool:
    """Tell whether operations of purged records still lie in the journal."""
    dead = dead_operations(state) if state.purging else {}
    return any(_without(journal, segment, dead)[1] for segment in _concerned(journal, state, dead))


def _concerned(journal: Journal, state: State, dead: Dead) -> list[Segment]:
    """Return the closed segments before the last purge that name one of its records."""
    closed = [segment for segment in journal.segments if segment.first < state.purging and segment.is_closed]
    return [segment for segment in closed if not dead.keys().isdisjoint(segment.footer()["names"])]


def _rewrite(journal: Journal, segment: Segment, dead: Dead) -> int:
    data, gone = _without(journal, segment, dead)
    if not gone:
        return 0
    if journal.disk.free(journal.folder) < _ROOM * len(data):
        raise OSError(errno.ENOSPC, "no room to write a segment anew")
    path = journal.folder / file_name(segment.number, segment.generation + 1)
    journal.disk.write_whole(path, data)
    fresh = Segment(path, segment.number, segment.generation + 1, len(data), segment.cipher, journal.disk)
    fresh.read_header()
    fresh.find_end(verified=True)
    journal.swap(segment, fresh)
    return gone


def _without(journal: Journal, segment: Segment, dead: Dead) -> tuple[bytes, int]:
    """Return a segment's bytes without removed operations, and how many those are.

    The other operations are packed anew with a dictionary of their own, because a line that goes may be the one that
    said what a number stands for. All lines keep their numbers.
    """
    assert segment.end_number is not None
    content, known, names = segment.content(), segment.dictionary(), Dictionary()
    lines: list[bytes] = []
    gone = 0
    for entry in segment.entries(0):
        if entry.kind in (b"H", b"S"):
            continue
        raw = content[entry.offset : entry.end]
        if entry.kind == b"o":
            operation = unpack(entry.payload, known, learn=False)
            if is_dead(dead, operation):
                gone += 1
                continue
            raw = journal.line(entry.number, b"o", pack(operation, names), raw.split(b" ", 3)[2])
        lines.append(raw)
    header = {**segment.header, "generation": segment.generation + 1}
    body = format_line(segment.first, b"H", encode(header)) + b"".join(lines)
    footer: dict[str, Json] = {
        "names": list(names.names),
        "sha256": hashlib.sha256(body).hexdigest(),
        "lines": len(lines) + 1,
    }
    return body + journal.line(segment.end_number, b"S", encode(footer)), gone
