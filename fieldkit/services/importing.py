"""An import: bundles judged and planned together, written once, acknowledged by an office."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from fieldkit.errors import FieldkitError, SyncError
from fieldkit.i18n import _
from fieldkit.model.document import conflicts
from fieldkit.services.desk import Desk
from fieldkit.services.keyring import KeyRing
from fieldkit.services.records import Records
from fieldkit.services.sync_view import BundlePreview, ChangeLine, ImportPreview, ImportResult, ImportRow
from fieldkit.sync.bundle import SUFFIX
from fieldkit.sync.conflicts import moment
from fieldkit.sync.coverage import Coverage
from fieldkit.sync.evidence import evidence_of
from fieldkit.sync.intake import Intake, Outcome, receipt_for
from fieldkit.sync.quarantine import Held
from fieldkit.sync.summary import summary_of
from fieldkit.sync.undo import undo_import

if TYPE_CHECKING:
    from fieldkit.services.adapters import Adapters

__all__ = ["Importing"]

RECEIPT_SUFFIX = ".fkr"
"""Ending of a receipt; before it stands the hash of its bundle."""

GROUP: Final = 300
"""Bundles that are taken together: one fsync for all of their operations, and a bounded memory."""

_SHORTEST = 6


class _Taken(Struct, frozen=True):
    """A bundle of an import and what becomes of it."""

    path: Path
    outcome: Outcome


class Importing:
    """One import, from its files to its receipts."""

    def __init__(self, desk: Desk, records: Records, adapters: Adapters, keys: KeyRing) -> None:
        self._desk = desk
        self._records = records
        self._adapters = adapters
        self._keys = keys

    def run(self, sources: Sequence[Path], *, require_trust: bool) -> ImportResult:
        """Import bundles in groups, each of them one write; memory holds one group at a time.

        Raises:
            StoreError: A group could not be made durable; nothing of it is there, those before it are.
        """
        self._desk.writer.flush()
        paths = self._paths(sources)
        rows: list[ImportRow] = []
        for start in range(0, max(len(paths), 1), GROUP):
            rows += self._group(sources, paths[start : start + GROUP], require_trust=require_trust)
        return ImportResult(tuple(rows))

    def _group(self, sources: Sequence[Path], paths: Sequence[Path], *, require_trust: bool) -> list[ImportRow]:
        intake, taken, kept = self._take(paths, require_trust=require_trust)
        if intake.operations:
            with self._desk.writer.lock:
                self._desk.store.append(intake.operations)
            self._desk.writer.observe(intake.operations)
        self._keep_quarantine([*kept, *intake.held])
        for peer in intake.learned:
            self._keys.save(peer)
        self._note(taken)
        self._note_released(intake, taken)
        self._take_evidence(sources, taken)
        return [_row(item, self._receipt(item)) for item in taken]

    def preview(self, sources: Sequence[Path]) -> ImportPreview:
        """Return what an import would do; nothing is written."""
        _intake, taken, _kept = self._take(self._paths(sources), require_trust=False)
        bundles = tuple(self._preview(item) for item in taken)
        return ImportPreview(
            bundles=bundles,
            new=sum(bundle.new for bundle in bundles),
            changed=sum(bundle.changed for bundle in bundles),
            conflicts=sum(bundle.conflicts for bundle in bundles),
            operations=sum(bundle.new_operations for bundle in bundles),
        )

    def _take(self, paths: Sequence[Path], *, require_trust: bool) -> tuple[Intake, list[_Taken], list[Held]]:
        crypto, files = self._adapters.crypto(), self._adapters.bundles()
        identities = self._keys.identities()
        intake = Intake(
            self._desk.store,
            self._keys.trust(),
            now_ms=self._desk.clock.ms(),
            verify=crypto.verify,
            unseal=crypto.unsealer(identities) if identities else None,
            require_trust=require_trust,
        )
        rows = self._desk.shelf("quarantine", "key").items().values()
        kept = intake.release([Held.from_json(row) for row in rows])
        taken = []
        for path in paths:
            outcome = intake.take(path.name, lambda path=path: files.read(path))  # type: ignore[misc]
            taken.append(_Taken(path, outcome))
        return intake, taken, kept

    def _paths(self, sources: Sequence[Path]) -> list[Path]:
        files = self._adapters.bundles()
        found: list[Path] = []
        for source in sources:
            found += list(files.find([source])) if source.is_dir() else [source]
        return list(dict.fromkeys(found))

    # -- what is kept ----------------------------------------------------------------------------

    def _keep_quarantine(self, rows: Sequence[Held]) -> None:
        shelf = self._desk.shelf("quarantine", "key")
        wanted = {row.operation.id: row for row in rows}
        for key in shelf.items().keys() - wanted.keys():
            shelf.remove(key)
        for key, row in wanted.items():
            shelf.put(key, row.to_json())

    def _note(self, taken: Sequence[_Taken]) -> None:
        """Keep what came, what disagrees, and what trusted devices say that they hold: each table in one write."""
        imports: dict[str, dict[str, Any]] = {}
        disputed: dict[str, dict[str, Any]] = {}
        for outcome in (item.outcome for item in taken):
            if outcome.bundle is None or outcome.plan is None or not outcome.plan.operations:
                continue
            disputed.update({change.record: {} for change in outcome.plan.changes if change.conflicts})
            imports[outcome.bundle.sha256] = {
                "at": self._desk.now_text(),
                "device": outcome.bundle.manifest.device,
                "operations": len(outcome.plan.operations),
                "ranges": outcome.fresh,
            }
        self._desk.shelf("imports", "sha256").put_all(imports)
        self._desk.shelf("disputed", "record").put_all(disputed)
        self._note_holdings(taken)

    def _note_holdings(self, taken: Sequence[_Taken]) -> None:
        shelf = self._desk.shelf("holdings", "device")
        grown = {device: dict(row.get("vector", {})) for device, row in shelf.items().items()}
        for outcome in (item.outcome for item in taken):
            if outcome.bundle is not None and outcome.trust == "confirmed":
                known = grown.setdefault(outcome.bundle.manifest.device, {})
                known.update(
                    {name: max(seq, known.get(name, 0)) for name, seq in outcome.bundle.manifest.vector.items()}
                )
        shelf.put_all({device: {"vector": vector} for device, vector in grown.items()})

    def _note_released(self, intake: Intake, taken: Sequence[_Taken]) -> None:
        """Look for disagreements that operations from the quarantine brought about."""
        planned = {change.record for item in taken if item.outcome.plan for change in item.outcome.plan.changes}
        for record in {operation.record for operation in intake.operations} - planned:
            document = self._desk.document(record)
            if document is not None and conflicts(document):
                self._desk.shelf("disputed", "record").put(record, {})

    def _take_evidence(self, sources: Sequence[Path], taken: Sequence[_Taken]) -> None:
        """Store the files of evidence that lie beside the bundles; a wrong one is taken later."""
        crypto, blobs = self._adapters.crypto(), self._adapters.blobs()
        wanted = {
            sha256
            for item in taken
            if item.outcome.bundle is not None
            for sha256, _size in item.outcome.bundle.manifest.evidence
            if not blobs.exists(sha256)
        } - self._purged_evidence()
        folders = list(dict.fromkeys(source if source.is_dir() else source.parent for source in sources))
        for sha256, path in crypto.find_evidence(folders) if wanted else ():
            if sha256 not in wanted or blobs.exists(sha256):
                continue
            try:
                opened = crypto.open_evidence(path, sha256, self._desk.home / "scratch", self._keys.identities())
            except SyncError:
                continue
            try:
                blobs.put(opened)
            finally:
                opened.unlink(missing_ok=True)

    def _purged_evidence(self) -> set[str]:
        """Return the files that left with purged visits, without those that another visit refers to."""
        rows = self._desk.store.purged().values()
        gone = {str(sha256) for row in rows for sha256 in row.get("evidence", ())}
        documents = self._desk.store.documents("visit") if gone else ()
        return gone - {piece.sha256 for document in documents for piece in evidence_of(document)}

    def _receipt(self, item: _Taken) -> str | None:
        """Write the office's receipt beside a bundle, or in the workspace where that cannot be written."""
        outcome = item.outcome
        if outcome.bundle is None or not self._keys.is_office or outcome.status == "refused":
            return None
        blobs = self._adapters.blobs()
        receipt = receipt_for(
            outcome,
            self._desk.store,
            office=self._desk.store.device,
            at_ms=self._desk.clock.ms(),
            evidence=tuple(sha256 for sha256, _size in outcome.bundle.manifest.evidence if blobs.exists(sha256)),
            devices=self._keys.trust().entries(),
        )
        data = receipt.to_file(self._keys.signer())
        name = outcome.bundle.sha256 + RECEIPT_SUFFIX
        own = self._own_receipt(name, data)
        path = item.path.parent / name
        try:
            path.unlink(missing_ok=True)
            self._adapters.bundles().place(path, data)
        except (SyncError, OSError):
            return own
        return str(path)

    def _own_receipt(self, name: str, data: bytes) -> str | None:
        """Keep a copy here: its QR code can be shown again when the stick is gone."""
        path = self._desk.home / "receipts" / name
        try:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)
        except OSError:
            return None
        return str(path)

    # -- taking back -----------------------------------------------------------------------------

    def undo(self, bundle: str) -> dict[str, Any]:
        """Take a whole import back by operations that restore the earlier values.

        Raises:
            SyncError: SYN-001, no such import is known here.
        """
        wanted = Path(bundle).name.removesuffix(SUFFIX)
        imports = self._desk.shelf("imports", "sha256").items()
        found = [sha256 for sha256 in imports if len(wanted) >= _SHORTEST and sha256.startswith(wanted)]
        if len(found) != 1:
            raise SyncError(
                "SYN-001",
                _("No import of the bundle {bundle} is known here").format(bundle=bundle),
                hint=_("Give the file's name or the first digits of its hash."),
                where={"bundle": bundle},
            )
        ranges = imports[found[0]]["ranges"]
        covered = Coverage(ranges)
        touched: dict[str, list[Any]] = {}
        for operation in self._desk.store.operations():
            if covered.holds(operation.device, operation.seq):
                touched.setdefault(operation.record, [])
        records = [
            (document, list(self._desk.store.operations(record)))
            for record in touched
            if (document := self._desk.document(record)) is not None
        ]
        undone = undo_import(records, ranges, found[0])
        self._desk.write(undone.drafts)
        return {
            "undone": sorted({draft.record for draft in undone.drafts}),
            "kept": [{"record": kept.record, "field": kept.field, "reason": kept.reason} for kept in undone.kept],
        }

    # -- views -----------------------------------------------------------------------------------

    def _preview(self, item: _Taken) -> BundlePreview:
        row, outcome = _row(item, None), item.outcome
        if outcome.bundle is None or outcome.plan is None:
            return BundlePreview(str(item.path), row.status, "", "", "", 0, 0, 0, 0, 0, "none", row.reason, row.hint)
        summary = summary_of(outcome.bundle)
        told: dict[str, dict[str, Any]] = {}
        for operation in outcome.plan.operations:
            told.setdefault(operation.record, {})[operation.field] = operation.value
        return BundlePreview(
            file=str(item.path),
            status=row.status,
            digits=summary.digits,
            device=outcome.bundle.manifest.device,
            created=moment(outcome.bundle.manifest.last),
            operations=summary.operations,
            new_operations=len(outcome.plan.operations),
            new=row.new,
            changed=row.changed,
            conflicts=row.conflicts,
            trust=row.trust,
            reason=row.reason,
            bytes=summary.size,
            changes=tuple(
                ChangeLine(
                    record=change.record,
                    kind=change.kind,
                    title=self._records.title(change.record, told.get(change.record)),
                    change="conflict" if change.conflicts else change.change,
                    operations=change.operations,
                )
                for change in outcome.plan.changes
            ),
            digest=outcome.bundle.sha256,
            records=summary.records,
        )


def _row(item: _Taken, receipt: str | None) -> ImportRow:
    outcome = item.outcome
    plan = outcome.plan
    error: FieldkitError | None = outcome.error
    return ImportRow(
        bundle=item.path.name,
        status=outcome.status,
        trust=outcome.trust,
        new=plan.new if plan else 0,
        changed=plan.changed if plan else 0,
        conflicts=plan.conflicts if plan else 0,
        reason=outcome.reason,
        receipt=receipt,
        operations=len(plan.operations) if plan else 0,
        hint=error.hint if error else "",
    )
