"""Runs that do not fit the journal never hide a record: they are noticed, said and made anew."""

from __future__ import annotations

import shutil
from array import array
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from tinydb import where

from fieldkit.model.operation import Operation
from fieldkit.store import IndexSpec, Options, Store, open_store, sidecar
from fieldkit.store.care import verify_workspace
from fieldkit.store.packing import encode
from fieldkit.store.run import RunWriter
from fieldkit.store.state import State

OPTIONS = Options(ballast_bytes=0, tail_lines=1)


def fill(store: Store) -> None:
    """Write twelve operations of four records."""
    for number in range(1, 13):
        stamp = f"{1_790_000_000_000 + number}.0"
        store.append([Operation(store.device, number, stamp, "A01/x", f"visit/v{number % 4}", f"f{number}", number)])
    store.table("places").insert({"n": 1})


def filled(home: Path) -> None:
    """Make a workspace; its runs are written when it is closed."""
    with open_store(home, options=OPTIONS) as store:
        fill(store)


def assert_all_there(home: Path) -> None:
    """Open for reading, verify, and open for writing: every record is there each time."""
    with open_store(home, read_only=True, create=False, options=OPTIONS) as store:
        assert [document["n"] for document in store.documents("visit")] == [3, 3, 3, 3]
        assert [problem["code"] for problem in store.problems] == ["STORE-018"]
    report = verify_workspace(home)
    assert (report["ok"], report["records"], report["operations"]) == (True, 4, 12)
    with open_store(home, options=OPTIONS) as store:
        assert store.count("visit/v1") == 3
    assert verify_workspace(home)["problems"] == []


def test_runs_of_another_format_are_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A layout that this version does not write is not read either."""
    with monkeypatch.context() as patch:
        patch.setattr(sidecar, "RUN_FORMAT", sidecar.RUN_FORMAT - 1)
        filled(tmp_path)
    assert list((tmp_path / "state").glob("*.run"))
    assert_all_there(tmp_path)


def test_a_run_without_the_records_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole by its checksums, but the kinds of records are missing in entries and counters."""
    add, counters = RunWriter.add, State.counters

    def add_plain(self: RunWriter, group: str, doc_id: int, record: str | None, *rest: Any) -> None:
        if record is None:
            add(self, group, doc_id, record, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(RunWriter, "add", add_plain)
        patch.setattr(State, "counters", lambda self: {**counters(self), "next_ids": {}})
        filled(tmp_path)
    assert_all_there(tmp_path)


@pytest.mark.parametrize("member", ["chunks", "counters", "position", "groups", "sections", "indexes", "from"])
def test_a_foot_without_a_member_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, member: str) -> None:
    """Whatever is missing in the foot, nothing of a half-taken run stays in the state."""

    def without(value: Any) -> bytes:
        is_foot = isinstance(value, dict) and "sections" in value
        return bytes(encode({key: part for key, part in value.items() if key != member} if is_foot else value))

    with monkeypatch.context() as patch:
        patch.setattr("fieldkit.store.run.encode", without)
        patch.setattr(sidecar.Sidecar, "_merge_where_due", lambda *_arguments: None)
        patch.setattr("fieldkit.store.run.Run.__init__", _half_open)
        patch.setattr("fieldkit.store.sidecar.Sidecar.sweep", lambda *_arguments: None)
        filled(tmp_path)
    assert list((tmp_path / "state").glob("*.run"))
    assert_all_there(tmp_path)


def _half_open(self: Any, path: Path, *_rest: object) -> None:
    """Stand for a run that was just written, without reading it back."""
    self.path, self.size = path, 1


def test_verify_compares_records_with_operations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that passes the tests of opening, but lost a record's operations, is told and repaired."""
    add = RunWriter.add

    def add_short(self: RunWriter, group: str, doc_id: int, record: str | None, raw: bytes, lines: array[int]) -> None:
        add(self, group, doc_id, record, raw, lines[:1] if record == "visit/v2" else lines)

    with monkeypatch.context() as patch:
        patch.setattr(RunWriter, "add", add_short)
        filled(tmp_path)
    report = verify_workspace(tmp_path)
    assert [problem["code"] for problem in report["problems"]] == ["STORE-018"]
    with open_store(tmp_path, options=OPTIONS) as store:
        assert store.repair()["problems"] == []
        assert store.count("visit/v2") == 3


BUSY = Options(
    ballast_bytes=0,
    memory_bytes=3000,
    tail_lines=1,
    indexes=(
        IndexSpec("state", "visit", lambda document: [document.get("state")]),
        IndexSpec("words", "visit", lambda document: [str(document.get("note", ""))], how="text"),
    ),
)


def save(store: Store, record: str, **fields: str) -> None:
    """Write fields of a record."""
    for name, value in fields.items():
        seq = store.last_seq() + 1
        stamp = f"{1_790_000_000_000 + seq}.0"
        store.append([Operation(store.device, seq, stamp, "A01/x", record, name, value)])


def use_everything(store: Store) -> None:
    """Find, write and keep up a workspace of two records, and hold what is found against what was written."""
    assert store.find_equal("visit", "state", "open") == ["visit/a"]
    assert store.find_range("visit", "state", "a", "e") == ["visit/b"]
    assert store.find_text("visit", "words", "水池") == ["visit/b"]
    assert store.find_text("visit", "words", "水池", limit=5) == ["visit/b"]
    assert store.value_counts("visit", "state") == {"closed": 1, "open": 1}
    assert [row["id"] for row in store.table("visit").search(where("state") == "closed")] == ["visit/b"]
    save(store, "visit/a", note="x" * 40)
    save(store, "visit/c", state="new")
    store.table("places").update({"n": 2})
    store.maintain()
    assert [store.count(f"visit/{name}") for name in "abc"] == [3, 2, 1]
    assert store.table("places").all() == [{"n": 2}]
    assert store.repair()["ok"]


def test_a_damaged_run_stops_no_use(tmp_path: Path) -> None:
    """Whatever byte of a run has changed, what is found is right, what is written stays, upkeep goes through."""
    home = tmp_path / "home"
    with open_store(home, options=BUSY) as store:
        save(store, "visit/a", state="open", note="路")
        save(store, "visit/b", state="closed", note="水池")
        store.table("places").insert({"n": 1})
    (run,) = (home / "state").glob("*.run")
    healed = 0
    for place in range(0, run.stat().st_size, 5):
        copy = tmp_path / f"{place}"
        shutil.copytree(home, copy)
        changed = bytearray(run.read_bytes())
        changed[place] ^= 1
        (copy / "state" / run.name).write_bytes(changed)
        with open_store(copy, options=BUSY) as store:
            use_everything(store)
            healed += store.engine.runs_discarded
        assert verify_workspace(copy)["problems"] == []
        shutil.rmtree(copy)
    assert healed > 20


def test_a_damaged_run_is_replaced_once_for_all_readers(tmp_path: Path) -> None:
    """Readers in several threads find the damage at the same time; none sees less than there is."""
    with open_store(tmp_path, options=BUSY) as store:
        for name in "abcdefgh":
            save(store, f"visit/{name}", state="open")
    (run,) = (tmp_path / "state").glob("*.run")
    data = bytearray(run.read_bytes())
    data[40] ^= 1
    run.write_bytes(data)
    with open_store(tmp_path, options=BUSY) as store, ThreadPoolExecutor(4) as pool:
        barrier = Barrier(4)

        def read(_number: int) -> int:
            barrier.wait()
            return sum(1 for _document in store.documents("visit"))

        assert list(pool.map(read, range(4))) == [8, 8, 8, 8]
        assert store.engine.state.healings == 1
