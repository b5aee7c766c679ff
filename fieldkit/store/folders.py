"""Replaces the journal as a whole by two renames, and completes or undoes what a crash left half done.

journal.new   a complete, durable journal that is to take the place of ``journal``
journal.old   the journal that was replaced; removed once the new one stands
"""

from __future__ import annotations

import shutil
from pathlib import Path

from fieldkit.store.disk import Disk

__all__ = ["fresh_folder", "replace_journal", "settle"]


def fresh_folder(home: Path, disk: Disk) -> Path:
    """Return an empty ``journal.new`` to write to."""
    folder = home / "journal.new"
    if folder.is_dir():
        shutil.rmtree(folder)
    disk.make_folder(folder)
    return folder


def replace_journal(home: Path, disk: Disk, keep_as: str = "journal.old") -> None:
    """Put ``journal.new`` in the place of ``journal``; the old one is kept under another name.

    Raises:
        OSError: A rename failed; ``settle`` completes it at the next opening.
    """
    disk.sync_folder(home / "journal.new")
    disk.replace(home / "journal", home / keep_as)
    disk.replace(home / "journal.new", home / "journal")
    disk.sync_folder(home)


def settle(home: Path, disk: Disk) -> None:
    """Complete or undo a replacement that a crash interrupted."""
    journal, new, old = home / "journal", home / "journal.new", home / "journal.old"
    if new.is_dir():
        if journal.is_dir() and any(journal.iterdir()):
            shutil.rmtree(new)
        else:
            if journal.is_dir():
                journal.rmdir()
            disk.replace(new, journal)
            disk.sync_folder(home)
    if old.is_dir() and journal.is_dir():
        shutil.rmtree(old)
