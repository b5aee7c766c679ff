"""The port of the store as services use it, on the real files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tinydb import where

from fieldkit.errors import StoreError
from fieldkit.model.operation import Operation
from fieldkit.store import Options, Store, open_store

SMALL = Options(segment_bytes=4096, ballast_bytes=0)


def operation(
    store: Store, record: str = "visit/v1", field: str = "answer:f:/data/a", value: object = "yes"
) -> Operation:
    """Return the device's next operation."""
    seq = store.last_seq() + 1
    return Operation(store.device, seq, f"{1_790_000_000_000 + seq}.0", "A01/team_lead", record, field, value)


def fill(store: Store, count: int, records: int = 3) -> list[Operation]:
    """Append operations one by one and return them."""
    written = []
    for number in range(count):
        item = operation(store, f"visit/v{number % records}", f"answer:f:/data/q{number % 7}", f"值{number}")
        store.append([item])
        written.append(item)
    return written


def test_what_was_appended_is_there_after_opening_again(tmp_path: Path) -> None:
    """Operations, documents, vector and last stamp are the same before and after."""
    with open_store(tmp_path / "home", options=SMALL) as store:
        written = fill(store, 200)
        before = {record: store.document(record) for record in ("visit/v0", "visit/v1", "visit/v2")}
        device = store.device
    with open_store(tmp_path / "home", options=SMALL) as store:
        assert store.device == device
        assert list(store.operations()) == written
        assert list(store.operations("visit/v1")) == [item for item in written if item.record == "visit/v1"]
        assert {record: store.document(record) for record in before} == before
        assert store.vector() == {device: 200}
        assert store.last_hlc() == written[-1].hlc
        assert store.count("visit/v0") == 67
        assert store.problems == []


def test_appending_what_is_held_changes_nothing(tmp_path: Path) -> None:
    """A bundle may arrive twice."""
    with open_store(tmp_path / "home") as store:
        item = operation(store)
        store.append([item])
        store.append([item, item])
        assert list(store.operations()) == [item]
        assert store.count("visit/v1") == 1


def test_documents_belong_to_the_caller(tmp_path: Path) -> None:
    """Changing a result changes nothing in the store."""
    with open_store(tmp_path / "home") as store:
        fill(store, 5)
        store.table("settings").insert({"a": {"b": 1}})
        first = store.document("visit/v0")
        assert first is not None
        first["heads"].clear()
        store.table("settings").all()[0]["a"]["b"] = 2
        store.table("settings").search(where("a").exists())[0]["a"]["b"] = 3
        assert store.document("visit/v0") != first
        assert store.table("settings").search(where("a").exists()) == [{"a": {"b": 1}}]


def test_tables_of_records_are_for_reading(tmp_path: Path) -> None:
    """TinyDB's reading calls work on records; its writing calls name the way to go."""
    with open_store(tmp_path / "home") as store:
        store.append([operation(store, "finding/1", "severity", "S2")])
        store.append([operation(store, "finding/2", "severity", "S3")])
        table = store.table("finding")
        assert [row["id"] for row in table.search(where("severity") == "S3")] == ["finding/2"]
        assert table.get(doc_id=1) == {"id": "finding/1", "severity": "S2"}
        with pytest.raises(StoreError) as caught:
            table.insert({"severity": "S1"})
        assert caught.value.code == "STORE-021"


def test_ids_of_removed_documents_are_never_used_again(tmp_path: Path) -> None:
    """Not even when the newest one is removed and the workspace opened again."""
    with open_store(tmp_path / "home") as store:
        outbox = store.table("outbox")
        assert outbox.insert_multiple([{"n": 1}, {"n": 2}]) == [1, 2]
        outbox.remove(doc_ids=[2])
    with open_store(tmp_path / "home") as store:
        assert store.table("outbox").insert({"n": 3}) == 3


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), "\ud800", {"a": [float("nan")]}])
def test_what_json_cannot_hold_is_refused_before_anything_is_written(tmp_path: Path, value: object) -> None:
    """A batch with one bad value leaves nothing behind."""
    with open_store(tmp_path / "home") as store:
        good = operation(store)
        bad = Operation(store.device, 2, "1790000000002.0", "A01/team_lead", "visit/v1", "x", value)
        with pytest.raises(StoreError) as caught:
            store.append([good, bad])
        assert caught.value.code == "STORE-020"
        assert not store.holds(store.device, 1)
        with pytest.raises(StoreError):
            store.table("settings").insert({"a": value})
        assert len(store.table("settings")) == 0


def test_a_second_process_reads_and_is_told_who_writes(tmp_path: Path) -> None:
    """The second opener is read-only, sees what was saved and names process and host."""
    home = tmp_path / "home"
    with open_store(home) as store:
        fill(store, 3)
        code = (
            "import sys; from pathlib import Path; from fieldkit.store import open_store\n"
            "s = open_store(Path(sys.argv[1])); print(s.read_only, s.lock_holder.pid, s.count('visit/v0'))"
        )
        done = subprocess.run([sys.executable, "-c", code, str(home)], capture_output=True, text=True, check=True)
        assert done.stdout.split() == ["True", str(os.getpid()), "1"]
        with open_store(home, read_only=True) as reader, pytest.raises(StoreError) as caught:
            reader.append([operation(reader)])
        assert caught.value.code == "STORE-013"


def test_a_copied_folder_gets_a_device_of_its_own(tmp_path: Path) -> None:
    """The copy never gives a number that the original gives too."""
    with open_store(tmp_path / "home") as store:
        fill(store, 3)
        device = store.device
    shutil.copytree(tmp_path / "home", tmp_path / "copy")
    with open_store(tmp_path / "copy") as copy:
        assert copy.device != device
        assert copy.vector() == {device: 3}
        assert copy.last_seq() == 0
    with open_store(tmp_path / "home") as store:
        assert store.device == device


def test_a_journal_shorter_than_its_mark_gets_a_new_device_and_says_so(tmp_path: Path) -> None:
    """Numbers that were given and lost are not given again."""
    home = tmp_path / "home"
    with open_store(home) as store:
        fill(store, 3)
        device = store.device
    segment = next((home / "journal").glob("*.seg"))
    lines = segment.read_bytes().splitlines(keepends=True)
    segment.write_bytes(b"".join(lines[:-1]))
    with open_store(home) as store:
        assert store.device != device
        assert [problem["code"] for problem in store.problems] == ["STORE-009"]
        assert store.vector() == {device: 2}


def test_no_workspace_is_made_where_none_is_wanted(tmp_path: Path) -> None:
    """Reading commands do not leave an empty workspace behind."""
    with pytest.raises(StoreError) as caught:
        open_store(tmp_path / "nowhere", create=False)
    assert caught.value.code == "STORE-001"
    assert not (tmp_path / "nowhere").exists()


def test_damage_in_the_middle_is_refused_and_nothing_is_changed(tmp_path: Path) -> None:
    """A flipped bit before whole records is no torn tail."""
    home = tmp_path / "home"
    with open_store(home) as store:
        fill(store, 5)
    segment = next((home / "journal").glob("*.seg"))
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1
    segment.write_bytes(data)
    with pytest.raises(StoreError) as caught:
        open_store(home)
    assert caught.value.code == "STORE-006"
    assert segment.read_bytes() == bytes(data)
