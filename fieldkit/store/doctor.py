"""Looks at the place where a workspace lies and says what could go wrong there."""

from __future__ import annotations

import platform
import sys
from pathlib import Path
from typing import Final

from fieldkit.errors import StoreError
from fieldkit.i18n import _
from fieldkit.model.operation import Json
from fieldkit.store.disk import Disk
from fieldkit.store.identity import Mark, read_workspace
from fieldkit.store.lock import WorkspaceLock
from fieldkit.store.segment import FORMAT

__all__ = ["doctor"]

_CLOUD: Final = ("onedrive", "dropbox", "google drive", "icloud", "nutstore", "坚果云", "baidunetdisk")
_NETWORK: Final = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "davfs", "afs"})
_LITTLE: Final = 200 << 20


def doctor(home: Path, *, disk: Disk | None = None) -> dict[str, Json]:
    """Return ``{ok, home, system, format, sealed, free_bytes, file_system, writer, mark, problems}``."""
    files = disk or Disk()
    problems: list[Json] = []
    workspace = None
    try:
        workspace = read_workspace(home, files)
    except StoreError as error:
        problems.append(error.as_json())
    if workspace is None and not problems:
        problems.append({"code": "STORE-001", "message": _("There is no workspace in {home}").format(home=home)})
    kind = _file_system(home)
    problems.extend(_place_problems(home, kind))
    free = _free(home, files)
    if free is not None and free < _LITTLE:
        text = _("Only {count} MB are free").format(count=free >> 20)
        problems.append({"code": "STORE-051", "severity": "warning", "message": text})
    torn = sorted((home / "quarantine").glob("*.torn")) if (home / "quarantine").is_dir() else []
    if torn:
        text = _("{count} unfinished writes were set aside in quarantine").format(count=len(torn))
        problems.append({"code": "STORE-008", "severity": "warning", "message": text})
    lock = WorkspaceLock(home) if home.is_dir() else None
    holder = lock.holder() if lock is not None else None
    mark = Mark(home / "journal" / "mark").read()
    return {
        "ok": not [one for one in problems if isinstance(one, dict) and one.get("severity") != "warning"],
        "home": str(home),
        "system": f"{platform.system()} {platform.release()}, Python {sys.version.split()[0]}",
        "format": FORMAT,
        "sealed": workspace is not None and workspace.seal is not None,
        "free_bytes": free,
        "file_system": kind,
        "writer": None if holder is None else {"pid": holder.pid, "host": holder.host},
        "mark": None if mark is None else {"line": mark[0], "seq": mark[1], "device": mark[2]},
        "problems": problems,
    }


def _place_problems(home: Path, kind: str) -> list[Json]:
    found: list[Json] = []
    if any(name in part.casefold() for part in home.resolve().parts for name in _CLOUD):
        text = _("The workspace lies in a folder that a cloud program copies while it is written")
        found.append({"code": "STORE-052", "severity": "warning", "message": text})
    if kind in _NETWORK:
        text = _("The workspace lies on a network disk ({kind}): its locks and fsync may not hold").format(kind=kind)
        found.append({"code": "STORE-053", "severity": "warning", "message": text})
    return found


def _free(home: Path, files: Disk) -> int | None:
    try:
        return files.free(home)
    except OSError:
        return None


def _file_system(home: Path) -> str:
    """Return the type of the file system, empty where the system does not tell."""
    try:
        mounts = Path("/proc/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    path = str(home.resolve())
    best, kind = "", ""
    for line in mounts.splitlines():
        parts = line.split(" ")
        if len(parts) > 2:
            point = parts[1].replace("\\040", " ")
            inside = path == point or path.startswith(point.rstrip("/") + "/")
            if inside and len(point) >= len(best):
                best, kind = point, parts[2]
    return kind
