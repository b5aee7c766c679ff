"""One writing process per workspace: a lock of the operating system, with the holder's process and host to show."""

from __future__ import annotations

import errno
import os
import platform
import sys
from pathlib import Path

from msgspec import Struct

from fieldkit.errors import StoreError
from fieldkit.i18n import _
from fieldkit.store.disk import is_read_only
from fieldkit.store.packing import decode, encode

__all__ = ["Holder", "WorkspaceLock"]


class Holder(Struct, frozen=True):
    """Who writes to the workspace now."""

    pid: int
    host: str


if sys.platform == "win32":

    class _SystemLock:
        """The lock of one file, as Windows has it."""

        def __init__(self, path: Path) -> None:
            from filelock import FileLock

            self._lock = FileLock(path, blocking=False, thread_local=False)

        @property
        def is_held(self) -> bool:
            """Whether this object holds it."""
            return self._lock.is_locked

        def acquire(self) -> bool:
            """Take it; False where another process has it."""
            from filelock import Timeout

            try:
                self._lock.acquire(blocking=False)
            except Timeout:
                return False
            return True

        def release(self) -> None:
            """Give it back."""
            self._lock.release()

else:
    import fcntl

    _HELD = frozenset({errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK})
    """What a file system answers for a lock that another process has."""

    class _SystemLock:
        """The lock of one file; the file stays, since a new one under the same name would be another lock."""

        def __init__(self, path: Path) -> None:
            self._path = path
            self._file = -1

        @property
        def is_held(self) -> bool:
            """Whether this object holds it."""
            return self._file >= 0

        def acquire(self) -> bool:
            """Take it; False where another process has it."""
            if self.is_held:
                return True
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                os.close(file)
                if error.errno in _HELD:
                    return False
                raise
            self._file = file
            return True

        def release(self) -> None:
            """Give it back."""
            if self.is_held:
                os.close(self._file)
                self._file = -1


class WorkspaceLock:
    """The right to write; the system gives it back when the process ends, however it ends."""

    def __init__(self, home: Path) -> None:
        self._note = home / "lock.json"
        self._lock = _SystemLock(home / ".lock")

    def take(self) -> bool:
        """Take the lock; False where another process has it or the medium is read-only.

        Raises:
            StoreError: STORE-003, the folder's file system knows no locks.
        """
        try:
            if not self._lock.acquire():
                return False
        except OSError as error:
            if is_read_only(error):
                return False
            raise _no_locks(error) from error
        try:
            self._note.write_bytes(encode({"pid": os.getpid(), "host": platform.node()}))
        except OSError:
            return True
        return True

    def holder(self) -> Holder | None:
        """Return who has the lock, None where nobody left a note."""
        try:
            note = decode(self._note.read_bytes())
            return Holder(int(note["pid"]), str(note["host"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def give_back(self) -> None:
        """Let others write."""
        if self._lock.is_held:
            self._note.unlink(missing_ok=True)
            self._lock.release()


def _no_locks(error: Exception) -> StoreError:
    return StoreError(
        "STORE-003",
        _("This folder cannot be locked, so two programs could write to it at once"),
        hint=_("Network and cloud folders are not safe for a workspace. Move it to a local disk."),
        where={"cause": str(error)},
    )
