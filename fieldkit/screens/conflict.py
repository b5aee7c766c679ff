"""One conflict: every version, who wrote it and when, what follows from it; a person chooses."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from fieldkit.errors import FieldkitError, VisitError
from fieldkit.i18n import _, ngettext, told
from fieldkit.keys import Stroke
from fieldkit.screens.anywhere import save_text
from fieldkit.screens.base import FieldScreen
from fieldkit.screens.conflict_lines import choice_lines, side_lines
from fieldkit.screens.runner_state import CHOICES
from fieldkit.visit.entry import parse_entry
from fieldkit.widgets.frame import Hint, hints_of
from fieldkit.widgets.lines import Line, Page, clean, cut, line, wrap
from fieldkit.widgets.overlays import Choice, Menu, Prompt

if TYPE_CHECKING:
    from fieldkit.services.conflict_review import ConflictReview
    from fieldkit.services.lines import ConflictHead

__all__ = ["ConflictScreen"]


class ConflictScreen(FieldScreen):
    """Both versions side by side, with their consequences."""

    NAME = "conflict"
    USES = ("empty", "why", "copy", "add")

    def __init__(self, conflict: str = "") -> None:
        super().__init__()
        self.conflict = conflict
        self.view: ConflictReview | None = None
        self.at = 0
        self.place = 0
        self.count = 0

    def load(self) -> None:
        """Fetch the conflict; the first one where none was named or it is settled by now."""
        conflicts = self.shell.services.conflicts
        found = [conflict.id for conflict in conflicts.list()]
        self.count = len(found)
        self.view = None
        if not found:
            return
        if self.conflict not in found:
            self.conflict = found[min(self.place, len(found) - 1)]
        self.place = found.index(self.conflict)
        self.view = conflicts.review(self.conflict)
        self.at = min(self.at, len(self.view.sides) + 1)

    def heading(self) -> tuple[str, str]:
        """Return which one of how many, and the record."""
        if self.view is None:
            return _("Conflict"), ""
        text = _("Conflict {place} of {count}").format(place=self.place + 1, count=self.count)
        return f"{text} | {self.view.conflict.title}", self.shell.services.actors.view().code

    def content(self, size: int, height: int) -> Page:
        """Return the question, the versions beside each other, and the choices."""
        view = self.view
        if view is None:
            text = _("No conflict: every copy agrees. A real disagreement would be kept whole and shown here.")
            return Page(tuple(line((" " + part, "dim")) for part in wrap(text, size - 2)))
        rows: list[Line] = [line((" " + part, "label")) for part in wrap(clean(view.label), size - 2)[:2]]
        note = _("Both were written without knowing of each other. Nothing is lost: choose what is shown.")
        rows += [line((" " + part, "dim")) for part in wrap(note, size - 2)[:2]]
        if view.is_closed:
            text = _("The visit is signed off: the choice changes what stands in it.")
            rows.append(line((" " + cut(text, size - 2), "warn")))
        choices = choice_lines(view, self.at, size)
        room = height - len(rows) - len(choices) - 2
        rows += [(), *side_lines(view, self.at, size, self._words)[: max(room, 3)], (), *choices]
        return Page(tuple(rows[:height]))

    def _words(self, head: ConflictHead) -> tuple[str, str]:
        """Return who wrote a version and when, for people."""
        code, _sign, role = head.actor.partition("/")
        who = f"{code} {self.shell.services.desk.codes.label('role', role)}" if role else code
        zone = self.shell.now().tzinfo
        return who, f"{datetime.fromisoformat(head.at).astimezone(zone):%Y-%m-%d %H:%M}" if head.at else "-"

    def hints(self) -> list[Hint]:
        """Return how to choose."""
        count = len(self.view.sides) + 2 if self.view else 0
        out = [Hint(f"1-{count}", _("choose")), Hint("Enter", _("take"))] if count else []
        if self.count > 1:
            out.append(Hint("F5", _("next conflict"), "empty"))
        asked = ["add", "why", "copy"] if self.view else []
        return [*out, *hints_of([*asked, "actions", "help"], fkeys=self.shell.fkeys)]

    def help_text(self) -> str:
        """Say what choosing does."""
        return _(
            "A number goes to a choice, Enter takes it. All versions stay in the history; nothing is removed.\n"
            "F5 goes to the next conflict; a goes to the question in its visit."
        )

    def note_target(self) -> tuple[str, str, str]:
        """A quick note is about the record in conflict."""
        if self.view is None:
            return "", "", ""
        kind, _sign, name = self.view.conflict.record.partition("/")
        return (
            (name if kind == "subject" else ""),
            (name if kind == "visit" else ""),
            self.view.conflict.title,
        )

    # -- keys

    def take(self, press: Stroke) -> bool:
        """Move between the choices, take one."""
        view = self.view
        if view is None:
            return False
        count = len(view.sides) + 2
        if press.digit and 1 <= int(press.digit) <= count:
            self.at = int(press.digit) - 1
        elif press.name in {"down", "j", "tab", "right", "l"}:
            self.at = (self.at + 1) % count
        elif press.name in {"up", "k", "shift+tab", "left", "h"}:
            self.at = (self.at - 1) % count
        elif press.name == "enter":
            self._accept(view)
        else:
            return False
        return True

    def clicked(self, tag: str) -> None:
        """Go to the choice that was clicked."""
        if tag.startswith("choice:"):
            self.at = int(tag.partition(":")[2])

    def _accept(self, view: ConflictReview) -> None:
        if self.at < len(view.sides):
            side = view.sides[self.at]
            self.shell.services.conflicts.take(view.conflict.id, side.head.head)
            self._settled(side.shown)
        elif self.at == len(view.sides):
            self._other_value(view)
        elif self.count > 1:
            self.do_empty()
        else:
            self.do_back()

    def _settled(self, shown: str) -> None:
        self.at = 0
        self.load()
        text = _("{value} is shown from now on; the others stay in the history.").format(value=clean(shown) or "-")
        self.say(text, "good")

    def _other_value(self, view: ConflictReview) -> None:
        item = view.item
        if item is not None and item.kind in CHOICES and item.choices_count <= len(item.choices):
            choices = [Choice(choice.label, choice.value, detail=choice.value) for choice in item.choices]
            self.show_overlay(Menu(view.label, choices, lambda choice: self._write(view, str(choice.value))))
            return

        def keep(text: str) -> str | None:
            now = self.shell.now()
            try:
                value = parse_entry(item.kind, text, now.date(), offset=f"{now:%z}") if item else text.strip()
                self._write(view, value)
            except VisitError as error:
                return told(error)
            return None

        self.show_overlay(Prompt(_("Another value"), keep, intro=(view.label,)))

    def _write(self, view: ConflictReview, value: str) -> None:
        def save(confirm: bool) -> None:
            self.shell.services.conflicts.value(view.conflict.id, value, confirm=confirm)
            self._settled(value)

        try:
            save_text(self, save, lambda: self._other_value(view))
        except FieldkitError as error:
            self.tell(error)

    # -- actions

    def do_empty(self) -> None:
        """Go to the next conflict."""
        self.place = (self.place + 1) % max(self.count, 1)
        self.conflict, self.at = "", 0
        self.load()

    def do_add(self) -> None:
        """Go to the question in its visit, or to the record."""
        if self.view is None:
            return
        kind, _sign, name = self.view.conflict.record.partition("/")
        if kind == "visit":
            self.shell.go("visit", visit=name, key=self.view.item.key if self.view.item else "")
        elif kind in {"finding", "subject", "note"}:
            place = {"finding": "finding", "subject": "subjects", "note": "notes"}[kind]
            self.shell.go(place, **{kind: name})

    def do_why(self) -> None:
        """Say why this is a conflict."""
        if self.view is None:
            return
        count = len(self.view.sides)
        text = ngettext(
            "{count} device wrote a value and had not seen another.",
            "{count} values were written by devices that had not seen each other's.",
            count,
        )
        self.say(text.format(count=count), "dim")

    def do_copy(self) -> None:
        """Copy the id, for the command line."""
        if self.view:
            self.copy(self.view.conflict.id)
