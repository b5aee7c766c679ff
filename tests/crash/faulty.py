"""A disk that fails at the k-th call of a kind, and counts that it did."""

from __future__ import annotations

import errno
from pathlib import Path

from fieldkit.store.disk import Disk

__all__ = ["KINDS", "FaultyDisk"]

KINDS = (
    "write EIO",
    "write ENOSPC after half",
    "write short",
    "fsync EIO",
    "rename EIO",
    "create ENOSPC",
    "remove EIO",
    "sync EIO",
    "write EIO, truncate EIO",
    "read EIO",
)


class FaultyDisk(Disk):
    """Fails once, or from the k-th call on.

    Attributes:
        fired: How often it failed.
    """

    def __init__(self, kind: str, at: int, *, for_ever: bool = False) -> None:
        self.kind = kind
        self.at = at
        self.for_ever = for_ever
        self.fired = 0
        self.calls = 0
        self.is_armed = True

    def _fails(self, call: str) -> bool:
        if not self.is_armed or not self.kind.startswith(call):
            return False
        self.calls += 1
        failing = self.calls >= self.at if self.for_ever else self.calls == self.at
        self.fired += failing
        return failing

    def write_some(self, fd: int, data: memoryview) -> int:
        if self._fails("write"):
            if self.kind == "write short":
                return super().write_some(fd, data[:1])
            if "half" in self.kind:
                super().write_some(fd, data[: len(data) // 2])
                raise OSError(errno.ENOSPC, "no room")
            raise OSError(errno.EIO, "broken")
        return super().write_some(fd, data)

    def fsync(self, fd: int) -> None:
        if self._fails("fsync"):
            raise OSError(errno.EIO, "broken")

    def truncate(self, fd: int, size: int) -> None:
        if self.kind.endswith("truncate EIO") and self.fired and self.is_armed:
            raise OSError(errno.EIO, "broken")
        super().truncate(fd, size)

    def replace(self, source: Path, target: Path) -> None:
        if self._fails("rename"):
            raise OSError(errno.EIO, "broken")
        super().replace(source, target)

    def create(self, path: Path) -> int:
        if self._fails("create"):
            raise OSError(errno.ENOSPC, "no room")
        return super().create(path)

    def remove(self, path: Path) -> None:
        if self._fails("remove"):
            raise OSError(errno.EIO, "broken")
        super().remove(path)

    def sync_folder(self, path: Path) -> None:
        if self._fails("sync"):
            raise OSError(errno.EIO, "broken")

    def read(self, path: Path) -> bytes:
        if self._fails("read"):
            raise OSError(errno.EIO, "broken")
        return super().read(path)
