"""What reading costs: by id, by an index, by words, through everything; beside SQLite with the same records."""

from __future__ import annotations

import gc
import json
import statistics
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from tinydb import where

from fieldkit.store import Store, open_store
from fieldkit.store.lookup import with_words
from tests.benchmarks.pace import Pace
from tests.benchmarks.report import Goal, Row
from tests.benchmarks.store_backend_run import sqlite_calls
from tests.benchmarks.store_peers import SqliteFindings
from tests.benchmarks.store_size import OPTIONS, SPECS, Size, say
from tests.benchmarks.store_work import STATEMENTS, build, in_one_file, small_home

__all__ = ["read_rows", "text_rows"]

SQLITE = "SQLite, JSON rows"

Name = TypeVar("Name")

_ROUNDS = 5
"""A big workspace is cold after it was built: pages of its files come back to the process one by one."""


def read_rows(folder: Path, size: Size, pace: Pace) -> list[Row]:
    """Read visits and findings of the big workspace by id, by an index, and one after the other, in calm minutes."""
    say("filling SQLite with the findings")
    peer = SqliteFindings(folder / "findings.sqlite", size.findings, STATEMENTS)
    with open_store(folder / "home", options=OPTIONS) as store:
        for spec in SPECS:
            store.define_index(spec)
        parts: list[Callable[[], list[Row]]] = [
            lambda: [_visit(store, size)],
            lambda: [_plain(folder, size)],
            lambda: _finding(store, folder, size, peer),
            lambda: _equality(store, size, peer),
            lambda: [_scan(store, size)],
        ]
        rows = []
        for part in parts:
            say(f"pace {pace.calm():.2f}")
            rows += part()
    peer.close()
    return rows


def _median(call: Callable[[Name], object], names: Iterable[Name]) -> float:
    """Return the median seconds of a call in the calmest of several rounds; each name is asked once before.

    A result is given back between two calls: what freeing it takes is no part of getting the next one.
    """
    wanted = list(names)
    for name in wanted:
        call(name)
    gc.collect()
    return min(_round(call, wanted) for _turn in range(_ROUNDS))


def _round(call: Callable[[Name], object], names: list[Name]) -> float:
    seconds = []
    for name in names:
        start = time.perf_counter()
        found = call(name)
        seconds.append(time.perf_counter() - start)
        assert found
        del found
    return statistics.median(seconds)


def _visit(store: Store, size: Size) -> Row:
    visits = [f"visit/v{number:06d}" for number in range(0, size.visits, max(1, size.visits // 500))]
    big = len(json.dumps(store.document(visits[3]), separators=(",", ":")))
    figure = _median(store.document, visits) * 1e6
    note = f"{figure:.1f} us for {big} B of one of {size.visits:,} visits"
    return Row("get a visit by id, per 4 KB", "us", figure * 4096 / big, goal=Goal("<=", 20, "ours"), note=note)


def _plain(folder: Path, size: Size) -> Row:
    """Get documents of 4 KB from a table, with TinyDB's call."""
    count = min(20_000, size.findings)
    theirs = sqlite_calls(folder / "plain.sqlite", map(_filled, range(count)), count)["get"]
    with open_store(folder / "plain", options=OPTIONS) as store:
        table = store.table("visits")
        for start in range(0, count, 2000):
            table.insert_multiple(map(_filled, range(start, start + 2000)))
        in_one_file(store)

        def ours(turn: int) -> object:
            return table.get(doc_id=1 + turn * 7 % count)

        turns = range(2000)
        return Row(f"get a document of 4 KB by id among {count:,}, TinyDB's call", "us", _median(ours, turns) * 1e6,
                   _median(theirs, turns) * 1e6, SQLITE, Goal("<=", 20, "ours"), ours(9) == theirs(9))  # fmt: skip


def _filled(number: int) -> dict[str, str]:
    """Return a plain document of 60 answers, 4 KB of JSON."""
    document = {f"g{question // 10}/question{question}": f"{number % 97} of {question} were there, the rest is due"
                for question in range(60)}  # fmt: skip
    document["visit"] = f"v{number:06d}"
    document["remark"] = "x" * (4096 - len(json.dumps({**document, "remark": ""}, separators=(",", ":"))))
    return document


def _finding(store: Store, folder: Path, size: Size, peer: SqliteFindings) -> list[Row]:
    step = max(1, size.findings // 2000)
    findings = [f"finding/f{number:07d}" for number in range(0, size.findings, step)]
    with open_store(small_home(folder), options=OPTIONS) as small:
        in_one_file(small)
        few = _median(small.document, [f"finding/f{number:07d}" for number in range(30)] * 60) * 1e6
    many = _median(store.document, findings) * 1e6
    theirs = _median(peer.get, findings) * 1e6
    name = f"get a finding by id among {size.findings:,}"
    return [
        Row(name, "us", many, theirs, SQLITE, Goal("<=", 20, "ours")),
        Row(f"{name}, flat", "us", many, few, "ours among 30", Goal("<=", 2.0)),
    ]


def _equality(store: Store, size: Size, peer: SqliteFindings) -> list[Row]:
    """Find the 60 findings of one visit: their ids, and the findings themselves."""
    visits = [f"v{number:06d}" for number in range(0, size.findings // 60, max(1, size.findings // 60 // 40))]
    table = store.table("finding")
    ids = _median(lambda visit: store.find_equal_ids("finding", "visit", visit), visits) * 1e3
    whole = _median(lambda visit: table.search(where("visit") == visit), visits) * 1e3
    theirs = _median(peer.of_visit, visits) * 1e3
    same = store.find_equal("finding", "visit", visits[1]) == [row["id"] for row in peer.of_visit(visits[1])]
    equal = [dict(row) for row in table.search(where("visit") == visits[1])] == peer.of_visit(visits[1])
    hits = f"60 hits in {size.findings:,}"
    return [
        Row(f"indexed equality, {hits}: ids", "ms", ids, goal=Goal("<=", 0.2, "ours"), equal=same),
        Row(f"indexed equality, {hits}: TinyDB search, findings decoded", "ms", whole, theirs, SQLITE,
            Goal("<=", 0.2, "ours"), equal=equal),
    ]  # fmt: skip


def _scan(store: Store, size: Size) -> Row:
    count = min(size.findings, 20_000)
    start = time.perf_counter()
    for place, _document in enumerate(store.documents("finding")):
        if place >= count:
            break
    return Row("scan without an index, per 1,000 findings", "ms", (time.perf_counter() - start) / count * 1e6)


TEXTS = (
    ("two words", "台账 未更新", 30),
    ("two words that never stand together", "台账 消防", 30),
    ("prefix key", "台", 20),
    ("Latin prefix", "wei", 20),
)


def text_rows(folder: Path, size: Size, pace: Pace) -> list[Row]:
    """Search the words of findings, for the 50 newest as lists show them, and for all."""
    home = folder / "text"
    with open_store(home, options=OPTIONS) as store:
        store.define_index(SPECS[2])
        build(store, 0, size.text_findings)
        in_one_file(store)
        rows = []
        for name, text, limit in TEXTS:
            say(f"pace {pace.calm():.2f}")
            label = f"full text over {size.text_findings:,}: {name}"
            expected = _expected(store, text.split())
            for many, most in (("", 50), (", all hits", 0)):
                seconds = []
                for _time in range(9):
                    start = time.perf_counter()
                    found = _ids(store, text, most)
                    seconds.append(time.perf_counter() - start)
                equal = found == (expected[:most] if most else expected)
                goal = Goal("<=", limit, "ours")
                note = f"{len(expected):,} hits"
                rows.append(
                    Row(label + many, "ms", statistics.median(seconds) * 1e3, goal=goal, equal=equal, note=note)
                )
    return rows


def _ids(store: Store, text: str, most: int) -> list[str]:
    """Return the names of the newest hits, or the numbers of all of them as names."""
    if most:
        return store.find_text("finding", "words", text, limit=most)
    numbers = with_words(store.engine.state, SPECS[2], text)
    return [f"finding/f{number - 1:07d}" for number in sorted(numbers, reverse=True)]


def _expected(store: Store, words: list[str]) -> list[str]:
    found = [
        str(document["id"])
        for document in store.documents("finding")
        if all(word in str(document["heads"]["statement"][0][3]) for word in words)
    ]
    return found[::-1]
