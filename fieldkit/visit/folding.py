"""Folds what an input method left on types to the sign that a key, a number or a date expects."""

from __future__ import annotations

import unicodedata

__all__ = ["fold", "fold_key", "is_han"]

_LEFT_BY_NFKC = str.maketrans(
    {
        "。": ".",
        "、": "/",
        "【": "[",
        "】": "]",
        "《": "<",
        "》": ">",
        "“": '"',
        "”": '"',
        "‘": "'",
        "’": "'",
        "￥": "$",
        "¥": "$",
        "−": "-",
        "–": "-",
        "—": "-",
        "｡": ".",
    }
)


def fold(text: str) -> str:
    """Return a text as it would stand without full-width signs; never use it inside free text.

    NFKC (full-width digits, letters and signs, the ideographic space), and the Chinese punctuation that
    NFKC leaves: ``。`` becomes ``.``, ``、`` becomes ``/``, brackets and quotes become ASCII.
    """
    return unicodedata.normalize("NFKC", text.translate(_LEFT_BY_NFKC)).translate(_LEFT_BY_NFKC)


def fold_key(character: str) -> tuple[str, bool]:
    """Return the key that a character stands for, and whether an input method seems to be on.

    Args:
        character: The one character that arrived where a key was expected.
    """
    folded = fold(character)
    return folded, folded != character or any(map(is_han, character))


def is_han(character: str) -> bool:
    """Tell whether a character is a Chinese one (unified ideographs with their extensions)."""
    number = ord(character)
    return (
        0x4E00 <= number <= 0x9FFF
        or 0x3400 <= number <= 0x4DBF
        or 0x20000 <= number <= 0x323AF
        or 0xF900 <= number <= 0xFAFF
        or number == 0x3007
    )
