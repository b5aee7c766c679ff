"""Out to stock TinyDB and back by the command line's way, and the mirror that a setting names."""

from __future__ import annotations

from pathlib import Path

import pytest
from tinydb import TinyDB, where

from fieldkit.bootstrap import open_services
from fieldkit.errors import StoreError
from fieldkit.model.operation import Operation
from fieldkit.store import open_store
from fieldkit.store.care import restore_tinydb, verify_workspace
from fieldkit.store.mirror import Mirror
from fieldkit.store.segment import Segment


def filled(home: Path) -> None:
    """Make a workspace with two operations and a plain document."""
    with open_store(home) as store:
        for seq, value in ((1, "yes"), (2, "no")):
            store.append([Operation(store.device, seq, f"{seq}.0", "A01/x", "visit/v", "answer:f:/d/a", value)])
        store.table("outbox").insert({"n": 7})


def test_a_workspace_goes_through_stock_tinydb_and_back(tmp_path: Path) -> None:
    """Stock TinyDB reads the file; a new workspace made of it holds the same operations and tables."""
    filled(tmp_path / "home")
    file = tmp_path / "all.json"
    services = open_services(tmp_path / "home", read_only=True)
    report = services.workspace.backup(file, tinydb=True)
    services.close()
    assert report["operations"] == 2
    with TinyDB(file) as stock:
        assert [row["n"] for row in stock.table("outbox").search(where("n") == 7)] == [7]
    brought = restore_tinydb(file, tmp_path / "again")
    assert (brought["operations"], brought["documents"]) == (2, 1)
    with open_store(tmp_path / "again") as store:
        assert [item.value for item in store.operations()] == ["yes", "no"]
        assert [row["n"] for row in store.table("outbox").all()] == [7]


def test_only_an_empty_folder_takes_a_tinydb(tmp_path: Path) -> None:
    """And a file that is none leaves the folder empty."""
    filled(tmp_path / "home")
    bad = tmp_path / "bad.json"
    bad.write_text("[]", encoding="utf-8")
    with pytest.raises(StoreError) as caught:
        restore_tinydb(bad, tmp_path / "new")
    assert caught.value.code == "STORE-044"
    assert not (tmp_path / "new").exists()
    bad.write_text("{}", encoding="utf-8")
    with pytest.raises(StoreError) as caught:
        restore_tinydb(bad, tmp_path / "home")
    assert caught.value.code == "STORE-016"


def test_the_mirror_that_a_setting_names_can_be_opened(tmp_path: Path) -> None:
    """It holds everything once the workspace is closed; a folder that is not there is passed over."""
    home, stick = tmp_path / "home", tmp_path / "stick"
    filled(home)
    (home / "settings.toml").write_text(f"mirror_folder = {str(stick)!r}\n", encoding="utf-8")
    open_services(home).close()
    assert not stick.exists()
    stick.mkdir()
    open_services(home).close()
    (copy,) = stick.iterdir()
    with open_store(copy, read_only=True) as store:
        assert [item.value for item in store.operations()] == ["yes", "no"]
    assert verify_workspace(home)["ok"]


def test_the_doctor_says_when_the_mirror_is_missing_or_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that is not there, a disk that refuses, a copy that lags: each with the next step."""

    def found(*, read_only: bool) -> list[str]:
        services = open_services(home, read_only=read_only)
        try:
            report = services.workspace.doctor()
            assert report["ok"], "a warning leaves the doctor content"
            assert all(problem["hint"] for problem in report["problems"])
            return [problem["code"] for problem in report["problems"]]
        finally:
            services.close()

    home, stick = tmp_path / "home", tmp_path / "stick"
    filled(home)
    assert found(read_only=True) == []
    (home / "settings.toml").write_text(f"mirror_folder = {str(stick)!r}\n", encoding="utf-8")
    assert found(read_only=True) == ["STORE-054"]
    assert found(read_only=False) == ["STORE-054"]
    stick.mkdir()
    assert found(read_only=True) == ["STORE-055"]
    assert found(read_only=False) == []
    assert found(read_only=True) == [], "closing has copied everything"
    with open_store(home) as store:
        store.table("outbox").insert({"n": 8})
    assert found(read_only=True) == ["STORE-055"]
    with open_store(home) as store:
        mirror = Mirror(store.engine, stick / store.engine.journal.workspace, threaded=False)
        store._mirror = mirror
        monkeypatch.setattr(mirror, "_copy", _refuse)
        assert not mirror.catch_up()
        (problem,) = store.mirror_problems(str(stick))
        assert problem["code"] == "STORE-055"
        assert "the stick is gone" in str(problem["message"])


def _refuse(_segment: Segment) -> None:
    raise OSError("the stick is gone")
