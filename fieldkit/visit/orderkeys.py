"""Fractional keys that order rows: a row moves or arrives without touching its neighbours."""

from __future__ import annotations

__all__ = ["key_between", "key_of_ordinal", "keys_after"]

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BASE = len(_DIGITS)
_MIDDLE = _DIGITS[_BASE // 2]
_WIDTH = 4


def key_of_ordinal(number: int) -> str:
    """Return the key of the n-th row that a form makes by itself, the same on every device.

    Args:
        number: Place from 1, below 62**4.
    """
    digits = ""
    for _place in range(_WIDTH):
        number, digit = divmod(number, _BASE)
        digits = _DIGITS[digit] + digits
    return digits


def keys_after(last: str | None, count: int) -> list[str]:
    """Return ``count`` growing keys that all lie after ``last`` (None = from the beginning)."""
    keys: list[str] = []
    for _place in range(count):
        last = key_between(last, None)
        keys.append(last)
    return keys


def key_between(low: str | None, high: str | None) -> str:
    """Return a key between two keys as texts are ordered.

    Args:
        low: Key before, or None for the beginning.
        high: Key after, or None for the end.

    Raises:
        ValueError: ``low`` does not lie before ``high``.
    """
    if high is None:
        return _after(low or "")
    if low is not None and low >= high:
        raise ValueError(f"{low!r} is not before {high!r}")
    return _between(low or "", high)


def _after(low: str) -> str:
    head = low[:_WIDTH].ljust(_WIDTH, "0")
    value = 0
    for digit in head:
        value = value * _BASE + _DIGITS.index(digit)
    if value < _BASE**_WIDTH - 1:
        return key_of_ordinal(value + 1)
    return low + _MIDDLE


def _between(low: str, high: str) -> str:
    prefix = ""
    bounded = True
    place = 0
    while True:
        first = _DIGITS.index(low[place]) if place < len(low) else 0
        last = _DIGITS.index(high[place]) if bounded and place < len(high) else _BASE
        middle = (first + last) // 2
        if middle > first:
            return prefix + _DIGITS[middle]
        bounded = bounded and first == last
        prefix += _DIGITS[first]
        place += 1
