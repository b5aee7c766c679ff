"""Row 1 and the last rows of every screen: title, who, status, hints; and the page of a terminal that is too small."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from fieldkit.i18n import _
from fieldkit.keys import action
from fieldkit.widgets.lines import Line, Span, cells, clean, cut, line, wrap

if TYPE_CHECKING:
    from fieldkit.visit.outcome import SaveStatus

__all__ = [
    "MIN_HEIGHT",
    "MIN_WIDTH",
    "Hint",
    "hint_line",
    "hints_of",
    "message_lines",
    "status_text",
    "title_line",
    "too_small",
]

MIN_WIDTH, MIN_HEIGHT = 80, 24
_MOST_HINTS = 8
_LEAST_LEFT = 16
"""Cells of row 1 that its title keeps when the figures of the screen need the room."""


class Hint(NamedTuple):
    """One hint of the footer."""

    key: str
    label: str
    action: str = ""
    """Action that a click on it fires."""
    off: bool = False


def status_text(status: SaveStatus | None, *, in_visit: bool) -> str:
    """Return the last words of row 1, the same ASCII words in both languages.

    Args:
        status: What the writer says; None = nothing is open yet.
        in_visit: True where the count of the visit's operations is shown.
    """
    if status is None:
        return "opening"
    if status.kind == "failed":
        said = _("NOT SAVED: {cause}").format(cause="")
        return f"NOT SAVED: {status.cause.removeprefix(said) or 'disk error'}"
    if status.kind == "saving":
        return "saving"
    at = status.at.strftime("%H:%M:%S") if status.at else ""
    count = f"#{status.count}" if in_visit else ""
    return " ".join(part for part in ("saved", at, count) if part)


_MESSAGE_ROWS = 3
"""Rows that an error may take above the hints, so that its next step and its code are not cut off."""


def message_lines(text: str, style: str, size: int) -> list[Line]:
    """Return a message; an error whole in up to three rows, anything else in one."""
    if not text:
        return []
    if style != "bad":
        return [line((" " + cut(text, size - 2), style))]
    parts = wrap(clean(text), size - 2)
    shown = [*parts[: _MESSAGE_ROWS - 1], cut(" ".join(parts[_MESSAGE_ROWS - 1 :]), size - 2)]
    return [line((" " + part, style)) for part in shown if part]


def title_line(left: str, right: str, status: str, size: int, *, striped: bool = False) -> Line:
    """Return row 1: what this is, what counts, and whether it is saved.

    Args:
        left: Title and who works.
        right: Figures of the screen; the first to go where there is no room.
        status: Text of the status.
        size: Cells of the row.
        striped: True in the demo workspace.
    """
    tail = f"| {status}-"
    room = size - cells(tail) - 1
    left = clean(left)
    right = clean(right)
    if cells(right) > room - min(cells(left) + 5, _LEAST_LEFT):
        right = cut(right, max(room - cells(left) - 6, 0)) if room - cells(left) - 6 > 8 else ""
    head = f"{'//' if striped else '--'} {cut(left, room - cells(right) - 6)} "
    dashes = room - cells(head) - cells(right) - (1 if right else 0)
    fill = ("//" * size if striped else "-" * size)[: max(dashes, 0)]
    bad = status.startswith("NOT SAVED")
    return line(
        Span(head, "stripe" if striped else "title"),
        Span(fill + (" " if right else ""), "stripe" if striped else "title"),
        Span(right + " ", "stripe" if striped else "title"),
        Span(tail, "unsaved" if bad else "status"),
    )


def hints_of(actions: Sequence[str], *, fkeys: bool, before: Sequence[Hint] = ()) -> list[Hint]:
    """Return hints for actions: their letters, or their F-keys once an input method was seen.

    Args:
        actions: Action ids in the order of importance.
        fkeys: True = show the twin.
        before: Hints that come first.
    """
    return [*before, *(_hint(name, fkeys) for name in actions)]


def _hint(name: str, fkeys: bool) -> Hint:
    entry = action(name)
    twin = next((key for key in entry.twins if key.startswith(("F", "Ctrl"))), "")
    key = (twin or entry.keys[0]) if fkeys or (twin[:1] == "F" and twin[1:].isdigit()) else entry.keys[0]
    return Hint(key, _(entry.label), name)


def hint_line(hints: Sequence[Hint], size: int) -> Line:
    """Return the last row: at most eight hints, those that find no room are left out from the end but one.

    The last hint is help and always stays.
    """
    return _hint_line(tuple(hints), size)


@lru_cache(maxsize=32)
def _hint_line(hints: tuple[Hint, ...], size: int) -> Line:
    chosen = list(hints)
    if len(chosen) > _MOST_HINTS:
        chosen = [*chosen[: _MOST_HINTS - 1], chosen[-1]]
    while len(chosen) > 1 and sum(cells(f"{hint.key} {hint.label}") + 3 for hint in chosen) > size:
        del chosen[-2]
    spans: list[Span] = []
    for hint in chosen:
        tag = f"action:{hint.action}" if hint.action else ""
        spans.append(Span(f" {hint.key}", "off" if hint.off else "key", tag))
        spans.append(Span(f" {hint.label} ", "off" if hint.off else "", tag))
    return tuple(spans)


def too_small(width: int, height: int) -> list[Line]:
    """Return the calm page of a terminal below 80 columns and 24 rows."""
    texts = [
        _("Please make this window larger."),
        _("It has {width}x{height}, Fieldkit needs {least_width}x{least_height}.").format(
            width=width, height=height, least_width=MIN_WIDTH, least_height=MIN_HEIGHT
        ),
        _("Everything is kept; you go on where you were."),
    ]
    rows: list[Line] = [() for _row in range(max(height // 2 - 2, 0))]
    return [*rows, *(line((" " + cut(text, max(width - 2, 1)), "label")) for text in texts)][: max(height, 1)]
