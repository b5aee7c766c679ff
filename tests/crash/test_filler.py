"""The zeros behind the growing segment's lines: they mean nothing, cost nothing and hide nothing."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from fieldkit.errors import StoreError
from fieldkit.store import Options, Store, journal, open_store, salvage
from fieldkit.store.care import seal_workspace, unseal_workspace, verify_workspace
from fieldkit.store.disk import Disk
from fieldkit.store.growing import readable_size
from fieldkit.store.packing import encode
from fieldkit.sync.coverage import ranges_of
from tests.crash.faulty import FaultyDisk
from tests.crash.scale import report, scaled
from tests.crash.tracing import TracingDisk, states
from tests.crash.workload import Picture, Workload, picture

PASSPHRASE = "a long enough passphrase"
LITTLE = Options(ballast_bytes=0, memory_bytes=1 << 30, tail_lines=1 << 30, fill_bytes=3000)
"""One growing segment with a filler that can be gone through byte by byte."""


def killed(work: Path, *, steps: int = 12, passphrase: str | None = None) -> tuple[Path, Path, int, Picture]:
    """Return a workspace as kill -9 leaves it: folder, growing segment, bytes of its lines, and what was in it."""
    origin, home = work / "origin", work / "home"
    if passphrase:
        open_store(origin, options=LITTLE).close()
        seal_workspace(origin, passphrase)
    workload = Workload(origin, 61, LITTLE, passphrase=passphrase)
    while len(workload.names) < steps:
        workload.step()
    segment = workload.store.engine.journal.segments[-1]
    shutil.copytree(origin, home)
    for name in ("device.json", "device.tie.json"):
        shutil.copy2(origin / name, home / name)
    shutil.rmtree(home / "state", ignore_errors=True)
    seen, size = picture(workload.store), segment.size
    workload.store.close()
    return home, home / "journal" / segment.path.name, size, seen


def problems(store: Store) -> list[str]:
    """Return the codes of what an opening has to say; a copied folder always gets a device of its own."""
    return [problem["code"] for problem in store.problems]


def test_saves_overwrite_zeros_and_the_file_keeps_its_length(work: Path) -> None:
    """Only the save that passes the filled end makes the file longer, and closing cuts the zeros."""
    workload = Workload(work / "home", 62, LITTLE)
    workload.store.append([workload.operation()])
    segment = workload.store.engine.journal.segments[-1]
    lengths = []
    for _save in range(60):
        before = segment.path.stat().st_size
        workload.store.append([workload.operation()])
        after = segment.path.stat().st_size
        assert segment.path.read_bytes()[segment.size :] == bytes(after - segment.size)
        lengths.append(after != before)
    assert 1 <= sum(lengths) <= 5
    assert readable_size(segment.path, Disk()) == segment.size < segment.path.stat().st_size
    workload.store.close()
    assert segment.path.stat().st_size == segment.size


def test_zeros_stop_at_the_size_of_a_segment(work: Path) -> None:
    """Beyond it no line begins."""
    with open_store(work / "home", options=Options(ballast_bytes=0, segment_bytes=5000)) as store:
        store.table("outbox").insert({"n": 1})
        segment = store.engine.journal.segments[-1]
        assert segment.size < segment.path.stat().st_size == 5000


@pytest.mark.parametrize("passphrase", [None, PASSPHRASE])
def test_a_killed_process_leaves_zeros_and_nothing_to_set_aside(work: Path, passphrase: str | None) -> None:
    """Reading, checking, repairing and writing on see the lines alone; nothing is copied to the quarantine."""
    home, path, size, seen = killed(work, passphrase=passphrase)
    assert path.stat().st_size > size
    report = verify_workspace(home, passphrase=passphrase)
    assert (report["ok"], report["problems"]) == (True, [])
    assert salvage.inspect(home, Disk(), passphrase)["problems"] == []
    with open_store(home, read_only=True, passphrase=passphrase, options=LITTLE) as store:
        assert picture(store) == seen
    length = path.stat().st_size
    with open_store(home, passphrase=passphrase, options=LITTLE) as store:
        assert picture(store) == seen
        assert not [code for code in problems(store) if code in ("STORE-006", "STORE-008", "STORE-009")]
        assert path.stat().st_size == length, "the zeros that are there are used"
        store.table("outbox").insert({"n": 7})
        assert path.stat().st_size == length
        assert store.verify()["ok"]
    assert not (home / "quarantine").exists()


def test_another_process_reads_beside_the_zeros(work: Path) -> None:
    """What the writer has acknowledged is there for a reader that opens now."""
    workload = Workload(work / "home", 63, LITTLE)
    for _step in range(12):
        workload.step()
        if workload.store.engine.journal.segments:
            with open_store(work / "home", read_only=True, options=LITTLE) as reader:
                assert picture(reader) == picture(workload.store)
                assert problems(reader) == []
    workload.store.close()


def test_a_cut_within_the_zeros_changes_nothing(work: Path) -> None:
    """At every length between the last line and the filled end."""
    home, path, size, seen = killed(work)
    data = path.read_bytes()
    lengths = range(size, len(data) + 1, scaled(61, 1))
    for length in lengths:
        path.write_bytes(data[:length])
        with open_store(home, options=LITTLE) as store:
            assert picture(store) == seen, length
    assert not (home / "quarantine").exists()
    report(cuts=len(lengths), lost=0)


def test_a_flipped_bit_in_the_zeros_is_set_aside(work: Path) -> None:
    """It is a torn write: kept and named, and nothing that was acknowledged is lost."""
    home, path, size, seen = killed(work)
    data = path.read_bytes()
    places = range(size, len(data), scaled(83, 1))
    for place in places:
        changed = bytearray(data)
        changed[place] ^= 1 << (place % 8)
        path.write_bytes(bytes(changed))
        shutil.rmtree(home / "quarantine", ignore_errors=True)
        with open_store(home, options=LITTLE) as store:
            assert picture(store) == seen, place
            assert "STORE-008" in problems(store)
        (kept,) = (home / "quarantine").glob("*.torn")
        assert kept.read_bytes() == bytes(changed[size : place + 1])
        assert path.read_bytes() == data[:size]
    report(flips=len(places), set_aside=len(places), lost=0)


def test_a_torn_line_is_set_aside_without_the_zeros_behind_it(work: Path) -> None:
    """The quarantine keeps the bytes of the write alone."""
    home, path, size, seen = killed(work)
    data = path.read_bytes()
    torn = b"0badc0de 77 o [0,1,"
    path.write_bytes(data[:size] + torn + data[size + len(torn) :])
    with open_store(home, options=LITTLE) as store:
        assert picture(store) == seen
        assert "STORE-008" in problems(store)
    (kept,) = (home / "quarantine").glob("*.torn")
    assert kept.read_bytes() == torn


def test_zeros_before_whole_lines_are_damage(work: Path) -> None:
    """Where later groups are whole, zeros in the middle are refused, and nothing is changed."""
    home, path, size, _seen = killed(work)
    data = bytearray(path.read_bytes())
    lines = bytes(data[:size]).splitlines(keepends=True)
    start = len(b"".join(lines[:4]))
    data[start : start + len(lines[4])] = bytes(len(lines[4]))
    path.write_bytes(bytes(data))
    with pytest.raises(StoreError) as caught:
        open_store(home, options=LITTLE)
    assert caught.value.code == "STORE-006"
    assert path.read_bytes() == bytes(data)
    assert not verify_workspace(home)["ok"]


def test_no_line_holds_a_nul(work: Path) -> None:
    """Neither in texts nor in names, plain or sealed."""
    for passphrase in (None, PASSPHRASE):
        home = work / f"nul {passphrase}"
        open_store(home, options=LITTLE).close()
        if passphrase:
            seal_workspace(home, passphrase)
        with open_store(home, options=LITTLE, passphrase=passphrase) as store:
            store.table("a\0b").insert({"n\0": "x\0\0", "list": ["\0"]})
            path = store.engine.journal.segments[-1].path
        assert b"\0" not in path.read_bytes()
        with open_store(home, options=LITTLE, passphrase=passphrase) as store:
            assert [dict(row) for row in store.table("a\0b")] == [{"n\0": "x\0\0", "list": ["\0"]}]
    assert b"\0" not in encode({"a\0": "\0"})


class SmallDisk(Disk):
    """Has room for some bytes of the growing segment and counts what it refused."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.refused = 0

    def write_some(self, fd: int, data: memoryview) -> int:
        left = self.room - os.lseek(fd, 0, os.SEEK_CUR)
        if left <= 0:
            self.refused += 1
            raise OSError(errno.ENOSPC, "no room")
        return super().write_some(fd, data[:left])


def fill_up(workload: Workload, disk: SmallDisk) -> tuple[int, str]:
    """Save until the disk is full; return how many saves there were, and the refusal's code."""
    for saved in range(1000):
        try:
            workload.store.append([workload.operation()])
        except StoreError as error:
            return saved, error.code
        segment = workload.store.engine.journal.segments[-1]
        if disk.refused == 1:
            assert (workload.home / "ballast.bin").exists()
            assert segment.path.stat().st_size == segment.size, "zeros hold no room"
    return 1000, ""


def test_zeros_that_find_no_room_cost_neither_a_save_nor_the_ballast(work: Path) -> None:
    """The bare lines are written then, until there is really no room for them."""
    options = Options(ballast_bytes=1 << 16, fill_bytes=3000, memory_bytes=1 << 30, tail_lines=1 << 30)
    disk = SmallDisk(1 << 30)
    workload = Workload(work / "home", 64, options, disk)
    disk.room = 2000
    saved, code = fill_up(workload, disk)
    assert code == "STORE-010"
    assert saved > 5
    assert disk.refused == 3, "the zeros once, the lines twice: before and after the ballast was given up"
    assert not (work / "home" / "ballast.bin").exists()
    disk.room = 1 << 30
    workload.store.append([workload.operation()])
    assert len(list(workload.store.operations())) == saved + 1
    workload.store.close()
    with open_store(work / "home", options=options) as store:
        assert len(list(store.operations())) == saved + 1
        assert store.verify()["ok"]


@pytest.mark.parametrize("kind", ["write ENOSPC after half", "write EIO", "fsync EIO", "write EIO, truncate EIO"])
def test_a_fault_while_the_file_is_made_longer_loses_nothing(work: Path, kind: str) -> None:
    """Each save here passes the filled end, so each fault meets a write with zeros behind it."""
    options = Options(ballast_bytes=0, fill_bytes=40, memory_bytes=1 << 30, tail_lines=1 << 30)
    fired = 0
    for at in range(1, 8):
        home = work / "home"
        disk = FaultyDisk(kind, at)
        disk.is_armed = False
        workload = Workload(home, 65, options, disk)
        disk.is_armed = True
        saved = []
        for _save in range(8):
            item = workload.operation()
            try:
                workload.store.append([item])
            except StoreError as error:
                assert error.code in {"STORE-010", "STORE-011", "STORE-012"}, error.code  # noqa: PT017 - which code depends on the moment
            else:
                saved.append(item.id)
        fired += disk.fired
        disk.is_armed = False
        workload.store.close()
        with open_store(home, options=options) as store:
            found = [item.id for item in store.operations()]
            assert found[: len(saved)] == saved
            assert store.verify()["ok"]
        shutil.rmtree(home)
    assert fired >= 7, "the fault never fired: this test proves nothing"


def test_a_closed_segment_never_has_zeros_before_the_next_one(work: Path) -> None:
    """In every state after a power cut: foot and length are durable before a later segment has its name."""
    home = work / "home"
    home.mkdir()
    disk = TracingDisk(home)
    options = Options(ballast_bytes=0, memory_bytes=2500, tail_lines=4, fill_bytes=3000)
    workload = Workload(home, 66, options, disk)
    for _round in range(3):
        for _step in range(6):
            workload.step()
        record = next(document["id"] for kind in workload.store.kinds() for document in workload.store.documents(kind))
        numbers = ((one.device, one.seq) for one in workload.store.operations(record))
        # A purge closes a segment long before it is full: behind its lines are zeros.
        workload.store.purge({record: {"ranges": ranges_of(numbers), "last": "0.0"}})
    workload.store.close()
    closed = 0
    for files, _begun, _acknowledged in states(disk.trace, scaled(300, 2000), 8):
        segments = sorted(name for name in files if name.endswith(".seg"))
        for name in segments[:-1]:
            assert files[name].endswith(b"\n"), name
            closed += 1
    assert closed > 0


def test_an_older_program_sets_zeros_aside_and_loses_nothing(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes the zeros for a torn write, as it did with those that a power cut left."""
    home, path, size, seen = killed(work)
    monkeypatch.setattr(journal, "readable_size", lambda file, disk: disk.size(file))
    zeros = path.stat().st_size - size
    with open_store(home, options=Options(ballast_bytes=0, fill_bytes=0)) as store:
        assert picture(store) == seen
        assert "STORE-008" in problems(store)
    (kept,) = (home / "quarantine").glob("*.torn")
    assert kept.read_bytes() == bytes(zeros)


def test_copies_hold_no_zeros(work: Path) -> None:
    """A backup made while running, the mirror, and a sealed or unsealed journal have the lines alone."""
    from fieldkit.store.mirror import Mirror

    workload = Workload(work / "home", 67, LITTLE)
    for _step in range(10):
        workload.step()
    store = workload.store
    store.backup(work / "copy")
    assert all(not path.read_bytes().endswith(b"\0") for path in (work / "copy" / "files").iterdir())
    mirror = Mirror(store.engine, work / "mirror", threaded=False)
    assert mirror.catch_up()
    copied = work / "mirror" / "journal" / "00000001-0000.seg"
    assert copied.stat().st_size == store.engine.journal.segments[-1].size
    store.append([workload.operation()])
    assert mirror.catch_up()
    assert copied.stat().st_size == store.engine.journal.segments[-1].size
    store.close()
    (work / "sealing").mkdir()
    home, path, _size, seen = killed(work / "sealing")
    seal_workspace(home, PASSPHRASE)
    assert not path.read_bytes().endswith(b"\0")
    unseal_workspace(home, PASSPHRASE)
    assert not path.read_bytes().endswith(b"\0")
    with open_store(home, options=LITTLE) as opened:
        assert picture(opened) == seen
