"""Evidence files by their hash, as protocols."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, Protocol

__all__ = ["BlobStore", "Cleaned", "PhotoCleaner"]


class BlobStore(Protocol):
    """Keeps files by their SHA-256."""

    def put(self, source: bytes | Path) -> str:
        """Store bytes or a file durably and return the hash, 64 hexadecimal characters."""
        ...

    def open(self, sha256: str) -> BinaryIO:
        """Open a stored file for reading."""
        ...

    def path(self, sha256: str) -> Path:
        """Return where a stored file lies."""
        ...

    def exists(self, sha256: str) -> bool:
        """Tell whether a file is here."""
        ...

    def remove(self, sha256: str) -> bool:
        """Delete a stored file; return whether it was here."""
        ...


class Cleaned(Protocol):
    """A file ready to be stored: location and owner data of photos removed."""

    @property
    def data(self) -> bytes:
        """Its content."""
        ...

    @property
    def type(self) -> str:
        """Media type such as ``image/jpeg``."""
        ...


class PhotoCleaner(Protocol):
    """Removes what a photo tells about place and owner."""

    def __call__(self, path: Path, /) -> Cleaned:
        """Return the cleaned content of a file.

        Raises:
            EvidenceError: The file cannot be read, or is a picture that cannot be cleaned.
        """
        ...
