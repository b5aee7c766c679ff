"""Subjects: find, history, a visit here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fieldkit.errors import FieldkitError
from fieldkit.i18n import _, in_language, told
from fieldkit.keys import Stroke
from fieldkit.screens.anywhere import field_of
from fieldkit.screens.base import FieldScreen
from fieldkit.screens.subjects_lines import detail_lines, list_lines
from fieldkit.visit.view import FindingLine
from fieldkit.widgets.frame import Hint, hints_of
from fieldkit.widgets.lines import Line, Page, Slot, Span, beside, cells, clean, cut, line
from fieldkit.widgets.overlays import Choice, Menu, Prompt, Reader
from fieldkit.widgets.sheet import Sheet, SheetField
from fieldkit.widgets.ticks import TickMenu

if TYPE_CHECKING:
    from fieldkit.services.subject_view import SubjectDetail, SubjectImport, SubjectLine, SubjectsView

__all__ = ["SubjectsScreen"]


class SubjectsScreen(FieldScreen):
    """The register as a tree, searched by code, Chinese text, pinyin and initials."""

    NAME = "subjects"
    USES = ("find", "add", "toggle", "standout", "copy", "finding", "why")

    def __init__(self, subject: str = "", *, starting: bool = False) -> None:
        super().__init__()
        self.view: SubjectsView | None = None
        self.detail: SubjectDetail | None = None
        self.starting = starting
        self.sought = ""
        self.finding_text = False
        self.folded: set[str] = set()
        self.twins_only = False
        self.at = 0
        self.top = 0
        self._wanted = subject
        self._page = 10

    def load(self) -> None:
        """Fetch the register and the subject under the cursor."""
        first = self.view is None
        self.view = self.shell.services.subjects.list(find=self.sought)
        if first and self.view.total > 60 and not self._wanted:
            deep = {row.id for row in self.view.rows if row.children and row.depth >= 1}
            self.folded = deep
        rows = self.rows()
        if self._wanted:
            self.at = next((index for index, row in enumerate(rows) if row.id == self._wanted), self.at)
            self._wanted = ""
        self._aim(self.at)
        if first and self.starting:
            self.say(_("Choose where the visit is: / finds, Enter or a starts it."), "dim")

    def rows(self) -> list[SubjectLine]:
        """Return the rows that are not folded away."""
        if self.view is None:
            return []
        out: list[SubjectLine] = []
        hidden: int | None = None
        for row in self.view.rows:
            if hidden is not None and row.depth > hidden:
                continue
            hidden = row.depth if row.id in self.folded and not self.sought else None
            out.append(row)
        return out

    def _aim(self, at: int) -> None:
        rows = self.rows()
        self.at = min(max(at, 0), max(len(rows) - 1, 0))
        self.detail = self._detail(rows[self.at].id) if rows else None

    def _detail(self, subject: str) -> SubjectDetail:
        services = self.shell.services
        found = services.findings.of_subject(subject, 6)
        findings = [
            FindingLine(row.id, row.number, row.severity, row.state, row.type, row.category, row.statement)
            for row in found
        ]
        return services.subjects.detail(subject, services.visits.list(subject=subject), findings)

    def heading(self) -> tuple[str, str]:
        """Return how many of how many."""
        if self.view is None:
            return _("Subjects"), ""
        return f"{_('Subjects')} | {self.shell.who()}", _("{shown} of {total}").format(
            shown=len(self.view.rows), total=self.view.total
        )

    def content(self, size: int, height: int) -> Page:
        """Return the search line, the tree and the subject beside it."""
        if self.view is None:
            return Page(())
        left = size if size < 90 else size // 2
        label = f" {_('Find:')} "
        room = max(left - cells(label) - 2, 8)
        head: list[Line] = [
            line(
                (label, "key"),
                (f"{clean(self.sought):<20}" if self.sought else "", "label"),
                (
                    "" if self.finding_text or self.sought else cut(_("(code, Chinese text, pinyin: press /)"), room),
                    "dim",
                ),
            ),
            (),
        ]
        slot = Slot(cells(label), 0, room) if self.finding_text else None
        below = 9 if size < 90 else 0
        room_rows = max(height - 2 - below, 3)
        self._page = room_rows
        self.top = min(max(self.top, self.at - room_rows + 1), self.at)
        rows = list_lines(self.sought, self.rows(), self.folded, (self.at, self.top), (left - 1, room_rows))
        detail = detail_lines(self.detail, size - left - 4 if not below else size - 3) if self.detail else []
        if below:
            rows += [()] * (room_rows - len(rows))
            rows += [(Span("-" * size, "rule"),), *(line(" ", *row) for row in detail[: below - 1])]
            return Page((*head, *rows), slot)
        body = beside([*head, *rows], detail[:height], left, " | ")
        return Page(tuple(body), slot)

    def hints(self) -> list[Hint]:
        """Return the hints of the register."""
        fkeys = self.shell.fkeys
        out = hints_of(["find"], fkeys=fkeys)
        out += [Hint("Enter", _("visits")), *hints_of(["add"], fkeys=fkeys), Hint("Space", _("fold"))]
        return [*out, *hints_of(["standout", "note", "actions", "help"], fkeys=fkeys)]

    def help_text(self) -> str:
        """Say how subjects are found."""
        return _(
            "/ finds by code, Chinese text, pinyin or initials (llc finds Liulin cun). Enter opens what is here.\n"
            "a starts a visit here, adds a subject, or imports a list."
        )

    def note_target(self) -> tuple[str, str, str]:
        """A quick note is about the subject under the cursor."""
        if self.detail is None:
            return "", "", ""
        return self.detail.line.id, "", self.detail.line.name

    # -- keys

    def take(self, press: Stroke) -> bool:
        """Move, fold, open."""
        steps = {"up": -1, "k": -1, "down": 1, "j": 1, "pageup": -self._page, "pagedown": self._page,
                 "home": -1_000_000, "end": 1_000_000, "ctrl+up": -self._page, "ctrl+down": self._page}  # fmt: skip
        if press.name in steps:
            self._aim(self.at + steps[press.name])
        elif press.name in {"space", "left", "right", "h", "l"}:
            self._fold(press.name)
        elif press.name == "enter":
            self._open()
        elif press.name == "tab":
            self.do_find()
        elif press.name == "escape" and self.sought:
            self.sought = ""
            self.load()
        elif press.foreign and not press.name.isascii():
            self.do_find(press.char)
        else:
            return False
        return True

    def _fold(self, name: str) -> None:
        rows = self.rows()
        if not rows:
            return
        row = rows[self.at]
        if name in {"left", "h"} and (row.id in self.folded or not row.children):
            parent = next((index for index in range(self.at - 1, -1, -1) if rows[index].depth < row.depth), self.at)
            self._aim(parent)
        elif row.children:
            fold = row.id not in self.folded if name == "space" else name in {"left", "h"}
            self.folded.add(row.id) if fold else self.folded.discard(row.id)

    def _open(self) -> None:
        if self.detail is None:
            return
        if self.starting:
            self._start_visit()
            return
        detail = self.detail
        choices = [Choice(_("start a visit here"), "start")]
        for visit in detail.visits[:8]:
            text = f"{visit.number}  {visit.started[:10]}  {' '.join(visit.forms)}"
            choices.append(Choice(text, visit.id, detail=visit.state_label))
        preset = 1 if any(visit.state == "open" for visit in detail.visits[:1]) else 0

        def chosen(choice: Choice) -> None:
            if choice.value == "start":
                self._start_visit()
            else:
                self.shell.go("visit", visit=str(choice.value))

        self.show_overlay(Menu(detail.line.name, choices, chosen, preset=preset))

    def clicked(self, tag: str) -> None:
        """Move to what was clicked, or open it."""
        kind, _sign, value = tag.partition(":")
        if kind == "subject":
            self._aim(next((index for index, row in enumerate(self.rows()) if row.id == value), self.at))
        elif kind in {"visit", "finding"}:
            self.shell.go(kind, **{kind: value})

    # -- finding

    def do_find(self, first: str = "") -> None:
        """Open the search line."""
        self.finding_text = True
        self.open_field(self.sought + first)
        if first:
            self.field_changed(self.sought + first)

    def field_changed(self, text: str) -> None:
        """Search with every committed character."""
        self.sought = text.strip()
        self.at = self.top = 0
        self.load()
        self.repaint(force=True)

    def committed(self, text: str, how: str) -> None:
        """Leave the search line; Esc forgets the search."""
        self.finding_text = False
        self.sought = "" if how == "escape" else text.strip()
        self.load()

    # -- actions

    def do_toggle(self) -> None:
        """Fold or unfold."""
        self._fold("space")

    def do_standout(self) -> None:
        """Tell about possible twins of this subject."""
        twins = self.detail.twins if self.detail else ()
        if not twins:
            self.say(_("No subject looks like a twin of this one."), "dim")
            return
        texts = [f"{twin.id}  {twin.name}" for twin in twins]
        self.show_overlay(Reader(_("May be twins"), lambda _size: [line(clean(text)) for text in texts]))

    def do_copy(self) -> None:
        """Copy the code."""
        if self.detail:
            self.copy(self.detail.line.id)

    def do_finding(self) -> None:
        """Say where findings are raised."""
        self.say(_("A finding is raised in a visit: Enter opens one here."), "dim")

    def do_why(self) -> None:
        """Say why the subject matches the search."""
        rows = self.rows()
        if rows and rows[self.at].match:
            self.say(_("Found by {what}.").format(what=rows[self.at].match), "dim")

    def do_add(self) -> None:
        """Start a visit here, add a subject, or import a list."""
        here = self.detail.line.name if self.detail else _("a subject")
        some = self.detail is not None
        choices = [
            Choice(_("a visit at {name}").format(name=here), "visit", some, _("the register is empty")),
            Choice(_("a subject, by hand"), "subject"),
            Choice(_("subjects from a list (CSV, XLSX)"), "import"),
            Choice(_("edit {name}").format(name=here), "edit", some, _("the register is empty")),
        ]
        actions = {"visit": self._start_visit, "subject": self._add, "import": self._import, "edit": self._edit}
        self.ask(_("Add"), choices, lambda choice: actions[str(choice.value)]())

    def _start_visit(self) -> None:
        detail = self.detail
        if detail is None:
            return
        suited = [
            (form.form_id, in_language(form.title)) for form in self.shell.services.forms.suited(detail.line.kind)
        ]
        if not suited:
            self.say(_("There is no checklist yet: fieldkit form add FILE."))
            return
        limit = int(self.shell.services.settings.get("burden_limit") or 2)
        intro = []
        if detail.visits_7_days >= limit:
            intro.append(
                _("{count} visits in 7 days: the limit is {limit}.").format(count=detail.visits_7_days, limit=limit)
            )
        choices = [Choice(title, form_id, detail=form_id) for form_id, title in suited]

        def chosen(taken: Sequence[Choice]) -> None:
            visit = self.shell.services.visits.start(detail.line.id, [str(choice.value) for choice in taken])
            self.starting = False
            self.shell.go("visit", visit=visit)

        intro.append(_("A number takes one; Space marks several for one visit, Enter takes them."))
        title = _("Checklist for {name}").format(name=detail.line.name)
        self.show_overlay(TickMenu(title, choices, chosen, intro=intro))

    def _fields(self, subject: str) -> list[SheetField]:
        fields = self.detail.fields if subject and self.detail else self.shell.services.subjects.fields("")
        return [field_of(field) for field in fields if field.editable]

    def _add(self) -> None:
        def save(values: Mapping[str, str]) -> str | None:
            try:
                self._wanted = self.shell.services.subjects.add(
                    {name: value for name, value in values.items() if value}
                )
            except FieldkitError as error:
                return told(error)
            self.load()
            return None

        self.show_overlay(Sheet(_("New subject: an organisation or a place, never a person"), self._fields(""), save))

    def _edit(self) -> None:
        if self.detail is None:
            return
        subject = self.detail.line.id
        before = {field.name: field.value for field in self.detail.fields}

        def save(values: Mapping[str, str]) -> str | None:
            changed = {name: value for name, value in values.items() if value != before.get(name, "")}
            try:
                if changed:
                    self.shell.services.subjects.edit(subject, changed)
            except FieldkitError as error:
                return told(error)
            self.load()
            return None

        self.show_overlay(Sheet(clean(self.detail.line.name), self._fields(subject), save))

    def _import(self) -> None:
        def keep(text: str) -> str | None:
            path = Path(text.strip().strip("'\"")).expanduser()
            self.say(_("Reading {file}.").format(file=path.name), "dim")
            self.shell.job(lambda: self.shell.services.subjects.import_file(path), self._imported)
            return None

        self.show_overlay(
            Prompt(_("Path of the list"), keep, intro=(_("Columns: id, kind, name_zh, name_en, parent, band."),))
        )

    def _imported(self, result: object) -> None:
        done: SubjectImport = result  # type: ignore[assignment]  # what the job returns
        self.load()
        self.say(
            _("{added} added, {changed} changed, {unchanged} unchanged, {refused} refused").format(
                added=done.added, changed=done.changed, unchanged=done.unchanged, refused=len(done.refused)
            ),
            "good",
        )
        if done.refused:
            self.show_overlay(
                Reader(
                    _("Rows that were not taken"),
                    lambda _size: [
                        line((f"{row.row} {row.column} ", "dim"), clean(f"{row.message} [{row.code}]"))
                        for row in done.refused
                    ],
                )
            )
