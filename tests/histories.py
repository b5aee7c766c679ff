"""Random histories of several laptops that write, meet, close and reopen: the same for laws and benchmarks."""

from __future__ import annotations

import random
from collections.abc import Sequence

from fieldkit.model.clock import HybridClock
from fieldkit.model.document import Document, apply, prevs, vector_of
from fieldkit.model.operation import Operation

__all__ = ["DEVICES", "Laptop", "documents_of", "history"]

DEVICES = [letter * 16 for letter in "abcde"]


class Laptop:
    """A device that writes, and reads whatever it is given."""

    def __init__(self, device: str, skew: int) -> None:
        self.device = device
        self.seq = 0
        self.skew = skew
        self.clock = HybridClock()
        self.documents: dict[str, Document] = {}
        self.held: dict[str, Operation] = {}

    def write(self, record: str, field: str, value: object, now: int, cause: str = "") -> Operation:
        """Write one operation as this device sees the record."""
        document = self.documents.get(record)
        self.seq += 1
        stamp = self.clock.tick(now + self.skew)
        seen = prevs(document, field, self.device)
        operation = Operation(self.device, self.seq, stamp, "A1/inspector", record, field, value, seen, cause)
        self.read([operation])
        return operation

    def read(self, operations: Sequence[Operation]) -> None:
        """Take operations in, in the order given."""
        for operation in operations:
            self.clock.observe(operation.hlc)
            self.documents[operation.record] = apply(self.documents.get(operation.record), operation)
            self.held[operation.id] = operation


def history(chance: random.Random, *, closing: bool = True, longest: int = 40) -> list[Operation]:
    """Let five laptops work on two records and meet now and then; return all they wrote."""
    laptops = [Laptop(device, chance.randrange(-3_600_000, 3_600_000)) for device in DEVICES]
    written: list[Operation] = []
    for step in range(chance.randrange(5, longest)):
        laptop = chance.choice(laptops)
        action = chance.random()
        if action < 0.25:
            other = chance.choice(laptops)
            laptop.read(chance.sample(list(other.held.values()), len(other.held)))
        elif action < 0.35 and closing:
            document = laptop.documents.get("visit/v1")
            value: dict[str, object] = {"event": chance.choice(["finalise", "reopen"])}
            if value["event"] == "finalise" and document is not None:
                value["vector"] = vector_of(document)
            written.append(laptop.write("visit/v1", "state", value, step * 60_000))
        else:
            record = chance.choice(["visit/v1", "finding/f1"])
            written.append(laptop.write(record, chance.choice("abc"), chance.randrange(4), step * 60_000))
    return written


def documents_of(operations: Sequence[Operation]) -> dict[str, Document]:
    """Return the records that operations make in this order of arrival."""
    found: dict[str, Document] = {}
    for operation in operations:
        found[operation.record] = apply(found.get(operation.record), operation)
    return found
