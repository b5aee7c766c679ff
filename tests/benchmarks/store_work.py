"""The workspace that the store's figures are measured on."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from fieldkit.model.document import shown
from fieldkit.model.operation import Operation
from fieldkit.store import Options, Store, open_store

__all__ = ["SMALL_OPERATIONS", "STATEMENTS", "Writer", "build", "in_one_file", "shown_values", "small_home"]

SMALL_OPERATIONS = 15 * 60 + 30 * 3

_BATCH = 3000
STATEMENTS = (
    "台账未更新 taizhang weigengxin",
    "档案不齐全 dangan",
    "标识牌缺失 biaoshi",
    "消防通道堵塞 xiaofang",
    "记录不完整 jilu",
)
_SEVERITIES = ("S1", "S2", "S3", "S4")


def small_home(folder: Path) -> Path:
    """Return the small workspace beside the big one: 15 visits and 30 findings."""
    home = folder / "small"
    if not home.exists():
        with open_store(home, options=Options(ballast_bytes=0)) as store:
            build(store, 15, 30)
    return home


def build(store: Store, visits: int, findings: int, tell: Callable[[str], None] = lambda _text: None) -> int:
    """Write visits of 60 answers and findings of three operations, as an import does, and return the operations."""
    seq, stamp = store.last_seq(), 1_790_000_000_000
    batch: list[Operation] = []
    device, written = store.device, 0

    def add(record: str, field: str, value: object) -> None:
        nonlocal seq, written
        seq += 1
        written += 1
        batch.append(Operation(device, seq, f"{stamp + seq}.0", "A01/inspector", record, field, value))
        if len(batch) >= _BATCH:
            store.append(batch)
            batch.clear()
            if written % (_BATCH * 250) == 0:
                tell(f"{written:,} operations written")

    for number in range(visits):
        record = f"visit/v{number:06d}"
        for question in range(60):
            add(record, f"answer:demo:/data/g{question // 10}/q{question}", "yes" if (number + question) % 3 else "no")
    for number in range(findings):
        record = f"finding/f{number:07d}"
        add(record, "visit", f"v{number // 60:06d}")
        add(record, "statement", STATEMENTS[number % 5])
        add(record, "severity", _SEVERITIES[number % 4])
    if batch:
        store.append(batch)
    return written


def in_one_file(store: Store) -> None:
    """Write what is in memory, wait for the thread that may be doing it, and merge the state into one file."""
    while store.engine.state.memory or store.engine.state.frozen:
        if not store.engine.flush():
            time.sleep(0.05)
    store.engine.sidecar.merge_all(store.engine.state)


def shown_values(store: Store, visits: int, findings: int) -> bool:
    """Tell whether documents at both ends show what was written."""
    right = True
    for number in (0, visits - 1):
        document = store.document(f"visit/v{number:06d}")
        right = right and shown(document, "answer:demo:/data/g5/q59") == ("yes" if (number + 59) % 3 else "no")
    for number in (0, findings - 1):
        document = store.document(f"finding/f{number:07d}")
        right = right and shown(document, "severity") == _SEVERITIES[number % 4]
    return right


class Writer:
    """Gives one answer after the other, as an inspector does: one visit, question by question."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seq = store.last_seq()
        self._made: Operation | None = None

    def answer(self) -> Operation:
        """Return the next operation of this device."""
        self._seq += 1
        question = self._seq % 60
        prev = (f"{self._store.device}:{max(1, self._seq - 60)}",)
        self._made = Operation(
            self._store.device,
            self._seq,
            f"{1_800_000_000_000 + self._seq}.0",
            "A01/inspector",
            "visit/v000007",
            f"answer:demo:/data/g{question // 10}/q{question}",
            "yes",
            prev,
        )
        return self._made

    def last(self) -> Operation:
        """Return the operation that was made last."""
        assert self._made is not None
        return self._made
