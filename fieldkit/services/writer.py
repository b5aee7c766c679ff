"""The one way to write: drafts become operations, are appended as groups, and the status tells the truth.

With a thread (the app) a write returns at once, its effect is visible to readers at once, and *saved* is
reported only after the store has made it durable. Without one (the command line) a write returns when it
is durable, or raises.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from time import perf_counter
from typing import Protocol

from msgspec import Struct

from fieldkit.errors import FieldkitError, StoreError
from fieldkit.i18n import _
from fieldkit.model.clock import HybridClock
from fieldkit.model.document import Document, apply, fields, prevs, vector_of
from fieldkit.model.ids import kind_of
from fieldkit.model.operation import Json, Operation
from fieldkit.ports.clock import Clock
from fieldkit.ports.store import OperationStore
from fieldkit.services.indexes import FOLDED, INDEXES
from fieldkit.visit.outcome import SaveStatus

__all__ = ["WITH", "Draft", "Drafted", "Writer"]

WITH = "with"
"""Cause of a draft that belongs to the first draft of its group."""

_RETRY_SECONDS = 2.0
_HANDOVER_SECONDS = 0.0001
"""What a write waits for the thread to begin: it works for the medium while the caller goes on."""
_GLANCE_SECONDS = 0.001
"""What a glance waits at most for a quick medium: the first paint shows a write as saved then."""
_QUICK_SECONDS = 0.003
"""A medium is quick that took no longer the last time, its thread's waiting for a busy screen included."""
_RECENT = 16
"""Documents that are kept after they were written."""


class Drafted(Protocol):
    """What somebody wants to write."""

    @property
    def record(self) -> str:
        """Record, ``kind/id``."""
        ...

    @property
    def field(self) -> str:
        """Field of the record."""
        ...

    @property
    def value(self) -> Json:
        """Its new value."""
        ...

    @property
    def cause(self) -> str:
        """Why, where nobody typed it; ``with`` alone = with the first draft of the group."""
        ...


class Draft(Struct, frozen=True):
    """One change before it has a number and a time."""

    record: str
    field: str
    value: Json
    cause: str = ""
    prev: tuple[str, ...] | None = None
    """Versions that it replaces; None = those that are shown here."""


class Writer:
    """Stamps drafts and appends them.

    Attributes:
        store: Where operations go.
        lock: Held while the store is written; take it to write local tables.
        watched: Record whose number of durable operations the status tells.
    """

    def __init__(self, store: OperationStore, clock: Clock, *, threaded: bool = False) -> None:
        self.store = store
        self.lock = threading.RLock()
        self.watched = ""
        self._clock = clock
        self._hybrid = HybridClock(store.last_hlc())
        self._seq = store.last_seq()
        self._threaded = threaded
        self._pending: deque[tuple[Operation, ...]] = deque()
        self._overlay: dict[str, Document] = {}
        self._recent: dict[str, Document] = {}
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closing = False
        self._listeners: list[Callable[[SaveStatus], None]] = []
        self._error: FieldkitError | None = None
        self._is_quick = True
        """Whether the last write was quick."""
        self._is_awaited = False
        """Whether a caller waits for the medium just now: it tells the news itself."""
        self._status = SaveStatus("saved", None, 0)

    # -- writing ---------------------------------------------------------------------------------

    def write(self, drafts: Sequence[Drafted], actor: str) -> tuple[Operation, ...]:
        """Write drafts as one group.

        Args:
            drafts: What to write; nothing is written for none.
            actor: Code and role, such as ``A01/inspector``.

        Returns:
            The operations with their numbers and times.

        Raises:
            StoreError: Without a thread, the group could not be made durable; nothing of it is there.
        """
        return self.write_many([drafts], actor)

    def write_many(self, groups: Sequence[Sequence[Drafted]], actor: str) -> tuple[Operation, ...]:
        """Write several groups with one flush to the disk; each keeps its own causes.

        Raises:
            StoreError: As ``write``; then nothing of any group is there.
        """
        wanted = [group for group in groups if group]
        if not wanted:
            return ()
        if not self._threaded or self.store.read_only:
            # A workspace open for reading refuses at once: nobody is told that something was saved.
            return self._write_now(wanted, actor)
        with self._wake:
            operations, fresh = self._stamp(wanted, actor)
            self._pending.append(operations)
            self._overlay.update(fresh)
            self._start()
            failed = self._error is not None
            if not failed:
                self._status = SaveStatus("saving", self._status.at, self._status.count)
            self._wake.notify_all()
            if self._is_quick and not failed:
                self._await(_HANDOVER_SECONDS)
        self._tell()
        return operations

    def glance(self) -> None:
        """Wait a moment, far shorter than a frame, where a quick medium is about to have all that was written."""
        with self._wake:
            if not self._is_quick or self._is_settled():
                return
            self._await(_GLANCE_SECONDS)
        self._tell()

    def _await(self, seconds: float) -> None:
        self._is_awaited = True
        self._wake.wait_for(self._is_settled, seconds)
        self._is_awaited = False

    def _write_now(self, groups: Sequence[Sequence[Drafted]], actor: str) -> tuple[Operation, ...]:
        with self.lock:
            operations, fresh = self._stamp(groups, actor)
            try:
                self.store.append(operations)
            except FieldkitError:
                self._seq = self.store.last_seq()
                raise
            self._keep(fresh)
        self._status = SaveStatus("saved", self._clock.now(), self.durable(self.watched))
        return operations

    def observe(self, operations: Iterable[Operation]) -> None:
        """Take note of operations from elsewhere, so that later stamps are greater."""
        for operation in operations:
            self._hybrid.observe(operation.hlc)

    def _stamp(
        self, groups: Sequence[Sequence[Drafted]], actor: str
    ) -> tuple[tuple[Operation, ...], dict[str, Document]]:
        device, now = self.store.device, self._clock.ms()
        made: list[Operation] = []
        fresh: dict[str, Document] = {}
        for group in groups:
            head = self._seq + len(made) + 1
            for draft in group:
                record, seq = draft.record, self._seq + len(made) + 1
                document = fresh[record] if record in fresh else self.document(record)
                prev = getattr(draft, "prev", None)
                together = f"{WITH} {device}:{head}" if seq != head else ""
                operation = Operation(
                    device=device,
                    seq=seq,
                    hlc=self._hybrid.tick(now),
                    actor=actor,
                    record=record,
                    field=draft.field,
                    value=_closed(draft, document, device, seq),
                    prev=prevs(document, draft.field, device) if prev is None else tuple(prev),
                    cause=together if draft.cause == WITH else draft.cause,
                )
                made.append(operation)
                fresh[record] = apply(document, operation)
        self._seq += len(made)
        return tuple(made), fresh

    # -- reading what is written or on its way ---------------------------------------------------

    def document(self, record: str) -> Document | None:
        """Return a record with everything that was written, durable or not yet."""
        waiting = self._overlay.get(record)
        if waiting is not None:
            return waiting
        recent = self._recent.get(record)
        if recent is not None and recent["n"] == self.store.count(record):
            return recent
        return self.store.document(record)

    def count(self, record: str) -> int:
        """Return how many operations a record has, durable or on their way."""
        waiting = self._overlay.get(record)
        return int(waiting["n"]) if waiting is not None else self.store.count(record)

    def _keep(self, documents: Mapping[str, Document]) -> None:
        """Keep the last documents that were written: the next write of the same record needs them again."""
        if len(self._recent) + len(documents) > _RECENT:
            self._recent.clear()
        if len(documents) <= _RECENT:
            self._recent.update(documents)

    def forget(self, record: str) -> None:
        """Keep a record's document no longer: its operations were removed."""
        self._recent.pop(record, None)

    def documents(self, kind: str) -> Iterator[Document]:
        """Yield the records of a kind with everything that was written, durable or not yet."""
        waiting = {name: document for name, document in list(self._overlay.items()) if kind_of(name) == kind}
        for document in self.store.documents(kind):
            yield waiting.pop(document["id"], document)
        yield from waiting.values()

    def find(self, kind: str, index: str, value: str) -> Iterator[Document]:
        """Yield the records of a kind with a value in an index, durable or not yet.

        Args:
            kind: Kind of record.
            index: Name of one of ``services.indexes``.
            value: The value; numbers in any case of letters.
        """
        wanted = value.casefold() if index in FOLDED else value
        found = list(self.store.find_equal(kind, index, wanted))
        extract = INDEXES[kind, index]
        for name, document in list(self._overlay.items()):
            if kind_of(name) == kind and name not in found and wanted in extract(fields(document)):
                found.append(name)
        for name in found:
            document_now = self.document(name)
            if document_now is not None:
                yield document_now

    def documents_at(self, kind: str, numbers: Sequence[int]) -> list[Document]:
        """Return records by their numbers, with what is on its way to them."""
        found = self.store.documents_at(kind, numbers)
        return [self._overlay.get(document["id"], document) for document in found]

    def tally(self, kind: str, index: str, value: str) -> int:
        """Return how many records of a kind have a value in an index, durable or not yet; none of them is read."""
        extract = INDEXES[kind, index]
        found = self.store.count_equal(kind, index, value)
        for name, document in list(self._overlay.items()):
            if kind_of(name) == kind:
                before = self.store.document(name)
                found += value in extract(fields(document))
                found -= before is not None and value in extract(fields(before))
        return found

    def settle(self, seconds: float = 0.5) -> None:
        """Wait a moment for what is on its way, so that the indexes hold it; a disk that refuses is no matter here."""
        try:
            self.flush(seconds)
        except FieldkitError:
            return

    def highest(self, kind: str, index: str, most: int) -> list[Document]:
        """Return the records of a kind with the greatest values of an index, those on their way first."""
        fresh = [document for name, document in list(self._overlay.items()) if kind_of(name) == kind]
        names = {document["id"] for document in fresh}
        known = self.store.documents_at(kind, self.store.highest(kind, index, most))
        return [*fresh, *(document for document in known if document["id"] not in names)][:most]

    def newest(self, kind: str, index: str, low: str = "") -> Iterator[Document]:
        """Yield the records of a kind from the greatest value of an index down, those on their way first.

        Args:
            kind: Kind of record.
            index: Name of one of ``services.indexes``.
            low: Smallest value, in small letters.
        """
        known = list(self.store.find_range(kind, index, low or None, descending=True))
        fresh = [name for name in list(self._overlay) if kind_of(name) == kind and name not in known]
        for name in (*fresh, *known):
            document = self.document(name)
            if document is not None:
                yield document

    def size(self, kind: str) -> int:
        """Return how many records of a kind there are, deleted ones included."""
        fresh = sum(kind_of(name) == kind and not self.store.count(name) for name in list(self._overlay))
        return len(self.store.table(kind)) + fresh

    def operations(self, record: str) -> Iterator[Operation]:
        """Yield the operations of a record, durable ones first, then those on their way."""
        yield from self.store.operations(record)
        for group in list(self._pending):
            for operation in group:
                if operation.record == record and not self.store.holds(operation.device, operation.seq):
                    yield operation

    def durable(self, record: str) -> int:
        """Return how many operations of a record are durable."""
        return self.store.count(record) if record else 0

    # -- the status ------------------------------------------------------------------------------

    def status(self) -> SaveStatus:
        """Return what the status line says."""
        if self._status.kind == "saved":
            return SaveStatus("saved", self._status.at, self.durable(self.watched))
        return self._status

    def on_status(self, callback: Callable[[SaveStatus], None]) -> Callable[[], None]:
        """Call back at each change of the status, possibly on the writer's thread.

        Returns:
            A function that ends it.
        """
        self._listeners.append(callback)

        def end() -> None:
            if callback in self._listeners:
                self._listeners.remove(callback)

        return end

    @property
    def pending(self) -> int:
        """Number of operations that are not durable yet."""
        return sum(len(group) for group in list(self._pending))

    def _tell(self) -> None:
        status = self._status
        for callback in list(self._listeners):
            callback(status)

    def _is_settled(self) -> bool:
        return not self._pending or self._error is not None

    # -- the thread ------------------------------------------------------------------------------

    def flush(self, timeout: float | None = None) -> None:
        """Wait until everything is durable.

        Raises:
            StoreError: It could not be made durable, or not within ``timeout`` seconds.
        """
        with self._wake:
            done = self._wake.wait_for(self._is_settled, timeout)
            if self._error is not None:
                raise self._error
        if not done:
            raise StoreError("SAVE-001", _("Not everything is saved yet"), hint=_("Wait a moment and try again."))

    def retry(self) -> None:
        """Try again at once to save what failed."""
        with self._wake:
            self._error = None
            self._wake.notify_all()

    def close(self, timeout: float = 10.0) -> None:
        """Save what is waiting and end the thread."""
        thread = self._thread
        with self._wake:
            self._closing = True
            self._wake.notify_all()
        if thread is not None:
            thread.join(timeout)

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="fieldkit-writer", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._pending:
                    if self._closing:
                        return
                    self._wake.wait()
                groups = list(self._pending)
            begun = perf_counter()
            failed = self._append([operation for group in groups for operation in group])
            with self._wake:
                self._is_quick = perf_counter() - begun < _QUICK_SECONDS
                if failed is None:
                    self._settle(len(groups))
                self._error = failed
                self._status = self._outcome(failed)
                is_news = not self._is_awaited
                self._wake.notify_all()
            if is_news:
                self._tell()
            if failed is not None:
                with self._wake:
                    self._wake.wait_for(lambda: self._closing or self._error is None, _RETRY_SECONDS)
                    if self._closing:
                        return

    def _append(self, operations: list[Operation]) -> FieldkitError | None:
        try:
            with self.lock:
                self.store.append(operations)
        except FieldkitError as error:
            return error
        except OSError as error:
            return StoreError(
                "SAVE-002", _("The disk refused to save: {cause}").format(cause=error.strerror or str(error))
            )
        return None

    def _settle(self, groups: int) -> None:
        for _index in range(groups):
            self._pending.popleft()
        waiting = {operation.record for group in self._pending for operation in group}
        done = {name: document for name, document in self._overlay.items() if name not in waiting}
        self._keep(done)
        for record in done:
            del self._overlay[record]

    def _outcome(self, failed: FieldkitError | None) -> SaveStatus:
        count = self.durable(self.watched)
        if failed is not None:
            return SaveStatus("failed", self._status.at, count, failed.message)
        kind = "saving" if self._pending else "saved"
        return SaveStatus(kind, self._clock.now(), count)


def _closed(draft: Drafted, document: Document | None, device: str, seq: int) -> Json:
    """Return the value of a draft; what closes a visit states all that it had seen, itself included."""
    value = draft.value
    if draft.field == "state" and isinstance(value, dict) and value.get("event") == "finalise":
        return {**value, "vector": {**(vector_of(document) if document else {}), device: seq}}
    return value
