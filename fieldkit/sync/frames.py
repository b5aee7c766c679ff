"""Frames of an animated QR code: a small header and one symbol of the fountain code, as base45 text."""

from __future__ import annotations

import math

from msgspec import Struct

from fieldkit.errors import SyncError
from fieldkit.i18n import _
from fieldkit.sync import base45
from fieldkit.sync.fountain import Decoder, Encoder
from fieldkit.sync.packing import damaged
from fieldkit.sync.schedule import repair_indexes

__all__ = [
    "DEFAULT_VERSION",
    "FILE_LIMIT",
    "HEADER",
    "SYMBOL_LIMIT",
    "Collector",
    "Frame",
    "Frames",
    "Progress",
    "parse_frame",
    "still_text",
    "symbol_size",
]

DEFAULT_VERSION = 9
"""Largest version of code that soft cameras still read; frames begin with at most this one."""
HEADER = 12
"""Bytes before the symbol: ``F``, session (4), length of the file (3), number of the frame (4), big-endian."""
FILE_LIMIT = (1 << 24) - 1
"""Bytes that a file of frames may have."""

SYMBOL_LIMIT = 20_000
"""Symbols that a file may have: more would take a machine longer to join than anybody scans."""

_MAGIC = 0x46
_STILL_LIMIT = 1000
_SESSIONS = 8
_ALPHANUMERIC = (25, 47, 77, 114, 154, 195, 224, 279, 335, 395, 468, 535, 619, 667, 758, 854, 938, 1046, 1153,
                 1249, 1352, 1460, 1588, 1704, 1853, 1990, 2132, 2223, 2369, 2520, 2677, 2840, 3009, 3183,
                 3351, 3537, 3729, 3927, 4087, 4296)  # fmt: skip


def symbol_size(version: int) -> int:
    """Return the bytes of a symbol in a code of a version at level L: a multiple of 8, 0 where none fits."""
    characters = _ALPHANUMERIC[version - 1]
    room = characters // 3 * 2 + (characters % 3 == 2)
    return max(0, (room - HEADER) // 8 * 8)


class Frame(Struct, frozen=True):
    """What one code of an animation says.

    Attributes:
        session: CRC-32 of the file.
        length: Its length in bytes.
        index: Number of the frame, from 0.
        symbol: What it carries.
    """

    session: int
    length: int
    index: int
    symbol: bytes


class Frames:
    """The frames of a file, as many as anybody wants to show.

    Attributes:
        version: Version of the codes.
        symbols: Number k of symbols: so many good frames and a few more are enough.
        length: Bytes of the file.
    """

    def __init__(self, data: bytes, version: int = DEFAULT_VERSION) -> None:
        """Prepare the frames of a file.

        Args:
            data: The file.
            version: Version of the codes, 2 to 40.

        Raises:
            SyncError: SYNC-043 the file is empty or too large for frames, SYNC-040 the version is too small.
        """
        size = symbol_size(version) if 1 <= version <= len(_ALPHANUMERIC) else 0
        if not size:
            raise SyncError(
                "SYNC-040",
                _("Codes of version {version} carry no frames").format(version=version),
                hint=_("Choose a version from 2 to 40."),
            )
        if not 0 < len(data) <= min(FILE_LIMIT, SYMBOL_LIMIT * size):
            raise SyncError(
                "SYNC-043",
                _("A file of {size} bytes cannot be shown as frames").format(size=len(data)),
                hint=_("Use a stick or the drop for large files, and for evidence always."),
            )
        self._encoder = Encoder(data, size)
        self._repairs: list[int] = []
        self.version = version
        self.symbols = self._encoder.count
        self.length = len(data)

    def text(self, place: int) -> str:
        """Return the text of the frame that is shown at a place, from 0: the symbols first, then combinations."""
        encoder, index = self._encoder, self._index(place)
        header = _MAGIC.to_bytes(1, "big") + encoder.session.to_bytes(4, "big")
        header += encoder.length.to_bytes(3, "big") + index.to_bytes(4, "big")
        return base45.encode(header + encoder.symbol(index))

    def _index(self, place: int) -> int:
        """Return the number of the frame at a place; small files pass over numbers that help few readers."""
        if place < self.symbols:
            return place
        if not self._repairs:
            self._repairs = repair_indexes(self._encoder.session, self.symbols, self.advised - self.symbols)
        beyond = place - self.symbols
        if beyond < len(self._repairs):
            return self._repairs[beyond]
        return max(self._repairs) + 1 + beyond - len(self._repairs)

    @property
    def advised(self) -> int:
        """Return how many frames are written to a folder: 2.5 k + 10."""
        return math.ceil(2.5 * self.symbols) + 10

    def expected(self, loss: float = 0.3) -> int:
        """Return how many frames a reader that loses a share of them needs on average."""
        return math.ceil((self.symbols + 1.6) / (1 - loss))


class Progress(Struct, frozen=True):
    """How far a scan is.

    Attributes:
        got: Independent frames so far.
        needed: How many are needed.
        frames: Different frames so far.
        foreign: Codes that were no frames.
    """

    got: int
    needed: int
    frames: int
    foreign: int

    @property
    def is_complete(self) -> bool:
        """Tell whether the file is known."""
        return 0 < self.needed <= self.got


class Collector:
    """Takes the texts of codes as they come and gives the file.

    Attributes:
        data: The file, None until it is complete.
        lines: The texts that were of use: given again later, they bring a scan back to where it stopped.
    """

    def __init__(self) -> None:
        self.data: bytes | None = None
        self.lines: list[str] = []
        self._decoders: dict[tuple[int, int, int], Decoder] = {}
        self._current: Decoder | None = None
        self._foreign = 0

    @property
    def progress(self) -> Progress:
        """Return how far the scan is."""
        current = self._current
        if current is None:
            return Progress(0, 0, 0, self._foreign)
        return Progress(current.rank, current.count, current.received, self._foreign)

    def add(self, text: str) -> bool:
        """Take the text of a code and tell whether it was of use; texts that are no frames do no harm."""
        line = text.strip("\r\n\t")
        try:
            frame = parse_frame(line)
        except SyncError:
            self._foreign += 1
            return False
        decoder = self._decoder(frame)
        if self.data is not None or not decoder.add(frame.index, frame.symbol):
            return False
        self._current = decoder
        self.lines.append(line)
        if decoder.is_complete:
            self.data = decoder.data()
            if self.data is None:
                self._forget(frame)
        return True

    def _decoder(self, frame: Frame) -> Decoder:
        key = (frame.session, frame.length, len(frame.symbol))
        if key not in self._decoders:
            if len(self._decoders) >= _SESSIONS:
                self._decoders.pop(next(iter(self._decoders)))
            self._decoders[key] = Decoder(*key)
        return self._decoders[key]

    def _forget(self, frame: Frame) -> None:
        """Begin again with a file: a frame that was read wrong spoils the whole."""
        del self._decoders[frame.session, frame.length, len(frame.symbol)]
        self._current = None
        self.lines.clear()


def still_text(data: bytes) -> str | None:
    """Return the text of a card, a receipt's code or a bundle's summary, which is one still code; else None."""
    text = data[: _STILL_LIMIT + 1].strip(b"\r\n\t\xef\xbb\xbf")
    if not text.startswith(b"FIELDKIT") or len(data) > _STILL_LIMIT or b"\n" in text or not text.isascii():
        return None
    return text.decode("ascii")


def parse_frame(text: str) -> Frame:
    """Return the frame of a code's text.

    Raises:
        SyncError: SYNC-041, it is none.
    """
    # A frame has a multiple of 3 characters; pasting eats spaces at the ends of lines.
    gap = " " * (-len(text) % 3)
    try:
        data = base45.decode(text + gap)
    except SyncError:
        data = b""
    if gap and data[:1] != b"F":
        data = base45.decode(gap + text)
    symbol = data[HEADER:]
    length = int.from_bytes(data[5:8], "big")
    if not symbol or data[0] != _MAGIC or len(symbol) % 8 or not 0 < length <= SYMBOL_LIMIT * len(symbol):
        raise damaged()
    return Frame(
        int.from_bytes(data[1:5], "big"),
        length,
        int.from_bytes(data[8:12], "big"),
        symbol,
    )
