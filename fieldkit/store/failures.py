"""What the store says when the medium fails: each refusal with its code and the next step."""

from __future__ import annotations

from fieldkit.errors import StoreError
from fieldkit.i18n import _

__all__ = ["disk_full", "poisoned", "read_only_store", "write_failed"]


def disk_full(error: OSError) -> StoreError:
    """Return the refusal for a medium without room."""
    return StoreError(
        "STORE-010",
        _("NOT SAVED: the disk is full"),
        hint=_("Free some room, then repeat the last change. Everything saved before is safe."),
        where={"cause": str(error)},
    )


def poisoned(error: OSError | None) -> StoreError:
    """Return the refusal after the medium could not confirm a write."""
    return StoreError(
        "STORE-011",
        _("NOT SAVED: the disk reported an error, the workspace is read-only until it is opened again"),
        hint=_("Close the program, check the disk or stick, make a backup, then open the workspace again."),
        where={"cause": str(error) if error else ""},
    )


def write_failed(error: OSError) -> StoreError:
    """Return the refusal for a write that failed and was taken back."""
    return StoreError(
        "STORE-012",
        _("NOT SAVED: {cause}").format(cause=error.strerror or str(error)),
        hint=_("Everything saved before is safe. Check the disk or the folder's rights, then repeat the last change."),
        where={"cause": str(error)},
    )


def read_only_store() -> StoreError:
    """Return the refusal to write to a workspace that was opened for reading."""
    return StoreError(
        "STORE-013",
        _("NOT SAVED: the workspace is open for reading only"),
        hint=_("Close the other window that uses it, or check the rights of the folder, then open it again."),
    )
