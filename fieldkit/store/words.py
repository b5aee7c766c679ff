"""A recovery key as twelve words that can be read aloud, written down and typed again.

The 2048 words are made of two syllables by a fixed rule; eleven bits each, the last word holds a check.
"""

from __future__ import annotations

import hashlib
from typing import Final

from fieldkit.errors import StoreError
from fieldkit.i18n import _

__all__ = ["KEY_BYTES", "WORDS", "from_words", "to_words"]

KEY_BYTES: Final = 16
_CONSONANTS: Final = "bdfghjklmnprstvz"
_VOWELS: Final = "aiou"
_ENDINGS: Final = "ae"
_BITS: Final = 11
_COUNT: Final = 12
_CHECK_BITS: Final = _COUNT * _BITS - KEY_BYTES * 8

WORDS: Final = tuple(
    first + vowel + second + ending
    for first in _CONSONANTS
    for vowel in _VOWELS
    for second in _CONSONANTS
    for ending in _ENDINGS
)
"""All words, in the order of their numbers."""

_NUMBERS: Final = {word: number for number, word in enumerate(WORDS)}


def _check(key: bytes) -> int:
    return hashlib.sha256(key).digest()[0] >> (8 - _CHECK_BITS)


def to_words(key: bytes) -> list[str]:
    """Return the words of a key of 16 bytes."""
    number = int.from_bytes(key, "big") << _CHECK_BITS | _check(key)
    return [WORDS[number >> (_BITS * place) & (1 << _BITS) - 1] for place in reversed(range(_COUNT))]


def from_words(text: str) -> bytes:
    """Return the key of words in any case, joined by any blanks or hyphens.

    Raises:
        StoreError: STORE-033, a word is unknown, missing or in a wrong place.
    """
    words = text.casefold().replace("-", " ").split()
    unknown = [word for word in words if word not in _NUMBERS]
    if len(words) != _COUNT or unknown:
        raise _refusal(unknown[0] if unknown else "")
    number = 0
    for word in words:
        number = number << _BITS | _NUMBERS[word]
    key = (number >> _CHECK_BITS).to_bytes(KEY_BYTES, "big")
    if number & (1 << _CHECK_BITS) - 1 != _check(key):
        raise _refusal("")
    return key


def _refusal(word: str) -> StoreError:
    return StoreError(
        "STORE-033",
        _("These are not the recovery words: {word}").format(word=word)
        if word
        else _("These are not twelve recovery words in their order"),
        hint=_("Type the twelve words as they were printed when the workspace was sealed."),
    )
