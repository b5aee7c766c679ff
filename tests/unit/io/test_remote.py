"""The protocol of the drop on a folder, with a place that fails at every single step."""

from __future__ import annotations

import hashlib
import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fieldkit.errors import SyncError
from fieldkit.io.remote import Drop, open_drop
from fieldkit.io.remoteplace import Place, is_remote, open_place, parse_address, worded

pytest.importorskip("fsspec", reason="needs the extra drop")

DEVICE = "a" * 16
DATA = b"bundle " * 1000
NAME = hashlib.sha256(DATA).hexdigest() + ".fkb"


class Flaky:
    """A place whose n-th call fails, and every later one too."""

    def __init__(self, place: Place, fails_at: int) -> None:
        self._place = place
        self._left = fails_at
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._place, name)
        if not callable(member):
            return member

        def call(*arguments: Any) -> Any:
            self.calls += 1
            if self.calls >= self._left:
                if name == "write":
                    self._place.write(arguments[0], arguments[1][: len(arguments[1]) // 2], lambda _done: None)
                raise SyncError("SYNC-050", "broken", hint="again")
            return member(*arguments)

        return call


def test_a_failure_at_every_step_leaves_nothing_half(tmp_path: Path) -> None:
    step = 1
    while True:
        root = tmp_path / str(step)
        root.mkdir()
        place = open_place(f"file://{root}")
        flaky = Flaky(place, step)
        healthy = Drop(place)
        try:
            Drop(flaky).send(DEVICE, NAME, DATA)  # type: ignore[arg-type]  # stands in for a place
            finished = True
        except SyncError:
            finished = False
        assert all(healthy.fetch(item) == DATA for item in healthy.bundles())
        healthy.send(DEVICE, NAME, DATA)
        assert [healthy.fetch(item) for item in healthy.bundles()] == [DATA]
        if finished:
            break
        step += 1
    assert step > 5


def test_a_damaged_file_under_a_hash_is_not_believed_and_not_overwritten(tmp_path: Path) -> None:
    drop = open_drop(f"file://{tmp_path}")
    folder = tmp_path / "inbox" / DEVICE
    folder.mkdir(parents=True)
    (folder / NAME).write_bytes(DATA[:50])
    (folder / ".part-x").write_bytes(b"half")
    (folder / "notes.fkb").write_bytes(b"no hash")
    (tmp_path / "inbox" / "no device").mkdir()
    with pytest.raises(SyncError) as caught:
        drop.fetch(drop.bundles()[0])
    assert caught.value.code == "SYNC-004"
    with pytest.raises(SyncError) as caught:
        drop.send(DEVICE, NAME, DATA)
    assert caught.value.code == "SYNC-054"
    assert len(drop.bundles()) == 1
    (folder / NAME).write_bytes(bytes(5 << 20))
    with pytest.raises(SyncError) as caught:
        drop.fetch(drop.bundles()[0])
    assert caught.value.code == "SYNC-002"


def test_addresses_are_understood_and_passwords_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    address = parse_address("sftp://insp:p%40ss@office.example:2222/drop/?key=/k")
    assert (address.host, address.port, address.user, address.password) == ("office.example", 2222, "insp", "p@ss")
    assert (address.path, address.options) == ("/drop", {"key": "/k"})
    assert address.shown == "sftp://insp@office.example:2222/drop"
    monkeypatch.setenv("FIELDKIT_DROP_PASSWORD", "secret")
    assert parse_address("smb://insp@host/share").password == "secret"
    assert is_remote("s3://bucket/x")
    assert not is_remote("/media/stick")
    assert not is_remote("C:\\stick")
    for text in ("ftp://host/x", "sftp://", "nothing", "sftp://host:port/x"):
        with pytest.raises(SyncError) as caught:
            parse_address(text)
        assert caught.value.code == "SYNC-055"
    with pytest.raises(SyncError) as caught:
        parse_address("ftp://user:secret@host/x")
    assert "secret" not in caught.value.message


def full() -> OSError:
    return OSError(28, "No space left on device")


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (full, "SYNC-054"),
        (lambda: PermissionError(13, "Permission denied"), "SYNC-051"),
        (lambda: FileNotFoundError(2, "gone"), "SYNC-054"),
        (lambda: ConnectionResetError(104, "reset"), "SYNC-050"),
        (lambda: ValueError("LogonFailure"), "SYNC-051"),
    ],
)
def test_each_failure_has_its_words(make: Callable[[], BaseException], code: str) -> None:
    error = worded(make(), "sftp://host/x")
    assert error.code == code
    assert "sftp://host/x" in error.message
    assert error.hint


def test_without_the_extra_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec.implementations.sftp", None)
    with pytest.raises(SyncError) as caught:
        open_drop("sftp://host/x")
    assert caught.value.code == "SYNC-052"
    assert "drop" in caught.value.hint
    monkeypatch.undo()
    assert importlib.import_module("fsspec")
