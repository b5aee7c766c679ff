"""Seal, repair, back up, restore, export: a workspace as a whole."""

from __future__ import annotations

import errno
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from tinydb import TinyDB, where

from fieldkit.errors import StoreError
from fieldkit.model.operation import Operation
from fieldkit.store import Options, Store, open_store
from fieldkit.store.care import (
    change_passphrase,
    repair_workspace,
    restore_workspace,
    seal_workspace,
    unseal_workspace,
    verify_workspace,
)
from fieldkit.store.disk import Disk
from fieldkit.store.doctor import doctor
from fieldkit.store.mirror import Mirror
from fieldkit.store.words import from_words, to_words

SMALL = Options(segment_bytes=2500, ballast_bytes=0, memory_bytes=4000, tail_lines=5)
SECRET = "村口第三户秘密"
PASSPHRASE = "correct horse 电池"


def fill(store: Store, count: int = 60) -> None:
    """Write operations of a few records and some plain documents."""
    for number in range(count):
        seq = store.last_seq() + 1
        record = f"visit/v{number % 5}"
        store.append(
            [
                Operation(
                    store.device,
                    seq,
                    f"{1_790_000_000_000 + seq}.0",
                    "A01/inspector",
                    record,
                    f"remark:f:/d/q{number}",
                    SECRET,
                )
            ]
        )
        if number % 4 == 0:
            store.table("outbox").insert({"n": number, "text": SECRET})


def content(store: Store) -> object:
    """Return everything that a reader can see."""
    documents = {kind: list(store.documents(kind)) for kind in store.kinds()}
    return documents, list(store.operations()), store.table("outbox").all(), store.vector()


def with_blob(home: Path, data: bytes) -> Path:
    """Put an attachment beside the journal."""
    name = hashlib.sha256(data).hexdigest()
    path = home / "blobs" / name[:2] / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def sealed_home(home: Path) -> tuple[object, list[str]]:
    """Make a workspace, seal it, and return what it held with the recovery words."""
    with open_store(home, options=SMALL) as store:
        fill(store)
        held = content(store)
    return held, seal_workspace(home, PASSPHRASE)


def everything(home: Path) -> bytes:
    """Return the bytes of all files of a workspace."""
    return b"".join(path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file())


def test_a_sealed_workspace_shows_nothing_and_loses_nothing(tmp_path: Path) -> None:
    """No text, name of a record or attachment stands anywhere in its files; with the passphrase all is there."""
    home = tmp_path / "home"
    with_blob(home, b"photograph of a form " * 20)
    held, _words = sealed_home(home)
    for telltale in (SECRET.encode(), json.dumps(SECRET).encode()[1:-1], b"remark:", b"outbox", b"photograph", b"A01/"):
        assert telltale not in everything(home)
    with open_store(home, passphrase=PASSPHRASE, options=SMALL) as store:
        assert content(store) == held
        fill(store, 30)
        held = content(store)
    assert SECRET.encode() not in everything(home)
    with open_store(home, passphrase=PASSPHRASE, options=SMALL) as store:
        assert content(store) == held
        assert store.verify()["ok"]


@pytest.mark.parametrize(("passphrase", "code"), [(None, "STORE-030"), ("", "STORE-030"), ("wrong one", "STORE-031")])
def test_without_its_key_a_sealed_workspace_stays_shut(tmp_path: Path, passphrase: str | None, code: str) -> None:
    """The refusal is clear and exits with 3."""
    sealed_home(tmp_path / "home")
    with pytest.raises(StoreError) as caught:
        open_store(tmp_path / "home", passphrase=passphrase)
    assert caught.value.code == code
    assert caught.value.exit_code == 3


def test_recovery_words_open_it_and_a_new_passphrase_replaces_the_old(tmp_path: Path) -> None:
    """Changing the passphrase writes no record anew."""
    home = tmp_path / "home"
    held, words = sealed_home(home)
    before = {path.name: path.read_bytes() for path in (home / "journal").glob("*.seg")}
    change_passphrase(home, " ".join(words).upper(), "another passphrase")
    assert {path.name: path.read_bytes() for path in (home / "journal").glob("*.seg")} == before
    with pytest.raises(StoreError):
        open_store(home, passphrase=PASSPHRASE)
    for key in ("another passphrase", "-".join(words)):
        with open_store(home, passphrase=key, options=SMALL) as store:
            assert content(store) == held


def test_unsealing_gives_the_plain_workspace_back(tmp_path: Path) -> None:
    """Attachments too."""
    home = tmp_path / "home"
    blob = with_blob(home, b"scan")
    held, _words = sealed_home(home)
    assert blob.read_bytes() != b"scan"
    unseal_workspace(home, PASSPHRASE)
    assert blob.read_bytes() == b"scan"
    with open_store(home, options=SMALL) as store:
        assert content(store) == held
        assert store.problems == []


def test_a_sealed_line_cannot_be_moved_or_altered(tmp_path: Path) -> None:
    """Even with a right checksum a line in another place is refused."""
    from fieldkit.store.lines import format_line, parse_line

    home = tmp_path / "home"
    sealed_home(home)
    segment = min((home / "journal").glob("*.seg"))
    lines = segment.read_bytes().split(b"\n")
    first, second = parse_line(lines[2]), parse_line(lines[3])
    assert first is not None
    assert second is not None
    lines[2] = format_line(first.number, first.kind, second.payload)[:-1]
    segment.write_bytes(b"\n".join(lines))
    report = verify_workspace(home, passphrase=PASSPHRASE)
    assert not report["ok"]


def test_a_short_passphrase_is_refused(tmp_path: Path) -> None:
    """Nothing is sealed then."""
    open_store(tmp_path / "home").close()
    with pytest.raises(StoreError) as caught:
        seal_workspace(tmp_path / "home", "short")
    assert caught.value.code == "STORE-034"


def test_recovery_words_notice_a_slip() -> None:
    """A wrong or exchanged word is refused in most cases, an unknown one always."""
    words = to_words(bytes(range(16)))
    assert len(words) == 12
    assert from_words("  ".join(words)) == bytes(range(16))
    with pytest.raises(StoreError):
        from_words(" ".join([*words[:11], "hello"]))
    with pytest.raises(StoreError):
        from_words(" ".join(words[:11]))


def test_repair_saves_every_readable_record_and_names_what_is_gone(tmp_path: Path) -> None:
    """Damage in the middle costs the damaged lines only; the damaged journal is kept."""
    home = tmp_path / "home"
    with open_store(home, options=SMALL) as store:
        fill(store)
        operations = list(store.operations())
        device = store.device
    target = sorted((home / "journal").glob("*.seg"))[1]
    lines = target.read_bytes().split(b"\n")
    broken = lines[4].replace(b"o ", b"x ", 1) if b" o [" in lines[4] else lines[4][:-3] + b"???"
    target.write_bytes(b"\n".join([*lines[:4], broken, *lines[5:]]))
    report = verify_workspace(home)
    assert not report["ok"]
    assert {problem["code"] for problem in report["problems"]} <= {"STORE-006", "STORE-017"}
    repaired = repair_workspace(home)
    assert repaired["ok"]
    assert repaired["lost"]
    assert (home / str(repaired["damaged"])).is_dir()
    with open_store(home, options=SMALL) as store:
        kept = list(store.operations())
        missing = [item for item in operations if item not in kept]
        assert len(missing) <= 1
        assert [item for item in operations if item in kept] == kept
        assert repaired["gone"] == [{"device": device, "from": item.seq, "to": item.seq} for item in missing]
        assert store.device != device


def test_a_lost_definition_never_gives_a_wrong_name(tmp_path: Path) -> None:
    """Where the line that named a record is gone, later lines of the segment are listed, not misread."""
    home = tmp_path / "home"
    with open_store(home, options=Options(ballast_bytes=0)) as store:
        fill(store, 12)
        operations = list(store.operations())
    target = next((home / "journal").glob("*.seg"))
    lines = target.read_bytes().split(b"\n")
    target.write_bytes(b"\n".join([line for line in lines if b"=visit/v1" not in line]))
    repair_workspace(home)
    with open_store(home) as store:
        kept = list(store.operations())
    assert all(item in operations for item in kept)
    assert {item.record for item in kept} == {f"visit/v{n}" for n in (0, 2, 3, 4)}


def test_both_descriptions_lost_are_made_again(tmp_path: Path) -> None:
    """The head of a segment tells the workspace's id."""
    home = tmp_path / "home"
    with open_store(home, options=SMALL) as store:
        fill(store)
        held = content(store)
    (home / "workspace.json").write_bytes(b"\0" * 50)
    (home / "journal" / "workspace.copy.json").unlink()
    with pytest.raises(StoreError) as caught:
        open_store(home)
    assert caught.value.code == "STORE-005"
    assert repair_workspace(home)["ok"]
    with open_store(home, options=SMALL) as store:
        assert content(store) == held


@pytest.mark.parametrize("name", ["copy", "copy.fkbackup"])
def test_a_backup_made_while_running_comes_back_whole(tmp_path: Path, name: str) -> None:
    """A second backup into a folder copies only what is new."""
    home, target = tmp_path / "home", tmp_path / name
    with_blob(home, b"scan")
    with open_store(home, options=SMALL) as store:
        fill(store)
        first = store.backup(target)
        fill(store, 3)
        held = content(store)
        second = store.backup(target)
        device = store.device
    if target.is_dir():
        assert int(str(second["copied"])) < int(str(first["copied"])) // 2
    restore_workspace(target, tmp_path / "again")
    with open_store(tmp_path / "again", options=SMALL) as store:
        assert content(store) == held
        assert store.device != device
        assert (tmp_path / "again" / "blobs").is_dir()
    with pytest.raises(StoreError) as caught:
        restore_workspace(target, tmp_path / "again")
    assert caught.value.code == "STORE-016"


class MeanwhileDisk(Disk):
    """Does something once, before a segment is read as a whole."""

    meanwhile: Callable[[], None] | None = None

    def read(self, path: Path) -> bytes:
        """Read a file."""
        act, wanted = self.meanwhile, path.suffix == ".seg"
        if act is not None and wanted:
            self.meanwhile = None
            act()
        return super().read(path)


@pytest.mark.parametrize("name", ["copy", "copy.fkbackup"])
def test_a_backup_goes_on_beside_compaction(tmp_path: Path, name: str) -> None:
    """A segment that was listed a moment ago has made room for a smaller one."""
    disk = MeanwhileDisk()
    options = replace(SMALL, dead_lines=5)
    with open_store(tmp_path / "home", options=options, disk=disk) as store:
        for number in range(80):
            store.table("outbox").upsert({"key": 1, "text": str(number) * 60}, where("key") == 1)
        fill(store)
        held = content(store)
        names = {path.name for path in (tmp_path / "home" / "journal").glob("*.seg")}
        disk.meanwhile = store.maintain
        store.backup(tmp_path / name)
        assert names - {path.name for path in (tmp_path / "home" / "journal").glob("*.seg")}
    restore_workspace(tmp_path / name, tmp_path / "again")
    with open_store(tmp_path / "again", options=options) as store:
        assert content(store) == held


def test_a_damaged_backup_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    """Each file's hash is checked first."""
    home, target = tmp_path / "home", tmp_path / "copy"
    with open_store(home, options=SMALL) as store:
        fill(store)
        store.backup(target)
    victim = next(path for path in sorted((target / "files").iterdir()) if b"visit" in path.read_bytes())
    victim.write_bytes(victim.read_bytes().replace(b"visit", b"vosot", 1))
    with pytest.raises(StoreError) as caught:
        restore_workspace(target, tmp_path / "again")
    assert caught.value.code == "STORE-040"
    assert not (tmp_path / "again").exists()


def test_stock_tinydb_opens_the_export_and_it_comes_back(tmp_path: Path) -> None:
    """Nobody is locked in."""
    with open_store(tmp_path / "home", options=SMALL) as store:
        fill(store)
        store.export_tinydb(tmp_path / "all.json")
        held = content(store)
        rows = store.table("visit").all()
    with TinyDB(tmp_path / "all.json", encoding="utf-8") as stock:
        assert stock.table("visit").all() == rows
        assert len(stock.table("outbox")) == 15
    with open_store(tmp_path / "new", options=SMALL) as store:
        taken = store.import_tinydb(tmp_path / "all.json")
        assert taken["operations"] == 60
        assert content(store) == held
        with pytest.raises(StoreError):
            store.import_tinydb(Path(__file__))


def test_a_mirror_follows_the_journal(tmp_path: Path) -> None:
    """The copy on the stick opens as a workspace of its own."""
    with open_store(tmp_path / "home", options=SMALL) as store:
        mirror = Mirror(store.engine, tmp_path / "stick", threaded=False)
        fill(store, 20)
        assert mirror.catch_up()
        fill(store, 20)
        mirror.close()
        held = content(store)
        device = store.device
    with open_store(tmp_path / "stick", options=SMALL) as copy:
        assert content(copy) == held
        assert copy.device != device


@pytest.mark.parametrize("tail", [b"\0" * 300, b"half of an old wri", b""], ids=["zeros", "half", "short"])
def test_a_mirror_that_a_power_cut_left_is_made_right(tmp_path: Path, tail: bytes) -> None:
    """Bytes that never became durable there are not built upon: the copy is compared first, and made anew."""
    with open_store(tmp_path / "home", options=SMALL) as store:
        fill(store, 20)
        Mirror(store.engine, tmp_path / "stick", threaded=False).close()
        newest = max((tmp_path / "stick" / "journal").glob("*.seg"))
        data = newest.read_bytes()
        newest.write_bytes(data[:-40] + tail)
        fill(store, 20)
        Mirror(store.engine, tmp_path / "stick", threaded=False).close()
        held = content(store)
        for segment in store.engine.journal.segments:
            copied = tmp_path / "stick" / "journal" / segment.path.name
            assert copied.read_bytes() == segment.path.read_bytes()[: segment.size]
    with open_store(tmp_path / "stick", options=SMALL) as copy:
        assert content(copy) == held


def test_doctor_says_where_the_workspace_lies(tmp_path: Path) -> None:
    """A folder that a cloud program copies is warned about."""
    home = tmp_path / "OneDrive" / "home"
    open_store(home).close()
    report = doctor(home)
    assert report["ok"]
    assert [problem["code"] for problem in report["problems"]] == ["STORE-052"]
    assert not doctor(tmp_path / "nowhere")["ok"]


def test_verify_finds_missing_and_orphaned_attachments(tmp_path: Path) -> None:
    """A visit that names a file which is not here, and a file that no visit names."""
    home = tmp_path / "home"
    orphan = with_blob(home, b"nobody's")
    with open_store(home, options=SMALL) as store:
        value = {"sha256": "f" * 64, "bytes": 3, "code": "D"}
        store.append([Operation(store.device, 1, "1.0", "A01/x", "visit/v1", "evidence:e1", value)])
        report = store.verify()
    assert report["ok"]
    assert {problem["code"] for problem in report["problems"]} == {"STORE-041", "STORE-043"}
    assert orphan.name in str(report["problems"])


def test_idle_upkeep_finds_a_damaged_closed_segment(tmp_path: Path) -> None:
    """One closed segment is verified each time."""
    home = tmp_path / "home"
    with open_store(home, options=SMALL) as store:
        fill(store)
    target = min((home / "journal").glob("*.seg"))
    data = bytearray(target.read_bytes())
    data[300] ^= 1
    target.write_bytes(bytes(data))
    with open_store(home, options=Options(ballast_bytes=0)) as store:
        for _time in range(8):
            store.maintain()
        assert [problem["code"] for problem in store.problems] == ["STORE-017"]


def test_a_folder_without_locks_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As some network folders are."""
    fcntl = pytest.importorskip("fcntl", reason="Windows has locks of its own")

    def no_locks(_file: int, _operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    with pytest.raises(StoreError) as caught:
        open_store(tmp_path / "home")
    assert caught.value.code == "STORE-003"
