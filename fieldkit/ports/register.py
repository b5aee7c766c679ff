"""Lists of subjects from files, and pinyin, as protocols."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

__all__ = ["Pinyin", "SubjectFiles"]


class SubjectFiles(Protocol):
    """Reads lists of subjects."""

    def __call__(self, path: Path) -> Any:
        """Read a CSV or XLSX file: its header and its rows as text.

        Raises:
            SubjectError: The file cannot be read at all.
        """
        ...


class Pinyin(Protocol):
    """Knows how Chinese is read."""

    def __call__(self, text: str) -> Sequence[str]:
        """Return what a text can be found by: full pinyin and initials, in small letters."""
        ...
