"""Seals a workspace and opens it for good: the journal is written anew as a whole, attachments one by one.

Sealing: complete new journal in ``journal.new`` (its description inside, with the note ``converting``), two renames,
``workspace.json``, old journal and sidecar removed, attachments, and last the note taken away. Opening for good: note,
attachments, journal. Whatever is interrupted is completed, or undone, at the next opening.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Final

from fieldkit.errors import StoreError
from fieldkit.i18n import _
from fieldkit.store.disk import Disk
from fieldkit.store.folders import fresh_folder, replace_journal
from fieldkit.store.identity import Workspace, write_workspace
from fieldkit.store.journal import Journal
from fieldkit.store.lines import format_line
from fieldkit.store.packing import encode
from fieldkit.store.segment import Cipher, Segment

__all__ = [
    "SEALED_FILE",
    "convert",
    "finish_attachments",
    "open_attachment",
    "open_attachments",
    "seal_attachment",
]

SEALED_FILE: Final = b"FKSEAL01"
"""First bytes of a sealed attachment."""
_SPARE: Final = 1.6
"""Room needed beside the journal, as a multiple of its size: sealed text is longer."""


def convert(home: Path, disk: Disk, journal: Journal, workspace: Workspace, cipher: Cipher | None) -> None:
    """Write an opened journal anew under another cipher (None: plain) and put it in the place of the old one.

    Args:
        home: Folder of the workspace; the caller holds its lock.
        disk: The file system.
        journal: The journal under its present cipher, opened for reading.
        workspace: The description for the new journal.
        cipher: The new cipher.

    Raises:
        StoreError: STORE-010, there is no room for a second journal.
        OSError: The medium failed; the old journal stands.
    """
    size = sum(segment.size for segment in journal.segments)
    if disk.free(home) < _SPARE * size + (1 << 20):
        raise StoreError(
            "STORE-010",
            _("There is no room to write the journal anew: {bytes} bytes are needed").format(bytes=int(_SPARE * size)),
            hint=_("Free some room, then try again. Nothing was changed."),
        )
    folder = fresh_folder(home, disk)
    for segment in journal.segments:
        _write_segment(folder / segment.path.name, disk, segment, cipher)
    mark = home / "journal" / "mark"
    if mark.exists():
        disk.write_whole(folder / "mark", disk.read(mark))
    note = {} if cipher is None else {"converting": True}
    fresh = Workspace(workspace.id, workspace.format, workspace.seal, {**workspace.extra, **note})
    disk.write_whole(folder / "workspace.copy.json", _description(fresh))
    journal.close()
    replace_journal(home, disk)
    write_workspace(home, disk, fresh)
    _remove_folders(home, "state", "journal.old")
    if cipher is not None:
        finish_attachments(home, disk, fresh, cipher)


def _description(workspace: Workspace) -> bytes:
    value = {**workspace.extra, "workspace": workspace.id, "format": workspace.format}
    if workspace.seal is not None:
        value["seal"] = workspace.seal
    return encode(value) + b"\n"


def _write_segment(path: Path, disk: Disk, segment: Segment, cipher: Cipher | None) -> None:
    lines: list[bytes] = []
    content = segment.content()
    for entry in segment.entries(0):
        if entry.kind == b"S":
            continue
        token = content[entry.offset : entry.end].split(b" ", 3)[2]
        payload = entry.payload
        if cipher is not None and entry.kind != b"H":
            payload = cipher.seal(payload, b"%d %b" % (entry.number, entry.kind))
        lines.append(format_line(entry.number, token, payload))
    data = b"".join(lines)
    if segment.end_number is not None:
        known = segment.footer()
        footer = {
            "names": known["names"],
            "sha256": hashlib.sha256(data).hexdigest(),
            "lines": known["lines"],
        }
        payload, number = encode(footer), segment.end_number
        if cipher is not None:
            payload = cipher.seal(payload, b"%d S" % number)
        data += format_line(number, b"S", payload)
    disk.write_whole(path, data)


def finish_attachments(home: Path, disk: Disk, workspace: Workspace, cipher: Cipher | None) -> None:
    """Seal every file beside the journal that is still plain, then forget the note ``converting``; safe to repeat.

    Raises:
        OSError: The medium failed; the next opening goes on.
    """
    if cipher is not None:
        for path in _attachments(home):
            data = disk.read(path)
            if not data.startswith(SEALED_FILE):
                disk.write_whole(path, seal_attachment(cipher, path.name, data))
    extra = {key: value for key, value in workspace.extra.items() if key != "converting"}
    write_workspace(home, disk, Workspace(workspace.id, workspace.format, workspace.seal, extra))


def open_attachments(home: Path, disk: Disk, workspace: Workspace, cipher: Cipher) -> None:
    """Write every sealed file beside the journal in plain; noted first, so that a crash seals them again.

    Raises:
        OSError: The medium failed; the next opening seals again what was opened.
    """
    noted = Workspace(workspace.id, workspace.format, workspace.seal, {**workspace.extra, "converting": True})
    write_workspace(home, disk, noted)
    for path in _attachments(home):
        data = disk.read(path)
        if data.startswith(SEALED_FILE):
            disk.write_whole(path, open_attachment(cipher, path.name, data))


def _attachments(home: Path) -> list[Path]:
    folders = [home / "blobs", home / "quarantine"]
    files = [path for folder in folders if folder.is_dir() for path in folder.rglob("*") if path.is_file()]
    return sorted(path for path in files if not path.name.endswith(".new"))


def _remove_folders(home: Path, *names: str) -> None:
    for name in names:
        if (home / name).is_dir():
            shutil.rmtree(home / name)


def seal_attachment(cipher: Cipher, name: str, data: bytes) -> bytes:
    """Return an attachment as it lies in a sealed workspace; it is bound to its name."""
    return SEALED_FILE + cipher.seal_raw(data, b"file " + name.encode())


def open_attachment(cipher: Cipher | None, name: str, data: bytes) -> bytes:
    """Return an attachment's content, whether it was sealed or not.

    Raises:
        StoreError: STORE-030 it is sealed and there is no key, STORE-032 it was altered.
    """
    if not data.startswith(SEALED_FILE):
        return data
    if cipher is None:
        raise StoreError("STORE-030", _("The workspace is sealed"))
    return cipher.open_raw(data[len(SEALED_FILE) :], b"file " + name.encode())
