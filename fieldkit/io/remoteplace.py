"""Places for a remote drop: one small interface over folder, SFTP, WebDAV, SMB and S3 (extra ``drop``, fsspec)."""

from __future__ import annotations

import errno
import importlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from fieldkit.errors import SyncError
from fieldkit.i18n import _
from fieldkit.io.remotehosts import HostKeys, key_policy

__all__ = ["SCHEMES", "Address", "Place", "is_remote", "open_place", "parse_address"]

SCHEMES = ("file", "sftp", "webdav", "webdav+http", "smb", "s3")
"""Beginnings of addresses that are understood."""
PASSWORD_VARIABLE = "FIELDKIT_DROP_PASSWORD"  # noqa: S105 - the name of a variable
"""Environment variable with the password, so that it does not stand in the address."""

_CHUNK = 256 << 10
_TIMEOUT = 30


@dataclass(frozen=True, slots=True)
class Address:
    """Where a drop is.

    Attributes:
        scheme: One of ``SCHEMES``.
        host: Host, or bucket for S3.
        port: Port, None for the usual one.
        path: Folder on it, without a slash at the end.
        user: Who logs in, or empty.
        password: Password, or empty.
        options: Further options of the address: ``key``, ``hostkey``, ``known_hosts`` (SFTP), ``endpoint``, ``region``,
            ``key``, ``secret`` (S3).
    """

    scheme: str
    host: str
    port: int | None
    path: str
    user: str
    password: str
    options: dict[str, str]

    @property
    def shown(self) -> str:
        """Return the address as it may be shown: without password and options."""
        user = f"{self.user}@" if self.user else ""
        port = f":{self.port}" if self.port else ""
        return f"{self.scheme}://{user}{self.host}{port}{self.path}"


def is_remote(text: str) -> bool:
    """Tell whether a text is an address and no path of this machine."""
    return text.partition("://")[0].lower() in SCHEMES and "://" in text


def parse_address(text: str) -> Address:
    """Return the parts of an address such as ``sftp://user@host:22/folder``.

    Raises:
        SyncError: SYNC-055, it is none that is understood.
    """
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise _unknown_address(text) from error
    if parts.scheme not in SCHEMES or (not parts.hostname and parts.scheme != "file"):
        raise _unknown_address(text)
    options = {name: values[0] for name, values in parse_qs(parts.query).items()}
    password = unquote(parts.password or "") or os.environ.get(PASSWORD_VARIABLE, "")
    host = parts.hostname or ""
    return Address(
        parts.scheme, host, port, unquote(parts.path).rstrip("/"), unquote(parts.username or ""), password, options
    )


class Place:
    """A folder on a server, with the few things that a drop does."""

    def __init__(self, address: Address, files: Any, root: str) -> None:
        """Wrap an fsspec file system.

        Args:
            address: For messages.
            files: The file system.
            root: Folder of the drop on it.
        """
        self.address = address
        self.shown = address.shown
        self.renames = address.scheme != "s3"
        """False where one write appears whole or not at all, and renaming would copy."""
        self._files = files
        self._root = root

    def names(self, folder: str) -> dict[str, int]:
        """Return names and sizes of the files in a folder, nothing where there is no such folder."""
        return {_last(entry): int(entry["size"] or 0) for entry in self._entries(folder) if entry["type"] == "file"}

    def folders(self, folder: str) -> list[str]:
        """Return the names of the folders in a folder, nothing where there is no such folder."""
        return sorted(_last(entry) for entry in self._entries(folder) if entry["type"] == "directory")

    def _entries(self, folder: str) -> list[dict[str, Any]]:
        with self._worded():
            try:
                self._files.invalidate_cache()
                return list(self._files.ls(self._full(folder), detail=True))
            except OSError as error:
                if _is_missing(error):
                    return []
                raise

    def size(self, name: str) -> int | None:
        """Return the size of a file, None where it is not there."""
        folder, _slash, last = name.rpartition("/")
        return self.names(folder).get(last)

    def read(self, name: str, limit: int) -> bytes:
        """Return a file, at most ``limit`` bytes and one more."""
        with self._worded(), self._files.open(self._full(name), "rb") as stream:
            data: bytes = stream.read(limit + 1)
            return data

    def write(self, name: str, data: bytes, progress: Callable[[int], None]) -> None:
        """Write a file and tell the progress in bytes; a folder that is missing is made."""
        with self._worded():
            if not self.renames:
                self._files.pipe_file(self._full(name), data)
                progress(len(data))
                return
            self._files.makedirs(self._full(name.rpartition("/")[0]), exist_ok=True)
            with self._files.open(self._full(name), "wb") as stream:
                for start in range(0, len(data), _CHUNK):
                    stream.write(data[start : start + _CHUNK])
                    progress(min(len(data), start + _CHUNK))

    def rename(self, name: str, target: str) -> None:
        """Give a file another name in one step, which must be free."""
        with self._worded():
            if self.address.scheme.startswith("webdav"):
                # The generic move copies and deletes, which shows half a file under its final name.
                self._files.client.move(self._full(name), self._full(target), overwrite=False)
            else:
                self._files.mv(self._full(name), self._full(target))

    def remove(self, name: str) -> None:
        """Remove a file; one that is not there is no fault."""
        with self._worded():
            try:
                self._files.rm_file(self._full(name))
            except OSError as error:
                if not _is_missing(error):
                    raise

    def age(self, name: str) -> float | None:
        """Return when a file was changed, seconds since 1970, None where the server does not tell."""
        with self._worded():
            try:
                changed = self._files.modified(self._full(name))
            except (NotImplementedError, FileNotFoundError, TypeError):
                return None
            return float(changed.timestamp()) if changed is not None else None

    def _full(self, name: str) -> str:
        return f"{self._root}/{name}" if self._root else name

    @contextmanager
    def _worded(self) -> Iterator[None]:
        try:
            yield
        except SyncError:
            raise
        except _failures() as error:
            raise worded(error, self.shown) from error


def open_place(text: str, hosts: HostKeys | None = None) -> Place:
    """Return the place of an address, connected.

    Args:
        text: The address.
        hosts: Keeps the keys of SFTP servers; None accepts every key.

    Raises:
        SyncError: SYNC-052 the extra ``drop`` is missing, SYNC-050 the server cannot be reached,
            SYNC-051 it refuses the login, SYNC-055 the address is not understood, SYNC-056 its key changed.
    """
    address = parse_address(text)
    makers: dict[str, Callable[[Address], tuple[Any, str]]] = {
        "file": _folder,
        "sftp": lambda address: _sftp(address, hosts),
        "webdav": _webdav,
        "webdav+http": _webdav,
        "smb": _smb,
        "s3": _s3,
    }
    try:
        files, root = makers[address.scheme](address)
    except ImportError as error:
        raise SyncError(
            "SYNC-052",
            _("The drop {place} needs {module}, which is not installed").format(
                place=address.shown, module=error.name or "fsspec"
            ),
            hint=_("Install the extra: pip install 'fieldkit[drop]', or use a stick."),
        ) from error
    except _failures() as error:
        raise worded(error, address.shown) from error
    return Place(address, files, root)


def _is_missing(error: OSError) -> bool:
    return isinstance(error, FileNotFoundError) or error.errno == errno.ENOENT


def _last(entry: dict[str, Any]) -> str:
    return str(entry["name"]).rstrip("/").rpartition("/")[2]


def worded(error: BaseException, place: str) -> SyncError:
    """Return a failure of a server in words, with the next step."""
    text = f"{type(error).__name__} {error}"
    lowered = text.lower()
    if (isinstance(error, OSError) and error.errno == errno.ENOSPC) or "507" in text or "disk_full" in lowered:
        code, message, hint = "SYNC-054", _("{place} is full"), _("Ask the office to make room, or use a stick.")
    elif isinstance(error, PermissionError) or any(sign in lowered for sign in _LOGIN_SIGNS):
        code, message = "SYNC-051", _("{place} refuses the login or the folder")
        hint = _("Look at user, password and rights. Nothing was changed there.")
    elif isinstance(error, OSError) and _is_missing(error):
        code, message = "SYNC-054", _("{place}: the folder or file is not there")
        hint = _("Look at the path of the address.")
    else:
        code, message = "SYNC-050", _("{place} cannot be reached, or the connection broke off")
        hint = _("Try again later: what arrived whole stays, nothing is sent twice.")
    return SyncError(code, message.format(place=place), hint=hint, where={"place": place, "cause": text[:300]})


_LOGIN_SIGNS = (
    "authentication", "logonfailure", "logon_failure", "access_denied", "accessdenied", "access denied",
    "401", "403", "invalidaccesskey", "signaturedoesnotmatch", "permission denied",
)  # fmt: skip


def _failures() -> tuple[type[BaseException], ...]:
    """Return what the drivers that are loaded raise beside ``OSError``."""
    found: list[type[BaseException]] = [OSError, EOFError, ValueError, TimeoutError]
    for module, names in _DRIVER_ERRORS.items():
        try:
            loaded = importlib.import_module(module)
        except ImportError:
            continue
        found += [getattr(loaded, name) for name in names if hasattr(loaded, name)]
    return tuple(found)


_DRIVER_ERRORS = {
    "paramiko.ssh_exception": ("SSHException", "NoValidConnectionsError"),
    "webdav4.client": ("ClientError", "HTTPError"),
    "httpx": ("HTTPError", "InvalidURL", "StreamError"),
    "smbprotocol.exceptions": ("SMBException", "SMBOSError"),
    "botocore.exceptions": ("BotoCoreError", "ClientError"),
    "aiohttp": ("ClientError",),
}


def _implementation(module: str, name: str) -> Any:
    return getattr(importlib.import_module(module), name)


def _folder(address: Address) -> tuple[Any, str]:
    files = _implementation("fsspec.implementations.local", "LocalFileSystem")
    return files(skip_instance_cache=True), address.path


def _sftp(address: Address, hosts: HostKeys | None) -> tuple[Any, str]:
    files = _implementation("fsspec.implementations.sftp", "SFTPFileSystem")
    login: dict[str, Any] = {"port": address.port or 22, "timeout": _TIMEOUT, "banner_timeout": _TIMEOUT}
    login |= {"username": address.user or None, "password": address.password or None}
    if "key" in address.options:
        login |= {"key_filename": address.options["key"], "look_for_keys": False, "allow_agent": False}
    login["host_key_policy"] = key_policy(address.options, hosts)
    return files(address.host, skip_instance_cache=True, **login), address.path


def _webdav(address: Address) -> tuple[Any, str]:
    files = _implementation("webdav4.fsspec", "WebdavFileSystem")
    scheme = "http" if address.scheme == "webdav+http" else "https"
    port = f":{address.port}" if address.port else ""
    auth = (address.user, address.password) if address.user else None
    base = f"{scheme}://{address.host}{port}{address.path}"
    return files(base, auth=auth, timeout=_TIMEOUT, skip_instance_cache=True), ""


def _smb(address: Address) -> tuple[Any, str]:
    files = _implementation("fsspec.implementations.smb", "SMBFileSystem")
    # The driver keeps connections for the whole process, broken ones too.
    importlib.import_module("smbclient").reset_connection_cache(fail_on_error=False)
    made = files(
        address.host,
        port=address.port,
        username=address.user or None,
        password=address.password or None,
        timeout=_TIMEOUT,
        register_session_retries=0,
        skip_instance_cache=True,
    )
    return made, address.path


def _s3(address: Address) -> tuple[Any, str]:
    files = _implementation("s3fs", "S3FileSystem")
    options = address.options
    client: dict[str, Any] = {}
    if "region" in options:
        client["region_name"] = options["region"]
    made = files(
        key=options.get("key") or address.user or None,
        secret=options.get("secret") or address.password or None,
        endpoint_url=options.get("endpoint"),
        client_kwargs=client,
        config_kwargs={"connect_timeout": _TIMEOUT, "read_timeout": _TIMEOUT, "retries": {"max_attempts": 1}},
        skip_instance_cache=True,
    )
    return made, address.host + address.path


def _unknown_address(text: str) -> SyncError:
    return SyncError(
        "SYNC-055",
        _("This is no address of a drop: {text}").format(text=text.rpartition("@")[2][:200]),
        hint=_("Write it as sftp://user@host/folder, webdav://, smb://host/share/folder or s3://bucket/folder."),
    )
