"""Checks the rows of the survey sheet before conversion."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from pyxform.parsing.expression import is_xml_tag

from fieldkit.forms.diagnostics import Problem
from fieldkit.i18n import _
from fieldkit.io.xlsform_draft import Draft, DraftRow, Table
from fieldkit.io.xlsform_types import RowType, nearest_type, parse_type

__all__ = ["FILES", "Survey", "SurveyItem", "check_survey"]

FILES = frozenset({"csv-external", "xml-external"})
"""Types that give the form a file to read from."""
_WITHOUT_NODE = FILES | {"audit"}
"""Types whose rows are no questions, so that no reference can name them."""
_YES = frozenset({"yes", "true", "true()"})


@dataclass(frozen=True, slots=True)
class SurveyItem:
    """A row of the survey that makes a node of the form.

    Attributes:
        row: Its row in the sheet.
        kind: ``group``, ``repeat``, ``loop``, ``select`` or ``question``.
        name: Its name as the author wrote it.
        path: Its path in the form, ``/data/group/name``.
        list_name: The choice list or file of a select.
        text: The type as the converter reads it.
    """

    row: DraftRow
    kind: str
    name: str
    path: str
    list_name: str
    text: str


@dataclass(slots=True)
class Survey:
    """What the survey sheet holds: its items in order and how often each name occurs."""

    table: Table
    items: list[SurveyItem] = field(default_factory=list)
    names: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class _Level:
    """A group or repeat that is open, with the names in it."""

    kind: str
    name: str
    row: int
    path: str
    seen: dict[str, int] = field(default_factory=dict)
    lower: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Walk:
    """One pass over the rows."""

    draft: Draft
    survey: Survey
    levels: list[_Level]
    repeats: dict[str, int] = field(default_factory=dict)

    def report(
        self,
        code: str,
        severity: Literal["error", "warning"],
        message: str,
        hint: str,
        row: int,
        column: str = "",
    ) -> None:
        table = self.survey.table
        self.draft.problems.append(
            Problem(code, severity, message, hint, sheet=table.sheet, row=row, column=table.header(column) or column)
        )


def check_survey(draft: Draft) -> Survey | None:
    """Check and mend the survey rows of a draft; return what they hold, None where there is no usable sheet."""
    table = draft.tables.get("survey")
    if table is None:
        return None
    if not table.header("type"):
        draft.problems.append(
            Problem(
                "FORM-211",
                "error",
                _("The sheet “{sheet}” has no column “type”").format(sheet=table.sheet),
                _("The first row of the sheet needs the headers type, name and label."),
                sheet=table.sheet,
                row=1,
                column="type",
            )
        )
        return None
    survey = Survey(table)
    walk = _Walk(draft, survey, [_Level("survey", "", 1, f"/{draft.root}")])
    for row in list(table.rows):
        if not _row(walk, row):
            table.rows.remove(row)
    for level in walk.levels[:0:-1]:
        walk.report(
            "FORM-241",
            "error",
            _("The {kind} “{name}” is begun here and never ended").format(kind=level.kind, name=level.name),
            _("Add a row “end_{kind}” where it ends.").format(kind=level.kind),
            level.row,
            "type",
        )
    if not survey.items and not any(problem.severity == "error" for problem in draft.problems):
        walk.report("FORM-212", "error", _("The survey has no questions"), _("Add rows below the headers."), 2)
    return survey


def _row(walk: _Walk, row: DraftRow) -> bool:
    """Check one row; return False where it is left out of the form."""
    table = walk.survey.table
    if table.get(row, "disabled").lower() in _YES:
        return False
    written = table.get(row, "type")
    if not written:
        return _without_type(walk, row)
    kind = parse_type(written)
    _mend_type(walk, row, kind)
    if kind.kind == "setting":
        return True
    if kind.kind == "unknown":
        near = nearest_type(written)
        walk.report(
            "FORM-232",
            "error",
            _("Row {row}: the question type “{type}” is unknown").format(row=row.number, type=written),
            _("Is “{near}” meant?").format(near=near)
            if near
            else _("Use a type of the XLSForm standard, such as text."),
            row.number,
            "type",
        )
    elif kind.kind == "list_missing":
        walk.report(
            "FORM-255",
            "error",
            _("Row {row}: “{type}” needs the name of one choice list, without blanks").format(
                row=row.number, type=written
            ),
            _("Write it as “select_one LIST”, with LIST as in the choices sheet."),
            row.number,
            "type",
        )
    if kind.kind == "end":
        return _end(walk, row, kind)
    _item(walk, row, kind)
    return True


def _without_type(walk: _Walk, row: DraftRow) -> bool:
    table = walk.survey.table
    if not table.has(row, "name", "label"):
        walk.report(
            "FORM-231",
            "warning",
            _("Row {row} has neither type nor name nor label; it is not read").format(row=row.number),
            _("Delete the row if it is no remark."),
            row.number,
        )
        return False
    walk.report(
        "FORM-230",
        "error",
        _("Row {row} has no type").format(row=row.number),
        _("Fill in the type, or empty the row."),
        row.number,
        "type",
    )
    return True


def _mend_type(walk: _Walk, row: DraftRow, kind: RowType) -> None:
    if not kind.respelled:
        return
    table = walk.survey.table
    header = table.header("type")
    written = row.cells[header]
    row.cells[header] = kind.text
    if kind.appearance:
        column = table.header("appearance")
        if column:
            row.cells[column] = " ".join((row.cells.get(column, ""), kind.appearance)).strip()
    walk.report(
        "FORM-233",
        "warning",
        _("Row {row}: the type “{written}” is read as “{type}”").format(
            row=row.number, written=written, type=kind.text
        ),
        _("Write the type as “{type}”.").format(type=kind.text),
        row.number,
        "type",
    )


def _end(walk: _Walk, row: DraftRow, kind: RowType) -> bool:
    level = walk.levels[-1]
    if level.kind == kind.control:
        walk.levels.pop()
        return True
    if level.kind == "survey":
        message = _("Row {row} ends a {kind}, but none is open").format(row=row.number, kind=kind.control)
    else:
        message = _("Row {row} ends a {kind}, but the {open} “{name}” of row {begin} is open").format(
            row=row.number, kind=kind.control, open=level.kind, name=level.name, begin=level.row
        )
    walk.report(
        "FORM-240",
        "error",
        message,
        _("Each begin needs its own end, of the same kind and in the reverse order."),
        row.number,
        "type",
    )
    if any(open_level.kind == kind.control for open_level in walk.levels[1:]):
        while walk.levels.pop().kind != kind.control:
            pass
    return True


def _item(walk: _Walk, row: DraftRow, kind: RowType) -> None:
    table = walk.survey.table
    name = _name(walk, row, kind)
    level = walk.levels[-1]
    stored = name
    if name == "meta" and kind.kind != "unknown":
        stored = _mend_meta(walk, row)
    control = kind.control if kind.kind == "begin" else kind.kind
    path = f"{level.path}/{name}"
    if name:
        _unique(walk, row, name, control)
        if kind.text not in _WITHOUT_NODE:
            walk.survey.names[stored] += 1
        if kind.control == "repeat" and kind.kind == "begin" and table.get(row, "repeat_count"):
            walk.survey.names[f"{name}_count"] += 0
    walk.survey.items.append(SurveyItem(row, control, name, path, kind.list_name, kind.text))
    if kind.kind == "begin":
        walk.levels.append(_Level(kind.control, name, row.number, path))
    if kind.text == "calculate" and not (table.has(row, "calculation", "default")):
        walk.report(
            "FORM-243",
            "error",
            _("Row {row}: “{name}” is a calculate without a calculation").format(row=row.number, name=name),
            _("Fill in the column calculation."),
            row.number,
            "calculation",
        )


def _name(walk: _Walk, row: DraftRow, kind: RowType) -> str:
    table = walk.survey.table
    name = table.get(row, "name")
    if kind.text == "audit":
        return name or "audit"
    if not name:
        if kind.text == "note":
            return f"generated_note_name_{row.number}"
        walk.report(
            "FORM-234",
            "error",
            _("Row {row} ({type}) has no name").format(row=row.number, type=kind.text),
            _("Give it a short name of letters, digits and underlines."),
            row.number,
            "name",
        )
    elif not is_xml_tag(name):
        walk.report(
            "FORM-235",
            "error",
            _("Row {row}: “{name}” cannot be a name").format(row=row.number, name=name[:60]),
            _("A name begins with a letter or underline; then letters, digits, underlines, hyphens and dots follow."),
            row.number,
            "name",
        )
    return name


def _unique(walk: _Walk, row: DraftRow, name: str, control: str) -> None:
    level = walk.levels[-1]
    place = _("the group “{name}”").format(name=level.name) if level.name else _("the form")
    if name in level.seen:
        walk.report(
            "FORM-236",
            "error",
            _("Row {row}: the name “{name}” is already used in row {other} of {place}").format(
                row=row.number, name=name, other=level.seen[name], place=place
            ),
            _("Rename one of the two."),
            row.number,
            "name",
        )
    elif name.lower() in level.lower:
        walk.report(
            "FORM-239",
            "warning",
            _("Row {row}: the name “{name}” differs from row {other} only by capital letters").format(
                row=row.number, name=name, other=level.lower[name.lower()]
            ),
            _("Rename one of the two: some tools that read the data make no difference."),
            row.number,
            "name",
        )
    if control == "repeat":
        if name in walk.repeats:
            walk.report(
                "FORM-237",
                "error",
                _("Row {row}: the repeat “{name}” has the name of the repeat in row {other}").format(
                    row=row.number, name=name, other=walk.repeats[name]
                ),
                _("Give each repeat of the form its own name."),
                row.number,
                "name",
            )
        walk.repeats.setdefault(name, row.number)
    level.seen.setdefault(name, row.number)
    level.lower.setdefault(name.lower(), row.number)


def _mend_meta(walk: _Walk, row: DraftRow) -> str:
    """Let a group named meta pass under a stand-in: the converter keeps that name for the form's own data."""
    table = walk.survey.table
    stand_in = walk.draft.stand_in("meta")
    row.cells[table.header("name")] = stand_in
    for other in table.rows:
        for header, text in other.cells.items():
            if "${meta}" in text:
                other.cells[header] = text.replace("${meta}", f"${{{stand_in}}}")
    walk.report(
        "FORM-238",
        "warning",
        _("Row {row}: the name “meta” is reserved for the form's own data; it is kept here").format(row=row.number),
        _("Rename it if other tools shall read the form."),
        row.number,
        "name",
    )
    return stand_in
