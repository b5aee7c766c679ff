"""Evidence files by their hash: whole or not at all, checked when read."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest

from fieldkit.errors import EvidenceError, FieldkitError, StoreError
from fieldkit.io.blobs import BlobStore

DATA = b"minutes of the meeting" * 100
HASH = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "home", max_bytes=100_000)


def parts(store: BlobStore) -> list[Path]:
    return list(store.path(HASH).parents[1].glob(".*.part"))


def code_of(caught: pytest.ExceptionInfo[FieldkitError]) -> str:
    return caught.value.code


def test_bytes_and_files_have_the_same_hash(store: BlobStore, tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(DATA)
    assert store.put(DATA) == store.put(file) == HASH
    assert store.exists(HASH)
    assert store.read(HASH) == DATA
    assert store.size(HASH) == len(DATA)
    assert list(store.hashes()) == [HASH]
    with store.open(HASH) as opened:
        assert opened.read() == DATA
    store.verify(HASH)
    assert parts(store) == []


def test_nothing_is_made_before_the_first_file(tmp_path: Path) -> None:
    store = BlobStore(tmp_path / "home")
    assert list(store.hashes()) == []
    assert not store.exists(HASH)
    assert not (tmp_path / "home").exists()


def test_a_file_that_vanished(store: BlobStore, tmp_path: Path) -> None:
    with pytest.raises(EvidenceError) as caught:
        store.put(tmp_path / "gone.txt")
    assert code_of(caught) == "BLOB-001"


def test_a_folder_is_no_file(store: BlobStore, tmp_path: Path) -> None:
    with pytest.raises(EvidenceError) as caught:
        store.put(tmp_path)
    assert code_of(caught) == "BLOB-003"


def test_a_file_that_is_too_large(store: BlobStore, tmp_path: Path) -> None:
    file = tmp_path / "large"
    file.write_bytes(bytes(100_001))
    for source in (file, bytes(100_001)):
        with pytest.raises(EvidenceError) as caught:
            store.put(source)
        assert code_of(caught) == "BLOB-002"
    assert list(store.hashes()) == []


def test_a_file_that_grows_while_it_is_read(store: BlobStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "growing"
    file.write_bytes(bytes(100_001))
    monkeypatch.setattr(os, "fstat", lambda handle: os.stat_result((0,) * 10))
    with pytest.raises(EvidenceError) as caught:
        store.put(file)
    assert code_of(caught) == "BLOB-002"
    assert parts(store) == []


def test_a_full_disk_leaves_nothing(store: BlobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError) as caught:
        store.put(DATA)
    assert code_of(caught) == "BLOB-004"
    assert not store.exists(HASH)
    assert parts(store) == []


def test_it_is_durable_before_it_has_its_name(store: BlobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []
    real = os.fsync

    def watched(handle: int) -> None:
        seen.append(store.exists(HASH))
        real(handle)

    monkeypatch.setattr(os, "fsync", watched)
    store.put(DATA)
    assert seen[0] is False
    assert seen[-1] is True


def test_an_altered_file_is_noticed_and_replaced(store: BlobStore) -> None:
    store.put(DATA)
    store.path(HASH).write_bytes(b"x" * len(DATA))
    for read in (store.read, store.verify):
        with pytest.raises(EvidenceError) as caught:
            read(HASH)
        assert code_of(caught) == "BLOB-006"
    store.put(DATA)
    assert store.read(HASH) == DATA


def test_what_is_not_here(store: BlobStore) -> None:
    for read in (store.read, store.open, store.size, store.verify):
        with pytest.raises(EvidenceError) as caught:
            read(HASH)
        assert code_of(caught) == "BLOB-005"
    assert store.remove(HASH) is False


def test_removing(store: BlobStore) -> None:
    store.put(DATA)
    assert store.remove(HASH) is True
    assert not store.exists(HASH)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63])
def test_only_hashes_are_paths(store: BlobStore, name: str) -> None:
    with pytest.raises(EvidenceError) as caught:
        store.path(name)
    assert code_of(caught) == "BLOB-007"
