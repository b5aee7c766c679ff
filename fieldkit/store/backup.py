"""Backups: hashed copies of the journal and the attachments, made while the workspace is in use.

Into a folder a backup is incremental: files lie there by their hash, those that are there are kept, and the list
``backup.json`` is replaced last, so that an earlier backup stays whole until the new one is. Into a file it is one ZIP
without compression.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from msgspec import Struct

from fieldkit.errors import StoreError
from fieldkit.i18n import _
from fieldkit.model.operation import Json
from fieldkit.store.disk import Disk
from fieldkit.store.engine import Engine
from fieldkit.store.packing import decode, encode

__all__ = ["Backup", "read_backup", "unpack_backup", "write_backup"]

_LIST: Final = "backup.json"
_FORMAT: Final = 1
_TRIES: Final = 2
_NAME: Final = re.compile(r"^(journal/[0-9]{8}-[0-9]{4}\.seg|journal/workspace\.copy\.json|workspace\.json"
                          r"|settings\.toml|blobs(/[0-9a-z]{2})?/[0-9a-f]{64})$")  # fmt: skip


class Backup(Struct, frozen=True):
    """A backup that was read.

    Attributes:
        files: Name -> [bytes, SHA-256].
        counted: ``operations``, ``records``, ``segments``, and ``taken``: number of the last line in it.
        content: Gives the bytes of a file.
    """

    files: dict[str, tuple[int, str]]
    counted: dict[str, Json]
    content: Callable[[str], bytes]


def _sources(engine: Engine, home: Path) -> Iterator[tuple[str, Path, int]]:
    """Yield name, file and bytes of everything that belongs in a backup."""
    for segment in list(engine.journal.segments):
        yield f"journal/{segment.path.name}", segment.path, segment.size
    for name in ("journal/workspace.copy.json", "workspace.json", "settings.toml"):
        path = home / name
        if path.exists():
            yield name, path, path.stat().st_size
    blobs = home / "blobs"
    for path in sorted(blobs.rglob("*")) if blobs.is_dir() else ():
        name = path.relative_to(home).as_posix()
        if path.is_file() and _NAME.match(name):
            yield name, path, path.stat().st_size


def write_backup(engine: Engine, home: Path, target: Path, disk: Disk) -> dict[str, Json]:
    """Write a backup into a folder (a path without suffix, or an existing folder) or a file.

    Returns:
        ``{path, files, bytes, copied, operations, records, segments, taken}``.

    Raises:
        OSError: The target cannot be written; an earlier backup there stays usable.
    """
    for _attempt in range(_TRIES):
        # Upkeep may put a compacted segment in the place of one that was just listed.
        with suppress(FileNotFoundError):
            return _write_once(engine, home, target, disk)
    return _write_once(engine, home, target, disk)


def _write_once(engine: Engine, home: Path, target: Path, disk: Disk) -> dict[str, Json]:
    with engine.committer.paused(), engine.state.lock:
        sources = list(_sources(engine, home))
        counted = {
            "taken": engine.journal.next_number - 1,
            "operations": engine.state.operations,
            "records": sum(engine.state.count_records(kind) for kind in engine.state.kinds()),
            "segments": len(engine.journal.segments),
        }
    is_folder = target.is_dir() or not target.suffix
    write = _to_folder if is_folder else _to_file
    files, copied = write(sources, target, disk, {"format": _FORMAT, **counted})
    return {
        "path": str(target),
        "files": len(files),
        "bytes": sum(size for size, _digest in files.values()),
        "copied": copied,
        **counted,
    }


_Sources = list[tuple[str, Path, int]]
_Files = dict[str, tuple[int, str]]


def _read(disk: Disk, path: Path, size: int) -> bytes:
    return disk.read(path)[:size]


def _to_folder(sources: _Sources, target: Path, disk: Disk, head: dict[str, Json]) -> tuple[_Files, int]:
    folder = target / "files"
    disk.make_folder(folder)
    files: _Files = {}
    copied = 0
    for name, path, size in sources:
        data = _read(disk, path, size)
        digest = hashlib.sha256(data).hexdigest()
        files[name] = (len(data), digest)
        place = folder / digest
        if not place.exists() or disk.size(place) != len(data):
            disk.write_whole(place, data)
            copied += len(data)
    disk.sync_folder(target)
    disk.write_whole(target / _LIST, encode({**head, "files": files}) + b"\n")
    wanted = {digest for _size, digest in files.values()}
    for path in folder.iterdir():
        if path.name not in wanted:
            disk.remove(path)
    return files, copied


def _to_file(sources: _Sources, target: Path, disk: Disk, head: dict[str, Json]) -> tuple[_Files, int]:
    temporary = target.with_name(target.name + ".new")
    files: _Files = {}
    disk.make_folder(target.parent)
    with zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
        for name, path, size in sources:
            data = _read(disk, path, size)
            digest = hashlib.sha256(data).hexdigest()
            if digest not in {known for _size, known in files.values()}:
                archive.writestr(f"files/{digest}", data)
            files[name] = (len(data), digest)
        archive.writestr(_LIST, encode({**head, "files": files}))
    fd = disk.open_append(temporary, disk.size(temporary))
    try:
        disk.fsync(fd)
    finally:
        disk.close(fd)
    disk.replace(temporary, target)
    disk.sync_folder(target.parent)
    return files, sum(size for size, _digest in files.values())


def read_backup(source: Path) -> Backup:
    """Read a backup's list and verify every file in it.

    Raises:
        StoreError: STORE-040, it is incomplete, altered or no backup.
    """
    try:
        content = _opener(source)
        listed = decode(content(_LIST))
        files = {str(name): (int(size), str(digest)) for name, (size, digest) in listed["files"].items()}
        for name, (size, digest) in files.items():
            if not _NAME.match(name):
                raise _damaged(source, name)
            data = content(f"files/{digest}")
            if len(data) != size or hashlib.sha256(data).hexdigest() != digest:
                raise _damaged(source, name)
        by_name = {name: f"files/{digest}" for name, (_size, digest) in files.items()}
        counted = {name: int(listed[name]) for name in ("operations", "records", "segments", "taken")}
        return Backup(files, counted, lambda name: content(by_name[name]))
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise _damaged(source, str(error)) from error


def _opener(source: Path) -> Callable[[str], bytes]:
    if source.is_dir():
        return lambda name: (source / name).read_bytes()
    if source.exists() and not source.is_file():
        raise OSError(_("it is no plain file"))
    with zipfile.ZipFile(source) as archive:
        archive.testzip()

    def read(name: str) -> bytes:
        with zipfile.ZipFile(source) as archive:
            return archive.read(name)

    return read


def _damaged(source: Path, cause: str) -> StoreError:
    return StoreError(
        "STORE-040",
        _("The backup is damaged or is none: {file}").format(file=source),
        hint=_("Nothing was changed. Use an older backup."),
        where={"file": str(source), "cause": cause},
    )


def unpack_backup(backup: Backup, home: Path, disk: Disk) -> None:
    """Write a backup's files into a folder; ``workspace.json`` comes last and makes it a workspace."""
    names = sorted(backup.files, key=lambda name: (name == "workspace.json", name))
    for name in names:
        place = home / name
        disk.make_folder(place.parent)
        disk.write_whole(place, backup.content(name))
