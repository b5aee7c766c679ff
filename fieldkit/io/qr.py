"""QR codes as lines of half blocks for the terminal and as pictures, always dark on light."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fieldkit.errors import SyncError
from fieldkit.i18n import _
from fieldkit.sync.unusable import unusable

if TYPE_CHECKING:
    from PIL import Image

__all__ = [
    "ALPHANUMERIC_LIMITS",
    "LIMITS",
    "QUIET",
    "Code",
    "cells",
    "fitting_version",
    "half_blocks",
    "make_code",
    "picture",
    "write_picture",
]

QUIET = 2
"""Light modules around a code."""

LIMITS = (17, 32, 53, 78, 106, 134, 154, 192, 230, 271, 321, 367, 425, 458, 520, 586, 644, 718, 792, 858,
          929, 1003, 1091, 1171, 1273, 1367, 1465, 1528, 1628, 1732, 1840, 1952, 2068, 2188, 2303, 2431,
          2563, 2699, 2809, 2953)  # fmt: skip
"""Bytes that versions 1 to 40 hold at level L (ISO/IEC 18004)."""

ALPHANUMERIC_LIMITS = (25, 47, 77, 114, 154, 195, 224, 279, 335, 395, 468, 535, 619, 667, 758, 854, 938,
                       1046, 1153, 1249, 1352, 1460, 1588, 1704, 1853, 1990, 2132, 2223, 2369, 2520, 2677,
                       2840, 3009, 3183, 3351, 3537, 3729, 3927, 4087, 4296)  # fmt: skip
"""Characters of base45 that versions 1 to 40 hold at level L (ISO/IEC 18004)."""


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code.

    Attributes:
        modules: Rows of modules, true is dark, without the light border.
        version: Version of the code, 1 to 40.
    """

    modules: tuple[tuple[bool, ...], ...]
    version: int


def make_code(text: str, *, version: int | None = None, mask: int | None = None) -> Code:
    """Return the QR code of a text at level L.

    Args:
        text: The text; capitals, digits and `` $%*+-./:`` alone make the smallest code.
        version: Version to use; None takes the smallest one that holds the text.
        mask: Fixed mask 0 to 7, which is faster; None tries all and takes the best.

    Raises:
        SyncError: SYNC-040, the text does not fit, or cannot be encoded by the library.
    """
    import qrcode
    from qrcode.exceptions import DataOverflowError

    try:
        code = qrcode.QRCode(version=version, error_correction=qrcode.ERROR_CORRECT_L, border=0, mask_pattern=mask)
        code.add_data(text.encode("utf-8"), optimize=0)
        code.make(fit=version is None)
    except (DataOverflowError, ValueError) as error:
        # qrcode raises ValueError glog(0) on a block of zeros; callers whiten what they encode.
        raise SyncError(
            "SYNC-040",
            _("{count} characters make no QR code of version {version}").format(count=len(text), version=version or 40),
            hint=_("Choose a larger version, or show the bundle as frames."),
        ) from error
    rows = tuple(tuple(bool(module) for module in row) for row in code.modules)
    return Code(rows, int(code.version))


def half_blocks(code: Code, *, quiet: int = QUIET) -> list[str]:
    """Return a code as lines of half blocks, two modules high each, light border included.

    A dark module is a space and a light one a block: print them with a light foreground on a dark
    background, both set, so that the code is dark on light in every theme.
    """
    side = len(code.modules) + 2 * quiet
    light = (False,) * side
    rows = [light] * quiet
    rows += [(False,) * quiet + row + (False,) * quiet for row in code.modules]
    rows += [light] * quiet
    if len(rows) % 2:
        rows.append(light)
    signs = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}
    return [
        "".join(signs[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(rows[::2], rows[1::2], strict=True)
    ]


def cells(version: int, *, quiet: int = QUIET) -> tuple[int, int]:
    """Return columns and rows of the terminal that a code of a version takes."""
    side = 17 + 4 * version + 2 * quiet
    return side, (side + 1) // 2


def fitting_version(columns: int, rows: int, *, most: int = 40) -> int:
    """Return the largest version whose code fits into so many cells, 0 where none does."""
    return max(
        (number for number in range(1, most + 1) if cells(number)[0] <= columns and cells(number)[1] <= rows),
        default=0,
    )


def picture(code: Code, *, scale: int = 8, quiet: int = 4) -> Image.Image:
    """Return a code as a picture, black on white.

    Args:
        code: The code.
        scale: Pixels of a module.
        quiet: Light modules around it.
    """
    from PIL import Image as pillow  # noqa: N813 - heavy

    side = len(code.modules) + 2 * quiet
    small = pillow.new("1", (side, side), 1)
    for row, modules in enumerate(code.modules):
        for column, dark in enumerate(modules):
            if dark:
                small.putpixel((column + quiet, row + quiet), 0)
    return small.resize((side * scale, side * scale), pillow.Resampling.NEAREST)


def write_picture(code: Code, path: Path, *, scale: int = 8) -> None:
    """Write a code as a PNG file.

    Raises:
        SyncError: SYNC-001, the file cannot be written.
    """
    buffer = io.BytesIO()
    picture(code, scale=scale).save(buffer, "PNG")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(buffer.getvalue())
    except OSError as error:
        raise unusable(path, error) from error
