"""The newest part of the state, which is in no run yet: records, plain documents and their index entries."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct, field

from fieldkit.model.document import Document, apply, deleted, fields
from fieldkit.model.operation import DELETED, Operation
from fieldkit.store.packing import decode, decode_document, encode_document, has_long_number, is_long_numbered
from fieldkit.store.postings import IndexSpec
from fieldkit.store.run import PURGED, Run, is_stub

__all__ = ["LiveIndex", "Memory", "RecordEntry", "indexed_fields", "plain_group", "record_group", "shown_fields"]

_RECORD_WEIGHT = 400
_LINE_WEIGHT = 300


def record_group(kind: str) -> str:
    """Return the group of a kind's records."""
    return "r:" + kind


def plain_group(name: str, epoch: int) -> str:
    """Return the group of a plain table; a table that was emptied begins a new epoch."""
    return f"p:{epoch}:{name}"


def shown_fields(group: str, document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what TinyDB sees of a document: the shown values of a record, or the plain document."""
    return {**fields(dict(document)), "id": document["id"]} if group.startswith("r:") else document


def indexed_fields(group: str, document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what indexes see: the shown fields, of a record also who began it and whether it is deleted."""
    row = shown_fields(group, document)
    if group.startswith("r:"):
        return {**row, "_actor": document["first"][1], DELETED: deleted(document)}
    return row


def _opened(base: bytes | None) -> tuple[Document | None, Any]:
    """Return the document to apply operations to; of a purged record that is none, beside the note of the purge."""
    if base is None:
        return None, None
    if is_stub(base):
        return None, decode(base)[PURGED]
    return decode_document(base), None


class RecordEntry(Struct):
    """A record: its document as JSON and the operations that are not folded in yet.

    Attributes:
        doc_id: Number of the record within its kind.
        base: The document without the waiting operations, None where it lies in a run or is not there yet.
        source: Run and place of an older state, read when it is needed.
        waiting: Operations that are not folded in.
        lines: Line numbers of operations that are not in ``source``.
    """

    doc_id: int
    base: bytes | None = None
    source: tuple[Run, int] | None = None
    waiting: list[Operation] = field(default_factory=list)
    lines: array[int] = field(default_factory=lambda: array("I"))

    def fold(self) -> bytes:
        """Return the document as JSON, with every waiting operation."""
        base = self.base
        if base is None and self.source is not None:
            base = self.source[0].document(self.source[1])
        if self.waiting or base is None:
            document, purged = _opened(base)
            has_long = base is not None and is_long_numbered(base)
            for operation in self.waiting:
                document = apply(document, operation)
                has_long = has_long or has_long_number(operation.value) or has_long_number(operation.seq)
            whole = document if purged is None else {**(document or {}), PURGED: purged}
            base = encode_document(whole, long_numbered=has_long)
            self.waiting = []
        self.base = base
        return base

    def all_lines(self) -> array[int]:
        """Return the line numbers of all operations."""
        if self.source is None:
            return array("I", self.lines)
        return self.source[0].lines(self.source[1]) + self.lines

    def count(self) -> int:
        """Return how many operations the record has."""
        return len(self.lines) + (0 if self.source is None else self.source[0].count_lines(self.source[1]))


class LiveIndex:
    """An index over the memory; brought up to date when it is asked."""

    __slots__ = ("by_document", "dirty", "ids")

    def __init__(self) -> None:
        self.ids: dict[bytes, set[int]] = {}
        self.by_document: dict[int, set[bytes]] = {}
        self.dirty: set[int] = set()

    def put(self, doc_id: int, keys: set[bytes]) -> None:
        """Replace the keys of a document."""
        for key in self.by_document.get(doc_id, set()) - keys:
            self.ids[key].discard(doc_id)
        for key in keys:
            self.ids.setdefault(key, set()).add(doc_id)
        self.by_document[doc_id] = keys

    def exact(self, key: bytes) -> Iterable[int]:
        """Return the ids of a key."""
        return self.ids.get(key, ())

    def between(self, low: bytes, high: bytes) -> Iterator[tuple[bytes, Iterable[int]]]:
        """Yield keys in a range with their ids, in order."""
        for key in sorted(key for key in self.ids if low <= key < high):
            yield key, self.ids[key]

    def falling(self, high: bytes) -> Iterator[tuple[bytes, Iterable[int]]]:
        """Yield keys below ``high`` with their ids, the greatest first."""
        for key in sorted((key for key in self.ids if key < high), reverse=True):
            yield key, self.ids[key]


class Memory:
    """Changes since the newest run.

    Attributes:
        records: Record -> entry.
        by_id: Group of records -> document id -> record.
        plain: Group of a plain table -> document id -> JSON text, empty for a removed document.
        lowest: Group -> lowest document id in here.
        weight: Rough bytes.
        first_line: Number of the first line that is in here and in no run.
    """

    def __init__(self, first_line: int = 1) -> None:
        self.records: dict[str, RecordEntry] = {}
        self.by_id: dict[str, dict[int, str]] = {}
        self.plain: dict[str, dict[int, bytes]] = {}
        self.indexes: dict[str, LiveIndex] = {}
        self.lowest: dict[str, int] = {}
        self.weight = 0
        self.first_line = first_line

    def __bool__(self) -> bool:
        return bool(self.records or self.plain)

    def add_record(self, record: str, group: str, entry: RecordEntry) -> None:
        """Add an entry."""
        self.records[record] = entry
        self.by_id.setdefault(group, {})[entry.doc_id] = record
        self.lowest[group] = min(entry.doc_id, self.lowest.get(group, entry.doc_id))
        self.weight += _RECORD_WEIGHT

    def put_plain(self, group: str, doc_id: int, raw: bytes) -> None:
        """Keep the newest state of a plain document, empty for a removed one."""
        self.plain.setdefault(group, {})[doc_id] = raw
        self.lowest[group] = min(doc_id, self.lowest.get(group, doc_id))
        self.weight += 200 + len(raw)

    def add_operation(self, entry: RecordEntry, number: int, operation: Operation) -> None:
        """Let an operation wait on its record."""
        entry.lines.append(number)
        entry.waiting.append(operation)
        value = operation.value
        self.weight += _LINE_WEIGHT + (len(value) if isinstance(value, str) else 0)

    def touch(self, specs: Iterable[IndexSpec], doc_id: int) -> None:
        """Note that a document must be indexed again."""
        for spec in specs:
            live = self.indexes.get(spec.key)
            if live is not None:
                live.dirty.add(doc_id)

    def has(self, group: str, doc_id: int) -> bool:
        """Tell whether the memory holds a newer state, or the removal, of a document."""
        return doc_id in (self.by_id if group.startswith("r:") else self.plain).get(group, ())

    def raw(self, group: str, doc_id: int) -> bytes | None:
        """Return a document as JSON, empty where it was removed, None where the memory does not hold it."""
        if group.startswith("r:"):
            record = self.by_id.get(group, {}).get(doc_id)
            return None if record is None else self.records[record].fold()
        return self.plain.get(group, {}).get(doc_id)

    def index(self, spec: IndexSpec, group: str) -> LiveIndex:
        """Return an index over the memory, up to date."""
        live = self.indexes.get(spec.key)
        if live is None:
            live = self.indexes[spec.key] = LiveIndex()
            live.dirty.update((self.by_id if group.startswith("r:") else self.plain).get(group, ()))
        for doc_id in live.dirty:
            raw = self.raw(group, doc_id)
            live.put(doc_id, spec.keys(indexed_fields(group, decode(raw))) if raw and not is_stub(raw) else set())
        live.dirty.clear()
        return live

    def take_back(self, older: Memory) -> None:
        """Take in an older memory that could not be written as a run."""
        for record, entry in older.records.items():
            if record not in self.records:
                self.add_record(record, record_group(record.partition("/")[0]), entry)
        for group, rows in older.plain.items():
            self.plain[group] = {**rows, **self.plain.get(group, {})}
            self.lowest[group] = min(self.plain[group])
        self.weight += older.weight
        self.first_line = older.first_line
        self.indexes.clear()
