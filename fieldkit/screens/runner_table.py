"""A repeat as a table with in-cell entry, and the walk through its cells."""

from __future__ import annotations

import re
from typing import Literal

from fieldkit.i18n import _, ngettext
from fieldkit.screens.runner_lines import answer_text, number_text
from fieldkit.screens.runner_state import CHOICES, RunnerState
from fieldkit.visit.view import ItemKind, ItemStatus, ItemView, RowView, RunnerView, TableView
from fieldkit.widgets.lines import Line, Page, Slot, Span, cells, clean, cut, fit, line, wrap

__all__ = ["Place", "cell_at", "column_widths", "outer_table", "table_lines", "table_title", "walk"]

Place = tuple[int, int]
"""Row and column from 0; column -1 is the row number, row len(rows) is *add a row*."""

_WIDE = 160
"""Columns of a terminal from which the columns of a table may be wider."""
_POSITION = re.compile(r"\[([0-9]+)\]")
"""Position of a row in a ref."""
_NUMBERS = frozenset({ItemKind.INTEGER, ItemKind.DECIMAL, ItemKind.RANGE})


def cell_at(table: TableView, key: str) -> Place:
    """Return where a cell lies; the first one where the table has no such cell."""
    for index, row in enumerate(table.rows):
        if row.key == key:
            return index, -1
        if key.startswith(row.key):
            for column, cell in enumerate(row.cells):
                if cell.key == key:
                    return index, column
    return 0, 0


def walk(table: TableView, place: Place, name: str) -> Place | None:
    """Return the cell that a key leads to; None = out of the table.

    Args:
        table: The table.
        place: Where the cursor is.
        name: ``up``, ``down``, ``left``, ``right``, ``tab`` or ``shift+tab``.
    """
    row, column = place
    last = len(table.columns) - 1
    count = len(table.rows)
    if name == "tab":
        row, column = (row, column + 1) if column < last and row < count else (row + 1, 0)
    elif name == "shift+tab":
        row, column = (row, column - 1) if column > 0 and row < count else (row - 1, last)
    elif name in {"left", "right"}:
        column = min(max(column + (1 if name == "right" else -1), -1), last)
    else:
        row += 1 if name == "down" else -1
    if row < 0 or row > count or (row == count and not table.can_add):
        return None
    return row, column


def outer_table(table: TableView) -> tuple[str, str]:
    """Return the keys of the table and of its row that hold a table; both empty for one that stands in no row."""
    row, brace, _rest = table.key.rpartition("}")
    return (row[: row.rindex("{")], row + brace) if brace else ("", "")


def table_title(view: RunnerView, table: TableView) -> str:
    """Return number and label of a table; for one inside a row also which row that is."""
    title = clean(f"{table.number} {table.label}".strip())
    rows = ".".join(_POSITION.findall(table.ref))
    if not rows:
        return title
    outer = view.items[view.index].label if 0 <= view.index < len(view.items) else ""
    return f"{title}  ({clean(outer)} {rows})"


def column_widths(table: TableView, size: int) -> list[int]:
    """Return the cells of each column, so that all fit into a row of ``size`` cells."""
    if not table.columns:
        return []
    most = 30 if size < _WIDE else 44
    wanted = []
    sample = [table.rows[index] for index in range(min(len(table.rows), 30))]
    for index, column in enumerate(table.columns):
        widest = max((cells(_cell_text(row.cells[index])) for row in sample if index < len(row.cells)), default=0)
        wanted.append(min(max(widest, min(cells(clean(column.label)), 12), 6), most))
    room = size - 10 - 2 * len(wanted)
    while sum(wanted) > room and max(wanted) > 5:
        wanted[wanted.index(max(wanted))] -= 1
    while sum(wanted) < room and max(wanted) < most:
        short = min(range(len(wanted)), key=lambda place: wanted[place])
        wanted[short] += 1
        if wanted[short] >= most:
            break
    return wanted


def _state_text(row: RowView) -> tuple[str, str]:
    return {
        "ok": ("ok", "good"),
        "wrong": ("!", "bad"),
        "carried": (_("carried"), "warn"),
    }.get(row.state, (".", "dim"))


def table_lines(view: RunnerView, table: TableView, state: RunnerState, size: int, height: int) -> Page:
    """Return the table with the cursor in a cell, and below it the question of that cell.

    Args:
        view: The runner.
        table: The table that is open.
        state: Cursors of the screen.
        size: Cells of a row.
        height: Rows there are.
    """
    place = _place(view, table, state)
    widths = column_widths(table, size)
    title = table_title(view, table)
    count = ngettext("{count} row", "{count} rows", len(table.rows)).format(count=len(table.rows))
    rows: list[Line] = [line(" ", (fit(title, max(size - cells(count) - 3, 10)), "label"), " ", (count, "dim")), ()]
    heads = (
        fit("" if column.kind is ItemKind.NOTE else clean(column.label), wide, _side(column.kind))
        for column, wide in zip(table.columns, widths, strict=True)
    )
    rows.append(line("    #  ", ("  ".join(heads), "head")))
    foot = _foot(view, table, size)
    room = max(height - len(rows) - len(foot) - 4, 3)
    first = max(min(place[0] - room // 2, len(table.rows) - room), 0)
    slot: Slot | None = None
    for index in range(first, min(first + room, len(table.rows))):
        if place == (index, place[1]) and state.editing and place[1] >= 0:
            x = 7 + sum(widths[: place[1]]) + 2 * place[1]
            slot = Slot(x, len(rows), max(widths[place[1]], 8))
        rows.append(_row_line(table, index, place, widths))
    if table.can_add:
        here = place[0] == len(table.rows)
        rows.append(
            line(
                (f" {'>' if here else ' '}  +  ", "cursor" if here else "key", "add"),
                (_("add a row (Enter)"), "cursor" if here else "dim", "add"),
            )
        )
    if table.totals:
        sums = (
            fit(clean(table.totals.get(column.name, "")), wide, "right")
            for column, wide in zip(table.columns, widths, strict=True)
        )
        rows.append(line(fit(_("sum"), 6, "right") + " ", ("  ".join(sums), "label")))
    return Page(tuple([*rows, (), *foot][:height]), slot)


def _place(view: RunnerView, table: TableView, state: RunnerState) -> Place:
    if state.on_add:
        return len(table.rows), 0
    row, column = cell_at(table, view.position)
    return (row, -1) if state.on_row else (row, column)


def _row_line(table: TableView, index: int, place: Place, widths: list[int]) -> Line:
    row = table.rows[index]
    here = index == place[0]
    on_number = here and place[1] == -1
    text, style = _state_text(row)
    spans: list[Span] = [
        Span(f" {'>' if here else ' '}", "key" if here else ""),
        Span(fit(str(row.position), 3, "right"), "cursor" if on_number else "dim", f"row:{row.key}"),
        Span("  "),
    ]
    for column, wide in enumerate(widths):
        cell = row.cells[column] if column < len(row.cells) else None
        spans.append(
            _cell_span(cell, wide, here=here and column == place[1], align=table.columns[column].kind in _NUMBERS)
        )
        spans.append(Span("  "))
    spans.append(Span(text, style))
    return tuple(spans)


def _side(kind: ItemKind) -> Literal["left", "right"]:
    return "right" if kind in _NUMBERS else "left"


def _cell_text(cell: ItemView) -> str:
    """Return what stands in a cell: a note says its own text, which may differ from row to row."""
    return clean(cell.label) if cell.kind is ItemKind.NOTE else answer_text(cell)


def _cell_span(cell: ItemView | None, wide: int, *, here: bool, align: bool) -> Span:
    if cell is None:
        return Span(" " * wide)
    shown = "-" if cell.status is ItemStatus.HIDDEN else _cell_text(cell) or "."
    if cell.carried:
        shown += " ="
    if cell.violation and cell.status is ItemStatus.WRONG and cell.value:
        shown = f"!{shown}"
    style = (
        "cursor"
        if here
        else {ItemStatus.WRONG: "bad", ItemStatus.CARRIED: "warn", ItemStatus.HIDDEN: "off"}.get(cell.status, "")
    )
    return Span(fit(shown, wide, "right" if align else "left"), style, f"cell:{cell.key}")


def _foot(view: RunnerView, table: TableView, size: int) -> list[Line]:
    cell = view.cell
    rows: list[Line] = []
    if cell is not None:
        rows.extend(line(" ", (text, "label")) for text in wrap(clean(cell.label, lines=True), size - 2)[:2])
        if cell.kind in CHOICES and cell.choices:
            rows.append(_choices(cell, size))
        if cell.hint:
            rows.append(line((" " + cut(clean(cell.hint), size - 2), "dim")))
        if cell.violation and cell.value:
            rows.append(line((" ! " + cut(clean(cell.violation.message), size - 4), "bad")))
        if cell.last:
            text = _("Last round: {value}   = takes it over").format(value=clean(cell.last.shown))
            rows.append(line((" " + cut(text, size - 2), "dim")))
        if cell.remark:
            rows.append(line((" " + cut(_("Note: {text}").format(text=clean(cell.remark)), size - 2), "dim")))
        if cell.carried:
            rows.append(
                line((" " + cut(_("carried over: Enter on the row number confirms the row"), size - 2), "warn"))
            )
    # A calculated value without a label says nothing to a person: its name is the form's own affair.
    named = [item for item in table.calculated if item.relevant and (item.hint or item.label != item.name)]
    if named:
        parts = [
            f"{clean(item.label if item.label != item.name else item.hint)} {clean(item.shown or item.value) or '-'}"
            for item in named
        ]
        rows.extend(line((" " + text, "")) for text in wrap("    ".join(parts), size - 2)[:3])
    if view.score:
        rows.append(
            line(
                (
                    " "
                    + _("so far {got} of {max} points").format(
                        got=number_text(view.score.got), max=number_text(view.score.max)
                    ),
                    "dim",
                )
            )
        )
    return rows


def _choices(cell: ItemView, size: int) -> Line:
    spans: list[Span] = [Span(" ")]
    used = 1
    for choice in cell.choices:
        number = "." if choice.is_na else str(choice.number % 10 if len(cell.choices) <= 10 else choice.number)
        text = f"{number} {cut(clean(choice.label), 30)}"
        if used + cells(text) + 3 > size - 4:
            spans.append(Span(".."))
            break
        used += cells(text) + 3
        spans += [Span(text, "chosen" if choice.selected else "", f"choice:{choice.value}"), Span("   ")]
    return tuple(spans)
