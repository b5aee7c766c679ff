"""Checks on free text: numbers that look personal, and characters that would harm a screen."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from fieldkit.errors import VisitError
from fieldkit.i18n import _

__all__ = ["PersonalNumber", "harmless", "personal_numbers", "refuse_personal"]

_RUN = re.compile(r"(?<![0-9.])[0-9]+(?:[ \-\u00a0][0-9]+)*[xX]?(?![0-9])")
_TOKEN = re.compile(r"[0-9]+[xX]?")
_WINDOW = 6
"""Most groups of digits that one number is written in."""
_MOBILE = re.compile(r"(?:(?:00)?86)?(1[3-9][0-9]{9})")
_ID18 = re.compile(r"[1-9][0-9]{16}[0-9X]")
_ID15 = re.compile(r"[1-9][0-9]{14}")
_DIRECTION = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class PersonalNumber:
    """A number in a text that looks like one person's."""

    kind: str
    """``mobile`` or ``identity``."""
    start: int
    end: int


def personal_numbers(text: str) -> tuple[PersonalNumber, ...]:
    """Return the mobile numbers (11 digits) and identity numbers (15 or 18) that stand in a text.

    Full-width digits count; blanks and hyphens inside a number do not hide it.
    """
    folded = "".join(unicodedata.normalize("NFKC", sign)[:1] or sign for sign in text)
    found: list[PersonalNumber] = []
    for run in _RUN.finditer(folded):
        tokens = [(token.start(), token.end()) for token in _TOKEN.finditer(folded, run.start(), run.end())]
        first = 0
        while first < len(tokens):
            size, kind = _number_at(folded, tokens[first : first + _WINDOW])
            if kind:
                found.append(PersonalNumber(kind, tokens[first][0], tokens[first + size - 1][1]))
            first += max(size, 1)
    return tuple(found)


def _number_at(text: str, tokens: list[tuple[int, int]]) -> tuple[int, str]:
    joined = ""
    for size, (start, end) in enumerate(tokens, 1):
        joined += text[start:end].upper()
        if _MOBILE.fullmatch(joined):
            return size, "mobile"
        if _ID18.fullmatch(joined):
            return size, "identity"
        if _ID15.fullmatch(joined) and size == len(tokens):
            return size, "identity"
    return 0, ""


def refuse_personal(text: str, *, confirmed: bool = False) -> None:
    """Refuse a free text with a number that looks personal, unless a person has confirmed it.

    Raises:
        VisitError: PRIV-001 where the text holds such a number and is not confirmed.
    """
    if confirmed:
        return
    found = personal_numbers(text)
    if found:
        kinds = sorted({number.kind for number in found})
        what = _("a mobile number") if kinds == ["mobile"] else _("an identity number")
        raise VisitError(
            "PRIV-001",
            _("The text looks as if it holds {what}; nothing was saved").format(what=what),
            hint=_("Write unit and post instead, or confirm that it is no number of a person."),
            where={"found": kinds, "at": [number.start for number in found]},
        )


def harmless(text: str, limit: int = 0) -> str:
    """Return a text that cannot harm a screen: no control or direction characters, lines joined by blanks.

    Args:
        text: Text from a form, a note or a bundle.
        limit: Longest number of characters to keep; 0 = all.
    """
    head = text[: limit + 1] if limit else text
    clean = "".join(
        " " if sign in "\n\r\t" else sign
        for sign in head
        if sign in "\n\r\t"
        or (sign not in _DIRECTION and unicodedata.category(sign) not in {"Cc", "Cs", "Co"})
    )
    return clean[:limit] if limit else clean


def _harms(sign: str) -> bool:
    if sign in "\n\r\t":
        return False
    return sign in _DIRECTION or unicodedata.category(sign) in {"Cc", "Cs", "Co"}
