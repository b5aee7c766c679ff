"""Turns the rating and ranking blocks of KoboToolbox into the groups and selects that they stand for."""

from __future__ import annotations

from fieldkit.forms.diagnostics import Problem
from fieldkit.i18n import _
from fieldkit.io.xlsform_draft import Draft, DraftRow, Table

__all__ = ["expand_kobo"]

_ROWS = {"begin_score": "score__row", "begin_rank": "rank__level"}
_LISTS = {"begin_score": "kobo__score_choices", "begin_rank": "kobo__rank_items"}
_MESSAGE = "kobo__rank_constraint_message"


def expand_kobo(draft: Draft) -> None:
    """Replace ``begin_score``, ``score__row``, ``begin_rank`` and ``rank__level`` rows; each block is a warning.

    Ranks get the constraint that no two of them are the same, as in KoboToolbox itself.
    """
    table = draft.tables.get("survey")
    if table is None or not table.header("type"):
        return
    header = table.header("type")
    block, list_name, message, before = "", "", "", [""]
    for row in table.rows:
        kind = "_".join(row.cells.get(header, "").lower().split())
        if kind in _ROWS and not block:
            block, list_name, before = kind, table.get(row, _LISTS[kind]), []
            message = table.get(row, _MESSAGE)
            row.cells[header] = "begin_group"
            draft.problems.append(_problem(table, row, kind))
        elif block and kind == _ROWS[block]:
            row.cells[header] = f"select_one {list_name}"
            if block == "begin_rank":
                _differ(table, row, before, message)
                before.append(table.get(row, "name"))
        elif block and kind == block.replace("begin", "end"):
            row.cells[header] = "end_group"
            block = ""


def _differ(table: Table, row: DraftRow, before: list[str], message: str) -> None:
    for base, text in (
        ("constraint", " and ".join(f". != ${{{name}}}" for name in before)),
        ("constraint_message", message),
    ):
        if not text or not before:
            continue
        header = table.header(base) or next(iter(table.headers(base)), "")
        if not header:
            table.add_column(base)
            header = base
        row.cells.setdefault(header, text)


def _problem(table: Table, row: DraftRow, kind: str) -> Problem:
    return Problem(
        "FORM-233",
        "warning",
        _("Row {row}: the type “{written}” is read as “{type}”").format(
            row=row.number, written=kind, type="begin_group"
        ),
        _("Write the block as a group with one select for each row."),
        sheet=table.sheet,
        row=row.number,
        column=table.header("type"),
    )
