"""The one refusal of a file or folder of the exchange that the system does not let us use."""

from __future__ import annotations

from pathlib import PurePath

from fieldkit.errors import SyncError
from fieldkit.i18n import _

__all__ = ["unusable"]


def unusable(path: PurePath, error: OSError) -> SyncError:
    """Return SYNC-001 for a path with the reason of the system and the next step."""
    return SyncError(
        "SYNC-001",
        _("Cannot use {file}: {reason}").format(file=path, reason=error.strerror or error),
        hint=_("Look at the path, the free space and whether the stick is write-protected."),
        where={"file": str(path)},
    )
