"""Bundle files as a protocol."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

__all__ = ["BundleFiles"]


class BundleFiles(Protocol):
    """Writes and reads the plain bytes of bundles."""

    def write(self, folder: Path, data: bytes) -> Path:
        """Write a bundle under its hash, durably, and return its path; a file of that name is kept."""
        ...

    def read(self, path: Path) -> bytes:
        """Read a bundle.

        Raises:
            SyncError: The file is missing, too large, or cannot be read.
        """
        ...

    def place(self, path: Path, data: bytes) -> None:
        """Write a file of another name beside bundles, durably; one that is there is kept."""
        ...

    def find(self, sources: Sequence[Path]) -> Iterator[Path]:
        """Yield the bundles among files and folders."""
        ...
