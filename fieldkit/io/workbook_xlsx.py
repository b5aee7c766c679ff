"""Reads .xlsx and .xlsm workbooks, guarded against archive bombs, entities and formatting down to the last row."""

from __future__ import annotations

import datetime as dt
import io
import re
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

from fieldkit.errors import FormError
from fieldkit.i18n import _
from fieldkit.io.sheets import MAX_BLANK_RUN, MAX_COLUMNS, Sheet, Workbook, sheet_from_rows

__all__ = ["read", "text_of"]

MAX_UNPACKED_BYTES = 512 * 1024 * 1024
"""All parts together, unpacked; formatting of a million rows alone can take 100 MB."""

MAX_PARTS = 5_000
_CHUNK = 1 << 20
_STRAY_COLUMNS = 20
_ROW_NUMBER = re.compile(rb'<(?:\w+:)?row\b[^>]*?\br="(\d+)"')
_VALUE = re.compile(rb"<(?:\w+:)?(?:v|is)[\s>]")
_FORBIDDEN = (b"<!DOCTYPE", b"<!ENTITY")

# What the packing, the XML parser and openpyxl raise on damaged parts: openpyxl checks little, so a wrong
# attribute surfaces as whatever the next line of its code makes of it.
_BROKEN = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


def read(data: bytes) -> Workbook:
    """Return the sheets of a zipped workbook.

    Raises:
        FormError: FORM-201 for another kind of archive, FORM-202 damaged, FORM-203 unpacks too large,
            FORM-204 protected, FORM-205 a format that has to be saved as .xlsx first.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            _check_kind(names)
            last_rows = _guard(archive)
        return _read_sheets(data, last_rows)
    except FormError:
        raise
    except _BROKEN as error:
        raise _damaged(error) from error


def text_of(value: object) -> str:
    """Return the text that a form author means by a cell's value: 1.0 is ``1``, TRUE is ``TRUE``.

    Args:
        value: What openpyxl holds: None, text, bool, number, date or time.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.timedelta):
        return str(value)
    return str(value).replace("\xa0", " ").strip()


def _check_kind(names: list[str]) -> None:
    if any(name.endswith("xl/workbook.xml") for name in names):
        return
    if "content.xml" in names or any(name.endswith((".bin", ".iwa")) for name in names):
        raise FormError(
            "FORM-205",
            _("This spreadsheet format is not read"),
            hint=_("Open it in your spreadsheet program and save it as .xlsx."),
        )
    # Some programs name the main part differently; then the content types say that it is a workbook.
    if "[Content_Types].xml" in names and any(name.startswith("xl/") for name in names):
        return
    raise FormError(
        "FORM-201",
        _("This archive is no workbook"),
        hint=_("Give an XLSForm (.xlsx, .xls, .csv, .md) or an XForm (.xml)."),
    )


def _guard(archive: zipfile.ZipFile) -> dict[str, int]:
    """Unpack each part once within the limits; return the last row with content of each sheet part."""
    entries = archive.infolist()
    if len(entries) > MAX_PARTS:
        raise _too_large()
    total = 0
    last_rows: dict[str, int] = {}
    for entry in entries:
        if entry.flag_bits & 0x1:
            raise FormError(
                "FORM-204",
                _("The workbook is protected by a password"),
                hint=_("Save it without a password and try again."),
            )
        with archive.open(entry) as part:
            size, last = _scan(part, entry.filename, MAX_UNPACKED_BYTES - total)
        total += size
        if last is not None:
            last_rows[entry.filename] = last
    return last_rows


def _scan(part: Any, name: str, room: int) -> tuple[int, int | None]:
    """Return a part's unpacked size and, for a sheet, the number of its last row that holds a value."""
    is_xml = name.endswith((".xml", ".rels"))
    is_sheet = name.startswith("xl/worksheets/") and name.endswith(".xml")
    size = 0
    last = row = 0
    tail = b""
    while chunk := part.read(_CHUNK):
        size += len(chunk)
        if size > room:
            raise _too_large()
        if not is_xml:
            continue
        window = tail + chunk
        if any(mark in window for mark in _FORBIDDEN) or b"<\x00!\x00" in window:
            raise FormError(
                "FORM-202",
                _("The workbook holds a document type, which no spreadsheet program writes"),
                hint=_("Open it in your spreadsheet program and save it again."),
            )
        if is_sheet:
            row, last = _last_row(window, row, last)
        tail = window[-200:]
    return size, last if is_sheet else None


def _last_row(window: bytes, row: int, last: int) -> tuple[int, int]:
    end = 0
    for match in _VALUE.finditer(window):
        end = match.start()
    if end or _VALUE.match(window):
        for match in _ROW_NUMBER.finditer(window, 0, end):
            row = int(match.group(1))
        # Rows without a number are counted by openpyxl itself: then nothing is cut.
        last = max(last, row) if row else 1 << 20
    for match in _ROW_NUMBER.finditer(window, end):
        row = int(match.group(1))
    return row, last


def _read_sheets(data: bytes, last_rows: dict[str, int]) -> Workbook:
    import openpyxl

    with warnings.catch_warnings():
        # openpyxl warns about extensions (validation, headers) that say nothing about the cells.
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        try:
            sheets = tuple(_read_sheet(sheet, last_rows) for sheet in book.worksheets)
        finally:
            book.close()
    return Workbook("xlsx", sheets)


def _read_sheet(sheet: Any, last_rows: dict[str, int]) -> Sheet:
    part = str(getattr(sheet, "_worksheet_path", "")).lstrip("/")
    last = last_rows.get(part, 1 << 20)
    (header,) = tuple(sheet.iter_rows(max_row=1, max_col=MAX_COLUMNS, values_only=True)) or ((),)
    # Cells a little beyond the headers are strays that are reported; every row is filled up to this width.
    width = max((number for number, value in enumerate(header, 1) if text_of(value)), default=0) + _STRAY_COLUMNS
    reader = _Rows(sheet.iter_rows(max_row=max(1, last), max_col=min(width, MAX_COLUMNS), values_only=True))
    built = sheet_from_rows(sheet.title, reader)
    return Sheet(built.name, built.headers, built.rows, reader.cut_at)


class _Rows:
    """Numbered rows of texts that end after a long run without content."""

    def __init__(self, rows: Iterable[tuple[object, ...]]) -> None:
        self._rows = rows
        self.cut_at = 0

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        blank = 0
        for number, row in enumerate(self._rows, 1):
            texts = [text_of(value) for value in row]
            if number == 1 or any(texts):
                blank = 0
                yield number, texts
                continue
            blank += 1
            if blank >= MAX_BLANK_RUN:
                self.cut_at = number
                return


def _damaged(error: BaseException) -> FormError:
    return FormError(
        "FORM-202",
        _("The workbook is damaged: {cause}").format(cause=str(error)[:200] or type(error).__name__),
        hint=_("Open it in your spreadsheet program and save it again, or ask for a new copy."),
    )


def _too_large() -> FormError:
    return FormError(
        "FORM-203",
        _("The workbook unpacks to more than {limit} MB").format(limit=MAX_UNPACKED_BYTES // 1_000_000),
        hint=_("Copy the rows into a new workbook: formatting without content makes a file this large."),
    )
