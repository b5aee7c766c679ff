"""What a durable save of one answer costs: beside a raw append and SQLite, in small and big workspaces, and sealed."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from fieldkit.store import Store, ciphers, open_store
from fieldkit.store.care import seal_workspace
from fieldkit.store.ciphers import new_seal
from fieldkit.store.disk import Disk
from tests.benchmarks.report import Goal, Row
from tests.benchmarks.store_opening import open_in_process
from tests.benchmarks.store_peers import SqliteJournal, raw_append
from tests.benchmarks.store_size import OPTIONS, PASSPHRASE, Size, say
from tests.benchmarks.store_work import SMALL_OPERATIONS, Writer, build, in_one_file, small_home

__all__ = ["save_rows", "sealed_rows"]

SQLITE = "SQLite WAL FULL"
WARM_UP = 400
"""Saves that are not counted: SQLite's log of a long session has been gone through once then, and grows no more."""


class TimedDisk(Disk):
    """Counts the CPU time that the system spends in fsync, which every durable store pays alike."""

    busy = 0.0
    is_dry = False

    def fsync(self, fd: int) -> None:
        """Make durable, and count; nothing at all in a dry run."""
        if not self.is_dry:
            start = time.thread_time()
            super().fsync(fd)
            self.busy += time.thread_time() - start


def _interleaved(turns: Sequence[Callable[[], float]], count: int) -> list[list[float]]:
    """Run each turn once after the other, over and over, and return the seconds of each."""
    seconds: list[list[float]] = [[] for _turn in turns]
    for _round in range(count):
        for place, turn in enumerate(turns):
            seconds[place].append(turn())
    return seconds


def save_rows(folder: Path, size: Size) -> list[Row]:
    """Measure a durable one-answer save in a small and in the big workspace, beside raw and SQLite."""
    rows: list[Row] = []
    held = size.visits * 60 + size.findings * 3
    for home, operations in ((small_home(folder), SMALL_OPERATIONS), (folder / "home", held)):
        name = f"{operations:,} records"
        say(f"saves at {name}")
        found = _one_save(folder, home, size, operations)
        limit = Goal("<=", 1.5) if found.raw >= 0.5 else Goal("<=", found.raw + 0.25, "ours")
        note = f"raw {found.raw:.3f} ms, median of {size.rounds} runs of {size.saves}"
        both = f"{operations:,} operations on both sides; "
        session, warm = both + "its log begins with each session", both + "its log is overwritten, not lengthened"
        beside = f"save beside SQLite, {name}"
        rows += [
            Row(f"save, {name}", "ms", found.ours, found.raw, "raw append+fsync", limit, note=note),
            Row(beside, "ms", found.ours, found.sqlite, SQLITE, Goal("<=", 1.0), note=session),
            Row(f"{beside}, long session", "ms", found.ours, found.warm_sqlite, SQLITE, note=warm),
            Row(f"save: CPU, {name}", "us", found.cpu, goal=Goal("<=", 100, "ours"), note="in a row, fsync left out"),
            Row(f"save: bytes, {name}", "B", found.length, goal=Goal("<=", 200, "ours")),
        ]
    rows.append(_flat(small_home(folder), folder / "home"))
    return rows


class _Saver:
    """Saves one answer after the other and counts.

    Attributes:
        writer: Makes the answers.
        cpu: CPU seconds of each save, those in fsync left out.
        length: Bytes of the last save.
    """

    def __init__(self, store: Store, disk: TimedDisk) -> None:
        self.writer = Writer(store)
        self.cpu: list[float] = []
        self.length = 100
        self._store = store
        self._disk = disk

    def save(self) -> float:
        """Save the next answer and return the seconds."""
        operation, journal = self.writer.answer(), self._store.engine.journal
        self._disk.busy, before = 0.0, journal.bytes_written
        start, busy = time.perf_counter(), time.thread_time()
        self._store.append([operation])
        seconds = time.perf_counter() - start
        self.cpu.append(time.thread_time() - busy - self._disk.busy)
        self.length = journal.bytes_written - before
        return seconds

    def save_beside(self, base: SqliteJournal) -> float:
        """Save the same answer in SQLite and return the seconds."""
        return base.save(self.writer.last())


@dataclass(frozen=True, slots=True)
class _Saves:
    """What saves cost: medians in ms of ours, a raw append and SQLite, CPU in us, bytes."""

    ours: float
    raw: float
    sqlite: float
    warm_sqlite: float
    cpu: float
    length: float


def _one_save(folder: Path, home: Path, size: Size, held: int) -> _Saves:
    """Save one answer after the other, in turns with the peers; each round is a new session of the first SQLite."""
    medians: list[list[float]] = [[], [], [], []]
    disk = TimedDisk()
    path, warm = folder / f"peer-{held}.sqlite", SqliteJournal(folder / f"warm-{held}.sqlite")
    for base in (SqliteJournal(path), warm):
        base.fill(held)
    with open_store(home, options=OPTIONS, disk=disk) as store, (folder / "raw.bin").open("ab", buffering=0) as file:
        saver = _Saver(store, disk)
        for _save in range(WARM_UP):
            saver.save()
            saver.save_beside(warm)
        before = store.engine.journal.bytes_written
        for _round in range(size.rounds):
            sqlite = SqliteJournal(path)
            turns: list[Callable[[], float]] = [
                saver.save,
                lambda: raw_append(file.fileno(), saver.length),
                partial(saver.save_beside, sqlite),
                partial(saver.save_beside, warm),
            ]
            for place, seconds in enumerate(_interleaved(turns, size.saves)):
                medians[place].append(statistics.median(seconds))
            sqlite.close()
        mean = (store.engine.journal.bytes_written - before) / (size.rounds * size.saves)
        hot = _dry_saves(store, disk, saver.writer)
    warm.close()
    say(f"CPU of a save after waiting for the disk: {statistics.median(saver.cpu) * 1e6:.0f} us")
    ours, raw, theirs, theirs_warm = (statistics.median(values) * 1e3 for values in medians)
    return _Saves(ours, raw, theirs, theirs_warm, hot, mean)


def _dry_saves(store: Store, disk: TimedDisk, writer: Writer, count: int = 1000) -> float:
    """Return the median CPU microseconds of saves whose fsync is left out."""
    disk.is_dry = True
    cpu = []
    for _save in range(count):
        operation = writer.answer()
        start = time.thread_time()
        store.append([operation])
        cpu.append(time.thread_time() - start)
    disk.is_dry = False
    return statistics.median(cpu) * 1e6


def _flat(small: Path, big: Path) -> Row:
    """Compare the CPU of a save in both workspaces by turns: a machine changes its pace within minutes."""
    took: tuple[list[float], list[float]] = ([], [])
    with ExitStack() as opened:
        sides = []
        for home in (small, big):
            disk = TimedDisk()
            store = opened.enter_context(open_store(home, options=OPTIONS, disk=disk))
            sides.append((store, disk, Writer(store)))
        for _turn in range(20):
            for medians, (store, disk, writer) in zip(took, sides, strict=True):
                medians.append(_dry_saves(store, disk, writer, 100))
    ours, peer = (statistics.median(medians) for medians in reversed(took))
    note = f"in a row, fsync left out, median of {len(took[0])} turns"
    return Row("save: CPU stays flat", "us", ours, peer, "ours in the small one", Goal("<=", 1.5), note=note)


def sealed_rows(folder: Path, size: Size) -> list[Row]:
    """Measure saving, opening and verifying in a sealed workspace beside the same one unsealed."""
    smaller = replace(size, visits=max(size.visits // 20, 500), findings=max(size.findings // 20, 1000))
    plain, sealed = folder / "plain", folder / "sealed"
    for home in (plain, sealed):
        with open_store(home, options=OPTIONS) as store:
            build(store, smaller.visits, smaller.findings)
    start = time.perf_counter()
    new_seal("w", PASSPHRASE)
    key = time.perf_counter() - start
    cost, ciphers._COST["n"] = ciphers._COST["n"], 16
    seal_workspace(sealed, PASSPHRASE)
    ciphers._COST["n"] = cost
    saves, equal = _sealed_saves(plain, sealed, size.saves * 2)
    opens = [open_in_process(plain, "", verify=True), open_in_process(sealed, PASSPHRASE, verify=True)]
    note = f"without the passphrase's cost of {key * 1e3:.0f} ms; {smaller.label}"
    return [
        Row("sealed: save", "ms", saves[1], saves[0], "ours, plain", Goal("<=", 1.2), equal=equal),
        Row("sealed: open and read one visit", "s", opens[1]["open"], opens[0]["open"], "ours, plain", Goal("<=", 2.0),
            note=note),
        Row("sealed: verify everything", "s", opens[1]["verify"], opens[0]["verify"], "ours, plain",
            equal=opens[1]["ok"] == opens[0]["ok"] == 1, note=smaller.label),
    ]  # fmt: skip


def _sealed_saves(plain: Path, sealed: Path, count: int) -> tuple[list[float], bool]:
    """Return milliseconds of a save in both, in turns, and whether both show the same fields."""
    seconds: list[list[float]] = [[], []]
    with (
        open_store(plain, options=OPTIONS) as first,
        open_store(sealed, passphrase=PASSPHRASE, options=OPTIONS) as second,
    ):
        stores = (first, second)
        for store in stores:
            in_one_file(store)
        shown = [store.document("visit/v000003") or {} for store in stores]
        equal = {name: heads[0][3] for name, heads in shown[0]["heads"].items()} == {
            name: heads[0][3] for name, heads in shown[1]["heads"].items()
        }
        writers = [Writer(store) for store in stores]
        for _round in range(count):
            for place, writer in enumerate(writers):
                operation = writer.answer()
                start = time.perf_counter()
                stores[place].append([operation])
                seconds[place].append(time.perf_counter() - start)
    return [statistics.median(values) * 1e3 for values in seconds], equal
