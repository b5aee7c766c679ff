"""What the OpenRosa submission protocol says about a request and its answer, without any network."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Literal
from urllib.parse import urljoin, urlsplit, urlunsplit
from xml.sax.saxutils import escape

from msgspec import Struct

from fieldkit.errors import SyncError
from fieldkit.i18n import _

__all__ = [
    "Attachment",
    "Login",
    "Part",
    "Submission",
    "attachments_named",
    "check_head",
    "check_post",
    "digest_answer",
    "multipart",
    "redirect_target",
    "split",
    "submission_id",
]

DEFAULT_LIMIT = 10 << 20
"""Bytes of a request where the server states none."""

_OVERHEAD = 400
_CHALLENGE = re.compile(r'(\w+)=(?:"([^"]*)"|([^,\s]+))')


class Attachment(Struct, frozen=True):
    """A file of a submission.

    Attributes:
        name: The file name inside the XML; the part has the same name.
        type: Media type.
        data: Its bytes.
    """

    name: str
    type: str
    data: bytes


class Submission(Struct, frozen=True):
    """A record that was serialised once; exactly these bytes are sent, and sent again.

    Attributes:
        instance_id: ``uuid:…`` of the record.
        xml: The bytes of the XML.
        attachments: Its files.
    """

    instance_id: str
    xml: bytes
    attachments: tuple[Attachment, ...] = ()


class Part(Struct, frozen=True):
    """One request of a submission.

    Attributes:
        attachments: The files it carries beside the XML.
        is_last: True where the server has everything after it.
    """

    attachments: tuple[Attachment, ...]
    is_last: bool


class Login(Struct, frozen=True):
    """Name and password for a server."""

    user: str
    password: str


def split(submission: Submission, limit: int = DEFAULT_LIMIT) -> list[Part]:
    """Return the requests of a submission, each below the server's limit and each with the same XML.

    Raises:
        SyncError: SYNC-072, the XML or one file alone is above the limit.
    """
    room = limit - len(submission.xml) - 2 * _OVERHEAD
    groups: list[list[Attachment]] = [[]]
    used = 0
    for attachment in submission.attachments:
        size = len(attachment.data) + len(attachment.name.encode()) + _OVERHEAD
        if size > room:
            raise _too_large(attachment.name, limit)
        if used + size > room:
            groups.append([])
            used = 0
        groups[-1].append(attachment)
        used += size
    if room < 0:
        raise _too_large("xml_submission_file", limit)
    return [Part(tuple(group), number == len(groups)) for number, group in enumerate(groups, start=1)]


def multipart(submission: Submission, part: Part) -> tuple[str, bytes]:
    """Return content type and body of a request; equal submissions make equal bytes."""
    boundary = "fieldkit" + hashlib.sha256(submission.xml).hexdigest()[:24]
    pieces = [("xml_submission_file", "text/xml", submission.xml)]
    pieces += [(attachment.name, attachment.type, attachment.data) for attachment in part.attachments]
    lines = []
    for name, kind, data in pieces:
        file = "submission.xml" if name == "xml_submission_file" else name
        head = f'name="{_quoted(name)}"; filename="{_quoted(file)}"'
        lines.append(
            f"--{boundary}\r\nContent-Disposition: form-data; {head}\r\nContent-Type: {kind}\r\n\r\n".encode()
            + data
            + b"\r\n"
        )
    if not part.is_last:
        flag = f'--{boundary}\r\nContent-Disposition: form-data; name="*isIncomplete*"\r\n\r\nyes\r\n'
        lines.append(flag.encode())
    return f"multipart/form-data; boundary={boundary}", b"".join(lines) + f"--{boundary}--\r\n".encode()


def _quoted(name: str) -> str:
    """Return a name for a header, as browsers write it: quotes and line ends can break nothing."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def check_head(status: int, headers: Mapping[str, str], place: str) -> int:
    """Return the server's limit of a request after the HEAD that comes first.

    Raises:
        SyncError: SYNC-070, it is no OpenRosa server (a captive portal answers 200), SYNC-071 the login is wrong.
    """
    names = {name.lower(): value for name, value in headers.items()}
    if status in {401, 403}:
        raise _refused_login(place)
    if status != 204 or "x-openrosa-version" not in names:
        raise SyncError(
            "SYNC-070",
            _("{place} does not answer as an OpenRosa server: status {status}").format(place=place, status=status),
            hint=_("Look at the address. In a guest network log in to that network first."),
            where={"place": place, "status": status},
        )
    stated = names.get("x-openrosa-accept-content-length", "")
    return int(stated) if stated.isdigit() and int(stated) > 0 else DEFAULT_LIMIT


def check_post(status: int, text: str, place: str) -> Literal["created", "accepted"]:
    """Return what became of a request; only 201 and 202 mean that it was taken.

    Raises:
        SyncError: SYNC-071 the login is wrong, SYNC-073 the server refused it, SYNC-070 somebody else answered.
    """
    if status == 201:
        return "created"
    if status == 202:
        return "accepted"
    if status in {401, 403}:
        raise _refused_login(place)
    reason = re.sub(r"<[^>]*>", " ", text)
    reason = " ".join(reason.split())[:300]
    if status in {200, 204, 301, 302, 307, 308}:
        raise SyncError(
            "SYNC-070",
            _("{place} answered {status}, which is no receipt: the record counts as not sent").format(
                place=place, status=status
            ),
            hint=_("Something between here and the server answered. Send again in another network."),
            where={"place": place, "status": status},
        )
    raise SyncError(
        "SYNC-073",
        _("{place} refused the record: {status} {reason}").format(place=place, status=status, reason=reason),
        hint=_hint(status),
        where={"place": place, "status": status},
    )


def digest_answer(challenge: str, login: Login, *, method: str, target: str, nonce_of_client: str) -> str:
    """Return the Authorization header for a digest challenge (RFC 2617, MD5, with or without ``qop=auth``).

    Args:
        challenge: The server's WWW-Authenticate header.
        login: Name and password.
        method: Method of the request.
        target: Path and query of the request.
        nonce_of_client: A random text.
    """
    found = {name: quoted or bare for name, quoted, bare in _CHALLENGE.findall(challenge)}
    realm, nonce = found.get("realm", ""), found.get("nonce", "")

    def md5(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    first = md5(f"{login.user}:{realm}:{login.password}")
    if found.get("algorithm", "").lower() == "md5-sess":
        first = md5(f"{first}:{nonce}:{nonce_of_client}")
    second = md5(f"{method}:{target}")
    members = {"username": login.user, "realm": realm, "nonce": nonce, "uri": target}
    extra = ""
    if "auth" in [quality.strip() for quality in found.get("qop", "").split(",")]:
        response = md5(f"{first}:{nonce}:00000001:{nonce_of_client}:auth:{second}")
        extra = f', qop=auth, nc=00000001, cnonce="{nonce_of_client}"'
    else:
        response = md5(f"{first}:{nonce}:{second}")
    members["response"] = response
    if "opaque" in found:
        members["opaque"] = found["opaque"]
    if "algorithm" in found:
        extra += f", algorithm={found['algorithm']}"
    return "Digest " + ", ".join(f'{name}="{value}"' for name, value in members.items()) + extra


def redirect_target(location: str, origin: str) -> str | None:
    """Return the address to go to after a redirection of the HEAD, None where it leads to another host."""
    there, here = urlsplit(urljoin(origin, location)), urlsplit(origin)
    if there.hostname != here.hostname or there.scheme not in {"http", "https"}:
        return None
    if here.scheme == "https" and there.scheme == "http":
        return None
    return urlunsplit((there.scheme, there.netloc, there.path, there.query or here.query, ""))


def submission_id(xml: bytes) -> str:
    """Return the instance id in the ``meta`` of a submission's XML, empty where it has none."""
    from fieldkit.forms.xform import parse_document

    found = parse_document(xml).xpath("string(/*/*[local-name()='meta']/*[local-name()='instanceID'])")
    return str(found).strip()


def attachments_named(xml: bytes, names: Sequence[str]) -> list[str]:
    """Return those file names that the XML really refers to."""
    return [name for name in names if f">{escape(name)}<".encode() in xml]


def _hint(status: int) -> str:
    if status == 404:
        return _("The server does not know this form or this version of it: publish it there first.")
    if status == 409:
        return _("The server holds this record with other content: nothing was overwritten there.")
    if status == 413:
        return _("The request was too large for the server; ask its keeper for the limit.")
    return _("The record is kept here. Send it again later, or tell the server's keeper what it answered.")


def _refused_login(place: str) -> SyncError:
    return SyncError(
        "SYNC-071",
        _("{place} refuses the login").format(place=place),
        hint=_("Look at user and password, or take an app user's address from the server."),
        where={"place": place},
    )


def _too_large(name: str, limit: int) -> SyncError:
    return SyncError(
        "SYNC-072",
        _("{name} is larger than the server takes in one request: {limit} bytes").format(name=name, limit=limit),
        hint=_("Make the file smaller, or ask the server's keeper to raise the limit."),
        where={"name": name, "limit": limit},
    )
