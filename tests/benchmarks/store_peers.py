"""What the store is measured against: a raw append, SQLite, and TinyDB's own storages, each in a process of its own."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from fieldkit.model.operation import Operation

__all__ = ["SqliteJournal", "measure_backend", "raw_append"]


def raw_append(fd: int, size: int) -> float:
    """Append bytes, make them durable, and return the seconds: what no store can be faster than."""
    data = os.urandom(size // 2).hex().encode()
    start = time.perf_counter()
    os.write(fd, data)
    os.fsync(fd)
    return time.perf_counter() - start


class SqliteJournal:
    """Operations in SQLite as one would do it: a row each, indexed by record, write-ahead log, full sync."""

    def __init__(self, path: Path) -> None:
        self._base = sqlite3.connect(path, isolation_level=None)
        self._base.execute("PRAGMA journal_mode=WAL")
        self._base.execute("PRAGMA synchronous=FULL")
        self._base.execute("CREATE TABLE IF NOT EXISTS operations (id INTEGER PRIMARY KEY, record TEXT, body TEXT)")
        self._base.execute("CREATE INDEX IF NOT EXISTS by_record ON operations (record)")

    def save(self, operation: Operation) -> float:
        """Save an operation durably and return the seconds."""
        start = time.perf_counter()
        body = json.dumps(operation.to_json())
        self._base.execute("BEGIN")
        self._base.execute("INSERT INTO operations (record, body) VALUES (?, ?)", (operation.record, body))
        self._base.execute("COMMIT")
        return time.perf_counter() - start

    def close(self) -> None:
        """Close the database."""
        self._base.close()


BACKEND = """
import json, sqlite3, statistics, sys, time
name, path, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
rows = [{"visit": f"v{n // 60}", "q": f"q{n % 60}", "value": "yes", "note": "x" * 160} for n in range(count)]
def median(call, turns):
    seconds = []
    for turn in range(turns):
        start = time.perf_counter(); call(turn); seconds.append(time.perf_counter() - start)
    return statistics.median(seconds) * 1e3
figures = {}
if name == "SQLite":
    base = sqlite3.connect(path, isolation_level=None)
    base.execute("PRAGMA journal_mode=WAL"); base.execute("PRAGMA synchronous=FULL")
    base.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, visit TEXT, body TEXT)")
    base.execute("CREATE INDEX v ON t (visit)")
    base.execute("BEGIN")
    base.executemany("INSERT INTO t (visit, body) VALUES (?, ?)", ((r["visit"], json.dumps(r)) for r in rows))
    base.execute("COMMIT")
    def insert(turn): base.execute("INSERT INTO t (visit, body) VALUES (?, ?)", ("new", json.dumps(rows[0])))
    def get(turn): json.loads(base.execute("SELECT body FROM t WHERE id = ?", (1 + turn * 7 % count,)).fetchone()[0])
    def search(turn): [json.loads(r[0]) for r in base.execute("SELECT body FROM t WHERE visit = ?", (f"v{turn}",))]
    turns = 30
else:
    from tinydb import TinyDB, where
    from tinydb.storages import JSONStorage
    if name == "JSONStorage":
        db = TinyDB(path)
    elif name == "CachingMiddleware":
        from tinydb.middlewares import CachingMiddleware
        db = TinyDB(path, storage=CachingMiddleware(JSONStorage))
    else:
        from pathlib import Path
        from BetterJSONStorage import BetterJSONStorage
        db = TinyDB(Path(path), access_mode="r+", storage=BetterJSONStorage)
    db.insert_multiple(rows)
    def insert(turn): db.insert({"visit": "new", "q": "q", "value": "no", "note": "x" * 160})
    def get(turn): db.get(doc_id=1 + turn * 7 % count)
    def search(turn): db.search(where("visit") == f"v{turn}")
    turns = 5 if count < 100000 else 3
for call in (insert, get, search):
    figures[call.__name__] = median(call, turns)
print(json.dumps(figures), flush=True)
import os
os._exit(0)
"""


def measure_backend(name: str, path: Path, count: int, seconds: float) -> dict[str, object]:
    """Return milliseconds of ``insert``, ``get`` and ``search``, or the ``reason`` why there are none."""
    if name == "BetterJSONStorage":
        probe = subprocess.run([sys.executable, "-c", "import BetterJSONStorage"], capture_output=True, check=False)
        if probe.returncode:
            return {"reason": "BetterJSONStorage is not installed"}
    command = [sys.executable, "-c", BACKEND, name, str(path), str(count)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return {"reason": f"did not finish in {seconds:.0f} s"}
    if done.returncode:
        return {"reason": (done.stderr.strip().splitlines() or ["failed"])[-1][:120]}
    figures: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return figures
