"""Runs that do not fit the journal never hide a record: they are noticed, said and made anew."""

from __future__ import annotations

from array import array
from pathlib import Path
from typing import Any

import pytest

from fieldkit.model.operation import Operation
from fieldkit.store import Options, Store, open_store, sidecar
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
