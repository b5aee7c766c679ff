"""Checks ``${name}`` references and XPath expressions of a workbook, each with its cell and position."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pyxform.utils import default_is_dynamic

from fieldkit.errors import FormError
from fieldkit.forms.diagnostics import Problem
from fieldkit.forms.xpath.parser import parse
from fieldkit.i18n import _
from fieldkit.io.xlsform_columns import EXPRESSIONS, TRANSLATABLE
from fieldkit.io.xlsform_draft import Draft, DraftRow, Table, namespaces_of
from fieldkit.io.xlsform_survey import Survey

__all__ = ["check_references"]

_REFERENCE = re.compile(r"\$\{([^}]*)\}?")
_LOOSE = re.compile(r"\$\{\s*(last-saved#)?\s*([^\W\d][\w.\-]*)\s*\}")
_GOOD = re.compile(r"\$\{(last-saved#)?[^\W\d][\w.\-]*\}$")
_INSTANCE = re.compile(r"""\binstance\(\s*['"]([^'"]+)['"]\s*\)""")
_SUPPLIED = frozenset({"contact-summary", "user-contact-summary"})
"""Lists that the Community Health Toolkit gives to a form when it opens it."""
_PLAIN = frozenset({"yes", "no", "true", "false", "true()", "false()"})
_SMART = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'})
_FK_EXPRESSIONS = frozenset({"fk:severity", "fk:target"})
_CONSTANT_SEVERITY = re.compile(r"S[1-4]$")


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell under examination."""

    table: Table
    row: DraftRow
    header: str
    text: str

    def problem(self, code: str, message: str, hint: str) -> Problem:
        """Return an error at this cell."""
        return Problem(code, "error", message, hint, sheet=self.table.sheet, row=self.row.number, column=self.header)


def check_references(draft: Draft, survey: Survey) -> None:
    """Report references to names that do not exist or are not unique, and expressions that cannot be read."""
    namespaces = namespaces_of(draft)
    known = survey.names + _generated(survey)
    lists = _lists(draft, survey)
    for cell in list(_cells(draft)):
        _trim(draft, cell)
    for cell in _cells(draft):
        if "${" in cell.text:
            fault = _reference_fault(cell, known)
            if fault is not None:
                draft.problems.append(fault)
                continue
        if cell.table.name == "survey" and _is_expression(cell):
            fault = _expression_fault(cell, namespaces) or _list_fault(draft, cell, lists)
            if fault is not None:
                draft.problems.append(fault)


def _trim(draft: Draft, cell: _Cell) -> None:
    """Take blanks out of references: the converter refuses them although nothing else can be meant."""
    trimmed = _LOOSE.sub(r"${\1\2}", cell.text)
    if trimmed == cell.text:
        return
    cell.row.cells[cell.header] = trimmed
    draft.problems.append(
        Problem(
            "FORM-266",
            "warning",
            _("Row {row}: blanks in a reference are left out").format(row=cell.row.number),
            _("Write ${name} with the name of a question, without blanks."),
            sheet=cell.table.sheet,
            row=cell.row.number,
            column=cell.header,
        )
    )


def _generated(survey: Survey) -> Counter[str]:
    return Counter(["instanceID", "instanceName"]) - survey.names


def _cells(draft: Draft) -> Iterator[_Cell]:
    for name in ("settings", "survey", "choices", "entities"):
        table = draft.tables.get(name)
        if table is None:
            continue
        skipped = {"type", "name"} if name == "survey" else {"list_name", "repeat"}
        rows = table.rows[:1] if name == "settings" else table.rows
        for row in rows:
            for header, text in row.cells.items():
                column = table.columns[header]
                if column.base in skipped:
                    continue
                if name == "choices" and column.base not in TRANSLATABLE and column.base != "media":
                    continue
                yield _Cell(table, row, header, text)


def _reference_fault(cell: _Cell, known: Mapping[str, int]) -> Problem | None:
    for match in _REFERENCE.finditer(cell.text):
        whole = match.group(0)
        if not _GOOD.match(whole):
            return cell.problem(
                "FORM-261",
                _("Row {row}: “{text}” is no reference").format(row=cell.row.number, text=whole[:40]),
                _("Write ${name} with the name of a question, without blanks."),
            )
        name = whole[2:-1].removeprefix("last-saved#")
        count = known.get(name, 0)
        if count == 1:
            continue
        if count == 0:
            near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.75)
            return cell.problem(
                "FORM-260",
                _("Row {row}: there is no question “{name}”").format(row=cell.row.number, name=name),
                _("Is “{near}” meant?").format(near=near[0])
                if near
                else _("Add the question, or take the reference out."),
            )
        return cell.problem(
            "FORM-262",
            _("Row {row}: “{name}” is the name of {count} questions, so it is not clear which is meant").format(
                row=cell.row.number, name=name, count=count
            ),
            _("Rename the questions so that the name occurs once, or write the path."),
        )
    return None


def _is_expression(cell: _Cell) -> bool:
    column = cell.table.columns[cell.header]
    if column.base in EXPRESSIONS:
        return cell.text.lower() not in _PLAIN
    if column.base == "bind" and len(column.key) > 1 and column.key[1] in _FK_EXPRESSIONS:
        return not _CONSTANT_SEVERITY.match(cell.text)
    if column.base == "default":
        kind = cell.table.get(cell.row, "type")
        return bool(default_is_dynamic(cell.text, kind))
    return False


def _expression_fault(cell: _Cell, namespaces: Mapping[str, str]) -> Problem | None:
    source = _REFERENCE.sub(_same_length, cell.text.translate(_SMART))
    try:
        parse(source, namespaces=namespaces)
    except FormError as error:
        if error.code == "XPATH-005":
            return None
        position = error.where.get("position")
        at = position if isinstance(position, int) else 0
        return cell.problem(
            "FORM-263",
            _("Row {row}: the expression cannot be read: {cause}").format(row=cell.row.number, cause=error.message),
            _("Look at character {number}: {text}").format(number=at + 1, text=_excerpt(cell.text, at)),
        )
    return None


def _lists(draft: Draft, survey: Survey) -> frozenset[str]:
    """Return every list that ``instance()`` may name: choice lists, files, and the last answers."""
    found = {"__last-saved", "last-saved"}
    for item in survey.items:
        found.update((item.list_name, item.list_name.rpartition(".")[0], item.name))
    for name in ("choices", "external_choices", "entities"):
        table = draft.tables.get(name)
        if table is not None:
            found.update(table.get(row, "list_name") for row in table.rows)
    return frozenset(found - {""})


def _list_fault(draft: Draft, cell: _Cell, lists: frozenset[str]) -> Problem | None:
    for name in _INSTANCE.findall(cell.text.translate(_SMART)):
        if name in lists or name in draft.absent:
            continue
        if name not in _SUPPLIED:
            near = difflib.get_close_matches(name, sorted(lists), n=1, cutoff=0.6)
            return cell.problem(
                "FORM-264",
                _("Row {row}: there is no list “{list}”").format(row=cell.row.number, list=name),
                _("Is the list “{near}” meant?").format(near=near[0])
                if near
                else _("Add the list to the choices, or a row of type csv-external with its name."),
            )
        draft.absent.add(name)
        draft.problems.append(
            Problem(
                "FORM-265",
                "warning",
                _("Row {row}: “{list}” is supplied by another program; here it is empty").format(
                    row=cell.row.number, list=name
                ),
                _("What reads it stays blank, and can be filled in by hand where it may be answered."),
                sheet=cell.table.sheet,
                row=cell.row.number,
                column=cell.header,
            )
        )
    return None


def _same_length(match: re.Match[str]) -> str:
    # The converter puts blanks around the path, so a word may stand directly beside a reference.
    return f" {'n' * (len(match.group(0)) - 2)} "


def _excerpt(text: str, at: int) -> str:
    start, end = max(0, at - 15), min(len(text), at + 15)
    before, after = text[start:at], text[at:end]
    return f"{'…' if start else ''}{before} ▸{after}{'…' if end < len(text) else ''}"
