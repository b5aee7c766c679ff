"""One storage with so many documents, measured in this process: ``store_backend_run.py NAME PATH COUNT``.

Prints milliseconds of ``insert``, ``get`` and ``search`` and what the disk holds a second after the last insert,
and ends without closing: a storage may hang in that.
"""

from __future__ import annotations

import json
import os
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

__all__ = ["Calls", "plain_rows", "sqlite_calls"]

Calls = dict[str, Callable[[int], object]]


def plain_rows(start: int, end: int) -> Iterator[dict[str, str]]:
    """Yield documents of about 240 bytes, 60 of each visit."""
    for number in range(start, end):
        yield {"visit": f"v{number // 60}", "q": f"q{number % 60}", "value": "yes", "note": "x" * 160}


def sqlite_calls(path: Path, rows: Iterator[dict[str, str]], count: int) -> Calls:
    """Return the calls on a table of SQLite with these documents, indexed by visit."""
    base = sqlite3.connect(path, isolation_level=None)
    base.execute("PRAGMA journal_mode=WAL")
    base.execute("PRAGMA synchronous=FULL")
    base.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, visit TEXT, body TEXT)")
    base.execute("CREATE INDEX v ON t (visit)")
    base.execute("BEGIN")
    base.executemany("INSERT INTO t (visit, body) VALUES (?, ?)", ((row["visit"], json.dumps(row)) for row in rows))
    base.execute("COMMIT")
    new = {"visit": "new", "q": "q", "value": "no", "note": "x" * 160}
    by_id, by_visit = "SELECT body FROM t WHERE id = ?", "SELECT body FROM t WHERE visit = ?"
    return {
        "insert": lambda _turn: base.execute("INSERT INTO t (visit, body) VALUES (?, ?)", ("new", json.dumps(new))),
        "get": lambda turn: json.loads(base.execute(by_id, (1 + turn * 7 % count,)).fetchone()[0]),
        "search": lambda turn: [
            json.loads(found[0]) for found in base.execute(by_visit, (f"v{turn % max(1, count // 60)}",))
        ],
    }


def _tinydb(name: str, path: Path, rows: list[dict[str, str]]) -> Calls:
    from tinydb import TinyDB, where
    from tinydb.middlewares import CachingMiddleware
    from tinydb.storages import JSONStorage

    db: Any
    if name == "BetterJSONStorage":
        from BetterJSONStorage import BetterJSONStorage  # type: ignore[import-not-found]

        db = TinyDB(path, access_mode="r+", storage=BetterJSONStorage)
    else:
        caching: Any = CachingMiddleware
        db = TinyDB(path, storage=JSONStorage if name == "JSONStorage" else caching(JSONStorage))
    db.insert_multiple(rows)
    return {
        "insert": lambda _turn: db.insert({"visit": "new", "q": "q", "value": "no", "note": "x" * 160}),
        "get": lambda turn: db.get(doc_id=1 + turn * 7 % len(rows)),
        "search": lambda turn: db.search(where("visit") == f"v{turn}"),
    }


def _median(call: Callable[[int], object], turns: int) -> float:
    seconds = []
    for turn in range(turns):
        start = time.perf_counter()
        call(turn)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds) * 1e3


def main(name: str, path: Path, count: int) -> None:
    """Fill the storage, measure the calls and print the figures."""
    calls = _tinydb(name, path, list(plain_rows(0, count)))
    turns = 5 if count < 100_000 else 3
    figures: dict[str, float] = {"insert": _median(calls["insert"], turns)}
    time.sleep(1)
    figures["on_disk"] = path.stat().st_size if path.exists() else 0
    figures.update({call: _median(calls[call], turns) for call in ("get", "search")})
    print(json.dumps(figures), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
