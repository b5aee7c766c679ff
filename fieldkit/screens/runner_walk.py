"""How the runner moves: between questions, sections, choices, and through the cells of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fieldkit.i18n import _
from fieldkit.keys import Stroke
from fieldkit.screens.runner_page import visible_indexes
from fieldkit.screens.runner_state import CHOICES, RunnerState
from fieldkit.screens.runner_table import cell_at, outer_table, walk
from fieldkit.visit.view import ItemKind, ItemView, RunnerView, TableView
from fieldkit.widgets.overlays import Choice

if TYPE_CHECKING:
    from fieldkit.screens.base import FieldScreen
    from fieldkit.services.runner import Runner

__all__ = ["Walking"]


class Walking:
    """Turns movement into places.

    Mixed into the runner screen, which owns the view and the state.
    """

    if TYPE_CHECKING:
        state: RunnerState

        @property
        def view(self) -> RunnerView:
            """What the service returned last."""

        @property
        def runner(self) -> Runner:
            """The use cases of the open visit."""

        @property
        def base(self) -> FieldScreen:
            """The screen itself."""

        def show(self, view: RunnerView) -> None:
            """Take a new view."""

        def answer(
            self, item: ItemView, value: str, *, step: bool = True, how: str = "enter", reason: str = ""
        ) -> None:
            """Give an answer."""

        def edit(self, item: ItemView, typed: str | None = None) -> None:
            """Open the field of a question."""

        def do_add(self) -> None:
            """Add a row."""

        def do_evidence(self) -> None:
            """Take evidence."""

    def _take_on_row(self, press: Stroke) -> bool:
        table = self.view.current
        if not isinstance(table, TableView):
            self.state.on_add = self.state.on_row = False
            return False
        if self.state.on_add and press.name in {"enter", "space"}:
            self.do_add()
            return True
        if self.state.on_row and press.name == "backspace":
            self._ask_remove(table)
            return True
        if self.state.on_row and press.name in {"enter", "space"}:
            self.show(self.runner.confirm_row(self._row_key()))
            self._walk("down")
            return True
        return False

    def _row_key(self) -> str:
        table = self.view.current
        assert isinstance(table, TableView)
        row, _column = cell_at(table, self.view.position)
        return table.rows[row].key

    def _ask_remove(self, table: TableView) -> None:
        row = table.rows[cell_at(table, self.view.position)[0]]
        if not table.can_remove:
            self.base.say(_("This row cannot be removed: the checklist sets how many there are."))
            return

        def chosen(choice: Choice) -> None:
            if choice.value:
                self.state.on_row = False
                self.show(self.runner.remove_row(row.key))
                self.base.say(_("Row removed; F8 brings it back."), "good")

        text = _("remove row {number} with {count} answers").format(number=row.position, count=row.answers)
        self.base.ask(_("Remove a row"), [Choice(_("keep it"), False), Choice(text, True)], chosen)

    def _take_move(self, press: Stroke, item: ItemView | None) -> bool:
        in_table = isinstance(self.view.current, TableView) and (
            item is not None or self.state.on_add or self.state.on_row
        )
        name = {"h": "left", "j": "down", "k": "up", "l": "right"}.get(press.name, press.name)
        if name == "enter":
            self._enter(item)
        elif name in {"tab", "shift+tab"}:
            self.advance(back=name == "shift+tab")
        elif name in {"pageup", "pagedown", "ctrl+up", "ctrl+down"}:
            self._section(-1 if name in {"pageup", "ctrl+up"} else 1)
        elif name in {"home", "end"}:
            self._go_index(0 if name == "home" else len(self.view.items) - 1)
        elif name in {"up", "down", "left", "right"}:
            self._arrow(name, item, in_table=in_table)
        elif name == "escape":
            self._escape(in_table=in_table)
        else:
            return False
        return True

    def _enter(self, item: ItemView | None) -> None:
        table = self.view.current
        if isinstance(table, TableView) and item is None:
            self._open_table(table)
        elif item is not None and item.carried:
            self.answer(item, item.value)
        elif item is not None and item.kind is ItemKind.FILE:
            self.do_evidence()
        elif (
            item is not None
            and item.kind not in CHOICES
            and item.can_edit
            and item.kind is not ItemKind.ACKNOWLEDGE
            and not item.value
        ):
            self.edit(item)
        elif item is not None and item.table:
            self._walk("down")
        else:
            self.advance()

    def _open_table(self, table: TableView) -> None:
        if table.rows:
            self.show(
                self.runner.go(table.rows[0].cells[0].key if table.rows[0].cells else table.rows[0].key, jump=False)
            )
        elif table.can_add:
            self.state.on_add = True
        else:
            self.advance()

    def _arrow(self, name: str, item: ItemView | None, *, in_table: bool) -> None:
        if in_table:
            self._walk(name)
            return
        count = len(item.choices) if item and item.kind in CHOICES else 0
        across = self.state.page_mode
        to_choice = name in ({"left", "right"} if across else {"up", "down"})
        step = 1 if name in {"right", "down"} else -1
        if to_choice and count:
            self.state.choice = (self.state.choice + step) % count
        elif to_choice and across:
            return
        else:
            self.advance(back=step < 0)

    def _walk(self, name: str) -> None:
        table = self.view.current
        assert isinstance(table, TableView)
        row, column = cell_at(table, self.view.position)
        place = (len(table.rows), 0) if self.state.on_add else (row, -1) if self.state.on_row else (row, column)
        target = walk(table, place, name)
        self.state.on_add = self.state.on_row = False
        if target is None:
            self._leave_table(back=name in {"up", "shift+tab"})
            return
        row, column = target
        if row == len(table.rows):
            self.state.on_add = True
            return
        self.state.on_row = column < 0
        on_row = self.state.on_row
        self.show(self.runner.go(table.rows[row].cells[max(column, 0)].key, jump=False))
        self.state.on_row = on_row

    def _leave_table(self, *, back: bool) -> None:
        table = self.view.current
        if isinstance(table, TableView) and outer_table(table)[0]:
            self._leave_inner(table, back=back)
            return
        index = self.view.index + (-1 if back else 1)
        if 0 <= index < len(self.view.items):
            self._go_index(index)
        else:
            self._section(-1 if back else 1)

    def _leave_inner(self, table: TableView, *, back: bool) -> None:
        """Step from a table inside a row into the table that holds the row: beside the cell that it is."""
        outer = self.runner.table(outer_table(table)[0])
        target = walk(outer, cell_at(outer, table.key), "shift+tab" if back else "tab")
        if target is None:
            self.show(self.runner.go(outer.key, jump=False))
            return
        row, column = target
        if row < len(outer.rows):
            self.show(self.runner.go(outer.rows[row].cells[column].key, jump=False))
            return
        self._back_to_row(table)
        self.state.on_add = True

    def _back_to_row(self, table: TableView) -> None:
        """Go to the row that holds a table: to its first cell that is no table itself."""
        outer_key, row_key = outer_table(table)
        row = next((one for one in self.runner.table(outer_key).rows if one.key == row_key), None)
        plain = (cell for cell in (row.cells if row else ()) if cell.kind is not ItemKind.TABLE and cell.relevant)
        cell = next(plain, None)
        self.show(self.runner.go(cell.key if cell else outer_key, jump=False))

    def _go_index(self, index: int) -> None:
        if 0 <= index < len(self.view.items):
            self.show(self.runner.go(self.view.items[index].key, jump=False))

    def _section(self, step: int) -> None:
        sections = [section for section in self.view.sections if section.relevant or section.active]
        at = next((index for index, section in enumerate(sections) if section.active), 0)
        if 0 <= at + step < len(sections):
            self.state.on_add = self.state.on_row = False
            self.show(self.runner.section(sections[at + step].key))
        elif not self._other_form(step):
            self.base.say(_("This is the last section.") if step > 0 else _("This is the first section."), "dim")

    def _other_form(self, step: int) -> bool:
        """Go to the next or the previous checklist of the visit; False = there is none."""
        forms = self.view.forms
        at = next((index for index, form in enumerate(forms) if form.active), 0) + step
        if not 0 <= at < len(forms):
            return False
        self.state.on_add = self.state.on_row = False
        self.show(self.runner.form(forms[at].form_id))
        return True

    def advance(self, *, back: bool = False) -> None:
        """Step to the next question or cell."""
        if isinstance(self.view.current, TableView) and (self.view.cell or self.state.on_add or self.state.on_row):
            self._walk("shift+tab" if back else "tab")
            return
        if self.state.page_mode and self.state.only_changed:
            indexes = list(visible_indexes(self.view, self.state))
            ahead = [index for index in indexes if (index < self.view.index if back else index > self.view.index)]
            if ahead:
                self._go_index(ahead[-1] if back else ahead[0])
            return
        before = self.view.position
        self.show(self.runner.step(-1 if back else 1))
        if self.view.position == before:
            self.base.say(
                _("This is the first question.") if back else _("This is the last question; m shows the moves."), "dim"
            )

    def walk_down(self) -> None:
        """Step to the cell below after Enter in a table."""
        self._walk("down")

    def step_on(self) -> None:
        """Step on after an answer: into follow-up questions, in a table to the next cell."""
        if isinstance(self.view.current, TableView):
            self.advance()
            return
        self.show(self.runner.advance())

    def _escape(self, *, in_table: bool) -> None:
        table = self.view.current
        if self.view.jumped_from:
            self.show(self.runner.back())
        elif isinstance(table, TableView) and outer_table(table)[0]:
            self._back_to_row(table)
        elif in_table and isinstance(table, TableView):
            self.state.on_add = self.state.on_row = False
            self.show(self.runner.go(table.key, jump=False))
        else:
            self.base.do_back()
