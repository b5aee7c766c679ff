"""The store of a workspace, as services see it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, Self

from tinydb.table import Table

from fieldkit.errors import StoreError
from fieldkit.i18n import _
from fieldkit.model.document import Document
from fieldkit.model.operation import Json, Operation
from fieldkit.store import lookup
from fieldkit.store.disk import Disk, is_full, is_read_only
from fieldkit.store.engine import Engine, Options
from fieldkit.store.failures import disk_full, write_failed
from fieldkit.store.identity import Identity, Mark, Workspace, read_workspace, write_workspace
from fieldkit.store.lock import Holder, WorkspaceLock
from fieldkit.store.postings import IndexSpec
from fieldkit.store.state import BLOCK
from fieldkit.store.tables import LogTinyDB, RecordTable

__all__ = ["KINDS", "Store", "open_store"]

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
    """

    def __init__(self, home: Path, engine: Engine, device: str, lock: WorkspaceLock | None, mark: Mark) -> None:
        self.home = home
        self.device = device
        self.read_only = engine.journal.read_only
        self.lock_holder: Holder | None = None
        self.problems: list[dict[str, Json]] = []
        self._engine = engine
        self._lock = lock
        self._mark = mark
        self._db = LogTinyDB(engine)
        self._record_tables: dict[str, RecordTable] = {}

    def append(self, operations: Sequence[Operation]) -> None:
        """Make operations durable, all or none; those that are held already are passed over.

        Raises:
            StoreError: STORE-010 full, STORE-011 medium failed, STORE-012 refused, STORE-013 read-only,
                STORE-020 not JSON; nothing of it is there then.
        """
        if self._engine.append(operations):
            self._mark.write(self._engine.journal.next_number - 1, self.last_seq(), self.device)

    def document(self, record: str) -> Document | None:
        """Return the document of a record, None for an unknown one."""
        return self._engine.state.document(record)

    def documents(self, kind: str) -> Iterator[Document]:
        """Yield every document of a kind in the order in which the records came here."""
        for _doc_id, document in self._engine.state.documents(kind):
            yield document

    def kinds(self) -> tuple[str, ...]:
        """Return the kinds of records that are here, unknown ones included."""
        return tuple(sorted(self._engine.state.kinds()))

    def operations(self, record: str | None = None) -> Iterator[Operation]:
        """Yield the operations of a record, or all, in the order in which they came here.

        Raises:
            StoreError: STORE-006, a line of the journal is damaged.
        """
        if record is None:
            yield from self._engine.journal.operations()
            return
        for number in self._engine.state.lines_of(record):
            yield self._engine.journal.operation(number)

    def since(self, vector: Mapping[str, int]) -> Iterator[Operation]:
        """Yield the operations that a version vector does not cover, in the order in which they came here."""
        state, journal = self._engine.state, self._engine.journal
        with state.lock:
            wanted = sorted(
                number
                for number, devices in state.blocks.items()
                if any(seq > vector.get(device, 0) for device, seq in devices.items())
            )
        for first, last in _joined(wanted):
            for operation in journal.operations(first * BLOCK, (last + 1) * BLOCK):
                if operation.seq > vector.get(operation.device, 0):
                    yield operation

    def holds(self, device: str, seq: int) -> bool:
        """Tell whether an operation is here."""
        return self._engine.state.held.holds(device, seq)

    def vector(self) -> dict[str, int]:
        """Return for each device the number up to which no operation is missing."""
        return self._engine.state.held.vector()

    def last_seq(self) -> int:
        """Return the last number that this device gave, 0 before the first."""
        return self._engine.state.held.last(self.device)

    def last_hlc(self) -> str:
        """Return the greatest stamp of all operations, ``0.0`` before the first."""
        return self._engine.state.last_hlc

    def count(self, record: str) -> int:
        """Return how many operations a record has, from all devices."""
        return self._engine.state.count_operations(record)

    def table(self, name: str) -> Table:
        """Return a TinyDB table: writable for plain names, for reading where the name is a kind of records."""
        if name in KINDS or (name in self._engine.state.kinds() and name not in self._db.tables()):
            if name not in self._record_tables:
                self._record_tables[name] = RecordTable(self._db.storage, name)
            return self._record_tables[name]
        return self._db.table(name)

    def drop_table(self, name: str) -> None:
        """Remove a plain table with all its documents."""
        self._db.drop_table(name)

    # Indexes

    def define_index(self, spec: IndexSpec) -> None:
        """Keep an index from now on; TinyDB queries for equality of a field use the ``value`` index of its name."""
        specs = self._engine.state.specs.setdefault(spec.kind, [])
        specs[:] = [known for known in specs if known.name != spec.name] + [spec]

    def find_equal(self, kind: str, index: str, value: Json) -> list[str]:
        """Return the records of a kind with a value in an index, in the order in which they came here."""
        found = lookup.equal(self._engine.state, self._spec(kind, index), value)
        return self._names(kind, found or [])

    def find_range(
        self, kind: str, index: str, low: Json = None, high: Json = None, *, descending: bool = False
    ) -> list[str]:
        """Return the records whose value lies between two bounds (included; None: no bound), in the values' order."""
        spec = self._spec(kind, index)
        return self._names(kind, lookup.in_range(self._engine.state, spec, low, high, descending=descending))

    def find_text(self, kind: str, index: str, text: str, *, limit: int = 0) -> list[str]:
        """Return the records that hold every word of a text, the newest first; the last word may be only begun."""
        ids = sorted(lookup.with_words(self._engine.state, self._spec(kind, index), text), reverse=True)
        return self._names(kind, ids[:limit] if limit else ids)

    def _spec(self, kind: str, index: str) -> IndexSpec:
        for spec in self._engine.state.specs.get(kind, ()):
            if spec.name == index:
                return spec
        raise StoreError("STORE-022", _("There is no index {index} of {kind}").format(index=index, kind=kind))

    def _names(self, kind: str, ids: Iterable[int]) -> list[str]:
        return [name for name in (self._engine.state.record_name(kind, doc_id) for doc_id in ids) if name]

    # Care

    def maintain(self) -> None:
        """Do one piece of upkeep: write what is in memory as a run, merge runs; meant for idle moments.

        Raises:
            StoreError: STORE-010 or STORE-012, the disk refused; nothing is lost.
        """
        if self.read_only:
            return
        try:
            self._engine.flush()
        except OSError as error:
            raise disk_full(error) if is_full(error) else write_failed(error) from error

    @property
    def is_poisoned(self) -> bool:
        """Tell whether the medium failed, so that nothing is written until the workspace is opened again."""
        return self._engine.journal.is_poisoned

    def close(self) -> None:
        """Close the files and let other processes write."""
        self._engine.close()
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


def open_store(
    home: Path,
    *,
    read_only: bool = False,
    passphrase: str | None = None,
    create: bool = True,
    options: Options | None = None,
    disk: Disk | None = None,
) -> Store:
    """Open or make the store of a workspace.

    A workspace that another process writes to, or that lies on a read-only medium, is opened for reading;
    ``Store.read_only`` and ``Store.lock_holder`` say so.

    Args:
        home: Folder of the workspace.
        read_only: Open for reading only, without the lock.
        passphrase: Opens a sealed workspace.
        create: Make the workspace where there is none.
        options: How the store uses the disk.
        disk: The file system; tests give their own.

    Raises:
        StoreError: STORE-001 no workspace, STORE-003 no locks here, STORE-004 newer,
            STORE-005 to STORE-007 damaged, STORE-030 sealed.
    """
    del passphrase
    files = disk or Disk()
    lock: WorkspaceLock | None = None
    if not home.is_dir() and create and not read_only:
        _make_home(files, home)
    if not read_only and home.is_dir():
        lock = WorkspaceLock(home)
        if not lock.take():
            lock, read_only = None, True
    try:
        store = _open(home, files, lock, read_only=read_only, create=create, options=options or Options())
    except BaseException:
        if lock is not None:
            lock.give_back()
        raise
    if read_only and lock is None:
        store.lock_holder = _other_holder(home)
    return store


def _other_holder(home: Path) -> Holder | None:
    return WorkspaceLock(home).holder()


def _make_home(files: Disk, home: Path) -> None:
    try:
        files.make_folder(home)
    except OSError as error:
        raise disk_full(error) if is_full(error) else write_failed(error) from error


def _open(
    home: Path, files: Disk, lock: WorkspaceLock | None, *, read_only: bool, create: bool, options: Options
) -> Store:
    workspace = read_workspace(home, files)
    if workspace is None:
        if read_only or not create:
            raise StoreError(
                "STORE-001",
                _("There is no workspace in {home}").format(home=home),
                hint=_("Check the folder's name, or start Fieldkit there once to make one."),
                where={"home": str(home)},
            )
        workspace = _make(home, files)
    engine = Engine(home, workspace.id, disk=files, read_only=read_only, options=options)
    try:
        engine.open()
    except OSError as error:
        raise _cannot_open(error) from error
    mark = Mark(home / "journal" / "mark")
    identity = Identity(home, files)
    store = Store(home, engine, identity.read() or "", lock, mark)
    _note_problems(store, engine, mark, identity)
    return store


def _cannot_open(error: OSError) -> StoreError:
    if is_full(error):
        return disk_full(error)
    return StoreError(
        "STORE-002",
        _("The workspace cannot be read: {cause}").format(cause=error.strerror or str(error)),
        hint=_("Check the rights of the folder and the disk.")
        if is_read_only(error)
        else _("Check the disk or stick, then try again."),
        where={"cause": str(error)},
    )


def _make(home: Path, files: Disk) -> Workspace:
    workspace = Workspace(secrets.token_hex(16))
    try:
        files.make_folder(home / "journal")
        write_workspace(home, files, workspace)
    except OSError as error:
        raise disk_full(error) if is_full(error) else write_failed(error) from error
    return workspace


def _note_problems(store: Store, engine: Engine, mark: Mark, identity: Identity) -> None:
    for torn in engine.journal.torn:
        store.problems.append(
            {
                "code": "STORE-008",
                "message": _("An unfinished write of {bytes} bytes was set aside").format(bytes=torn["bytes"]),
                **torn,
            }
        )
    marked = mark.read()
    is_short = marked is not None and marked[0] >= engine.journal.next_number
    if is_short and marked is not None:
        store.problems.append(
            {
                "code": "STORE-009",
                "message": _("{count} saved records are missing at the end of the journal").format(
                    count=marked[0] - engine.journal.next_number + 1
                ),
                "last": marked[0],
                "found": engine.journal.next_number - 1,
            }
        )
    if store.read_only:
        return
    if not store.device or is_short or not identity.is_tied():
        try:
            store.device = identity.renew()
        except OSError as error:
            raise _cannot_open(error) from error
        mark.write(engine.journal.next_number - 1, 0, store.device)
