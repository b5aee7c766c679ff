"""Evidence files of a sealed workspace: nothing of them lies readable on the disk, but while it is being used."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from fieldkit.ports.blobs import BlobStore

__all__ = ["SealedBlobs"]


class SealedBlobs:
    """Keeps files sealed under the hash of their plain content."""

    def __init__(
        self,
        inner: BlobStore,
        scratch: Path,
        seal: Callable[[str, bytes], bytes],
        unseal: Callable[[str, bytes], bytes],
        place: Callable[[Path, bytes], None],
    ) -> None:
        """Wrap the store of plain files.

        Args:
            inner: Knows where a file of a hash lies.
            scratch: Folder for files that another program needs readable; emptied when the workspace is closed.
            seal: Seals the content of a file of this hash.
            unseal: Opens it again.
            place: Writes a file durably.
        """
        self._inner = inner
        self._scratch = scratch
        self._seal = seal
        self._unseal = unseal
        self._place = place

    def put(self, source: bytes | Path) -> str:
        """Store bytes or a file sealed and return the hash of its plain content."""
        data = source if isinstance(source, bytes) else source.read_bytes()
        sha256 = hashlib.sha256(data).hexdigest()
        if not self._inner.exists(sha256):
            self._place(self._inner.path(sha256), self._seal(sha256, data))
        return sha256

    def open(self, sha256: str) -> BinaryIO:
        """Open a stored file for reading."""
        with self._inner.open(sha256) as stream:
            return io.BytesIO(self._unseal(sha256, stream.read()))

    def path(self, sha256: str) -> Path:
        """Return where a readable copy lies; it is made for as long as the workspace is open."""
        target = self._scratch / sha256
        if not target.exists() and self._inner.exists(sha256):
            with self.open(sha256) as stream:
                self._scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
                target.write_bytes(stream.read())
        return target

    def exists(self, sha256: str) -> bool:
        """Tell whether a file is here."""
        return self._inner.exists(sha256)

    def remove(self, sha256: str) -> bool:
        """Delete a stored file and its readable copy; return whether it was here."""
        (self._scratch / sha256).unlink(missing_ok=True)
        return self._inner.remove(sha256)
