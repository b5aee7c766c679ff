"""Pictures lose place, owner and device, and stay the same picture; what cannot be cleaned is refused."""

from __future__ import annotations

import io
import struct
import zlib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.ExifTags import GPS, IFD, Base

from fieldkit.errors import EvidenceError
from fieldkit.io.photos import clean, clean_file, media_type

SECRETS = (b"Owner Name", b"119.30000", b"SECRET", b"Camera 7")
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">SECRET place 119.30000</x:xmpmeta>'


def picture(size: tuple[int, int] = (24, 16)) -> Image.Image:
    image = Image.new("RGB", size)
    image.putdata([(x * 9 % 256, y * 15 % 256, (x + y) % 256) for y in range(size[1]) for x in range(size[0])])
    return image


def exif(orientation: int = 6) -> Image.Exif:
    data = Image.Exif()
    data[Base.Orientation] = orientation
    data[Base.Artist] = "Owner Name"
    data[Base.Make] = "Camera 7"
    data[Base.ImageDescription] = "SECRET"
    data.get_ifd(IFD.GPSInfo)[GPS.GPSLatitude] = (26.0, 4.0, 30.5)
    data.get_ifd(IFD.GPSInfo)[GPS.GPSLongitude] = (119.0, 18.0, 0.0)
    return data


def jpeg(**options: object) -> bytes:
    out = io.BytesIO()
    picture().save(out, "JPEG", exif=exif(), comment=b"SECRET comment", quality=90, **options)
    data = out.getvalue()
    xmp = b"http://ns.adobe.com/xap/1.0/\x00" + XMP
    iptc = b"Photoshop 3.0\x008BIM\x04\x04\x00\x00SECRET Owner Name"
    extra = b"".join(
        marker + struct.pack(">H", len(body) + 2) + body
        for marker, body in ((b"\xff\xe1", xmp), (b"\xff\xed", iptc), (b"\xff\xe5", b"SECRET maker"))
    )
    return data[:2] + extra + data[2:] + b"SECRET trailing film"


def png() -> bytes:
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Author", "Owner Name")
    info.add_itxt("XML:com.adobe.xmp", XMP.decode())
    info.add_text("Comment", "SECRET" * 100, zip=True)
    out = io.BytesIO()
    picture().save(out, "PNG", pnginfo=info, exif=exif())
    return out.getvalue() + b"SECRET trailing"


def webp(*, lossless: bool) -> bytes:
    out = io.BytesIO()
    picture().save(out, "WEBP", exif=exif(), xmp=XMP, lossless=lossless)
    return out.getvalue()


PICTURES = {
    "jpeg": jpeg(),
    "progressive jpeg": jpeg(progressive=True),
    "jpeg with restarts": jpeg(restart_marker_blocks=1),
    "png": png(),
    "webp": webp(lossless=False),
    "lossless webp": webp(lossless=True),
}


@pytest.mark.parametrize("kind", PICTURES)
def test_the_picture_stays_and_the_rest_goes(kind: str) -> None:
    data = PICTURES[kind]
    cleaned = clean(data, "photo.bin")
    assert cleaned.changed
    assert not any(secret in cleaned.data for secret in SECRETS)
    before, after = Image.open(io.BytesIO(data)), Image.open(io.BytesIO(cleaned.data))
    assert after.tobytes() == before.tobytes()
    tags = after.getexif()
    assert dict(tags) == {Base.Orientation: 6}
    assert tags.get_ifd(IFD.GPSInfo) == {}
    assert "comment" not in after.info
    assert "xmp" not in after.info


@pytest.mark.parametrize("kind", PICTURES)
def test_cleaning_twice_changes_nothing(kind: str) -> None:
    once = clean(PICTURES[kind], "a")
    twice = clean(once.data, "a")
    assert (twice.data, twice.changed) == (once.data, False)


def test_an_upright_picture_needs_no_metadata() -> None:
    out = io.BytesIO()
    picture().save(out, "JPEG", exif=exif(1))
    assert b"Exif" not in clean(out.getvalue(), "a").data


def test_the_colour_profile_stays() -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for kind in ("JPEG", "PNG", "WEBP"):
        out = io.BytesIO()
        picture().save(out, kind, icc_profile=profile, exif=exif())
        assert Image.open(io.BytesIO(clean(out.getvalue(), "a").data)).info["icc_profile"] == profile


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (b"GIF89a" + bytes(20), "a.gif", "image/gif"),
        (b"II*\x00" + bytes(20), "a.dng", "image/tiff"),
        (b"MM\x00*" + bytes(20), "a.tif", "image/tiff"),
        (bytes((0, 0, 0, 24)) + b"ftypheic" + bytes(12), "a.jpg", "image/heif"),
        (bytes((0, 0, 0, 24)) + b"ftypmif1\x00\x00\x00\x00avif" + bytes(12), "a.avif", "image/heif"),
        (b"\xff\x0a" + bytes(20), "a.jxl", "image/jxl"),
        (b"8BPS" + bytes(20), "a.psd", "image/vnd.adobe.photoshop"),
        (b"<svg/>", "a.svg", "image/svg+xml"),
        (b"unknown", "a.heic", "image/heic"),
        (b"unknown", "a.arw", "image/x-arw"),
    ],
)
def test_a_format_that_cannot_be_cleaned_is_refused(data: bytes, name: str, kind: str) -> None:
    with pytest.raises(EvidenceError) as caught:
        clean(data, name)
    assert caught.value.code == "PHOTO-001"
    assert caught.value.hint
    assert media_type(data, name) in {kind, f"image/x-{name[2:]}"}


@pytest.mark.parametrize("kind", PICTURES)
def test_a_damaged_picture_is_refused(kind: str) -> None:
    data = PICTURES[kind]
    for share in (0.3, 0.6):
        with pytest.raises(EvidenceError) as caught:
            clean(data[: int(len(data) * share)], "a")
        assert caught.value.code == "PHOTO-002"


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (b"%PDF-1.7", "a.bin", "application/pdf"),
        (b"anything", "a.txt", "text/plain"),
        (b"anything", "a", "application/octet-stream"),
        (bytes((0, 0, 0, 24)) + b"ftypisom" + bytes(12), "a.mp4", "video/mp4"),
    ],
)
def test_other_files_stay_as_they_are(data: bytes, name: str, kind: str) -> None:
    cleaned = clean(data, name)
    assert (cleaned.data, cleaned.type, cleaned.changed) == (data, kind, False)


def test_a_file_that_vanished(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError) as caught:
        clean_file(tmp_path / "gone.jpg")
    assert caught.value.code == "BLOB-001"
    with pytest.raises(EvidenceError) as folder:
        clean_file(tmp_path)
    assert folder.value.code == "BLOB-003"


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(PICTURES)), st.data())
def test_altered_bytes_never_crash_it(kind: str, data: st.DataObject) -> None:
    altered = bytearray(PICTURES[kind])
    for __ in range(data.draw(st.integers(1, 4))):
        altered[data.draw(st.integers(0, len(altered) - 1))] = data.draw(st.integers(0, 255))
    # Anything but a refusal or a clean copy would leave this block.
    with suppress(EvidenceError):
        assert len(clean(bytes(altered), "a.bin").data) <= len(altered) + 64


def test_chunks_of_a_png_keep_their_sums() -> None:
    data = clean(PICTURES["png"], "a").data
    position = 8
    while position < len(data):
        (size,) = struct.unpack_from(">I", data, position)
        body = data[position + 4 : position + 8 + size]
        assert struct.unpack_from(">I", data, position + 8 + size) == (zlib.crc32(body),)
        position += 12 + size
