"""What the store is measured against: a raw append, and SQLite with the same operations and the same records."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from pathlib import Path
from typing import Any

from fieldkit.model.operation import Operation

__all__ = ["SqliteFindings", "SqliteJournal", "raw_append"]


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

    def fill(self, count: int) -> None:
        """Hold as many operations as our side does."""
        body = json.dumps(["x" * 16, 1, "1790000000199.0", "A01/inspector", "answer:demo:/data/g1/q19", "yes", []])
        self._base.execute("BEGIN")
        self._base.executemany(
            "INSERT INTO operations (record, body) VALUES (?, ?)",
            ((f"visit/v{number // 60:06d}", body) for number in range(count)),
        )
        self._base.execute("COMMIT")
        self._base.execute("PRAGMA wal_checkpoint(TRUNCATE)")

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


class SqliteFindings:
    """Findings in SQLite as one would do it: a row each by its id, JSON, indexed by the visit."""

    def __init__(self, path: Path, findings: int, statements: tuple[str, ...]) -> None:
        self._base = sqlite3.connect(path, isolation_level=None)
        self._base.execute("PRAGMA journal_mode=WAL")
        self._base.execute("CREATE TABLE findings (id TEXT PRIMARY KEY, visit TEXT, body TEXT)")
        self._base.execute("CREATE INDEX by_visit ON findings (visit)")
        self._base.execute("BEGIN")
        self._base.executemany(
            "INSERT INTO findings VALUES (?, ?, ?)",
            (self._row(number, statements[number % len(statements)]) for number in range(findings)),
        )
        self._base.execute("COMMIT")

    @staticmethod
    def _row(number: int, statement: str) -> tuple[str, str, str]:
        record, visit = f"finding/f{number:07d}", f"v{number // 60:06d}"
        body = {"id": record, "visit": visit, "statement": statement, "severity": f"S{number % 4 + 1}"}
        return record, visit, json.dumps(body, ensure_ascii=False)

    def get(self, record: str) -> Any:
        """Return a finding by its id."""
        found = self._base.execute("SELECT body FROM findings WHERE id = ?", (record,)).fetchone()
        return json.loads(found[0])

    def of_visit(self, visit: str) -> list[Any]:
        """Return the findings of a visit."""
        rows = self._base.execute("SELECT body FROM findings WHERE visit = ? ORDER BY id", (visit,))
        return [json.loads(body) for (body,) in rows]

    def close(self) -> None:
        """Close the database."""
        self._base.close()
