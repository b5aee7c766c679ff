"""A purge that is cut off, or meets a failing medium, loses nothing else and is completed at the next opening."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fieldkit.errors import StoreError
from fieldkit.store import Options, Store, open_store
from fieldkit.store.care import (
    repair_workspace,
    restore_workspace,
    seal_workspace,
    unseal_workspace,
    verify_workspace,
)
from fieldkit.sync.coverage import ranges_of
from tests.crash.faulty import KINDS, FaultyDisk
from tests.crash.scale import scaled
from tests.crash.tracing import TracingDisk, states
from tests.crash.workload import BUSY, PLAIN, Picture, Workload
from tests.crash.workload import picture as plain_picture

PASSPHRASE = "a long enough passphrase"


def picture(store: Store) -> Picture:
    """Return all that a reader sees; records in the order of their names, for a purge may change their numbers."""
    operations, documents, tables, by_record, stamp = plain_picture(store)
    ordered = {kind: sorted(rows, key=lambda row: str(row["id"])) for kind, rows in documents.items()}
    sizes = {kind: store.size(kind) for kind in documents}
    return operations, ordered, tables, by_record, stamp, store.purged(), store.vector(), sizes


def purge(store: Store, *records: str) -> bool:
    """Purge records as the service does."""
    rows = {}
    for record in records:
        document = store.document(record)
        assert document is not None
        numbers = ((one.device, one.seq) for one in store.operations(record))
        rows[record] = {"ranges": ranges_of(numbers), "last": document["last"][0], "summary": {"n": document["n"]}}
    return store.purge(rows)


class Purging(Workload):
    """Works, and purges a record at every fourth step while there are any that were not purged before."""

    def step(self) -> None:
        """Do the next step."""
        wanted = [
            document["id"]
            for kind in self.store.kinds()
            for document in self.store.documents(kind)
            if document["id"] not in self.store.purged()
        ]
        if len(self.names) % 4 == 3 and wanted:
            self.names.append("purge")
            purge(self.store, *wanted[:2])
        else:
            super().step()


def prepared(home: Path, options: Options = BUSY, steps: int = 30) -> tuple[Workload, Picture]:
    """Make a workspace with a purged visit; return it and what is to be seen."""
    workload = Workload(home, 21, options)
    for _step in range(steps):
        workload.step()
    purge(workload.store, "visit/v1")
    return workload, picture(workload.store)


def names_of(home: Path, name: bytes) -> list[str]:
    """Return the files that hold a name."""
    return [path.name for path in home.rglob("*") if path.is_file() and name in path.read_bytes()]


@pytest.mark.parametrize("options", [PLAIN, BUSY], ids=["plain", "busy"])
def test_purged_operations_are_gone_and_count_as_held(work: Path, options: Options) -> None:
    """Documents and lines are gone from every file, the vector stays, and an import again changes nothing."""
    workload = Workload(work / "home", 21, options)
    for _step in range(30):
        workload.step()
    store = workload.store
    gone, vector, others = list(store.operations("visit/v1")), store.vector(), list(store.operations("visit/v2"))
    secret = gone[0].id
    assert gone
    assert purge(store, "visit/v1")
    assert store.document("visit/v1") is None
    assert list(store.operations("visit/v1")) == []
    assert secret not in {one.id for one in store.operations()}
    assert list(store.operations("visit/v2")) == others
    store.append(gone)
    assert store.document("visit/v1") is None
    assert store.vector() == vector
    assert len(store.table("visit")) == store.size("visit") == 1
    seen = picture(store)
    assert store.verify()["ok"]
    store.engine.rebuild()
    assert picture(store) == seen
    assert store.verify()["problems"] == []
    store.close()
    with open_store(work / "home", options=options) as again:
        assert picture(again) == seen
    old = [path for path in (work / "home" / "journal").glob("*-0000.seg") if secret.encode() in path.read_bytes()]
    assert old == []


def test_only_the_note_names_a_purged_record(work: Path) -> None:
    """The record's name stands in one segment and one run only: where the note of the purge is."""
    workload, _seen = prepared(work / "home")
    workload.store.close()
    assert sorted(name[-3:] for name in names_of(work / "home", b"visit/v1")) == ["run", "seg"]


def test_a_later_operation_shows_the_record_again(work: Path) -> None:
    """What comes after a purge is kept: nothing that arrives is ever dropped."""
    workload, _seen = prepared(work / "home")
    operation = next(one for one in iter(workload.operation, None) if one.record == "visit/v1")
    workload.store.append([operation])
    document = workload.store.document("visit/v1")
    assert document is not None
    assert document["n"] == 1
    assert workload.store.size("visit") == 2
    seen = picture(workload.store)
    workload.store.engine.rebuild()
    assert picture(workload.store) == seen
    assert workload.store.verify()["problems"] == []
    workload.store.close()


@pytest.mark.parametrize("options", [PLAIN, BUSY], ids=["plain", "busy"])
@pytest.mark.parametrize("seed", range(scaled(2, 10)))
def test_a_power_cut_loses_nothing_but_what_was_purged(work: Path, options: Options, seed: int) -> None:
    """Every state holds all acknowledged steps, purges among them, and at most the one under way, whole."""
    disk = TracingDisk(work)
    (work / "home").mkdir()
    disk.trace.root = work / "home"
    workload = Purging(work / "home", seed, options, disk)
    pictures = [picture(workload.store)]
    for _step in range(22):
        disk.note("begin")
        workload.step()
        pictures.append(picture(workload.store))
        disk.note("ack")
    workload.store.close()
    assert "purge" in workload.names
    for files, begun, acknowledged in states(disk.trace, scaled(200, 1000), seed):
        if acknowledged == 0 and not any(name.startswith("journal/0") for name in files):
            continue
        _lay(files, work / "state")
        try:
            with open_store(work / "state", options=options) as store:
                assert picture(store) in pictures[acknowledged : begun + 1]
                assert not [one for one in store.verify()["problems"] if one["code"] == "STORE-045"]
        except StoreError as error:
            assert not acknowledged, error.message  # noqa: PT017 - before the first step there may be no workspace


def _lay(files: dict[str, bytes], home: Path) -> None:
    if home.exists():
        shutil.rmtree(home)
    for name, content in files.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(content)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "read EIO"])  # segments are mapped, not read
def test_a_fault_during_a_purge_loses_nothing(work: Path, kind: str) -> None:
    """It is refused as a whole, or done and completed at the next opening."""
    fired = 0
    for at in range(1, 30, scaled(3, 1)):
        home = work / "home"
        workload = Workload(home, 21, BUSY)
        for _step in range(20):
            workload.step()
        workload.store.close()
        disk = FaultyDisk(kind, at)
        disk.is_armed = False
        store = open_store(home, options=BUSY, disk=disk)
        before = picture(store)
        disk.is_armed = True
        try:
            purge(store, "visit/v1")
        except StoreError as error:
            assert error.code in {"STORE-010", "STORE-011", "STORE-012"}  # noqa: PT017 - which code depends on the moment
            if not store.is_poisoned:
                assert picture(store) == before
        else:
            assert store.document("visit/v1") is None
        disk.is_armed = False
        fired += disk.fired
        store.close()
        with open_store(home, options=BUSY) as again:
            found = picture(again)
            if "visit/v1" in found[5]:
                assert again.document("visit/v1") is None
                assert [one for one in before[0] if one in found[0]] == list(found[0])
            else:
                assert found == before
            assert again.document("visit/v2") == next(row for row in before[1]["visit"] if row["id"] == "visit/v2")
            assert again.verify()["ok"]
        shutil.rmtree(home)
    assert fired > 0, "the fault never fired: this test proves nothing"


def test_sealed_workspaces_purge_too(work: Path) -> None:
    """Sealed before, unsealed and sealed after: the same to be seen, and the secret is in no file."""
    home = work / "home"
    workload = Workload(home, 21, BUSY)
    for _step in range(20):
        workload.step()
    workload.store.close()
    seal_workspace(home, PASSPHRASE)
    with open_store(home, passphrase=PASSPHRASE, options=BUSY) as store:
        assert purge(store, "visit/v1")
        seen = picture(store)
    unseal_workspace(home, PASSPHRASE)
    with open_store(home, options=BUSY) as store:
        assert picture(store) == seen
    seal_workspace(home, PASSPHRASE)
    with open_store(home, passphrase=PASSPHRASE, options=BUSY) as store:
        assert picture(store) == seen
        assert store.verify()["ok"]


def test_backup_restore_and_repair_know_purged_records(work: Path) -> None:
    """A restored copy has the note; a repair keeps it and does not call the removed operations lost."""
    workload, seen = prepared(work / "home")
    workload.store.backup(work / "copy")
    workload.store.close()
    restore_workspace(work / "copy", work / "back")
    with open_store(work / "back", options=BUSY) as store:
        assert picture(store) == seen
    target = sorted((work / "home" / "journal").glob("*.seg"))[1]
    data = bytearray(target.read_bytes())
    data[-20] ^= 1
    target.write_bytes(bytes(data))
    shutil.rmtree(work / "home" / "state")
    assert not verify_workspace(work / "home")["ok"]
    result = repair_workspace(work / "home")
    with open_store(work / "home", options=BUSY) as store:
        assert store.document("visit/v1") is None
        assert "visit/v1" in store.purged()
        assert store.vector() == seen[6]
        assert store.verify()["ok"]
    assert result["gone"] == []


def test_an_older_program_refuses_a_workspace_with_purged_records(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The segment with the note has a format of its own; without a purge the format stays."""
    workload = Workload(work / "home", 21, BUSY)
    for _step in range(10):
        workload.step()
    workload.store.close()
    monkeypatch.setattr("fieldkit.store.segment.FORMAT", 1)
    with open_store(work / "home", options=BUSY) as store:
        monkeypatch.undo()
        assert purge(store, "visit/v1")
    monkeypatch.setattr("fieldkit.store.segment.FORMAT", 1)
    with pytest.raises(StoreError) as caught:
        open_store(work / "home", options=BUSY)
    assert caught.value.code == "STORE-004"
