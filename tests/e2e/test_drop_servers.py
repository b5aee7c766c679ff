"""The remote drop on real servers, with a cable that is cut: nothing half, nothing lost, nothing twice."""

from __future__ import annotations

import gc
import hashlib
import os
import random
import shutil
import time
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import cast

import pytest

from fieldkit.errors import SyncError
from fieldkit.io.remote import Drop, open_drop
from tests.servers import PROGRAMS, SERVERS, Cable, address_through

DEVICE = "a" * 16
CUTS = 20

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module", params=["sftp", "webdav", "smb", "s3"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, str]]:
    """Run one server; skipped with the name of the program or driver that is missing."""
    pytest.importorskip("fsspec", reason="needs the extra drop")
    program = PROGRAMS[request.param]
    if shutil.which(program) is None:
        if "FIELDKIT_ALL_PROGRAMS" in os.environ:
            pytest.fail(f"needs the program {program}")
        pytest.skip(f"needs the program {program}")
    folder = tmp_path_factory.mktemp(str(request.param))
    running = cast("AbstractContextManager[tuple[int, str]]", SERVERS[request.param](folder))
    with running as answer:
        yield answer


@pytest.fixture(autouse=True)
def sweep() -> Iterator[None]:
    """Let go of what the drivers left open on cut connections; they warn when it is collected."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gc.collect()


def bundle(number: int, size: int = 300_000) -> tuple[str, bytes]:
    data = random.Random(number).randbytes(size)
    return hashlib.sha256(data).hexdigest() + ".fkb", data


def accepted(drop: Drop) -> dict[str, bytes]:
    """Return what a reader believes."""
    found, refusals = {}, list[str]()
    for item in drop.bundles():
        try:
            found[item.name] = drop.fetch(item)
        except SyncError as error:
            refusals.append(error.code)
    assert set(refusals) <= {"SYNC-004"}, "only what fails its hash is passed over"
    return found


def test_bundles_receipts_and_evidence_go_and_come(server: tuple[int, str]) -> None:
    port, address = server
    device = "b" * 16
    drop = open_drop(address.format(port=port))
    name, data = bundle(1000, 3_000_000)
    heard: list[tuple[str, int, int]] = []
    assert drop.send(device, name, data, lambda *seen: not heard.append(seen))  # type: ignore[func-returns-value]
    assert heard[-1] == (name, len(data), len(data))
    assert not drop.send(device, name, data), "what is there is not sent again"
    assert {item.name for item in drop.bundles() if item.device == device} == {name}
    assert accepted(drop)[name] == data
    evidence = hashlib.sha256(b"photo").hexdigest() + ".fke"
    assert drop.send(device, evidence, b"sealed photo")
    assert not drop.send(device, evidence, b"sealed again")
    assert [item.name for item in drop.evidence()] == [evidence]
    assert drop.receipts(device) == []
    drop.send_receipt(device, "0" * 64 + ".fkr", b"receipt")
    assert [drop.fetch_receipt(item) for item in drop.receipts(device)] == [b"receipt"]


def test_a_cable_cut_at_twenty_points_leaves_nothing_half_lost_or_twice(server: tuple[int, str]) -> None:
    port, address = server
    cable = Cable(port)
    chance = random.Random(port)
    broken: list[SyncError] = []
    sent = dict(bundle(number) for number in range(CUTS))
    try:
        for name, data in sent.items():
            cable.restore(chance.randrange(200, 330_000))
            try:
                open_drop(address_through(address, cable)).send(DEVICE, name, data)
            except SyncError as error:
                broken.append(error)
            cable.restore(None)
            direct = open_drop(address.format(port=port))
            assert all(sent.get(name, other) == other for name, other in accepted(direct).items())
            open_drop(address_through(address, cable)).send(DEVICE, name, data)
    finally:
        cable.close()
    assert len(broken) >= CUTS // 2, "the cable was cut"
    assert {error.code for error in broken} <= {"SYNC-050", "SYNC-051", "SYNC-054"}
    assert all(error.hint for error in broken)
    drop = open_drop(address.format(port=port))
    items = [item for item in drop.bundles() if item.device == DEVICE]
    assert sorted(item.name for item in items) == sorted(sent)
    assert {name: data for name, data in accepted(drop).items() if name in sent} == sent
    drop.clean(time.time() + 48 * 3600)


def test_a_cancelled_upload_leaves_no_name_behind(server: tuple[int, str]) -> None:
    port, address = server
    if address.startswith("s3:"):
        pytest.skip("one PUT cannot be cancelled half-way")
    drop = open_drop(address.format(port=port))
    name, data = bundle(2000, 1_000_000)
    with pytest.raises(SyncError) as caught:
        drop.send("c" * 16, name, data, lambda _name, done, _size: done < 500_000)
    assert caught.value.code == "SYNC-053"
    assert name not in accepted(drop)
    assert drop.send("c" * 16, name, data)


def test_a_server_that_is_gone_and_a_wrong_login_are_said_in_words(server: tuple[int, str]) -> None:
    port, address = server
    with pytest.raises(SyncError) as caught:
        open_drop(address.format(port=1)).bundles()
    assert caught.value.code == "SYNC-050"
    if address.startswith(("smb:", "s3:")):
        with pytest.raises(SyncError) as caught:
            open_drop(address.format(port=port).replace("drop-test", "wrong")).bundles()
        assert caught.value.code == "SYNC-051"
        assert "wrong" not in caught.value.message


def test_the_office_clears_what_is_old(server: tuple[int, str], tmp_path: Path) -> None:
    port, address = server
    if address.startswith("s3:"):
        pytest.skip("nothing partial ever lies there")
    drop = open_drop(address.format(port=port))
    partial = f"inbox/{DEVICE}/.part-{'0' * 64}-abcd"
    drop._place.write(partial, b"half", lambda _done: None)
    assert drop.clean(time.time() + 3600) == 0
    assert drop.clean(time.time() + 48 * 3600) >= 1, "a cut upload of another test may lie there too"
    assert drop.clean(time.time() + 48 * 3600) == 0
    assert tmp_path.exists()
