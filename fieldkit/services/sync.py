"""Outbox, export and import: what left this device, what came, and what both would change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fieldkit.errors import FieldkitError, SyncError
from fieldkit.i18n import _
from fieldkit.model.document import conflicts, shown
from fieldkit.model.ids import id_of, kind_of
from fieldkit.model.operation import Operation
from fieldkit.services.desk import Desk
from fieldkit.services.records import Records
from fieldkit.services.sync_view import (
    BundleOut,
    BundlePreview,
    ChangeLine,
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
    from fieldkit.sync.bundle import Bundle
    from fieldkit.sync.plan import ImportPlan, Staged

__all__ = ["Sync"]


@dataclass(frozen=True, slots=True)
class _Read:
    """A bundle of an import with what it would do, or why it cannot be read."""

    path: Path
    size: int
    bundle: Bundle | None = None
    plan: ImportPlan | None = None
    error: FieldkitError | None = None
    known: bool = False


class Sync:
    """Exports and imports bundles."""

    def __init__(self, desk: Desk, records: Records, adapters: Adapters) -> None:
        self._desk = desk
        self._records = records
        self._adapters = adapters

    # -- the outbox ------------------------------------------------------------------------------

    def view(self) -> SyncView:
        """Return the outbox and what happened last."""
        rows = self.outbox()
        exports = self._desk.shelf("outbox", "sha256").items().values()
        imports = self._desk.shelf("imports", "sha256").items().values()
        waiting = [row for row in rows if row.status == "saved"]
        documents = (document for kind in self._desk.store.kinds() for document in self._desk.writer.documents(kind))
        last = max(exports, key=lambda row: row["at"], default=None)
        receipts = self._desk.shelf("receipts", "sha256").items().values()
        receipt = max(receipts, key=lambda row: row["at"], default=None)
        return SyncView(
            rows=rows,
            waiting=len(waiting),
            waiting_operations=sum(row.operations - row.exported for row in rows),
            exported=sum(row.status == "exported" for row in rows),
            conflicts=sum(len(conflicts(document)) for document in documents),
            quarantined=len(self._desk.shelf("quarantine", "sha256").items()),
            last_export=str(last["at"]) if last else "",
            last_import=max((str(row["at"]) for row in imports), default=""),
            receipt=ReceiptView(str(receipt["at"]), str(receipt.get("office", "")), int(receipt.get("operations", 0)))
            if receipt
            else None,
            folder=str(last["to"]) if last else self._desk.settings.export_folder,
        )

    def outbox(self) -> tuple[OutboxLine, ...]:
        """Return where each record of this device is: saved, exported, acknowledged; the last touched first."""
        from fieldkit.sync.outbox import coverage_of, standing

        exported = coverage_of(self._desk.shelf("outbox", "sha256").items().values())
        acknowledged = coverage_of(self._desk.shelf("receipts", "sha256").items().values())
        lines = []
        for kind in self._desk.store.kinds():
            for document in self._desk.writer.documents(kind):
                where = standing(document, exported, acknowledged)
                lines.append(
                    OutboxLine(
                        record=document["id"],
                        kind=kind,
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
        purged = {row["record"]: row["digest"] for row in self._desk.shelf("purged", "record").items().values()}
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
            SyncError: The folder cannot be written, or a recipient is no key.
        """
        from fieldkit.sync.bundle import build
        from fieldkit.sync.outbox import coverage_of, pending

        self._desk.writer.flush()
        target = folder or self.folder()
        operations: Sequence[Operation] = list(self._desk.store.operations())
        if not everything:
            acknowledged = coverage_of(self._desk.shelf("receipts", "sha256").items().values())
            operations = pending(operations, acknowledged)
        keys = self._adapters.keys()
        context, blobs = self._context(operations, recipients, keys)
        warnings = () if recipients else (_("The bundles are not encrypted: no recipient was given"),)
        bundles = []
        for built in build(operations, context):
            path = self._adapters.bundles().write(target, built.data)
            bundles.append(self._note_export(built, path, recipients))
        self._copy_blobs(target, blobs, context.seal)
        return ExportResult(
            bundles=tuple(bundles),
            operations=sum(bundle.operations for bundle in bundles),
            bytes=sum(bundle.bytes for bundle in bundles),
            warnings=warnings if bundles else (),
        )

    def folder(self) -> Path:
        """Return where exports go when nothing is said."""
        chosen = self._desk.settings.export_folder
        return Path(chosen) if chosen else self._desk.home / "outbox"

    def _context(self, operations: Sequence[Operation], recipients: Sequence[str], keys: Any) -> tuple[Any, list[str]]:
        from fieldkit.sync.bundle import Context

        forms: set[str] = set()
        campaigns: set[str] = set()
        evidence: dict[str, int] = {}
        blobs = self._adapters.blobs()
        for record in {operation.record for operation in operations}:
            if kind_of(record) == "form":
                forms.add(id_of(record))
            if kind_of(record) != "visit":
                continue
            document = self._desk.document(record) or {}
            meta = shown(document, "meta") or {}
            forms.update(str(pin.get("hash", "")) for pin in meta.get("forms", ()))
            campaigns.update({str(meta["campaign"])} if meta.get("campaign") else ())
            for field, heads in document.get("heads", {}).items():
                value = heads[0][3]
                if field.startswith("evidence:") and isinstance(value, dict) and value.get("sha256"):
                    evidence[str(value["sha256"])] = int(value.get("bytes", 0))
        here = {sha256: size for sha256, size in sorted(evidence.items()) if blobs.exists(sha256)}
        context = Context(
            device=self._desk.store.device,
            vector=self._desk.store.vector(),
            signer=keys.signer() if keys is not None else None,
            seal=keys.sealer(recipients) if recipients else None,
            campaigns=tuple(sorted(campaigns)),
            checklists=tuple(sorted(forms - {""})),
            evidence=tuple(here.items()),
        )
        return context, list(here)

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
        )

    def _copy_blobs(self, folder: Path, hashes: Sequence[str], seal: Any) -> None:
        blobs, files = self._adapters.blobs(), self._adapters.bundles()
        for sha256 in hashes:
            if (folder / sha256).exists():
                continue
            with blobs.open(sha256) as stream:
                data = stream.read()
            files.place(folder / sha256, seal(data) if seal is not None else data)

    # -- import ----------------------------------------------------------------------------------

    def preview(self, sources: Sequence[Path]) -> ImportPreview:
        """Return what an import would do; nothing is written."""
        from fieldkit.sync.plan import Staged

        staged = Staged(self._desk.store)
        bundles = tuple(self._preview(self._read(path, staged)) for path in self._paths(sources))
        return ImportPreview(
            bundles=bundles,
            new=sum(bundle.new for bundle in bundles),
            changed=sum(bundle.changed for bundle in bundles),
            conflicts=sum(bundle.conflicts for bundle in bundles),
            operations=sum(bundle.new_operations for bundle in bundles),
        )

    def import_(self, sources: Sequence[Path], *, require_trust: bool = False) -> ImportResult:
        """Import bundles; a bad one never stops the others, and all good ones are one write.

        Raises:
            StoreError: The operations could not be made durable; nothing of them is there.
        """
        from fieldkit.sync.plan import Staged

        self._desk.writer.flush()
        staged = Staged(self._desk.store)
        read = [self._read(path, staged) for path in self._paths(sources)]
        rows = [self._row(item, require_trust=require_trust) for item in read]
        refused = {str(item.path) for item, row in zip(read, rows, strict=True) if row.trust == "refused"}
        accepted = Staged(self._desk.store)
        for item in read:
            if item.plan is not None and str(item.path) not in refused:
                accepted.stage(item.plan.operations)
        if accepted.operations:
            with self._desk.writer.lock:
                self._desk.store.append(accepted.operations)
            self._desk.writer.observe(accepted.operations)
        for item, row in zip(read, rows, strict=True):
            self._note_import(item, row)
        return ImportResult(tuple(rows))

    def compare(self, pasted: str, bundle: BundlePreview) -> bool:
        """Tell whether a pasted QR text, or eight typed digits, belongs to a bundle.

        Raises:
            SyncError: SYNC-020, it is neither.
        """
        from fieldkit.sync.summary import Summary, agrees

        return agrees(pasted, Summary(bundle.digest, bundle.operations, bundle.records, bundle.bytes))

    def _paths(self, sources: Sequence[Path]) -> list[Path]:
        files = self._adapters.bundles()
        found: list[Path] = []
        for source in sources:
            found += list(files.find([source])) if source.is_dir() else [source]
        return list(dict.fromkeys(found))

    def _read(self, path: Path, staged: Staged) -> _Read:
        from fieldkit.sync.bundle import open_bundle
        from fieldkit.sync.plan import plan_import

        try:
            data = self._adapters.bundles().read(path)
            keys = self._adapters.keys()
            bundle = open_bundle(
                data,
                name=path.name,
                verify=keys.verify if keys is not None else None,
                unseal=keys.unseal if keys is not None else None,
            )
        except SyncError as error:
            return _Read(path, 0, error=error)
        plan = plan_import(bundle.operations, staged, now_ms=self._desk.clock.ms(), ranges=bundle.manifest.ranges)
        staged.stage(plan.operations)
        return _Read(path, len(data), bundle, plan)

    def _row(self, item: _Read, *, require_trust: bool) -> ImportRow:
        if item.bundle is None or item.plan is None:
            error = item.error
            assert error is not None
            return ImportRow(
                item.path.name, "refused", "none", 0, 0, 0, f"{error.code}: {error.message}", hint=error.hint
            )
        trust = self._trust(item.bundle)
        if require_trust and trust != "trusted":
            reason = _("The sender is not trusted yet: confirm its key first")
            return ImportRow(item.path.name, "quarantined", "refused", 0, 0, 0, reason)
        plan = item.plan
        status: str = "quarantined" if item.bundle.rejected else plan.status
        return ImportRow(
            bundle=item.path.name,
            status=status,
            trust=trust,
            new=plan.new,
            changed=plan.changed,
            conflicts=plan.conflicts,
            reason=self._reason(item),
            operations=len(plan.operations),
        )

    def _trust(self, bundle: Bundle) -> str:
        keys = self._adapters.keys()
        if keys is None:
            return "unconfirmed"
        return str(keys.trust(bundle.manifest.device, bundle.key))

    @staticmethod
    def _reason(item: _Read) -> str:
        assert item.bundle is not None
        assert item.plan is not None
        if item.plan.future:
            return _("{count} operations lie more than a day ahead of this clock; they wait").format(
                count=len(item.plan.future)
            )
        if item.bundle.rejected:
            first = item.bundle.rejected[0]
            return _("{count} lines are no operations; line {line}: {reason}").format(
                count=len(item.bundle.rejected), line=first.line, reason=first.reason
            )
        return ""

    def _note_import(self, item: _Read, row: ImportRow) -> None:
        from fieldkit.sync.coverage import ranges_of

        if item.bundle is None or item.plan is None:
            return
        if row.status == "quarantined":
            data = self._adapters.bundles().read(item.path)
            self._adapters.bundles().write(self._desk.home / "quarantine", data)
            entry = {"at": self._desk.now_text(), "reason": row.reason, "operations": len(item.plan.future)}
            self._desk.shelf("quarantine", "sha256").put(item.bundle.sha256, entry)
        elif self._desk.shelf("quarantine", "sha256").get(item.bundle.sha256):
            self._desk.shelf("quarantine", "sha256").remove(item.bundle.sha256)
        self._take_blobs(item)
        if row.operations and row.trust != "refused":
            entry = {
                "at": self._desk.now_text(),
                "device": item.bundle.manifest.device,
                "operations": row.operations,
                "ranges": ranges_of((operation.device, operation.seq) for operation in item.plan.operations),
            }
            self._desk.shelf("imports", "sha256").put(item.bundle.sha256, entry)

    def _take_blobs(self, item: _Read) -> None:
        """Store the evidence files that lie beside a bundle; a wrong or missing one is taken later."""
        assert item.bundle is not None
        blobs = self._adapters.blobs()
        for sha256, _size in item.bundle.manifest.evidence:
            path = item.path.parent / sha256
            if path.is_file() and not blobs.exists(sha256):
                self._take_blob(path, sha256)

    def _take_blob(self, path: Path, sha256: str) -> None:
        import hashlib

        data = path.read_bytes()
        keys = self._adapters.keys()
        if hashlib.sha256(data).hexdigest() != sha256 and keys is not None:
            try:
                data = keys.unseal(data)
            except SyncError:
                return
        if hashlib.sha256(data).hexdigest() == sha256:
            self._adapters.blobs().put(data)

    def _preview(self, item: _Read) -> BundlePreview:
        from fieldkit.sync.conflicts import moment
        from fieldkit.sync.summary import summary_of

        row = self._row(item, require_trust=False)
        if item.bundle is None or item.plan is None:
            return BundlePreview(str(item.path), row.status, "", "", "", 0, 0, 0, 0, 0, "none", row.reason, row.hint)
        summary = summary_of(item.bundle)
        return BundlePreview(
            file=str(item.path),
            status=row.status,
            digits=summary.digits,
            device=item.bundle.manifest.device,
            created=moment(item.bundle.manifest.last),
            operations=summary.operations,
            new_operations=len(item.plan.operations),
            new=row.new,
            changed=row.changed,
            conflicts=row.conflicts,
            trust=row.trust,
            reason=row.reason,
            bytes=item.size,
            changes=tuple(
                ChangeLine(
                    record=change.record,
                    kind=change.kind,
                    title=self._records.title(change.record),
                    change="conflict" if change.conflicts else change.change,
                    operations=change.operations,
                )
                for change in item.plan.changes
            ),
            digest=item.bundle.sha256,
            records=summary.records,
        )
