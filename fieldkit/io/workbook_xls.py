"""Reads old binary .xls workbooks."""

from __future__ import annotations

import datetime as dt
import io
import struct
import warnings
from collections.abc import Iterator
from typing import Any

from fieldkit.errors import FormError
from fieldkit.i18n import _
from fieldkit.io.sheets import MAX_COLUMNS, Sheet, Workbook, sheet_from_rows

__all__ = ["read"]

_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_BOOLEAN, _DATE, _NUMBER, _ERROR = 4, 3, 2, 5

# xlrd trusts offsets and lengths of the file, so a damaged one raises whatever its indexing runs into.
_BROKEN = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
)


def read(data: bytes) -> Workbook:
    """Return the sheets of a binary workbook.

    Raises:
        FormError: FORM-202 damaged, FORM-204 protected by a password.
    """
    import xlrd

    if _ENCRYPTED_PACKAGE in data[:65536]:
        raise _protected()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = xlrd.open_workbook(file_contents=data, logfile=io.StringIO(), ragged_rows=True)
            try:
                return Workbook("xls", tuple(_sheet(sheet, book.datemode) for sheet in book.sheets()))
            finally:
                book.release_resources()
    except xlrd.XLRDError as error:
        if "encrypted" in str(error).lower():
            raise _protected() from error
        raise _damaged(error) from error
    except (xlrd.compdoc.CompDocError, *_BROKEN) as error:
        raise _damaged(error) from error


def _sheet(sheet: Any, datemode: int) -> Sheet:
    return sheet_from_rows(sheet.name, _rows(sheet, datemode))


def _rows(sheet: Any, datemode: int) -> Iterator[tuple[int, list[str]]]:
    for index in range(sheet.nrows):
        cells = sheet.row(index)[:MAX_COLUMNS]
        yield index + 1, [_text(cell.ctype, cell.value, datemode) for cell in cells]


def _text(kind: int, value: object, datemode: int) -> str:
    if kind == _BOOLEAN:
        return "TRUE" if value else "FALSE"
    if kind == _ERROR or value is None:
        return ""
    if kind == _DATE and isinstance(value, float):
        return _date(value, datemode)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).replace("\xa0", " ").strip()


def _date(value: float, datemode: int) -> str:
    import xlrd

    try:
        # Rounded to seconds, as the standard converter does: a version must not differ between the two.
        moment = xlrd.xldate_as_tuple(value, datemode)
        if moment[:3] == (0, 0, 0):
            return str(dt.time(*moment[3:]))
        return str(dt.datetime(*moment))  # noqa: DTZ001 - a cell has no time zone
    except (xlrd.xldate.XLDateError, ArithmeticError, ValueError):
        return str(value)


def _protected() -> FormError:
    return FormError(
        "FORM-204",
        _("The workbook is protected by a password"),
        hint=_("Save it without a password and try again."),
    )


def _damaged(error: BaseException) -> FormError:
    return FormError(
        "FORM-202",
        _("The workbook is damaged: {cause}").format(cause=str(error)[:200] or type(error).__name__),
        hint=_("Open it in your spreadsheet program and save it again, or ask for a new copy."),
    )
