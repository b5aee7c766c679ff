"""Compiled forms in a folder, so that a visit opens without compiling: a copy that may be deleted at any time."""

from __future__ import annotations

from pathlib import Path

__all__ = ["FormCache"]


class FormCache:
    """Keeps bytes by name; whatever goes wrong, the form is compiled again."""

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        self._folder = folder
        self._read_only = read_only

    def get(self, name: str) -> bytes | None:
        """Return what was kept under a name, or None."""
        try:
            return (self._folder / name).read_bytes()
        except OSError:
            return None

    def put(self, name: str, data: bytes) -> None:
        """Keep bytes under a name; a full or read-only disk is no matter."""
        if self._read_only:
            return
        draft = self._folder / f".{name}.new"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(data)
            draft.replace(self._folder / name)
        except OSError:
            draft.unlink(missing_ok=True)
