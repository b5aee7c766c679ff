"""Finds numbers of private persons in free text: mobile numbers and identity numbers, however they are typed.

The product stores organisations, never persons; a text with such a number is asked about before it is saved.
"""

from __future__ import annotations

import re
from functools import cache

from msgspec import Struct

from fieldkit.i18n import _

__all__ = ["PersonalNumber", "scan", "warning"]

MOBILE, IDENTITY_18, IDENTITY_15 = "PRIV-001", "PRIV-002", "PRIV-003"

_WORDS = {"〇": "0", "○": "0", "零": "0", "一": "1", "幺": "1", "二": "2", "两": "2", "三": "3", "四": "4",
          "五": "5", "六": "6", "七": "7", "八": "8", "九": "9"}  # fmt: skip
_FULL_WIDTH = {0xFF10 + digit: str(digit) for digit in range(10)} | {0xFF38: "X", 0xFF58: "x", 0xFF0B: "+"}
_ARABIC = str.maketrans(_FULL_WIDTH)
_SPOKEN = str.maketrans({**{ord(word): digit for word, digit in _WORDS.items()}, **_FULL_WIDTH})

# One sign between groups: blanks of any width, dots, hyphens and signs of no width that text is pasted with.
_GAP = r"[\s.\-·•_/、,，\u00a0\u00ad\u2010-\u2015\u2212\u3000\uff0d\uff0e\u200b-\u200f\u2060\ufeff]{1,3}"
# Letters may touch the number, as in "tel138…"; digits may not, nor the point of a decimal number.
# A point between two groups is that of a decimal number.
_GAP_OF_TWO = _GAP.replace(r"\s.\-", r"\s\-")
_BEFORE = r"(?<!\d)(?<!\d\.)"
_AFTER = r"(?!\d)"


def _grouped(*sizes: int, first: str, last: str = r"\d") -> str:
    """Return the pattern of digits in groups with the same sign between all of them."""
    parts: list[str] = []
    for number, size in enumerate(sizes):
        head = first if number == 0 else ""
        tail = last if number == len(sizes) - 1 else ""
        taken = _WIDTH[head] + (1 if tail else 0)
        parts.append(f"{head}\\d{{{size - taken}}}{tail}")
    return parts[0] + "".join(f"{'(' + _GAP + ')' if n == 0 else '{same}'}{part}" for n, part in enumerate(parts[1:]))


_WIDTH = {"": 0, "1[3-9]": 2, "[1-9]": 1}
_CHECK = r"[\dXx]"
_MOBILE_GROUPS = ((3, 4, 4), (3, 3, 5), (4, 3, 4), (4, 4, 3), (3, 8), (7, 4), (5, 6))
_ID_18_GROUPS = ((6, 8, 4), (6, 4, 4, 4), (3, 3, 4, 4, 4), (6, 4, 2, 2, 4), (10, 4, 4), (14, 4), (6, 12))
_ID_15_GROUPS = ((6, 6, 3), (6, 2, 2, 2, 3), (12, 3), (6, 9))


def _any(whole: str, groups: tuple[tuple[int, ...], ...], first: str, last: str = r"\d") -> re.Pattern[str]:
    options = [whole]
    for number, sizes in enumerate(groups):
        name = f"gap{number}"
        pattern = _grouped(*sizes, first=first, last=last).replace(f"({_GAP})", f"(?P<{name}>{_GAP})", 1)
        if len(sizes) == 2:
            pattern = pattern.replace(_GAP, _GAP_OF_TWO)
        options.append(pattern.replace("{same}", f"(?P={name})"))
    return re.compile(f"{_BEFORE}(?:{'|'.join(options)}){_AFTER}")


# A prefix of the country belongs to the number: +86, 0086 or 86.
_PREFIX = r"(?:(?:\+|00)?86" + _GAP[:-5] + r"{0,2})?"


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return the patterns by code; they are made at the first scan, because making them takes some milliseconds."""
    plain = _any(r"1[3-9]\d{9}", _MOBILE_GROUPS, "1[3-9]").pattern
    mobile = re.compile(plain.replace(_BEFORE, _BEFORE + _PREFIX, 1))
    single = re.compile(_BEFORE + r"1(?P<gap>" + _GAP + r")[3-9](?:(?P=gap)\d){9}" + _AFTER)
    return (
        (IDENTITY_18, _any(r"[1-9]\d{16}[\dXx]", _ID_18_GROUPS, "[1-9]", _CHECK)),
        (IDENTITY_15, _any(r"[1-9]\d{14}", _ID_15_GROUPS, "[1-9]")),
        (MOBILE, mobile),
        (MOBILE, single),
    )


class PersonalNumber(Struct, frozen=True):
    """A number in a text that looks personal.

    Attributes:
        code: ``PRIV-001`` mobile number, ``PRIV-002`` 18-digit, ``PRIV-003`` 15-digit identity number.
        start: Where it begins in the text, from 0.
        end: Where it ends.
        masked: The number with its middle hidden, fit to be shown.
    """

    code: str
    start: int
    end: int
    masked: str


def scan(text: str) -> tuple[PersonalNumber, ...]:
    """Return the numbers in a text that look personal, in their order.

    Digits of full width, digits written as Chinese words, and groups with blanks, dots or hyphens count too.
    A number of more digits, such as a bank account of 19, is no identity number.
    """
    found: dict[int, PersonalNumber] = {}
    for table in (_ARABIC, _SPOKEN):
        plain = text.translate(table)
        taken: list[tuple[int, int]] = [(number.start, number.end) for number in found.values()]
        for code, pattern in _patterns():
            for match in pattern.finditer(plain):
                start, end = match.span()
                if any(start < other_end and other_start < end for other_start, other_end in taken):
                    continue
                taken.append((start, end))
                found[start] = PersonalNumber(code, start, end, _masked(match.group()))
    return tuple(found[start] for start in sorted(found))


def warning(numbers: tuple[PersonalNumber, ...]) -> str:
    """Return what to ask before a text with these numbers is saved, or an empty text where there are none."""
    if not numbers:
        return ""
    kinds = {
        MOBILE: _("a mobile number"),
        IDENTITY_18: _("an identity number"),
        IDENTITY_15: _("an identity number of 15 digits"),
    }
    named = _(", ").join(f"{kinds[number.code]} ({number.masked})" for number in numbers[:3])
    return _("The text seems to hold {what}. Write role and post instead of persons.").format(what=named)


def _masked(text: str) -> str:
    signs = "".join(sign for sign in text if sign.isalnum())
    return f"{signs[:3]}{'*' * (len(signs) - 5)}{signs[-2:]}"
