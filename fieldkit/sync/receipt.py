"""Receipts: what an office says it has taken, signed, as a file or as one still QR code."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct

from fieldkit.errors import SyncError
from fieldkit.i18n import _
from fieldkit.model.ids import is_device_id
from fieldkit.sync import base45, strictjson
from fieldkit.sync.coverage import Ranges, parse_ranges, parse_vector
from fieldkit.sync.manifest import Signer, Verify, check_reader, pre_authentication, sign_envelope, verify_envelope
from fieldkit.sync.packing import Unpacker, pack_number

__all__ = ["RECEIPT_SUFFIX", "RECEIPT_TYPE", "Counts", "DeviceEntry", "Receipt", "SignedReceipt", "parse_receipt"]

RECEIPT_TYPE = "application/vnd.fieldkit.receipt+json"
RECEIPT_SUFFIX = ".fkr"
"""Ending of a receipt's file name."""

_CODE_TYPE = "application/vnd.fieldkit.receipt-code"
_PREFIX = "FIELDKIT-RECEIPT:"
_VERSION = 1
_SHORT_HASH = 16
_SIGNATURE = 64
_RECEIPT_LIMIT = 1 << 20


class Counts(Struct, frozen=True):
    """What became of the operations of a bundle.

    Attributes:
        accepted: Operations that the office holds now.
        quarantined: Operations that were held back.
        rejected: Lines that were no operations.
    """

    accepted: int
    quarantined: int = 0
    rejected: int = 0


class DeviceEntry(Struct, frozen=True):
    """One line of the office's list of devices.

    Attributes:
        device: Id of the device.
        key: Its public key, 32 bytes.
        name: Its short name.
        revoked_after: Number of the last operation that is believed, None where it is not revoked.
    """

    device: str
    key: bytes
    name: str = ""
    revoked_after: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the entry as a JSON object."""
        key = base64.b64encode(self.key).decode("ascii")
        return {"device": self.device, "key": key, "name": self.name, "revoked_after": self.revoked_after}


class Receipt(Struct, frozen=True):
    """What an office says about one bundle.

    Attributes:
        bundle: Hash of the bundle's file; in a code only its first 32 digits.
        at_ms: When, milliseconds since 1970.
        office: Id of the office's device; empty in a code.
        vector: What the office holds without gaps; in a code only of the devices in the bundle.
        accepted: The operations of the bundle that it holds; empty in a code.
        counts: What became of the bundle's operations.
        evidence: Hashes of the files that it holds.
        devices: The office's list of devices, revocations included.
    """

    bundle: str
    at_ms: int
    office: str
    vector: dict[str, int]
    accepted: Ranges
    counts: Counts
    evidence: tuple[str, ...] = ()
    devices: tuple[DeviceEntry, ...] = ()

    def to_file(self, signer: Signer) -> bytes:
        """Return the receipt as the bytes of a signed file."""
        text = strictjson.compact(_to_json(self))
        return strictjson.compact(sign_envelope(RECEIPT_TYPE, "receipt", text, signer)).encode("utf-8") + b"\n"

    def to_code(self, signer: Signer, devices: tuple[str, ...]) -> str:
        """Return the receipt as the text of one QR code.

        Args:
            signer: The office's key.
            devices: Devices whose numbers are in the bundle; others are left out.
        """
        parts = [bytes([_VERSION]), bytes.fromhex(self.bundle)[:_SHORT_HASH]]
        parts += [pack_number(self.at_ms // 1000)]
        counts = self.counts
        parts += [pack_number(number) for number in (counts.accepted, counts.quarantined, counts.rejected)]
        named = [device for device in devices if device in self.vector]
        parts.append(pack_number(len(named)))
        for device in named:
            parts += [base64.b32decode(device.upper()), pack_number(self.vector[device])]
        statement = b"".join(parts)
        signature = signer.sign(pre_authentication(_CODE_TYPE, statement))
        return _PREFIX + base45.encode(signature + statement)


@dataclass(frozen=True, slots=True)
class SignedReceipt:
    """A receipt whose signature is right, and the key that made it.

    Attributes:
        receipt: What it says.
        key: Public key of its signer; whether that is a trusted office is for the caller to decide.
    """

    receipt: Receipt
    key: bytes = field(repr=False)

    def belongs_to(self, sha256: str) -> bool:
        """Tell whether it is about a bundle."""
        return bool(self.receipt.bundle) and sha256.startswith(self.receipt.bundle)

    def acknowledged(self, exported: Mapping[str, list[list[int]]]) -> tuple[Ranges, dict[str, int]]:
        """Return the ranges and the vector that it acknowledges.

        Args:
            exported: The ranges of the bundle that it is about, as this device sent them; empty when unknown.
        """
        receipt = self.receipt
        if receipt.accepted:
            return receipt.accepted, receipt.vector
        whole = receipt.counts.quarantined == 0 and receipt.counts.rejected == 0
        return ({device: list(pairs) for device, pairs in exported.items()} if whole else {}), receipt.vector


def parse_receipt(data: bytes | str, *, verify: Verify, offices: Mapping[str, bytes]) -> SignedReceipt:
    """Return the receipt of a file or of a code's text, when a trusted office signed it.

    Args:
        data: The bytes of a file, or the text of a code.
        verify: Checks signatures.
        offices: Device id -> public key of the offices that are trusted here.

    Raises:
        SyncError: SYNC-030 it is no receipt, SYNC-031 no trusted office signed it, SYNC-013 it was altered.
    """
    if len(data) > _RECEIPT_LIMIT:
        raise _no_receipt()
    try:
        text = data if isinstance(data, str) else data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _no_receipt() from error
    line = text.strip("\r\n\t")
    if line.upper().startswith(_PREFIX):
        return _from_code(base45.decode(line[len(_PREFIX) :]), verify, offices)
    if not line.startswith("{"):
        raise _no_receipt()
    envelope = strictjson.parse(line, place=_("the receipt"))
    if envelope.get("type") != RECEIPT_TYPE:
        raise _no_receipt()
    message, key = verify_envelope(envelope, RECEIPT_TYPE, "receipt", verify)
    receipt = _from_json(strictjson.parse(message, place=_("the receipt")))
    if key is None or offices.get(receipt.office) != key:
        raise _untrusted()
    return SignedReceipt(receipt, key)


def _from_code(data: bytes, verify: Verify, offices: Mapping[str, bytes]) -> SignedReceipt:
    signature, statement = data[:_SIGNATURE], data[_SIGNATURE:]
    signed = pre_authentication(_CODE_TYPE, statement)
    key = next((key for key in offices.values() if verify(key, signed, signature)), None)
    if key is None:
        raise _untrusted()
    reader = Unpacker(statement)
    if reader.take(1)[0] != _VERSION:
        check_reader({"min_reader": 1 << 20})
    bundle = reader.take(_SHORT_HASH).hex()
    at_ms = reader.number() * 1000
    counts = Counts(reader.number(), reader.number(), reader.number())
    vector = {}
    for _index in range(reader.number()):
        device = base64.b32encode(reader.take(10)).decode("ascii").lower()
        vector[device] = reader.number()
    reader.end()
    return SignedReceipt(Receipt(bundle, at_ms, "", vector, {}, counts), key)


def _to_json(receipt: Receipt) -> dict[str, Any]:
    counts = receipt.counts
    return {
        "format": _VERSION,
        "min_reader": _VERSION,
        "bundle": receipt.bundle,
        "at": receipt.at_ms,
        "office": receipt.office,
        "vector": receipt.vector,
        "accepted": receipt.accepted,
        "counts": {
            "accepted": counts.accepted,
            "quarantined": counts.quarantined,
            "rejected": counts.rejected,
        },
        "evidence": list(receipt.evidence),
        "devices": [entry.to_json() for entry in receipt.devices],
    }


def _from_json(source: Any) -> Receipt:
    try:
        check_reader(source)
        counts = source["counts"]
        office, bundle, at_ms = source["office"], source["bundle"], source["at"]
        numbers = [counts[name] for name in ("accepted", "quarantined", "rejected")]
        if not (is_device_id(office) and _is_hash(bundle) and all(map(_is_count, [*numbers, at_ms]))):
            raise _no_receipt()
        evidence = tuple(filter(_is_hash, source.get("evidence", ())))
        devices = tuple(_entry(entry) for entry in source.get("devices", ()))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise _no_receipt() from error
    vector = parse_vector(source.get("vector"), "vector")
    return Receipt(
        bundle,
        at_ms,
        office,
        vector,
        parse_ranges(source.get("accepted"), "accepted"),
        Counts(*numbers),
        evidence,
        devices,
    )


def _entry(source: Mapping[str, Any]) -> DeviceEntry:
    after = source.get("revoked_after")
    key = base64.b64decode(source["key"], validate=True)
    if not is_device_id(source["device"]) or not (after is None or _is_count(after)):
        raise ValueError
    return DeviceEntry(source["device"], key, str(source.get("name", "")), after)


def _is_count(value: object) -> bool:
    return type(value) is int and value >= 0


def _is_hash(value: object) -> bool:
    return isinstance(value, str) and len(value) == hashlib.sha256().digest_size * 2 and _is_hexadecimal(value)


def _is_hexadecimal(text: str) -> bool:
    return set(text) <= set("0123456789abcdef")


def _no_receipt() -> SyncError:
    return SyncError(
        "SYNC-030",
        _("This is no receipt"),
        hint=_("A receipt ends in .fkr, or its code begins with FIELDKIT-RECEIPT; the office makes it."),
    )


def _untrusted() -> SyncError:
    return SyncError(
        "SYNC-031",
        _("No office that is trusted here signed this receipt; it acknowledges nothing"),
        hint=_("Compare the office's card first: fieldkit key trust FILE."),
    )
