"""A repeat as a table: columns, rows that are built when looked at, sums of number columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

from fieldkit.visit.items import Shelf, item_view, row_state
from fieldkit.visit.nodes import Node, item_kind
from fieldkit.visit.outline import columns_of, rows_of
from fieldkit.visit.values import number_of
from fieldkit.visit.view import ColumnView, ItemKind, ItemView, RowView, TableView

__all__ = ["LazyRows", "table_view"]

_NUMBERS = frozenset({ItemKind.INTEGER, ItemKind.DECIMAL, ItemKind.RANGE})


class LazyRows(Sequence[RowView]):
    """Rows of a table, built one by one."""

    def __init__(self, shelf: Shelf, series: Node, rows: Sequence[Node], current: str) -> None:
        self._shelf = shelf
        self._series = series
        self._rows = rows
        self._current = current
        self._built: dict[int, RowView] = {}

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, place: int) -> RowView: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[RowView]: ...
    def __getitem__(self, place: int | slice) -> RowView | Sequence[RowView]:
        if isinstance(place, slice):
            return [self[number] for number in range(*place.indices(len(self)))]
        number = place + len(self._rows) if place < 0 else place
        if number not in self._built:
            self._built[number] = self._row(number)
        return self._built[number]

    def _row(self, number: int) -> RowView:
        row, live = self._rows[number], self._shelf.live
        where = (live.key(self._series), live.key(row))
        cells = tuple(
            item_view(self._shelf, cell, current=live.key(cell) == self._current, cell_of=where)
            for cell in columns_of(row)
        )
        answers = sum(1 for cell in cells if cell.value and cell.kind not in (ItemKind.NOTE, ItemKind.CALCULATED))
        return RowView(
            key=where[1],
            position=number + 1,
            cells=cells,
            state=row_state(live, row),
            answers=answers,
            label=row.label,
        )


def table_view(shelf: Shelf, series: Node, current: str = "") -> TableView:
    """Return a repeat as a table.

    Args:
        shelf: Session, form and numbers of sections.
        series: The repeat.
        current: Key of the cell with the cursor.
    """
    live, session = shelf.live, shelf.session
    rows = rows_of(series)
    place = live.outline.places.get(series.path)
    counted = series.counted
    editable = series.relevant and session.record.state.state not in ("final", "accepted", "void")
    item: ItemView = item_view(shelf, series)
    last = session.around.last.get(live.form_id)
    carried = last is not None and any(row_state(live, row) == "carried" for row in rows)
    return TableView(
        key=live.key(series),
        label=item.label,
        columns=_columns(series, rows),
        rows=LazyRows(shelf, series, rows, current),
        can_add=editable and not counted,
        can_remove=editable and not counted,
        totals=_totals(rows),
        calculated=_calculated(shelf, series) if place is not None else (),
        number=item.number,
        ref=item.ref,
        section=item.section,
        relevant=series.relevant,
        carried_from=last.visit if carried and last is not None else "",
    )


def _columns(series: Node, rows: Sequence[Node]) -> tuple[ColumnView, ...]:
    """Return the columns of the first row; where there is none, those that a new row would have."""
    found = columns_of(rows[0]) if rows else series.blank_cells()
    return tuple(ColumnView(cell.name, cell.label or cell.name, item_kind(cell)) for cell in found)


def _totals(rows: Sequence[Node]) -> dict[str, str]:
    sums: dict[str, float] = {}
    for row in rows:
        for cell in columns_of(row):
            number = number_of(cell.value) if item_kind(cell) in _NUMBERS else None
            if number is not None:
                sums[cell.name] = sums.get(cell.name, 0.0) + number
    return {name: f"{total:.10g}" for name, total in sums.items()}


def _calculated(shelf: Shelf, series: Node) -> tuple[ItemView, ...]:
    """Return the calculated values that stand in the same group as the repeat."""
    parent = series.parent
    if parent is None or parent.parent is None:
        return ()
    return tuple(
        item_view(shelf, child)
        for child in parent.children
        if child.kind == "model" and child.calculated and child.relevant
    )
