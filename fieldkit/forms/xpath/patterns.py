"""Regular expressions of foreign forms: bounded in size and in time."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

import regex

from fieldkit.errors import FormError
from fieldkit.i18n import _

__all__ = ["MAX_EXPANDED", "TIME_LIMIT", "expanded_size", "matcher"]

TIME_LIMIT = 0.25
"""Longest time for one match, in seconds."""

MAX_PATTERN = 5_000
MAX_EXPANDED = 20_000
"""Largest size of a pattern with its counted repetitions written out: that is what compiling it costs."""

_PIECE = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{([0-9]+)(?:,([0-9]*))?\}|.", re.DOTALL)
MAX_TEXT = 100_000


def expanded_size(pattern: str) -> int:
    """Return about how many signs a pattern has once counted repetitions such as ``{1000}`` are written out."""
    open_groups = [0]
    last = 0
    for match in _PIECE.finditer(pattern):
        piece = match[0]
        if piece == "(":
            open_groups.append(0)
            last = 0
        elif piece == ")" and len(open_groups) > 1:
            last = open_groups.pop() + 1
            open_groups[-1] += last
        elif match[1] is not None:
            count = max(int(match[1][:9]), int((match[2] or "0")[:9]))
            open_groups[-1] += last * (count - 1) if count else 0
            last *= count
        else:
            last = 1
            open_groups[-1] += 1
    return sum(open_groups)


def _anchored(pattern: str) -> str:
    """Let ``$`` stand for the end of the text alone, not for the place before a last line break too."""
    if "$" not in pattern or "(?m" in pattern:
        return pattern
    return "".join([r"\Z" if match[0] == "$" else match[0] for match in _PIECE.finditer(pattern)])


@lru_cache(maxsize=512)
def matcher(pattern: str) -> Callable[[str], bool]:
    """Return the test whether a pattern is found in a text.

    Raises:
        FormError: XPATH-105 for a pattern that is not valid or too long; the test raises XPATH-106 when a match
            takes longer than :data:`TIME_LIMIT`.
    """
    if len(pattern) > MAX_PATTERN or expanded_size(pattern) > MAX_EXPANDED:
        raise FormError("XPATH-105", _("The pattern is longer than {limit} characters.").format(limit=MAX_PATTERN))
    try:
        compiled = regex.compile(_anchored(pattern), regex.VERSION0 | regex.ASCII)
    except (regex.error, OverflowError, ValueError, RecursionError) as error:
        raise FormError(
            "XPATH-105", _("The pattern {pattern} is not valid: {reason}").format(pattern=pattern, reason=str(error))
        ) from error

    limit = TIME_LIMIT

    def matches(text: str) -> bool:
        nonlocal limit
        try:
            return compiled.search(text[:MAX_TEXT], timeout=limit) is not None
        except TimeoutError as error:
            # The same pattern may be asked for in every row of a table: it gets less time from now on.
            limit = max(limit / 4, 0.005)
            raise FormError(
                "XPATH-106",
                _("The pattern {pattern} takes too long.").format(pattern=pattern),
                hint=_("Write the pattern without nested repetition."),
            ) from error

    return matches
