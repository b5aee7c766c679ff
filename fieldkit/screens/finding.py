"""One finding: what, why, by when, proof."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from fieldkit.errors import FieldkitError
from fieldkit.i18n import _, labelled, told
from fieldkit.keys import Stroke
from fieldkit.review.findings import FindingEvidence
from fieldkit.screens.anywhere import PERSONAL, field_of, save_text
from fieldkit.screens.base import FieldScreen
from fieldkit.screens.finding_moves import move_findings
from fieldkit.screens.runner_lines import file_size
from fieldkit.widgets.frame import Hint, hints_of
from fieldkit.widgets.lines import Line, Page, Span, beside, cells, clean, cut, fit, line, wrap
from fieldkit.widgets.overlays import Choice, Menu, Prompt, Reader
from fieldkit.widgets.sheet import Sheet

if TYPE_CHECKING:
    from fieldkit.services.finding_view import FindingView
    from fieldkit.services.lines import HistoryLine
    from fieldkit.visit.outcome import MoveView

__all__ = ["FindingScreen", "finding_fields", "finding_side"]


def finding_fields(view: FindingView, size: int) -> list[Line]:
    """Return the fields of a finding with their values."""
    wide = min(max((cells(clean(field.label)) for field in view.fields), default=8) + 2, 22)
    rows: list[Line] = []
    if view.item:
        rows.append(line((fit(_("Item"), wide), "dim"), cut(clean(view.item.rsplit("/", 1)[-1]), size - wide)))
    for field in view.fields:
        if not field.shown:
            continue
        style = "bad" if field.conflict else ""
        for place, part in enumerate(wrap(clean(field.shown, lines=True), size - wide)[:4]):
            rows.append(line((fit(clean(field.label) if not place else "", wide), "dim"), (part, style)))
    for warning in view.warnings:
        rows.extend(line(("! " + part, "warn")) for part in wrap(clean(warning), size - 2)[:2])
    if view.locked:
        rows.extend(line((part, "dim")) for part in wrap(clean(view.locked), size)[:2])
    return rows


def _told(view: FindingView) -> list[HistoryLine]:
    """Return the history without the fields that began empty."""
    return [entry for entry in view.history if entry.old or entry.new]


def finding_side(view: FindingView, size: int) -> list[Line]:
    """Return evidence, timeline and moves of a finding."""
    rows: list[Line] = [line((_("EVIDENCE"), "head"))]
    for piece in view.evidence:
        text = (
            f"{piece.code}  " + _("{text}, seen, not copied").format(text=piece.text)
            if piece.seen
            else f"{piece.code}  {piece.name}  {file_size(piece.bytes)}"
        )
        rows.append(line("  " + cut(clean(text), size - 2)))
    if not view.evidence:
        rows.append(line(("  " + cut(_("none yet; F3 adds it"), size - 2), "dim")))
    rows += [(), line((_("TIMELINE"), "head"))]
    for entry in _told(view)[:10]:
        text = f"{entry.label} {entry.new}".strip()
        head = f"  {entry.at[:10]} {fit(clean(entry.actor), 13)} "
        room = max(size - cells(head), 8)
        first, *rest = wrap(clean(text), room)
        rows.append(line((head, "dim"), first))
        if rest:
            rows.append(line(" " * cells(head), cut(" ".join(rest), room)))
    rows += [(), line((_("MOVES (m)"), "head"))]
    for move in view.moves:
        reason = _("; ").join(reason.message for reason in move.reasons[:1]) or move.role
        text = f"{move.number} {move.label}" + (
            "" if move.enabled else f"   {_('off: {reason}').format(reason=reason)}"
        )
        for place, part in enumerate(wrap(clean(text), size - 4)[:3]):
            rows.append(line((f"{'    ' if place else '  '}{part}", "" if move.enabled else "off")))
    return rows


class FindingScreen(FieldScreen):
    """One finding, whole."""

    NAME = "finding"
    USES = ("moves", "evidence", "last", "copy", "why", "add")

    def __init__(self, finding: str = "") -> None:
        super().__init__()
        self.finding = finding
        self.view: FindingView | None = None
        self.top = 0

    def load(self) -> None:
        """Fetch the finding."""
        if self.finding:
            services = self.shell.services
            moves, warnings = services.moves.of_finding(self.finding), services.moves.warnings(self.finding)
            self.view = services.findings.view(self.finding, moves, warnings)

    def heading(self) -> tuple[str, str]:
        """Return number, subject, severity, state, due date."""
        if self.view is None:
            return _("Finding"), ""
        row = self.view.row
        due = _("due {date}").format(date=row.due[:10]) if row.due else ""
        right = " | ".join(part for part in (row.severity, row.state_label, due) if part)
        return f"{row.number} | {row.subject_name}", right

    def content(self, size: int, height: int) -> Page:
        """Return the fields, and evidence, timeline and moves beside or below them."""
        if self.view is None:
            return Page(())
        if size >= 90:
            left = size // 2
            body = beside(finding_fields(self.view, left - 2), finding_side(self.view, size - left - 4), left, " | ")
        else:
            body = [*finding_fields(self.view, size - 2), (), *finding_side(self.view, size - 2)]
        self.top = min(max(self.top, 0), max(len(body) - height, 0))
        return Page(tuple((Span(" "), *row) for row in body[self.top : self.top + height]))

    def hints(self) -> list[Hint]:
        """Return the hints of a finding."""
        fkeys = self.shell.fkeys
        return [
            *hints_of(["moves"], fkeys=fkeys),
            Hint("Enter", _("edit")),
            *hints_of(["note", "evidence", "copy", "actions", "help"], fkeys=fkeys),
        ]

    def help_text(self) -> str:
        """Say what a finding needs."""
        return _("A draft can be edited with Enter. m shows the next moves; those that are off say why.")

    def note_target(self) -> tuple[str, str, str]:
        """A quick note is about the subject of this finding."""
        if self.view is None:
            return "", "", ""
        row = self.view.row
        return row.subject, row.visit, f"{row.number} {row.subject_name}"

    def take(self, press: Stroke) -> bool:
        """Scroll and edit."""
        steps = {"up": -1, "k": -1, "down": 1, "j": 1, "pageup": -10, "pagedown": 10, "home": -1000, "end": 1000}
        if press.name in steps:
            self.top += steps[press.name]
        elif press.name == "enter":
            self._edit()
        else:
            return False
        return True

    def _edit(self) -> None:
        view = self.view
        if view is None:
            return
        if not view.editable:
            self.say(view.locked or _("Only a draft can be edited."))
            return
        fields = [field_of(field) for field in view.fields if field.editable and field.name != "evidence"]
        before = {field.name: field.value for field in view.fields}

        def save(values: Mapping[str, str]) -> str | None:
            changed = {name: value for name, value in values.items() if value != before.get(name, "")}
            if not changed:
                return None
            try:
                save_text(
                    self,
                    lambda confirm: self.shell.services.findings.edit(self.finding, changed, confirm=confirm),
                    self._edit,
                )
            except FieldkitError as error:
                if error.code.startswith(PERSONAL):
                    raise
                return told(error)
            return None

        self.show_overlay(Sheet(view.row.number, fields, save))

    def do_moves(self) -> None:
        """Show the next moves."""
        if self.view is None:
            return
        choices = [
            Choice(
                move.label,
                move,
                move.enabled,
                _("; ").join(reason.message for reason in move.reasons) or move.role,
                move.to_label,
                off_opens=len(move.reasons) > 1,
            )
            for move in self.view.moves
        ]

        def chosen(choice: Choice) -> None:
            move: MoveView = choice.value  # type: ignore[assignment]  # set three lines above
            if not move.enabled:
                texts = [reason.message for reason in move.reasons]
                self.show_overlay(
                    Reader(move.label, lambda size: [line(part) for text in texts for part in wrap(clean(text), size)])
                )
                return
            move_findings(self, [self.finding], move, self._moved)

        self.show_overlay(Menu(_("Moves of {number}").format(number=self.view.row.number), choices, chosen))

    def _moved(self, refused: list[str], _count: int) -> None:
        self.load()
        if refused:
            self.say(refused[0].partition(": ")[2], "bad")
        else:
            self.say(_("Done."), "good")

    def do_evidence(self) -> None:
        """Add to what a draft rests on, open a file of it, or go to the visit."""
        view = self.view
        if view is None:
            return
        findings = self.shell.services.findings
        choices = []
        if view.editable:
            choices.append(Choice(_("seen, not copied: what and where"), self._ask_kind))
            for piece in findings.offered(self.finding):
                text = _("take over from the item: {name}").format(name=f"{piece.code} {piece.name or piece.text}")
                choices.append(Choice(text, partial(self._rest_on, piece.code, piece.name or piece.text, piece.id)))
        choices += [
            Choice(_("open {name}").format(name=piece.name), partial(self.shell.services.evidence.open, piece.sha256))
            for piece in view.evidence
            if not piece.seen
        ]
        choices.append(Choice(_("add evidence in the visit, at its item"), self.do_add, bool(view.row.visit)))

        def chosen(choice: Choice) -> None:
            assert callable(choice.value)
            choice.value()

        self.show_overlay(Menu(_("Evidence"), choices, chosen))

    def _ask_kind(self) -> None:
        options = self.shell.services.desk.codes.options("evidence")
        choices = [Choice(option.label, option.code, detail=option.code) for option in options]
        self.show_overlay(Menu(_("Kind of evidence"), choices, lambda choice: self._ask_seen(str(choice.value))))

    def _ask_seen(self, code: str, initial: str = "") -> None:
        def keep(text: str) -> str | None:
            if not text.strip():
                return _("Say what was seen and where.")
            save_text(
                self,
                lambda confirm: self._rest_on(code, text.strip(), confirm=confirm),
                lambda: self._ask_seen(code, text),
            )
            return None

        intro = (_("For example: ledger of dues, page 3, office."),)
        self.show_overlay(Prompt(_("Seen, not copied"), keep, initial=initial, intro=intro))

    def _rest_on(self, code: str, text: str, identifier: str = "", *, confirm: bool = False) -> None:
        piece = FindingEvidence(code, text, identifier)
        self.shell.services.findings.rest_on(self.finding, [piece], confirm=confirm)
        self.load()
        self.say(_("Evidence added."), "good")

    def do_last(self) -> None:
        """Show the whole timeline."""
        view = self.view
        if view is None:
            return
        rows = [
            f"{entry.at[:16].replace('T', ' ')}  {entry.actor}  "
            + labelled(entry.label, f"{entry.old or '-'} > {entry.new or '-'}")
            for entry in _told(view)
        ]
        self.show_overlay(
            Reader(_("Timeline"), lambda size: [line(part) for text in rows for part in wrap(clean(text), size)])
        )

    def do_copy(self) -> None:
        """Copy number and statement."""
        if self.view:
            self.copy(f"{self.view.row.number} {self.view.row.statement}")

    def do_add(self) -> None:
        """Go to the item that the finding came from."""
        if self.view and self.view.row.visit:
            self.shell.go("visit", visit=self.view.row.visit, key=self.view.key)

    def do_why(self) -> None:
        """Show the warnings."""
        if self.view:
            self.say(_("; ").join(self.view.warnings) or _("No warning."), "dim")
