"""The pinyin of many names at once, to be searched in."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from itertools import product

from fieldkit.model.readings import READINGS

__all__ = ["is_ready", "prepare", "spelled"]

_LIBRARY = "pypinyin"
_MOST = 4
"""Ways to read one name that are kept."""


def is_ready() -> bool:
    """Tell whether names are spelled without loading a library first."""
    return _LIBRARY in sys.modules


def prepare() -> None:
    """Load the library of readings: a quarter of a second, best spent beside the screen before anybody searches."""
    import_module(_LIBRARY)


def spelled(texts: Sequence[str]) -> dict[int, str]:
    """Return whole pinyin and initials of each text that holds Chinese, by its place; small letters, one a line.

    Every character is spelled once, however many texts hold it.
    """
    places = [place for place, text in enumerate(texts) if not text.isascii()]
    if not places:
        return {}
    wide = [texts[place].partition("\n")[0] for place in places]
    whole = "\x00".join(wide)
    sounds = _sounds("".join(sorted({sign for sign in set(whole) if not sign.isascii()})))
    table = str.maketrans(sounds)
    initials = str.maketrans({sign: sound[:1] for sign, sound in sounds.items()})
    lines = zip(whole.translate(table).split("\x00"), whole.translate(initials).split("\x00"), strict=True)
    found = {place: f"{full}\n{short}" for place, (full, short) in zip(places, lines, strict=True)}
    twofold = [sign for sign in sounds if sign in READINGS or "v" in sounds[sign]]
    for sign in twofold:
        for place, text in zip(places, wide, strict=True):
            if sign in text:
                found[place] = _all_ways(text, sounds)
    return found


def _sounds(signs: str) -> dict[str, str]:
    from pypinyin import lazy_pinyin  # only a search by letters needs it

    return {
        sign: sound.lower().replace("\u00fc", "v") for sign, sound in zip(signs, lazy_pinyin(list(signs)), strict=True)
    }


def _all_ways(text: str, sounds: dict[str, str]) -> str:
    ways = [_ways(sign, sounds.get(sign, sign)) for sign in text]
    left = _MOST
    for place, options in enumerate(ways):
        ways[place] = options if len(options) <= left else options[:1]
        left //= len(ways[place])
    lines: list[str] = []
    for way in product(*ways):
        lines += ["".join(way), "".join(sound[:1] for sound in way)]
    return "\n".join(lines)


def _ways(sign: str, sound: str) -> tuple[str, ...]:
    ways = dict.fromkeys((sound, *READINGS.get(sign, ())))
    for way in tuple(ways):
        if len(way) > 1 and way[0] in "ln" and way[1] == "v":
            ways[way.replace("v", "u")] = None
    return tuple(ways)
