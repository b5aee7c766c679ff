"""A QR code as half blocks: always dark on light, whatever the theme."""

from __future__ import annotations

__all__ = ["half_blocks"]

_BLOCKS = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}
"""Upper and lower module dark? The light ones are painted, so that the code is dark on light."""


def half_blocks(text: str, *, border: int = 2) -> list[str]:
    """Return a text as QR code, level L, two modules in one row.

    Args:
        text: What the code says.
        border: Light modules around it.
    """
    import qrcode  # only an export shows one

    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_L, border=border)
    code.add_data(text)
    code.make(fit=True)
    matrix = code.get_matrix()
    if len(matrix) % 2:
        matrix = [*matrix, [False] * len(matrix[0])]
    return [
        "".join(_BLOCKS[(bool(upper), bool(lower))] for upper, lower in zip(matrix[row], matrix[row + 1], strict=True))
        for row in range(0, len(matrix), 2)
    ]
