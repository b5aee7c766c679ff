"""The key of an SFTP server: shown and kept at the first contact, and refused when it is another one later."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fieldkit.errors import SyncError
from fieldkit.io.remote import open_drop
from fieldkit.io.remotehosts import fingerprint, key_policy
from tests.e2e.commandline import Cli
from tests.servers import sftp

pytestmark = pytest.mark.filterwarnings("ignore")


class Kept:
    """Keeps fingerprints in memory."""

    def __init__(self) -> None:
        self.rows: dict[str, str] = {}

    def known(self, host: str) -> str:
        """Return what is kept."""
        return self.rows.get(host, "")

    def learned(self, host: str, found: str) -> None:
        """Keep it."""
        self.rows[host] = found


class Key:
    """A public key."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def asbytes(self) -> bytes:
        """Return its bytes."""
        return self.data


def judged(key: bytes, kept: Kept | None, **options: str) -> None:
    """Let the policy judge a key of one server."""
    pytest.importorskip("paramiko", reason="needs the extra drop")
    key_policy(options, kept).missing_host_key(None, "drop.example", Key(key))


def test_the_first_key_is_kept_and_another_one_refused() -> None:
    """The same key passes again; what the office told replaces what is kept, and only that."""
    kept = Kept()
    judged(b"one", kept)
    assert kept.rows == {"drop.example": fingerprint(b"one")}
    judged(b"one", kept)
    with pytest.raises(SyncError) as refused:
        judged(b"two", kept)
    assert refused.value.code == "SYNC-056"
    assert fingerprint(b"two") in str(refused.value.hint)
    with pytest.raises(SyncError):
        judged(b"three", kept, hostkey=fingerprint(b"two"))
    assert kept.rows == {"drop.example": fingerprint(b"one")}
    judged(b"two", kept, hostkey=fingerprint(b"two").replace("+", " "))
    judged(b"two", kept)
    assert kept.rows == {"drop.example": fingerprint(b"two")}


def test_a_told_key_is_checked_at_the_first_contact_too() -> None:
    """Nothing is kept of a server that is not the one that the office named."""
    kept = Kept()
    with pytest.raises(SyncError):
        judged(b"one", kept, hostkey=fingerprint(b"two"))
    assert kept.rows == {}


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """Run OpenSSH in a folder of its own and yield the address."""
    pytest.importorskip("fsspec", reason="needs the extra drop")
    if shutil.which("sshd") is None:
        if "FIELDKIT_ALL_PROGRAMS" in os.environ:
            pytest.fail("needs the program sshd")
        pytest.skip("needs the program sshd")
    folder.mkdir()
    with sftp(folder) as (port, address):
        yield address.format(port=port)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gc.collect()


@pytest.mark.slow
def test_a_real_server_is_shown_once_and_refused_with_another_key(tmp_path: Path) -> None:
    """OpenSSH, met by the command line; the fingerprint is the one that ssh-keygen prints."""
    cli = Cli(tmp_path / "home")
    cli("note", "add", "--text", "one")
    with running(tmp_path / "server") as address:
        cli("export", "--to", address)
        listed = subprocess.run(
            ["ssh-keygen", "-lf", str(tmp_path / "server" / "host.pub")], check=True, capture_output=True, text=True
        )
        assert f"Its key is {listed.stdout.split()[1]}:" in cli.errors
        known = (tmp_path / "server" / "host.pub").read_text(encoding="utf-8").split()
        lines = tmp_path / "known_hosts"
        port = address.split("127.0.0.1:")[1].split("/")[0]
        lines.write_text(f"[127.0.0.1]:{port} {known[0]} {known[1]}\n", encoding="utf-8")
        cli("note", "add", "--text", "two")
        cli("export", "--to", address)
        assert "First contact" not in cli.errors
        assert open_drop(f"{address}&known_hosts={lines}").bundles()
        lines.write_text(f"[127.0.0.1]:{port} {known[0]} {known[1][:-8]}AAAAAAAA\n", encoding="utf-8")
        with pytest.raises(SyncError) as refused:
            open_drop(f"{address}&known_hosts={lines}")
        assert refused.value.code == "SYNC-056"
        other = cli.error("export", "--to", f"{address}&hostkey=SHA256:{'A' * 43}")
        assert other["code"] == "SYNC-056"
        assert "not even a password" in other["message"]
