"""Turns the matrix block of KoboToolbox into one group for each of its items, named as KoboToolbox names them."""

from __future__ import annotations

import re

from fieldkit.forms.diagnostics import Problem
from fieldkit.i18n import _
from fieldkit.io.xlsform_columns import TRANSLATABLE
from fieldkit.io.xlsform_draft import Draft, DraftRow, Table

__all__ = ["expand_matrices"]

_LIST = "kobo__matrix_list"
_ENDS = ("end_kobomatrix", "end_matrix")


def expand_matrices(draft: Draft) -> None:
    """Replace each ``begin_kobomatrix`` with its rows: item ``car`` and column ``q1`` of ``m`` become ``m_car_q1``.

    Every block is a warning; a block whose list does not exist is an error at its cell.
    """
    table = draft.tables.get("survey")
    if table is None or not table.header("type"):
        return
    rows: list[DraftRow] = []
    waiting = list(table.rows)
    while waiting:
        row = waiting.pop(0)
        size = _size(table, waiting) if _kind(table, row) == "begin_kobomatrix" else None
        if size is None:
            rows.append(row)
            continue
        rows += _expanded(draft, table, row, waiting[:size])
        del waiting[: size + 1]
    table.rows = rows


def _kind(table: Table, row: DraftRow) -> str:
    return "_".join(row.cells.get(table.header("type"), "").lower().split())


def _size(table: Table, rows: list[DraftRow]) -> int | None:
    """Return how many columns a block has, None where its end is missing."""
    return next((place for place, row in enumerate(rows) if _kind(table, row) in _ENDS), None)


def _expanded(draft: Draft, table: Table, begin: DraftRow, columns: list[DraftRow]) -> list[DraftRow]:
    wanted = table.get(begin, _LIST)
    choices = draft.tables.get("choices")
    items = [row for row in choices.rows if choices.get(row, "list_name") == wanted] if choices and wanted else []
    if choices is None or not items:
        draft.problems.append(_no_list(table, begin, wanted))
        return []
    draft.problems.append(_expansion(table, begin))
    kind, name = table.header("type"), table.header("name")
    block = table.get(begin, "name")
    texts = {header: begin.cells[header] for header in table.headers(*TRANSLATABLE) if header in begin.cells}
    shared = {header: text for header, text in begin.cells.items() if header not in {*texts, table.header(_LIST)}}
    rows = []
    if texts:
        rows = [
            DraftRow(begin.number, {**shared, kind: "begin_group", name: f"{block}_header"}),
            DraftRow(begin.number, {**texts, kind: "note", name: f"{block}_header_note"}),
            DraftRow(begin.number, {kind: "end_group"}),
        ]
    for item in items:
        base = f"{block}_{choices.get(item, 'name')}"
        labels = _labels(table, choices, item)
        names = {f"${{{own}}}": f"${{{base}_{own}}}" for own in (table.get(column, "name") for column in columns)}
        rows.append(DraftRow(begin.number, {**shared, kind: "begin_group", name: base, **labels}))
        rows += [_cell_row(table, column, base, names) for column in columns]
        rows.append(DraftRow(begin.number, {kind: "end_group"}))
    return rows


def _cell_row(table: Table, column: DraftRow, base: str, names: dict[str, str]) -> DraftRow:
    """Return a column of the block as the question of one item; references to other columns stay in the item's row."""

    def moved(text: str) -> str:
        return re.sub(r"\$\{[^}]*\}", lambda found: names.get(found[0], found[0]), text)

    cells = {header: moved(text) for header, text in column.cells.items()}
    return DraftRow(column.number, {**cells, table.header("name"): f"{base}_{table.get(column, 'name')}"})


def _labels(table: Table, choices: Table, item: DraftRow) -> dict[str, str]:
    labels = {}
    for header in choices.headers("label"):
        if header not in item.cells:
            continue
        key = choices.columns[header].key
        own = next((one for one, column in table.columns.items() if column.key == key), "")
        if not own:
            table.columns[header] = choices.columns[header]
            own = header
        labels[own] = item.cells[header]
    return labels


def _no_list(table: Table, row: DraftRow, wanted: str) -> Problem:
    return Problem(
        "FORM-264",
        "error",
        _("Row {row}: there is no list “{name}”").format(row=row.number, name=wanted),
        _("Name a list of the sheet choices: its items are the rows of the matrix."),
        sheet=table.sheet,
        row=row.number,
        column=table.header(_LIST) or table.header("type"),
    )


def _expansion(table: Table, row: DraftRow) -> Problem:
    return Problem(
        "FORM-233",
        "warning",
        _("Row {row}: the type “{written}” is read as “{type}”").format(
            row=row.number, written="begin_kobomatrix", type="begin_group"
        ),
        _("Write the block as one group for each item, with one question for each column."),
        sheet=table.sheet,
        row=row.number,
        column=table.header("type"),
    )
