"""Lines of text measured in terminal cells: the plain values that every screen draws.

A line is a tuple of spans; a span is a text, the name of a style and, where a mouse click means something, a tag.
Nothing here knows Textual, so that each screen can be checked by comparing cells.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size

__all__ = [
    "Line",
    "Page",
    "Slot",
    "Span",
    "ambiguous_width",
    "beside",
    "cells",
    "clean",
    "crop",
    "cut",
    "fit",
    "line",
    "plain",
    "rule",
    "set_ambiguous_width",
    "shorten",
    "width",
    "wrap",
]

_LONGEST = 20_000
"""Characters of a foreign text that are looked at; the rest is never drawn."""

_HARMFUL = (
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\ud800-\udfff\U000e0000-\U000e0fff]"
)
_LOOKALIKE = {
    "…": "..",
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
    "→": "->",
    "←": "<-",
    "■": "#",
    "□": "[]",
    "×": "x",
    "·": ".",
    "●": "*",
    "○": "o",
    "—": "-",
    "–": "-",
    "÷": "/",
    "±": "+-",
    "°": "o",
    "§": "S",
    "※": "*",
}
_state = {"ambiguous": 1, "unicode": 0}
_SIGNS = {"ok": "✓", "!": "✗", "[x]": "☑", "[ ]": "☐"}
"""Neutral signs that stand for the ASCII ones where the setting says so; all are one cell wide."""


class Span(NamedTuple):
    """A piece of a line in one style."""

    text: str
    style: str = ""
    tag: str = ""
    """What a click on it means to the screen; empty = nothing."""


Line = tuple[Span, ...]
"""One row of the screen."""


class Slot(NamedTuple):
    """Where a text field lies on a page, in cells from its top left corner."""

    x: int
    y: int
    width: int
    height: int = 1


class Page(NamedTuple):
    """What a screen draws between its title and its hints."""

    lines: tuple[Line, ...]
    field: Slot | None = None
    """Where the text field belongs while one is open."""


def set_ambiguous_width(columns: int) -> None:
    """Say how wide this terminal draws characters of ambiguous width: 1 or 2 columns."""
    _state["ambiguous"] = 2 if columns == 2 else 1
    _cleaned.cache_clear()


def ambiguous_width() -> int:
    """Return the columns of a character of ambiguous width."""
    return _state["ambiguous"]


def use_unicode_signs(wanted: bool) -> None:
    """Say whether signs are drawn in Unicode or in ASCII."""
    _state["unicode"] = int(wanted)


def sign(text: str) -> str:
    """Return a sign of the screens, ``ok``, ``!``, ``[x]`` or ``[ ]``, as the setting wants it."""
    return _SIGNS.get(text, text) if _state["unicode"] else text


def cells(text: str) -> int:
    """Return the terminal cells that a text takes."""
    return cell_len(text)


def _narrowed(match: re.Match[str]) -> str:
    char = match.group()
    if unicodedata.east_asian_width(char) != "A":
        return char
    folded = unicodedata.normalize("NFKC", char)
    return _LOOKALIKE.get(char) or (folded if folded.isascii() else "?")


@lru_cache(maxsize=4096)
def _cleaned(text: str) -> str:
    text = re.sub(_HARMFUL, "", text.replace("\t", " ").replace("\u2028", "\n").replace("\u2029", "\n"))
    if _state["ambiguous"] == 2:
        text = re.sub("[^\x00-\x7f\u3000-\u9fff\uff00-\uff60]", _narrowed, text)
    return text


def clean(text: str, *, lines: bool = False) -> str:
    """Make a foreign text harmless: no control characters, no marks that turn or hide text, of bounded length.

    Args:
        text: Any text: a label, a note, a value out of a bundle.
        lines: Keep line breaks; else they become spaces.
    """
    if text.isascii() and text.isprintable() and len(text) < _LONGEST:
        return text
    text = _cleaned(text[:_LONGEST])
    return text if lines else text.replace("\n", " ")


def cut(text: str, size: int) -> str:
    """Return the text cut to at most ``size`` cells, with two dots where something is missing."""
    if cell_len(text) <= size:
        return text
    if size <= 3:
        return set_cell_size(text, max(size, 0)).rstrip()
    return set_cell_size(text, size - 2).rstrip() + ".."


def fit(text: str, size: int, align: str = "left") -> str:
    """Return the text cut and padded to exactly ``size`` cells.

    Args:
        text: A harmless text without line breaks.
        size: Cells.
        align: ``left``, ``right`` or ``middle``.
    """
    text = cut(text, size)
    gap = size - cell_len(text)
    if align == "right":
        return " " * gap + text
    if align == "middle":
        return " " * (gap // 2) + text + " " * (gap - gap // 2)
    return text + " " * gap


def _pieces(text: str) -> list[str]:
    """Split into words; each Han character is a word of its own, closing signs stay with what they close."""
    out: list[str] = []
    for piece in re.findall(
        r"\s+|[^\s\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]+|[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]", text
    ):
        if out and piece in "，。、；：！？）】》”’,;:!?)" and not out[-1].isspace():
            out[-1] += piece
        else:
            out.append(piece)
    return out


def wrap(text: str, size: int) -> list[str]:
    """Break a text into lines of at most ``size`` cells, at spaces and between Han characters."""
    size = max(size, 4)
    out: list[str] = []
    for paragraph in text.split("\n"):
        row, used = "", 0
        for word in _pieces(paragraph):
            piece, wide = word, cell_len(word)
            if used + wide > size and not piece.isspace():
                if row.strip():
                    out.append(row.rstrip())
                row, used = "", 0
                while wide > size:
                    head = set_cell_size(piece, size).rstrip()
                    out.append(head)
                    piece = piece[max(len(head), 1) :]
                    wide = cell_len(piece)
            row += piece
            used += wide
        out.append(row.rstrip())
    return out or [""]


def line(*parts: str | Span | tuple[str, str] | tuple[str, str, str]) -> Line:
    """Make a line out of texts, (text, style) pairs and (text, style, tag) triples; empty parts vanish."""
    spans = (part if isinstance(part, Span) else Span(part) if isinstance(part, str) else Span(*part) for part in parts)
    return tuple(span for span in spans if span.text)


def width(row: Line) -> int:
    """Return the cells of a line."""
    return sum(cell_len(span.text) for span in row)


def plain(row: Line) -> str:
    """Return the text of a line without trailing blanks."""
    return "".join(span.text for span in row).rstrip()


def crop(row: Line, size: int, style: str = "") -> Line:
    """Return the line cut or padded to exactly ``size`` cells; padding gets the given style."""
    out: list[Span] = []
    used = 0
    for span in row:
        wide = cell_len(span.text)
        if used + wide > size:
            rest = set_cell_size(span.text, size - used)
            if rest:
                out.append(Span(rest, span.style, span.tag))
            return tuple(out)
        out.append(span)
        used += wide
    if used < size:
        out.append(Span(" " * (size - used), style))
    return tuple(out)


def shorten(row: Line, size: int) -> Line:
    """Return the line cut to ``size`` cells with two dots at its end where something is missing."""
    if width(row) <= size:
        return row
    cropped = crop(row, max(size - 2, 0))
    return (*cropped, Span("..", cropped[-1].style if cropped else ""))


def beside(left: Sequence[Line], right: Sequence[Line], left_size: int, separator: str = " | ") -> list[Line]:
    """Put two blocks of lines beside each other; the left one gets exactly ``left_size`` cells."""
    rows: list[Line] = []
    middle = Span(separator, "rule")
    for index in range(max(len(left), len(right))):
        a = left[index] if index < len(left) else ()
        b = right[index] if index < len(right) else ()
        rows.append((*_exactly(a, left_size), middle, *b))
    return rows


def _exactly(row: Line, size: int) -> Line:
    if not row:
        return _blank(size)
    wide = width(row)
    if wide < size:
        return (*row, Span(" " * (size - wide)))
    return row if wide == size else crop(shorten(row, size), size)


@lru_cache(maxsize=16)
def _blank(size: int) -> Line:
    return (Span(" " * size),)


def rule(title: str, size: int) -> Line:
    """Return a rule with a title in it."""
    head = f"-- {cut(title, size - 8)} " if title else ""
    return (Span(head, "head"), Span("-" * max(size - cell_len(head), 0), "rule"))


def column(texts: Iterable[str], size: int) -> list[Line]:
    """Return texts as lines, each wrapped to ``size`` cells."""
    return [line(row) for text in texts for row in wrap(text, size)]
