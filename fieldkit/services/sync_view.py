"""What the screens show of the outbox, exports and imports."""

from __future__ import annotations

from msgspec import Struct

__all__ = [
    "BundleOut",
    "BundlePreview",
    "ChangeLine",
    "ExportResult",
    "ImportPreview",
    "ImportResult",
    "ImportRow",
    "OutboxLine",
    "ReceiptView",
    "SyncView",
]


class OutboxLine(Struct, frozen=True):
    """Where one record is: saved here, exported, acknowledged."""

    record: str
    kind: str
    number: str
    title: str
    operations: int
    exported: int
    acknowledged: int
    status: str
    """``saved``, ``exported`` or ``acknowledged``: the weakest of its operations."""
    changed: str = ""


class ReceiptView(Struct, frozen=True):
    """The last word from the office."""

    at: str
    office: str
    operations: int


class SyncView(Struct, frozen=True):
    """The outbox and what happened last."""

    rows: tuple[OutboxLine, ...]
    waiting: int
    """Records with operations not yet exported."""
    waiting_operations: int
    exported: int
    """Records exported and not acknowledged."""
    conflicts: int
    quarantined: int
    last_export: str = ""
    last_import: str = ""
    receipt: ReceiptView | None = None
    folder: str = ""
    """Folder that the last export went to."""
    digest: str = ""
    records: int = 0
    """Number of all records; of very many, ``rows`` holds only those that were touched last."""


class BundleOut(Struct, frozen=True):
    """One bundle that was written."""

    file: str
    sha256: str
    operations: int
    records: int
    bytes: int
    recipients: tuple[str, ...] = ()
    digits: str = ""
    """Eight digits to compare by eye or telephone."""
    qr: str = ""
    """Text of the QR code."""
    owed: int = 0
    """Files of evidence that lie beside the bundle and do not travel by QR code."""
    owed_bytes: int = 0

    def as_json(self) -> dict[str, object]:
        """Return the bundle as the command line prints it."""
        return {
            "file": self.file,
            "sha256": self.sha256,
            "operations": self.operations,
            "records": self.records,
            "bytes": self.bytes,
            "recipients": list(self.recipients),
            "digits": self.digits,
        }


class ExportResult(Struct, frozen=True):
    """What an export wrote."""

    bundles: tuple[BundleOut, ...]
    operations: int
    bytes: int
    warnings: tuple[str, ...] = ()


class ChangeLine(Struct, frozen=True):
    """One record that an import would add or change."""

    record: str
    kind: str
    title: str
    change: str
    """``new``, ``changed`` or ``conflict``."""
    operations: int


class BundlePreview(Struct, frozen=True):
    """What one bundle would do."""

    file: str
    status: str
    """``imported`` (would be), ``known``, ``quarantined`` or ``refused``."""
    digits: str
    device: str
    created: str
    operations: int
    new_operations: int
    new: int
    changed: int
    conflicts: int
    trust: str = ""
    reason: str = ""
    hint: str = ""
    bytes: int = 0
    changes: tuple[ChangeLine, ...] = ()
    digest: str = ""
    """SHA-256 of the file."""
    records: int = 0


class ImportPreview(Struct, frozen=True):
    """What an import would do; nothing is written yet."""

    bundles: tuple[BundlePreview, ...]
    new: int
    changed: int
    conflicts: int
    operations: int


class ImportRow(Struct, frozen=True):
    """What happened to one bundle."""

    bundle: str
    status: str
    trust: str
    new: int
    changed: int
    conflicts: int
    reason: str = ""
    receipt: str | None = None
    operations: int = 0
    hint: str = ""

    def as_json(self) -> dict[str, object]:
        """Return the row as the command line prints it."""
        return {
            "bundle": self.bundle,
            "status": self.status,
            "trust": self.trust,
            "new": self.new,
            "changed": self.changed,
            "conflicts": self.conflicts,
            "reason": self.reason or None,
            "receipt": self.receipt,
            "operations": self.operations,
        }


class ImportResult(Struct, frozen=True):
    """What an import did."""

    rows: tuple[ImportRow, ...]
    notices: tuple[str, ...] = ()
    """What else is to be said, such as the key of a server that was met for the first time."""

    @property
    def ok(self) -> bool:
        """Tell whether nothing was quarantined or refused."""
        return all(row.status in {"imported", "known"} for row in self.rows)
