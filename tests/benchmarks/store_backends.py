"""Plain documents in our table beside SQLite, in turns, and beside TinyDB's storages, each in a process of its own."""

from __future__ import annotations

import importlib.metadata
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from tinydb import where

from fieldkit.store import IndexSpec, open_store
from tests.benchmarks.report import Row
from tests.benchmarks.store_backend_run import Calls, plain_rows, sqlite_calls
from tests.benchmarks.store_size import OPTIONS, Size, say
from tests.benchmarks.store_work import in_one_file

__all__ = ["backend_rows"]

BETTER = ("BetterJSONStorage==1.3.2", "blosc2==2.7.1")
"""The last release, with the newest release of its compressor whose arguments it still fits."""

CALLS = ("insert", "get", "search")
TURNS = 60
NAMES = {
    "JSONStorage": "TinyDB JSONStorage",
    "CachingMiddleware": "TinyDB CachingMiddleware",
    "BetterJSONStorage": "BetterJSONStorage 1.3.2",
}
NOT_DURABLE = ("CachingMiddleware", "BetterJSONStorage")


def backend_rows(folder: Path, size: Size) -> list[Row]:
    """Measure every size that each storage finishes in its time; beyond that there is no figure, and the reason."""
    better, missing = _better()
    given_up: dict[str, str] = {"BetterJSONStorage": missing} if missing else {}
    rows: list[Row] = []
    for count in size.peers:
        say(f"{count:,} documents in our table and in SQLite")
        ours, sqlite = _ours_and_sqlite(folder / f"table{count}", folder / f"table{count}.sqlite", count)
        rows += [_row(call, "SQLite", count, ours, sqlite) for call in CALLS]
        for backend in NAMES:
            figures: dict[str, object] = {"reason": given_up.get(backend, "")}
            if backend not in given_up:
                say(f"{count:,} documents in {backend}")
                figures = _measure(backend, folder / f"peer-{backend}-{count}", count, size.peer_seconds, better)
            if figures.get("reason"):
                given_up.setdefault(backend, f"{figures['reason']} at {count:,} documents")
            rows += [_row(call, backend, count, ours, figures) for call in CALLS]
    return rows


def _row(call: str, backend: str, count: int, ours: dict[str, float], figures: dict[str, object]) -> Row:
    value = figures.get(call)
    notes = [str(figures.get("reason", ""))]
    if value is not None and backend in NOT_DURABLE:
        notes.append(f"not durable: {figures['on_disk']} B on disk after the inserts were acknowledged")
    peer = float(str(value)) if value is not None else None
    note = "; ".join(part for part in notes if part)
    return Row(f"{call}, {count:,} documents", "ms", ours[call], peer, NAMES.get(backend, "SQLite WAL FULL"), note=note)


def _better() -> tuple[Path, str]:
    """Install the peer where it is not there yet; return its folder and why it is missing, empty where it is not."""
    base = os.environ.get("FIELDKIT_BENCH_CACHE") or os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(base) / "fieldkit-bench" / "betterjsonstorage-1.3.2"
    if (folder / "BetterJSONStorage").is_dir():
        return folder, ""
    tinydb = f"tinydb=={importlib.metadata.version('tinydb')}"
    command = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--target", str(folder)]
    try:
        done = subprocess.run([*command, *BETTER, tinydb], capture_output=True, text=True, timeout=600, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return folder, f"pip could not install it: {error}"[:120]
    lines = done.stderr.strip().splitlines() or ["failed"]
    return folder, f"pip could not install it: {lines[-1]}"[:120] if done.returncode else ""


def _measure(backend: str, path: Path, count: int, seconds: float, better: Path) -> dict[str, object]:
    """Return milliseconds of each call, or the ``reason`` why there are none."""
    script = Path(__file__).with_name("store_backend_run.py")
    command = [sys.executable, str(script), backend, str(path), str(count)]
    environment = dict(os.environ)
    if backend == "BetterJSONStorage":
        environment["PYTHONPATH"] = str(better)
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=seconds, check=False, env=environment, cwd=path.parent
        )
    except subprocess.TimeoutExpired:
        return {"reason": f"did not finish in {seconds:.0f} s"}
    if done.returncode:
        return {"reason": (done.stderr.strip().splitlines() or ["failed"])[-1][:120]}
    figures: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return figures


def _ours_and_sqlite(home: Path, path: Path, count: int) -> tuple[dict[str, float], dict[str, object]]:
    """Return milliseconds of TinyDB's calls on a plain table of ours and of SQLite's, in turns."""
    with open_store(home, options=OPTIONS) as store:
        store.define_index(IndexSpec("visit", "answers", lambda document: [document.get("visit")]))
        table = store.table("answers")
        for start in range(0, count, 5000):
            table.insert_multiple(plain_rows(start, min(start + 5000, count)))
        in_one_file(store)
        visits = max(1, count // 60)
        ours: Calls = {
            "insert": lambda turn: table.insert({"visit": "new", "q": f"q{turn}", "value": "no", "note": "x" * 160}),
            "get": lambda turn: table.get(doc_id=1 + turn * 7 % count),
            "search": lambda turn: table.search(where("visit") == f"v{turn % visits}"),
        }
        theirs = sqlite_calls(path, plain_rows(0, count), count)
        mine: dict[str, float] = {}
        peer: dict[str, object] = {}
        for name in CALLS:
            seconds: list[list[float]] = [[], []]
            for turn in range(TURNS):
                for place, calls in enumerate((ours, theirs)):
                    start_time = time.perf_counter()
                    calls[name](turn)
                    seconds[place].append(time.perf_counter() - start_time)
            mine[name], peer[name] = (statistics.median(found) * 1e3 for found in seconds)
        return mine, peer
