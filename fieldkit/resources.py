"""Finds the files that ship with the product, in the repository and in the installed wheel."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["data_path", "default_home"]

_PACKAGE = Path(__file__).parent


def data_path(*parts: str) -> Path:
    """Return the path of a shipped file below ``data/``.

    Args:
        parts: Names of folders and the file, such as ``"checklists", "branch_std.xlsx"``.
    """
    installed = _PACKAGE / "data"
    root = installed if installed.is_dir() else _PACKAGE.parent / "data"
    return root.joinpath(*parts)


def default_home() -> Path:
    """Return the folder of the workspace: FIELDKIT_HOME, else the platform's data directory."""
    chosen = os.environ.get("FIELDKIT_HOME")
    if chosen:
        return Path(chosen)
    from platformdirs import user_data_path

    return user_data_path("fieldkit", appauthor=False)
