"""Evidence beside bundles: one file for each hash, sealed like the bundle, resumable, never half."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fieldkit.errors import SyncError
from fieldkit.i18n import _
from fieldkit.io.age import seal_file, unseal_file
from fieldkit.io.bundlefile import PARTIAL
from fieldkit.sync.bundle import SEALED
from fieldkit.sync.evidence import EVIDENCE_SUFFIX
from fieldkit.sync.unusable import unusable

__all__ = ["Transfer", "find_evidence", "open_evidence", "send_evidence"]

_CHUNK = 1 << 20
_HASH_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Transfer:
    """What became of the files.

    Attributes:
        sent: Hashes of the files that were written.
        present: Hashes of those that were there already.
        missing: Hashes of those that this workspace does not have itself.
    """

    sent: tuple[str, ...]
    present: tuple[str, ...]
    missing: tuple[str, ...]


def send_evidence(
    folder: Path,
    hashes: Sequence[str],
    find: Callable[[str], Path],
    *,
    recipients: Sequence[str] = (),
    progress: Callable[[int, int], bool] | None = None,
) -> Transfer:
    """Write files beside a bundle; those that are there already are not written again.

    Args:
        folder: Where the bundle lies.
        hashes: The files to write.
        find: Gives the path of a file by its hash.
        recipients: Whom to seal to; nobody leaves the files readable.
        progress: Is told (done, all) after each file, and stops the rest by returning false.

    Raises:
        SyncError: SYNC-001, the folder cannot be written.
    """
    sent: list[str] = []
    present: list[str] = []
    missing: list[str] = []
    for number, sha256 in enumerate(dict.fromkeys(hashes), start=1):
        source, target = find(sha256), folder / (sha256 + EVIDENCE_SUFFIX)
        if target.exists():
            present.append(sha256)
        elif not source.is_file():
            missing.append(sha256)
        else:
            _write(source, target, recipients)
            sent.append(sha256)
        if progress is not None and not progress(number, len(hashes)):
            break
    return Transfer(tuple(sent), tuple(present), tuple(missing))


def find_evidence(sources: Sequence[Path]) -> Iterator[tuple[str, Path]]:
    """Yield hash and path of the files of evidence among files and folders, sorted by name."""
    for source in sources:
        paths = sorted(source.rglob("*" + EVIDENCE_SUFFIX)) if source.is_dir() else [source]
        for path in paths:
            sha256 = path.name.removesuffix(EVIDENCE_SUFFIX)
            if path.name.endswith(EVIDENCE_SUFFIX) and len(sha256) == _HASH_LENGTH and path.is_file():
                yield sha256, path


def open_evidence(path: Path, sha256: str, scratch: Path, identities: Sequence[str] = ()) -> Path:
    """Return a file with the content of a piece of evidence, whose hash is right; the caller removes it.

    Args:
        path: The file beside the bundle.
        sha256: The hash that its content must have.
        scratch: Folder for the opened file.
        identities: Keys that open sealed files.

    Raises:
        SyncError: SYNC-001 it cannot be read, SYNC-014 it is sealed for somebody else,
            SYNC-060 its content is not what its name says.
    """
    target = scratch / f"{PARTIAL}{sha256}-{secrets.token_hex(4)}"
    try:
        scratch.mkdir(parents=True, exist_ok=True)
        # A piece of evidence can itself be an age file: then its own hash is the one that is looked for.
        if _is_sealed(path) and _hash(path) != sha256:
            unseal_file(path, target, identities)
        else:
            _copy(path, target)
        found = _hash(target)
    except OSError as error:
        target.unlink(missing_ok=True)
        raise unusable(path, error) from error
    except SyncError:
        target.unlink(missing_ok=True)
        raise
    if found != sha256:
        target.unlink(missing_ok=True)
        raise SyncError(
            "SYNC-060",
            _("The file of evidence {name} was cut off or altered").format(name=path.name),
            hint=_("Copy it again; the record stays incomplete until the right file is here."),
            where={"file": str(path)},
        )
    return target


def _write(source: Path, target: Path, recipients: Sequence[str]) -> None:
    partial = target.parent / f"{PARTIAL}{target.name}-{secrets.token_hex(4)}"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if recipients:
            seal_file(source, partial, recipients)
        else:
            _copy(source, partial)
        with partial.open("rb+") as stream:
            os.fsync(stream.fileno())
        partial.replace(target)
    except OSError as error:
        raise unusable(target, error) from error
    finally:
        partial.unlink(missing_ok=True)


def _is_sealed(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(SEALED)) == SEALED


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as reader, target.open("wb") as writer:
        while chunk := reader.read(_CHUNK):
            writer.write(chunk)


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
