"""The few calls through which the store touches a disk, so that tests can make each of them fail."""

from __future__ import annotations

import errno
import mmap
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

__all__ = ["WINDOWS", "Disk", "is_full", "is_read_only"]

WINDOWS: Final = sys.platform == "win32"
_BINARY: Final[int] = getattr(os, "O_BINARY", 0)
_BUSY: Final = frozenset({5, 32})
"""Codes of Windows for a file that a scanner or an indexer holds for a moment."""
_REPLACE_TRIES: Final = 8
_sync: Final[Callable[[int], None]] = getattr(os, "fdatasync", os.fsync)
"""Content and length, but where the system can not the time of change, which nobody needs after a crash."""
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_READ_ONLY: Final = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


def is_full(error: OSError) -> bool:
    """Tell whether an error means that the medium has no room."""
    return error.errno in _FULL


def is_read_only(error: OSError) -> bool:
    """Tell whether an error means that the medium or folder may not be written."""
    return error.errno in _READ_ONLY


class Disk:
    """The operating system's files, reduced to what a journal needs."""

    def create(self, path: Path) -> int:
        """Make a new file for appending and return its descriptor.

        Raises:
            OSError: The file is there already or cannot be made.
        """
        return os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | _BINARY, 0o600)

    def open_append(self, path: Path, size: int) -> int:
        """Open an existing file with its position at ``size`` bytes and return its descriptor."""
        fd = os.open(path, os.O_RDWR | _BINARY)
        os.lseek(fd, size, os.SEEK_SET)
        return fd

    def write(self, fd: int, data: bytes) -> None:
        """Write all of ``data`` at the descriptor's position; a short write is continued."""
        view = memoryview(data)
        written = self.write_some(fd, view)
        while written < len(data):
            written += self.write_some(fd, view[written:])

    def write_some(self, fd: int, data: memoryview) -> int:
        """Write a beginning of ``data`` and return its length."""
        return os.write(fd, data)

    def fsync(self, fd: int) -> None:
        """Return when the file's content is on the medium, not only in a cache of the system or the drive."""
        if sys.platform == "darwin":
            import fcntl

            fcntl.fcntl(fd, fcntl.F_FULLFSYNC)
        else:
            _sync(fd)

    def truncate(self, fd: int, size: int) -> None:
        """Cut the file to ``size`` bytes and put the position there."""
        os.ftruncate(fd, size)
        os.lseek(fd, size, os.SEEK_SET)

    def seek(self, fd: int, offset: int) -> None:
        """Put the descriptor's position at a byte."""
        os.lseek(fd, offset, os.SEEK_SET)

    def close(self, fd: int) -> None:
        """Close a descriptor."""
        os.close(fd)

    def replace(self, source: Path, target: Path) -> None:
        """Put ``source`` in the place of ``target``; on Windows a scanner's grip is waited out, up to a second."""
        for attempt in range(_REPLACE_TRIES):
            try:
                source.replace(target)
            except PermissionError as error:
                if getattr(error, "winerror", None) not in _BUSY or attempt == _REPLACE_TRIES - 1:
                    raise
                time.sleep(min(0.05 * 2**attempt, 0.3))
            else:
                return

    def remove(self, path: Path) -> None:
        """Remove a file; one that is not there is fine."""
        path.unlink(missing_ok=True)

    def sync_folder(self, path: Path) -> None:
        """Make new names in a folder durable; Windows has no such call and does it by itself."""
        if WINDOWS:
            return
        fd = os.open(path, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)

    def make_folder(self, path: Path) -> None:
        """Make a folder with its parents."""
        path.mkdir(parents=True, exist_ok=True)

    def reserve(self, fd: int, size: int) -> None:
        """Give a new file ``size`` bytes of real room."""
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(fd, 0, size)
        else:
            self.write(fd, bytes(size))

    def free(self, path: Path) -> int:
        """Return the bytes that are free where ``path`` lies."""
        return shutil.disk_usage(path).free

    def read(self, path: Path) -> bytes:
        """Return a file's content."""
        return path.read_bytes()

    def read_part(self, path: Path, start: int, size: int) -> bytes:
        """Return at most ``size`` bytes of a file from a byte on."""
        with path.open("rb") as file:
            file.seek(start)
            return file.read(size)

    def size(self, path: Path) -> int:
        """Return a file's length in bytes."""
        return path.stat().st_size

    def map(self, path: Path, size: int) -> mmap.mmap:
        """Return the first ``size`` bytes of a file, mapped read-only."""
        fd = os.open(path, os.O_RDONLY | _BINARY)
        try:
            return mmap.mmap(fd, size, access=mmap.ACCESS_READ)
        finally:
            os.close(fd)

    def write_whole(self, path: Path, data: bytes) -> None:
        """Write a small file so that a reader sees the old or the new content, and return when it is durable."""
        temporary = path.with_name(path.name + ".new")
        self.remove(temporary)
        fd = self.create(temporary)
        try:
            self.write(fd, data)
            self.fsync(fd)
        except OSError:
            self.close(fd)
            self.remove(temporary)
            raise
        self.close(fd)
        self.replace(temporary, path)
        self.sync_folder(path.parent)
