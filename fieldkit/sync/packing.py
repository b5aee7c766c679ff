"""Small binary statements for QR codes: numbers of variable length, texts, and a reader that never overruns."""

from __future__ import annotations

from fieldkit.errors import SyncError
from fieldkit.i18n import _

__all__ = ["Unpacker", "damaged", "pack_bytes", "pack_number"]


def pack_number(value: int) -> bytes:
    """Return a number from 0 as bytes, seven bits each, lowest first."""
    result = bytearray()
    while value > 0x7F:
        result.append(value & 0x7F | 0x80)
        value >>= 7
    result.append(value)
    return bytes(result)


def pack_bytes(data: bytes) -> bytes:
    """Return bytes with their length before them."""
    return pack_number(len(data)) + data


class Unpacker:
    """Reads what was packed, piece by piece."""

    __slots__ = ("_data", "position")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.position = 0

    def take(self, size: int) -> bytes:
        """Return the next bytes.

        Raises:
            SyncError: SYNC-041, so many are not left.
        """
        piece = self._data[self.position : self.position + size]
        if len(piece) != size:
            raise damaged()
        self.position += size
        return piece

    def number(self) -> int:
        """Return the next number.

        Raises:
            SyncError: SYNC-041, there is none.
        """
        value = 0
        for shift in range(0, 63, 7):
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise damaged()

    def counted(self) -> bytes:
        """Return the next bytes that have their length before them.

        Raises:
            SyncError: SYNC-041, there are none.
        """
        return self.take(self.number())

    def text(self) -> str:
        """Return the next text.

        Raises:
            SyncError: SYNC-041, there is none.
        """
        try:
            return self.counted().decode("utf-8")
        except UnicodeDecodeError as error:
            raise damaged() from error

    def end(self) -> None:
        """Make sure that everything was read.

        Raises:
            SyncError: SYNC-041, something is left.
        """
        if self.position != len(self._data):
            raise damaged()


def damaged() -> SyncError:
    """Return the error of a code whose text does not make sense."""
    return SyncError(
        "SYNC-041",
        _("The text of the code is damaged"),
        hint=_("Scan the code again, or copy the whole text, spaces included."),
    )
