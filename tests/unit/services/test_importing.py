"""Many bundles in one import: groups of bounded size, each one write, and few waits for the disk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from fieldkit.bootstrap import open_services
from fieldkit.errors import StoreError
from fieldkit.model.operation import Operation
from fieldkit.services import importing
from fieldkit.services.house import Services
from fieldkit.store.disk import Disk
from fieldkit.sync.bundle import Context, build

NOW = datetime.fromisoformat("2026-11-22T09:41:07+08:00")
DEVICE = "a" * 16


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Services]:
    """Open a workspace."""
    services = open_services(tmp_path / "home", now=NOW, lang="en", threaded=False)
    yield services
    services.close()


def bundles(folder: Path, count: int) -> list[Path]:
    """Write bundles of one operation each."""
    folder.mkdir()
    paths = []
    for seq in range(1, count + 1):
        prev = (f"{DEVICE}:{seq - 1}",) if seq > 1 else ()
        operation = Operation(DEVICE, seq, f"{1_790_000_000_000 + seq}.0", "A01/inspector", "note/n", "text", seq, prev)
        (built,) = build([operation], Context(DEVICE, {DEVICE: seq}))
        path = folder / built.name
        path.write_bytes(built.data)
        paths.append(path)
    return paths


def test_groups_are_one_write_each(office: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight bundles in groups of three are three writes; in whatever order they came, the last value is shown."""
    monkeypatch.setattr(importing, "GROUP", 3)
    paths = bundles(tmp_path / "stick", 8)
    sizes: list[int] = []
    append = office.desk.store.append

    def counted(operations: list[Operation]) -> None:
        sizes.append(len(operations))
        append(operations)

    monkeypatch.setattr(office.desk.store, "append", counted)
    result = office.sync.import_(paths[::-1])
    assert [row.status for row in result.rows] == ["imported"] * 8
    assert sizes == [3, 3, 2]
    document = office.desk.store.document("note/n")
    assert document is not None
    assert [head[3] for head in document["heads"]["text"]] == [8]
    assert {row.status for row in office.sync.import_(paths).rows} == {"known"}


def test_a_group_that_fails_leaves_those_before_it(
    office: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full at the second group: the first stays, and the next import goes on."""
    monkeypatch.setattr(importing, "GROUP", 3)
    paths = bundles(tmp_path / "stick", 5)
    append = office.desk.store.append
    calls: list[int] = []

    def full(operations: list[Operation]) -> None:
        calls.append(len(operations))
        if len(calls) == 2:
            raise StoreError("STORE-010", "full")
        append(operations)

    monkeypatch.setattr(office.desk.store, "append", full)
    with pytest.raises(StoreError):
        office.sync.import_(paths)
    assert office.desk.store.vector() == {DEVICE: 3}
    assert [row.status for row in office.sync.import_(paths).rows] == ["known"] * 3 + ["imported"] * 2


def test_a_hundred_bundles_wait_for_the_disk_a_few_times(
    office: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their operations and the table of imports are one write each, however many bundles there are."""
    paths = bundles(tmp_path / "stick", 100)
    waits: list[int] = []
    real = Disk.fsync

    def counted(disk: Disk, handle: int) -> None:
        waits.append(handle)
        real(disk, handle)

    monkeypatch.setattr(Disk, "fsync", counted)
    office.sync.import_(paths)
    assert 2 <= len(waits) <= 8
