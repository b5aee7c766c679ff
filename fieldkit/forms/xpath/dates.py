"""Dates and times of expressions: days since 1970-01-01 UTC, and the texts that ODK reads and writes."""

from __future__ import annotations

import datetime as dt
import math
import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from typing import Self

__all__ = ["DateTime", "days_of_text", "format_moment", "iso_text", "local_midnight", "time_fraction"]

_DAY = 86_400.0
_DAY_MS = 86_400_000
_FARTHEST_HOURS = 14
"""Largest hours of an offset from UTC (XML Schema part 2, section 3.2.7)."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@cache
def _moment_pattern() -> re.Pattern[str]:
    return re.compile(
        r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
        r"(?:T([0-9]{2})(?::([0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?)?(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?",
        re.ASCII,
    )


@cache
def _time_pattern() -> re.Pattern[str]:
    return re.compile(r"([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?(Z|[+-][0-9]{2}:[0-9]{2})?", re.ASCII)


_MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)
_WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()  # noqa: SIM905


class DateTime(float):
    """A moment as days since 1970-01-01 UTC that remembers the time zone it is written in.

    NaN stands for "no date"; its text is empty.
    """

    __slots__ = ("zone",)

    zone: tzinfo

    def __new__(cls, days: float, zone: tzinfo) -> Self:
        """Make a moment from days since the epoch."""
        made = super().__new__(cls, days)
        made.zone = zone
        return made

    def local(self) -> datetime | None:
        """Return the local date and time to the millisecond, None without a date or beyond year 1 to 9999."""
        if not math.isfinite(self):
            return None
        try:
            moment = _EPOCH + timedelta(milliseconds=round(float(self) * _DAY_MS))
            return moment.astimezone(self.zone)
        except OverflowError:
            return None


def _offset(text: str | None, zone: tzinfo) -> tzinfo | None:
    if not text:
        return zone
    if text == "Z":
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:]) if len(text) > 3 else 0
    if hours > _FARTHEST_HOURS or minutes > 59:
        return None
    size = timedelta(hours=hours, minutes=minutes)
    return timezone(-size if text[0] == "-" else size)


def _microseconds(fraction: str | None) -> int:
    return int(fraction[:6].ljust(6, "0")) if fraction else 0


def days_of_text(text: str, zone: tzinfo) -> float:
    """Return the days since 1970-01-01 UTC of an ISO 8601 date or dateTime, NaN for any other text.

    A date alone is its local midnight, a dateTime without offset is local time.
    """
    match = _moment_pattern().fullmatch(text)
    if match is None:
        return math.nan
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    where = _offset(offset, zone)
    if where is None:
        return math.nan
    try:
        moment = datetime(
            int(year),
            int(month),
            int(day),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            _microseconds(fraction),
            tzinfo=where,
        )
        return (moment - _EPOCH).total_seconds() / _DAY
    except (ValueError, OverflowError):
        return math.nan


def local_midnight(moment: datetime, zone: tzinfo) -> DateTime:
    """Return the start of the local day that holds a moment."""
    local = moment.astimezone(zone)
    start = datetime(local.year, local.month, local.day, tzinfo=zone)
    return DateTime((start - _EPOCH).total_seconds() / _DAY, zone)


def days_of_moment(moment: datetime) -> float:
    """Return the days since 1970-01-01 UTC, to the millisecond."""
    milliseconds = (moment - _EPOCH) // timedelta(milliseconds=1)
    return milliseconds / _DAY_MS


def iso_text(value: DateTime) -> str:
    """Return the date alone at local midnight, else the dateTime with milliseconds and offset."""
    local = value.local()
    if local is None:
        return ""
    if not (local.hour or local.minute or local.second or local.microsecond):
        return local.date().isoformat()
    return local.isoformat(timespec="milliseconds")


def time_fraction(text: str, zone: tzinfo, today: dt.date) -> float:
    """Return a time of day as a fraction of the local day, NaN for a text that is no time."""
    match = _time_pattern().fullmatch(text)
    if match is None:
        return math.nan
    hour, minute, second, fraction, offset = match.groups()
    where = _offset(offset, zone)
    if where is None:
        return math.nan
    try:
        moment = datetime(
            today.year,
            today.month,
            today.day,
            int(hour),
            int(minute),
            int(second or 0),
            _microseconds(fraction),
            tzinfo=where,
        )
        local = moment.astimezone(zone)
    except (ValueError, OverflowError):
        return math.nan
    seconds = local.hour * 3600 + local.minute * 60 + local.second + local.microsecond / 1e6
    return seconds / _DAY


def format_moment(local: datetime, pattern: str) -> str:
    """Return a date or time in the pattern language of ``format-date()``; an unknown sign stays as it is."""
    return re.sub(r"%(.)", lambda match: _part(local, match[1]), pattern, flags=re.DOTALL)


def _part(local: datetime, sign: str) -> str:
    match sign:
        case "Y":
            return f"{local.year:04d}"
        case "y":
            return f"{local.year % 100:02d}"
        case "m":
            return f"{local.month:02d}"
        case "n":
            return str(local.month)
        case "B":
            return _MONTHS[local.month - 1]
        case "b":
            return _MONTHS[local.month - 1][:3]
        case "d":
            return f"{local.day:02d}"
        case "e":
            return str(local.day)
        case "a":
            return _WEEKDAYS[local.weekday()][:3]
        case "A":
            return _WEEKDAYS[local.weekday()]
        case "w":
            return str(local.isoweekday() % 7)
        case _:
            return _clock_part(local, sign)


def _clock_part(local: datetime, sign: str) -> str:
    match sign:
        case "H":
            return f"{local.hour:02d}"
        case "h":
            return str(local.hour)
        case "M":
            return f"{local.minute:02d}"
        case "S":
            return f"{local.second:02d}"
        case "3":
            return f"{local.microsecond // 1000:03d}"
        case "%":
            return "%"
        case _:
            return f"%{sign}"
