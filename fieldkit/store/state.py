"""What the journal's lines amount to: documents in layers, the newest in memory, the others in runs."""

from __future__ import annotations

import threading
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import merge
from typing import Any, TypeVar

from msgspec import Struct

from fieldkit.model.clock import hlc_key
from fieldkit.model.document import Document
from fieldkit.model.operation import Json, Operation
from fieldkit.store.held import Held
from fieldkit.store.journal import Replayed
from fieldkit.store.memory import Memory, RecordEntry, plain_group, record_group
from fieldkit.store.packing import decode, decode_document, encode_document
from fieldkit.store.patch import apply_patch
from fieldkit.store.postings import IndexSpec
from fieldkit.store.purging import take_purged
from fieldkit.store.run import Run, RunDamagedError, is_stub, name_in
from fieldkit.store.shown import shown_row, shown_rows

__all__ = ["BLOCK", "PlainTable", "State"]

T = TypeVar("T")

_FOLD_AT = 256
"""Operations that may wait on a record before its document is computed anew."""

_CHUNK = 128
"""Documents that are fetched together, so that a reader holds the lock only briefly."""

_NO_COUNTERS: dict[str, Any] = {
    "held": {},
    "hlc": "0.0",
    "operations": 0,
    "dead_lines": 0,
    "next_ids": {},
    "plain": {},
    "blocks": [],
    "purged": {},
    "purging": 0,
}

BLOCK = 1 << 14
"""Lines of the journal whose devices are summed up together, so that ``since`` can pass over them."""


class PlainTable(Struct):
    """A table that never leaves the device.

    Attributes:
        epoch: Line that began it; older documents of the name are gone.
        next_id: Next free document id.
        count: Documents in it.
    """

    epoch: int
    next_id: int = 1
    count: int = 0

    def group(self, name: str) -> str:
        """Return the group of its documents."""
        return plain_group(name, self.epoch)


class State:
    """The result of all lines; every reader gets objects of its own.

    Attributes:
        memory: What is in no run yet.
        frozen: What is being written as a run.
        runs: Runs, the newest first.
        dead_lines: Lines of plain tables that later ones replaced, since the last compaction.
        purged: Kind -> records of which only the note of a purge is left.
        purging: Line of the last purge whose operations may still lie in older segments, 0 where none do.
        healings: How often the layers were replaced by what the journal says.
        heal: Does that when a run is damaged; is given ``healings`` of the moment when the run was read.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.memory = Memory()
        self.frozen: Memory | None = None
        self.runs: list[Run] = []
        self.next_ids: dict[str, int] = {}
        self.plain: dict[str, PlainTable] = {}
        self.held = Held()
        self.last_hlc = "0.0"
        self._last_key = (0, 0)
        self.operations = 0
        self.dead_lines = 0
        self.blocks: dict[int, dict[str, int]] = {}
        self.purged: dict[str, int] = {}
        self.purging = 0
        self.specs: dict[str, list[IndexSpec]] = {}
        self.healings = 0
        self.heal: Callable[[int], None] = _cannot_heal
        self._consumer = 0

    def define(self, spec: IndexSpec) -> None:
        """Keep an index from now on, instead of another one of its name."""
        specs = self.specs.setdefault(spec.kind, [])
        specs[:] = [known for known in specs if known.name != spec.name] + [spec]

    # Changes, in the order of the journal

    def consume(self, line: Replayed) -> None:
        """Apply one durable line."""
        with self.lock:
            self._consumer = threading.get_ident()
            try:
                if isinstance(line.content, Operation):
                    self._take(line.number, line.content)
                elif line.kind == b"x":
                    take_purged(self, line.number, decode(line.content))
                else:
                    self._take_plain(line.number, line.kind, decode(line.content))
            except RunDamagedError:
                self.heal(self.healings)
            finally:
                self._consumer = 0

    def take_all(self, numbers: Sequence[int], operations: Sequence[Operation]) -> None:
        """Apply operations that just became durable."""
        with self.lock:
            try:
                for number, operation in zip(numbers, operations, strict=True):
                    self._take(number, operation)
            except RunDamagedError:
                self.heal(self.healings)

    def _take(self, number: int, operation: Operation) -> None:
        device, seq = operation.device, operation.seq
        if not self.held.add(device, seq):
            return
        self.operations += 1
        self.note_stamp(operation.hlc)
        block = self.blocks.get(number // BLOCK)
        if block is None:
            block = self.blocks[number // BLOCK] = {}
        if block.get(device, 0) < seq:
            block[device] = seq
        kind = operation.record.partition("/")[0]
        entry = self.memory.records.get(operation.record)
        if entry is None:
            entry = self.bring(operation.record, kind)
        if self.purged.get(kind) and not entry.count() and (entry.base is not None or entry.source is not None):
            self.purged[kind] -= 1
        self.memory.add_operation(entry, number, operation)
        self.memory.touch(self.specs.get(kind, ()), entry.doc_id)
        if len(entry.waiting) >= _FOLD_AT:
            entry.fold()

    def note_stamp(self, hlc: str) -> None:
        """Keep the greatest stamp."""
        key = hlc_key(hlc)
        if key > self._last_key:
            self._last_key, self.last_hlc = key, hlc

    def bring(self, record: str, kind: str) -> RecordEntry:
        """Return a new entry in the memory, based on what the older layers hold of the record."""
        group = record_group(kind)
        older = None if self.frozen is None else self.frozen.records.get(record)
        if older is not None:
            entry = RecordEntry(older.doc_id, older.fold(), None, [], older.all_lines())
        else:
            found = self._in_runs(record)
            if found is None:
                entry = RecordEntry(self.next_ids.get(kind, 1))
                self.next_ids[kind] = entry.doc_id + 1
            else:
                run, slot, _raw = found
                entry = RecordEntry(run.doc_id(slot), None, (run, slot))
        self.memory.add_record(record, group, entry)
        return entry

    def _take_plain(self, number: int, kind: bytes, content: list[Any]) -> None:
        name = content[0]
        if kind in (b"t", b"c"):
            gone = self.plain.pop(name, None)
            self.dead_lines += 0 if gone is None else gone.count
            if kind == b"c":
                self.plain[name] = PlainTable(number)
            return
        table = self.plain.get(name)
        if table is None:
            table = self.plain[name] = PlainTable(number)
        if kind == b"n":
            table.next_id = max(table.next_id, content[1])
            return
        doc_id = content[1]
        before = self._plain_raw(table.group(name), doc_id) if doc_id < table.next_id else None
        if kind == b"p":
            after = encode_document(content[2])
        elif kind == b"u" and before:
            after = encode_document(apply_patch(decode_document(before), content[2]))
        else:
            after = b""
        table.count += bool(after) - bool(before)
        self.dead_lines += bool(before)
        table.next_id = max(table.next_id, doc_id + 1)
        self.memory.put_plain(table.group(name), doc_id, after)
        self.memory.touch(self.specs.get(name, ()), doc_id)

    # Layers

    def layers(self) -> list[Memory]:
        """Return the layers that are in memory, the newest first."""
        return [self.memory] if self.frozen is None else [self.memory, self.frozen]

    def _in_runs(self, record: str) -> tuple[Run, int, bytes] | None:
        for run in self.runs:
            found = run.find(record)
            if found is not None:
                return run, *found
        return None

    def raw(self, group: str, doc_id: int) -> bytes | None:
        """Return a document as JSON by group and id, None where there is none."""
        raw = self.healing(lambda: self._plain_raw(group, doc_id))
        return None if not raw or self._is_purged(group, raw) else raw

    def raws(self, group: str, ids: Sequence[int]) -> list[tuple[int, bytes]]:
        """Return several documents as JSON with their ids, without those that are not there."""
        found = self.every_raw(group, ids)
        if not self.purged:
            return found
        return [(doc_id, raw) for doc_id, raw in found if not self._is_purged(group, raw)]

    def rows(self, group: str, ids: Sequence[int]) -> Iterable[tuple[int, dict[str, Json]]]:
        """Return what TinyDB sees of several documents, with their ids, without those that are not there."""
        short = self.healing(lambda: self._short(group, ids))
        if short is not None:
            return zip(ids, shown_rows(short), strict=True)
        return ((doc_id, shown_row(group, raw)) for doc_id, raw in self.raws(group, ids))

    def _short(self, group: str, ids: Sequence[int]) -> list[bytes] | None:
        """Return the shown values that lie beside the documents; None unless one run has those of all."""
        if self.purged or any(group in layer.by_id or group in layer.plain for layer in self.layers()):
            return None
        for run in self.runs:
            held, slots = run.places(group, ids)
            if held:
                short = run.shown(slots) if len(held) == len(ids) else []
                return short if short and all(short) else None
        return None

    def every_raw(self, group: str, ids: Sequence[int]) -> list[tuple[int, bytes]]:
        """Return several documents as JSON with their ids, notes of purged records among them."""
        return self.healing(lambda: self._raws(group, ids))

    def _is_purged(self, group: str, raw: bytes) -> bool:
        return bool(self.purged) and group.startswith("r:") and is_stub(raw)

    def _raws(self, group: str, ids: Sequence[int]) -> list[tuple[int, bytes]]:
        found: dict[int, bytes] = {}
        wanted = ids
        for layer in self.layers():
            if group in layer.by_id or group in layer.plain:
                here = {doc_id: raw for doc_id in wanted if (raw := layer.raw(group, doc_id)) is not None}
                found.update(here)
                wanted = [doc_id for doc_id in wanted if doc_id not in here]
        for run in self.runs:
            if not wanted:
                break
            held, slots = run.places(group, wanted)
            if held:
                raws = run.raws(slots)
                pairs = zip(held, raws, strict=True)
                if len(held) == len(ids):
                    return list(pairs) if all(raws) else [pair for pair in pairs if pair[1]]
                found.update(pairs)
                wanted = [doc_id for doc_id in wanted if doc_id not in found]
        return [(doc_id, raw) for doc_id in ids if (raw := found.get(doc_id))]

    def _plain_raw(self, group: str, doc_id: int) -> bytes | None:
        for layer in self.layers():
            raw = layer.raw(group, doc_id)
            if raw is not None:
                return raw
        for run in self.runs:
            slot = run.slot_of(group, doc_id)
            if slot >= 0:
                return run.document(slot)
        return None

    def healing(self, read: Callable[[], T]) -> T:
        """Read under the lock; a damaged run is replaced first, without holding the lock, and read again."""
        seen = 0
        try:
            with self.lock:
                seen = self.healings
                return read()
        except RunDamagedError:
            if self._consumer == threading.get_ident():
                # The line that is being applied is in the journal: whoever applies it heals, and does not go on.
                raise
            self.heal(seen)
        with self.lock:
            return read()

    # Records

    def document(self, record: str) -> Document | None:
        """Return a record's document, None where it has no operation."""
        raw = self.healing(lambda: self._record_raw(record))
        return None if raw is None or (self.purged and is_stub(raw)) else decode_document(raw)

    def _entry(self, record: str) -> RecordEntry | None:
        for layer in self.layers():
            entry = layer.records.get(record)
            if entry is not None:
                return entry
        return None

    def _record_raw(self, record: str) -> bytes | None:
        entry = self._entry(record)
        if entry is not None:
            return entry.fold()
        found = self._in_runs(record)
        return None if found is None else found[2]

    def documents(self, kind: str) -> Iterator[tuple[int, Document]]:
        """Yield number and document of every record of a kind, in the order of their first operations."""
        ids, group = self.record_ids(kind), record_group(kind)
        for start in range(0, len(ids), _CHUNK):
            for doc_id, raw in self.raws(group, ids[start : start + _CHUNK]):
                yield doc_id, decode_document(raw)

    def documents_at(self, kind: str, numbers: Sequence[int]) -> Iterator[tuple[int, Document]]:
        """Yield number and document of some records of a kind, in the order asked for."""
        for start in range(0, len(numbers), _CHUNK):
            for number, raw in self.raws(record_group(kind), numbers[start : start + _CHUNK]):
                yield number, decode_document(raw)

    def record_name(self, kind: str, doc_id: int) -> str | None:
        """Return the name of a record's number."""
        group = record_group(kind)
        with self.lock:
            for layer in self.layers():
                name = layer.by_id.get(group, {}).get(doc_id)
                if name is not None:
                    return name
        raw = self.raw(group, doc_id)
        return None if raw is None else name_in(raw)

    def record_ids(self, kind: str) -> range:
        """Return the numbers of a kind's records."""
        return range(1, self.next_ids.get(kind, 1))

    def count_records(self, kind: str) -> int:
        """Return how many records of a kind there are."""
        return self.next_ids.get(kind, 1) - 1 - self.purged.get(kind, 0)

    def kinds(self) -> list[str]:
        """Return the kinds that have records."""
        with self.lock:
            return list(self.next_ids)

    def lines_of(self, record: str) -> array[int]:
        """Return the journal's line numbers of a record's operations."""
        return self.healing(lambda: self._lines_of(record))

    def _lines_of(self, record: str) -> array[int]:
        entry = self._entry(record)
        if entry is not None:
            return entry.all_lines()
        found = self._in_runs(record)
        return array("I") if found is None else found[0].lines(found[1])

    def count_operations(self, record: str) -> int:
        """Return how many operations a record has."""
        return self.healing(lambda: self._count_operations(record))

    def _count_operations(self, record: str) -> int:
        entry = self._entry(record)
        if entry is not None:
            return entry.count()
        found = self._in_runs(record)
        return 0 if found is None else found[0].count_lines(found[1])

    # Plain tables

    def plain_names(self) -> list[str]:
        """Return the names of the plain tables."""
        with self.lock:
            return list(self.plain)

    def plain_ids(self, name: str) -> Iterator[int]:
        """Return the document ids of a plain table, rising."""
        with self.lock:
            table = self.plain.get(name)
            if table is None:
                return iter(())
            group = table.group(name)
            parts: list[Any] = [sorted(layer.plain.get(group, ())) for layer in self.layers()]
            parts.extend(run.ids(group) for run in self.runs)
            return self._existing(group, parts)

    def _existing(self, group: str, parts: list[Any]) -> Iterator[int]:
        previous = 0
        for doc_id in merge(*parts) if len(parts) > 1 else parts[0]:
            if doc_id != previous and self.raw(group, doc_id):
                yield doc_id
            previous = doc_id

    def plain_raw(self, name: str, doc_id: int) -> bytes | None:
        """Return a plain document's JSON text."""
        table = self.plain.get(name)
        return None if table is None or doc_id >= table.next_id else self.raw(table.group(name), doc_id)

    def plain_count(self, name: str) -> int:
        """Return how many documents a plain table has."""
        with self.lock:
            table = self.plain.get(name)
            return 0 if table is None else table.count

    def next_id(self, name: str) -> int:
        """Return the next free document id of a plain table."""
        with self.lock:
            table = self.plain.get(name)
            return 1 if table is None else table.next_id

    # Counters, for the sidecar and for people

    def counters(self) -> dict[str, Json]:
        """Return everything beside the documents, as JSON."""
        return {
            "held": self.held.ranges(),
            "hlc": self.last_hlc,
            "operations": self.operations,
            "dead_lines": self.dead_lines,
            "next_ids": dict(self.next_ids),
            "plain": {name: [table.epoch, table.next_id, table.count] for name, table in self.plain.items()},
            "blocks": [[number, dict(devices)] for number, devices in self.blocks.items()],
            "purged": dict(self.purged),
            "purging": self.purging,
        }

    def load_counters(self, counters: dict[str, Any]) -> None:
        """Take counters from a run."""
        self.held = Held(counters["held"])
        self.last_hlc = counters["hlc"]
        self._last_key = hlc_key(self.last_hlc)
        self.operations = counters["operations"]
        self.dead_lines = counters["dead_lines"]
        self.next_ids = dict(counters["next_ids"])
        self.plain = {name: PlainTable(*numbers) for name, numbers in counters["plain"].items()}
        self.blocks = {number: dict(devices) for number, devices in counters["blocks"]}
        self.purged = dict(counters.get("purged", {}))
        self.purging = counters.get("purging", 0)

    def clear(self) -> None:
        """Forget everything but the index definitions."""
        self.memory, self.frozen, self.runs = Memory(), None, []
        self.load_counters(_NO_COUNTERS)

    def become(self, other: State) -> None:
        """Take over all that another state holds, which nobody else knows; readers see the one or the other."""
        with self.lock:
            self.memory, self.frozen, self.runs = other.memory, None, []
            self.held, self.last_hlc, self._last_key = other.held, other.last_hlc, other._last_key
            self.operations, self.dead_lines = other.operations, other.dead_lines
            self.next_ids, self.plain, self.blocks = other.next_ids, other.plain, other.blocks
            self.purged, self.purging = other.purged, other.purging
            self.healings += 1

    def summary(self) -> dict[str, Json]:
        """Return counts for ``doctor``."""
        with self.lock:
            return {
                "operations": self.operations,
                "records": {kind: self.count_records(kind) for kind in self.next_ids},
                "tables": {name: table.count for name, table in self.plain.items()},
            }


def _cannot_heal(_seen: int) -> None:
    raise RunDamagedError("no journal to heal from")
