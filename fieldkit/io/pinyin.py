"""Spells Chinese names as people type them: whole pinyin and initials, to be stored beside the name."""

from __future__ import annotations

import itertools
from functools import lru_cache

from fieldkit.model.readings import READINGS

__all__ = ["pinyin_index", "pinyin_keys"]

_MAXREADINGS = 8
"""Ways to read one name that are kept; two characters with two readings give four."""

_MAX_TEXT = 400


@lru_cache(maxsize=4096)
def pinyin_keys(text: str) -> tuple[str, ...]:
    """Return what a text can be found by: its pinyin without tones, and its initials, in small letters.

    Args:
        text: Any text; letters and digits in it are kept, other signs dropped.

    Returns:
        For 柳林村党支部: ``liulincundangzhibu`` and ``llcdzb``; characters that are read in two ways give
        further keys, and ü gives v and u. An empty tuple where there is no Chinese.
    """
    short = text[:_MAX_TEXT]
    if short.isascii():
        return ()
    from pypinyin import Style, pinyin

    sounds = pinyin(list(short), style=Style.NORMAL)
    # The types know no callable that returns one reading for each sign; the function does.
    whole = pinyin(short, style=Style.NORMAL, errors=_signs)  # type: ignore[arg-type]
    # Read as a whole, words decide (重庆 is chong); the two agree in length unless a sign stands for nothing.
    best = whole if len(whole) == len(short) else sounds
    options = [_options(sign, _plain(chosen[0])) for sign, chosen in zip(short, best, strict=False)]
    keys: dict[str, None] = {}
    for syllables in itertools.islice(itertools.product(*_bounded(options)), _MAXREADINGS):
        keys["".join(syllables)] = None
        keys["".join(syllable[:1] for syllable in syllables)] = None
    return tuple(key for key in keys if key)


def pinyin_index(text: str) -> str:
    """Return the keys of a text as one line to be stored with a record, blank between."""
    return " ".join(pinyin_keys(text))


def _signs(text: str) -> list[list[str]]:
    return [[sign] for sign in text]


def _plain(sound: str) -> str:
    return "".join(sign for sign in sound.lower().replace("ü", "v") if sign.isalnum())


def _options(sign: str, best: str) -> tuple[str, ...]:
    readings = dict.fromkeys((best, *READINGS.get(sign, ())))
    for reading in tuple(readings):
        if "v" in reading and reading[0] in "ln":
            readings[reading.replace("v", "u")] = None
    return tuple(readings)


def _bounded(options: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Keep further readings as long as all together stay within the limit."""
    left = _MAXREADINGS
    kept: list[tuple[str, ...]] = []
    for readings in options:
        kept.append(readings if len(readings) <= left else readings[:1])
        left //= len(kept[-1])
    return kept
