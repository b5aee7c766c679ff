"""What an import would do, computed before anything is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as member
from itertools import islice
from typing import Literal, Protocol

from msgspec import Struct

from fieldkit.model.clock import hlc_ms
from fieldkit.model.document import Document, apply, conflicts
from fieldkit.model.ids import kind_of
from fieldkit.model.operation import Operation
from fieldkit.sync.coverage import Coverage, Ranges, ranges_of

__all__ = ["FUTURE_MS", "ImportPlan", "RecordChange", "Staged", "StoreView", "plan_import"]

FUTURE_MS = 24 * 3_600_000
"""Milliseconds that a stamp may lie ahead of this device's clock; what lies further is quarantined."""


_GAP_DEVICES = 100
_GAP_NUMBERS = 1000
# A manifest can announce any numbers: looking for gaps ends somewhere.


class StoreView(Protocol):
    """What a plan needs to know of the store."""

    def document(self, record: str) -> Document | None:
        """Return the document of a record, or None."""
        ...

    def holds(self, device: str, seq: int) -> bool:
        """Tell whether an operation is here (purged ones count)."""
        ...

    def vector(self) -> dict[str, int]:
        """Return the highest number of each device below which nothing is missing."""
        ...


class RecordChange(Struct, frozen=True):
    """What an import would do to one record.

    Attributes:
        record: The record.
        change: Whether it is new here.
        operations: Number of its operations that are new here.
        fields: Fields whose shown value would change.
        conflicts: Fields that would be in conflict and are not yet.
    """

    record: str
    change: Literal["new", "changed"]
    operations: int
    fields: tuple[str, ...]
    conflicts: tuple[str, ...]

    @property
    def kind(self) -> str:
        """Return the kind of record."""
        return kind_of(self.record)


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import would do.

    Attributes:
        operations: Operations to append, in the order they came.
        known: Number of operations that are here already.
        future: Operations that lie too far ahead of the clock; they are not applied.
        changes: Records that would be new or change, in the order they came.
        missing: Operations of the exporting devices that neither are here nor come with this import.
        documents: The records as they would be.
    """

    operations: tuple[Operation, ...]
    known: int
    future: tuple[Operation, ...]
    changes: tuple[RecordChange, ...]
    missing: Ranges
    documents: Mapping[str, Document] = member(default_factory=dict, repr=False, compare=False)

    @property
    def new(self) -> int:
        """Return the number of new records."""
        return sum(change.change == "new" for change in self.changes)

    @property
    def changed(self) -> int:
        """Return the number of records that were here and change."""
        return sum(change.change == "changed" for change in self.changes)

    @property
    def conflicts(self) -> int:
        """Return the number of fields that would newly be in conflict."""
        return sum(len(change.conflicts) for change in self.changes)

    @property
    def status(self) -> Literal["imported", "known", "quarantined"]:
        """Return what the import's line says; only what was held back in part or whole is ``quarantined``."""
        if self.future:
            return "quarantined"
        return "imported" if self.operations else "known"

    @property
    def ahead_ms(self) -> int:
        """Return the greatest stamp of the operations that were held back, in milliseconds, 0 without any."""
        return max((hlc_ms(operation.hlc) for operation in self.future), default=0)


class Staged:
    """A store with the operations of earlier plans on top: several imports become one write.

    Attributes:
        operations: All operations staged so far; append them as one group.
    """

    def __init__(self, store: StoreView) -> None:
        self._store = store
        self._documents: dict[str, Document | None] = {}
        self._ids: set[tuple[str, int]] = set()
        self._covered: Coverage | None = None
        self.operations: list[Operation] = []

    def document(self, record: str) -> Document | None:
        """Return the document of a record with the staged operations applied."""
        if record not in self._documents:
            self._documents[record] = self._store.document(record)
        return self._documents[record]

    def holds(self, device: str, seq: int) -> bool:
        """Tell whether an operation is in the store or staged."""
        return (device, seq) in self._ids or self._store.holds(device, seq)

    def vector(self) -> dict[str, int]:
        """Return what is held without gaps, staged operations included."""
        if self._covered is None:
            self._covered = Coverage()
            self._covered.add_vector(self._store.vector())
            self._covered.add(ranges_of(self._ids))
        return self._covered.vector()

    def stage(self, operations: Iterable[Operation]) -> None:
        """Apply operations here without writing them."""
        more = [operation for operation in operations if not self.holds(operation.device, operation.seq)]
        for operation in more:
            self._documents[operation.record] = apply(self.document(operation.record), operation)
        self._note(more)

    def adopt(self, plan: ImportPlan) -> None:
        """Take over a plan that was made on this very object, with the records it computed."""
        self._documents.update(plan.documents)
        self._note(plan.operations)

    def _note(self, operations: Sequence[Operation]) -> None:
        names = [(operation.device, operation.seq) for operation in operations]
        self._ids.update(names)
        self.operations += operations
        if self._covered is not None:
            self._covered.add(ranges_of(names))


def plan_import(
    operations: Iterable[Operation],
    store: StoreView,
    *,
    now_ms: int,
    ranges: Mapping[str, list[list[int]]] | None = None,
) -> ImportPlan:
    """Return what the import of these operations would do to a store; nothing is written.

    Args:
        operations: The operations of a bundle.
        store: The store, or a ``Staged`` one where several imports are planned together.
        now_ms: This device's clock, milliseconds since 1970.
        ranges: What the manifest announces; with it gaps are found.
    """
    fresh: list[Operation] = []
    future: list[Operation] = []
    known = 0
    for operation in operations:
        if store.holds(operation.device, operation.seq):
            known += 1
        elif hlc_ms(operation.hlc) > now_ms + FUTURE_MS:
            future.append(operation)
        else:
            fresh.append(operation)
    by_record: dict[str, list[Operation]] = {}
    for operation in fresh:
        by_record.setdefault(operation.record, []).append(operation)
    changes, documents = [], {}
    for record, more in by_record.items():
        before = store.document(record)
        documents[record] = after = apply(before, more[0])
        for operation in more[1:]:
            documents[record] = after = apply(after, operation)
        changes.append(_change(before, after, more))
    missing = _missing(store, ranges) if ranges and fresh else {}
    return ImportPlan(tuple(fresh), known, tuple(future), tuple(changes), missing, documents)


def _change(before: Document | None, after: Document, operations: list[Operation]) -> RecordChange:
    touched = {operation.field for operation in operations}
    old_heads = before["heads"] if before is not None else {}
    # A closing can change what is shown of every field, not only of its own.
    candidates = {*after["heads"], *old_heads} if "state" in touched and before is not None else touched
    fields = tuple(
        sorted(name for name in candidates if _value(old_heads.get(name)) != _value(after["heads"].get(name)))
    )
    disputed = _disputed(after)
    known = _disputed(before) if before is not None and disputed else frozenset()
    return RecordChange(
        after["id"],
        "new" if before is None else "changed",
        len(operations),
        fields,
        tuple(sorted(disputed - known)),
    )


def _disputed(document: Document) -> frozenset[str]:
    return frozenset(name for name, _versions in conflicts(document))


def _value(heads: list[list[object]] | None) -> object:
    return [heads[0][3]] if heads else None


def _missing(store: StoreView, ranges: Mapping[str, list[list[int]]]) -> Ranges:
    """Return the numbers below the announced ones that are neither here nor announced."""
    coverage = Coverage(ranges)
    vector = store.vector()
    coverage.add_vector({device: vector.get(device, 0) for device in ranges})
    missing: Ranges = {}
    for device, pairs in islice(coverage.gaps().items(), _GAP_DEVICES):
        numbers = (seq for first, last in pairs for seq in range(first, last + 1))
        unheld = [(device, seq) for seq in islice(numbers, _GAP_NUMBERS) if not store.holds(device, seq)]
        missing |= ranges_of(unheld)
    return missing
