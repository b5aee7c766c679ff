"""Hands a prepared form to the standard's own converter and translates its answers."""

from __future__ import annotations

import csv
import re
import xml.dom
import xml.parsers.expat
from dataclasses import dataclass
from typing import Any, Literal

from lark.exceptions import LarkError
from pyxform.errors import PyXFormError
from pyxform.xls2xform import ConvertResult
from pyxform.xls2xform import convert as convert_workbook

from fieldkit.forms.diagnostics import Problem
from fieldkit.i18n import _
from fieldkit.io.xlsform_draft import Draft, Table

__all__ = ["Converted", "run_converter"]

_MAX_GAP = 60
_ROW = re.compile(r"\[row : (\d+)\]\s*")
_SHEET = re.compile(r"[Oo]n the '(\w+)' sheet")
_COLUMN = re.compile(r"the '([\w:\- ]+)' value")
_NAMED = re.compile(r"survey element named '([^']+)'")
_LEARN_MORE = re.compile(r"\s*Learn more: \S+")
# What our own checks already say with a row and a remedy, or what concerns only telephones.
_KNOWN_NOTES = re.compile(
    r"max-pixels|Choices should have a label|is missing the \w+ .*column|skipped|case-insensitive match|"
    r"similar names were found|valid machine-readable codes|column header is not part|no longer supported on most"
)
_CRASHES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
    LarkError,
    csv.Error,
    re.error,
    xml.dom.DOMException,
    xml.parsers.expat.ExpatError,
)


@dataclass(frozen=True, slots=True)
class Converted:
    """The converter's answer: the XForm, or None with the reasons reported, and whether it reads external choices."""

    xform: str | None
    has_itemsets: bool = False


def run_converter(draft: Draft, stem: str) -> Converted:
    """Convert a draft; what the converter says is added to the draft's problems.

    Args:
        draft: The checked and mended form.
        stem: Name of the file without its ending: the form's id where the settings give none.
    """
    numbers: dict[str, list[int]] = {}
    workbook: dict[str, Any] = {"sheet_names": list(draft.tables), "fallback_form_name": stem}
    for name, table in draft.tables.items():
        rows, numbers[name] = _padded(table)
        workbook[name] = rows
        workbook[f"{name}_header"] = [dict.fromkeys(table.columns)]
    notes: list[str] = []
    try:
        result: ConvertResult = convert_workbook(workbook, warnings=notes, form_name=draft.root)
    except PyXFormError as error:
        draft.problems.extend(_refusals(str(error), draft, numbers))
        return Converted(None)
    except _CRASHES as error:
        draft.problems.append(
            Problem(
                "FORM-281",
                "error",
                _("The standard converter fails on this form: {cause}").format(
                    cause=f"{type(error).__name__}: {str(error)[:200]}"
                ),
                _("Take out the newest rows until it opens; the last one taken out is the cause."),
            )
        )
        return Converted(None)
    for note in notes:
        if not _KNOWN_NOTES.search(note):
            draft.problems.append(_translated(note, "FORM-282", "warning", draft, numbers))
    return Converted(_real_names(result.xform, draft), result.itemsets is not None)


def _padded(table: Table) -> tuple[list[dict[str, str]], list[int]]:
    """Return rows with blank ones between, so that the converter's row numbers fit, and the number of each."""
    rows: list[dict[str, str]] = []
    numbers: list[int] = []
    last = 1
    for row in table.rows[:1] if table.name == "settings" else table.rows:
        if table.name == "survey" and row.number - last - 1 <= _MAX_GAP:
            for blank in range(last + 1, row.number):
                rows.append({})
                numbers.append(blank)
        rows.append(dict(row.cells))
        numbers.append(row.number)
        last = row.number
    return rows, numbers


def _refusals(text: str, draft: Draft, numbers: dict[str, list[int]]) -> list[Problem]:
    lines = [line for line in text.split("\n") if line.startswith("[row")] or [text]
    return [_translated(line, "FORM-280", "error", draft, numbers) for line in lines]


def _translated(
    text: str, code: str, severity: Literal["error", "warning"], draft: Draft, numbers: dict[str, list[int]]
) -> Problem:
    text = _real_names(text, draft)
    sheet = match[1] if (match := _SHEET.search(text)) else "survey" if "[row" in text else ""
    column = match[1] if (match := _COLUMN.search(text)) else ""
    row: int | None = None
    if found := _ROW.search(text):
        index = int(found[1]) - 2
        known = numbers.get(sheet, [])
        row = known[index] if 0 <= index < len(known) else int(found[1])
    elif found := _NAMED.search(text):
        sheet = sheet or "survey"
        row = _row_of_name(draft, found[1])
    table = draft.tables.get(sheet)
    message = _LEARN_MORE.sub("", _ROW.sub("", text)).strip()[:500]
    return Problem(
        code,
        severity,
        message,
        _("This is the standard converter's own message; the XLSForm reference describes the column."),
        sheet=table.sheet if table else sheet,
        row=row,
        column=column,
    )


def _row_of_name(draft: Draft, name: str) -> int | None:
    """Return the row of the survey with this name, None where it is not one row."""
    table = draft.tables["survey"]
    rows = [row.number for row in table.rows if table.get(row, "name") == name]
    return rows[0] if len(rows) == 1 else None


def _real_names(text: str, draft: Draft) -> str:
    for stand_in, real in draft.names.items():
        text = text.replace(stand_in, real)
    return text
