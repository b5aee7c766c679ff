"""A fault at the k-th call of every kind, in work and in recovery: acknowledged work stays, the rest is refused."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldkit.errors import StoreError
from fieldkit.store import Options, open_store
from tests.crash.faulty import KINDS, FaultyDisk
from tests.crash.scale import scaled, scratch
from tests.crash.workload import BUSY, PLAIN, Picture, Workload, picture


@pytest.fixture
def work() -> Iterator[Path]:
    """Return a folder in memory."""
    folder = scratch()
    yield folder
    shutil.rmtree(folder)


def work_through(home: Path, options: Options, disk: FaultyDisk, steps: int) -> tuple[list[Picture], int]:
    """Work with a failing disk; return the pictures that may be found afterwards, and how many steps were refused."""
    disk.is_armed = False
    workload = Workload(home, 31, options, disk)
    disk.is_armed = True
    allowed = [picture(workload.store)]
    refused = 0
    for _step in range(steps):
        try:
            workload.step()
        except StoreError as error:
            refused += 1
            assert error.code in {"STORE-002", "STORE-010", "STORE-011", "STORE-012"}, error.code  # noqa: PT017 - which code depends on the moment
            if not workload.store.engine.journal.is_growing and workload.names[-1] == "reopen":
                break
            assert picture(workload.store) == allowed[0], "a refused step left something behind"
            if workload.store.is_poisoned:
                break
        else:
            allowed = [picture(workload.store)]
    disk.is_armed = False
    workload.store.close()
    return allowed, refused


@pytest.mark.parametrize("options", [PLAIN, BUSY], ids=["plain", "busy"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("for_ever", [False, True], ids=["once", "for ever"])
def test_a_fault_at_the_kth_call_loses_nothing(work: Path, kind: str, options: Options, *, for_ever: bool) -> None:
    """What was acknowledged is there after opening again; an operation that was refused is nowhere in this session."""
    fired = refused = 0
    for at in range(1, 40, scaled(4, 1)):
        home = work / "home"
        disk = FaultyDisk(kind, at, for_ever=for_ever)
        allowed, no = work_through(home, options, disk, 18)
        fired += disk.fired
        refused += no
        with open_store(home, options=options) as store:
            found = picture(store)
            operations = found[0]
            acknowledged = allowed[0][0]
            assert operations[: len(acknowledged)] == acknowledged
            if not no or kind not in ("fsync EIO", "sync EIO", "write EIO, truncate EIO"):
                assert found == allowed[0]
            assert store.verify()["ok"]
        shutil.rmtree(home)
    needs_busy = kind in ("rename EIO", "remove EIO", "read EIO") and options is PLAIN
    assert fired > 0 or needs_busy, "the fault never fired: this test proves nothing"
    if kind in ("write EIO", "fsync EIO", "write ENOSPC after half"):
        assert refused > 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_while_recovering_loses_nothing(work: Path, kind: str) -> None:
    """Recovery that fails can be tried again."""
    fired = 0
    workload = Workload(work / "base", 32, BUSY)
    for _step in range(20):
        workload.step()
    expected = picture(workload.store)
    workload.store.close()
    last = max((work / "base" / "journal").glob("*.seg"))
    last.write_bytes(last.read_bytes() + b"0000 torn")
    shutil.rmtree(work / "base" / "state")
    for at in range(1, 14):
        home = work / "home"
        shutil.copytree(work / "base", home)
        disk = FaultyDisk(kind, at)
        try:
            open_store(home, options=BUSY, disk=disk).close()
        except StoreError as error:
            assert error.code in {"STORE-002", "STORE-005", "STORE-010", "STORE-012"}, error.code  # noqa: PT017 - which code depends on the moment
        fired += disk.fired
        with open_store(home, options=BUSY) as store:
            assert picture(store) == expected
        shutil.rmtree(home)
    assert fired > 0, "the fault never fired: this test proves nothing"


def test_after_a_failed_fsync_nothing_more_is_written(work: Path) -> None:
    """The store turns read-only and says so, until it is opened again."""
    disk = FaultyDisk("fsync EIO", 1)
    disk.is_armed = False
    workload = Workload(work / "home", 33, PLAIN, disk)
    workload.store.append([workload.operation()])
    disk.is_armed = True
    for _attempt in range(3):
        with pytest.raises(StoreError) as caught:
            workload.store.append([workload.operation()])
        assert caught.value.code == "STORE-011"
    assert disk.fired == 1
    assert workload.store.is_poisoned
    assert len(list(workload.store.operations())) == 1
    workload.store.close()
    disk.is_armed = False
    with open_store(work / "home", options=PLAIN) as store:
        store.append([workload.operation()] if not store.holds(store.device, 2) else [])


def test_a_full_disk_gives_up_the_ballast_once(work: Path) -> None:
    """The write in progress succeeds with the reserve's room; the next full disk is refused."""
    options = Options(ballast_bytes=1 << 16)
    disk = FaultyDisk("write ENOSPC after half", 1)
    disk.is_armed = False
    workload = Workload(work / "home", 34, options, disk)
    assert (work / "home" / "ballast.bin").exists()
    workload.store.append([workload.operation()])
    disk.is_armed = True
    workload.store.append([workload.operation()])
    assert disk.fired == 1
    assert not (work / "home" / "ballast.bin").exists()
    disk.calls = 0
    with pytest.raises(StoreError) as caught:
        workload.store.append([workload.operation()])
    assert caught.value.code == "STORE-010"
    workload.store.append([workload.operation()])
    assert len(list(workload.store.operations())) == 3
    workload.store.close()
