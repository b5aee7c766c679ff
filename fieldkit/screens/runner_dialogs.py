"""What the runner asks beside answers: why, notes, evidence, findings, moves."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from fieldkit.errors import FieldkitError
from fieldkit.i18n import _, in_language, told
from fieldkit.screens.anywhere import PERSONAL, save_text
from fieldkit.screens.move_fields import move_fields
from fieldkit.visit.outcome import MoveReason, MoveView, WhyView
from fieldkit.visit.record import state_word
from fieldkit.visit.view import FindingOffer, ItemView, RunnerView
from fieldkit.widgets.lines import Line, clean, line, wrap
from fieldkit.widgets.overlays import Choice, Menu, Prompt, Reader
from fieldkit.widgets.sheet import Sheet, SheetField

if TYPE_CHECKING:
    from fieldkit.screens.runner import RunnerScreen

__all__ = ["ask_evidence", "ask_finding", "ask_moves", "ask_remark", "evidence_codes", "sheet_fields", "show_why"]


def show_why(screen: RunnerScreen, why: WhyView) -> None:
    """Show an explanation; Enter on a line jumps to the item that it speaks of."""
    rows: list[tuple[Line, str]] = []

    def build(size: int) -> list[Line]:
        rows.clear()
        for entry in why.lines:
            text = f"{entry.text}   = {entry.value}" if entry.value else entry.text
            for place, part in enumerate(wrap(clean(text), size - 2 * entry.depth - 2)):
                rows.append((line("  " * (entry.depth + bool(place)), part), entry.key))
        return [row for row, _key in rows]

    def jump(index: int) -> None:
        key = rows[index][1]
        if key:
            screen.go_to_item(key)

    screen.show_overlay(Reader(why.title, build, on_enter=jump))


def ask_remark(screen: RunnerScreen, item: ItemView, initial: str | None = None) -> None:
    """Write the note on an item."""

    def keep(text: str) -> str | None:
        def save(confirm: bool) -> None:
            screen.show(screen.runner.remark(item.key, text.strip(), confirm=confirm))
            screen.say(_("Note kept."), "good")

        save_text(screen, save, lambda: ask_remark(screen, item, text))
        return None

    screen.show_overlay(
        Prompt(
            _("Note on {item}").format(item=clean(item.number or item.name)),
            keep,
            initial=item.remark if initial is None else initial,
            intro=(item.label, _("Role and count, never a name.")),
            several_lines=True,
        )
    )


def evidence_codes(screen: RunnerScreen) -> list[tuple[str, str]]:
    """Return the kinds of evidence with their labels."""
    return [(option.code, option.label) for option in screen.shell.services.desk.codes.options("evidence")]


def ask_evidence(screen: RunnerScreen, item: ItemView | None) -> None:
    """Take a file, or write down what was seen and not copied."""
    key = item.key if item else ""
    asked = (item.evidence_codes if item else "").replace(" ", "").replace("+", "")
    first = asked[:1] or "D"

    def chosen(choice: Choice) -> None:
        if choice.value == "file":
            _ask_file(screen, key, first)
        elif choice.value == "seen":
            _ask_seen(screen, key, asked)
        elif choice.value:
            screen.shell.services.evidence.open(str(choice.value))

    choices = [
        Choice(_("a file: copied by its hash; location and owner of photos are removed"), "file"),
        Choice(_("seen, not copied: what and where"), "seen"),
    ]
    for piece in item.evidence if item else ():
        if piece.seen:
            text = _("{code} seen: {text}").format(code=piece.code, text=piece.text)
            choices.append(Choice(text, "", False, _("not copied")))
        else:
            choices.append(Choice(_("open {name}").format(name=piece.name), piece.sha256, detail=piece.type))
    intro = (_("Asked for here: {codes}").format(codes=" + ".join(asked)),) if asked else ()
    screen.show_overlay(Menu(_("Evidence"), choices, chosen, intro=intro))


def _ask_file(screen: RunnerScreen, key: str, code: str) -> None:
    def keep(text: str) -> str | None:
        path = Path(text.strip().strip("'\"")).expanduser()
        if not text.strip():
            return _("Type or drop the path of a file.")

        def save(confirm: bool) -> None:
            screen.show(screen.runner.attach(key, path, code, confirm=confirm))
            screen.say(_("File kept."), "good")

        try:
            save(False)
        except FieldkitError as error:
            if not error.code.startswith(PERSONAL):
                return told(error)
            save_text(screen, save, lambda: None)
        return None

    screen.show_overlay(Prompt(_("Path of the file"), keep, intro=(_("A file can be dropped into the window."),)))


def _ask_seen(screen: RunnerScreen, key: str, asked: str) -> None:
    codes = evidence_codes(screen)
    preset = next((index for index, (code, _label) in enumerate(codes) if code in asked), 0)

    def with_code(choice: Choice) -> None:
        def keep(text: str) -> str | None:
            if not text.strip():
                return _("Say what was seen and where.")

            def save(confirm: bool) -> None:
                screen.show(screen.runner.seen(key, text.strip(), str(choice.value), confirm=confirm))
                screen.say(_("Noted as seen, not copied."), "good")

            save_text(screen, save, lambda: None)
            return None

        screen.show_overlay(
            Prompt(_("Seen, not copied"), keep, intro=(_("For example: ledger of dues, page 3, office."),))
        )

    choices = [Choice(label, code, detail=code) for code, label in codes]
    screen.show_overlay(Menu(_("Kind of evidence"), choices, with_code, preset=preset))


def sheet_fields(screen: RunnerScreen, values: Mapping[str, str]) -> list[SheetField]:
    """Return the fields of a new finding with what is known filled in."""
    out = []
    for field in screen.shell.services.findings.fields():
        if not field.editable or field.name == "evidence":
            continue
        options = tuple((option.value, option.label) for option in field.options)
        value = values.get(field.name) or field.value
        out.append(SheetField(field.name, field.label, value, options, field.required, field.hint, field.multiline))
    return out


def ask_finding(screen: RunnerScreen, item: ItemView | None, offer: FindingOffer | None) -> None:
    """Raise a finding with criterion, severity and category filled in."""
    key = offer.key if offer else item.key if item else ""
    source = screen.runner.item(key) if key else None
    known = {"statement": "", "type": "problem"}
    if offer:
        known |= {
            "severity": offer.severity,
            "category": offer.category,
            "criterion": offer.criterion,
            "fact": offer.fact,
        }
    elif source:
        known |= {
            "severity": source.severity or source.severity_at_worst,
            "category": source.category,
            "criterion": source.label,
            "fact": source.shown,
        }

    def save(values: Mapping[str, str]) -> str | None:
        fields = {name: value for name, value in values.items() if value}
        try:
            _raise(screen, key, fields)
        except FieldkitError as error:
            if error.code.startswith(PERSONAL):
                raise
            return told(error)
        return None

    intro = [_("From {item}").format(item=clean(f"{source.number} {source.label}"))] if source else []
    if offer and offer.missing_sources:
        intro.append(
            _("At {severity} evidence from {count} more sources is asked for.").format(
                severity=offer.severity, count=offer.missing_sources
            )
        )
    title = _("New finding: a draft until you confirm it")
    screen.show_overlay(Sheet(title, sheet_fields(screen, known), save, intro=intro, save_label=_("keep as draft")))


def _raise(screen: RunnerScreen, key: str, fields: dict[str, str]) -> None:
    def save(confirm: bool) -> None:
        screen.runner.raise_finding(key, fields, confirm=confirm)
        screen.show(screen.runner.view())
        screen.state.offer = None
        screen.say(_("Finding kept as draft; gf lists all."), "good")

    save_text(screen, save, lambda: None)


def ask_moves(screen: RunnerScreen) -> None:
    """Show the next moves of the visit; those that are off say why, and Enter walks their reasons."""
    moves = screen.runner.moves()
    choices = []
    for move in moves:
        reason = _("; ").join(reason.message for reason in move.reasons[:2])
        if len(move.reasons) > 2:
            reason = _("{count} reasons: Enter lists them").format(count=len(move.reasons))
        choices.append(
            Choice(move.label, move, move.enabled, reason or move.role, move.to_label, off_opens=bool(move.reasons))
        )

    def chosen(choice: Choice) -> None:
        move = choice.value
        assert isinstance(move, MoveView)
        if not move.enabled:
            show_reasons(screen, move.label, move.reasons)
        elif move.required:
            _ask_fields(screen, move)
        else:
            _make(screen, move, {})

    state = _("now: {state}").format(state=state_word(screen.view.state))
    screen.show_overlay(Menu(_("Moves of this visit"), choices, chosen, intro=(state,)))


def _ask_fields(screen: RunnerScreen, move: MoveView) -> None:
    fields = move_fields(move.required, screen.shell.services.desk.codes)

    def save(values: Mapping[str, str]) -> str | None:
        _make(screen, move, values)
        return None

    screen.show_overlay(Sheet(move.label, fields, save, save_label=move.label))


def _make(screen: RunnerScreen, move: MoveView, fields: Mapping[str, str]) -> None:
    result = screen.runner.move(move.event, dict(fields))
    screen.show(screen.runner.view())
    if result.ok:
        screen.say(_("{move}: done.").format(move=move.label), "good")
    if result.reasons:
        show_reasons(screen, move.label if not result.ok else _("Done, with warnings"), result.reasons)


def show_reasons(screen: RunnerScreen, title: str, reasons: tuple[MoveReason, ...]) -> None:
    """List every reason at once; Enter goes to its question."""
    rows: list[tuple[Line, str]] = []

    def build(size: int) -> list[Line]:
        rows.clear()
        for reason in reasons:
            for place, part in enumerate(
                wrap(clean(f"{reason.message}  {(reason.ref or '').rsplit('/', 1)[-1]}"), size - 4)
            ):
                rows.append((line("  " if place else "- ", part), reason.key))
        return [row for row, _key in rows]

    def jump(index: int) -> None:
        if rows[index][1]:
            screen.go_to_item(rows[index][1])

    screen.show_overlay(Reader(title, build, on_enter=jump))


def known_labels(view: RunnerView) -> str:
    """Return subject and checklist of a visit in words."""
    return clean(
        " ".join(
            part for part in (view.subject_name or view.subject, in_language(view.form_title or view.title)) if part
        )
    )
