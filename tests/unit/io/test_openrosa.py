"""OpenRosa submissions against a server on loopback that makes the protocol's checks."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from fieldkit.errors import SyncError
from fieldkit.io.openrosa import Server, write_submission
from fieldkit.sync.openrosa import (
    Attachment,
    Login,
    Submission,
    attachments_named,
    check_head,
    digest_answer,
    redirect_target,
    split,
    submission_id,
)

LIMIT = 50_000


class Central(BaseHTTPRequestHandler):
    """Keeps what it is given as ODK Central does: byte for byte, attachments later, 409 for other bytes."""

    protocol_version = "HTTP/1.1"
    mode = ""
    records: dict[str, bytes] = {}  # noqa: RUF012 - one server for each test
    files: dict[str, dict[str, bytes]] = {}  # noqa: RUF012
    complete: set[str] = set()  # noqa: RUF012
    seen: list[str] = []  # noqa: RUF012

    def log_message(self, *_arguments: object) -> None:
        """Stay silent."""

    def do_HEAD(self) -> None:
        """Answer the first question."""
        self.seen.append("HEAD " + self.path)
        if self.mode == "portal":
            self._answer(200, "<html>log in</html>", openrosa=False)
        elif self.mode == "moved" and not self.path.startswith("/new"):
            host = self.headers["Host"]
            self._answer(302, "", {"Location": f"http://{host}/new/submission"})
        elif self._is_welcome():
            self._answer(204, "", {"X-OpenRosa-Accept-Content-Length": str(LIMIT)})

    def do_POST(self) -> None:
        """Take a record."""
        self.seen.append("POST " + self.path)
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        if not self._is_welcome():
            return
        if self.mode == "proxy":
            self._answer(200, "ok")
            return
        if self.mode == "unknown form":
            self._answer(404, "<OpenRosaResponse><message>no such form version</message></OpenRosaResponse>")
            return
        problem = self._take(length, body)
        self._answer(*(problem or (201, "<OpenRosaResponse><message nature='submit_success'/></OpenRosaResponse>")))

    def _take(self, length: int, body: bytes) -> tuple[int, str] | None:
        if length > LIMIT or self.headers["X-OpenRosa-Version"] != "1.0" or not self.headers["Date"]:
            return 400, "checks of the protocol"
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        message = BytesParser().parsebytes(head + body)
        parts = {}
        for part in message.get_payload():
            assert not isinstance(part, str)
            name = part.get_param("name", header="content-disposition")
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            parts[str(name)] = payload
        xml = parts.pop("xml_submission_file", None)
        if xml is None:
            return 400, "no xml_submission_file"
        incomplete = parts.pop("*isIncomplete*", b"") == b"yes"
        identifier = submission_id(xml)
        if self.records.setdefault(identifier, xml) != xml:
            return 409, "<message>409.1 other content</message>"
        known = self.files.setdefault(identifier, {})
        known.update({name: data for name, data in parts.items() if f">{name}<".encode() in xml})
        if not incomplete:
            self.complete.add(identifier)
        return None

    def _is_welcome(self) -> bool:
        if self.mode != "digest":
            return True
        given = self.headers.get("Authorization", "")
        found = dict(re.findall(r'(\w+)="?([^",]+)"?', given))
        secret = hashlib.md5(b"insp:central:pw").hexdigest()
        second = hashlib.md5(f"{self.command}:{self.path}".encode()).hexdigest()
        text = f"{secret}:abc:00000001:{found.get('cnonce')}:auth:{second}"
        if found.get("response") == hashlib.md5(text.encode()).hexdigest():
            return True
        self._answer(401, "", {"WWW-Authenticate": 'Digest realm="central", nonce="abc", qop="auth", algorithm=MD5'})
        return False

    def _answer(self, status: int, text: str, headers: dict[str, str] | None = None, *, openrosa: bool = True) -> None:
        data = text.encode()
        self.send_response(status)
        if openrosa:
            self.send_header("X-OpenRosa-Version", "1.0")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)


@pytest.fixture
def central() -> Iterator[tuple[type[Central], str]]:
    kind = type("One", (Central,), {"records": {}, "files": {}, "complete": set(), "seen": [], "mode": ""})
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield kind, f"http://127.0.0.1:{server.server_address[1]}/v1/key/TOKEN/projects/1"
        server.shutdown()
        thread.join()


def record(number: int = 1, files: int = 0, size: int = 20_000) -> Submission:
    attachments = tuple(Attachment(f"photo {index}.jpg", "image/jpeg", bytes([index]) * size) for index in range(files))
    named = "".join(f"<photo>{attachment.name}</photo>" for attachment in attachments)
    xml = (
        f'<data id="branch_std" version="1" xmlns:orx="http://openrosa.org/xforms">{named}'
        f"<orx:meta><orx:instanceID>uuid:{number}</orx:instanceID></orx:meta></data>"
    )
    return Submission(f"uuid:{number}", xml.encode(), attachments)


def test_head_first_then_records_in_requests_below_the_limit(central: tuple[type[Central], str]) -> None:
    kind, address = central
    server = Server(address, device="a" * 16)
    sent = server.push([record(1, files=5), record(2)])
    assert [one.status for one in sent] == ["created", "created"]
    assert kind.seen[0] == "HEAD /v1/key/TOKEN/projects/1/submission?deviceID=fieldkit:" + "a" * 16
    assert [line.split()[0] for line in kind.seen] == ["HEAD", "POST", "POST", "POST", "POST"]
    assert kind.records["uuid:1"] == record(1, files=5).xml
    assert kind.files["uuid:1"] == {one.name: one.data for one in record(1, files=5).attachments}
    assert kind.complete == {"uuid:1", "uuid:2"}


def test_the_same_bytes_again_are_taken_and_other_bytes_are_refused(central: tuple[type[Central], str]) -> None:
    kind, address = central
    server = Server(address)
    server.push([record(1)])
    other = Submission("uuid:1", record(1).xml.replace(b"branch_std", b"other_form"))
    again = server.push([record(1), other, record(3)])
    assert [one.status for one in again] == ["created", "failed", "created"], "one refusal never stops the others"
    assert again[1].error is not None
    assert (again[1].error.code, again[1].error.where["status"]) == ("SYNC-073", 409)
    assert "409.1 other content" in again[1].error.message
    assert kind.records["uuid:1"] == record(1).xml


@pytest.mark.parametrize(
    ("mode", "code"),
    [("portal", "SYNC-070"), ("proxy", "SYNC-070"), ("unknown form", "SYNC-073"), ("digest", "SYNC-071")],
)
def test_what_is_no_receipt_never_counts_as_sent(central: tuple[type[Central], str], mode: str, code: str) -> None:
    kind, address = central
    kind.mode = mode
    with pytest.raises(SyncError) as caught:
        Server(address).send(record())
    assert caught.value.code == code
    assert caught.value.hint
    assert kind.records == {}


def test_digest_login_and_a_move_on_the_same_host(central: tuple[type[Central], str]) -> None:
    kind, address = central
    kind.mode = "digest"
    login = address.replace("http://", "http://insp:pw@")
    assert Server(login).send(record()) == "created"
    with pytest.raises(SyncError) as caught:
        Server(address.replace("http://", "http://insp:wrong@")).send(record())
    assert caught.value.code == "SYNC-071"
    assert "wrong" not in caught.value.message
    kind.mode = "moved"
    assert Server(address).send(record(2)) == "created"
    assert kind.seen[-1].startswith("POST /new/submission")


def test_a_server_that_is_gone_is_said_in_words() -> None:
    with pytest.raises(SyncError) as caught:
        Server("http://127.0.0.1:1/x").send(record())
    assert caught.value.code == "SYNC-050"
    with pytest.raises(SyncError) as caught:
        Server("ftp://host/x")
    assert caught.value.code == "SYNC-055"


def test_redirections_stay_on_their_host_and_never_leave_https() -> None:
    origin = "https://host/submission?deviceID=x"
    assert redirect_target("https://host/other", origin) == "https://host/other?deviceID=x"
    assert redirect_target("/other?deviceID=y", origin) == "https://host/other?deviceID=y"
    assert redirect_target("https://elsewhere/submission", origin) is None
    assert redirect_target("http://host/submission", origin) is None
    assert redirect_target("https://host/submission", origin.replace("https", "http")) is not None


def test_the_digest_is_the_one_of_the_standard() -> None:
    challenge = (
        'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093",'
        ' opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    )
    login = Login("Mufasa", "Circle Of Life")
    header = digest_answer(challenge, login, method="GET", target="/dir/index.html", nonce_of_client="0a4f113b")
    assert 'response="6629fae49393a05397450978507c4ef1"' in header
    assert 'opaque="5ccc069c403ebaf9f0171e9517f40e41"' in header
    old = digest_answer('Digest realm="r", nonce="n"', login, method="GET", target="/", nonce_of_client="x")
    assert "qop" not in old


def test_what_is_too_large_alone_is_said_before_anything_is_sent() -> None:
    with pytest.raises(SyncError) as caught:
        split(record(1, files=1, size=LIMIT), LIMIT)
    assert caught.value.code == "SYNC-072"
    assert check_head(204, {"x-openrosa-version": "1.0"}, "x") == 10 << 20
    assert attachments_named(record(1, files=2).xml, ["photo 0.jpg", "other.jpg"]) == ["photo 0.jpg"]
    assert submission_id(b"<data/>") == ""


def test_records_are_written_as_files_with_their_attachments(tmp_path: Path) -> None:
    path = write_submission(tmp_path, record(7, files=1))
    assert path == tmp_path / "uuid_7" / "submission.xml"
    assert path.read_bytes() == record(7, files=1).xml
    assert (path.parent / "photo 0.jpg").read_bytes() == record(7, files=1).attachments[0].data
    tricky = Submission("../../x", b"<data/>", (Attachment("../../evil", "text/plain", b"x"),))
    assert write_submission(tmp_path, tricky).parent.parent == tmp_path
    assert not (tmp_path.parent / "evil").exists()
