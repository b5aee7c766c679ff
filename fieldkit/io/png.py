"""Copies a PNG without its metadata: only the chunks that are needed to show the picture."""

from __future__ import annotations

import struct
import zlib

from fieldkit.io.jpeg import minimal_exif, orientation_of

__all__ = ["clean_png"]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_NEEDED = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"bKGD",
     b"pHYs", b"sPLT", b"hIST", b"acTL", b"fcTL", b"fdAT"}
)  # fmt: skip


def clean_png(data: bytes) -> bytes:
    """Return a PNG without texts, times, EXIF, unknown chunks and whatever follows its end.

    Raises:
        ValueError: The data is no whole PNG.
    """
    out = bytearray(_SIGNATURE)
    position = len(_SIGNATURE)
    first = True
    while True:
        if position + 12 > len(data):
            raise ValueError("chunk")
        (size,) = struct.unpack_from(">I", data, position)
        name = data[position + 4 : position + 8]
        end = position + 12 + size
        if end > len(data) or first != (name == b"IHDR"):
            raise ValueError("chunk")
        if name in _NEEDED:
            out += data[position:end]
        elif name == b"eXIf":
            orientation = orientation_of(data[position + 8 : end - 4])
            if orientation != 1:
                out += _chunk(b"eXIf", minimal_exif(orientation))
        if name == b"IEND":
            return bytes(out)
        first = False
        position = end


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
