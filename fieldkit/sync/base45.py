"""Bytes as capitals and digits that make small QR codes (RFC 9285)."""

from __future__ import annotations

from fieldkit.errors import SyncError
from fieldkit.i18n import _

__all__ = ["decode", "encode", "encoded_length"]

_SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUES = {sign: value for value, sign in enumerate(_SIGNS)}


def encode(data: bytes) -> str:
    """Return bytes as base45 text: three characters for two bytes, two for a last one."""
    signs = []
    for index in range(0, len(data) - 1, 2):
        value = data[index] << 8 | data[index + 1]
        high, rest = divmod(value, 45 * 45)
        middle, low = divmod(rest, 45)
        signs += [_SIGNS[low], _SIGNS[middle], _SIGNS[high]]
    if len(data) % 2:
        high, low = divmod(data[-1], 45)
        signs += [_SIGNS[low], _SIGNS[high]]
    return "".join(signs)


def encoded_length(size: int) -> int:
    """Return how many characters so many bytes become."""
    return size // 2 * 3 + size % 2 * 2


def decode(text: str) -> bytes:
    """Return the bytes of a base45 text.

    Raises:
        SyncError: SYNC-041, the text is none.
    """
    values = [_VALUES.get(sign, -1) for sign in text]
    if -1 in values or len(values) % 3 == 1:
        raise _refusal()
    data = bytearray()
    for index in range(0, len(values) - 2, 3):
        value = values[index] + values[index + 1] * 45 + values[index + 2] * 45 * 45
        if value > 0xFFFF:
            raise _refusal()
        data += value.to_bytes(2, "big")
    if len(values) % 3 == 2:
        value = values[-2] + values[-1] * 45
        if value > 0xFF:
            raise _refusal()
        data.append(value)
    return bytes(data)


def _refusal() -> SyncError:
    return SyncError(
        "SYNC-041",
        _("The text of the code is damaged"),
        hint=_("Scan the code again, or copy the whole text, spaces included."),
    )
