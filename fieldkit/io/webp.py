"""Copies a WebP picture without its metadata."""

from __future__ import annotations

import struct

from fieldkit.io.jpeg import minimal_exif, orientation_of

__all__ = ["clean_webp"]

_NEEDED = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"})
_HAS_EXIF, _HAS_XMP = 0x08, 0x04


def clean_webp(data: bytes) -> bytes:
    """Return a WebP picture without EXIF, XMP, unknown chunks and whatever follows its end.

    Raises:
        ValueError: The data is no whole WebP picture.
    """
    (size,) = struct.unpack_from("<I", data, 4)
    end = 8 + size
    if end > len(data) + 1 or data[:4] != b"RIFF":
        raise ValueError("length")
    chunks: list[tuple[bytes, bytes]] = []
    orientation = 1
    position = 12
    while position + 8 <= min(end, len(data)):
        name = data[position : position + 4]
        (length,) = struct.unpack_from("<I", data, position + 4)
        body = data[position + 8 : position + 8 + length]
        if len(body) != length:
            raise ValueError("chunk")
        if name in _NEEDED:
            chunks.append((name, body))
        elif name == b"EXIF":
            orientation = orientation_of(body.removeprefix(b"Exif\x00\x00"))
        position += 8 + length + length % 2
    if not any(name in {b"VP8 ", b"VP8L", b"ANMF"} for name, __ in chunks):
        raise ValueError("picture")
    return _pack(chunks, orientation)


def _pack(chunks: list[tuple[bytes, bytes]], orientation: int) -> bytes:
    out = bytearray(b"WEBP")
    extended = chunks[0][0] == b"VP8X"
    keeps_way = extended and orientation != 1
    for name, body in chunks:
        if name == b"VP8X":
            flags = body[0] & ~(_HAS_EXIF | _HAS_XMP) | (_HAS_EXIF if keeps_way else 0)
            out += _chunk(name, bytes((flags,)) + body[1:])
        else:
            out += _chunk(name, body)
    if keeps_way:
        out += _chunk(b"EXIF", minimal_exif(orientation))
    return b"RIFF" + struct.pack("<I", len(out)) + bytes(out)


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + (b"\x00" if len(body) % 2 else b"")
