"""Real servers on loopback for the remote drop, and a cable that can be cut after so many bytes."""

from __future__ import annotations

import getpass
import importlib
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["SERVERS", "Cable", "address_through"]

PASSWORD = "drop-test"


def free_port() -> int:
    """Return a port of the loopback address that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Cable:
    """Passes bytes on to a server, and breaks for good after so many bytes of the client.

    Attributes:
        port: Port to connect to instead of the server's.
        limit: Bytes of the client after which it breaks, None for never.
        passed: Bytes of the client so far.
    """

    def __init__(self, port: int) -> None:
        self.limit: int | None = None
        self.passed = 0
        self._target = port
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def restore(self, limit: int | None = None) -> None:
        """Mend the cable, to be cut again after so many bytes."""
        self._cut()
        self.passed = 0
        self.limit = limit

    def close(self) -> None:
        """End it."""
        self._listener.close()
        self._cut()

    def _serve(self) -> None:
        while True:
            try:
                client, _peer = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                client.close()
                continue
            self._open += [client, server]
            threading.Thread(target=self._pump, args=(client, server, True), daemon=True).start()
            threading.Thread(target=self._pump, args=(server, client, False), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, is_client: bool) -> None:
        with suppress(OSError):
            while data := source.recv(16_384):
                if is_client:
                    room = len(data) if self.limit is None else max(0, self.limit - self.passed)
                    self.passed += len(data)
                    target.sendall(data[:room])
                    if room < len(data):
                        self._cut()
                        return
                else:
                    target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _cut(self) -> None:
        for end in self._open:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._open.clear()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _attempt in range(300):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise RuntimeError("the server does not answer")


@contextmanager
def _process(command: list[str], port: int, folder: Path) -> Iterator[int]:
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, start_new_session=True)
        try:
            _wait(port, process)
            yield port
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def sftp(folder: Path) -> Iterator[tuple[int, str]]:
    """Run OpenSSH; yields port and the rest of the address."""
    port, data = free_port(), folder / "data"
    data.mkdir()
    for name in ("host", "client"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    shutil.copy(folder / "client.pub", folder / "authorized")
    with suppress(OSError):
        Path("/run/sshd").mkdir(exist_ok=True)
    (folder / "sshd.conf").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nPidFile none\nStrictModes no\n"
        f"AuthorizedKeysFile {folder}/authorized\nPasswordAuthentication no\nPermitRootLogin yes\n"
        "Subsystem sftp internal-sftp\nUsePAM no\n",
        encoding="utf-8",
    )
    command = [str(shutil.which("sshd")), "-D", "-e", "-f", str(folder / "sshd.conf")]
    with _process(command, port, folder):
        yield port, f"sftp://{getpass.getuser()}@127.0.0.1:{{port}}{data}?key={folder}/client"


@contextmanager
def webdav(folder: Path) -> Iterator[tuple[int, str]]:
    """Run WsgiDAV; yields port and the rest of the address."""
    port, data = free_port(), folder / "data"
    data.mkdir()
    command = [
        sys.executable, "-W", "ignore", "-m", "wsgidav.server.server_cli", "--host", "127.0.0.1", "--port", str(port),
        "--root", str(data), "--auth", "anonymous", "--no-config", "-q",
    ]  # fmt: skip
    with _process(command, port, folder):
        yield port, "webdav+http://127.0.0.1:{port}"


@contextmanager
def smb(folder: Path) -> Iterator[tuple[int, str]]:
    """Run Samba; yields port and the rest of the address."""
    port, data = free_port(), folder / "data"
    data.mkdir()
    own = {name: folder / name.replace(" ", "-") for name in ("private", "lock", "state", "cache", "pid", "ncalrpc")}
    for path in own.values():
        path.mkdir()
    user = getpass.getuser()
    settings = "".join(f"{name} {'dir' if name == 'ncalrpc' else 'directory'} = {path}\n" for name, path in own.items())
    (folder / "smb.conf").write_text(
        f"[global]\nsmb ports = {port}\nbind interfaces only = yes\ninterfaces = 127.0.0.1/8\n{settings}"
        f"server role = standalone server\ndisable spoolss = yes\nload printers = no\nlog file = {folder}/smb.log\n"
        f"[drop]\npath = {data}\nread only = no\nvalid users = {user}\n",
        encoding="utf-8",
    )
    secret = f"{PASSWORD}\n{PASSWORD}\n".encode()
    add = ["smbpasswd", "-c", str(folder / "smb.conf"), "-a", "-s", user]
    subprocess.run(add, input=secret, check=True, capture_output=True)
    command = [str(shutil.which("smbd")), "-F", "--no-process-group", "-s", str(folder / "smb.conf")]
    with _process(command, port, folder):
        yield port, f"smb://{user}:{PASSWORD}@127.0.0.1:{{port}}/drop/office"


@contextmanager
def s3(folder: Path) -> Iterator[tuple[int, str]]:
    """Run SeaweedFS with its S3 door; yields port and the rest of the address."""
    ports = {name: free_port() for name in ("master", "volume", "filer", "s3")}
    (folder / "data").mkdir()
    login = {"accessKey": "drop", "secretKey": PASSWORD}
    rights = ["Admin", "Read", "List", "Write"]
    identities = {"identities": [{"name": "drop", "credentials": [login], "actions": rights}]}
    (folder / "s3.json").write_text(json.dumps(identities), encoding="utf-8")
    command = [
        str(shutil.which("weed")), "server", "-ip", "127.0.0.1", "-ip.bind", "127.0.0.1", "-dir", str(folder / "data"),
        "-filer", "-s3", "-s3.config", str(folder / "s3.json"), "-master.port", str(ports["master"]),
        "-volume.port", str(ports["volume"]), "-filer.port", str(ports["filer"]), "-s3.port", str(ports["s3"]),
        "-master.port.grpc", str(free_port()), "-volume.port.grpc", str(free_port()),
        "-filer.port.grpc", str(free_port()), "-s3.port.grpc", str(free_port()), "-volume.max", "5",
        "-master.volumeSizeLimitMB", "64",
    ]  # fmt: skip
    with _process(command, ports["s3"], folder):
        query = f"endpoint=http://127.0.0.1:{{port}}&key=drop&secret={PASSWORD}"
        _make_bucket(query.format(port=ports["s3"]))
        yield ports["s3"], f"s3://drop/office?{query}"


def _make_bucket(query: str) -> None:
    s3fs = importlib.import_module("s3fs")
    options = dict(part.partition("=")[::2] for part in query.split("&"))
    for attempt in range(60):
        try:
            files = s3fs.S3FileSystem(
                key=options["key"], secret=options["secret"], endpoint_url=options["endpoint"], skip_instance_cache=True
            )
            files.mkdir("drop")
        except OSError:
            if attempt == 59:
                raise
            time.sleep(0.5)
        else:
            return


SERVERS: dict[str, Callable[[Path], object]] = {"sftp": sftp, "webdav": webdav, "smb": smb, "s3": s3}
PROGRAMS = {"sftp": "sshd", "webdav": "wsgidav", "smb": "smbd", "s3": "weed"}
"""The program that each of them needs."""


def address_through(address: str, cable: Cable) -> str:
    """Return an address that goes through a cable."""
    return address.format(port=cable.port)


if os.name == "nt":  # pragma: no cover - these servers run on POSIX
    SERVERS.clear()
