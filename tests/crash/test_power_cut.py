"""A power cut at any moment: every state that the medium may be left in opens with all that was acknowledged."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from fieldkit.errors import StoreError
from fieldkit.store import Options, Store, open_store
from fieldkit.store import lines as lines_module
from fieldkit.store import recovery as recovery_module
from fieldkit.store import segment as segment_module
from fieldkit.store.care import (
    change_passphrase,
    repair_workspace,
    restore_workspace,
    seal_workspace,
    unseal_workspace,
    verify_workspace,
)
from fieldkit.store.disk import Disk
from tests.crash.scale import scaled
from tests.crash.tracing import Trace, TracingDisk, states
from tests.crash.workload import BUSY, PLAIN, Picture, Workload, picture

PASSPHRASE = "a long enough passphrase"


def lay(files: dict[str, bytes], home: Path) -> None:
    """Write a state to a folder."""
    if home.exists():
        shutil.rmtree(home)
    home.mkdir(parents=True)
    for name, content in files.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def record(home: Path, seed: int, steps: int, options: Options, disk: TracingDisk) -> list[Picture]:
    """Run a workload and return the picture before it and after each step."""
    workload = Workload(home, seed, options, disk)
    pictures = [picture(workload.store)]
    for _step in range(steps):
        disk.note("begin")
        workload.step()
        pictures.append(picture(workload.store))
        disk.note("ack")
    workload.store.close()
    return pictures


def violations(trace: Trace, pictures: list[Picture], work: Path, count: int, seed: int, options: Options) -> list[str]:
    """Open every state and return what was lost, or refused."""
    found = []
    home = work / "state"
    for place, (files, begun, acknowledged) in enumerate(states(trace, count, seed)):
        lay(files, home)
        if acknowledged == 0 and not any(name.startswith("journal/0") for name in files):
            # Nothing was acknowledged and the workspace may not even be there.
            continue
        try:
            with open_store(home, options=options) as store:
                seen = picture(store)
        except StoreError as error:
            if acknowledged or error.code != "STORE-005":
                found.append(f"state {place}: {error.code} {error.message}")
            continue
        if seen not in pictures[acknowledged : begun + 1]:
            found.append(f"state {place}: not one of the states {acknowledged}..{begun}")
    return found


@pytest.mark.parametrize(("options", "name"), [(PLAIN, "plain"), (BUSY, "runs, segments and compaction")])
@pytest.mark.parametrize("seed", range(scaled(2, 10)))
def test_nothing_acknowledged_is_lost(work: Path, options: Options, name: str, seed: int) -> None:
    """Every state holds all acknowledged steps and at most the one under way, whole."""
    disk = TracingDisk(work)
    (work / "home").mkdir()
    disk.trace.root = work / "home"
    pictures = record(work / "home", seed, 25, options, disk)
    assert violations(disk.trace, pictures, work, scaled(300, 1000), seed, options) == [], name


class NoFsync(TracingDisk):
    """Mutant: acknowledges what is only in a cache."""

    def fsync(self, fd: int) -> None:
        pass


class EarlyAcknowledge(TracingDisk):
    """Mutant: syncs a file only when the next write comes, after the caller was told that all is well."""

    late: int | None = None

    def write_some(self, fd: int, data: memoryview) -> int:
        if self.late is not None and self.late in self._fds:
            super().fsync(self.late)
        return super().write_some(fd, data)

    def fsync(self, fd: int) -> None:
        self.late = fd


class NoFolderSync(TracingDisk):
    """Mutant: leaves new names to luck."""

    def sync_folder(self, path: Path) -> None:
        pass


@pytest.mark.parametrize("mutant", [NoFsync, EarlyAcknowledge, NoFolderSync])
def test_a_store_that_cheats_is_caught(work: Path, mutant: type[TracingDisk]) -> None:
    """The bench has teeth: each of these mutants loses something in some state."""
    disk = mutant(work)
    (work / "home").mkdir()
    disk.trace.root = work / "home"
    pictures = record(work / "home", 5, 25, BUSY, disk)
    assert violations(disk.trace, pictures, work, 300, 5, BUSY)


def _unchecked(raw: bytes) -> lines_module.Line | None:
    """Mutant of ``parse_line``: believes every line."""
    try:
        number, token, payload = raw[9:].split(b" ", 2)
        part, _slash, parts = token[1:].partition(b"/")
        return lines_module.Line(int(number), token[:1], int(part or 1), int(parts or 1), payload)
    except ValueError:
        return None


def damaged_home(work: Path) -> tuple[Path, list[Picture]]:
    """Make a workspace of some steps."""
    disk = Disk()
    workload = Workload(work / "home", 3, PLAIN, disk)
    for _step in range(25):
        workload.step()
    pictures = [picture(workload.store)]
    workload.store.close()
    return work / "home", pictures


def silent_changes(home: Path, good: Picture) -> int:
    """Flip bits all over the journal and count how often the store opens with something else than a beginning."""
    segment = next((home / "journal").glob("*.seg"))
    data = segment.read_bytes()
    silent = 0
    for place in range(40, len(data) - 400, 97):
        changed = bytearray(data)
        changed[place] ^= 4
        segment.write_bytes(bytes(changed))
        for name in ("quarantine", "state"):
            shutil.rmtree(home / name, ignore_errors=True)
        try:
            with open_store(home, options=PLAIN) as store:
                silent += picture(store) != good
        except (StoreError, ValueError, KeyError, IndexError):
            pass
        segment.write_bytes(data)
    return silent


def test_a_store_without_checksums_is_caught(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Flipped bits in the middle are refused; without the check they go through silently."""
    home, pictures = damaged_home(work)
    assert silent_changes(home, pictures[0]) == 0
    for module in (lines_module, segment_module):
        monkeypatch.setattr(module, "parse_line", _unchecked)
    assert silent_changes(home, pictures[0]) > 0


def test_a_store_that_truncates_on_damage_is_caught(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Damage in the middle is refused; a store that cuts there loses what follows."""
    home, pictures = damaged_home(work)
    monkeypatch.setattr(recovery_module, "_refuse_damage", lambda *_arguments: None)
    assert silent_changes(home, pictures[0]) > 0


# Conversions of a whole workspace


def prepared(work: Path, seed: int) -> tuple[Path, Picture]:
    """Make a workspace with closed segments, runs and an attachment."""
    home = work / "home"
    workload = Workload(home, seed, BUSY)
    for _step in range(30):
        workload.step()
    seen = picture(workload.store)
    workload.store.close()
    (home / "blobs").mkdir()
    (home / "blobs" / ("a" * 64)).write_bytes(b"scan")
    return home, seen


def check_conversion(
    work: Path,
    trace: Trace,
    expected: Picture,
    opened: Callable[[Path], Store],
    seed: int,
    after: Callable[[Path], None],
) -> None:
    """Every state of a conversion opens with the same content, before or after."""
    home = work / "state"
    for files, _begun, _acknowledged in states(trace, scaled(60, 600), seed):
        lay(files, home)
        store = opened(home)
        try:
            assert picture(store) == expected
        finally:
            store.close()
        after(home)


def _plain_or_sealed(*passphrases: str) -> Callable[[Path], Store]:
    def opened(home: Path) -> Store:
        for passphrase in (None, *passphrases):
            try:
                return open_store(home, passphrase=passphrase, options=BUSY)
            except StoreError as error:
                if error.code not in ("STORE-030", "STORE-031"):
                    raise
        raise AssertionError("no passphrase opens it")

    return opened


def _blob_is_consistent(home: Path) -> None:
    """The attachment is sealed exactly where the workspace is."""
    sealed = b'"seal"' in (home / "workspace.json").read_bytes()
    assert (home / "blobs" / ("a" * 64)).read_bytes().startswith(b"FKSEAL01") == sealed


def test_sealing_and_unsealing_survive_a_power_cut(work: Path) -> None:
    """Plain or sealed, never half, and attachments follow at the next opening."""
    home, expected = prepared(work, 11)
    disk = TracingDisk(home)
    seal_workspace(home, PASSPHRASE, disk=disk)
    check_conversion(work, disk.trace, expected, _plain_or_sealed(PASSPHRASE), 1, _blob_is_consistent)
    disk = TracingDisk(home)
    unseal_workspace(home, PASSPHRASE, disk=disk)
    check_conversion(work, disk.trace, expected, _plain_or_sealed(PASSPHRASE), 2, _blob_is_consistent)


def test_changing_the_passphrase_survives_a_power_cut(work: Path) -> None:
    """The old or the new passphrase opens it, always one of them."""
    home, expected = prepared(work, 12)
    seal_workspace(home, PASSPHRASE)
    disk = TracingDisk(home)
    change_passphrase(home, PASSPHRASE, "the second passphrase", disk=disk)
    opened = _plain_or_sealed(PASSPHRASE, "the second passphrase")
    check_conversion(work, disk.trace, expected, opened, 3, lambda _home: None)


def test_a_sealed_workspace_loses_nothing(work: Path) -> None:
    """Power cuts while a sealed workspace is written, with its sealed sidecar."""
    home, _expected = prepared(work, 13)
    seal_workspace(home, PASSPHRASE)
    disk = TracingDisk(home)
    workload = Workload(home, 14, BUSY, disk, PASSPHRASE)
    pictures = [picture(workload.store)]
    for _step in range(15):
        disk.note("begin")
        workload.step()
        pictures.append(picture(workload.store))
        disk.note("ack")
    workload.store.close()
    for files, begun, acknowledged in states(disk.trace, scaled(40, 1000), 4):
        lay(files, work / "state")
        with open_store(work / "state", passphrase=PASSPHRASE, options=BUSY) as store:
            assert picture(store) in pictures[acknowledged : begun + 1]


def test_a_repair_survives_a_power_cut(work: Path) -> None:
    """The damaged journal, or the repaired one; a second repair ends where the first would have."""
    home, _expected = prepared(work, 15)
    target = sorted((home / "journal").glob("*.seg"))[1]
    data = bytearray(target.read_bytes())
    data[len(data) // 2] ^= 1
    target.write_bytes(bytes(data))
    disk = TracingDisk(home)
    repair_workspace(home, disk=disk)
    with open_store(home, options=BUSY) as store:
        expected = picture(store)
    for state, _begun, _acknowledged in states(disk.trace, scaled(40, 400), 5):
        lay(state, work / "state")
        if not verify_workspace(work / "state")["ok"]:
            repair_workspace(work / "state")
        with open_store(work / "state", options=BUSY) as store:
            assert picture(store) == expected


def test_backup_and_restore_survive_a_power_cut(work: Path) -> None:
    """An earlier backup stays whole until the new one is; a restore is whole, or no workspace yet."""
    workload = Workload(work / "home", 16, BUSY)
    for _step in range(20):
        workload.step()
    (work / "medium").mkdir()
    workload.store.backup(work / "medium" / "copy")
    first = picture(workload.store)
    for _step in range(20):
        workload.step()
    second = picture(workload.store)
    disk = TracingDisk(work / "medium")
    workload.store.engine.disk = disk
    workload.store.backup(work / "medium" / "copy")
    workload.store.close()
    for files, _begun, _acknowledged in states(disk.trace, scaled(40, 400), 6):
        lay(files, work / "state")
        shutil.rmtree(work / "back", ignore_errors=True)
        restore_workspace(work / "state" / "copy", work / "back")
        with open_store(work / "back", options=BUSY) as store:
            assert picture(store) in (first, second)
    (work / "fresh").mkdir()
    disk = TracingDisk(work / "fresh")
    restore_workspace(work / "medium" / "copy", work / "fresh", disk=disk)
    for files, _begun, _acknowledged in states(disk.trace, scaled(40, 400), 7):
        lay(files, work / "state")
        try:
            with open_store(work / "state", create=False, options=BUSY) as store:
                assert picture(store) == second
        except StoreError as error:
            assert error.code in ("STORE-001", "STORE-005", "STORE-006", "STORE-007")  # noqa: PT017 - which code depends on the moment
