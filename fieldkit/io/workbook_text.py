"""Reads forms written as text: CSV with the sheet's name in the first column, or Markdown tables."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from fieldkit.errors import FormError
from fieldkit.i18n import _
from fieldkit.io.sheets import MAX_COLUMNS, Sheet, Workbook, sheet_from_rows

__all__ = ["decode", "read"]

_PIPE = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r"^[\s|:-]+$")
_MAX_CELL = 1 << 20


def decode(data: bytes) -> str | None:
    """Return the text of a file in UTF-8, UTF-16 or GB 18030, or None where the bytes are no text."""
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    if b"\x00" in data and not wide:
        return None
    for codec in ("utf-16",) if wide else ("utf-8-sig", "gb18030"):
        try:
            return data.decode(codec)
        except UnicodeDecodeError:
            continue
    return None


def read(data: bytes) -> Workbook:
    """Return the sheets of a CSV or Markdown form.

    Raises:
        FormError: FORM-201 when the bytes are neither.
    """
    text = decode(data)
    if text is None or not text.strip():
        raise _unknown()
    tables = [line for line in text.splitlines() if line.lstrip().startswith("|")]
    if len(tables) >= 2:
        kind, rows = "md", _markdown_rows(text)
    else:
        kind, rows = "csv", _csv_rows(text)
    sheets = _sheets(rows)
    if not any(sheet.headers for sheet in sheets):
        raise _unknown()
    return Workbook(kind, sheets)


def _sheets(rows: Iterator[tuple[int, str, list[str]]]) -> tuple[Sheet, ...]:
    """Split rows with a sheet's name before them into sheets; a row's number counts within its sheet."""
    found: list[tuple[str, list[tuple[int, list[str]]]]] = []
    for __, name, cells in rows:
        if name:
            found.append((name, []))
        if found and any(cells):
            content = found[-1][1]
            content.append((len(content) + 1, cells))
    return tuple(sheet_from_rows(name, content) for name, content in found)


def _csv_rows(text: str) -> Iterator[tuple[int, str, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""))
    limit = csv.field_size_limit(_MAX_CELL)
    try:
        for number, row in enumerate(reader, 1):
            cells = [cell.replace("\xa0", " ").strip() for cell in row[:MAX_COLUMNS]]
            if cells:
                yield number, cells[0], cells[1:]
    except csv.Error as error:
        raise FormError(
            "FORM-202",
            _("Line {line} of the CSV file cannot be read: {cause}").format(line=reader.line_num, cause=str(error)),
            hint=_("Check the quotation marks of that line."),
            where={"row": reader.line_num},
        ) from error
    finally:
        csv.field_size_limit(limit)


def _markdown_rows(text: str) -> Iterator[tuple[int, str, list[str]]]:
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped.startswith("|") or _RULE.match(stripped):
            continue
        cells = [cell.replace("\\|", "|").strip() for cell in _PIPE.split(stripped)[1:]]
        if cells and not cells[-1] and stripped.endswith("|"):
            cells.pop()
        if cells:
            yield number, cells[0], cells[1 : MAX_COLUMNS + 1]


def _unknown() -> FormError:
    return FormError(
        "FORM-201",
        _("This file is neither a workbook nor an XForm"),
        hint=_("Give an XLSForm (.xlsx, .xls, .csv, .md) or an XForm (.xml)."),
    )
