"""The adapters fulfil the ports: checked by the type checker here, and by their names at run time."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fieldkit.io.blobs import BlobStore as DiskBlobs
from fieldkit.io.bundlefile import DiskBundles
from fieldkit.io.photos import clean_file
from fieldkit.io.pinyin import pinyin_keys
from fieldkit.io.subjects import read_subjects
from fieldkit.io.xlsform import convert
from fieldkit.ports.blobs import BlobStore, PhotoCleaner
from fieldkit.ports.bundles import BundleFiles
from fieldkit.ports.clock import Clock, IdSource
from fieldkit.ports.forms import FormConverter
from fieldkit.ports.register import Pinyin, SubjectFiles
from fieldkit.ports.store import OperationStore
from fieldkit.services.clockwork import FixedClock, RandomIds, SeededIds, SystemClock
from fieldkit.services.sealed_blobs import SealedBlobs
from fieldkit.store import Store

if TYPE_CHECKING:

    def promised(store: Store, fixed: FixedClock, disk: DiskBlobs, sealed: SealedBlobs) -> None:
        """Say to the type checker which adapter fulfils which port."""
        _store: OperationStore = store
        _clocks: tuple[Clock, ...] = (fixed, SystemClock())
        _ids: tuple[IdSource, ...] = (RandomIds(), SeededIds(1))
        _blobs: tuple[BlobStore, ...] = (disk, sealed)
        _bundles: BundleFiles = DiskBundles()
        _cleaner: PhotoCleaner = clean_file
        _converter: FormConverter = convert
        _files: SubjectFiles = read_subjects
        _pinyin: Pinyin = pinyin_keys


PAIRS = [
    (OperationStore, Store),
    (Clock, SystemClock),
    (Clock, FixedClock),
    (IdSource, RandomIds),
    (IdSource, SeededIds),
    (BlobStore, DiskBlobs),
    (BlobStore, SealedBlobs),
    (BundleFiles, DiskBundles),
]


@pytest.mark.parametrize(("port", "adapter"), PAIRS, ids=lambda entry: entry.__name__)
def test_every_method_of_a_port_is_there_with_its_arguments(port: type[Any], adapter: type[Any]) -> None:
    """Names of methods and of required arguments agree."""
    for name, method in inspect.getmembers(port, inspect.isfunction):
        if name.startswith("_"):
            continue
        given = inspect.signature(getattr(adapter, name))
        for argument in inspect.signature(method).parameters:
            assert argument in given.parameters, (adapter.__name__, name, argument)


def test_the_same_seed_gives_the_same_ids_and_chance_gives_others() -> None:
    """What can be repeated is repeated exactly."""
    assert [SeededIds(7).record() for _turn in range(2)] == [SeededIds(7).record()] * 2
    assert SeededIds(7).row() != SeededIds(8).row()
    assert RandomIds().record() != RandomIds().record()


@pytest.mark.parametrize("sealed", [False, True])
def test_blobs_give_back_what_was_put(tmp_path: Path, *, sealed: bool) -> None:
    """One suite for plain and sealed files."""
    plain = DiskBlobs(tmp_path)
    store: BlobStore = plain
    if sealed:
        store = SealedBlobs(
            plain,
            tmp_path / "scratch",
            lambda _name, data: data[::-1],
            lambda _name, data: data[::-1],
            DiskBundles().place,
        )
    source = tmp_path / "source"
    source.write_bytes(b"minutes")
    sha256 = store.put(b"minutes")
    assert store.put(source) == sha256
    assert store.exists(sha256)
    assert not store.exists("0" * 64)
    with store.open(sha256) as stream:
        assert stream.read() == b"minutes"
    assert store.path(sha256).read_bytes() == b"minutes"
    assert (plain.path(sha256).read_bytes() == b"minutes") is not sealed
