"""Outbox, export and import: what left this device, what came, and what both would change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fieldkit.model.document import Document, shown
from fieldkit.model.ids import id_of, kind_of
from fieldkit.model.operation import Operation
from fieldkit.services.desk import Desk
from fieldkit.services.records import Records
from fieldkit.services.sync_view import (
    BundleOut,
    BundlePreview,
    ExportResult,
    ImportPreview,
    ImportResult,
    ImportRow,
    OutboxLine,
    ReceiptView,
    SyncView,
)

if TYPE_CHECKING:
    from fieldkit.services.adapters import Adapters
    from fieldkit.services.conflicts import Conflicts
    from fieldkit.services.dropping import Dropping, Progress
    from fieldkit.services.importing import Importing
    from fieldkit.services.keyring import KeyRing
    from fieldkit.sync.bundle import Context

__all__ = ["Sync"]

_LISTED = 2000
"""Records up to which the outbox on the screen lists all; of more, a part that was touched last."""


class Sync:
    """Exports and imports bundles."""

    def __init__(self, desk: Desk, records: Records, adapters: Adapters, keys: KeyRing, conflicts: Conflicts) -> None:
        self._desk = desk
        self._records = records
        self._adapters = adapters
        self._keys = keys
        self._conflicts = conflicts

    # -- the outbox ------------------------------------------------------------------------------

    def view(self) -> SyncView:
        """Return the outbox and what happened last."""
        from fieldkit.services.outbox import Counts, count, last_touched
        from fieldkit.sync.outbox import coverage_of

        exports = self._desk.shelf("outbox", "sha256").items().values()
        imports = self._desk.shelf("imports", "sha256").items().values()
        records = sum(self._desk.store.size(kind) for kind in self._desk.store.kinds())
        if records <= _LISTED:
            rows = self.outbox()
            counts = Counts(
                sum(row.status == "saved" for row in rows),
                sum(row.operations - row.exported for row in rows),
                sum(row.status == "exported" for row in rows),
            )
        else:
            acknowledged = coverage_of(self._desk.shelf("receipts", "sha256").items().values())
            rows = self._lines(last_touched(self._desk, _LISTED // 4))
            counts = count(self._desk, coverage_of(exports), acknowledged)
        last = max(exports, key=lambda row: row["at"], default=None)
        receipts = self._desk.shelf("receipts", "sha256").items().values()
        receipt = max(receipts, key=lambda row: row["at"], default=None)
        return SyncView(
            rows=rows,
            waiting=counts.waiting,
            waiting_operations=counts.operations,
            exported=counts.exported,
            records=records,
            conflicts=self._conflicts.count(),
            quarantined=len(self._desk.shelf("quarantine", "key").items()),
            last_export=str(last["at"]) if last else "",
            last_import=max((str(row["at"]) for row in imports), default=""),
            receipt=ReceiptView(str(receipt["at"]), str(receipt.get("office", "")), int(receipt.get("operations", 0)))
            if receipt
            else None,
            folder=str(last["to"]) if last else self._desk.settings.export_folder,
        )

    def outbox(self) -> tuple[OutboxLine, ...]:
        """Return where each record of this device is: saved, exported, acknowledged; the last touched first."""
        kinds = self._desk.store.kinds()
        return self._lines(document for kind in kinds for document in self._desk.writer.documents(kind))

    def _lines(self, documents: Iterable[Document]) -> tuple[OutboxLine, ...]:
        from fieldkit.sync.outbox import coverage_of, standing

        exported = coverage_of(self._desk.shelf("outbox", "sha256").items().values())
        acknowledged = coverage_of(self._desk.shelf("receipts", "sha256").items().values())
        lines = []
        for document in documents:
            where = standing(document, exported, acknowledged)
            lines.append(
                OutboxLine(
                    record=document["id"],
                    kind=kind_of(document["id"]),
                    number=self._records.number(document["id"]),
                    title=self._records.title(document["id"]),
                    operations=where.operations,
                    exported=where.exported,
                    acknowledged=where.acknowledged,
                    status=where.status,
                    changed=self._desk.time_of(document["last"][0]),
                )
            )
        return tuple(sorted(lines, key=lambda line: (line.changed, line.record), reverse=True))

    def state(self) -> dict[str, Any]:
        """Return digest and counts of the workspace, equal on every copy with the same operations."""
        from fieldkit.sync.state import state_of

        store = self._desk.store
        purged = {record: str(row["digest"]) for record, row in store.purged().items()}
        state = state_of((document for kind in store.kinds() for document in store.documents(kind)), purged)
        return state.as_json()

    # -- export ----------------------------------------------------------------------------------

    def export(
        self, folder: Path | None = None, *, everything: bool = False, recipients: Sequence[str] = ()
    ) -> ExportResult:
        """Write bundles with what no receipt acknowledges, and the evidence files beside them.

        Args:
            folder: Where to; the folder of the settings or of the workspace where left out.
            everything: Also what is acknowledged.
            recipients: Age keys that the bundles are encrypted to.

        Raises:
            SyncError: The folder cannot be written, or a recipient is no key or fails its test before the first use.
        """
        from fieldkit.sync.bundle import build
        from fieldkit.sync.outbox import coverage_of, pending

        self._desk.writer.flush()
        target = folder or self.folder()
        operations: Sequence[Operation] = list(self._desk.store.operations())
        chosen, warnings = (tuple(recipients), ()) if recipients else self._keys.recipients()
        if not everything:
            acknowledged = coverage_of(self._desk.shelf("receipts", "sha256").items().values())
            if self._keys.is_office and chosen and not recipients:
                acknowledged.add_vector(self._held_by_all())
            operations = pending(operations, acknowledged)
        self._keys.prove(chosen if operations else ())
        context = self._context(operations, chosen)
        bundles = []
        for built in build(operations, context):
            path = self._adapters.bundles().write(target, built.data)
            bundles.append(self._note_export(built, path, chosen))
        hashes = [sha256 for sha256, _size in context.evidence]
        if hashes:
            self._adapters.crypto().send_evidence(target, hashes, self._adapters.blobs().path, recipients=chosen)
        return ExportResult(
            bundles=tuple(bundles),
            operations=sum(bundle.operations for bundle in bundles),
            bytes=sum(bundle.bytes for bundle in bundles),
            warnings=warnings if bundles else (),
        )

    def _held_by_all(self) -> dict[str, int]:
        """Return what every laptop holds that an office seals to: an office gets no receipts from them."""
        from fieldkit.sync.outbox import common_vector

        told = self._desk.shelf("holdings", "device").items()
        laptops = self._keys.trust().laptops()
        return common_vector([told.get(peer.device, {}).get("vector", {}) for peer in laptops])

    def folder(self) -> Path:
        """Return where exports go when nothing is said."""
        chosen = self._desk.settings.export_folder
        return Path(chosen) if chosen else self._desk.home / "outbox"

    def _context(self, operations: Sequence[Operation], recipients: Sequence[str]) -> Context:
        from fieldkit.sync.bundle import Context
        from fieldkit.sync.evidence import evidence_in

        forms: set[str] = set()
        campaigns: set[str] = set()
        for record in {operation.record for operation in operations}:
            if kind_of(record) == "form":
                forms.add(id_of(record))
            if kind_of(record) == "visit":
                meta = shown(self._desk.document(record), "meta") or {}
                forms.update(str(pin.get("hash", "")) for pin in meta.get("forms", ()))
                campaigns.update({str(meta["campaign"])} if meta.get("campaign") else ())
        blobs = self._adapters.blobs()
        here = {piece.sha256: piece.size for piece in evidence_in(operations) if blobs.exists(piece.sha256)}
        return Context(
            device=self._desk.store.device,
            vector=self._desk.store.vector(),
            signer=self._keys.signer() if operations else None,
            recipient=self._keys.recipient if operations else "",
            seal=self._adapters.crypto().sealer(recipients) if recipients and operations else None,
            campaigns=tuple(sorted(campaigns)),
            checklists=tuple(sorted(forms - {""})),
            evidence=tuple(sorted(here.items())),
        )

    def _note_export(self, built: Any, path: Path, recipients: Sequence[str]) -> BundleOut:
        from fieldkit.sync.summary import summary_of

        summary = summary_of(built)
        row = {
            "at": self._desk.now_text(),
            "to": str(path.parent),
            "ranges": built.manifest.ranges,
            "operations": summary.operations,
        }
        self._desk.shelf("outbox", "sha256").put(built.sha256, row)
        return BundleOut(
            file=str(path),
            sha256=built.sha256,
            operations=summary.operations,
            records=summary.records,
            bytes=len(built.data),
            recipients=tuple(recipients),
            digits=summary.digits,
            qr=summary.text,
            owed=len(built.manifest.evidence),
            owed_bytes=sum(size for _sha256, size in built.manifest.evidence),
        )

    # -- import: see ``services.importing`` --------------------------------------------------------

    def preview(self, sources: Sequence[Path]) -> ImportPreview:
        """Return what an import would do; nothing is written."""
        return self._importing().preview(sources)

    def import_(self, sources: Sequence[Path], *, require_trust: bool = False) -> ImportResult:
        """Import bundles; a bad one never stops the others, and all good ones are one write.

        Raises:
            StoreError: The operations could not be made durable; nothing of them is there.
        """
        return self._importing().run(sources, require_trust=require_trust)

    def release(self) -> None:
        """Take in what may leave the quarantine: its time has come, or its device is trusted now.

        Raises:
            StoreError: The operations could not be made durable; they stay in quarantine.
        """
        if self._desk.shelf("quarantine", "key").items():
            self._importing().run((), require_trust=False)

    def test_address(self, address: str) -> tuple[str, int]:
        """Log in to a server and return its address without the password, and how many bundles lie there.

        Raises:
            SyncError: SYNC-050 to SYNC-055, the server cannot be used.
        """
        return self._dropping().test(address)

    def send(
        self,
        address: str,
        *,
        everything: bool = False,
        recipients: Sequence[str] = (),
        progress: Progress | None = None,
    ) -> ExportResult:
        """Export to a server at an address such as ``sftp://user@host/folder``; progress may cancel.

        Raises:
            SyncError: SYNC-050 to SYNC-055, the server cannot be used or the upload broke off.
        """
        return self._dropping().send(address, everything=everything, recipients=recipients, progress=progress)

    def look_at_server(
        self, address: str, *, progress: Progress | None = None
    ) -> tuple[ImportPreview, tuple[ImportRow, ...]]:
        """Fetch what lies on a server and return what its import would do, and what could not be fetched.

        Raises:
            SyncError: SYNC-050 to SYNC-055, the server cannot be used.
        """
        return self._dropping().look(address, progress=progress)

    def forget_fetched(self) -> None:
        """Remove what was fetched from a server and not imported; it still lies there."""
        self._dropping().forget()

    def receive(
        self, address: str, *, require_trust: bool = False, progress: Progress | None = None, fetched: bool = False
    ) -> ImportResult:
        """Import what lies on a server, and exchange receipts; progress may stop before the next file.

        Args:
            address: Where from.
            require_trust: Hold back what is not of a trusted device.
            progress: Is told how far it is.
            fetched: Import what ``look_at_server`` has fetched and shown, and nothing else.

        Raises:
            SyncError: SYNC-050 to SYNC-055, the server cannot be used.
        """
        return self._dropping().receive(address, require_trust=require_trust, progress=progress, fetched=fetched)

    def _dropping(self) -> Dropping:
        from fieldkit.services.dropping import Dropping

        return Dropping(self._desk, self._adapters, self)

    def last_address(self) -> str:
        """Return the server that bundles went to last, without a password; empty where none did."""
        rows = [row for row in self._desk.shelf("outbox", "sha256").items().values() if "://" in str(row["to"])]
        return str(max(rows, key=lambda row: str(row["at"]))["to"]) if rows else ""

    def is_address(self, text: str) -> bool:
        """Tell whether a text is the address of a server and no path."""
        return self._adapters.is_address(text)

    def undo_import(self, bundle: str) -> dict[str, Any]:
        """Take a whole import back by operations that restore the earlier values.

        Raises:
            SyncError: SYN-001, no such import is known here.
        """
        return self._importing().undo(bundle)

    def _importing(self) -> Importing:
        from fieldkit.services.importing import Importing

        return Importing(self._desk, self._records, self._adapters, self._keys)

    def compare(self, pasted: str, bundle: BundlePreview) -> bool:
        """Tell whether a pasted QR text, or eight typed digits, belongs to a bundle.

        Raises:
            SyncError: SYNC-020, it is neither.
        """
        from fieldkit.sync.summary import Summary, agrees

        return agrees(pasted, Summary(bundle.digest, bundle.operations, bundle.records, bundle.bytes))

    # -- receipts --------------------------------------------------------------------------------

    def apply_receipt(self, path: Path) -> dict[str, Any]:
        """Take a receipt of a trusted office: what it names is acknowledged.

        Raises:
            SyncError: SYNC-030 it is no receipt, SYNC-031 no trusted office signed it, SYNC-013 it was altered.
        """
        from fieldkit.services.receipts import Receipts

        return Receipts(self._desk, self._adapters, self._keys).apply(path)
