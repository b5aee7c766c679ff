"""One writing process per workspace: a lock of the operating system, with the holder's process and host to show."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from filelock import FileLock, Timeout
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


class WorkspaceLock:
    """The right to write; the system gives it back when the process ends, however it ends."""

    def __init__(self, home: Path) -> None:
        self._note = home / "lock.json"
        self._lock = FileLock(home / ".lock", blocking=False, thread_local=False)

    def take(self) -> bool:
        """Take the lock; False where another process has it or the medium is read-only.

        Raises:
            StoreError: STORE-003, the folder's file system knows no locks.
        """
        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            return False
        except NotImplementedError as error:
            raise _no_locks(error) from error
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
        if self._lock.is_locked:
            self._note.unlink(missing_ok=True)
            self._lock.release()


def _no_locks(error: Exception) -> StoreError:
    return StoreError(
        "STORE-003",
        _("This folder cannot be locked, so two programs could write to it at once"),
        hint=_("Network and cloud folders are not safe for a workspace. Move it to a local disk."),
        where={"cause": str(error)},
    )
