"""Field notes: what no form asked; write, tag, link, find."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from fieldkit.errors import FieldkitError
from fieldkit.i18n import _, told
from fieldkit.keys import Stroke
from fieldkit.screens.anywhere import quick_note, save_text
from fieldkit.screens.base import FieldScreen
from fieldkit.widgets.frame import Hint, hints_of
from fieldkit.widgets.lines import Line, Page, Slot, Span, beside, cells, clean, cut, fit, line, wrap
from fieldkit.widgets.overlays import Choice, Menu
from fieldkit.widgets.picker import Picker, PickRow
from fieldkit.widgets.sheet import Sheet, SheetField

if TYPE_CHECKING:
    from fieldkit.services.finding_view import NoteLine, NotesView

__all__ = ["NotesScreen", "note_row"]


def note_row(note: NoteLine, *, here: bool, size: int) -> Line:
    """Return a note as one row: when, what, tags, whether it is linked."""
    when = note.at[5:16].replace("T", " ")
    tags = " ".join(f"#{tag}" for tag in note.tags)
    marks = ("?" if note.hearsay else "") + ("" if note.link or note.subject else "-")
    tail = f" {cut(clean(tags), 14)} {marks}"
    head = f" {'>' if here else ' '} {when} "
    style = "cursor" if here else ""
    room = max(size - cells(head) - cells(tail), 8)
    tag = f"note:{note.id}"
    return line(
        Span(head, style or "dim", tag), Span(fit(clean(note.text), room), style, tag), Span(tail, style or "warn", tag)
    )


class NotesScreen(FieldScreen):
    """Notes with the one under the cursor beside them."""

    NAME = "notes"
    USES = ("add", "find", "standout", "moves", "clear", "copy", "sort")

    def __init__(self, note: str = "") -> None:
        super().__init__()
        self.view: NotesView | None = None
        self.sought = ""
        self.searching = False
        self.unlinked = False
        self.at = 0
        self.top = 0
        self._wanted = note
        self._page = 10

    def load(self) -> None:
        """Fetch the notes."""
        self.view = self.shell.services.notes.list(find=self.sought)
        rows = self.rows()
        if self._wanted:
            self.at = next((index for index, row in enumerate(rows) if row.id == self._wanted), self.at)
            self._wanted = ""
        self.at = min(max(self.at, 0), max(len(rows) - 1, 0))

    def rows(self) -> list[NoteLine]:
        """Return the notes that are listed."""
        rows = list(self.view.rows) if self.view else []
        return [row for row in rows if not (row.link or row.subject)] if self.unlinked else rows

    def current(self) -> NoteLine | None:
        """Return the note under the cursor."""
        rows = self.rows()
        return rows[self.at] if rows else None

    def heading(self) -> tuple[str, str]:
        """Return how many notes, and how many are not linked."""
        left = f"{_('Field notes')} | {self.shell.who()}"
        if self.view is None:
            return left, ""
        return left, _("{count} notes, {unlinked} not linked").format(
            count=self.view.total, unlinked=self.view.unlinked
        )

    def content(self, size: int, height: int) -> Page:
        """Return the search line, the notes and the one under the cursor."""
        label = f" {_('Find:')} "
        tags = "  ".join(f"#{tag} {count}" for tag, count in (self.view.tags[:6] if self.view else ()))
        shown = clean(self.sought) if self.sought and not self.searching else ""
        head: list[Line] = [line((label, "key"), (shown, "label"), (cut("   " + clean(tags), size // 2), "dim")), ()]
        slot = Slot(cells(label), 0, max(size // 2 - 10, 10)) if self.searching else None
        advice = _("Role and count only. A phone or identity number is asked about before it is saved.")
        foot: list[Line] = [(), *(line((" " + part, "dim")) for part in wrap(advice, size - 2))]
        left = size * 3 // 5 if size >= 90 else size
        below = 0 if size >= 90 else 7
        room = max(height - len(head) - len(foot) - below, 3)
        self._page = room
        self.top = min(max(self.top, self.at - room + 1), self.at)
        rows = [
            note_row(note, here=index == self.at, size=left - 1)
            for index, note in enumerate(self.rows()[self.top : self.top + room], self.top)
        ]
        if not rows:
            rows = [
                line((" " + part, "dim"))
                for part in wrap(_("No note is here. F2 writes one from any screen; a writes one here."), left - 2)
            ]
        detail = self._detail(size - left - 4 if not below else size - 3)
        if below:
            rows += [()] * (room - len(rows))
            body = [*head, *rows, (Span("-" * size, "rule"),), *(line(" ", *row) for row in detail[: below - 1])]
        else:
            body = beside([*head, *rows], [(), (), *detail[:room]], left, " | ")
        body += [()] * (height - len(body) - len(foot))
        return Page((*body, *foot), slot)

    def _detail(self, size: int) -> list[Line]:
        note = self.current()
        if note is None:
            return []
        rows: list[Line] = [line((f"{note.at[:16].replace('T', ' ')}  {note.actor}", "head"))]
        about = note.subject_name or _("no subject")
        rows.append(line((fit(_("Subject"), 10), "dim"), cut(clean(about), size - 10)))
        rows.append(
            line((fit(_("Linked to"), 10), "dim"), cut(clean(note.link_label or note.visit_number or "-"), size - 10))
        )
        rows.append(line((fit(_("Hearsay"), 10), "dim"), _("yes, to verify") if note.hearsay else _("no")))
        rows += [(), *(line(part) for part in wrap(clean(note.text, lines=True), size))]
        return rows

    def hints(self) -> list[Hint]:
        """Return the hints of the notes."""
        fkeys = self.shell.fkeys
        return [
            *hints_of(["note", "add"], fkeys=fkeys),
            Hint("Enter", _("edit")),
            *hints_of(["moves", "standout", "find", "actions", "help"], fkeys=fkeys),
        ]

    def help_text(self) -> str:
        """Say what notes are for."""
        return _(
            "Notes hold what no form asked: role and count, never a name.\nm links a note, d shows those not linked."
        )

    def note_target(self) -> tuple[str, str, str]:
        """A new note is about the same subject as the one under the cursor."""
        note = self.current()
        return (note.subject, note.visit, note.subject_name) if note and note.subject else ("", "", "")

    def take(self, press: Stroke) -> bool:
        """Move and edit."""
        steps = {"up": -1, "k": -1, "down": 1, "j": 1, "pageup": -self._page, "pagedown": self._page,
                 "home": -1_000_000, "end": 1_000_000}  # fmt: skip
        if press.name in steps:
            self.at = min(max(self.at + steps[press.name], 0), max(len(self.rows()) - 1, 0))
        elif press.name == "enter":
            self._edit()
        elif press.name == "escape" and (self.sought or self.unlinked):
            self.sought, self.unlinked = "", False
            self.load()
        else:
            return False
        return True

    def clicked(self, tag: str) -> None:
        """Move to the note that was clicked."""
        if tag.startswith("note:"):
            self.at = next((index for index, row in enumerate(self.rows()) if f"note:{row.id}" == tag), self.at)

    def do_find(self) -> None:
        """Open the search line."""
        self.searching = True
        self.open_field(self.sought)

    def field_changed(self, text: str) -> None:
        """Search with every committed character."""
        self.sought = text.strip()
        self.at = self.top = 0
        self.load()
        self.repaint(force=True)

    def committed(self, text: str, how: str) -> None:
        """Leave the search line."""
        self.searching = False
        self.sought = "" if how == "escape" else text.strip()
        self.load()

    def do_add(self) -> None:
        """Write a note."""
        quick_note(self)

    def do_standout(self) -> None:
        """Show only the notes that are not linked; again = all."""
        self.unlinked = not self.unlinked
        self.at = self.top = 0

    def do_sort(self) -> None:
        """Say how notes are sorted."""
        self.say(_("Notes are sorted by time, the newest first."), "dim")

    def do_copy(self) -> None:
        """Copy the text."""
        note = self.current()
        if note:
            self.copy(note.text)

    def do_clear(self) -> None:
        """Ask before a note is removed."""
        note = self.current()
        if note is None:
            return

        def chosen(choice: Choice) -> None:
            if choice.value:
                self.shell.services.notes.remove(note.id)
                self.load()

        self.ask(_("Remove a note"), [Choice(_("keep it"), False), Choice(_("remove it"), True)], chosen, note.text)

    def do_moves(self) -> None:
        """Link the note to a subject or a finding, or mark it as hearsay."""
        note = self.current()
        if note is None:
            self.say(_("There is no note here."), "dim")
            return

        def chosen(choice: Choice) -> None:
            if choice.value == "hearsay":
                self.shell.services.notes.edit(note.id, {"hearsay": not note.hearsay})
                self.load()
            else:
                self._link(note, str(choice.value))

        self.show_overlay(
            Menu(
                _("This note becomes"),
                [
                    Choice(_("a note on a subject"), "subject"),
                    Choice(_("a note on a finding"), "finding"),
                    Choice(_("verified") if note.hearsay else _("a claim to verify (hearsay)"), "hearsay"),
                ],
                chosen,
            )
        )

    def _link(self, note: NoteLine, kind: str) -> None:
        def source(text: str) -> tuple[list[PickRow], int]:
            hits = [hit for hit in self.shell.services.home.find(text, limit=60) if hit.kind == kind] if text else []
            if not text and kind == "subject":
                lines = self.shell.services.subjects.list().rows[:60]
                return [PickRow(row.name, row.id, row.id) for row in lines], len(lines)
            return [PickRow(hit.title, hit.id, hit.id[:12], hit.detail) for hit in hits], len(hits)

        def picked(row: PickRow) -> None:
            self.shell.services.notes.link(note.id, str(row.value))
            self.load()

        self.show_overlay(Picker(_("Link to"), source, picked, empty=_("Type part of a name, pinyin or a number.")))

    def _edit(self) -> None:
        note = self.current()
        if note is None:
            self.do_add()
            return
        fields = [
            SheetField("text", _("Text"), note.text, required=True, multiline=True),
            SheetField("tags", _("Tags"), " ".join(note.tags)),
            SheetField(
                "hearsay",
                _("Hearsay"),
                "yes" if note.hearsay else "no",
                (("no", _("no")), ("yes", _("yes, to verify"))),
            ),
        ]

        def save(values: Mapping[str, str]) -> str | None:
            def write(confirm: bool) -> None:
                tags = tuple(word.lstrip("#") for word in values["tags"].split())
                changes = {"text": values["text"], "tags": tags, "hearsay": values["hearsay"] == "yes"}
                self.shell.services.notes.edit(note.id, changes, confirm=confirm)

            try:
                save_text(self, write, self._edit)
            except FieldkitError as error:
                return told(error)
            return None

        self.show_overlay(Sheet(_("Note"), fields, save))
