"""Bundle files on disk: written whole or not at all, read with a limit."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path

from fieldkit.errors import SyncError
from fieldkit.i18n import _
from fieldkit.sync.bundle import READ_LIMIT, SUFFIX
from fieldkit.sync.unusable import unusable

__all__ = ["DiskBundles", "find_bundles", "read_bundle", "write_bundle", "write_durably"]

PARTIAL = ".part-"
"""Beginning of the name of a file that is being written; readers pass over it."""


def write_bundle(folder: Path, data: bytes) -> Path:
    """Write a bundle as ``<sha256>.fkb`` and return its path; a file of that name is kept as it is.

    Raises:
        SyncError: SYNC-001, the folder cannot be written.
    """
    path = folder / (hashlib.sha256(data).hexdigest() + SUFFIX)
    write_durably(path, data)
    return path


def write_durably(path: Path, data: bytes) -> None:
    """Write a file under another name, flush it to the disk and give it its name; never overwrite.

    Raises:
        SyncError: SYNC-001, the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.read_bytes() == data:
            return
        partial = path.parent / f"{PARTIAL}{path.name}-{secrets.token_hex(4)}"
        try:
            with partial.open("xb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except OSError as error:
        raise unusable(path, error) from error


def read_bundle(path: Path) -> bytes:
    """Return the bytes of a bundle file, at most as many as a bundle may have.

    Raises:
        SyncError: SYNC-001 the file is missing or cannot be read, SYNC-002 it is too large.
    """
    try:
        if path.exists() and not path.is_file():
            raise unusable(path, OSError(_("it is no plain file")))
        with path.open("rb") as stream:
            data = stream.read(READ_LIMIT + 1)
    except OSError as error:
        raise unusable(path, error) from error
    if len(data) > READ_LIMIT:
        raise SyncError(
            "SYNC-002",
            _("The file is larger than a bundle may be: {file}").format(file=path.name),
            hint=_("Fieldkit splits exports at 4 MiB. This is another file, or it was altered."),
            where={"file": str(path)},
        )
    return data


def find_bundles(sources: Sequence[Path]) -> Iterator[Path]:
    """Yield files as they are given, and the bundles of folders and their folders, sorted by name."""
    for source in sources:
        if not source.is_dir():
            yield source
            continue
        for path in sorted(source.rglob("*" + SUFFIX)):
            if path.is_file() and not path.name.startswith(PARTIAL):
                yield path


class DiskBundles:
    """Bundle files on disk as the services use them."""

    def write(self, folder: Path, data: bytes) -> Path:
        """Write a bundle under its hash, durably, and return its path; a file of that name is kept.

        Raises:
            SyncError: SYNC-001, the folder cannot be written.
        """
        return write_bundle(folder, data)

    def read(self, path: Path) -> bytes:
        """Read a bundle.

        Raises:
            SyncError: SYNC-001 or SYNC-002, the file is missing, too large, or cannot be read.
        """
        return read_bundle(path)

    def place(self, path: Path, data: bytes) -> None:
        """Write a file of another name beside bundles, durably.

        Raises:
            SyncError: SYNC-001, the folder cannot be written.
        """
        write_durably(path, data)

    def find(self, sources: Sequence[Path]) -> Iterator[Path]:
        """Yield the bundles among files and folders."""
        return find_bundles(sources)


def _sync_folder(folder: Path) -> None:
    """Flush the name of a new file; sticks and Windows cannot flush folders."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
