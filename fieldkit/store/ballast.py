"""Room kept in reserve: a file given up when the disk is full, so that a visit in progress can be finished."""

from __future__ import annotations

from pathlib import Path

from fieldkit.store.disk import Disk

__all__ = ["Ballast"]

_PLENTY = 8
"""The ballast is laid only where this many times its size is free."""


class Ballast:
    """One file of fixed size beside the journal.

    Attributes:
        path: The file.
        size: Its bytes; 0 for none.
    """

    def __init__(self, path: Path, disk: Disk, size: int) -> None:
        self.path = path
        self.size = size
        self._disk = disk

    @property
    def is_laid(self) -> bool:
        """Tell whether the reserve is there."""
        return self.path.exists()

    def lay(self) -> bool:
        """Make the reserve where it is missing and room is plenty; never an error."""
        if not self.size or self.is_laid:
            return self.is_laid
        try:
            if self._disk.free(self.path.parent) < _PLENTY * self.size:
                return False
            fd = self._disk.create(self.path)
        except OSError:
            return False
        try:
            self._disk.reserve(fd, self.size)
        except OSError:
            self._disk.close(fd)
            self.release()
            return False
        self._disk.close(fd)
        return True

    def release(self) -> bool:
        """Give the reserve up; True where there was one."""
        if not self.is_laid:
            return False
        try:
            self._disk.remove(self.path)
            self._disk.sync_folder(self.path.parent)
        except OSError:
            return False
        return True

    def make_room(self, folder: Path, needed: int) -> None:
        """Give the reserve up where fewer than ``needed`` bytes are free."""
        try:
            free = self._disk.free(folder)
        except OSError:
            return
        if free < needed + 4096:
            self.release()
