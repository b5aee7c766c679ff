"""What a command gives back, and how it is printed: one JSON document, or lines for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct, field

from fieldkit.errors import FieldkitError
from fieldkit.i18n import _

__all__ = ["Outcome", "dump", "print_error", "print_outcome", "say", "table"]


class Outcome(Struct, frozen=True):
    """The result of a command."""

    document: Any
    """What ``--json`` prints."""
    lines: Sequence[str] = field(default_factory=tuple)
    """What people read."""
    code: int = 0
    """Exit code: 0 done, 1 done with refusals."""
    printed: bool = False
    """True where the command has written its output line by line."""


def dump(document: Any) -> str:
    """Return a value as one line of JSON in UTF-8."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False)


def _harmless(text: str) -> str:
    return "".join(sign if sign.isprintable() or sign in "\t\n" else "�" for sign in text)


def say(text: str) -> None:
    """Tell a person something on standard error."""
    print(_harmless(text), file=sys.stderr, flush=True)


def print_outcome(outcome: Outcome, *, as_json: bool) -> int:
    """Print the result and return the exit code."""
    if outcome.printed:
        return outcome.code
    if as_json:
        sys.stdout.write(dump(outcome.document) + "\n")
    else:
        for line in outcome.lines:
            sys.stdout.write(_harmless(line) + "\n")
    sys.stdout.flush()
    return outcome.code


def print_error(error: FieldkitError, *, as_json: bool) -> int:
    """Print an error and return its exit code."""
    if as_json:
        sys.stdout.write(dump({"error": error.as_json()}) + "\n")
        sys.stdout.flush()
    say(_("error {code}: {message}").format(code=error.code, message=error.message))
    if error.hint:
        say("  " + error.hint)
    return error.exit_code


def table(rows: Iterable[Sequence[object]]) -> list[str]:
    """Return rows as lines with aligned columns, Chinese counted as two cells."""
    from unicodedata import east_asian_width

    def cells(text: str) -> int:
        return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)

    texts = [[_harmless("" if cell is None else str(cell)).replace("\n", " ") for cell in row] for row in rows]
    widths = [
        max((cells(row[column]) for row in texts if column < len(row)), default=0)
        for column in range(max((len(row) for row in texts), default=0))
    ]
    return [
        "  ".join(cell + " " * (width - cells(cell)) for cell, width in zip(row, widths, strict=False)).rstrip()
        for row in texts
    ]
