"""Journal, state and commit joined: the one write path of the store."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from fieldkit.errors import StoreError
from fieldkit.model.operation import Json, Operation
from fieldkit.store.ballast import Ballast
from fieldkit.store.committing import Committer
from fieldkit.store.disk import Disk
from fieldkit.store.growing import Sizes
from fieldkit.store.journal import Draft, Journal, Replayed
from fieldkit.store.memory import Memory
from fieldkit.store.packing import check_json, encode
from fieldkit.store.postings import IndexSpec
from fieldkit.store.purging import sweep
from fieldkit.store.run import RunDamagedError
from fieldkit.store.segment import Cipher
from fieldkit.store.sidecar import Sidecar
from fieldkit.store.state import State

__all__ = ["Change", "Engine", "Options"]

T = TypeVar("T")


class Options(Struct, frozen=True):
    """How the store uses disk and memory, and what it keeps besides the documents.

    Attributes:
        segment_bytes: Size at which a segment is closed.
        ballast_bytes: Room kept in reserve for a full disk, 0 for none.
        memory_bytes: Rough size of the changes in memory at which they become a run.
        tail_lines: Lines without a run at which closing writes one, so that the next opening is quick.
        dead_lines: Replaced lines of plain tables at which upkeep looks for segments to compact.
        fill_bytes: Zeros written ahead behind the growing segment's lines, so that saves overwrite them; 0 for none.
        indexes: Indexes kept from the start, also in what is made anew at the opening.
    """

    segment_bytes: int = 16 << 20
    ballast_bytes: int = 8 << 20
    memory_bytes: int = 24 << 20
    tail_lines: int = 1000
    dead_lines: int = 5000
    fill_bytes: int = 64 << 10
    indexes: tuple[IndexSpec, ...] = ()


class Change(Struct, frozen=True):
    """A change of a plain table, as one line of the journal."""

    kind: bytes
    content: list[Json]


class Engine:
    """Everything beneath the TinyDB interface and the port of the services.

    Attributes:
        journal: The lines.
        state: What they amount to.
        plain_lock: Held from reading a plain table until its change is durable.
    """

    def __init__(
        self,
        home: Path,
        workspace: str,
        *,
        disk: Disk,
        read_only: bool,
        options: Options,
        cipher: Cipher | None = None,
    ) -> None:
        self.home = home
        self.disk = disk
        self.options = options
        self.ballast = Ballast(home / "ballast.bin", disk, options.ballast_bytes)
        self.journal = Journal(
            home / "journal",
            workspace,
            disk=disk,
            read_only=read_only,
            cipher=cipher,
            sizes=Sizes(options.segment_bytes, options.fill_bytes),
        )
        self.journal.ballast = self.ballast
        self.state = State()
        for spec in options.indexes:
            self.state.define(spec)
        self.plain_lock = threading.RLock()
        self.plain_version = 0
        self.runs_discarded = False
        self.sidecar = Sidecar(home / "state", workspace, disk, cipher, _salt(workspace, cipher))
        self.committer = Committer(self.journal)
        self._thread: threading.Thread | None = None
        self._flush_from = options.memory_bytes

    def open(self) -> None:
        """Load the runs and read the rest of the journal; without fitting runs, all of it.

        Raises:
            StoreError: STORE-006 or STORE-007, the journal is damaged.
        """
        try:
            position = self.sidecar.load(self.state)
            is_read = self.journal.open(position, self._consume)
        except RunDamagedError:
            is_read = False
        if not is_read:
            self.runs_discarded = True
            self.state.clear()
            if not self.journal.read_only:
                self.sidecar.discard()
            self.journal.reopen(self._consume)
        self.state.heal = self._heal
        if not self.journal.read_only:
            self.sidecar.sweep(self.state.runs)
            self.ballast.lay()
            self.finish_purge()

    def _consume(self, line: Replayed) -> None:
        self.state.consume(line)
        if self.state.memory.weight > self.options.memory_bytes and line.last and not self.journal.read_only:
            self._flush()

    def _heal(self, seen: int) -> None:
        """Replace damaged runs by what the journal says, unless that was done since they were seen.

        Readers go on with what is whole until the new state stands; where the journal is damaged, too, the old stays.
        """
        with self.committer.paused():
            if self.state.healings != seen:
                return
            self.runs_discarded = True
            fresh = State()
            fresh.specs = self.state.specs
            self.journal.replay(fresh.consume)
            self.state.become(fresh)
            if not self.journal.read_only:
                self.sidecar.discard()

    def _undamaged(self, work: Callable[[], T]) -> T:
        """Do work on the runs; where one is damaged, replace them first and do it once more."""
        seen = self.state.healings
        try:
            return work()
        except RunDamagedError:
            self.state.heal(seen)
        return work()

    def rebuild(self) -> None:
        """Throw the runs away and make the state from the journal."""
        self._heal(self.state.healings)
        if not self.journal.read_only:
            self.finish_purge()

    # Runs

    def _flush(self) -> None:
        """Write a run; where the disk refuses, the memory goes on and the next try waits until it has doubled."""
        try:
            self.flush()
            self._flush_from = self.options.memory_bytes
        except (OSError, StoreError):
            self._flush_from = max(self._flush_from, self.state.memory.weight) * 2

    def flush(self) -> bool:
        """Write the changes in memory as a run now.

        Raises:
            OSError: No room; nothing is lost.
        """
        return self._undamaged(lambda: self.sidecar.flush(self.state, self.journal, self.committer))

    def compact(self) -> int:
        """Write closed segments with many dead lines anew and return the bytes given back.

        Raises:
            OSError: No room; nothing is lost.
        """
        return sum(self.upkeep())

    def upkeep(self) -> Iterator[int]:
        """Write a run, closed segments with many dead lines anew, and missing indexes; yield the bytes given back.

        Whoever stops in between loses nothing: the next upkeep finds the same to do.

        Raises:
            OSError: No room; nothing is lost.
        """
        self.flush()
        yield 0
        yield from self._compacting()
        seen = self.state.healings
        try:
            for _step in self.sidecar.complete(self.state):
                yield 0
        except RunDamagedError:
            self.state.heal(seen)

    def _compacting(self) -> Iterator[int]:
        from fieldkit.store.compaction import compact_one, plan_compaction

        dead = self.state.dead_lines
        if dead < self.options.dead_lines:
            return
        plan = plan_compaction(self.journal, self.state)
        for number in plan.worth:
            yield compact_one(self.journal, plan, number)
        self.state.dead_lines -= dead

    def purge(self, rows: Mapping[str, Mapping[str, Json]]) -> bool:
        """Remove the operations of records and return whether the medium is rid of them now.

        Args:
            rows: Record -> what stays of it: ``ranges`` of its operations, ``last`` stamp, and whatever else.

        Raises:
            StoreError: STORE-010 to STORE-014 and STORE-020; nothing was removed then.
        """
        for row in rows.values():
            check_json(dict(row))
        drafts = [Draft(b"x", encode([record, dict(row)])) for record, row in rows.items()]

        def publish(numbers: Sequence[int]) -> None:
            for number, draft in zip(numbers, drafts, strict=True):
                self.state.consume(Replayed(number, draft.kind, draft.content))

        self.committer.submit(drafts, publish)
        return self.finish_purge()

    def finish_purge(self) -> bool:
        """Write segments and runs anew that still hold purged operations; False where the disk refused."""
        if not self.state.purging:
            return True
        if self._thread is not None:
            self._thread.join()
        try:
            # The run comes first: its place in the journal is in no segment that is written anew.
            self.flush()
            with self.committer.paused():
                sweep(self.journal, self.state)
            self._undamaged(lambda: self.sidecar.merge_all(self.state))
        except OSError:
            return False
        return True

    def _flush_where_due(self) -> None:
        weight = self.state.memory.weight
        if weight <= self._flush_from:
            return
        if weight > 4 * self._flush_from:
            self._flush()
        elif self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._flush, name="fieldkit-run", daemon=True)
            self._thread.start()

    # Changes

    def append(self, operations: Sequence[Operation]) -> list[Operation]:
        """Make operations durable and visible, all or none; return those that were not held before.

        Raises:
            StoreError: STORE-010 to STORE-014 and STORE-020; nothing was written then.
        """
        fresh: list[Operation] = []
        seen: set[tuple[str, int]] = set()
        for operation in operations:
            key = (operation.device, operation.seq)
            if key in seen or self.state.held.holds(*key):
                continue
            seen.add(key)
            check_json(operation.value)
            if operation.extra:
                check_json(dict(operation.extra))
            fresh.append(operation)
        if fresh:
            drafts = [Draft(b"o", operation) for operation in fresh]
            self.committer.submit(drafts, lambda numbers: self.state.take_all(numbers, fresh))
            self._flush_where_due()
        return fresh

    def change(self, changes: Sequence[Change]) -> None:
        """Make changes of plain tables durable and visible, all or none.

        Raises:
            StoreError: STORE-010 to STORE-014 and STORE-020; nothing was written then.
        """
        if not changes:
            return
        for change in changes:
            check_json(change.content)
        payloads = [encode(change.content) for change in changes]
        drafts = [Draft(change.kind, payload) for change, payload in zip(changes, payloads, strict=True)]

        def publish(numbers: Sequence[int]) -> None:
            for number, draft in zip(numbers, drafts, strict=True):
                self.state.consume(Replayed(number, draft.kind, draft.content))
            self.plain_version += 1

        self.committer.submit(drafts, publish)
        self._flush_where_due()

    def close(self) -> None:
        """Wait for a run that is being written, write one where the next opening would read long, close the files."""
        if self._thread is not None:
            self._thread.join()
        journal = self.journal
        tail = journal.next_number - self.state.memory.first_line
        if not journal.read_only and not journal.is_poisoned and tail > self.options.tail_lines:
            self._flush()
        journal.close()
        # Mapped files would keep a stick from being taken out.
        self.state.runs = []
        self.state.memory = Memory()


def _salt(workspace: str, cipher: Cipher | None) -> bytes:
    return workspace.encode()[:64] if cipher is None else cipher.salt
