"""Rows of a live form come and go: made from their template, inserted, counted, removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fieldkit.errors import FormError
from fieldkit.forms.datatypes import normal
from fieldkit.forms.definition import Seed
from fieldkit.forms.instance import walk
from fieldkit.forms.limits import ROWS
from fieldkit.forms.live import Element, Row, Series
from fieldkit.i18n import _

if TYPE_CHECKING:
    from fieldkit.forms.engine import Form

__all__ = ["RowKeeper"]


class RowKeeper:
    """Adds and removes the rows of one live form; recalculation is left to the caller."""

    def __init__(self, form: Form) -> None:
        self.form = form

    def is_counted(self, series: Series) -> bool:
        """Return whether the form decides about the number of rows (``jr:count``, ``jr:noAddRemove``)."""
        index = series.definition.rows_group
        attributes = self.form.definition.controls[index].attributes if index >= 0 else {}
        return bool(
            attributes.get("jr:count")
            or attributes.get("count")
            or attributes.get("jr:noAddRemove", "").replace(" ", "") in ("true()", "true", "1")
        )

    def insert(self, series: Series, place: int, row_id: str | None = None, seed: Seed | None = None) -> Row:
        """Put a new row in and let what depends on it wait for evaluation.

        Args:
            series: The series.
            place: Place of the row from 0.
            row_id: Its id; counted without one.
            seed: What it is copied from; the template without one.
        """
        if len(series.rows_list) >= ROWS:
            raise FormError("FORM-126", _("A table cannot have more than {limit} rows").format(limit=ROWS))
        row = self._put(series, place, row_id, seed)
        self.form.recalculation.rows_changed(series, place)
        return row

    def _put(self, series: Series, place: int, row_id: str | None, seed: Seed | None) -> Row:
        rows = series.rows_list
        series.counter += 1
        template = self.form.definition.templates[series.definition.index]
        row = self.form.builder.row(series, seed or template, row_id or self._row_id(series))
        parent = series.parent
        assert isinstance(parent, Element)
        parent.put(row, rows[place - 1] if place else None)
        rows.insert(place, row)
        series.renumber(place)
        self._enter(row)
        self.form.added.append(row)
        self.form.recalculation.touched[series] = None
        return row

    def _row_id(self, series: Series) -> str:
        taken = {row.row_id for row in series.rows_list} if len(series.rows_list) != series.counter - 1 else ()
        number = len(series.rows_list) + 1
        while f"c{number}" in taken:
            number += 1
        return f"c{number}"

    def _enter(self, row: Row) -> None:
        recalculation = self.form.recalculation
        touched = recalculation.touched
        parent = row.parent
        assert isinstance(parent, Element)
        for element in walk(row, self.form.plan):
            touched[element] = None
            if not isinstance(element, Series):
                element.stored = element.value = normal(element.definition.type, element.stored)
                element.relevant = parent.relevant
                element.readonly = parent.readonly
                if not parent.relevant:
                    element.value = ""
                if isinstance(element, Row):
                    recalculation.enter(element.scope, self.form.plan.scope_units.get(element.definition.index, []))

    def delete(self, row: Row) -> None:
        """Take a row out and let what depends on it wait for evaluation."""
        place = row.ordinal - 1
        self._take(row)
        self.form.recalculation.rows_changed(row.series, place)

    def _take(self, row: Row) -> None:
        series = row.series
        place = row.ordinal - 1
        del series.rows_list[place]
        assert isinstance(row.parent, Element)
        row.parent.take(row)
        for element in walk(row, self.form.plan):
            element.scope.alive = False
        series.renumber(place)
        self.form.removed.append(row)
        self.form.recalculation.touched[series] = None

    def resize(self, series: Series, count: int) -> None:
        """Bring a counted series to its number of rows.

        Raises:
            FormError: FORM-126 where the count is beyond what the app can hold.
        """
        if count > ROWS:
            raise FormError(
                "FORM-126",
                _("{path} asks for {count} rows; at most {limit} are possible").format(
                    path=series.definition.path, count=count, limit=ROWS
                ),
                where={"ref": series.definition.path},
            )
        before = len(series.rows_list)
        while len(series.rows_list) > count:
            self._take(series.rows_list[-1])
        own = self._own_rows(series) if before < count else []
        for place in range(before, count):
            row = self._put(series, place, None, own[place] if place < len(own) else None)
            # With the first row, so that all wait in their order, and once more for what came after it.
            if place in (before, count - 1):
                self.form.recalculation.rows_changed(series, before)
            if self.form.setter.has_row_actions(series):
                self.form.setter.rows.append(row)
        if count < before:
            self.form.recalculation.rows_changed(series, count)

    def _own_rows(self, series: Series) -> list[Seed]:
        """Return the rows that the form itself gives a series outside other repeats: they come back as they were."""
        if series.scope.rows:
            return []
        nodes = self.form.definition.nodes
        way = [series.definition.index]
        while nodes[way[-1]].parent > 0:
            way.append(nodes[way[-1]].parent)
        found = [self.form.definition.seed]
        for index in reversed(way):
            found = [child for seed in found for child in seed.children if child.node == index]
        return found
