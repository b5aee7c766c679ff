"""Sends records to an ODK Central or KoboToolbox server, and writes them as files (OpenRosa submissions)."""

from __future__ import annotations

import base64
import hashlib
import http.client
import secrets
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from fieldkit.errors import SyncError
from fieldkit.i18n import _
from fieldkit.io.bundlefile import write_durably
from fieldkit.sync.openrosa import (
    Login,
    Part,
    Submission,
    check_head,
    check_post,
    digest_answer,
    multipart,
    redirect_target,
    split,
)

__all__ = ["Answer", "Sent", "Server", "write_submission"]

_TIMEOUT = 60
_REDIRECTS = 3
_ANSWER_LIMIT = 1 << 20


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said.

    Attributes:
        status: HTTP status.
        headers: Its headers.
        text: Its body.
    """

    status: int
    headers: dict[str, str]
    text: str


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one record.

    Attributes:
        instance_id: The record.
        status: ``created``, ``accepted`` (it was there already), or ``failed``.
        error: Why it failed.
    """

    instance_id: str
    status: str
    error: SyncError | None = None


class Server:
    """An OpenRosa server at an address such as ``https://host/v1/key/TOKEN/projects/1`` or a Kobo address.

    Name and password may stand in the address; basic login is used on https only, digest everywhere.
    """

    def __init__(self, address: str, *, device: str = "") -> None:
        """Prepare to talk to a server; nothing is sent yet.

        Args:
            address: Address without ``/submission``.
            device: Id of this device, told to the server.

        Raises:
            SyncError: SYNC-055, it is no http address.
        """
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise SyncError(
                "SYNC-055",
                _("This is no address of a server: {text}").format(text=address.rpartition("@")[2][:200]),
                hint=_("Copy it from the server's page of app users; it begins with https://."),
            )
        self._login = Login(unquote(parts.username), unquote(parts.password or "")) if parts.username else None
        host = parts.hostname + (f":{parts.port}" if parts.port else "")
        query = f"deviceID=fieldkit:{quote(device)}" if device else ""
        path = parts.path.rstrip("/").removesuffix("/submission") + "/submission"
        self._url = urlunsplit((parts.scheme, host, path, query, ""))
        self.shown = urlunsplit((parts.scheme, host, "", "", ""))
        self._limit: int | None = None
        self._challenge = ""

    def push(
        self, submissions: Sequence[Submission], *, progress: Callable[[int, int], bool] | None = None
    ) -> list[Sent]:
        """Send records; one that fails never stops the others.

        Args:
            submissions: Records as they were serialised the first time.
            progress: Is told (done, all) after each record, and stops the rest by returning false.

        Raises:
            SyncError: SYNC-050, SYNC-070 or SYNC-071: the server cannot be used at all.
        """
        self.open()
        sent = []
        for number, submission in enumerate(submissions, start=1):
            try:
                sent.append(Sent(submission.instance_id, self.send(submission)))
            except SyncError as error:
                sent.append(Sent(submission.instance_id, "failed", error))
            if progress is not None and not progress(number, len(submissions)):
                break
        return sent

    def open(self) -> int:
        """Ask the server for its limit, follow it to https on the same host, and log in.

        Returns:
            The bytes that a request may have.

        Raises:
            SyncError: SYNC-050, SYNC-070 or SYNC-071: it cannot be used.
        """
        for _attempt in range(_REDIRECTS):
            answer = self._request("HEAD", None, "")
            location = answer.headers.get("location")
            if answer.status in {204, 301, 302, 307, 308} and location:
                target = redirect_target(location, self._url)
                if target is not None and target != self._url:
                    self._url = target
                    continue
            break
        self._limit = check_head(answer.status, answer.headers, self.shown)
        return self._limit

    def send(self, submission: Submission) -> str:
        """Send one record, in several requests where it is large.

        Returns:
            ``created``, or ``accepted`` where the server had it already.

        Raises:
            SyncError: It was not taken; SYNC-073 says why.
        """
        limit = self._limit if self._limit is not None else self.open()
        outcome = "accepted"
        for part in split(submission, limit):
            outcome = self._post(submission, part)
        return outcome

    def _post(self, submission: Submission, part: Part) -> str:
        kind, body = multipart(submission, part)
        answer = self._request("POST", body, kind)
        return check_post(answer.status, answer.text, self.shown)

    def _request(self, method: str, body: bytes | None, kind: str) -> Answer:
        answer = self._once(method, body, kind)
        if answer.status == 401 and self._login is not None:
            self._challenge = answer.headers.get("www-authenticate", "")
            if self._authorization(method):
                answer = self._once(method, body, kind)
        return answer

    def _once(self, method: str, body: bytes | None, kind: str) -> Answer:
        parts = urlsplit(self._url)
        headers = {"X-OpenRosa-Version": "1.0", "Date": formatdate(usegmt=True), "User-Agent": "fieldkit"}
        if kind:
            headers["Content-Type"] = kind
        authorization = self._authorization(method)
        if authorization:
            headers["Authorization"] = authorization
        connection = self._connection()
        try:
            connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), body, headers)
            response = connection.getresponse()
            text = response.read(_ANSWER_LIMIT).decode("utf-8", "replace")
            return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, text)
        except (OSError, http.client.HTTPException) as error:
            raise SyncError(
                "SYNC-050",
                _("{place} cannot be reached, or the connection broke off").format(place=self.shown),
                hint=_("Try again later: what arrived whole stays, nothing is sent twice."),
                where={"place": self.shown, "cause": f"{type(error).__name__} {error}"[:300]},
            ) from error
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        parts = urlsplit(self._url)
        assert parts.hostname is not None
        if parts.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(parts.hostname, parts.port, timeout=_TIMEOUT, context=context)
        return http.client.HTTPConnection(parts.hostname, parts.port, timeout=_TIMEOUT)

    def _authorization(self, method: str) -> str:
        """Return the header for the challenge that the server made; a password never goes out in the clear."""
        if self._login is None or not self._challenge:
            return ""
        parts = urlsplit(self._url)
        if self._challenge.lower().startswith("digest"):
            target = parts.path + (f"?{parts.query}" if parts.query else "")
            nonce = secrets.token_hex(8)
            return digest_answer(self._challenge, self._login, method=method, target=target, nonce_of_client=nonce)
        if self._challenge.lower().startswith("basic") and parts.scheme == "https":
            pair = f"{self._login.user}:{self._login.password}".encode()
            return "Basic " + base64.b64encode(pair).decode("ascii")
        return ""


def write_submission(folder: Path, submission: Submission) -> Path:
    """Write a record as ``<instance id>/submission.xml`` with its files beside it, and return that file.

    Raises:
        SyncError: SYNC-001, the folder cannot be written.
    """
    name = "".join(sign if sign.isalnum() or sign in "-_" else "_" for sign in submission.instance_id)
    place = folder / (name or hashlib.sha256(submission.xml).hexdigest())
    for attachment in submission.attachments:
        write_durably(place / Path(attachment.name).name, attachment.data)
    write_durably(place / "submission.xml", submission.xml)
    return place / "submission.xml"
