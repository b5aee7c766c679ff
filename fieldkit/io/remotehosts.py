"""Keys of SFTP servers: taken and shown at the first contact, the same ever after."""

from __future__ import annotations

import base64
import hashlib
import importlib
from typing import Any, Protocol

from fieldkit.errors import SyncError
from fieldkit.i18n import _

__all__ = ["HostKeys", "fingerprint", "key_policy"]


class HostKeys(Protocol):
    """Keeps the fingerprint of each server."""

    def known(self, host: str) -> str:
        """Return the fingerprint that is kept for a server, empty before the first contact."""
        ...

    def learned(self, host: str, fingerprint: str) -> None:
        """Keep the fingerprint of a server that was met for the first time, and show it."""
        ...


def fingerprint(key: bytes) -> str:
    """Return the fingerprint of a server's public key as OpenSSH prints it, ``SHA256:…``."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode("ascii").rstrip("=")


def key_policy(options: dict[str, str], hosts: HostKeys | None) -> Any:
    """Return what judges a server's key.

    Args:
        options: Options of the address: ``hostkey`` (the fingerprint that the office told; it replaces the one that
            is kept) or ``known_hosts`` (a file of OpenSSH that alone decides).
        hosts: Keeps the fingerprints; None accepts every key.
    """
    paramiko = importlib.import_module("paramiko")

    def judge(_self: object, _client: object, host: str, key: Any) -> None:
        if "known_hosts" in options:
            _check_file(paramiko, options["known_hosts"], host, key)
        else:
            _check(host, fingerprint(key.asbytes()), options.get("hostkey", "").replace(" ", "+"), hosts)

    return type("KnownServers", (paramiko.MissingHostKeyPolicy,), {"missing_host_key": judge})()


def _check(host: str, found: str, told: str, hosts: HostKeys | None) -> None:
    known = "" if hosts is None else hosts.known(host)
    expected = told or known
    if expected and found != expected:
        raise _changed(host, found, expected)
    if hosts is not None and found != known:
        hosts.learned(host, found)


def _check_file(paramiko: Any, path: str, host: str, key: Any) -> None:
    try:
        entries = paramiko.HostKeys(path)
    except OSError as error:
        raise SyncError(
            "SYNC-056",
            _("The file of known servers cannot be read: {file}").format(file=path),
            hint=_("Look at the option known_hosts of the address."),
            where={"file": path},
        ) from error
    if not entries.check(host, key):
        raise _changed(host, fingerprint(key.asbytes()), path)


def _changed(host: str, found: str, expected: str) -> SyncError:
    return SyncError(
        "SYNC-056",
        _("{host} shows another key than the one that is known: nothing was sent, not even a password").format(
            host=host
        ),
        hint=_(
            "Ask the office. If the server was set up again, add the new key to the address once: ?hostkey={found}"
        ).format(found=found),
        where={"host": host, "found": found, "expected": expected},
    )
