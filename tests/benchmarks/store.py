"""The store's figures beside a raw append, SQLite, stock TinyDB and its storages, in one run.

The quick form takes 1,000 visits and 5,000 findings and gives times thrice their room; the full one takes 100,000
visits of 60 answers and 1,000,000 findings of three operations each, and about half an hour. ``--scale 0.02`` goes
through the full one with a fiftieth of the data.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from fieldkit.store import open_store
from tests.benchmarks.pace import Pace
from tests.benchmarks.report import Goal, Row
from tests.benchmarks.store_backends import backend_rows
from tests.benchmarks.store_opening import opening_rows
from tests.benchmarks.store_reads import read_rows, text_rows
from tests.benchmarks.store_saves import save_rows, sealed_rows
from tests.benchmarks.store_size import FULL, OPTIONS, QUICK, SPECS, Size, say, size_of
from tests.benchmarks.store_work import build, in_one_file, shown_values

__all__ = ["run"]


def run(*, quick: bool = False, scale: float = 1.0) -> list[Row]:
    """Return all rows of the benchmark; a section that fails is a row with the reason."""
    size = QUICK if quick else FULL if scale == 1 else FULL.scaled(scale)
    folder = Path(tempfile.mkdtemp(prefix="fk-bench-"))
    pace = Pace(patience=0 if quick else 600)
    sections: dict[str, Callable[[], list[Row]]] = {
        "workspace": lambda: _workspace(folder / "home", size),
        "opening": lambda: opening_rows(folder / "home", size),
        "reads": lambda: read_rows(folder, size, pace),
        "saves": lambda: save_rows(folder, size),
        "sealed": lambda: sealed_rows(folder, size),
        "full text": lambda: text_rows(folder, size, pace),
        "storages": lambda: backend_rows(folder, size),
    }
    rows: list[Row] = []
    try:
        for name, section in sections.items():
            found = [_slackened(row) if quick else row for row in _section(name, section)]
            rows += found
            for row in found:
                say(_line(row))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return rows


def _section(name: str, section: Callable[[], list[Row]]) -> list[Row]:
    """Run one section; what goes wrong in it becomes a row that does not hold."""
    start = time.monotonic()
    say(f"{name} ...")
    try:
        return section()
    except Exception as error:  # noqa: BLE001 - one section must not take the others with it
        return [Row(name, "-", None, equal=False, note=f"failed: {type(error).__name__}: {error}"[:300])]
    finally:
        say(f"{name}: {time.monotonic() - start:.0f} s")


def _line(row: Row) -> str:
    ours = "-" if row.ours is None else f"{row.ours:.4g}"
    return f"{row.name}: {ours} {row.unit}" + (f", peer {row.peer:.4g}" if row.peer else "") + f" {row.note}".rstrip()


def _slackened(row: Row) -> Row:
    """Return a row of the quick form with thrice the room for times: it runs on busy machines, to notice breakage."""
    if row.goal is None or row.goal.op != "<=" or row.unit not in ("ms", "us", "s"):
        return row
    return replace(row, goal=Goal("<=", row.goal.value * 3, row.goal.of))


def _workspace(home: Path, size: Size) -> list[Row]:
    """Build the workspace of the figures, with three indexes over its findings."""
    start = time.perf_counter()
    with open_store(home, options=OPTIONS) as store:
        for spec in SPECS:
            store.define_index(spec)
        operations = build(store, size.visits, size.findings, say)
        written = time.perf_counter() - start
        say("merging")
        in_one_file(store)
        shown = shown_values(store, size.visits, size.findings)
        sections = [run.foot["sections"] for run in store.engine.state.runs]
    seconds = time.perf_counter() - start
    indexes = sum(place[1] for found in sections for name, place in found.items() if name.startswith("index:"))
    journal, state = size_of(home / "journal"), size_of(home / "state")
    merged = f"{written:.0f} s until the last write, {seconds - written:.0f} s for one file of state"
    note = f"{size.label}, {operations:,} operations; {merged}"
    return [
        Row("workspace: build", "s", seconds, note=note),
        Row("workspace: operations written", "1/s", operations / written),
        Row("workspace: size on disk", "MB", (journal + state) / 1e6, note="journal, state and indexes"),
        Row("workspace: journal", "MB", journal / 1e6),
        Row("workspace: state and indexes", "MB", state / 1e6),
        Row("workspace: indexes alone, three over the findings", "MB", indexes / 1e6),
        Row("workspace: journal bytes per operation", "B", journal / operations, goal=Goal("<=", 200, "ours"),
            equal=shown),
        Row("workspace: all bytes per operation", "B", (journal + state) / operations),
    ]  # fmt: skip
