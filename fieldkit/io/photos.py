"""Makes a file ready to be kept as evidence: pictures lose what they tell about place, owner and device.

The picture itself is not touched: its parts are copied, and only those parts that are known to be needed for
showing it. Of the metadata, the way it was held stays, because the picture would lie on its side without it.
"""

from __future__ import annotations

import mimetypes
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fieldkit.errors import EvidenceError
from fieldkit.i18n import _
from fieldkit.io.blobs import MAX_BLOB_BYTES, refuse_odd
from fieldkit.io.jpeg import clean_jpeg
from fieldkit.io.png import clean_png
from fieldkit.io.webp import clean_webp

__all__ = ["CleanedFile", "clean", "clean_file", "media_type"]

_CLEANERS: dict[str, Callable[[bytes], bytes]] = {
    "image/jpeg": clean_jpeg,
    "image/png": clean_png,
    "image/webp": clean_webp,
}
_HARMLESS_PICTURES = frozenset({"image/bmp"})
_TIFF_STARTS = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+", b"IIRO", b"IIRS", b"MMOR", b"IIU\x00")
_HEIF_BRANDS = frozenset(
    {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis", b"crx "}
)
_PICTURE_NAMES = frozenset(
    {".jpg", ".jpeg", ".png", ".webp", ".gif", ".tif", ".tiff", ".heic", ".heif", ".avif", ".jxl", ".jp2", ".dng",
     ".cr2", ".cr3", ".nef", ".arw", ".raf", ".orf", ".rw2", ".svg", ".psd", ".bmp"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CleanedFile:
    """A file ready to be stored.

    Attributes:
        data: Its content.
        type: Its media type, such as ``image/jpeg``.
        changed: Whether anything was taken out.
    """

    data: bytes
    type: str
    changed: bool


def clean_file(path: Path) -> CleanedFile:
    """Return a file's content without what a picture tells about place, owner and device.

    Raises:
        EvidenceError: BLOB-001 when it vanished or cannot be read, BLOB-002 too large, BLOB-003 no plain file,
            PHOTO-001 a picture format that cannot be cleaned, PHOTO-002 a damaged picture.
    """
    try:
        refuse_odd(path)
        size = path.stat().st_size
        if size > MAX_BLOB_BYTES:
            raise EvidenceError(
                "BLOB-002",
                _("{name} has {size} MB; at most {limit} MB are taken").format(
                    name=path.name, size=size // 1_000_000, limit=MAX_BLOB_BYTES // 1_000_000
                ),
                hint=_("Note it as seen and not copied, or attach an extract."),
                where={"file": str(path), "bytes": size},
            )
        data = path.read_bytes()
    except OSError as error:
        raise EvidenceError(
            "BLOB-001",
            _("{name} cannot be read: {cause}").format(name=path.name, cause=error.strerror or str(error)),
            hint=_("Check that the file is still there and that you may read it."),
            where={"file": str(path)},
        ) from error
    return clean(data, path.name)


def clean(data: bytes, name: str) -> CleanedFile:
    """Return the content of a file of this name, cleaned; see :func:`clean_file`."""
    kind = media_type(data, name)
    cleaner = _CLEANERS.get(kind)
    if cleaner is None:
        if kind.startswith("image/") and kind not in _HARMLESS_PICTURES:
            raise EvidenceError(
                "PHOTO-001",
                _("Place and owner cannot be taken out of {name} ({type})").format(name=name, type=kind),
                hint=_("Save the picture as JPEG or PNG and attach that."),
                where={"file": name, "type": kind},
            )
        return CleanedFile(data, kind, changed=False)
    try:
        cleaned = cleaner(data)
    except (ValueError, IndexError, struct.error) as error:
        raise EvidenceError(
            "PHOTO-002",
            _("The picture {name} is damaged").format(name=name),
            hint=_("Open it in a picture program, save it again, and attach that."),
            where={"file": name, "type": kind},
        ) from error
    return CleanedFile(cleaned, kind, changed=cleaned != data)


def media_type(data: bytes, name: str) -> str:
    """Return what a file is, by its first bytes and else by its name."""
    found = _by_content(data)
    if found:
        return found
    ending = Path(name).suffix.lower()
    guessed = mimetypes.guess_type(f"file{ending}", strict=False)[0] if ending else None
    if ending in _PICTURE_NAMES and not (guessed or "").startswith("image/"):
        return f"image/x-{ending[1:]}"
    return guessed or "application/octet-stream"


def _by_content(data: bytes) -> str:
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if data.startswith(_TIFF_STARTS):
        return "image/tiff"
    if data[4:8] == b"ftyp":
        brands = {data[at : at + 4] for at in (8, *range(16, min(len(data), 64), 4))}
        return "image/heif" if brands & _HEIF_BRANDS else "video/mp4"
    if data.startswith((b"\xff\x0a", b"\x00\x00\x00\x0cJXL ", b"\x00\x00\x00\x0cjP  ")):
        return "image/jxl" if b"jP" not in data[:8] else "image/jp2"
    if data.startswith(b"8BPS"):
        return "image/vnd.adobe.photoshop"
    if data.startswith(b"BM") and len(data) > 26 and int.from_bytes(data[2:6], "little") <= len(data):
        return "image/bmp"
    return "application/pdf" if data.startswith(b"%PDF-") else ""
