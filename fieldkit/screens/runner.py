"""The runner: answer fast, never lose, see the score move."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from fieldkit.i18n import _
from fieldkit.keys import Stroke
from fieldkit.screens import runner_dialogs as dialogs
from fieldkit.screens.base import FieldScreen
from fieldkit.screens.runner_answers import Answers
from fieldkit.screens.runner_focus import focus_page
from fieldkit.screens.runner_lines import right_heading
from fieldkit.screens.runner_page import page_page, visible_indexes
from fieldkit.screens.runner_state import CHOICES, RunnerState, current_item
from fieldkit.screens.runner_table import cell_at, walk
from fieldkit.visit.view import ItemKind, ItemView, RunnerView, TableView
from fieldkit.widgets.frame import Hint, hints_of
from fieldkit.widgets.lines import Page, clean, line
from fieldkit.widgets.overlays import Choice, Reader

if TYPE_CHECKING:
    from fieldkit.services.runner import Runner

__all__ = ["RunnerScreen"]


class RunnerScreen(Answers, FieldScreen):
    """One visit in progress."""

    NAME = "visit"
    USES = ("clear", "evidence", "finding", "empty", "why", "wrong", "undo", "redo", "moves", "add", "view", "last",
            "standout", "copy", "find", "note")  # fmt: skip
    in_visit: ClassVar[bool] = True

    def __init__(self, visit: str = "", key: str = "") -> None:
        super().__init__()
        self.visit = visit
        self.key = key
        self.state = RunnerState()
        self._shown: RunnerView | None = None

    # -- view

    @property
    def base(self) -> FieldScreen:
        """The screen, for the answers."""
        return self

    @property
    def runner(self) -> Runner:
        """The use cases of the open visit."""
        return self.shell.services.runner

    @property
    def view(self) -> RunnerView:  # type: ignore[override]  # the mixin declares it as an attribute
        """What the service returned last."""
        assert self._shown is not None
        return self._shown

    def load(self) -> None:
        """Open the visit, or take it up where it stands."""
        if self._shown is None:
            self.state.page_mode = self.shell.services.settings.get("mode") == "page"
            visit = self.visit or self._latest()
            if not visit:
                self.say(_("No visit is open. gs chooses a subject, a starts a visit."))
                return
            self.visit = visit
            self.show(self.runner.open(visit, self.key))
        else:
            self.show(self.runner.view())

    def _latest(self) -> str:
        resume = self.shell.services.home.view().resume
        return resume[0].id if resume else ""

    def show(self, view: RunnerView) -> None:
        """Take a new view; cursors follow when another question has come."""
        before = self._shown
        self._shown = view
        if before is None or before.position != view.position:
            self.state.typed = ""
            self.state.on_row = False
            if before is not None and before.section != view.section:
                self.state.top = 0
            self._aim()
        if view.position:
            self.state.on_add = self.state.on_add and isinstance(view.current, TableView)

    def _aim(self) -> None:
        item = current_item(self.view)
        chosen = item.choices if item and item.kind in CHOICES else ()
        self.state.choice = next((place for place, choice in enumerate(chosen) if choice.selected), 0)

    def heading(self) -> tuple[str, str]:
        """Return checklist and subject, who works, how far."""
        if self._shown is None:
            return _("Visit"), ""
        view = self.view
        left = f"{view.subject_name or view.subject} | {view.form_id} | {self.shell.services.actors.view().code}"
        if view.state != "open":
            left += f" | {view.state}"
        return left, right_heading(view)

    def content(self, size: int, height: int) -> Page:
        """Return focus or page mode."""
        if self._shown is None:
            return Page((line(("  " + _("Opening the visit."), "dim")),))
        draw = page_page if self.state.page_mode else focus_page
        return draw(self.view, self.state, size, height)

    def hints(self) -> list[Hint]:
        """Return what answers this question, then the twelve keys."""
        fkeys = self.shell.fkeys
        if self._shown is None:
            return hints_of(["actions", "help"], fkeys=fkeys)
        out = [*self._answer_hints(), Hint("Tab", _("next"))]
        item = self.target()
        if item and item.last and item.can_edit:
            out.append(Hint("=", _("same as last")))
        names = ["note", "evidence", "finding", "empty"]
        if self.view.progress.invalid or self.view.progress.carried:
            names.append("wrong")
        return [*out, *hints_of([*names, "actions", "help"], fkeys=fkeys)]

    def _answer_hints(self) -> list[Hint]:
        item = self.target()
        if item is None or not item.can_edit:
            return [Hint("F6", _("why"), "why")] if item else []
        if item.kind in CHOICES:
            count = min(item.choices_count, 9)
            dot = " ." if item.has_na else ""
            label = _("answer") if item.kind is ItemKind.SELECT_ONE else _("toggle")
            return [Hint(f"1-{count}{dot}" if count > 1 else "1", label)]
        if item.kind in {ItemKind.TEXT, ItemKind.MULTILINE, ItemKind.BARCODE}:
            return [Hint("Enter", _("open"))]
        if item.kind is ItemKind.FILE:
            return []
        return [Hint("0-9", _("answer"))]

    def help_text(self) -> str:
        """Say how questions are answered."""
        return _(
            "Digits choose and type; . alone is not applicable; arrows move; Enter accepts and steps on.\n"
            "Space toggles; Tab next question or cell; Backspace clears the answer.\n"
            "F2 note, F3 evidence, F4 finding, F6 why, F8 takes back. Every answer is saved when it is given.\n"
            "= same as last round, \" same as above, * rest of the section not applicable.\n"
            "v changes between one question and a page; m shows the moves: ready, feedback, finalise."
        )

    def palette_items(self) -> Iterator[tuple[str, str, str]]:
        """Give label, key and number of the items of this section for the palette."""
        if self._shown is not None:
            for index in range(min(len(self.view.items), 400)):
                item = self.view.items[index]
                yield item.label or item.name, item.key, item.number

    def go_to_item(self, key: str) -> None:
        """Jump to an item; Esc returns."""
        self.show(self.runner.go(key))

    # -- keys

    def take(self, press: Stroke) -> bool:
        """Take answers first, then movement."""
        if self._shown is None:
            return False
        item = self.target()
        if self.state.on_add or self.state.on_row:
            item = None
            if self._take_on_row(press):
                return True
        if item is not None and self.take_answer(item, press):
            return True
        if press.name in {"=", '"', "*"}:
            self._take_over(press.name)
            return True
        return self._take_move(press, item)

    def _take_over(self, name: str) -> None:
        if name == "*":
            self.ask_rest()
            return
        key = self._row_key() if self.state.on_row else self.view.position
        self.show(self.runner.same_as_last(key) if name == "=" else self.runner.same_as_above(key))
        if self.view.message:
            self.say(self.view.message)
        elif not self.state.on_row:
            self.advance()

    def _take_on_row(self, press: Stroke) -> bool:
        table = self.view.current
        if not isinstance(table, TableView):
            self.state.on_add = self.state.on_row = False
            return False
        if self.state.on_add and (press.name in {"enter", "space"} or press.digit):
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
            self.say(_("This row cannot be removed: the checklist sets how many there are."))
            return

        def chosen(choice: Choice) -> None:
            if choice.value:
                self.state.on_row = False
                self.show(self.runner.remove_row(row.key))
                self.say(_("Row removed; F8 brings it back."), "good")

        text = _("remove row {number} with {count} answers").format(number=row.position, count=row.answers)
        self.ask(_("Remove a row"), [Choice(_("keep it"), False), Choice(text, True)], chosen)

    def _take_move(self, press: Stroke, item: ItemView | None) -> bool:
        in_table = isinstance(self.view.current, TableView) and (item is not None or self.state.on_add or self.state.on_row)
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
        elif item is not None and item.kind not in CHOICES and item.can_edit and item.kind is not ItemKind.ACKNOWLEDGE and not item.value:
            self.edit(item)
        elif item is not None and item.table:
            self._walk("down")
        else:
            self.advance()

    def _open_table(self, table: TableView) -> None:
        if table.rows:
            self.show(self.runner.go(table.rows[0].cells[0].key if table.rows[0].cells else table.rows[0].key))
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
            self._leave_table(table, back=name in {"up", "shift+tab"})
            return
        row, column = target
        if row == len(table.rows):
            self.state.on_add = True
            return
        self.state.on_row = column < 0
        on_row = self.state.on_row
        self.show(self.runner.go(table.rows[row].cells[max(column, 0)].key))
        self.state.on_row = on_row

    def _leave_table(self, table: TableView, *, back: bool) -> None:
        index = self.view.index + (-1 if back else 1)
        if 0 <= index < len(self.view.items):
            self._go_index(index)
        else:
            self._section(-1 if back else 1)

    def _go_index(self, index: int) -> None:
        if 0 <= index < len(self.view.items):
            self.show(self.runner.go(self.view.items[index].key))

    def _section(self, step: int) -> None:
        sections = [section for section in self.view.sections if section.relevant or section.active]
        at = next((index for index, section in enumerate(sections) if section.active), 0)
        if 0 <= at + step < len(sections):
            self.state.on_add = self.state.on_row = False
            self.show(self.runner.section(sections[at + step].key))
        else:
            self.say(_("This is the last section.") if step > 0 else _("This is the first section."), "dim")

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
            self.say(_("This is the first question.") if back else _("This is the last question; m shows the moves."), "dim")

    def _escape(self, *, in_table: bool) -> None:
        table = self.view.current
        if self.view.jumped_from:
            self.show(self.runner.back())
        elif in_table and isinstance(table, TableView):
            self.state.on_add = self.state.on_row = False
            self.show(self.runner.go(table.key))
        else:
            self.shell.back()

    def committed(self, text: str, how: str) -> None:
        """Take what was typed into the open field."""
        self.commit(text, how)

    def clicked(self, tag: str) -> None:
        """Go where was clicked, or choose."""
        kind, _sign, value = tag.partition(":")
        item = self.target()
        if kind == "section":
            self.show(self.runner.section(value))
        elif kind in {"item", "cell"}:
            self.go_to_item(value)
        elif kind == "choice" and item is not None and item.can_edit:
            self._choose(item, value)
        elif kind == "add":
            self.do_add()

    # -- actions

    def do_clear(self) -> None:
        """Clear the answer."""
        item = self.target()
        if item is None or not item.can_edit:
            self.say(_("There is no answer to clear here."), "dim")
            return
        self.state.drafts.pop(item.key, None)
        if item.value:
            self.show(self.runner.clear(item.key))
            self.say(self.view.message or _("Cleared; F8 takes it back."), "dim")

    def do_note(self) -> None:
        """Write the note on this item."""
        item = self.target()
        if item is not None:
            dialogs.ask_remark(self, item)

    def do_evidence(self) -> None:
        """Take evidence for this item, or for the whole visit."""
        dialogs.ask_evidence(self, self.target())

    def do_finding(self) -> None:
        """Raise a finding from the offer, or from this item."""
        dialogs.ask_finding(self, self.target(), self.state.offer)

    def do_empty(self) -> None:
        """Go to the next empty question."""
        before = self.view.position
        self.show(self.runner.next_empty())
        if self.view.position == before:
            self.say(self.view.message or _("No required question is empty."), "good")

    def do_wrong(self) -> None:
        """Go to the next refused or unconfirmed question."""
        before = self.view.position
        self.show(self.runner.next_wrong())
        if self.view.position == before:
            self.say(self.view.message or _("Nothing is wrong or unconfirmed."), "good")

    def do_why(self) -> None:
        """Explain this item."""
        item = self.target()
        key = item.key if item else self.view.position
        dialogs.show_why(self, self.runner.why(key, ""))

    def do_undo(self) -> None:
        """Take back the last thing, and go there."""
        label = self.view.undo_label
        self.show(self.runner.undo())
        self.say(self.view.message or (_("Taken back: {thing}").format(thing=label) if label else _("Nothing to take back.")))

    def do_redo(self) -> None:
        """Do again what was taken back."""
        label = self.view.redo_label
        self.show(self.runner.redo())
        self.say(self.view.message or (_("Done again: {thing}").format(thing=label) if label else _("Nothing to do again.")))

    def do_moves(self) -> None:
        """Show the moves."""
        dialogs.ask_moves(self)

    def do_add(self) -> None:
        """Add a row to the table."""
        table = self.view.current
        if not isinstance(table, TableView) or not table.can_add:
            self.say(_("Rows can be added in an open table only."), "dim")
            return
        self.state.on_add = self.state.on_row = False
        self.show(self.runner.add_row(table.key))

    def do_view(self) -> None:
        """Change between one question and a page."""
        self.state.page_mode = not self.state.page_mode
        self.state.top = 0

    def do_last(self) -> None:
        """Show the history of this item."""
        item = self.target()
        if item is None:
            return
        rows = self.runner.history(item.key)

        def build(_size: int) -> list[tuple]:  # type: ignore[type-arg]
            return [line((f"{row.at[:16].replace('T', ' ')}  {row.actor:<14}", "dim"), clean(f"{row.old or '-'} > {row.new or '-'}  {row.cause}"))
                    for row in rows]  # fmt: skip

        self.show_overlay(Reader(_("History of {item}").format(item=clean(item.label)), build))

    def do_standout(self) -> None:
        """Show only what changed against the last round."""
        self.state.only_changed = not self.state.only_changed
        self.state.page_mode = True
        self.state.top = 0

    def do_copy(self) -> None:
        """Copy the number of the visit and the ref of the item."""
        item = self.target()
        self.copy(f"{self.view.number} {item.ref}" if item else self.view.number)

    def do_find(self) -> None:
        """Find an item."""
        self.do_palette()

    def do_back(self) -> None:
        """Leave the visit; it is saved as it is."""
        self.shell.back()

    def own_actions(self) -> list[Choice]:
        """Offer the other forms and languages of the visit."""
        out = [Choice(_("checklist {title}").format(title=form.title), lambda key=form.form_id: self._form(key), not form.active, _("open now"), keys=("",))
               for form in self.view.forms if len(self.view.forms) > 1]  # fmt: skip
        for code in self.view.languages:
            if code != self.view.language:
                out.append(Choice(_("language of the checklist: {code}").format(code=code), lambda code=code: self.show(self.runner.set_language(code)), keys=("",)))
        return out

    def _form(self, form_id: str) -> None:
        section = next((entry for entry in self.view.sections if entry.form_id == form_id), None)
        if section:
            self.show(self.runner.section(section.key))
        else:
            self.show(self.runner.go(f"{form_id}:"))
