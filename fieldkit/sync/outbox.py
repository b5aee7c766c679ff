"""Where every record is: saved here, exported, acknowledged by the office. All of it is derived."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from msgspec import Struct

from fieldkit.model.ids import split_operation_id
from fieldkit.model.operation import Operation
from fieldkit.sync.coverage import Coverage

__all__ = ["Standing", "Status", "common_vector", "coverage_of", "operation_ids", "pending", "standing"]

Status = Literal["saved", "exported", "acknowledged"]


class Standing(Struct, frozen=True):
    """Where one record is.

    Attributes:
        record: The record.
        operations: Number of its operations.
        exported: How many of them left in a bundle.
        acknowledged: How many of them a receipt covers.
    """

    record: str
    operations: int
    exported: int
    acknowledged: int

    @property
    def status(self) -> Status:
        """Return the weakest of its operations' states."""
        if self.acknowledged == self.operations:
            return "acknowledged"
        return "exported" if self.exported == self.operations else "saved"


def coverage_of(rows: Iterable[Mapping[str, Any]]) -> Coverage:
    """Return what the rows of an outbox table cover: each has ``ranges`` and may have ``vector``."""
    coverage = Coverage()
    for row in rows:
        coverage.add(row.get("ranges", {}))
        coverage.add_vector(row.get("vector", {}))
    return coverage


def common_vector(vectors: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Return what every one of several receivers holds, by the vectors of the bundles that came from them.

    An office gets no receipts: what all of its laptops are known to hold need not go out to them again.
    """
    known = list(vectors)
    devices = {device for vector in known for device in vector}
    common = {device: min(vector.get(device, 0) for vector in known) for device in sorted(devices)}
    return {device: seq for device, seq in common.items() if seq}


def operation_ids(document: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Yield device and number of every operation of a record."""
    for part in ("heads", "past", "late"):
        for entries in document.get(part, {}).values():
            for entry in entries:
                yield split_operation_id(entry if isinstance(entry, str) else entry[0])


def standing(document: Mapping[str, Any], exported: Coverage, acknowledged: Coverage) -> Standing:
    """Return where a record is; what is acknowledged counts as exported."""
    total = sent = received = 0
    for device, seq in operation_ids(document):
        total += 1
        if acknowledged.holds(device, seq):
            received += 1
            sent += 1
        elif exported.holds(device, seq):
            sent += 1
    return Standing(document["id"], total, sent, received)


def pending(operations: Iterable[Operation], acknowledged: Coverage) -> list[Operation]:
    """Return the operations that no receipt covers: what the next export carries."""
    return [operation for operation in operations if not acknowledged.holds(operation.device, operation.seq)]
