"""Copies a JPEG without its metadata: only the segments that are needed to show the picture."""

from __future__ import annotations

import struct

__all__ = ["clean_jpeg", "minimal_exif", "orientation_of"]

_ORIENTATION = 0x0112
_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
_APP0, _APP1, _APP2, _APP14, _COMMENT = 0xE0, 0xE1, 0xE2, 0xEE, 0xFE
_RESTARTS = range(0xD0, 0xD8)
_EXIF = b"Exif\x00\x00"


def clean_jpeg(data: bytes) -> bytes:
    """Return a JPEG without EXIF, XMP, IPTC, comments, makers' parts and whatever follows its end.

    Raises:
        ValueError: The data is no whole JPEG.
    """
    out = bytearray(b"\xff\xd8")
    orientation = 1
    position = 2
    placed = False
    while True:
        marker, position = _marker(data, position)
        if marker == _END:
            out += b"\xff\xd9"
            return bytes(out)
        if marker in _RESTARTS or marker == 0x01:
            out += bytes((0xFF, marker))
            continue
        size = int.from_bytes(data[position : position + 2], "big")
        body = data[position + 2 : position + size]
        if size < 2 or len(body) != size - 2:
            raise ValueError("segment")
        position += size
        if marker == _APP1 and body.startswith(_EXIF):
            orientation = orientation_of(body[len(_EXIF) :])
        if not _is_needed(marker, body):
            continue
        if not placed and marker != _APP0:
            placed = True
            out += _exif_segment(orientation if orientation != 1 else _orientation_ahead(data, position))
        out += bytes((0xFF, marker)) + struct.pack(">H", size) + body
        if marker == _SCAN:
            end = _scan_end(data, position)
            out += data[position:end]
            position = end


def orientation_of(tiff: bytes) -> int:
    """Return the way a picture was held, 1 to 8, from its EXIF block; 1 where that says nothing usable."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None or len(tiff) < 8:
        return 1
    (offset,) = struct.unpack_from(f"{order}I", tiff, 4)
    if offset + 2 > len(tiff):
        return 1
    (count,) = struct.unpack_from(f"{order}H", tiff, offset)
    for number in range(min(count, 512)):
        at = offset + 2 + 12 * number
        if at + 12 > len(tiff):
            return 1
        tag, kind, amount, value = struct.unpack_from(f"{order}HHIH", tiff, at)
        if tag == _ORIENTATION and kind == 3 and amount == 1:
            return value if 1 <= value <= 8 else 1
    return 1


def minimal_exif(orientation: int) -> bytes:
    """Return an EXIF block that holds the way a picture was held and nothing else."""
    return b"II*\x00\x08\x00\x00\x00\x01\x00" + struct.pack("<HHIHH", _ORIENTATION, 3, 1, orientation, 0) + bytes(4)


def _is_needed(marker: int, body: bytes) -> bool:
    if marker == _COMMENT:
        return False
    if _APP0 <= marker <= 0xEF:
        # Colour profile, and Adobe's mark that tells how colours are coded; JFIF without its thumbnail's friends.
        return (
            (marker == _APP0 and body.startswith(b"JFIF\x00"))
            or (marker == _APP2 and body.startswith(b"ICC_PROFILE\x00"))
            or (marker == _APP14 and body.startswith(b"Adobe"))
        )
    return True


def _exif_segment(orientation: int) -> bytes:
    if orientation == 1:
        return b""
    body = _EXIF + minimal_exif(orientation)
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def _orientation_ahead(data: bytes, position: int) -> int:
    """Return the orientation of an EXIF segment that stands behind the first needed one."""
    try:
        while True:
            marker, position = _marker(data, position)
            if marker in {_SCAN, _END}:
                return 1
            size = int.from_bytes(data[position : position + 2], "big")
            body = data[position + 2 : position + size]
            if marker == _APP1 and body.startswith(_EXIF):
                return orientation_of(body[len(_EXIF) :])
            position += max(size, 2)
    except ValueError:
        return 1


def _marker(data: bytes, position: int) -> tuple[int, int]:
    """Return the marker at a position, fill bytes skipped, and the position behind it."""
    if position >= len(data) or data[position] != 0xFF:
        raise ValueError("marker")
    while position < len(data) and data[position] == 0xFF:
        position += 1
    if position >= len(data) or data[position] == 0:
        raise ValueError("end")
    return data[position], position + 1


def _scan_end(data: bytes, position: int) -> int:
    """Return where the coded picture of a scan ends: at the next marker that is no restart."""
    while True:
        position = data.find(b"\xff", position)
        if position < 0 or position + 1 >= len(data):
            raise ValueError("scan")
        after = data[position + 1]
        if after == 0 or after in _RESTARTS:
            position += 2
        elif after == 0xFF:
            position += 1
        else:
            return position
