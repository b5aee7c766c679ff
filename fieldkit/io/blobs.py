"""Keeps evidence files by the SHA-256 of their content: written whole or not at all, checked when read."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from fieldkit.errors import EvidenceError, StoreError
from fieldkit.i18n import _

__all__ = ["MAX_BLOB_BYTES", "BlobStore", "refuse_odd"]

MAX_BLOB_BYTES = 256 * 1024 * 1024
"""Largest file taken as evidence; a film of some minutes fits."""

_CHUNK = 1 << 20
_HASH = re.compile(r"[0-9a-f]{64}")


class BlobStore:
    """Files below ``HOME/blobs``, named by their hash, in folders of its first two characters."""

    def __init__(self, home: Path, *, max_bytes: int = MAX_BLOB_BYTES) -> None:
        """Take the workspace folder; nothing is created before the first file.

        Args:
            home: The workspace.
            max_bytes: Largest file that is taken, in bytes.
        """
        self._root = Path(home) / "blobs"
        self._max_bytes = max_bytes

    def put(self, source: bytes | Path) -> str:
        """Store bytes or a file durably and return its hash; a file that is here already is kept.

        Raises:
            EvidenceError: BLOB-001 when the source vanished or cannot be read, BLOB-002 when it is too large,
                BLOB-003 when it is no plain file.
            StoreError: BLOB-004 when the disk is full or read-only; nothing of the file is left then.
        """
        if isinstance(source, bytes):
            if len(source) > self._max_bytes:
                raise self._too_large(len(source), "")
            return self._write(iter((source,)), name="")
        return self._put_file(Path(source))

    def open(self, sha256: str) -> BinaryIO:
        """Open a stored file for reading.

        Raises:
            EvidenceError: BLOB-005 when it is not here.
        """
        try:
            return self.path(sha256).open("rb")
        except OSError as error:
            raise self._absent(sha256) from error

    def read(self, sha256: str) -> bytes:
        """Return a stored file's content, checked against its hash.

        Raises:
            EvidenceError: BLOB-005 when it is not here, BLOB-006 when its content was altered.
        """
        with self.open(sha256) as file:
            data = file.read()
        if hashlib.sha256(data).hexdigest() != sha256:
            raise self._altered(sha256)
        return data

    def path(self, sha256: str) -> Path:
        """Return where a file of this hash lies or would lie.

        Raises:
            EvidenceError: BLOB-007 when the text is no hash.
        """
        if not _HASH.fullmatch(sha256):
            raise EvidenceError("BLOB-007", _("“{text}” is no hash of a file").format(text=sha256[:80]))
        return self._root / sha256[:2] / sha256

    def exists(self, sha256: str) -> bool:
        """Tell whether a file is here."""
        return self.path(sha256).is_file()

    def size(self, sha256: str) -> int:
        """Return a stored file's size in bytes.

        Raises:
            EvidenceError: BLOB-005 when it is not here.
        """
        try:
            return self.path(sha256).stat().st_size
        except OSError as error:
            raise self._absent(sha256) from error

    def verify(self, sha256: str) -> None:
        """Check a stored file against its hash without loading it whole.

        Raises:
            EvidenceError: BLOB-005 when it is not here, BLOB-006 when its content was altered.
        """
        with self.open(sha256) as file:
            digest = hashlib.sha256()
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
        if digest.hexdigest() != sha256:
            raise self._altered(sha256)

    def hashes(self) -> Iterator[str]:
        """Yield the hash of every stored file, sorted."""
        if not self._root.is_dir():
            return
        for folder in sorted(self._root.iterdir()):
            if folder.is_dir():
                yield from sorted(file.name for file in folder.iterdir() if _HASH.fullmatch(file.name))

    def remove(self, sha256: str) -> bool:
        """Delete a stored file; return whether it was here."""
        try:
            self.path(sha256).unlink()
        except FileNotFoundError:
            return False
        return True

    def _put_file(self, path: Path) -> str:
        try:
            refuse_odd(path)
            with path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                if size > self._max_bytes:
                    raise self._too_large(size, path.name)
                return self._write(_chunks(file, path), name=path.name)
        except OSError as error:
            raise _unreadable(path, error) from error

    def _write(self, chunks: Iterator[bytes], *, name: str) -> str:
        digest = hashlib.sha256()
        size = 0
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            draft = self._root / f".{secrets.token_hex(8)}.part"
            try:
                with draft.open("xb") as file:
                    for chunk in chunks:
                        size += len(chunk)
                        if size > self._max_bytes:
                            raise self._too_large(size, name)
                        digest.update(chunk)
                        file.write(chunk)
                    file.flush()
                    os.fsync(file.fileno())
                return self._place(draft, digest.hexdigest())
            finally:
                with contextlib.suppress(OSError):
                    draft.unlink(missing_ok=True)
        except OSError as error:
            raise _unwritable(error) from error

    def _place(self, draft: Path, sha256: str) -> str:
        target = self.path(sha256)
        target.parent.mkdir(exist_ok=True)
        if target.is_file() and target.stat().st_size == draft.stat().st_size:
            # The same content is here already, unless the disk altered it: then the new copy replaces it.
            with target.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() == sha256:
                    return sha256
        draft.replace(target)
        _sync_folder(target.parent)
        _sync_folder(self._root)
        return sha256

    def _too_large(self, size: int, name: str) -> EvidenceError:
        return EvidenceError(
            "BLOB-002",
            _("{name} has {size} MB; at most {limit} MB are taken").format(
                name=name or _("The file"), size=size // 1_000_000, limit=self._max_bytes // 1_000_000
            ),
            hint=_("Note it as seen and not copied, or attach an extract."),
            where={"file": name, "bytes": size},
        )

    def _absent(self, sha256: str) -> EvidenceError:
        return EvidenceError(
            "BLOB-005",
            _("The file {hash} is not on this device").format(hash=sha256[:12]),
            hint=_("Copy the folder “blobs” from the device where it was attached."),
            where={"sha256": sha256},
        )

    def _altered(self, sha256: str) -> EvidenceError:
        return EvidenceError(
            "BLOB-006",
            _("The stored file {hash} was altered").format(hash=sha256[:12]),
            hint=_("Copy it again from the device where it was attached."),
            where={"sha256": sha256},
        )


def _chunks(file: BinaryIO, path: Path) -> Iterator[bytes]:
    while True:
        try:
            chunk = file.read(_CHUNK)
        except OSError as error:
            raise _unreadable(path, error) from error
        if not chunk:
            return
        yield chunk


def _unreadable(path: Path, error: OSError) -> EvidenceError:
    return EvidenceError(
        "BLOB-001",
        _("{name} cannot be read: {cause}").format(name=path.name, cause=error.strerror or str(error)),
        hint=_("Check that the file is still there and that you may read it."),
        where={"file": str(path)},
    )


def _unwritable(error: OSError) -> StoreError:
    full = error.errno in {errno.ENOSPC, errno.EDQUOT}
    return StoreError(
        "BLOB-004",
        _("The file cannot be stored: {cause}").format(cause=error.strerror or str(error)),
        hint=_("Make room on the disk and attach it again.") if full else _("Check that the workspace may be written."),
    )


def _sync_folder(folder: Path) -> None:
    """Make a new name in a folder durable, where the system knows how."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def refuse_odd(path: Path) -> None:
    """Refuse a folder, a pipe or a device: reading it would fail, wait for ever, or never end.

    Raises:
        EvidenceError: BLOB-003.
    """
    if path.exists() and not path.is_file():
        raise EvidenceError(
            "BLOB-003",
            _("{name} is no file").format(name=path.name),
            hint=_("Name a single file, not a folder or a device."),
            where={"file": str(path)},
        )
