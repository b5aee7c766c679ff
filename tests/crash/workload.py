"""A seeded day of work on a store, and a picture of everything that a reader can see, to compare before and after."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fieldkit.model.operation import Operation
from fieldkit.store import Options, Store, open_store
from fieldkit.store.disk import Disk

__all__ = ["BUSY", "PLAIN", "Picture", "Workload", "picture"]

PLAIN = Options(ballast_bytes=0, memory_bytes=1 << 30, tail_lines=1 << 30)
"""One growing segment, everything in memory."""

BUSY = Options(segment_bytes=1500, ballast_bytes=0, memory_bytes=2500, tail_lines=4, dead_lines=4)
"""Small segments and runs all the time, so that every kind of file is written within a few steps."""

Picture = tuple[Any, ...]


def picture(store: Store) -> Picture:
    """Return operations, documents, tables and counters of a store."""
    operations = tuple(item.id + str(item.value) for item in store.operations())
    documents = {kind: list(store.documents(kind)) for kind in sorted(store.kinds())}
    tables = {name: {row.doc_id: dict(row) for row in store.table(name)} for name in ("outbox", "settings")}
    by_record = {
        record["id"]: [item.seq for item in store.operations(record["id"])]
        for rows in documents.values()
        for record in rows
    }
    return operations, documents, tables, by_record, store.last_hlc()


class Workload:
    """Runs seeded steps on a store; each step is one durable change, or upkeep.

    Attributes:
        store: The open store.
        names: What each step was.
    """

    def __init__(
        self, home: Path, seed: int, options: Options, disk: Disk | None = None, passphrase: str | None = None
    ) -> None:
        self.home = home
        self.names: list[str] = []
        self._random = random.Random(seed)
        self._options = options
        self._disk = disk
        self._passphrase = passphrase
        self._stamp = 1_790_000_000_000
        self.store = self.open()

    def open(self) -> Store:
        """Open the workspace."""
        return open_store(self.home, options=self._options, disk=self._disk, passphrase=self._passphrase)

    def step(self) -> None:
        """Do the next step; whatever it raises is raised."""
        steps: list[tuple[str, int, Callable[[], None]]] = [
            ("operation", 10, lambda: self._append(1)),
            ("batch", 3, lambda: self._append(self._random.randint(2, 9))),
            ("insert", 3, self._insert),
            ("several", 1, self._several),
            ("update", 3, self._update),
            ("remove", 1, self._remove),
            ("truncate", 0, self._truncate),
            ("maintain", 2, self._maintain),
            ("reopen", 1, self.reopen),
        ]
        chosen = self._random.choices(steps, [weight for _name, weight, _step in steps])[0]
        self.names.append(chosen[0])
        chosen[2]()

    def operation(self) -> Operation:
        """Return the next operation of this device."""
        roll = self._random
        self._stamp += roll.choice([1, 1, 5, -3000])
        record = roll.choice(["visit/v1", "visit/v2", "finding/f1", "finding/f2", "note/n1"])
        value = roll.choice(["yes", "", "合格", "x" * roll.randint(1, 90), 5, None, {"a": [1, "二"]}])
        return Operation(
            self.store.device,
            self.store.last_seq() + 1,
            f"{self._stamp}.0",
            roll.choice(["A01/inspector", "B02/reviewer"]),
            record,
            f"answer:f:/d/q{roll.randint(1, 9)}",
            value,
        )

    def _append(self, count: int) -> None:
        first = self.operation()
        batch = [first]
        for place in range(1, count):
            item = self.operation()
            batch.append(
                Operation(
                    item.device,
                    first.seq + place,
                    item.hlc,
                    item.actor,
                    item.record,
                    item.field,
                    item.value,
                    (first.id,),
                )
            )
        self.store.append(batch)

    def _insert(self) -> None:
        self.store.table("outbox").insert({"n": self._random.randint(0, 3), "text": "记" * self._random.randint(1, 30)})

    def _several(self) -> None:
        self.store.table("outbox").insert_multiple([{"n": number} for number in range(3)])

    def _update(self) -> None:
        wanted = self._random.randint(0, 3)
        self.store.table("outbox").update(
            {"seen": self._random.randint(0, 1000)}, lambda document: bool(document.get("n") == wanted)
        )

    def _remove(self) -> None:
        rows = self.store.table("outbox").all()
        if rows:
            self.store.table("outbox").remove(doc_ids=[self._random.choice(rows).doc_id])

    def _truncate(self) -> None:
        self.store.table("outbox").truncate()

    def _maintain(self) -> None:
        self.store.maintain()

    def reopen(self) -> None:
        """Close and open the workspace."""
        self.store.close()
        self.store = self.open()
