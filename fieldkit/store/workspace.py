"""The store of a workspace, as services see it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from tinydb.table import Table

from fieldkit.errors import StoreError
from fieldkit.i18n import _
from fieldkit.model.document import Document
from fieldkit.model.operation import Json, Operation
from fieldkit.store import columns, lookup
from fieldkit.store.disk import is_full
from fieldkit.store.engine import Engine
from fieldkit.store.failures import disk_full, write_failed
from fieldkit.store.identity import Identity, Mark
from fieldkit.store.lock import Holder, WorkspaceLock
from fieldkit.store.postings import IndexSpec
from fieldkit.store.purging import operations_of, purged_rows
from fieldkit.store.state import BLOCK
from fieldkit.store.tables import LogTinyDB, RecordTable

if TYPE_CHECKING:
    from fieldkit.store.mirror import Mirror

__all__ = ["KINDS", "Store"]

KINDS: Final = frozenset(
    {
        "subject", "form", "visit", "finding", "note", "evidence", "campaign", "assignment",
        "ledger", "rating", "receipt", "conflict", "link", "plan",
    }
)  # fmt: skip
"""Kinds of records that are made of operations; plain tables never take these names."""


class Store:
    """Operations, the documents they make, and plain tables; everything returned is durable and the caller's own.

    Attributes:
        home: Folder of the workspace.
        device: Device id of this copy.
        read_only: True where nothing can be written.
        lock_holder: The process that writes to the workspace, where it is another one.
        problems: What was noticed while opening: ``{code, message, ...}``.
        engine: Journal and state, for upkeep.
    """

    def __init__(self, home: Path, engine: Engine, identity: Identity, lock: WorkspaceLock | None, mark: Mark) -> None:
        self.home = home
        self.device = identity.read() or ""
        self.read_only = engine.journal.read_only
        self.lock_holder: Holder | None = None
        self.problems: list[dict[str, Json]] = []
        self.engine = engine
        self._identity = identity
        self._lock = lock
        self._mark = mark
        self._db = LogTinyDB(engine)
        self._record_tables: dict[str, RecordTable] = {}
        self._scrubbed = -1
        self._mirror: Mirror | None = None

    def settle_identity(self) -> None:
        """Note what recovery found, and take a new device id where this copy must not go on with the old one.

        Raises:
            OSError: The new id cannot be written.
        """
        following = self.engine.journal.next_number
        self.problems.extend(_torn_problem(torn) for torn in self.engine.journal.torn)
        if self.engine.sidecar.refused:
            self.problems.append(_refused_problem(self.engine.sidecar.refused))
        marked = self._mark.read()
        is_short = marked is not None and marked[0] >= following
        if is_short and marked is not None:
            self.problems.append(_short_problem(marked[0], following))
        if self.read_only:
            return
        if not self.device or is_short or not self._identity.is_tied():
            self.device = self._identity.renew()
            self._mark.write(following - 1, 0, self.device)

    def append(self, operations: Sequence[Operation]) -> None:
        """Make operations durable, all or none; those that are held already are passed over.

        Raises:
            StoreError: STORE-010 full, STORE-011 medium failed, STORE-012 refused, STORE-013 read-only,
                STORE-020 not JSON; nothing of it is there then.
        """
        if self.engine.append(operations):
            self._mark.write(self.engine.journal.next_number - 1, self.last_seq(), self.device)

    def document(self, record: str) -> Document | None:
        """Return the document of a record, None for an unknown one."""
        return self.engine.state.document(record)

    def documents(self, kind: str) -> Iterator[Document]:
        """Yield every document of a kind in the order in which the records came here."""
        for _doc_id, document in self.engine.state.documents(kind):
            yield document

    def kinds(self) -> tuple[str, ...]:
        """Return the kinds of records that are here, unknown ones included."""
        return tuple(sorted(self.engine.state.kinds()))

    def operations(self, record: str | None = None) -> Iterator[Operation]:
        """Yield the operations of a record, or all, in the order in which they came here.

        Raises:
            StoreError: STORE-006, a line of the journal is damaged.
        """
        if record is None:
            yield from operations_of(self.engine.state, self.engine.journal)
            return
        for number in self.engine.state.lines_of(record):
            yield self.engine.journal.operation(number)

    def since(self, vector: Mapping[str, int]) -> Iterator[Operation]:
        """Yield the operations that a version vector does not cover, in the order in which they came here."""
        state, journal = self.engine.state, self.engine.journal
        with state.lock:
            wanted = sorted(
                number
                for number, devices in state.blocks.items()
                if any(seq > vector.get(device, 0) for device, seq in devices.items())
            )
        for first, last in _joined(wanted):
            for operation in operations_of(state, journal, first * BLOCK, (last + 1) * BLOCK):
                if operation.seq > vector.get(operation.device, 0):
                    yield operation

    def holds(self, device: str, seq: int) -> bool:
        """Tell whether an operation is here."""
        return self.engine.state.held.holds(device, seq)

    def vector(self) -> dict[str, int]:
        """Return for each device the number up to which no operation is missing."""
        return self.engine.state.held.vector()

    def last_seq(self) -> int:
        """Return the last number that this device gave, 0 before the first."""
        return self.engine.state.held.last(self.device)

    def last_hlc(self) -> str:
        """Return the greatest stamp of all operations, ``0.0`` before the first."""
        return self.engine.state.last_hlc

    def count(self, record: str) -> int:
        """Return how many operations a record has, from all devices."""
        return self.engine.state.count_operations(record)

    def table(self, name: str) -> Table:
        """Return a TinyDB table: writable for plain names, for reading where the name is a kind of records."""
        if name in KINDS or (name in self.engine.state.kinds() and name not in self._db.tables()):
            if name not in self._record_tables:
                self._record_tables[name] = RecordTable(self._db.storage, name)
            return self._record_tables[name]
        return self._db.table(name)

    def drop_table(self, name: str) -> None:
        """Remove a plain table with all its documents."""
        self._db.drop_table(name)

    # Indexes

    def define_index(self, spec: IndexSpec) -> None:
        """Keep an index from now on; TinyDB queries for equality of a field use the ``value`` index of its name.

        Indexes that are known beforehand belong into ``Options``: what is made anew at the opening has them then.
        """
        self.engine.state.define(spec)

    def find_equal(self, kind: str, index: str, value: Json) -> list[str]:
        """Return the records of a kind with a value in an index, in the order in which they came here."""
        return self._names(kind, self.find_equal_ids(kind, index, value))

    def find_equal_ids(self, kind: str, index: str, value: Json) -> list[int]:
        """Return the document ids of records with a value in an index, for ``table(kind).get(doc_id=...)``."""
        return lookup.equal(self.engine.state, self._spec(kind, index), value) or []

    def find_range(
        self, kind: str, index: str, low: Json = None, high: Json = None, *, descending: bool = False
    ) -> list[str]:
        """Return the records whose value lies between two bounds (included; None: no bound), in the values' order."""
        spec = self._spec(kind, index)
        return self._names(kind, lookup.in_range(self.engine.state, spec, low, high, descending=descending))

    def find_text(self, kind: str, index: str, text: str, *, limit: int = 0) -> list[str]:
        """Return the records that hold every word of a text, the newest first; the last word may be only begun."""
        state, spec = self.engine.state, self._spec(kind, index)
        if limit:
            return self._names(kind, lookup.newest_with_words(state, spec, text, limit))
        return self._names(kind, sorted(lookup.with_words(state, spec, text), reverse=True))

    def values(self, kind: str, index: str, low: str = "", high: str = "") -> list[tuple[str, Sequence[int]]]:
        """Return the texts of an index in their order, each with the rising numbers of the records that have it.

        Args:
            kind: Kind of record.
            index: Name of the index; of a full-text index its words are given.
            low: Only texts from this one on.
            high: Only texts before this one; empty for all that follow.
        """
        spec = self._spec(kind, index)
        return self.engine.state.healing(lambda: columns.values(self.engine.state, spec, low, high))

    def value_counts(self, kind: str, index: str) -> dict[str, int]:
        """Return the texts of an index, each with how many records have it."""
        spec = self._spec(kind, index)
        return self.engine.state.healing(lambda: columns.counts(self.engine.state, spec))

    def numbers(self, kind: str, index: str, value: Json) -> Sequence[int]:
        """Return the rising numbers of the records with a value in an index."""
        spec = self._spec(kind, index)
        return self.engine.state.healing(lambda: columns.numbers(self.engine.state, spec, value))

    def highest(self, kind: str, index: str, most: int) -> list[int]:
        """Return the numbers of the records with the greatest texts in an index, the greatest first."""
        spec = self._spec(kind, index)
        return self.engine.state.healing(lambda: columns.highest(self.engine.state, spec, most))

    def count_equal(self, kind: str, index: str, value: Json) -> int:
        """Return how many records have a value in an index."""
        spec = self._spec(kind, index)
        return self.engine.state.healing(lambda: columns.count(self.engine.state, spec, value))

    def text_numbers(self, kind: str, index: str, text: str) -> Collection[int]:
        """Return the numbers of the records that hold every word of a text; the last word may be only begun."""
        return lookup.with_words(self.engine.state, self._spec(kind, index), text)

    def record_names(self, kind: str, numbers: Iterable[int]) -> list[str]:
        """Return the names of records by their numbers."""
        return self._names(kind, numbers)

    def documents_at(self, kind: str, numbers: Sequence[int]) -> list[Document]:
        """Return the documents of records by their numbers, in that order."""
        return [document for _number, document in self.engine.state.documents_at(kind, numbers)]

    def size(self, kind: str) -> int:
        """Return how many records of a kind there are, deleted ones included."""
        return self.engine.state.count_records(kind)

    def _spec(self, kind: str, index: str) -> IndexSpec:
        for spec in self.engine.state.specs.get(kind, ()):
            if spec.name == index:
                return spec
        raise StoreError("STORE-022", _("There is no index {index} of {kind}").format(index=index, kind=kind))

    def _names(self, kind: str, ids: Iterable[int]) -> list[str]:
        return [name for name in (self.engine.state.record_name(kind, doc_id) for doc_id in ids) if name]

    # Purge

    def purge(self, rows: Mapping[str, Mapping[str, Json]]) -> bool:
        """Remove the operations of records for good; they count as held, so that nothing brings them back.

        Args:
            rows: Record -> what stays of it: ``ranges`` of all its operations, its ``last`` stamp, and more.

        Returns:
            False where the disk refused to write old segments anew: the next opening or upkeep does it.

        Raises:
            StoreError: As ``append``; nothing was removed then.
        """
        is_done = self.engine.purge(rows)
        self._mark.write(self.engine.journal.next_number - 1, self.last_seq(), self.device)
        return is_done

    def purged(self) -> dict[str, dict[str, Json]]:
        """Return the purged records, each with what stayed of it."""
        return dict(purged_rows(self.engine.state))

    # Care

    def verify(self) -> dict[str, Any]:
        """Read everything and return ``{ok, records, operations, segments, problems, ...}``."""
        from fieldkit.store.verification import verify_engine

        return verify_engine(self.engine, self.home, self.problems)

    def repair(self) -> dict[str, Any]:
        """Make derived files anew where they are damaged; a damaged journal needs ``repair_workspace``."""
        report = self.verify()
        if any(problem.get("code") == "STORE-018" for problem in report["problems"]):
            self.engine.rebuild()
            report = {**self.verify(), "repaired": True}
        return report

    def backup(self, path: Path) -> dict[str, Json]:
        """Write a hashed backup into a folder (incremental) or, where the path has a suffix, a file.

        Raises:
            StoreError: STORE-010 or STORE-012, it cannot be written; an earlier backup there stays usable.
        """
        from fieldkit.store.backup import write_backup

        try:
            return write_backup(self.engine, self.home, path, self.engine.disk)
        except OSError as error:
            raise disk_full(error) if is_full(error) else write_failed(error) from error

    def export_tinydb(self, path: Path) -> dict[str, Json]:
        """Write everything as one JSON file that stock TinyDB opens.

        Raises:
            StoreError: STORE-010 or STORE-012, it cannot be written.
        """
        from fieldkit.store.exchange import export_tinydb

        try:
            return export_tinydb(self.engine, self._db, path)
        except OSError as error:
            raise disk_full(error) if is_full(error) else write_failed(error) from error

    def import_tinydb(self, path: Path) -> dict[str, Json]:
        """Take plain tables and operations from a TinyDB JSON file."""
        from fieldkit.store.exchange import import_tinydb

        return import_tinydb(self.engine, path, KINDS)

    def mirror(self, folder: Path) -> Mirror:
        """Keep a copy of the journal in a folder of another disk until the store is closed; ``home`` for an opening."""
        from fieldkit.store.mirror import Mirror

        self._mirror = Mirror(self.engine, folder)
        return self._mirror

    def mirror_problems(self, folder: str) -> list[dict[str, Json]]:
        """Return why the second copy in the folder of the setting is not what it should be; empty while all is well."""
        from fieldkit.store.mirror import mirror_problems

        journal = self.engine.journal
        return mirror_problems(folder, journal.workspace, journal.next_number - 1, self._mirror)

    def maintain(self) -> None:
        """Do the upkeep of an idle moment: write a run, merge runs, compact segments, verify one closed segment.

        A closed segment that is not what was written is added to ``problems``.

        Raises:
            StoreError: STORE-010 or STORE-012, the disk refused; nothing is lost.
        """
        for _step in self.upkeep():
            pass

    def upkeep(self) -> Iterator[str]:
        """Do the upkeep step by step: yield the name of each step that is done; to stop in between loses nothing.

        Raises:
            StoreError: STORE-010 or STORE-012, the disk refused; nothing is lost.
        """
        if self.read_only:
            return
        try:
            self.engine.finish_purge()
            for _bytes in self.engine.upkeep():
                yield "compact"
        except OSError as error:
            raise disk_full(error) if is_full(error) else write_failed(error) from error
        self._scrub()
        yield "scrub"

    def _scrub(self) -> None:
        from fieldkit.store.verification import verify_segment

        closed = [segment for segment in self.engine.journal.segments if segment.is_closed]
        if closed:
            self._scrubbed = (self._scrubbed + 1) % len(closed)
            try:
                verify_segment(closed[self._scrubbed])
            except StoreError as error:
                if error.as_json() not in self.problems:
                    self.problems.append(error.as_json())

    @property
    def is_poisoned(self) -> bool:
        """Tell whether the medium failed, so that nothing is written until the workspace is opened again."""
        return self.engine.journal.is_poisoned

    def close(self) -> None:
        """Close the files and let other processes write."""
        if self._mirror is not None:
            self._mirror.close()
            self._mirror = None
        journal = self.engine.journal
        if not self.read_only and not journal.is_poisoned:
            self._mark.write(journal.next_number - 1, self.last_seq(), self.device)
        self.engine.close()
        self._mark.close()
        if self._lock is not None:
            self._lock.give_back()
            self._lock = None

    def __enter__(self) -> Self:
        """Return the store itself."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Close it."""
        self.close()


def _torn_problem(torn: Mapping[str, Json]) -> dict[str, Json]:
    text = _("An unfinished write of {bytes} bytes was set aside").format(bytes=torn["bytes"])
    return {"code": "STORE-008", "message": text, **torn}


def _refused_problem(cause: str) -> dict[str, Json]:
    text = _("Files made from the journal did not fit it and were made anew; no record is missing")
    return {"code": "STORE-018", "severity": "warning", "message": text, "file": "state", "cause": cause}


def _short_problem(marked: int, following: int) -> dict[str, Json]:
    text = _("{count} saved records are missing at the end of the journal").format(count=marked - following + 1)
    return {"code": "STORE-009", "message": text, "last": marked, "found": following - 1}


def _joined(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield neighbouring numbers as one range, both ends included."""
    start = previous = None
    for number in numbers:
        if previous is not None and start is not None and number != previous + 1:
            yield start, previous
            start = number
        start = number if start is None else start
        previous = number
    if start is not None and previous is not None:
        yield start, previous
