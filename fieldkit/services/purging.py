"""Purge: visits that the office has acknowledged leave this laptop; a summary stays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from fieldkit.errors import FieldkitError
from fieldkit.i18n import _
from fieldkit.model.document import Document, shown
from fieldkit.model.ids import id_of, record_name
from fieldkit.services.desk import Desk
from fieldkit.services.records import Records
from fieldkit.sync.evidence import evidence_of
from fieldkit.sync.outbox import coverage_of
from fieldkit.sync.purge import Purge, PurgeKept, plan_purge

if TYPE_CHECKING:
    from fieldkit.services.adapters import Adapters

__all__ = ["PurgeKeptLine", "PurgeLine", "PurgePreview", "PurgeResult", "Purging"]


class PurgeLine(Struct, frozen=True):
    """A visit that may go."""

    record: str
    number: str
    title: str
    operations: int
    evidence: int
    """Files of evidence that go with it."""


class PurgeKeptLine(Struct, frozen=True):
    """A visit that stays, and why."""

    record: str
    number: str
    reason: str
    """``not_acknowledged``, ``open``, ``conflict``, ``evidence_owed``, ``purged`` or ``unknown``."""
    message: str
    """The reason in a sentence."""


class PurgePreview(Struct, frozen=True):
    """What a purge would do."""

    rows: tuple[PurgeLine, ...]
    kept: tuple[PurgeKeptLine, ...]


class PurgeResult(Struct, frozen=True):
    """What a purge did."""

    purged: tuple[str, ...]
    """Records that went."""
    kept: tuple[PurgeKeptLine, ...]
    evidence: int
    """Files of evidence that were removed."""
    is_pending: bool
    """Old files still hold the operations, because the disk refused to write them anew: the next opening does it."""


class Purging:
    """Plans and carries out purges."""

    def __init__(self, desk: Desk, records: Records, adapters: Adapters) -> None:
        self._desk = desk
        self._records = records
        self._adapters = adapters

    def preview(self, visits: Sequence[str] = (), *, closed_only: bool = True) -> PurgePreview:
        """Return which visits may go; nothing is written.

        Args:
            visits: Ids or numbers; all visits where left out.
            closed_only: Keep visits that can still be filled in, although all of them is acknowledged.
        """
        plan, unknown, documents = self._plan(visits, closed_only=closed_only)
        return PurgePreview(tuple(self._line(documents[row.record]) for row in plan.rows), self._kept(plan, unknown))

    def run(self, visits: Sequence[str] = (), *, closed_only: bool = True) -> PurgeResult:
        """Remove operations and evidence of the visits that may go; see ``preview`` for the arguments.

        Raises:
            StoreError: The note of the purge could not be made durable; nothing was removed then.
        """
        self._desk.writer.flush()
        with self._desk.writer.lock:
            plan, unknown, documents = self._plan(visits, closed_only=closed_only)
            rows = {row.record: self._row(row.to_json(), documents[row.record]) for row in plan.rows}
            is_done = self._desk.store.purge(rows) if rows else True
            evidence = self._remove_evidence()
        for record in rows:
            self._desk.writer.forget(record)
        return PurgeResult(tuple(rows), self._kept(plan, unknown), evidence, not is_done)

    def _plan(self, visits: Sequence[str], *, closed_only: bool) -> tuple[Purge, list[PurgeKept], dict[str, Document]]:
        receipts = list(self._desk.shelf("receipts", "sha256").items().values())
        there = {str(sha256) for row in receipts for sha256 in row.get("evidence", ())}
        before = self._desk.store.purged()
        documents, unknown = self._documents(visits)
        plan = plan_purge(
            [document for record, document in documents.items() if record not in before],
            coverage_of(receipts),
            is_closed=self._is_closed if closed_only else (lambda _document: True),
            received=lambda sha256: sha256 in there,
        )
        unknown += [PurgeKept(record, "purged") for record in documents if record in before]
        return plan, unknown, documents

    def _documents(self, visits: Sequence[str]) -> tuple[dict[str, Document], list[PurgeKept]]:
        if not visits:
            return {document["id"]: document for document in self._desk.store.documents("visit")}, []
        found: dict[str, Document] = {}
        unknown: list[PurgeKept] = []
        before = self._desk.store.purged()
        for text in visits:
            if record_name("visit", text) in before:
                unknown.append(PurgeKept(record_name("visit", text), "purged"))
                continue
            try:
                document = self._desk.store.document(record_name("visit", self._records.resolve("visit", text)))
            except FieldkitError:
                document = None
            if document is None:
                unknown.append(PurgeKept(record_name("visit", text), "unknown"))
            else:
                found[document["id"]] = document
        return found, unknown

    def _is_closed(self, document: Document) -> bool:
        state = self._desk.machines["visit"].states.get(str((shown(document, "state") or {}).get("state", "")))
        return state is not None and not state.editable

    def _row(self, row: dict[str, Any], document: Document) -> dict[str, Any]:
        """Return what stays of a visit."""
        files = sorted({piece.sha256 for piece in evidence_of(document)})
        stays = {name: value for name, value in row.items() if name != "record"}
        return {**stays, "last": document["last"][0], "at": self._desk.now_text(), "evidence": files}

    def _remove_evidence(self) -> int:
        """Remove the files of purged visits that no other record refers to; also those that a crash left."""
        rows = self._desk.store.purged().values()
        wanted = {str(sha256) for row in rows for sha256 in row.get("evidence", ())}
        if not wanted:
            return 0
        used = {piece.sha256 for document in self._desk.store.documents("visit") for piece in evidence_of(document)}
        blobs = self._adapters.blobs()
        return sum(blobs.remove(sha256) for sha256 in sorted(wanted - used))

    # -- in words --------------------------------------------------------------------------------

    def _line(self, document: Document) -> PurgeLine:
        record = document["id"]
        files = len(evidence_of(document))
        number, title = self._records.number(record), self._records.title(record)
        return PurgeLine(record, number, title, document["n"], files)

    def _kept(self, plan: Purge, more: Iterable[PurgeKept]) -> tuple[PurgeKeptLine, ...]:
        return tuple(
            PurgeKeptLine(kept.record, self._number(kept), kept.reason, _message(kept)) for kept in (*plan.kept, *more)
        )

    def _number(self, kept: PurgeKept) -> str:
        if kept.reason in ("unknown", "purged"):
            return id_of(kept.record)
        return self._records.number(kept.record)


def _message(kept: PurgeKept) -> str:
    if kept.reason == "not_acknowledged":
        return _("{count} operations have no receipt of the office").format(count=kept.open_operations)
    if kept.reason == "open":
        return _("the visit can still be filled in")
    if kept.reason == "conflict":
        return _("two values of it disagree: settle that first")
    if kept.reason == "evidence_owed":
        return _("the office has not all of its evidence files")
    if kept.reason == "purged":
        return _("it was purged before")
    return _("there is no such visit here")
