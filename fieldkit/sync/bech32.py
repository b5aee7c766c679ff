"""The text form of age recipients, ``age1…``, and their 32 bytes (bech32, BIP 173)."""

from __future__ import annotations

from collections.abc import Iterable

from fieldkit.errors import SyncError
from fieldkit.i18n import _

__all__ = ["recipient_bytes", "recipient_text"]

_SIGNS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_PREFIX = "age"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_KEY_BYTES = 32
_CHECK = 6


def recipient_text(key: bytes) -> str:
    """Return 32 bytes as an age recipient."""
    values = _regroup(key, 8, 5, pad=True)
    polymod = _polymod([*_expanded(), *values, *([0] * _CHECK)]) ^ 1
    check = [polymod >> 5 * (5 - index) & 31 for index in range(_CHECK)]
    return _PREFIX + "1" + "".join(_SIGNS[value] for value in [*values, *check])


def recipient_bytes(text: str) -> bytes:
    """Return the 32 bytes of an age recipient.

    Raises:
        SyncError: SYNC-022, the text is none.
    """
    lower = text.strip().lower()
    body = lower.removeprefix(_PREFIX + "1")
    values = [_SIGNS.find(sign) for sign in body]
    if body == lower or -1 in values or _polymod([*_expanded(), *values]) != 1:
        raise _refusal(text)
    key = bytes(_regroup(values[:-_CHECK], 5, 8, pad=False))
    if len(key) != _KEY_BYTES:
        raise _refusal(text)
    return key


def _expanded() -> list[int]:
    return [ord(sign) >> 5 for sign in _PREFIX] + [0] + [ord(sign) & 31 for sign in _PREFIX]


def _polymod(values: Iterable[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for index, generator in enumerate(_GENERATOR):
            if top >> index & 1:
                check ^= generator
    return check


def _regroup(values: Iterable[int], given: int, wanted: int, *, pad: bool) -> list[int]:
    store = bits = 0
    result = []
    for value in values:
        store = store << given | value
        bits += given
        while bits >= wanted:
            bits -= wanted
            result.append(store >> bits & (1 << wanted) - 1)
    if pad and bits:
        result.append(store << wanted - bits & (1 << wanted) - 1)
    return result


def _refusal(text: str) -> SyncError:
    return SyncError(
        "SYNC-022",
        _("This is no key to seal to: {text}").format(text=text[:80]),
        hint=_("A recipient begins with age1 and has 62 characters; take it from the office's card."),
        where={"recipient": text[:80]},
    )
