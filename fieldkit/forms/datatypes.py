"""Values of the bind types: what is stored of a text, by the rules of ODK.

A text that is not of its type is stored as an empty string; ``normal`` says what is stored,
``is_valid`` whether anything is lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import cache
from math import isfinite

from fieldkit.forms.xpath import number_text

__all__ = ["GEO_TYPES", "is_valid", "normal"]

GEO_TYPES = frozenset({"geopoint", "geotrace", "geoshape"})


@cache
def _number_pattern() -> re.Pattern[str]:
    return re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\Z")


@cache
def _plain_pattern() -> re.Pattern[str]:
    return re.compile(r"-?\d+(?:\.\d+)?\Z")


@cache
def _date_pattern() -> re.Pattern[str]:
    return re.compile(r"(-?\d{4,})-(\d\d)-(\d\d)\Z")


@cache
def _time_pattern() -> re.Pattern[str]:
    return re.compile(r"([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(\.\d+)?(Z|[+-](?:0\d|1[0-4]):[0-5]\d)?\Z")


@cache
def _cut_time_pattern() -> re.Pattern[str]:
    return re.compile(r"([01]\d|2[0-3])(:[0-5]\d(:[0-5]\d(\.\d+)?)?)?\Z")


_INT_MIN, _INT_MAX = -(2**31), 2**31 - 1


def _int(text: str) -> str:
    number = text.strip()
    if number.isdecimal() and len(number) < 10 and number.isascii():
        return number if number[0] != "0" or number == "0" else str(int(number))
    if not _number_pattern().match(number):
        return ""
    value = float(number)
    if not _INT_MIN <= value <= _INT_MAX:
        return ""
    return str(int(value))


def _decimal(text: str) -> str:
    number = text.strip()
    if _plain_pattern().match(number):
        return number
    if not _number_pattern().match(number):
        return ""
    value = float(number)
    return number_text(value) if isfinite(value) else ""


def _is_date(text: str) -> bool:
    match = _date_pattern().match(text)
    if match is None:
        return False
    try:
        date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return False
    return True


def _date(text: str) -> str:
    day, sign, rest = text.strip().partition("T")
    if not _is_date(day):
        return ""
    if not sign:
        return day
    return day if _cut_time_pattern().match(rest) else ""


def _date_time(text: str) -> str:
    stripped = text.strip()
    day, sign, rest = stripped.partition("T")
    return stripped if sign and _is_date(day) and _time_pattern().match(rest) else ""


def _time(text: str) -> str:
    return text.strip() if _time_pattern().match(text.strip()) else ""


def _point(text: str) -> str:
    parts = text.split()
    if not 2 <= len(parts) <= 4 or not all(_number_pattern().match(part) for part in parts):
        return ""
    latitude, longitude = float(parts[0]), float(parts[1])
    # Devices write zeros where they have no place.
    if abs(latitude) > 90 or abs(longitude) > 180 or (latitude == 0 and longitude == 0):
        return ""
    return " ".join(parts)


def _points(text: str, least: int, *, closed: bool) -> str:
    """Return a list of points; the last one is the first one again, or it is not (ODK XForms, data types)."""
    stripped = text.strip()
    points = [_point(part) for part in stripped.removesuffix(";").split(";")]
    if len(points) < least or not all(points):
        return ""
    first, last = [tuple(map(float, points[place].split()[:2])) for place in (0, -1)]
    return stripped if (first == last) is closed else ""


def _trace(text: str) -> str:
    return _points(text, 2, closed=False)


def _shape(text: str) -> str:
    return _points(text, 3, closed=True)


_RULES: dict[str, Callable[[str], str]] = {
    "int": _int,
    "decimal": _decimal,
    "date": _date,
    "dateTime": _date_time,
    "time": _time,
    "geopoint": _point,
    "geotrace": _trace,
    "geoshape": _shape,
}


def normal(kind: str, text: str) -> str:
    """Return what is stored of a text in a node of a type; an empty string where it is not of the type."""
    if not text or text == "NaN":
        return ""
    rule = _RULES.get(kind)
    return text if rule is None else rule(text)


def is_valid(kind: str, text: str) -> bool:
    """Return whether a typed answer is of the type, so that nothing of it would be lost."""
    if not text.strip():
        return True
    kept = normal(kind, text)
    if not kept:
        return False
    return kind != "int" or float(text) == float(kept)
