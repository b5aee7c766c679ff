"""Cards: one QR text, or a file with it, that introduces an office or a device."""

from __future__ import annotations

import base64
from typing import Literal

from msgspec import Struct

from fieldkit.errors import SyncError
from fieldkit.i18n import _
from fieldkit.sync import base45
from fieldkit.sync.bech32 import recipient_bytes, recipient_text
from fieldkit.sync.packing import Unpacker, pack_bytes, pack_number
from fieldkit.sync.summary import check_digits

__all__ = ["Card", "fingerprint", "parse_card"]

_PREFIX = "FIELDKIT-"
_KINDS: tuple[Literal["office", "device"], ...] = ("office", "device")
_VERSION = 1
_DEVICE_BYTES = 10
_KEY_BYTES = 32


class Card(Struct, frozen=True):
    """What a person compares before a key is trusted.

    Attributes:
        kind: ``office`` or ``device``.
        device: Id of the device.
        key: Its public signing key, 32 bytes.
        name: Its short name.
        recipients: Whom to seal to: its own key, and for an office its escrow key after that.
        checklists: Beginnings (8 bytes) of the hashes of a campaign's forms, as hexadecimal digits.
    """

    kind: Literal["office", "device"]
    device: str
    key: bytes
    name: str = ""
    recipients: tuple[str, ...] = ()
    checklists: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Return the eight digits that two people compare, ``1234-5678``."""
        return fingerprint(self.device, self.key, self.recipients)

    @property
    def text(self) -> str:
        """Return the card as one line of capitals, the text of its QR code."""
        return f"{_PREFIX}{self.kind.upper()}:{base45.encode(self._packed())}"

    def _packed(self) -> bytes:
        parts = [bytes([_VERSION]), base64.b32decode(self.device.upper()), self.key, pack_bytes(self.name.encode())]
        parts.append(pack_number(len(self.recipients)))
        parts += [recipient_bytes(recipient) for recipient in self.recipients]
        if self.checklists:
            parts.append(pack_number(len(self.checklists)))
            parts += [bytes.fromhex(checklist[:16]) for checklist in self.checklists]
        return b"".join(parts)


def fingerprint(device: str, key: bytes, recipients: tuple[str, ...] = ()) -> str:
    """Return the eight digits of a device or an office, ``1234-5678``.

    They cover its id and all of its keys: where a sealing key was exchanged they are others. The name is for
    people only and may change.
    """
    keys = b"".join(recipient_bytes(recipient) for recipient in recipients)
    return check_digits(base64.b32decode(device.upper()) + key + keys)


def parse_card(text: str) -> Card:
    """Return the card of a QR text or of a file's content.

    Raises:
        SyncError: SYNC-024 it is no card, SYNC-041 its text is damaged, SYNC-007 a newer version is needed.
    """
    line = text.strip("\r\n\t\ufeff")
    for kind in _KINDS:
        start = f"{_PREFIX}{kind.upper()}:"
        if line.upper().startswith(start):
            return _unpacked(kind, base45.decode(line[len(start) :]))
    raise SyncError(
        "SYNC-024",
        _("This is no card of an office or a device"),
        hint=_("A card begins with FIELDKIT-OFFICE or FIELDKIT-DEVICE; make one with fieldkit key show --card."),
    )


def _unpacked(kind: Literal["office", "device"], data: bytes) -> Card:
    reader = Unpacker(data)
    if reader.take(1)[0] != _VERSION:
        raise SyncError(
            "SYNC-007",
            _("The card needs a newer Fieldkit"),
            hint=_("Update Fieldkit and read the card again."),
        )
    device = base64.b32encode(reader.take(_DEVICE_BYTES)).decode("ascii").lower()
    key, name = reader.take(_KEY_BYTES), reader.text()
    recipients = tuple(recipient_text(reader.take(_KEY_BYTES)) for _index in range(min(reader.number(), 9)))
    checklists: tuple[str, ...] = ()
    if reader.position < len(data):
        checklists = tuple(reader.take(8).hex() for _index in range(min(reader.number(), 99)))
    reader.end()
    return Card(kind, device, key, name, recipients, checklists)
