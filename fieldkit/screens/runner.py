"""The runner: answer fast, never lose, see the score move."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from fieldkit.i18n import _, in_language, labelled, language
from fieldkit.keys import Stroke
from fieldkit.screens import runner_dialogs as dialogs
from fieldkit.screens.base import FieldScreen
from fieldkit.screens.runner_answers import Answers
from fieldkit.screens.runner_focus import focus_page
from fieldkit.screens.runner_lines import left_heading, right_heading
from fieldkit.screens.runner_page import page_page
from fieldkit.screens.runner_state import CHOICES, POINTS, TYPED, RunnerState, current_item
from fieldkit.screens.runner_walk import Walking
from fieldkit.visit.record import state_word
from fieldkit.visit.view import ItemKind, LongChoices, RunnerView, TableView
from fieldkit.widgets import sounds
from fieldkit.widgets.frame import Hint, hints_of
from fieldkit.widgets.lines import Line, Page, cells, clean, line
from fieldkit.widgets.overlays import Choice, Reader

if TYPE_CHECKING:
    from textual.timer import Timer

    from fieldkit.services.runner import Runner

__all__ = ["RunnerScreen"]

_WIDE = 100
"""Columns from which row 1 says in words what is wrong and what is to confirm."""
_FRAME = 30
"""Cells of row 1 that the status, the rules and the spaces between them take."""


class RunnerScreen(Walking, Answers, FieldScreen):
    """One visit in progress."""

    NAME = "visit"
    USES = ("clear", "evidence", "finding", "empty", "why", "wrong", "undo", "redo", "moves", "add", "view", "last",
            "standout", "copy", "find", "note")  # fmt: skip
    in_visit: ClassVar[bool] = True

    def __init__(self, visit: str = "", key: str = "", last: str = "") -> None:
        """Prepare the screen.

        Args:
            visit: Visit to open; empty = the one touched last.
            key: Item to stand on; empty = where it was left.
            last: Item answered last before a crash; used where no later place was kept.
        """
        super().__init__()
        self.last = last
        self.visit = visit
        self.key = key
        self.state = RunnerState()
        self._shown: RunnerView | None = None
        self._spoken = ""
        self._timer: Timer | None = None

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
    def view(self) -> RunnerView:
        """What the service returned last."""
        assert self._shown is not None
        return self._shown

    def load(self) -> None:
        """Open the visit, or take it up where it stands."""
        if self._shown is None:
            self.state.zone = self.shell.now().tzinfo
            self.state.page_mode = self.shell.services.settings.get("mode") == "page"
            visit = self.visit or self._latest()
            if not visit:
                self.say(_("No visit is open. gs chooses a subject, a starts a visit."))
                return
            self.visit = visit
            stale = bool(self.last) and not self.shell.services.sessions.place_is_current(visit)
            self.show(self.runner.open(visit, self.last if stale else self.key))
            if stale:
                self.show(self.runner.advance())
            if not self.shell.services.desk.store.read_only:
                # A write to the medium: the first question does not wait for it.
                self.call_after_refresh(self.shell.services.workspace.remember, self.view.visit)
        elif self._spoken != language():
            self.show(self.runner.set_language(language()))
        else:
            self.show(self.runner.view())
        self._spoken = language()

    def on_screen_suspend(self) -> None:
        """Keep the place while another screen is shown."""
        self._remember()

    def on_unmount(self) -> None:
        """Keep the place when the visit is left."""
        self._remember()

    def _remember_soon(self) -> None:
        """Keep the place a moment after a step, so that a crash resumes there; steps until then need no other."""
        if self._timer is None:
            self._timer = self.set_timer(0.4, self._remember)

    def _remember(self) -> None:
        self._timer = None
        sessions = self.shell.services.sessions
        if self._shown is not None and not self.shell.services.desk.store.read_only:
            sessions.remember(self.runner.session)

    def _latest(self) -> str:
        resume = self.shell.services.home.view().resume
        return resume[0].id if resume else ""

    def show(self, view: RunnerView) -> None:
        """Take a new view; cursors follow when another question has come."""
        before = self._shown
        self._shown = view
        self.state.on_add = self.state.on_row = False
        if before is None or before.position != view.position:
            self.state.typed = ""
            if before is not None and before.section != view.section:
                self.state.top = 0
            self._aim()
            self._remember_soon()

    def _aim(self) -> None:
        item = current_item(self.view)
        chosen = item.choices if item and item.kind in CHOICES else ()
        if isinstance(chosen, LongChoices):
            self.state.choice = chosen.chosen_place()
            if not sounds.is_ready():
                # Whoever searches this list by letters has read the question first.
                self.shell.job(sounds.prepare, lambda _nothing: None)
            return
        self.state.choice = next((place for place, choice in enumerate(chosen) if choice.selected), 0)

    def heading(self) -> tuple[str, str]:
        """Return checklist and subject, who works, how far."""
        if self._shown is None:
            return _("Visit"), ""
        view = self.view
        right = right_heading(view, signs=self.size.width < _WIDE)
        tail = [self.shell.services.actors.code]
        if view.state != "open":
            tail.append(state_word(view.state))
        return left_heading(view, tail, self.size.width - cells(right) - _FRAME), right

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
        if item is None and isinstance(self.view.current, TableView):
            return [Hint("Enter", _("add a row") if self.state.on_add else _("open"))]
        if item is None or not item.can_edit:
            return [Hint("F6", _("why"), "why")] if item else []
        if item.kind in CHOICES and item.choices_count > 10:
            return [Hint("Enter", _("choose")), Hint("/", _("find"))]
        if item.kind in CHOICES:
            count = min(item.choices_count - item.has_na, 9)
            dot = " ." if item.has_na else ""
            label = _("answer") if item.kind is ItemKind.SELECT_ONE else _("toggle")
            return [Hint(f"1-{count}{dot}" if count > 1 else "1", label)]
        if item.kind is ItemKind.ACKNOWLEDGE:
            return [Hint("1", _("answer"))]
        if (item.kind not in TYPED and item.kind is not ItemKind.FILE) or item.kind in POINTS:
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
            '= same as last round, " same as above, * rest of the section not applicable.\n'
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
        if self.view.position == before and self.view.progress.required_left:
            self.say(self.view.message or _("No other question is empty: this is the last one."), "dim")
        elif self.view.position == before:
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
        self.say(
            self.view.message or (_("Taken back: {thing}").format(thing=label) if label else _("Nothing to take back."))
        )

    def do_redo(self) -> None:
        """Do again what was taken back."""
        label = self.view.redo_label
        self.show(self.runner.redo())
        self.say(
            self.view.message or (_("Done again: {thing}").format(thing=label) if label else _("Nothing to do again."))
        )

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

        def build(_size: int) -> list[Line]:
            return [
                line(
                    (f"{row.at[:16].replace('T', ' ')}  {row.actor:<14}", "dim"),
                    clean(labelled(row.label, f"{row.old or '-'} > {row.new or '-'}")),
                    ("  " + _("undo") if row.cause.startswith("undo") else "", "dim"),
                )
                for row in rows
            ]

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
        """Leave the visit; it is saved as it is, and no crash offers it any more."""
        if not self.shell.services.desk.store.read_only:
            self.shell.services.workspace.remember("")
        self.shell.back()

    def own_actions(self) -> list[Choice]:
        """Offer the other forms and languages of the visit."""
        out: list[Choice] = []
        for form in self.view.forms if len(self.view.forms) > 1 else ():
            text = _("checklist {title}").format(title=in_language(form.title))
            show = partial(self._form, form.form_id)
            out.append(Choice(text, show, not form.active, _("open now"), keys=("",)))
        for code in self.view.languages:
            if code != self.view.language:
                text = _("language of the checklist: {code}").format(code=code)
                out.append(Choice(text, partial(self._speak, code), keys=("",)))
        return out

    def _speak(self, code: str) -> None:
        self.show(self.runner.set_language(code))

    def _form(self, form_id: str) -> None:
        self.show(self.runner.form(form_id))
