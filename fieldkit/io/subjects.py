"""Reads subject lists from CSV and workbooks: rows as text with their row numbers, whatever wrote the file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from fieldkit.errors import FormError, SubjectError
from fieldkit.i18n import _
from fieldkit.io.sheets import Sheet
from fieldkit.io.workbook import read_bytes, read_file
from fieldkit.io.workbook_text import decode
from fieldkit.model.register import COLUMNS, Entry, Fault

__all__ = ["SubjectFile", "parse_subjects", "read_subjects"]

_BINARY = (b"PK", b"\xd0\xcf\x11\xe0")
_MIDNIGHT = re.compile(r"(\d{4}-\d{2}-\d{2})[ T]00:00(?::00(?:\.0+)?)?")
_DELIMITERS = (",", "\t", ";", "|")
_MAX_CELL = 1 << 20
MAX_ROWS = 200_000
"""Rows read; a province has about 40,000 villages."""


@dataclass(frozen=True, slots=True)
class SubjectFile:
    """What a subject list holds: its columns, its rows, and what of it cannot be read.

    Attributes:
        columns: The known columns in the order of the file.
        entries: The rows with content; blanks are left out, unknown columns too.
        refused: Faults by row; row 1 is the header.
    """

    columns: tuple[str, ...]
    entries: tuple[Entry, ...]
    refused: tuple[tuple[int, Fault], ...]


def read_subjects(path: Path | str) -> SubjectFile:
    """Read a subject list from a CSV file (UTF-8, GB 18030, UTF-16) or a workbook.

    Raises:
        SubjectError: SUBJ-001 when the file cannot be read, SUBJ-003 when the columns id or kind are missing.
    """
    file = Path(path)
    try:
        data = read_file(file)
        return parse_subjects(data)
    except FormError as error:
        raise SubjectError(
            "SUBJ-001", error.message, hint=error.hint, where={"file": str(file), **error.where}
        ) from error
    except SubjectError as error:
        error.where.setdefault("file", str(file))
        raise


def parse_subjects(data: bytes) -> SubjectFile:
    """Read a subject list from the bytes of a file; see :func:`read_subjects`."""
    rows = _workbook_rows(data) if data.startswith(_BINARY) else _csv_rows(data)
    header: list[str] | None = None
    columns: dict[int, str] = {}
    refused: list[tuple[int, Fault]] = []
    entries: list[Entry] = []
    for number, cells in rows:
        if header is None:
            header = cells
            columns = _columns(header, number, refused)
            continue
        if not any(cells):
            continue
        if len(entries) >= MAX_ROWS:
            refused.append((number, Fault("SUBJ-004", "", _("More than {limit} rows").format(limit=MAX_ROWS))))
            break
        _take(number, cells, columns, header, entries, refused)
    if header is None:
        _columns([], 1, refused)
    return SubjectFile(tuple(columns.values()), tuple(entries), tuple(refused))


def _columns(header: list[str], number: int, refused: list[tuple[int, Fault]]) -> dict[int, str]:
    columns: dict[int, str] = {}
    for index, written in enumerate(header):
        name = written.strip().lower().replace(" ", "_")
        if not name:
            continue
        if name not in COLUMNS:
            refused.append(
                (
                    number,
                    Fault(
                        "SUBJ-002",
                        written,
                        _("The column “{column}” is unknown; it is not read").format(column=written[:60]),
                        _("The register has the columns: {columns}").format(columns=", ".join(COLUMNS)),
                    ),
                )
            )
        elif name in columns.values():
            refused.append(
                (number, Fault("SUBJ-002", written, _("The column “{column}” stands twice").format(column=written)))
            )
        else:
            columns[index] = name
    missing = [name for name in ("id", "kind") if name not in columns.values()]
    if missing:
        raise SubjectError(
            "SUBJ-003",
            _("The list has no column {columns}").format(columns=", ".join(missing)),
            hint=_("The first row needs the headers id, kind, name_zh, name_en, parent, band."),
            where={"row": number, "column": missing[0]},
        )
    return columns


def _take(
    number: int,
    cells: list[str],
    columns: dict[int, str],
    header: list[str],
    entries: list[Entry],
    refused: list[tuple[int, Fault]],
) -> None:
    if any(cells[len(header) :]):
        refused.append(
            (
                number,
                Fault(
                    "SUBJ-004",
                    "",
                    _("The row has {count} cells, the header {expected}").format(
                        count=len(cells), expected=len(header)
                    ),
                    _("Put names with commas into quotation marks."),
                ),
            )
        )
        return
    values = {
        columns[index]: _MIDNIGHT.sub(r"\1", text) for index, text in enumerate(cells) if text and index in columns
    }
    if values:
        entries.append(Entry(number, values))


def _workbook_rows(data: bytes) -> Iterable[tuple[int, list[str]]]:
    book = read_bytes(data)
    if not book.sheets:
        raise SubjectError("SUBJ-003", _("The workbook has no sheets"))
    named = [sheet for sheet in book.sheets if sheet.name.strip().lower() in {"subjects", "subject"}]
    sheet: Sheet = named[0] if named else book.sheets[0]
    width = max((header.column for header in sheet.headers), default=0)
    yield 1, _list({header.column: header.text for header in sheet.headers}, width)
    for row in sheet.rows:
        yield row.number, _list(row.cells, max(width, *row.cells))


def _list(cells: dict[int, str] | object, width: int) -> list[str]:
    assert isinstance(cells, dict)
    return [str(cells.get(column, "")) for column in range(1, width + 1)]


def _csv_rows(data: bytes) -> Iterable[tuple[int, list[str]]]:
    text = decode(data)
    if text is None:
        raise SubjectError(
            "SUBJ-001",
            _("The file is neither a text file nor a workbook"),
            hint=_("Save the list as .xlsx or as CSV in UTF-8."),
        )
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    limit = csv.field_size_limit(_MAX_CELL)
    try:
        seen = False
        for number, row in enumerate(reader, 1):
            if row and (seen or any(row)):
                seen = True
                yield number, [cell.replace("\xa0", " ").strip() for cell in row]
    except csv.Error as error:
        raise SubjectError(
            "SUBJ-001",
            _("Line {line} cannot be read: {cause}").format(line=reader.line_num, cause=str(error)),
            hint=_("Check the quotation marks of that line."),
            where={"row": reader.line_num},
        ) from error
    finally:
        csv.field_size_limit(limit)
