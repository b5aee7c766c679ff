"""One line of the journal: checksum, number, kind and JSON, readable with any editor.

    crc32hex SP number SP kind[part/parts] SP payload LF

The checksum covers everything between the first space and the line feed. ``part/parts`` stands on the lines
that became durable together: a crash takes all of them or none.
"""

from __future__ import annotations

import re
import zlib
from typing import NamedTuple

__all__ = ["Line", "format_line", "parse_line", "valid_lines"]

_LINE_HEAD = re.compile(rb"(?=[0-9a-f]{8} [0-9]+ [a-zA-Z])")


class Line(NamedTuple):
    """A line that passed its checksum.

    Attributes:
        number: Number of the line in the whole journal, rising by one.
        kind: One letter.
        part: Place in the group that was written together, from 1.
        parts: Lines of that group.
        payload: The JSON text, or the sealed text.
    """

    number: int
    kind: bytes
    part: int
    parts: int
    payload: bytes

    @property
    def first(self) -> int:
        """Return the number of the first line of the group."""
        return self.number - self.part + 1


def format_line(number: int, token: bytes, payload: bytes) -> bytes:
    """Return the bytes of a line; ``token`` is the kind with its part of a group."""
    body = b"%d %b %b" % (number, token, payload)
    return b"%08x %b\n" % (zlib.crc32(body), body)


def parse_line(raw: bytes) -> Line | None:
    """Return the line of its bytes without line feed, or None where checksum or shape is wrong."""
    try:
        if raw[:9] != b"%08x " % zlib.crc32(raw[9:]):
            return None
        number, token, payload = raw[9:].split(b" ", 2)
        if len(token) == 1:
            return Line(int(number), token, 1, 1, payload)
        part, parts = token[1:].split(b"/")
        return Line(int(number), token[:1], int(part), int(parts), payload)
    except ValueError:
        return None


def valid_lines(data: bytes, start: int) -> list[tuple[int, Line]]:
    """Return every line with a right checksum at or after ``start``, each with its offset.

    Lines are found too where the line feed between them was altered.
    """
    found: list[tuple[int, Line]] = []
    offset = start
    while offset < len(data):
        end = data.find(b"\n", offset)
        if end < 0:
            break
        raw = data[offset:end]
        line = parse_line(raw)
        if line is not None:
            found.append((offset, line))
        else:
            found.extend((offset + place, part) for place, part in _joined(raw))
        offset = end + 1
    return found


def _joined(raw: bytes) -> list[tuple[int, Line]]:
    """Return the lines in bytes that are no line, as one altered byte between two lines leaves them."""
    found: list[tuple[int, Line]] = []
    end = len(raw)
    for start in [0, *(head.start() for head in _LINE_HEAD.finditer(raw, 1))][::-1]:
        line = parse_line(raw[start:end])
        if line is not None:
            found.append((start, line))
            end = start - 1
    return found[::-1]
