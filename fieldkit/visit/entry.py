"""What fingers type becomes XML text: shorthands of dates and times, full-width digits, decimal commas."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta
from functools import cache

from fieldkit.errors import VisitError
from fieldkit.i18n import _
from fieldkit.visit.folding import fold
from fieldkit.visit.view import ItemKind

__all__ = ["parse_date", "parse_entry", "parse_time"]


@cache
def _integer_pattern() -> re.Pattern[str]:
    return re.compile(r"[+-]?[0-9]+")


@cache
def _decimal_pattern() -> re.Pattern[str]:
    return re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)")


@cache
def _shift_pattern() -> re.Pattern[str]:
    return re.compile(r"[+-][0-9]{1,4}")


@cache
def _split_date_pattern() -> re.Pattern[str]:
    return re.compile(r"([0-9]{4})[-/.年 ]([0-9]{1,2})[-/.月 ]([0-9]{1,2})日?")


@cache
def _split_time_pattern() -> re.Pattern[str]:
    return re.compile(
        r"([0-9]{1,2})[:.时]([0-9]{1,2})(?:[:.分]([0-9]{1,2}(?:\.[0-9]+)?))?分?(Z|[+-][0-9]{2}:[0-9]{2})?"
    )


def parse_entry(kind: ItemKind, typed: str, today: date, *, offset: str = "") -> str:
    """Return the XML text of what was typed into an item; empty stays empty, free text stays as it is.

    Args:
        kind: How the item is answered.
        typed: What the person typed.
        today: Date for shorthands of dates.
        offset: Offset of the local zone such as ``+08:00``, appended to typed times.

    Raises:
        VisitError: VISIT-011 where the text is no value of this kind.
    """
    if not typed.strip():
        return ""
    match kind:
        case ItemKind.INTEGER:
            value = _integer(typed)
        case ItemKind.DECIMAL | ItemKind.RANGE:
            value = _decimal(typed)
        case ItemKind.DATE:
            value = parse_date(typed, today)
        case ItemKind.TIME:
            value = parse_time(typed, offset)
        case ItemKind.DATETIME:
            day, _sign, rest = fold(typed).strip().replace("T", " ").partition(" ")
            value = f"{parse_date(day, today)}T{parse_time(rest.strip() or '0000', offset)}"
        case ItemKind.SELECT_ONE | ItemKind.SELECT_MULTIPLE | ItemKind.RANK:
            value = " ".join(typed.split())
        case _:
            value = typed
    return value


def _refusal(typed: str, expected: str, hint: str) -> VisitError:
    return VisitError(
        "VISIT-011",
        _("{value} is no {expected}").format(value=typed.strip()[:40], expected=expected),
        hint=hint,
        where={"expected": expected},
    )


def _integer(typed: str) -> str:
    text = fold(typed).replace(" ", "").replace(",", "")
    if not _integer_pattern().fullmatch(text):
        raise _refusal(typed, _("whole number"), _("Type digits, with - before them where it is negative."))
    return str(int(text))


def _decimal(typed: str) -> str:
    text = fold(typed).replace(" ", "")
    if not _decimal_pattern().fullmatch(text):
        raise _refusal(typed, _("number"), _("Type digits with a point, such as 12.5."))
    sign = "-" if text.startswith("-") else ""
    whole, _point, part = text.lstrip("+-").partition(".")
    return f"{sign}{whole.lstrip('0') or '0'}" + (f".{part}" if part else "")


def parse_date(typed: str, today: date) -> str:
    """Return the date ``YYYY-MM-DD`` of a shorthand.

    ``22`` is the 22nd of this month, ``1122`` the 22nd of November of this year, ``20261122`` the whole
    date, ``0`` today, ``+3`` and ``-7`` days from today; ``2026-11-22`` and ``2026/11/22`` are taken too.

    Raises:
        VisitError: VISIT-011 where the text is no date.
    """
    text = fold(typed).strip()
    split = _split_date_pattern().fullmatch(text)
    hint = _("Type 22, 1122, 20261122, 0 for today, or +3 and -7 days.")
    try:
        if split:
            return date(int(split[1]), int(split[2]), int(split[3])).isoformat()
        if text == "0":
            return today.isoformat()
        if _shift_pattern().fullmatch(text):
            return (today + timedelta(days=int(text))).isoformat()
        if text.isascii() and text.isdigit() and len(text) in (1, 2, 3, 4, 8):
            return _digits_date(text, today).isoformat()
    except (ValueError, OverflowError) as error:
        raise _refusal(typed, _("date"), hint) from error
    raise _refusal(typed, _("date"), hint)


def _digits_date(text: str, today: date) -> date:
    if len(text) == 8:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    if len(text) >= 3:
        return date(today.year, int(text[:-2]), int(text[-2:]))
    day = int(text)
    if day > monthrange(today.year, today.month)[1]:
        raise ValueError(text)
    return date(today.year, today.month, day)


def parse_time(typed: str, offset: str = "") -> str:
    """Return the time ``HH:MM:SS.000`` with offset of a shorthand: ``0930``, ``930``, ``9``, ``9:30``.

    Raises:
        VisitError: VISIT-011 where the text is no time.
    """
    text = fold(typed).strip()
    split = _split_time_pattern().fullmatch(text)
    if split:
        hour, minute, second = int(split[1]), int(split[2]), float(split[3] or 0)
        offset = split[4] or offset
    elif text.isascii() and text.isdigit() and len(text) in (1, 2, 3, 4, 6):
        padded = text if len(text) == 6 else (text + "00" if len(text) <= 2 else text).zfill(4) + "00"
        hour, minute, second = int(padded[:2]), int(padded[2:4]), float(padded[4:])
    else:
        raise _refusal(typed, _("time"), _("Type 0930 or 9:30."))
    if hour > 23 or minute > 59 or second >= 60:
        raise _refusal(typed, _("time"), _("Type 0930 or 9:30."))
    return f"{hour:02d}:{minute:02d}:{second:06.3f}{offset}"
