"""Who this copy of a workspace is: its id, its device id, and the mark that notices a copy or an older state.

Two copies of one folder must never number operations alike, so the device id belongs to the very file that holds
it: when that file is another one (copied, restored, another machine), or the journal is shorter than the mark,
the workspace takes a new device id.
"""

from __future__ import annotations

import os
import platform
import re
import secrets
import zlib
from pathlib import Path
from typing import Final

from msgspec import Struct, field

from fieldkit.errors import StoreError
from fieldkit.i18n import _
from fieldkit.model.operation import Json
from fieldkit.store.disk import Disk
from fieldkit.store.packing import decode, encode

__all__ = ["Identity", "Mark", "Workspace", "agree", "new_device_id", "read_workspace", "write_workspace"]

_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz234567"
_MARK = re.compile(rb"^(\d{20}) (\d{20}) ([a-z2-7]{16}) ([0-9a-f]{8})\n")
_CLOCK_GRAIN_NS: Final = 2_000_000_000
"""Some sticks keep times in steps of two seconds."""


def new_device_id() -> str:
    """Return 16 random characters."""
    return "".join(secrets.choice(_ALPHABET) for _place in range(16))


class Workspace(Struct):
    """What ``workspace.json`` says.

    Attributes:
        id: Random id of the workspace, in the head of every segment.
        format: Version of the layout.
        seal: Parameters and wrapped keys of a sealed workspace, None for a plain one.
        extra: Members of newer programs, kept.
    """

    id: str
    format: int = 1
    seal: dict[str, Json] | None = None
    extra: dict[str, Json] = field(default_factory=dict)


_LAYOUT: Final = 1


def read_workspace(home: Path, disk: Disk) -> Workspace | None:
    """Return the workspace's own description, None where there is none.

    The copy beside the segments counts first: it is replaced together with them.

    Raises:
        StoreError: STORE-004 for a newer layout, STORE-005 where both copies are damaged.
        OSError: The medium does not give them.
    """
    seen = False
    unread: OSError | None = None
    for path in (home / "journal" / "workspace.copy.json", home / "workspace.json"):
        try:
            value = decode(disk.read(path))
        except FileNotFoundError:
            continue
        except ValueError:
            seen = True
            continue
        except OSError as error:
            unread = error
            continue
        if not isinstance(value, dict) or not isinstance(value.get("workspace"), str):
            seen = True
            continue
        if value.get("format", 0) > _LAYOUT:
            raise StoreError(
                "STORE-004",
                _("This workspace was written by a newer program: layout {format}").format(format=value["format"]),
                hint=_("Update Fieldkit. Nothing was changed."),
                where={"file": str(path)},
            )
        extra = {key: item for key, item in value.items() if key not in {"workspace", "format", "seal"}}
        return Workspace(value["workspace"], value["format"], value.get("seal"), extra)
    if unread is not None:
        raise unread
    found = next(iter(sorted((home / "journal").glob("*.seg"))), None) if (home / "journal").is_dir() else None
    if seen or found is not None:
        raise StoreError(
            "STORE-005",
            _("The description of the workspace is damaged: {file}").format(file="workspace.json"),
            hint=_("Restore the file from a backup, or run: fieldkit verify --repair"),
            where={"file": str(home / "workspace.json")},
        )
    return None


def write_workspace(home: Path, disk: Disk, workspace: Workspace) -> None:
    """Write the description twice, so that a damaged file loses neither the id nor the wrapped keys."""
    value: dict[str, Json] = {**workspace.extra, "workspace": workspace.id, "format": workspace.format}
    if workspace.seal is not None:
        value["seal"] = workspace.seal
    data = encode(value) + b"\n"
    disk.write_whole(home / "journal" / "workspace.copy.json", data)
    disk.write_whole(home / "workspace.json", data)


def agree(home: Path, disk: Disk, workspace: Workspace) -> None:
    """Write both copies anew where they differ, as a crash between them leaves them.

    Raises:
        OSError: They cannot be written.
    """
    try:
        if disk.read(home / "workspace.json") == disk.read(home / "journal" / "workspace.copy.json"):
            return
    except FileNotFoundError:
        pass
    write_workspace(home, disk, workspace)


class Mark:
    """The last line and own sequence number that were acknowledged, in one small block that is overwritten in place."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd: int | None = None

    def read(self) -> tuple[int, int, str] | None:
        """Return line, own sequence number and device, None where there is no valid mark."""
        try:
            data = self.path.read_bytes()
        except OSError:
            return None
        found = _MARK.match(data)
        if found is None or int(found[4], 16) != zlib.crc32(data[: found.end(3)]):
            return None
        return int(found[1]), int(found[2]), found[3].decode()

    def write(self, number: int, seq: int, device: str) -> None:
        """Overwrite the mark; without it the store is as safe, only an older copy is noticed later."""
        body = b"%020d %020d %b" % (number, seq, device.encode())
        data = b"%b %08x\n" % (body, zlib.crc32(body))
        try:
            if self._fd is None:
                self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
            if hasattr(os, "pwrite"):
                os.pwrite(self._fd, data, 0)
            else:
                os.lseek(self._fd, 0, os.SEEK_SET)
                os.write(self._fd, data)
        except OSError:
            return

    def close(self) -> None:
        """Close the file."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


class Identity:
    """The device id of this copy, tied to the file that holds it."""

    def __init__(self, home: Path, disk: Disk) -> None:
        self._file = home / "device.json"
        self._tie = home / "device.tie.json"
        self._disk = disk

    def read(self) -> str | None:
        """Return the device id on file, None where there is none."""
        try:
            device = decode(self._disk.read(self._file)).get("device")
        except (OSError, ValueError, AttributeError):
            return None
        return device if isinstance(device, str) and len(device) == 16 else None

    def is_tied(self) -> bool:
        """Tell whether the device id belongs to this very folder on this machine."""
        try:
            tie = decode(self._disk.read(self._tie))
            here = self._here()
            apart = abs(tie["changed"] - here["changed"])
            same = apart <= _CLOCK_GRAIN_NS and (apart == 0 or tie["inode"] == here["inode"])
            return bool(same and tie["host"] == here["host"])
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def renew(self) -> str:
        """Take a new device id, keep it, and return it.

        Raises:
            StoreError: STORE-010 or STORE-013, it cannot be written.
        """
        device = new_device_id()
        self._disk.write_whole(self._file, encode({"device": device}) + b"\n")
        self._disk.write_whole(self._tie, encode(self._here()) + b"\n")
        return device

    def _here(self) -> dict[str, Json]:
        status = self._file.stat()
        return {
            "host": platform.node().partition(".")[0],
            "inode": status.st_ino,
            "changed": status.st_ctime_ns,
        }
