"""Sheets of a workbook as plain text, whatever file they came from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

__all__ = [
    "MAX_BLANK_RUN",
    "MAX_COLUMNS",
    "Header",
    "Row",
    "Sheet",
    "Workbook",
    "column_letter",
    "sheet_from_rows",
]

MAX_BLANK_RUN = 5_000
"""Rows without content after which a sheet is taken to have ended (formatting often reaches row 1,048,576)."""

MAX_COLUMNS = 2_000
"""Columns read; real forms in 30 languages stay under 200."""


# Signs that XML cannot hold: nobody sees them in a cell, and one of them would spoil the whole form.
_FORBIDDEN = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\ud800-\\udfff\\ufffe\\uffff]")


@dataclass(frozen=True, slots=True)
class Header:
    """A cell of a sheet's first row."""

    column: int
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row with content; ``number`` is what the spreadsheet program shows, ``cells`` go by column number."""

    number: int
    cells: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name as written, the headers of row 1, and the rows below that hold anything."""

    name: str
    headers: tuple[Header, ...]
    rows: tuple[Row, ...]
    cut_at: int = 0
    """The row where reading stopped after a long blank run, 0 where the sheet was read to its end."""


@dataclass(frozen=True, slots=True)
class Workbook:
    """The sheets of a file in their order, and what kind of file it turned out to be."""

    kind: str
    sheets: tuple[Sheet, ...]


def column_letter(column: int) -> str:
    """Return the letters of a column number: 1 is A, 27 is AA.

    Args:
        column: Number from 1; anything lower gives an empty text.
    """
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def sheet_from_rows(name: str, rows: Iterable[tuple[int, Iterable[str]]], *, cut_at: int = 0) -> Sheet:
    """Return a sheet from numbered rows of cleaned texts; the first row is the header.

    Args:
        name: Name as written in the file.
        rows: Pairs of the row's number and its cells from column A on; empty texts are empty cells.
        cut_at: Row where reading stopped early, see :class:`Sheet`.
    """
    headers: tuple[Header, ...] = ()
    found: list[Row] = []
    seen_header = False
    for number, texts in rows:
        cells = {column: text for column, written in enumerate(texts, 1) if (text := _FORBIDDEN.sub("", written))}
        if not seen_header:
            seen_header = True
            headers = tuple(Header(column, " ".join(text.split())) for column, text in cells.items())
        elif cells:
            found.append(Row(number, cells))
    return Sheet(name, headers, tuple(found), cut_at)
