"""The values of expressions and their conversions."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from datetime import tzinfo
from functools import cache
from typing import TypeAlias

from fieldkit.forms.tree import Node
from fieldkit.forms.xpath.dates import DateTime, days_of_text, iso_text

__all__ = [
    "NodeSet",
    "NumberReader",
    "Value",
    "core_number",
    "known_numbers",
    "number_text",
    "odk_number",
    "to_boolean",
    "to_number",
    "to_string",
]

NodeSet: TypeAlias = Sequence[Node]
Value: TypeAlias = "str | float | bool | NodeSet"
"""A dateTime is a :class:`DateTime`, which is a float."""

NumberReader: TypeAlias = Callable[[str, tzinfo], float]
"""Reads a number from a text; the two libraries differ in it."""


@cache
def _core_pattern() -> re.Pattern[str]:
    return re.compile(r"[ \t\r\n]*-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[ \t\r\n]*")


@cache
def _odk_pattern() -> re.Pattern[str]:
    return re.compile(r"\s*-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*")


_NUMBERS_LIMIT = 50_000
_numbers: dict[str, float] = {}
"""Texts that were read as numbers before: sums over many rows read the same few texts again and again."""

_numerals: dict[float, str] = {}
"""Numbers that were written as texts before."""


def core_number(text: str, zone: tzinfo) -> float:  # noqa: ARG001 - both readers take the same arguments
    """Return the number that a text holds by the rules of XPath 1.0, else NaN."""
    return float(text) if _core_pattern().fullmatch(text) else math.nan


def odk_number(text: str, zone: tzinfo) -> float:
    """Return the number that a text holds; ISO dates are days since the epoch, exponents are read."""
    if not text:
        return math.nan
    known = _numbers.get(text)
    if known is not None:
        return known
    if _odk_pattern().fullmatch(text):
        if len(_numbers) >= _NUMBERS_LIMIT:
            _numbers.clear()
        number = _numbers[text] = float(text)
        return number
    if len(text) >= 10:
        return days_of_text(text, zone)
    return math.nan


def known_numbers(reader: NumberReader) -> dict[str, float]:
    """Return the texts that a reader has read before with their numbers; empty where it keeps none."""
    return _numbers if reader is odk_number else {}


def number_text(value: float) -> str:
    """Return a number as text by the rules of XPath 1.0: no exponent, no trailing zeros."""
    if type(value) is DateTime:
        return iso_text(value)
    if value != value:  # noqa: PLR0124 - NaN is the only number unequal to itself
        return "NaN"
    known = _numerals.get(value)
    if known is not None:
        return known
    if len(_numerals) >= _NUMBERS_LIMIT:
        _numerals.clear()
    text = _numerals[value] = _numeral(value)
    return text


def _numeral(value: float) -> str:
    if value in {math.inf, -math.inf}:
        return "Infinity" if value > 0 else "-Infinity"
    if value == int(value) and abs(value) < 1e16:
        return str(int(value))
    text = repr(float(value))
    if "e" not in text:
        return text
    from decimal import Decimal

    return format(Decimal(text), "f")


def to_string(value: Value) -> str:
    """Return a value as text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | int):
        return number_text(value)
    return value[0].string_value() if value else ""


def to_boolean(value: Value) -> bool:
    """Return a value as a truth value; a node-set is true when it is not empty."""
    if isinstance(value, bool):
        return value
    if isinstance(value, float | int):
        return value == value and value != 0  # noqa: PLR0124 - NaN is false
    return len(value) > 0


def to_number(value: Value, zone: tzinfo, reader: NumberReader = odk_number) -> float:
    """Return a value as a number."""
    if isinstance(value, bool):
        return 1.0 if value else 0.0
    if isinstance(value, float | int):
        return value
    if isinstance(value, str):
        return reader(value, zone)
    return reader(value[0].string_value(), zone) if value else math.nan
