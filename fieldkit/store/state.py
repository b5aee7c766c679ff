"""What the journal's lines amount to: documents of records and of plain tables, as bytes until somebody reads them."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from fieldkit.model.clock import hlc_key
from fieldkit.model.document import Document, apply
from fieldkit.model.operation import Json, Operation
from fieldkit.store.held import Held
from fieldkit.store.journal import Replayed
from fieldkit.store.packing import decode, encode
from fieldkit.store.patch import apply_patch

__all__ = ["PlainTable", "RecordEntry", "State"]

_FOLD_AT = 24
"""Operations that may wait on a record before its document is computed anew."""


@dataclass(slots=True)
class RecordEntry:
    """A record: its document as JSON and the operations that are not folded in yet.

    Attributes:
        doc_id: Number of the record within its kind, for the TinyDB interface.
        base: The document without the waiting operations, None where there is none yet.
        waiting: Operations that are not folded in.
        lines: Numbers of the journal's lines that hold the record's operations.
    """

    doc_id: int
    base: bytes | None = None
    waiting: list[Operation] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


@dataclass(slots=True)
class PlainTable:
    """A table that never leaves the device.

    Attributes:
        docs: Document id -> JSON text.
        next_id: Next free document id.
    """

    docs: dict[int, bytes] = field(default_factory=dict)
    next_id: int = 1


class State:
    """The result of all lines; every reader gets objects of its own."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.records: dict[str, RecordEntry] = {}
        self.by_id: dict[str, dict[int, str]] = {}
        self.plain: dict[str, PlainTable] = {}
        self.held = Held()
        self.last_hlc = "0.0"
        self._last_key = (0, 0)
        self.operations = 0

    # Changes, in the order of the journal

    def consume(self, line: Replayed) -> None:
        """Apply one durable line."""
        with self.lock:
            if isinstance(line.content, Operation):
                self._take(line.number, line.content)
            else:
                self._take_plain(line.kind, decode(line.content))

    def take_all(self, numbers: Sequence[int], operations: Sequence[Operation]) -> None:
        """Apply operations that just became durable."""
        with self.lock:
            for number, operation in zip(numbers, operations, strict=True):
                self._take(number, operation)

    def _take(self, number: int, operation: Operation) -> None:
        if self.held.holds(operation.device, operation.seq):
            return
        self.held.add(operation.device, operation.seq)
        self.operations += 1
        key = hlc_key(operation.hlc)
        if key > self._last_key:
            self._last_key, self.last_hlc = key, operation.hlc
        entry = self.records.get(operation.record)
        if entry is None:
            entry = self._new_entry(operation.record)
        entry.lines.append(number)
        entry.waiting.append(operation)
        if len(entry.waiting) >= _FOLD_AT:
            self._fold(entry)

    def _new_entry(self, record: str) -> RecordEntry:
        ids = self.by_id.setdefault(record.partition("/")[0], {})
        entry = RecordEntry(len(ids) + 1)
        ids[entry.doc_id] = record
        self.records[record] = entry
        return entry

    def _fold(self, entry: RecordEntry) -> bytes:
        if entry.waiting or entry.base is None:
            document: Document | None = None if entry.base is None else decode(entry.base)
            for operation in entry.waiting:
                document = apply(document, operation)
            entry.base = encode(document)
            entry.waiting = []
        return entry.base

    def _take_plain(self, kind: bytes, content: list[Any]) -> None:
        name = content[0]
        if kind == b"t":
            self.plain.pop(name, None)
            return
        table = self.plain.setdefault(name, PlainTable())
        if kind == b"p":
            table.docs[content[1]] = encode(content[2])
            table.next_id = max(table.next_id, content[1] + 1)
        elif kind == b"u":
            table.docs[content[1]] = encode(apply_patch(decode(table.docs[content[1]]), content[2]))
        elif kind == b"d":
            table.docs.pop(content[1], None)
        elif kind == b"c":
            table.docs.clear()
            table.next_id = 1
        elif kind == b"n":
            table.next_id = max(table.next_id, content[1])

    # Records

    def document(self, record: str) -> Document | None:
        """Return a record's document, None where it has no operation."""
        with self.lock:
            entry = self.records.get(record)
            raw = None if entry is None else self._fold(entry)
        return None if raw is None else decode(raw)

    def documents(self, kind: str) -> Iterator[tuple[int, Document]]:
        """Yield number and document of every record of a kind, in the order of their first operations."""
        for doc_id in self.record_ids(kind):
            document = self.document_by_id(kind, doc_id)
            if document is not None:
                yield doc_id, document

    def document_by_id(self, kind: str, doc_id: int) -> Document | None:
        """Return the document of a record's number."""
        with self.lock:
            record = self.by_id.get(kind, {}).get(doc_id)
        return None if record is None else self.document(record)

    def record_ids(self, kind: str) -> list[int]:
        """Return the numbers of a kind's records."""
        with self.lock:
            return list(self.by_id.get(kind, ()))

    def count_records(self, kind: str) -> int:
        """Return how many records of a kind there are."""
        with self.lock:
            return len(self.by_id.get(kind, ()))

    def kinds(self) -> list[str]:
        """Return the kinds that have records."""
        with self.lock:
            return list(self.by_id)

    def lines_of(self, record: str) -> list[int]:
        """Return the journal's line numbers of a record's operations."""
        with self.lock:
            entry = self.records.get(record)
            return [] if entry is None else list(entry.lines)

    def count_operations(self, record: str) -> int:
        """Return how many operations a record has."""
        with self.lock:
            entry = self.records.get(record)
            return 0 if entry is None else len(entry.lines)

    # Plain tables

    def plain_names(self) -> list[str]:
        """Return the names of the plain tables."""
        with self.lock:
            return list(self.plain)

    def plain_ids(self, name: str) -> list[int]:
        """Return the document ids of a plain table in the order of their insertion."""
        with self.lock:
            table = self.plain.get(name)
            return list(table.docs) if table is not None else []

    def plain_raw(self, name: str, doc_id: int) -> bytes | None:
        """Return a plain document's JSON text."""
        with self.lock:
            table = self.plain.get(name)
            return None if table is None else table.docs.get(doc_id)

    def plain_count(self, name: str) -> int:
        """Return how many documents a plain table has."""
        with self.lock:
            table = self.plain.get(name)
            return 0 if table is None else len(table.docs)

    def next_id(self, name: str) -> int:
        """Return the next free document id of a plain table."""
        with self.lock:
            table = self.plain.get(name)
            return 1 if table is None else table.next_id

    def summary(self) -> dict[str, Json]:
        """Return counts for ``doctor``."""
        with self.lock:
            return {
                "operations": self.operations,
                "records": {kind: len(ids) for kind, ids in self.by_id.items()},
                "tables": {name: len(table.docs) for name, table in self.plain.items()},
            }
