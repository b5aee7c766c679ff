"""The file at the journal's end: filled ahead with zeros, so that a save overwrites them instead of making it longer.

A file that grows makes the file system write its own journal at each fsync; overwriting blocks that are there already
does not. Zeros at the end mean nothing: no line holds a NUL, because JSON escapes it and sealed text is base64.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final, Literal

from msgspec import Struct

from fieldkit.store.disk import Disk, is_full

__all__ = ["GrowingFile", "Sizes", "readable_size"]

_BLOCK: Final = 1 << 16


def readable_size(path: Path, disk: Disk) -> int:
    """Return the bytes of a segment's file without the zeros at its end."""
    size = disk.size(path)
    while size > 0:
        start = max(0, size - _BLOCK)
        text = disk.read_part(path, start, size - start).rstrip(b"\0")
        if text:
            return start + len(text)
        size = start
    return 0


class Sizes(Struct, frozen=True):
    """How far a segment grows, and in what steps its file does.

    Attributes:
        segment_bytes: Size at which it is closed; no zeros are written beyond.
        fill_bytes: Zeros that are written ahead at once, 0 for none.
    """

    segment_bytes: int = 16 << 20
    fill_bytes: int = 64 << 10


class GrowingFile:
    """Writes the last segment durably; a write that fails leaves nothing behind.

    Attributes:
        fault: Why nothing more may be written: ``fsync`` failed, so that nobody knows what the medium holds, or the
            bytes of a failed write could not be taken back (``restore``).
        syncs: How often the file was made durable.
    """

    def __init__(self, disk: Disk, sizes: Sizes) -> None:
        self.fault: Literal["", "fsync", "restore"] = ""
        self.syncs = 0
        self._disk = disk
        self._sizes = sizes
        self._fd: int | None = None
        self._size = 0
        self._filled = 0
        self._has_room = True

    @property
    def is_open(self) -> bool:
        """Tell whether there is a file that takes lines."""
        return self._fd is not None

    def begin(self, path: Path, data: bytes) -> None:
        """Make a new file with its first line; file and name are durable then.

        Raises:
            OSError: There is no such file.
        """
        self._disk.remove(path)
        self._fd = self._disk.create(path)
        self._size = self._filled = 0
        self._has_room = True
        is_durable = False
        try:
            self._write(self._fd, data)
            self._sync(self._fd)
            self._sync_folder(path.parent)
            is_durable = True
        finally:
            if not is_durable:
                self._let_go()
                self._disk.remove(path)
        self._size = len(data)

    def take_up(self, path: Path, size: int, *, is_torn: bool) -> None:
        """Go on with a file that is there, behind ``size`` bytes; what a torn write left there is cut durably.

        Raises:
            OSError: The file cannot be written.
        """
        self._fd = self._disk.open_append(path, size)
        self._size = size
        self._filled = size if is_torn else self._disk.size(path)
        self._has_room = True
        if is_torn:
            self._disk.truncate(self._fd, size)
            self._disk.fsync(self._fd)

    def append(self, data: bytes) -> None:
        """Write lines and return when they are durable.

        Raises:
            OSError: They are not there; ``fault`` tells whether the file still takes lines.
        """
        fd = self._fd
        assert fd is not None
        end = self._size + len(data)
        is_durable = False
        try:
            self._write(fd, data)
            self._sync(fd)
            is_durable = True
        finally:
            if not is_durable:
                self._take_back(fd)
        self._size = end

    def finish(self, foot: bytes) -> None:
        """Cut the zeros, write the last line, return when both are durable, and close the file.

        Raises:
            OSError: The line is not there; ``fault`` tells whether the file still takes lines.
        """
        fd = self._fd
        assert fd is not None
        self._cut(fd)
        self._has_room = False
        self.append(foot)
        self._let_go()

    def close(self) -> None:
        """Close the file, without its zeros where it may still be written."""
        if self._fd is not None:
            if not self.fault:
                self._cut(self._fd)
            self._let_go()

    def _write(self, fd: int, data: bytes) -> None:
        end = self._size + len(data)
        if end <= self._filled:
            self._disk.write(fd, data)
            return
        zeros = min(self._sizes.fill_bytes, self._sizes.segment_bytes - end) if self._has_room else 0
        if zeros <= 0 or not self._write_filled(fd, data, zeros):
            self._disk.write(fd, data)

    def _write_filled(self, fd: int, data: bytes, zeros: int) -> bool:
        """Write lines with zeros behind them; False where only the zeros' room may be missing and nothing was left."""
        try:
            self._disk.write(fd, data + bytes(zeros))
        except OSError as error:
            if not is_full(error):
                raise
            self._has_room = False
            with suppress(OSError):
                self._disk.truncate(fd, self._size)
            self._disk.seek(fd, self._size)
            self._filled = self._size
            return False
        end = self._size + len(data)
        self._disk.seek(fd, end)
        self._filled = end + zeros
        return True

    def _sync(self, fd: int) -> None:
        self.syncs += 1
        try:
            self._disk.fsync(fd)
        except OSError:
            self.fault = "fsync"
            raise

    def _sync_folder(self, folder: Path) -> None:
        try:
            self._disk.sync_folder(folder)
        except OSError:
            self.fault = "fsync"
            raise

    def _take_back(self, fd: int) -> None:
        """Cut the file to its lines, after a write that failed."""
        if self.fault:
            return
        try:
            self._disk.truncate(fd, self._size)
        except OSError:
            self.fault = "restore"
        self._filled = self._size

    def _cut(self, fd: int) -> None:
        """Cut the zeros off; where the system refuses they stay, and mean nothing."""
        if self._filled > self._size:
            with suppress(OSError):
                self._disk.truncate(fd, self._size)
                self._filled = self._size

    def _let_go(self) -> None:
        if self._fd is not None:
            self._disk.close(self._fd)
            self._fd = None
