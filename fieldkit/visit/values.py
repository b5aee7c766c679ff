"""Whether XML text is a value of a bind type; a value that is none is refused, never stored."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import cache

from fieldkit.i18n import N_, _

__all__ = ["expected_of", "normal_value", "number_of"]


@cache
def _integer_pattern() -> re.Pattern[str]:
    return re.compile(r"[+-]?[0-9]{1,18}")


@cache
def _decimal_pattern() -> re.Pattern[str]:
    return re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")


@cache
def _date_pattern() -> re.Pattern[str]:
    return re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")


@cache
def _time_pattern() -> re.Pattern[str]:
    return re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?")


@cache
def _spaces_pattern() -> re.Pattern[str]:
    return re.compile(r"\s+")


def number_of(text: str) -> float | None:
    """Return the number of an XML text, or None where it is empty, NaN or no number."""
    stripped = text.strip()
    return float(stripped) if _decimal_pattern().fullmatch(stripped) else None


def _integer(text: str) -> str | None:
    stripped = text.strip()
    return stripped if _integer_pattern().fullmatch(stripped) else None


def _decimal(text: str) -> str | None:
    stripped = text.strip()
    return stripped if _decimal_pattern().fullmatch(stripped) else None


def _date(text: str) -> str | None:
    head, _sign, _rest = text.strip().partition("T")
    match = _date_pattern().fullmatch(head)
    if not match:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3])).isoformat()
    except ValueError:
        return None


def _time(text: str) -> str | None:
    stripped = text.strip()
    return stripped if _time_pattern().fullmatch(stripped) else None


def _datetime(text: str) -> str | None:
    stripped = text.strip().replace(" ", "T", 1)
    head, sign, rest = stripped.partition("T")
    if _date(head) is None or (sign and _time(rest) is None):
        return None
    return stripped


def _boolean(text: str) -> str | None:
    stripped = text.strip()
    return stripped if stripped in {"true", "false", "0", "1"} else None


def _point(text: str) -> str | None:
    parts = text.split()
    numbers = [number_of(part) for part in parts]
    if not 2 <= len(parts) <= 4 or any(number is None for number in numbers):
        return None
    latitude, longitude = numbers[0], numbers[1]
    assert latitude is not None
    assert longitude is not None
    return " ".join(parts) if abs(latitude) <= 90 and abs(longitude) <= 180 else None


def _line(least: int) -> Callable[[str], str | None]:
    def check(text: str) -> str | None:
        points = [_point(part) for part in text.split(";") if part.strip()]
        if len(points) < least or any(point is None for point in points):
            return None
        return "; ".join(point for point in points if point is not None)

    return check


_CHECKS: dict[str, tuple[str, Callable[[str], str | None]]] = {
    "int": (N_("whole number"), _integer),
    "integer": (N_("whole number"), _integer),
    "long": (N_("whole number"), _integer),
    "decimal": (N_("number"), _decimal),
    "double": (N_("number"), _decimal),
    "float": (N_("number"), _decimal),
    "date": (N_("date (YYYY-MM-DD)"), _date),
    "time": (N_("time (HH:MM)"), _time),
    "dateTime": (N_("date and time (YYYY-MM-DDTHH:MM)"), _datetime),
    "datetime": (N_("date and time (YYYY-MM-DDTHH:MM)"), _datetime),
    "boolean": (N_("true or false"), _boolean),
    "geopoint": (N_("point (latitude longitude)"), _point),
    "geotrace": (N_("line (two points or more)"), _line(2)),
    "geoshape": (N_("area (three points or more)"), _line(3)),
}


def normal_value(bind_type: str, text: str) -> str | None:
    """Return the XML text as it is stored, or None where it is no value of the type.

    Args:
        bind_type: Type of the bind; an unknown one takes any text.
        text: XML text; empty is a value of every type.
    """
    if not text.strip() and bind_type in _CHECKS:
        return ""
    check = _CHECKS.get(bind_type)
    return text if check is None else check[1](text)


def expected_of(bind_type: str) -> str:
    """Return in words what a value of the type looks like."""
    entry = _CHECKS.get(bind_type)
    return _(entry[0]) if entry else _("text")
