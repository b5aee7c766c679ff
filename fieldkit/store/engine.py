"""Journal, state and commit joined: the one write path of the store."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fieldkit.model.operation import Json, Operation
from fieldkit.store.ballast import Ballast
from fieldkit.store.committing import Committer
from fieldkit.store.disk import Disk
from fieldkit.store.journal import Draft, Journal, Replayed
from fieldkit.store.packing import check_json, encode
from fieldkit.store.segment import Cipher
from fieldkit.store.state import State

__all__ = ["Change", "Engine", "Options"]


@dataclass(frozen=True, slots=True)
class Options:
    """How the store uses the disk.

    Attributes:
        segment_bytes: Size at which a segment is closed.
        ballast_bytes: Room kept in reserve for a full disk, 0 for none.
    """

    segment_bytes: int = 16 << 20
    ballast_bytes: int = 8 << 20


@dataclass(frozen=True, slots=True)
class Change:
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
            segment_bytes=options.segment_bytes,
            ballast=self.ballast,
        )
        self.state = State()
        self.plain_lock = threading.RLock()
        self.plain_version = 0
        self._committer = Committer(self.journal)

    def open(self) -> None:
        """Read the journal to its end.

        Raises:
            StoreError: STORE-006 or STORE-007, it is damaged.
        """
        self.journal.open(None, self.state.consume)
        if not self.journal.read_only:
            self.ballast.lay()

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
            self._committer.submit(drafts, lambda numbers: self.state.take_all(numbers, fresh))
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

        self._committer.submit(drafts, publish)

    def close(self) -> None:
        """Close the files."""
        self.journal.close()
