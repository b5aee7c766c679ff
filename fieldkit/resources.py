"""Finds the files that ship with the product, in the repository and in the installed wheel."""

from __future__ import annotations

from pathlib import Path

__all__ = ["data_path"]

_PACKAGE = Path(__file__).parent


def data_path(*parts: str) -> Path:
    """Return the path of a shipped file below ``data/``.

    Args:
        parts: Names of folders and the file, such as ``"checklists", "branch_std.xlsx"``.
    """
    installed = _PACKAGE / "data"
    root = installed if installed.is_dir() else _PACKAGE.parent / "data"
    return root.joinpath(*parts)
