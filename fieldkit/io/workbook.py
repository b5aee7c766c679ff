"""Reads any workbook that people call an XLSForm into plain sheets of text, by its bytes, within bounds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from fieldkit.errors import FormError
from fieldkit.i18n import _

__all__ = [
    "MAX_BLANK_RUN",
    "MAX_COLUMNS",
    "MAX_FILE_BYTES",
    "Header",
    "Row",
    "Sheet",
    "Workbook",
    "column_letter",
    "read_bytes",
    "read_file",
    "sheet_from_rows",
]

MAX_FILE_BYTES = 64 * 1024 * 1024
"""Largest file that is opened: the longest real form known to us has under 2 MB."""

MAX_BLANK_RUN = 5_000
"""Rows without content after which a sheet is taken to have ended (formatting often reaches row 1,048,576)."""

MAX_COLUMNS = 2_000
"""Columns read; real forms in 30 languages stay under 200."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK"


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
        cells = {column: text for column, text in enumerate(texts, 1) if text}
        if not seen_header:
            seen_header = True
            headers = tuple(Header(column, " ".join(text.split())) for column, text in cells.items())
        elif cells:
            found.append(Row(number, cells))
    return Sheet(name, headers, tuple(found), cut_at)


def read_file(path: Path) -> bytes:
    """Return the bytes of a form file.

    Raises:
        FormError: FORM-200 when it cannot be read, FORM-203 when it is larger than 64 MiB.
    """
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise FormError(
                "FORM-203",
                _("{name} has {size} MB; at most {limit} MB are opened").format(
                    name=path.name, size=size // 1_000_000, limit=MAX_FILE_BYTES // 1_000_000
                ),
                hint=_("Remove pictures and unused sheets from the workbook."),
                where={"file": str(path)},
            )
        return path.read_bytes()
    except OSError as error:
        raise FormError(
            "FORM-200",
            _("{name} cannot be read: {cause}").format(name=path.name, cause=error.strerror or str(error)),
            hint=_("Check the path, and that no other program holds the file."),
            where={"file": str(path)},
        ) from error
    except ValueError as error:
        raise FormError(
            "FORM-200", _("{name} is not a usable file name").format(name=str(path)), where={"file": str(path)}
        ) from error


def read_bytes(data: bytes) -> Workbook:
    """Return the sheets of a workbook; the bytes decide what it is, never its name.

    Raises:
        FormError: FORM-201 to FORM-205 when it is no workbook, damaged, too large or protected.
    """
    if data.startswith(_ZIP):
        from fieldkit.io import workbook_xlsx

        return workbook_xlsx.read(data)
    if data.startswith(_OLE):
        from fieldkit.io import workbook_xls

        return workbook_xls.read(data)
    from fieldkit.io import workbook_text

    return workbook_text.read(data)
