"""Checks the choice lists of a form before conversion and mends what has one reading."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Iterable

from fieldkit.forms.diagnostics import Problem
from fieldkit.i18n import _
from fieldkit.io.xlsform_draft import Draft, DraftRow, Table
from fieldkit.io.xlsform_survey import Survey, SurveyItem

__all__ = ["check_choices"]

_FILE = re.compile(r"\.(csv|xml|geojson)$", re.IGNORECASE)
_YES = frozenset({"yes", "true", "true()"})


def check_choices(draft: Draft, survey: Survey) -> None:
    """Check and mend the choices of a draft, and whether each select finds its list."""
    lists = _lists(draft, "choices")
    external = _lists(draft, "external_choices")
    table = draft.tables.get("choices")
    if table is not None:
        _check_rows(draft, table, lists, {item.list_name for item in survey.items if item.kind == "select"})
    for item in survey.items:
        if item.kind == "select" or (item.kind == "loop" and item.list_name):
            _check_select(draft, survey, item, external if "external" in item.text else lists)


def _lists(draft: Draft, name: str) -> dict[str, list[DraftRow]]:
    found: dict[str, list[DraftRow]] = defaultdict(list)
    table = draft.tables.get(name)
    if table is None:
        return found
    kept = []
    for row in table.rows:
        list_name = table.get(row, "list_name")
        if list_name:
            found[list_name].append(row)
            kept.append(row)
        elif table.has(row, "name", "label"):
            draft.problems.append(
                Problem(
                    "FORM-256",
                    "warning",
                    _("Row {row} of “{sheet}” belongs to no list; it is not read").format(
                        row=row.number, sheet=table.sheet
                    ),
                    _("Fill in the column list_name."),
                    sheet=table.sheet,
                    row=row.number,
                    column=table.header("list_name") or "list_name",
                )
            )
    table.rows = kept
    return found


def _check_rows(draft: Draft, table: Table, lists: dict[str, list[DraftRow]], used: set[str]) -> None:
    if lists and not table.header("name"):
        draft.problems.append(
            Problem(
                "FORM-211",
                "error",
                _("The sheet “{sheet}” has no column “name”").format(sheet=table.sheet),
                _("Add the column “name” with the value of each choice."),
                sheet=table.sheet,
                row=1,
                column="name",
            )
        )
        return
    allowed = draft.setting("allow_choice_duplicates").lower() in _YES
    doubled = False
    for list_name, rows in lists.items():
        seen: dict[str, DraftRow] = {}
        for row in list(rows):
            name = table.get(row, "name")
            if not name:
                if not _nameless(draft, table, row, list_name, used=list_name in used):
                    rows.remove(row)
                    table.rows.remove(row)
                continue
            if name in seen and not allowed:
                doubled = True
                _doubled(draft, table, row, seen[name])
            seen.setdefault(name, row)
            _unlabelled(draft, table, row, name)
    if doubled:
        _allow_doubles(draft)


def _nameless(draft: Draft, table: Table, row: DraftRow, list_name: str, *, used: bool) -> bool:
    """Report a choice without a name; return whether the row stays."""
    kept = used and table.has(row, "label")
    draft.problems.append(
        Problem(
            "FORM-251",
            "error" if kept else "warning",
            _("Row {row} of “{sheet}”: a choice of the list “{list}” has no name").format(
                row=row.number, sheet=table.sheet, list=list_name
            ),
            _("Fill in the column name, or delete the row."),
            sheet=table.sheet,
            row=row.number,
            column=table.header("name"),
        )
    )
    return kept


def _doubled(draft: Draft, table: Table, row: DraftRow, first: DraftRow) -> None:
    draft.problems.append(
        Problem(
            "FORM-252",
            "warning",
            _("Row {row} of “{sheet}”: the choice “{name}” stands already in row {other}; both are kept").format(
                row=row.number, sheet=table.sheet, name=table.get(row, "name"), other=first.number
            ),
            _("Rename one, or set allow_choice_duplicates to yes in the settings."),
            sheet=table.sheet,
            row=row.number,
            column=table.header("name"),
        )
    )


def _unlabelled(draft: Draft, table: Table, row: DraftRow, name: str) -> None:
    if table.has(row, "label", "media"):
        return
    draft.problems.append(
        Problem(
            "FORM-253",
            "warning",
            _("Row {row} of “{sheet}”: the choice “{name}” has no label").format(
                row=row.number, sheet=table.sheet, name=name
            ),
            _("Fill in the column label; until then the name is shown."),
            sheet=table.sheet,
            row=row.number,
            column=(table.headers("label") or ["label"])[0],
        )
    )


def _allow_doubles(draft: Draft) -> None:
    settings = draft.tables.setdefault("settings", Table("settings", "settings"))
    if not settings.rows:
        settings.rows.append(DraftRow(2, {}))
    header = settings.header("allow_choice_duplicates") or "allow_choice_duplicates"
    if header not in settings.columns:
        settings.add_column(header)
    settings.rows[0].cells[header] = "yes"


def _check_select(draft: Draft, survey: Survey, item: SurveyItem, lists: dict[str, list[DraftRow]]) -> None:
    name = item.list_name
    from_file = "from_file" in item.text or "from file" in item.text
    if "${" in name or (_FILE.search(name) and from_file):
        return
    if from_file or (_FILE.search(name) and name not in lists):
        _wrong_file(draft, survey, item, from_file=from_file)
        return
    if name not in lists:
        _missing_list(draft, survey, item, lists)
        return
    if item.text.startswith(("select_multiple", "select all", "add select multiple")):
        table = draft.tables["choices"]
        told = {problem.row for problem in draft.problems if problem.code == "FORM-254"}
        for row in lists[name]:
            if row.number not in told:
                _check_blank(draft, table, row, item)


def _wrong_file(draft: Draft, survey: Survey, item: SurveyItem, *, from_file: bool) -> None:
    if from_file:
        message = _("Row {row}: “{file}” is no .csv, .xml or .geojson file").format(
            row=item.row.number, file=item.list_name
        )
        hint = _("Give the file's whole name, such as villages.csv.")
    else:
        message = _("Row {row}: “{file}” is a file, but the type asks for a list").format(
            row=item.row.number, file=item.list_name
        )
        hint = _("Use select_one_from_file or select_multiple_from_file.")
    draft.problems.append(
        Problem(
            "FORM-258",
            "error",
            message,
            hint,
            sheet=survey.table.sheet,
            row=item.row.number,
            column=survey.table.header("type"),
        )
    )


def _missing_list(draft: Draft, survey: Survey, item: SurveyItem, lists: Iterable[str]) -> None:
    known = sorted(lists)
    near = difflib.get_close_matches(item.list_name, known, n=1, cutoff=0.6)
    sheet = "external_choices" if "external" in item.text else "choices"
    if near:
        hint = _("Is the list “{near}” meant?").format(near=near[0])
    elif known:
        hint = _("Add the list to the sheet “{sheet}”; it has: {lists}").format(
            sheet=sheet, lists=", ".join(known[:12]) + (" …" if len(known) > 12 else "")
        )
    else:
        hint = _("Add a sheet “{sheet}” with the columns list_name, name and label.").format(sheet=sheet)
    draft.problems.append(
        Problem(
            "FORM-250",
            "error",
            _("Row {row}: the choice list “{list}” does not exist").format(row=item.row.number, list=item.list_name),
            hint,
            sheet=survey.table.sheet,
            row=item.row.number,
            column=survey.table.header("type"),
        )
    )


def _check_blank(draft: Draft, table: Table, row: DraftRow, item: SurveyItem) -> None:
    name = table.get(row, "name")
    if " " not in name:
        return
    draft.problems.append(
        Problem(
            "FORM-254",
            "error",
            _(
                "Row {row} of “{sheet}”: the choice “{name}” has a blank, but “{question}” allows several answers"
            ).format(row=row.number, sheet=table.sheet, name=name, question=item.name),
            _("Write an underline instead: blanks separate the answers."),
            sheet=table.sheet,
            row=row.number,
            column=table.header("name"),
        )
    )
