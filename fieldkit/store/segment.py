"""One file of the journal: a header line, numbered lines, and, once it is full, a footer with its hash."""

from __future__ import annotations

import hashlib
import mmap
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from msgspec import Struct, field

from fieldkit.errors import StoreError
from fieldkit.i18n import _
from fieldkit.model.operation import Json
from fieldkit.store.disk import Disk
from fieldkit.store.lines import Line, parse_line
from fieldkit.store.packing import Dictionary, decode, unpack
from fieldkit.store.sealing import RawCipher

__all__ = ["FORMAT", "PLAIN_FORMAT", "Cipher", "Entry", "Segment", "damage", "file_name", "parse_name"]

FORMAT = 2
"""Newest format that is read; segments with purged records have it, all others ``PLAIN_FORMAT``."""

PLAIN_FORMAT = 1
"""Version of the journal's format."""

_HEAD = re.compile(rb"[0-9a-f]{8} (\d{1,19}) ")
_HEAD_BYTES = 29
"""Bytes of a line that hold its checksum and its number."""
_FOOT = re.compile(rb"[0-9a-f]{8} (\d+) S ")
_NAME = re.compile(r"^(\d{8})-(\d{4})\.seg$")


class Cipher(RawCipher, Protocol):
    """Seals and opens one payload; ``context`` binds it to its place.

    Attributes:
        salt: Secret bytes for keyed hashes.
    """

    salt: bytes

    def seal(self, payload: bytes, context: bytes) -> bytes:
        """Return sealed text without spaces or line feeds."""

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """Return the payload.

        Raises:
            StoreError: STORE-032, it was altered or belongs elsewhere.
        """


class Entry(NamedTuple):
    """A line with its opened payload.

    Attributes:
        number: Number of the line.
        kind: One letter.
        payload: JSON text.
        offset: Where the line begins in its file.
        end: Where the next one begins.
        first: Number of the first line of its group.
        last: True for the last line of its group.
    """

    number: int
    kind: bytes
    payload: bytes
    offset: int
    end: int
    first: int
    last: bool


def file_name(number: int, generation: int) -> str:
    """Return a segment's file name."""
    return f"{number:08d}-{generation:04d}.seg"


def parse_name(name: str) -> tuple[int, int] | None:
    """Return number and generation of a segment's file name, or None for any other file."""
    found = _NAME.match(name)
    return (int(found[1]), int(found[2])) if found else None


def damage(path: Path, offset: int, number: int) -> StoreError:
    """Return the refusal for a line that is damaged although later ones are whole."""
    return StoreError(
        "STORE-006",
        _("The journal is damaged in the middle: {file}, byte {offset}, record {number}").format(
            file=path.name, offset=offset, number=number
        ),
        hint=_("Nothing was changed. Make a copy of the folder, then run: fieldkit verify --repair"),
        where={"file": path.name, "offset": offset, "record": number},
    )


class Segment(Struct, eq=False):
    """Reads one segment file.

    Attributes:
        path: The file.
        number: Its place in the journal.
        generation: How often it was rewritten by compaction or sealing.
        size: Bytes that may be read.
        cipher: Opens payloads of a sealed workspace.
        disk: The file system.
        header: The header's JSON.
        end_number: Number of the foot's line, None while the segment grows.
        end_offset: Where the foot's line begins.
        names: Dictionary of the growing segment, shared with its writer.
    """

    path: Path
    number: int
    generation: int
    size: int
    cipher: Cipher | None
    disk: Disk
    header: dict[str, Json] = field(default_factory=dict)
    end_number: int | None = None
    end_offset: int = 0
    names: Dictionary | None = None
    _view: tuple[int, mmap.mmap] | None = None

    @property
    def first(self) -> int:
        """Return the number of the header line."""
        return int(self.header["first"])

    def content(self) -> mmap.mmap | bytes:
        """Return the file's readable bytes, mapped; threads may call it while the segment grows."""
        size, view = self.size, self._view
        if view is None or view[0] < size:
            if size == 0:
                return b""
            view = self._view = (size, self.disk.map(self.path, size))
        return view[1]

    def close(self) -> None:
        """Let go of the mapping."""
        view, self._view = self._view, None
        if view is not None:
            view[1].close()

    def line_at(self, offset: int) -> tuple[Line | None, int]:
        """Return the line at an offset (None where it is not whole) and the offset after it."""
        data = self.content()
        end = data.find(b"\n", offset, self.size)
        if end < 0:
            return None, self.size
        return parse_line(data[offset:end]), end + 1

    def checksum_before(self, offset: int) -> str:
        """Return the checksum that stands on the line before an offset, empty where no line ends there."""
        if offset <= 0 or offset > self.size:
            return ""
        data = self.content()
        if data[offset - 1 : offset] != b"\n":
            return ""
        start = data.rfind(b"\n", 0, offset - 1) + 1
        return data[start : start + 8].decode("ascii", "replace")

    def open_payload(self, line: Line) -> bytes:
        """Return a line's JSON text."""
        if self.cipher is None or line.kind == b"H":
            return line.payload
        return self.cipher.open(line.payload, b"%d %b" % (line.number, line.kind))

    def read_header(self) -> bool:
        """Read the header; False where it is not whole.

        Raises:
            StoreError: STORE-004, a newer program wrote it.
        """
        line, _end = self.line_at(0)
        if line is None or line.kind != b"H":
            return False
        self.header = decode(line.payload)
        if self.header.get("format", 0) > FORMAT:
            raise StoreError(
                "STORE-004",
                _("This workspace was written by a newer program: journal format {format}").format(
                    format=self.header["format"]
                ),
                hint=_("Update Fieldkit. Nothing was changed."),
                where={"file": self.path.name},
            )
        return True

    @property
    def is_closed(self) -> bool:
        """Tell whether the segment has its foot and never grows again."""
        return self.end_number is not None

    def find_end(self, *, verified: bool) -> bool:
        """Look for the foot at the file's end; False for a segment that still grows or was torn.

        Args:
            verified: Check the foot's checksum too; else that waits until the foot is read.
        """
        data = self.content()
        if not data or data[self.size - 1 : self.size] != b"\n":
            return False
        start = data.rfind(b"\n", 0, self.size - 1) + 1
        found = _FOOT.match(data[start : start + 40])
        if found is None or (verified and parse_line(data[start : self.size - 1]) is None):
            return False
        self.end_number, self.end_offset = int(found[1]), start
        return True

    def footer(self) -> dict[str, Json]:
        """Return the foot's JSON: names, hash, lines.

        Raises:
            StoreError: STORE-006, it is damaged.
        """
        line, _end = self.line_at(self.end_offset)
        if line is None:
            raise damage(self.path, self.end_offset, self.end_number or 0)
        foot: dict[str, Json] = decode(self.open_payload(line))
        return foot

    def dictionary(self) -> Dictionary:
        """Return the numbered names: of the footer, of the writer, or learned by reading the whole file."""
        names = self.names
        if names is None:
            if self.is_closed:
                names = Dictionary(self.footer()["names"])
            else:
                names = Dictionary()
                for entry in self.entries(0):
                    if entry.kind == b"o":
                        unpack(entry.payload, names, learn=True)
            # Another reader may forget them at any time.
            self.names = names
        return names

    def entries(self, start: int, *, gaps: bool = False) -> Iterator[Entry]:
        """Yield the lines from an offset on.

        Args:
            start: Offset of a line.
            gaps: Accept missing numbers, as a compacted segment has them.

        Raises:
            StoreError: STORE-006 at a line that is damaged or out of order.
        """
        offset, size = start, self.size
        expected: int | None = None
        gaps = gaps or self.generation > 0
        data, plain = self.content(), self.cipher is None
        while offset < size:
            end = data.find(b"\n", offset, size)
            line = parse_line(data[offset:end]) if end >= 0 else None
            if line is None or (
                expected is not None and (line.number < expected or (line.number > expected and not gaps))
            ):
                raise damage(self.path, offset, expected or 0)
            number, kind, part, parts, payload = line
            expected = number + 1
            if not plain:
                payload = self.open_payload(line)
            yield Entry(number, kind, payload, offset, end + 1, number - part + 1, part == parts)
            offset = end + 1

    def offset_of(self, number: int) -> int:
        """Return where the first line with this or a greater number begins, by bisection over the file.

        On the way only the heads of lines are read: one line can hold a whole form. The lines on both sides of the
        place that is found are read in full, so that an altered head leads nowhere.

        Raises:
            StoreError: STORE-006, a line is damaged.
        """
        # The size comes first: a line that is written meanwhile lies in the content, but not the other way round.
        size = self.size
        data = self.content()
        low, high, before = 0, size, -1
        while low < high:
            start = data.rfind(b"\n", 0, (low + high) // 2) + 1
            head = _HEAD.match(data[start : start + _HEAD_BYTES])
            if head is None:
                raise damage(self.path, start, number)
            if int(head[1]) < number:
                before, low = start, (data.find(b"\n", start, size) + 1) or size
            else:
                high = start
        for start, is_before in ((before, True), (low, False)):
            if 0 <= start < size:
                line, _end = self.line_at(start)
                if line is None or (line.number < number) is not is_before:
                    raise damage(self.path, start, number)
        return low

    def find(self, number: int) -> Entry:
        """Return the line with a number.

        Raises:
            StoreError: STORE-006 where it is not there or damaged.
        """
        start = self.offset_of(number)
        line, end = self.line_at(start) if start < self.size else (None, start)
        if line is None or line.number != number:
            raise damage(self.path, start, number)
        return Entry(number, line.kind, self.open_payload(line), start, end, line.first, line.part == line.parts)

    def hash_before_footer(self) -> str:
        """Return the SHA-256 of everything before the footer."""
        with memoryview(self.content()) as view:
            return hashlib.sha256(view[: self.end_offset]).hexdigest()
