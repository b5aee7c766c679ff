"""Errors that a person reads: a stable code, what happened, where, and the next step.

FieldkitError
+-- UsageError      the command or its arguments are wrong (exit 2)
+-- FormError       a workbook, XForm or expression
+-- VisitError      an answer, a move or a record of a visit
+-- SubjectError    the register of subjects
+-- StoreError      the journal, the disk, the workspace
+-- SyncError       bundles, keys, receipts
+-- EvidenceError   files given as evidence
+-- SettingsError   settings and actors
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = [
    "EvidenceError",
    "FieldkitError",
    "FormError",
    "SettingsError",
    "StoreError",
    "SubjectError",
    "SyncError",
    "UsageError",
    "VisitError",
]


class FieldkitError(Exception):
    """Something a person can act on.

    Attributes:
        code: Stable code such as ``FORM-012``; ``docs/errors.md`` lists all.
        message: What happened to which thing, in the language of the interface.
        hint: The next step, or an empty string.
        where: Place of the fault (sheet, row, column, ref, file, ...), JSON values only.
    """

    exit_code = 1

    def __init__(
        self,
        code: str,
        message: str,
        *,
        hint: str = "",
        where: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.where: dict[str, object] = dict(where or {})

    def as_json(self) -> dict[str, object]:
        """Return the error as the object that the command line prints."""
        return {"code": self.code, "message": self.message, "hint": self.hint, "where": self.where}


class UsageError(FieldkitError):
    """The command or its arguments are wrong."""

    exit_code = 2


class FormError(FieldkitError):
    """A workbook, an XForm or an expression is wrong."""


class VisitError(FieldkitError):
    """An answer, a move or a record of a visit is refused."""


class SubjectError(FieldkitError):
    """An entry of the register of subjects is refused."""


class StoreError(FieldkitError):
    """The journal or the workspace cannot be read or written."""

    exit_code = 3


class SyncError(FieldkitError):
    """A bundle, a key or a receipt is refused."""


class EvidenceError(FieldkitError):
    """A file cannot be taken as evidence."""


class SettingsError(FieldkitError):
    """A setting or an actor is wrong."""

    exit_code = 2
