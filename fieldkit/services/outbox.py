"""The outbox over very many records: counts from ranges of operations, rows of what was touched last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fieldkit.model.document import Document
from fieldkit.services.desk import Desk
from fieldkit.sync.coverage import Coverage

__all__ = ["Counts", "count", "last_touched"]

_OPERATIONS_OF_ONE = 12
"""Operations that are looked through for each record that is listed."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many records and operations are where."""

    waiting: int
    """Records with operations that were not exported."""
    operations: int
    """Operations that were not exported."""
    exported: int
    """Records whose operations were all exported and not all acknowledged."""


def count(desk: Desk, exported: Coverage, acknowledged: Coverage) -> Counts:
    """Return the counts of the outbox; only operations that no bundle carried are looked at.

    Args:
        desk: Store and writer.
        exported: What left in bundles.
        acknowledged: What receipts cover.
    """
    sent = Coverage(exported.ranges)
    sent.add(acknowledged.ranges)
    vector = desk.store.vector()
    waiting = _records(desk, sent)
    beyond = _records(desk, acknowledged) if acknowledged.ranges else None
    others = _total(desk) - len(waiting) if beyond is None and waiting is not None else 0
    known = Coverage({device: [[1, seq]] for device, seq in vector.items() if seq})
    held = known.count() - _common(known, sent)
    if waiting is None:
        return Counts(_total(desk), held, 0)
    return Counts(len(waiting), held, others if beyond is None else len(beyond - waiting))


def _total(desk: Desk) -> int:
    return sum(desk.store.size(kind) for kind in desk.store.kinds())


def _records(desk: Desk, covered: Coverage) -> set[str] | None:
    """Return the records with operations that are not covered; None for all, where nothing is covered."""
    if not covered.ranges:
        return None
    return {
        operation.record
        for operation in desk.store.since(covered.vector())
        if not covered.holds(operation.device, operation.seq)
    }


def _common(known: Coverage, sent: Coverage) -> int:
    both: Mapping[str, list[list[int]]] = sent.ranges
    found = 0
    for device, pairs in known.ranges.items():
        last = pairs[-1][1]
        found += sum(max(0, min(end, last) - start + 1) for start, end in both.get(device, ()))
    return found


def last_touched(desk: Desk, most: int) -> list[Document]:
    """Return the records that this device touched last, then those that came last, at most so many."""
    store = desk.store
    vector = store.vector()
    low = {**vector, store.device: max(0, vector.get(store.device, 0) - most * _OPERATIONS_OF_ONE)}
    names = dict.fromkeys(reversed([operation.record for operation in store.since(low)]))
    for kind in store.kinds():
        size = store.size(kind)
        names.update(dict.fromkeys(store.record_names(kind, range(size, max(size - most // 4, 0), -1))))
    found = [document for name in list(names)[:most] if (document := desk.document(name)) is not None]
    return sorted(found, key=lambda document: str(document["last"][0]), reverse=True)
