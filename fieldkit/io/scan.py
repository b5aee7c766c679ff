"""Reads QR codes from pictures, a folder of them, a video, a camera, or pasted lines (extra ``camera``)."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from fieldkit.errors import SyncError
from fieldkit.i18n import _
from fieldkit.io.bundlefile import write_durably
from fieldkit.io.qr import make_code, write_picture
from fieldkit.sync.frames import Collector, Frames, Progress, still_text

__all__ = [
    "PICTURES",
    "codes_of_camera",
    "codes_of_folder",
    "codes_of_lines",
    "codes_of_picture",
    "codes_of_video",
    "scan",
    "scan_source",
    "write_frames",
]

PICTURES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".webp", ".gif", ".tif", ".tiff"})
"""Endings of the pictures that are read in a folder."""

_FRAME_MASK = 2
_LINE_LIMIT = 10_000
_PIXEL_LIMIT = 100_000_000
_RESUME_SUFFIX = ".scan"
_CAMERA_BLANKS = 300


def write_frames(data: bytes, folder: Path, *, version: int, scale: int = 4) -> Frames:
    """Write the advised number of frames as PNG files, numbered in order.

    Args:
        data: The file to show.
        folder: Where the pictures go.
        version: Version of the codes.
        scale: Pixels of a module.

    Raises:
        SyncError: SYNC-001 the folder cannot be written, SYNC-040 or SYNC-043 the file makes no frames.
    """
    frames = Frames(data, version)
    digits = len(str(frames.advised - 1))
    for index in range(frames.advised):
        code = make_code(frames.text(index), version=version, mask=_FRAME_MASK)
        write_picture(code, folder / f"frame-{index:0{digits}d}.png", scale=scale)
    return frames


def scan(
    codes: Iterable[str],
    target: Path,
    *,
    on_progress: Callable[[Progress], bool] | None = None,
    endless: bool = False,
) -> Progress:
    """Gather frames until the file is complete, and write it; a card or a receipt is a file of one code.

    What was read so far is kept beside the target and used by the next scan, until the file is there. A still code
    is taken where no frame was read before it; from codes that end, only after all of them.

    Args:
        codes: Texts of codes as they are read.
        target: The file to write.
        on_progress: Is told how far the scan is after each useful frame, and stops it by returning false.
        endless: The codes never end by themselves, so that the first still one ends them.

    Raises:
        SyncError: SYNC-001, the target cannot be written; SYNC-044, the codes ended too early.
    """
    collector = Collector()
    kept = target.with_name(target.name + _RESUME_SUFFIX)
    for line in _kept_lines(kept):
        collector.add(line)
    before, still = len(collector.lines), ""
    try:
        for text in codes:
            still = still or still_text(text.encode("utf-8", errors="replace")) or ""
            if still and endless and len(collector.lines) == before:
                break
            if collector.add(text) and on_progress is not None and not on_progress(collector.progress):
                break
            if collector.data is not None:
                break
    finally:
        if collector.data is None and collector.lines:
            _keep(kept, collector.lines)
    if collector.data is None and still and len(collector.lines) == before:
        write_durably(target, f"{still}\n".encode("ascii"))
        return Progress(1, 1, 1, 0)
    if collector.data is None:
        raise _incomplete(collector.progress)
    write_durably(target, collector.data)
    kept.unlink(missing_ok=True)
    return collector.progress


def scan_source(source: str, target: Path, *, on_progress: Callable[[Progress], bool] | None = None) -> Progress:
    """Gather frames from ``camera``, ``camera:1``, a folder of pictures, a picture, a text or a video file.

    Raises:
        SyncError: The source cannot be read, or it ended too early (SYNC-044).
    """
    name, _colon, number = source.partition(":")
    path = Path(source)
    codes: Iterator[str]
    is_camera = name == "camera" and not path.exists()
    if is_camera:
        codes = codes_of_camera(int(number) if number.isdigit() else 0)
    elif path.is_dir():
        codes = codes_of_folder(path)
    elif path.suffix.lower() in PICTURES:
        codes = iter(codes_of_picture(path))
    elif path.suffix.lower() in {".txt", ".lines"}:
        codes = codes_of_lines(_lines_of(path))
    else:
        codes = codes_of_video(path)
    return scan(codes, target, on_progress=on_progress, endless=is_camera)


def codes_of_lines(lines: Iterable[str]) -> Iterator[str]:
    """Yield pasted lines; endless ones are passed over."""
    return (line for line in lines if 0 < len(line) <= _LINE_LIMIT)


def codes_of_folder(folder: Path) -> Iterator[str]:
    """Yield the codes of all pictures of a folder, in the order of their names."""
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in PICTURES and path.is_file():
            yield from codes_of_picture(path)


def codes_of_picture(path: Path) -> list[str]:
    """Return the codes of one picture, none where it cannot be read.

    Raises:
        SyncError: SYNC-042, the extra ``camera`` is not installed.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as picture:
            if picture.width * picture.height > _PIXEL_LIMIT:
                return []
            return _codes_of_image(picture.convert("L"))
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError):
        return []


def codes_of_video(path: Path) -> Iterator[str]:
    """Yield the codes of a video file, picture by picture.

    Raises:
        SyncError: SYNC-042 the extra ``camera`` is not installed, SYNC-001 the file cannot be read.
    """
    if not path.is_file():
        raise _unusable(path)
    return _captured(_needed("cv2").VideoCapture(str(path)), str(path), blanks=0)


def codes_of_camera(number: int = 0) -> Iterator[str]:
    """Yield the codes that a camera sees, until the caller stops or it gives no picture any more.

    Raises:
        SyncError: SYNC-042 the extra ``camera`` is not installed, SYNC-001 there is no such camera.
    """
    return _captured(_needed("cv2").VideoCapture(number), _("camera {number}").format(number=number), _CAMERA_BLANKS)


def _captured(capture: Any, name: str, blanks: int) -> Iterator[str]:
    if not capture.isOpened():
        raise _unusable(name)
    missed = 0
    try:
        while missed <= blanks:
            is_read, picture = capture.read()
            if is_read:
                missed = 0
                yield from _codes_of_image(picture)
            else:
                missed += 1
    finally:
        capture.release()


def _codes_of_image(image: Any) -> list[str]:
    reader = _needed("zxingcpp")
    found = reader.read_barcodes(image, formats=reader.BarcodeFormat.QRCode)
    return [code.bytes.decode("ascii") for code in found if code.valid and code.bytes.isascii()]


def _needed(module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise SyncError(
            "SYNC-042",
            _("Reading codes from pictures needs {module}, which is not installed").format(module=module),
            hint=_("Install the extra: pip install 'fieldkit[camera]'. Pasted lines work without it."),
            where={"module": module},
        ) from error


def _kept_lines(path: Path) -> list[str]:
    return _lines_of(path) if path.is_file() else []


def _lines_of(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError as error:
        raise _unusable(path) from error


def _keep(path: Path, lines: list[str]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(line + "\n" for line in lines), encoding="ascii")
    except OSError as error:
        raise _unusable(path) from error


def _unusable(place: Path | str) -> SyncError:
    return SyncError(
        "SYNC-001",
        _("Cannot use {file}: {reason}").format(file=place, reason=_("it cannot be opened")),
        hint=_("Look at the path, or choose another camera: camera:1."),
        where={"file": str(place)},
    )


def _incomplete(progress: Progress) -> SyncError:
    return SyncError(
        "SYNC-044",
        _("The scan is not complete: {got} of {needed} frames").format(got=progress.got, needed=progress.needed or "?"),
        hint=_("Scan again into the same file: what was read is kept, and any further frames will do."),
        where={"got": progress.got, "needed": progress.needed},
    )
