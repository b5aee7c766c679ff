"""Checks on free text: numbers that look personal, and characters that would harm a screen."""

from __future__ import annotations

import unicodedata

from fieldkit.errors import VisitError
from fieldkit.i18n import _
from fieldkit.model.privacy import scan, warning

__all__ = ["harmless", "refuse_personal"]

_DIRECTION = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def refuse_personal(text: str, *, confirmed: bool = False, field: str = "") -> None:
    """Refuse a free text with a number that looks personal, unless a person has confirmed it.

    Args:
        text: The text.
        confirmed: A person has said that it is no number of a person.
        field: Name of the field that the text is for.

    Raises:
        VisitError: PRIV-001 (mobile), PRIV-002 or PRIV-003 (identity numbers) where it is not confirmed.
    """
    found = () if confirmed else scan(text)
    if found:
        raise VisitError(
            found[0].code,
            warning(found),
            hint=_("Nothing was saved. Confirm it where the number is not a person's."),
            where={"found": [number.masked for number in found], "field": field},
        )


def harmless(text: str, limit: int = 0) -> str:
    """Return a text that cannot harm a screen: no control or direction characters, lines joined by blanks.

    Args:
        text: Text from a form, a note or a bundle.
        limit: Longest number of characters to keep; 0 = all.
    """
    head = text[:limit] if limit else text
    return "".join(" " if sign in "\n\r\t" else sign for sign in head if not _harms(sign))


def _harms(sign: str) -> bool:
    if sign in "\n\r\t":
        return False
    return sign in _DIRECTION or unicodedata.category(sign) in {"Cc", "Cs", "Co"}
