"""Compression of bundle bodies, with a limit on what comes out."""

from __future__ import annotations

import zlib
from typing import Literal

from fieldkit.errors import SyncError
from fieldkit.i18n import _

__all__ = ["CODECS", "INFLATED_LIMIT", "Codec", "deflate", "inflate"]

Codec = Literal["zstd", "gzip"]
CODECS: tuple[Codec, ...] = ("zstd", "gzip")
"""Ways to compress, the first one is used for writing."""

INFLATED_LIMIT = 64 << 20
"""Bytes that a body may have when it is inflated."""

_LEVEL = 19
_QUICK_LEVEL = 9
_QUICK_ABOVE = 1 << 20
_WINDOW = 1 << 27


def deflate(data: bytes, codec: Codec = "zstd") -> bytes:
    """Return compressed bytes, equal for equal input."""
    if codec == "gzip":
        squeezer = zlib.compressobj(9, zlib.DEFLATED, 31)
        return squeezer.compress(data) + squeezer.flush()
    import zstandard

    level = _QUICK_LEVEL if len(data) > _QUICK_ABOVE else _LEVEL
    return zstandard.ZstdCompressor(level=level, write_checksum=True).compress(data)


def inflate(data: bytes, codec: str, expected: int) -> bytes:
    """Return the bytes that were compressed.

    Args:
        data: One compressed frame.
        codec: ``zstd`` or ``gzip``.
        expected: Size in bytes that the manifest states.

    Raises:
        SyncError: SYNC-008 more comes out than stated, SYNC-009 more than is allowed,
            SYNC-015 unknown way to compress, SYNC-005 less comes out or the frame is broken.
    """
    if expected > INFLATED_LIMIT:
        raise _too_large()
    limit = expected + 1
    try:
        if codec == "zstd":
            result = _unzstd(data, limit)
        elif codec == "gzip":
            result = zlib.decompressobj(31).decompress(data, limit)
        else:
            raise SyncError(
                "SYNC-015",
                _("The bundle is compressed in an unknown way: {codec}").format(codec=codec[:40]),
                hint=_("Update Fieldkit, or ask the sender to export again."),
            )
    except zlib.error as error:
        raise _broken(str(error)) from error
    if len(result) > expected:
        raise SyncError(
            "SYNC-008",
            _("The bundle is larger than its manifest says"),
            hint=_("It was not made by Fieldkit, or was altered. Ask the sender to export again."),
            where={"expected": expected},
        )
    if len(result) < expected:
        raise _broken(_("{found} of {expected} bytes").format(found=len(result), expected=expected))
    return result


def _unzstd(data: bytes, limit: int) -> bytes:
    import zstandard

    try:
        reader = zstandard.ZstdDecompressor(max_window_size=_WINDOW).stream_reader(data)
        parts = []
        while limit > 0:
            part = reader.read(min(limit, 1 << 20))
            if not part:
                break
            parts.append(part)
            limit -= len(part)
    except zstandard.ZstdError as error:
        raise _broken(str(error)) from error
    return b"".join(parts)


def _broken(reason: str) -> SyncError:
    return SyncError(
        "SYNC-005",
        _("The bundle is cut off or damaged: {reason}").format(reason=reason[:200]),
        hint=_("Copy the file again; nothing of it was imported."),
    )


def _too_large() -> SyncError:
    return SyncError(
        "SYNC-009",
        _("The bundle would inflate to more than {limit} MiB").format(limit=INFLATED_LIMIT >> 20),
        hint=_("Fieldkit never writes such a bundle. Do not trust its sender before you asked."),
    )
