"""Turns the sheets of a workbook into the tables of a form: which sheet is which, which column means what."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from fieldkit.forms.diagnostics import Problem
from fieldkit.i18n import _
from fieldkit.io.sheets import Sheet, Workbook, column_letter
from fieldkit.io.xlsform_columns import TRANSLATABLE, Column, is_known, nearest, resolve

__all__ = ["Draft", "DraftRow", "Table", "build_draft", "namespaces_of"]

_SHEETS = ("survey", "choices", "settings", "external_choices", "entities", "osm")
_NAMESPACE = re.compile(r"""([\w.-]+)\s*=\s*["']?([^"'\s]+)["']?""")
_MAX_ROWS = {"survey": 20_000, "settings": 100, "choices": 200_000, "external_choices": 500_000}


@dataclass(slots=True)
class DraftRow:
    """One row being prepared: its number in the sheet and its cells by column header."""

    number: int
    cells: dict[str, str]


@dataclass(slots=True)
class Table:
    """One sheet of the form being prepared.

    Attributes:
        name: What the sheet is: ``survey``, ``choices`` and so on.
        sheet: The sheet's name in the workbook.
        columns: Its columns in order, by the header under which cells are kept.
        rows: Its rows with content.
    """

    name: str
    sheet: str
    columns: dict[str, Column] = field(default_factory=dict)
    rows: list[DraftRow] = field(default_factory=list)

    def header(self, base: str) -> str:
        """Return the header of the column with this meaning, or an empty text."""
        return next((header for header, column in self.columns.items() if column.key == (base,)), "")

    def headers(self, *bases: str) -> list[str]:
        """Return the headers of all columns whose first meaning is one of these."""
        return [header for header, column in self.columns.items() if column.base in bases]

    def add_column(self, header: str) -> None:
        """Add a column that the sheet does not have."""
        self.columns.setdefault(header, Column(0, header, header, (header,)))

    def get(self, row: DraftRow, base: str) -> str:
        """Return a row's text in the column with this meaning, or an empty text."""
        return next(
            (row.cells[header] for header in row.cells if self.columns[header].key == (base,)),
            "",
        )

    def has(self, row: DraftRow, *bases: str) -> bool:
        """Return whether the row holds anything in columns whose first meaning is one of these."""
        return any(self.columns[header].base in bases for header in row.cells)


@dataclass(slots=True)
class Draft:
    """A form being prepared for the converter, with everything found so far.

    Attributes:
        tables: The tables by what they are.
        problems: What was found and what was changed.
        names: Stand-ins in the converter's output and the names that they stand for.
        root: Name of the form's root node.
        absent: Lists that the program of another dialect would supply; they become empty ones.
    """

    tables: dict[str, Table]
    problems: list[Problem] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    root: str = "data"
    absent: set[str] = field(default_factory=set)

    def setting(self, *keys: str) -> str:
        """Return the first setting that is filled in, or an empty text."""
        table = self.tables.get("settings")
        if table is None or not table.rows:
            return ""
        return next((text for key in keys if (text := table.get(table.rows[0], key))), "")

    def texts(self) -> Iterator[str]:
        """Yield the text of every cell."""
        for table in self.tables.values():
            for row in table.rows:
                yield from row.cells.values()

    def stand_in(self, real: str) -> str:
        """Return a name that occurs nowhere in the workbook and becomes ``real`` in the finished form."""
        number = len(self.names)
        while True:
            name = f"fkname{number}x"
            if name not in self.names and not any(name in text for text in self.texts()):
                self.names[name] = real
                return name
            number += 1


def namespaces_of(draft: Draft) -> dict[str, str]:
    """Return the namespaces that the settings declare, by prefix."""
    return dict(_NAMESPACE.findall(draft.setting("namespaces")))


def build_draft(workbook: Workbook) -> Draft:
    """Return the tables of a form; what is wrong with sheets and columns is in the draft's problems."""
    problems: list[Problem] = []
    tables: dict[str, Table] = {}
    for name, sheet in _choose_sheets(workbook, problems).items():
        tables[name] = _table(name, sheet, problems)
    return Draft(tables, problems)


def _choose_sheets(workbook: Workbook, problems: list[Problem]) -> dict[str, Sheet]:
    chosen = {}
    for sheet in workbook.sheets:
        name = sheet.name.strip().lower()
        if name in _SHEETS and name not in chosen:
            chosen[name] = sheet
    rest = [sheet for sheet in workbook.sheets if sheet not in chosen.values() and not sheet.name.startswith("_")]
    for name in _SHEETS[:5]:
        if name not in chosen and name != "entities":
            _choose_similar(name, rest, chosen, problems)
    if "survey" not in chosen and len(workbook.sheets) == 1 and _looks_like_survey(workbook.sheets[0]):
        chosen["survey"] = workbook.sheets[0]
    if "survey" not in chosen:
        names = ", ".join(f"“{sheet.name}”" for sheet in workbook.sheets) or _("none")
        problems.append(
            Problem(
                "FORM-210",
                "error",
                _("The workbook has no survey sheet, so it is no XLSForm; its sheets: {names}").format(names=names),
                _("Name the sheet with the questions “survey”; its first row needs the columns type, name and label."),
            )
        )
    return chosen


def _choose_similar(name: str, rest: list[Sheet], chosen: dict[str, Sheet], problems: list[Problem]) -> None:
    """Take a sheet under a misspelled name where exactly one can be meant."""
    near = [
        sheet
        for sheet in rest
        if _spelling(sheet.name) == _spelling(name)
        or difflib.SequenceMatcher(None, _spelling(sheet.name), _spelling(name)).ratio() > 0.9
    ]
    if len(near) != 1:
        return
    sheet = near[0]
    if name == "survey" and not _looks_like_survey(sheet):
        return
    chosen[name] = sheet
    problems.append(
        Problem(
            "FORM-213",
            "warning",
            _("The sheet “{sheet}” is read as “{name}”").format(sheet=sheet.name, name=name),
            _("Rename the sheet to “{name}”.").format(name=name),
            sheet=sheet.name,
        )
    )


def _spelling(name: str) -> str:
    return "".join(sign for sign in name.lower() if sign.isalnum()).rstrip("s")


def _looks_like_survey(sheet: Sheet) -> bool:
    keys = {resolve("survey", header.column, header.text, double_colon=True).base for header in sheet.headers}
    return "type" in keys and bool(keys & {"name", "label"})


def _table(name: str, sheet: Sheet, problems: list[Problem]) -> Table:
    table = Table(name, sheet.name)
    by_number = _columns(table, sheet, problems)
    limit = _MAX_ROWS.get(name, 200_000)
    if len(sheet.rows) > limit:
        problems.append(
            Problem(
                "FORM-214",
                "error",
                _("The sheet “{sheet}” has {count} rows; at most {limit} are read").format(
                    sheet=sheet.name, count=len(sheet.rows), limit=limit
                ),
                _("Put long lists into a CSV file and use select_one_from_file."),
                sheet=sheet.name,
                row=sheet.rows[limit].number,
            )
        )
    for row in sheet.rows[:limit]:
        cells = {by_number[number]: text for number, text in row.cells.items() if number in by_number}
        if cells:
            table.rows.append(DraftRow(row.number, cells))
    _report_strays(sheet, problems)
    return table


def _columns(table: Table, sheet: Sheet, problems: list[Problem]) -> dict[int, str]:
    """Fill the table's columns; return the header under which each column number is kept."""
    double_colon = any("::" in header.text for header in sheet.headers)
    by_number: dict[int, str] = {}
    by_key: dict[tuple[str, ...], str] = {}
    for written in sheet.headers:
        column = resolve(table.name, written.column, written.text, double_colon=double_colon)
        if column.header != column.written and column.header in table.columns:
            column = Column(column.number, column.written, column.written, (column.written,))
        fault = _column_fault(table, sheet, column, by_key)
        if fault is not None:
            problems.append(fault)
            if fault.code != "FORM-222":
                continue
        table.columns[column.header] = column
        by_key[column.key] = column.header
        by_number[column.number] = column.header
    return by_number


def _column_fault(table: Table, sheet: Sheet, column: Column, seen: Mapping[tuple[str, ...], str]) -> Problem | None:
    place = {"sheet": sheet.name, "row": 1, "column": column.written}
    letter = column_letter(column.number)
    if column.key in seen:
        filled = any(column.number in row.cells for row in sheet.rows)
        return Problem(
            "FORM-221",
            "error" if filled and not _same_content(table, sheet, column, seen[column.key]) else "warning",
            _("Column {letter} “{header}” says the same as column “{other}”").format(
                letter=letter, header=column.written, other=seen[column.key]
            ),
            _("Keep one of the two columns."),
            **place,  # type: ignore[arg-type]
        )
    allowed = 3 if column.base == "media" else 2
    if table.name == "survey" and (column.base in TRANSLATABLE or column.base == "media") and len(column.key) > allowed:
        return Problem(
            "FORM-223",
            "warning",
            _(
                "The header of column {letter} “{header}” holds more than a column and a language; it is not read"
            ).format(letter=letter, header=column.written),
            _("Write it as {example}.").format(example=f"{column.base}::{column.key[-1]}"),
            **place,  # type: ignore[arg-type]
        )
    if not is_known(table.name, column):
        near = nearest(table.name, column.written)
        return Problem(
            "FORM-220",
            "warning",
            _("Column {letter} “{header}” is unknown and not read").format(letter=letter, header=column.written),
            _("Is “{near}” meant?").format(near=near) if near else _("Leave it if it holds remarks."),
            **place,  # type: ignore[arg-type]
        )
    if column.header != column.written:
        return Problem(
            "FORM-222",
            "warning",
            _("Column {letter} “{header}” is read as “{name}”").format(
                letter=letter, header=column.written, name=column.header
            ),
            _("Rename the header to “{name}”.").format(name=column.header),
            **place,  # type: ignore[arg-type]
        )
    return None


def _same_content(table: Table, sheet: Sheet, column: Column, other: str) -> bool:
    number = table.columns[other].number
    return all(row.cells.get(column.number, "") in {"", row.cells.get(number, "")} for row in sheet.rows)


def _report_strays(sheet: Sheet, problems: list[Problem]) -> None:
    numbers = {header.column for header in sheet.headers}
    stray: dict[int, int] = {}
    for row in sheet.rows:
        for number in row.cells:
            if number not in numbers:
                stray.setdefault(number, row.number)
    for number, row_number in sorted(stray.items())[:20]:
        problems.append(
            Problem(
                "FORM-224",
                "warning",
                _("Column {letter} has content but no header; it is not read").format(letter=column_letter(number)),
                _("Give the column a header, or empty it."),
                sheet=sheet.name,
                row=row_number,
                column=column_letter(number),
            )
        )
    if sheet.cut_at:
        problems.append(
            Problem(
                "FORM-215",
                "warning",
                _("Reading of “{sheet}” stopped after a long run of empty rows").format(sheet=sheet.name),
                _("Delete the empty rows between the content."),
                sheet=sheet.name,
                row=sheet.cut_at,
            )
        )
