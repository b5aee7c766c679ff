"""What opening costs: time, memory, verification; each measured in a process of its own."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import time
from pathlib import Path

from fieldkit.store import Store, open_store
from fieldkit.store.disk import Disk
from fieldkit.store.identity import read_workspace
from fieldkit.store.opening import cipher_of
from fieldkit.store.verification import verify_lines, verify_segment
from tests.benchmarks.report import Goal, Row
from tests.benchmarks.store_size import OPTIONS, SPECS, Size

__all__ = ["open_in_process", "opening_rows"]


def opening_rows(home: Path, size: Size) -> list[Row]:
    """Open the workspace in a process of its own, the second time of two, and verify its journal."""
    figures = open_in_process(home, "", verify=False)
    limit = 0.1 + 0.3 * size.findings / 1_000_000
    states = 1.0 + 2.0 * size.findings / 1_000_000
    counted = figures["visits"] == size.visits and figures["findings"] == size.findings
    memory = f"{figures['entries']:.0f} entries; {figures['resident'] / 1e6:.0f} MB resident with mapped files"
    return [
        Row("open and read one visit", "s", figures["open"], goal=Goal("<=", limit, "ours"), equal=counted,
            note=size.label),
        Row("open and verify every state", "s", figures["open"] + figures["states"], goal=Goal("<=", states, "ours"),
            note=size.label),
        Row("memory after opening, before indexes", "MB", figures["memory"] / 1e6, goal=Goal("<=", 150, "ours"),
            note=memory),
        Row("memory of three indexes after use", "MB", figures["indexes"] / 1e6,
            note=f"{figures['mapped'] / 1e6:.0f} MB of them mapped from disk; first use {figures['first_use']:.3f} s"),
        *_verifying(home),
    ]  # fmt: skip


def _verifying(home: Path) -> list[Row]:
    with open_store(home, read_only=True, options=OPTIONS) as store:
        segments = store.engine.journal.segments
        closed = [segment for segment in segments if segment.is_closed]
        start = time.perf_counter()
        for segment in segments:
            verify_segment(segment)
        seconds = time.perf_counter() - start
        whole = sum(segment.size for segment in segments) / 1e6
        last = segments[-1]
        start = time.perf_counter()
        verify_lines(last)
        by_line = last.size / 1e6 / (time.perf_counter() - start)
    goal = Goal(">=", 200, "ours") if len(closed) > 10 else None
    note = f"{whole:.0f} MB: {len(closed)} closed segments by hash, {last.size / 1e6:.1f} MB line by line"
    return [
        Row("verify the operations' segments", "MB/s", whole / seconds, goal=goal, note=note),
        Row("verify the growing segment, each operation decoded", "MB/s", by_line),
    ]


def open_in_process(home: Path, passphrase: str, *, verify: bool) -> dict[str, float]:
    """Open a workspace in a process of its own, the second time of two, and return its figures."""
    command = [sys.executable, "-m", __name__, str(home), passphrase, "1" if verify else "0"]
    root = Path(__file__).parents[2]
    done = [
        subprocess.run(command, capture_output=True, text=True, check=True, cwd=root, timeout=900) for _time in range(2)
    ]
    figures: dict[str, float] = json.loads(done[-1].stdout)
    return figures


def _anonymous() -> int:
    """Return the bytes that the process holds beside mapped files."""
    try:
        for line in Path("/proc/self/smaps_rollup").read_text(encoding="utf-8").splitlines():
            if line.startswith("Anonymous:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return _resident()


def _resident() -> int:
    import psutil

    return int(psutil.Process().memory_info().rss)


def _use_indexes(store: Store) -> tuple[float, int]:
    """Ask every index once and return the seconds and the bytes of the mapped sections."""
    for spec in SPECS:
        store.define_index(spec)
    start = time.perf_counter()
    store.find_equal("finding", "visit", "v000001")
    store.find_equal_ids("finding", "severity", "S1")
    store.find_text("finding", "words", "台账", limit=50)
    seconds = time.perf_counter() - start
    sections = [run.foot["sections"] for run in store.engine.state.runs]
    return seconds, sum(place[1] for found in sections for name, place in found.items() if name.startswith("index:"))


def _measure(home: Path, passphrase: str | None, *, verify: bool) -> dict[str, float]:
    workspace = read_workspace(home, Disk())
    assert workspace is not None
    cipher_of(workspace, passphrase)
    gc.collect()
    before = _anonymous()
    start = time.perf_counter()
    with open_store(home, passphrase=passphrase, read_only=True, options=OPTIONS) as store:
        found = store.document("visit/v000000")
        opened = time.perf_counter() - start
        count = store.engine.state.count_records
        figures = {"visits": count("visit") if found else 0, "findings": count("finding")}
        memory = _anonymous() - before
        start = time.perf_counter()
        entries = sum(run.check_entries() for run in store.engine.state.runs)
        states = time.perf_counter() - start
        without = _anonymous()
        first_use, mapped = _use_indexes(store)
        gc.collect()
        indexes = _anonymous() - without
        start = time.perf_counter()
        report = store.verify() if verify else {}
        return {
            **figures,
            "open": opened,
            "memory": memory,
            "resident": _resident(),
            "states": states,
            "entries": entries,
            "first_use": first_use,
            "mapped": mapped,
            "indexes": max(0, indexes),
            "verify": time.perf_counter() - start,
            "ok": int(bool(report.get("ok"))),
        }


if __name__ == "__main__":
    print(json.dumps(_measure(Path(sys.argv[1]), sys.argv[2] or None, verify=sys.argv[3] == "1")))
