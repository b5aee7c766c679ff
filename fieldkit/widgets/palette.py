"""The colours of each theme by meaning; contrast is computed from here by a test."""

from __future__ import annotations

from functools import cache

from rich.style import Style

__all__ = ["BACKGROUND", "COLOURS", "THEMES", "contrast", "style_of"]

THEMES = ("dark", "light", "contrast", "ansi-dark", "ansi-light")
"""Names of the themes in the order of the settings."""

BACKGROUND = {"dark": "#16181d", "light": "#fbfbf8", "contrast": "#000000"}
"""Ground of the themes with colours of their own; the ansi themes take the terminal's."""

# Each meaning: text colour, ground ("" = the theme's), attributes.
_DARK = {
    "": ("#d8dbe2", "", ""),
    "dim": ("#9aa1ad", "", ""),
    "title": ("#ffffff", "#2a3346", "bold"),
    "status": ("#d8f0d0", "#2a3346", ""),
    "unsaved": ("#ffffff", "#a01830", "bold"),
    "rule": ("#6b7484", "", ""),
    "head": ("#8fc7ff", "", "bold"),
    "key": ("#f0c674", "", "bold"),
    "cursor": ("#ffffff", "#2f4f7f", "bold"),
    "chosen": ("#a6e3a1", "", "bold"),
    "good": ("#a6e3a1", "", ""),
    "warn": ("#f0c674", "", ""),
    "bad": ("#ff8f8f", "", "bold"),
    "off": ("#8a909c", "", ""),
    "label": ("#ffffff", "", "bold"),
    "field": ("#ffffff", "#33415c", ""),
    "stripe": ("#16181d", "#f0c674", "bold"),
    "qr": ("#ffffff", "#000000", ""),
}
_LIGHT = {
    "": ("#22252b", "", ""),
    "dim": ("#565c66", "", ""),
    "title": ("#ffffff", "#2b4a78", "bold"),
    "status": ("#e6ffe0", "#2b4a78", ""),
    "unsaved": ("#ffffff", "#a01830", "bold"),
    "rule": ("#7d838d", "", ""),
    "head": ("#0b4f9c", "", "bold"),
    "key": ("#8a4b00", "", "bold"),
    "cursor": ("#0a1a30", "#bcd4f5", "bold"),
    "chosen": ("#10602a", "", "bold"),
    "good": ("#10602a", "", ""),
    "warn": ("#8a4b00", "", ""),
    "bad": ("#b00020", "", "bold"),
    "off": ("#666c76", "", ""),
    "label": ("#000000", "", "bold"),
    "field": ("#000000", "#dbe6f5", ""),
    "stripe": ("#22252b", "#ffd166", "bold"),
    "qr": ("#ffffff", "#000000", ""),
}
_CONTRAST = {
    "": ("#ffffff", "", ""),
    "dim": ("#e0e0e0", "", ""),
    "title": ("#000000", "#ffffff", "bold"),
    "status": ("#000000", "#ffffff", "bold"),
    "unsaved": ("#000000", "#ff6060", "bold"),
    "rule": ("#ffffff", "", ""),
    "head": ("#00ffff", "", "bold"),
    "key": ("#ffff00", "", "bold"),
    "cursor": ("#000000", "#ffff00", "bold"),
    "chosen": ("#00ff00", "", "bold"),
    "good": ("#00ff00", "", ""),
    "warn": ("#ffff00", "", ""),
    "bad": ("#ff8080", "", "bold underline"),
    "off": ("#c0c0c0", "", ""),
    "label": ("#ffffff", "", "bold"),
    "field": ("#000000", "#ffffff", ""),
    "stripe": ("#000000", "#ffff00", "bold"),
    "qr": ("#ffffff", "#000000", ""),
}
_ANSI = {
    "": ("", "", ""),
    "dim": ("", "", ""),
    "title": ("", "", "reverse"),
    "status": ("", "", "reverse"),
    "unsaved": ("", "", "reverse bold"),
    "rule": ("", "", ""),
    "head": ("cyan", "", "bold"),
    "key": ("yellow", "", "bold"),
    "cursor": ("", "", "reverse"),
    "chosen": ("green", "", "bold"),
    "good": ("green", "", ""),
    "warn": ("yellow", "", ""),
    "bad": ("red", "", "bold"),
    "off": ("", "", "dim"),
    "label": ("", "", "bold"),
    "field": ("", "", "underline"),
    "stripe": ("", "", "reverse bold"),
    "qr": ("bright_white", "black", ""),
}
_ANSI_LIGHT = {**_ANSI, "head": ("blue", "", "bold"), "key": ("magenta", "", "bold"), "warn": ("magenta", "", "")}

COLOURS = {"dark": _DARK, "light": _LIGHT, "contrast": _CONTRAST, "ansi-dark": _ANSI, "ansi-light": _ANSI_LIGHT}
"""Meaning to (text colour, ground, attributes), by theme."""


@cache
def style_of(theme: str, meaning: str) -> Style:
    """Return the style of a meaning; an unknown one is plain text.

    Args:
        theme: One of THEMES.
        meaning: A name such as ``bad``; several joined by blanks lie over each other.
    """
    table = COLOURS.get(theme, _DARK)
    ground = BACKGROUND.get(theme, "")
    out = Style()
    for name in meaning.split(" "):
        text, under, attributes = table.get(name, table[""])
        under = under or (ground if not out.bgcolor else "")
        words = [attributes, text, f"on {under}" if under else ""]
        out += Style.parse(" ".join(word for word in words if word) or "none")
    return out


def _luminance(colour: str) -> float:
    channels = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """Return the contrast of two colours ``#rrggbb`` as WCAG computes it, 1 to 21."""
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
