"""Builds forms for tests: Markdown tables as text, as .xlsx, or as raw parts of an archive."""

from __future__ import annotations

import io
import textwrap
import zipfile

import openpyxl

from fieldkit.forms.diagnostics import Problem
from fieldkit.io.conversion import Conversion
from fieldkit.io.workbook_text import read as read_text
from fieldkit.io.xlsform import convert_bytes


def markdown(text: str) -> bytes:
    """Return a form written as Markdown tables."""
    return textwrap.dedent(text).strip().encode("utf-8")


def xlsx(text: str, *, blank_rows: dict[str, int] | None = None) -> bytes:
    """Return a form written as Markdown tables as an .xlsx workbook.

    Args:
        text: The tables.
        blank_rows: By sheet, how many empty rows come before each row below the header.
    """
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for table in read_text(markdown(text)).sheets:
        sheet = book.create_sheet(table.name)
        for header in table.headers:
            sheet.cell(1, header.column, header.text)
        gap = (blank_rows or {}).get(table.name, 0)
        for number, row in enumerate(table.rows, 1):
            for column, value in row.cells.items():
                sheet.cell(1 + number * (gap + 1), column, value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    """Return an archive with one part replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            if entry.filename != name:
                new.writestr(entry, old.read(entry))
        new.writestr(name, content)
    return out.getvalue()


def convert_md(text: str) -> Conversion:
    """Convert a form written as Markdown tables."""
    return convert_bytes(markdown(text))


def codes(conversion: Conversion) -> list[str]:
    """Return the codes of a conversion's problems in their order."""
    return [problem.code for problem in conversion.problems]


def only(conversion: Conversion, code: str) -> Problem:
    """Return the one problem of a code."""
    found = [problem for problem in conversion.problems if problem.code == code]
    assert len(found) == 1, conversion.problems
    return found[0]
