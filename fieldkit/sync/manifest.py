"""The manifest of a bundle: what the bundle holds, pinned by hash, and the signature over it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from msgspec import Struct, field

from fieldkit.errors import SyncError
from fieldkit.i18n import _
from fieldkit.model.clock import ZERO_HLC, is_hlc
from fieldkit.model.ids import is_device_id
from fieldkit.sync import strictjson
from fieldkit.sync.bech32 import recipient_bytes
from fieldkit.sync.coverage import Ranges, parse_ranges, parse_vector

__all__ = [
    "BUNDLE_TYPE",
    "FORMAT",
    "Manifest",
    "Signer",
    "Verify",
    "pre_authentication",
    "sign_envelope",
    "unsigned_bytes",
    "verify_envelope",
]

BUNDLE_TYPE = "application/vnd.fieldkit.bundle+json"
"""Type of a bundle's first line."""
FORMAT = 1
"""Version of the bundle format that is written, and the newest one that is read."""

Verify = Callable[[bytes, bytes, bytes], bool]
"""Tells whether a signature is right: (public key, message, signature) -> bool."""

_SHA256_LENGTH = 64
_KNOWN = frozenset({
    "format", "min_reader", "device", "campaigns", "checklists", "ranges", "vector", "counts", "last",
    "codec", "body", "evidence", "recipient",
})  # fmt: skip


class Signer(Protocol):
    """Signs for a device or an office."""

    public: bytes
    """The Ed25519 public key, 32 bytes."""

    def sign(self, message: bytes) -> bytes:
        """Return the signature, 64 bytes."""
        ...


class Manifest(Struct, frozen=True):
    """What a bundle says about itself.

    Attributes:
        device: Id of the device that exported it.
        ranges: The operations in it.
        vector: What the exporting device holds without gaps.
        operations: Number of operations.
        records: Number of records by kind.
        last: Greatest stamp of the operations.
        codec: How the body is compressed.
        body_sha256: Hash of the compressed body.
        body_bytes: Size of the compressed body.
        inflated_bytes: Size of the body's JSON lines.
        campaigns: Campaigns that the operations belong to.
        checklists: Hashes of the forms in it or referred to by it.
        evidence: Files that travel beside it: hash and size in bytes.
        recipient: Key that answers to the exporting device are sealed to, or empty.
        min_reader: Lowest version of the format that a reader must know.
        format: Version of the format it was written in.
        extra: Members that this version does not know.
    """

    device: str
    ranges: Ranges
    vector: dict[str, int]
    operations: int
    records: dict[str, int]
    last: str
    codec: str
    body_sha256: str
    body_bytes: int
    inflated_bytes: int
    campaigns: tuple[str, ...] = ()
    checklists: tuple[str, ...] = ()
    evidence: tuple[tuple[str, int], ...] = ()
    recipient: str = ""
    min_reader: int = FORMAT
    format: int = FORMAT
    extra: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the manifest as a JSON object."""
        return {
            "format": self.format,
            "min_reader": self.min_reader,
            "device": self.device,
            "campaigns": list(self.campaigns),
            "checklists": list(self.checklists),
            "ranges": self.ranges,
            "vector": self.vector,
            "counts": {"operations": self.operations, "records": self.records},
            "last": self.last,
            "codec": self.codec,
            "body": {"sha256": self.body_sha256, "bytes": self.body_bytes, "inflated": self.inflated_bytes},
            "evidence": [{"sha256": sha256, "bytes": size} for sha256, size in self.evidence],
            **({"recipient": self.recipient} if self.recipient else {}),
            **self.extra,
        }

    @classmethod
    def from_json(cls, source: object) -> Manifest:
        """Return the manifest of a JSON object.

        Raises:
            SyncError: SYNC-007 a newer Fieldkit is needed, SYNC-003 it has another form.
        """
        if not isinstance(source, Mapping):
            raise _malformed("manifest")
        check_reader(source)
        counts, body = _mapping(source, "counts"), _mapping(source, "body")
        return cls(
            device=_device(source),
            ranges=parse_ranges(source.get("ranges"), "ranges"),
            vector=parse_vector(source.get("vector"), "vector"),
            operations=_size(counts, "operations"),
            records={str(kind): _size(_mapping(counts, "records"), kind) for kind in _mapping(counts, "records")},
            last=_stamp(source.get("last", ZERO_HLC)),
            codec=_text(source, "codec"),
            body_sha256=_sha256(body.get("sha256")),
            body_bytes=_size(body, "bytes"),
            inflated_bytes=_size(body, "inflated"),
            campaigns=tuple(_texts(source, "campaigns")),
            checklists=tuple(_texts(source, "checklists")),
            evidence=_evidence(source.get("evidence", [])),
            recipient=_recipient(source.get("recipient", "")),
            min_reader=_size(source, "min_reader"),
            format=_size(source, "format"),
            extra={key: value for key, value in source.items() if key not in _KNOWN},
        )


def check_reader(source: Mapping[str, Any]) -> None:
    """Refuse what only a newer version can read.

    Raises:
        SyncError: SYNC-007, with the version that is needed.
    """
    needed = source.get("min_reader")
    if type(needed) is int and needed > FORMAT:
        raise SyncError(
            "SYNC-007",
            _("The bundle needs a newer Fieldkit: format {needed}, this one reads {known}").format(
                needed=needed, known=FORMAT
            ),
            hint=_("Update Fieldkit and import the file again; nothing of it was imported."),
            where={"min_reader": needed},
        )


def pre_authentication(kind: str, message: bytes) -> bytes:
    """Return the bytes that are signed: the DSSE pre-authentication encoding of a typed message."""
    name = kind.encode("utf-8")
    return b"DSSEv1 %d %s %d %s" % (len(name), name, len(message), message)


def sign_envelope(kind: str, member: str, message: str, signer: Signer | None) -> dict[str, Any]:
    """Return the object that carries a signed text: type, text, key and signature (null when unsigned)."""
    key = signature = None
    if signer is not None:
        key = base64.b64encode(signer.public).decode("ascii")
        signature = base64.b64encode(signer.sign(pre_authentication(kind, message.encode("utf-8")))).decode("ascii")
    return {"type": kind, member: message, "key": key, "signature": signature}


def verify_envelope(
    envelope: Mapping[str, Any], kind: str, member: str, verify: Verify | None
) -> tuple[str, bytes | None]:
    """Return the text of an envelope and the key that signed it, None when it is unsigned.

    Args:
        envelope: Type, text, key and signature.
        kind: The type it must have.
        member: Name of the member that holds the text.
        verify: Checks signatures; where it is None nothing that is signed is believed.

    Raises:
        SyncError: SYNC-003 it has another form, SYNC-013 the signature is wrong.
    """
    message = envelope.get(member)
    if envelope.get("type") != kind or not isinstance(message, str):
        raise _malformed(member)
    key, signature = envelope.get("key"), envelope.get("signature")
    if key is None and signature is None:
        return message, None
    public, signed = unsigned_bytes(key), unsigned_bytes(signature)
    if verify is None or not verify(public, pre_authentication(kind, message.encode("utf-8")), signed):
        raise _forged()
    return message, public


def unsigned_bytes(source: object) -> bytes:
    """Return the bytes of a base64 text, strictly.

    Raises:
        SyncError: SYNC-013, it is none.
    """
    try:
        return base64.b64decode(str(source).encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise _forged() from error


def parse_manifest(text: str) -> Manifest:
    """Return the manifest of its JSON text.

    Raises:
        SyncError: It is no manifest, or needs a newer version.
    """
    return Manifest.from_json(strictjson.parse(text, place="manifest"))


def _forged() -> SyncError:
    return SyncError(
        "SYNC-013",
        _("The signature is wrong: what was signed has been altered, or was forged"),
        hint=_("Do not use it. Ask the sender to export again, and compare the eight digits."),
    )


def _malformed(member: str) -> SyncError:
    return SyncError(
        "SYNC-003",
        _("This is no Fieldkit bundle: {member} has a wrong form").format(member=member),
        hint=_("Ask the sender to export again."),
        where={"member": member},
    )


def _mapping(source: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = source.get(name)
    if not isinstance(value, Mapping):
        raise _malformed(name)
    return value


def _size(source: Mapping[str, Any], name: str) -> int:
    value = source.get(name)
    if type(value) is not int or value < 0:
        raise _malformed(name)
    return value


def _text(source: Mapping[str, Any], name: str) -> str:
    value = source.get(name)
    if not isinstance(value, str):
        raise _malformed(name)
    return value


def _texts(source: Mapping[str, Any], name: str) -> list[str]:
    value = source.get(name)
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise _malformed(name)
    return value


def _stamp(value: object) -> str:
    if not isinstance(value, str) or not is_hlc(value):
        raise _malformed("last")
    return value


def _device(source: Mapping[str, Any]) -> str:
    device = _text(source, "device")
    if not is_device_id(device):
        raise _malformed("device")
    return device


def _sha256(value: object) -> str:
    if not isinstance(value, str) or len(value) != _SHA256_LENGTH or not set(value) <= set("0123456789abcdef"):
        raise _malformed("sha256")
    return value


def _recipient(value: object) -> str:
    if not isinstance(value, str):
        raise _malformed("recipient")
    if value:
        recipient_bytes(value)
    return value


def _evidence(source: object) -> tuple[tuple[str, int], ...]:
    if not isinstance(source, list) or not all(isinstance(entry, Mapping) for entry in source):
        raise _malformed("evidence")
    return tuple((_sha256(entry.get("sha256")), _size(entry, "bytes")) for entry in source)
