"""What may leave a laptop: visits whose every operation an office has acknowledged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import Struct

from fieldkit.model.document import Document, conflicts, record_digest, shown
from fieldkit.sync.coverage import Coverage, ranges_of
from fieldkit.sync.evidence import evidence_of
from fieldkit.sync.outbox import operation_ids, standing

__all__ = ["Purge", "PurgeKept", "PurgeRow", "plan_purge"]


class PurgeRow(Struct, frozen=True):
    """What stays of a purged record.

    Attributes:
        record: The record.
        digest: Its digest, so that the state stays equal on every copy.
        operations: Number of its operations.
        ranges: Its operations: a later import of them changes nothing.
        summary: What a list still shows of it.
    """

    record: str
    digest: str
    operations: int
    ranges: dict[str, list[list[int]]]
    summary: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return the row of the table of purged records."""
        return {
            "record": self.record,
            "digest": self.digest,
            "operations": self.operations,
            "ranges": self.ranges,
            "summary": self.summary,
        }


class PurgeKept(Struct, frozen=True):
    """A record that stays, and why.

    Attributes:
        record: The record.
        reason: ``not_acknowledged``, ``open``, ``conflict`` or ``evidence_owed``.
        open_operations: Operations without a receipt.
    """

    record: str
    reason: str
    open_operations: int = 0


class Purge(Struct, frozen=True):
    """What a purge would do.

    Attributes:
        rows: Records that may go.
        kept: Records that stay.
    """

    rows: tuple[PurgeRow, ...]
    kept: tuple[PurgeKept, ...]


def plan_purge(
    documents: Iterable[Document],
    acknowledged: Coverage,
    *,
    is_closed: Callable[[Document], bool],
    received: Callable[[str], bool],
) -> Purge:
    """Return which visits may be purged; nothing is removed here.

    Args:
        documents: The visits in question.
        acknowledged: Operations that receipts cover.
        is_closed: Tells whether work on a visit is over.
        received: Tells whether an office has a file of evidence, by its hash.
    """
    rows: list[PurgeRow] = []
    kept: list[PurgeKept] = []
    for document in documents:
        reason = _reason(document, acknowledged, is_closed, received)
        if reason is None:
            rows.append(_row(document))
        else:
            kept.append(reason)
    return Purge(tuple(rows), tuple(kept))


def _reason(
    document: Document,
    acknowledged: Coverage,
    is_closed: Callable[[Document], bool],
    received: Callable[[str], bool],
) -> PurgeKept | None:
    where = standing(document, Coverage(), acknowledged)
    if where.status != "acknowledged":
        return PurgeKept(document["id"], "not_acknowledged", where.operations - where.acknowledged)
    if not is_closed(document):
        return PurgeKept(document["id"], "open")
    if conflicts(document):
        return PurgeKept(document["id"], "conflict")
    if not all(received(piece.sha256) for piece in evidence_of(document)):
        return PurgeKept(document["id"], "evidence_owed")
    return None


def _row(document: Document) -> PurgeRow:
    meta: Mapping[str, Any] = shown(document, "meta", {}) or {}
    state: Mapping[str, Any] = shown(document, "state", {}) or {}
    summary = {name: meta[name] for name in ("number", "subject", "campaign", "started") if name in meta}
    summary |= {name: state[name] for name in ("state", "revision") if name in state}
    return PurgeRow(document["id"], record_digest(document), document["n"], ranges_of(operation_ids(document)), summary)
