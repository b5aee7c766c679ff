"""Opens a file with the program that the system has for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from fieldkit.errors import EvidenceError
from fieldkit.i18n import _

__all__ = ["command_for", "open_file"]


def command_for(path: Path, *, platform: str = sys.platform) -> list[str] | None:
    """Return the command that opens a file, or None where the system has none.

    Args:
        path: The file.
        platform: ``linux``, ``darwin`` or ``win32``.
    """
    if platform == "darwin":
        return ["open", str(path)]
    if platform == "win32":
        return ["explorer", str(path)]
    for program in ("xdg-open", "gio", "wslview"):
        found = shutil.which(program)
        if found:
            return [found, "open", str(path)] if program == "gio" else [found, str(path)]
    return None


def open_file(path: Path) -> None:
    """Open a file with the system's program, without waiting for it.

    Raises:
        EvidenceError: OPEN-001 when the file is not there, OPEN-002 when no program can be started.
    """
    if not path.is_file():
        raise EvidenceError("OPEN-001", _("{name} is not there").format(name=path.name), where={"file": str(path)})
    command = command_for(path)
    if command is None or not _has_display():
        raise _no_program(path)
    try:
        subprocess.Popen(  # noqa: S603 - the program is the system's own opener, the file is the only argument
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise _no_program(path) from error


def _has_display() -> bool:
    if sys.platform in {"darwin", "win32"}:
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"))


def _no_program(path: Path) -> EvidenceError:
    return EvidenceError(
        "OPEN-002",
        _("No program can show {name} here").format(name=path.name),
        hint=_("Open it yourself: {path}").format(path=str(path)),
        where={"file": str(path)},
    )
