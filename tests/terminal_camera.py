"""A terminal and a camera in front of it: half-block lines become pictures, blurred, turned and noisy."""

from __future__ import annotations

import random
from collections.abc import Sequence

from PIL import Image, ImageFilter

__all__ = ["photograph", "screen_picture"]

CELL = (8, 17)
"""Pixels of a terminal cell: not quite two squares, as fonts have it."""
_DARK, _LIGHT = 12, 235


def screen_picture(lines: Sequence[str], *, cell: tuple[int, int] = CELL) -> Image.Image:
    """Return half-block lines as a terminal paints them, on a dark screen with some room around."""
    width, height = cell
    upper = height // 2
    columns = max(map(len, lines))
    picture = Image.new("L", ((columns + 6) * width, (len(lines) + 4) * height), _DARK)
    for row, line in enumerate(lines):
        for column, sign in enumerate(line):
            left, top = (column + 3) * width, (row + 2) * height
            if sign in "█▀":
                picture.paste(_LIGHT, (left, top, left + width, top + upper))
            if sign in "█▄":
                picture.paste(_LIGHT, (left, top + upper, left + width, top + height))
    return picture


def photograph(picture: Image.Image, chance: random.Random, *, blur: float = 1.2) -> Image.Image:
    """Return what a hand-held camera makes of it: turned, tilted, out of focus, noisy."""
    turned = picture.rotate(chance.uniform(-8, 8), expand=True, fillcolor=40, resample=Image.Resampling.BICUBIC)
    width, height = turned.size
    tilt = [chance.uniform(0, 0.05) for _ in range(8)]
    corners = (
        -tilt[0] * width, -tilt[1] * height, -tilt[2] * width, height * (1 + tilt[3]),
        width * (1 + tilt[4]), height * (1 + tilt[5]), width * (1 + tilt[6]), -tilt[7] * height,
    )  # fmt: skip
    tilted = turned.transform(turned.size, Image.Transform.QUAD, corners, Image.Resampling.BICUBIC, fillcolor=40)
    soft = tilted.filter(ImageFilter.GaussianBlur(blur))
    noise = Image.effect_noise(soft.size, chance.uniform(4, 12))
    return Image.blend(soft, noise, 0.08)
