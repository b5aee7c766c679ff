"""A QR code as half blocks: always dark on light, whatever the theme."""

from __future__ import annotations

__all__ = ["code_cells", "fitting", "half_blocks"]

_BLOCKS = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}
"""Upper and lower module dark? The light ones are painted, so that the code is dark on light."""

_MASK = 2
"""The mask of codes in a film: choosing one for each would cost four times the time."""


def half_blocks(text: str, *, border: int = 2, version: int | None = None) -> list[str]:
    """Return a text as QR code, level L, two modules in one row.

    Args:
        text: What the code says.
        border: Light modules around it.
        version: Version of the code, with a fixed mask as films need it; the smallest one where left out.
    """
    import qrcode  # only an export shows one

    mask = None if version is None else _MASK
    code = qrcode.QRCode(
        version=version, error_correction=qrcode.constants.ERROR_CORRECT_L, border=border, mask_pattern=mask
    )
    code.add_data(text.encode("utf-8"), optimize=0)
    code.make(fit=version is None)
    matrix = code.get_matrix()
    if len(matrix) % 2:
        matrix = [*matrix, [False] * len(matrix[0])]
    return [
        "".join(_BLOCKS[(bool(upper), bool(lower))] for upper, lower in zip(matrix[row], matrix[row + 1], strict=True))
        for row in range(0, len(matrix), 2)
    ]


def code_cells(version: int, border: int = 2) -> tuple[int, int]:
    """Return columns and rows of the terminal that a code of a version takes."""
    side = 17 + 4 * version + 2 * border
    return side, (side + 1) // 2


def fitting(columns: int, rows: int, most: int = 40) -> int:
    """Return the largest version whose code fits into so many cells, 0 where none does."""
    fits = (number for number in range(1, most + 1) if code_cells(number)[0] <= columns)
    return max((number for number in fits if code_cells(number)[1] <= rows), default=0)
