"""JSON from outside, read strictly: no repeated members, no endless depth, no numbers that JSON lacks."""

from __future__ import annotations

import json
import math
from typing import Any

from fieldkit.errors import SyncError
from fieldkit.i18n import _

__all__ = ["DEPTH", "canonical", "compact", "parse"]

DEPTH = 32
"""Greatest depth of objects and lists inside each other."""

_NOT_JSON = "SYNC-011"


def parse(text: str, *, place: str = "") -> Any:
    """Return the value of a JSON text.

    Args:
        text: One JSON value.
        place: What the text is, for the message.

    Raises:
        SyncError: SYNC-011, with the reason.
    """
    try:
        value = _DECODER.decode(text)
        if text.count("[") + text.count("{") > DEPTH:
            _check_depth(value, DEPTH)
        if "\\u" in text:
            compact(value).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise SyncError(
            _NOT_JSON,
            _("Not valid JSON in {place}: {reason}").format(place=place or _("a line"), reason=_reason(error)),
            hint=_("The other records are not touched. Ask the sender to export again."),
            where={"place": place},
        ) from error
    return value


def compact(value: Any) -> str:
    """Return the shortest JSON text of a value, with letters of all scripts as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def canonical(value: Any) -> str:
    """Return the JSON text of a value that is the same on every machine: members sorted, ASCII only."""
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return _("nested deeper than {depth} levels").format(depth=DEPTH)
    if isinstance(error, UnicodeEncodeError):
        return _("half a surrogate pair")
    return str(error)[:200]


def _without_repeats(members: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(members)
    if len(result) != len(members):
        raise ValueError(_("a member is named twice"))
    return result


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(_("a number is too large"))
    return value


def _constant(text: str) -> float:
    raise ValueError(_("{text} is no JSON number").format(text=text))


_DECODER = json.JSONDecoder(object_pairs_hook=_without_repeats, parse_float=_number, parse_constant=_constant)


def _check_depth(value: Any, left: int) -> None:
    if not isinstance(value, dict | list):
        return
    if left == 0:
        raise RecursionError
    for inner in value.values() if isinstance(value, dict) else value:
        _check_depth(inner, left - 1)
