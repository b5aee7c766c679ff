"""ODK's functions for dates and times."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from fieldkit.forms.xpath.code import Code, strings
from fieldkit.forms.xpath.context import Context
from fieldkit.forms.xpath.dates import (
    DateTime,
    days_of_moment,
    days_of_text,
    format_moment,
    local_midnight,
    time_fraction,
)
from fieldkit.forms.xpath.library import Function, simple
from fieldkit.forms.xpath.values import Value, to_string

if TYPE_CHECKING:
    from fieldkit.forms.xpath.builder import Builder
    from fieldkit.forms.xpath.syntax import Call

__all__ = ["TIME_FUNCTIONS"]

_SHORT = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})", re.ASCII)


def _now(context: Context) -> DateTime:
    return DateTime(days_of_moment(context.env.now()), context.zone)


def _today(context: Context) -> DateTime:
    return local_midnight(context.env.now(), context.zone)


def _moment(context: Context, value: Value) -> DateTime:
    """Return the moment that a date, a text or a number of days since the epoch stands for."""
    if type(value) is DateTime:
        return value
    if isinstance(value, bool):
        return DateTime(math.nan, context.zone)
    if isinstance(value, float | int):
        return DateTime(value if math.isfinite(value) else math.nan, context.zone)
    return DateTime(days_of_text(to_string(value), context.zone), context.zone)


def _date(context: Context, value: Value) -> DateTime:
    """Return the moment of ``date()``, which also reads a month and a day of one digit."""
    if isinstance(value, float | int):
        return _moment(context, value)
    short = _SHORT.fullmatch(to_string(value))
    return _moment(context, f"{short[1]}-{short[2]:0>2}-{short[3]:0>2}" if short else value)


def _format(context: Context, value: Value, pattern: str) -> str:
    local = _moment(context, value).local()
    return "" if local is None else format_moment(local, pattern)


def _decimal(context: Context, value: Value) -> float:
    return float(_moment(context, value))


def _decimal_time(_compiler: Builder, _call: Call, codes: list[Code]) -> Code:
    text = strings(codes[0])

    def run(context: Context) -> float:
        source = text(context)
        today = context.env.now().astimezone(context.zone).date()
        return time_fraction(source, context.zone, today)

    return Code("number", run)


def _clock_time(context: Context, value: Value, pattern: str) -> str:
    """Format a time of day; a date or dateTime gives its time."""
    text = to_string(value)
    today = context.env.now().astimezone(context.zone).date()
    fraction = time_fraction(text, context.zone, today)
    if math.isfinite(fraction):
        midnight = local_midnight(context.env.now(), context.zone)
        local = DateTime(float(midnight) + fraction, context.zone).local()
        return "" if local is None else format_moment(local, pattern)
    return _format(context, value, pattern)


TIME_FUNCTIONS: tuple[Function, ...] = (
    Function("now", 0, 0, simple("now", (), "number", _now).build, is_pure=False),
    Function("today", 0, 0, simple("today", (), "number", _today).build, is_pure=False),
    simple("date", ("value",), "number", _date),
    simple("date-time", ("value",), "number", _date),
    simple("format-date", ("value", "string"), "string", _format),
    simple("format-date-time", ("value", "string"), "string", _format),
    simple("format-time", ("value", "string"), "string", _clock_time),
    simple("decimal-date-time", ("value",), "number", _decimal),
    Function("decimal-time", 1, 1, _decimal_time, is_pure=False),
)
"""Functions of dates and times; those that look at the clock are not pure."""
