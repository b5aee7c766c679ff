"""Focus mode: one question with everything that helps to answer it."""

from __future__ import annotations

from datetime import datetime, tzinfo

from fieldkit.i18n import _, labelled, ngettext
from fieldkit.model.clock import hlc_ms
from fieldkit.screens.runner_lines import (
    answer_text,
    file_size,
    item_head,
    number_text,
    score_lines,
    section_bar,
    section_lines,
)
from fieldkit.screens.runner_state import CHOICES, RunnerState, current_item
from fieldkit.screens.runner_table import table_lines, table_title
from fieldkit.visit.view import ChoiceView, ItemKind, ItemView, RunnerView, TableView
from fieldkit.widgets.lines import Line, Page, Slot, Span, beside, cells, clean, cut, fit, line, sign, wrap

__all__ = ["aside_lines", "focus_page", "item_lines"]

_NARROW, _WIDE = 90, 140
_SIDE = 30
_BROAD, _BROAD_SIDE = 170, 46
"""Columns from which the sections have room for longer names, and the cells that they take then."""
_THIRD = 56


def focus_page(view: RunnerView, state: RunnerState, size: int, height: int) -> Page:
    """Return focus mode for this size: with sections at the side from 90 columns, a third pane from 140."""
    if isinstance(view.current, TableView) and (view.cell or state.on_add or state.on_row):
        page = table_lines(view, view.current, state, size, height - 1)
        slot = page.field
        return Page((section_bar(view, size), *page.lines), Slot(slot.x, slot.y + 1, slot.width) if slot else None)
    if size < _NARROW:
        rows, slot = item_lines(view, state, size - 2, height - 2, aside=True)
        body = [(Span(" "), *row) for row in rows]
        moved = Slot(slot.x + 1, slot.y + 2, slot.width, slot.height) if slot else None
        return Page((section_bar(view, size), (), *body), moved)
    wide = _BROAD_SIDE if size >= _BROAD else _SIDE
    side = [*section_lines(view, wide - 1), (), *score_lines(view.score, view, _SIDE - 1)]
    if len(side) > height:
        side = side[:height]
    third = size >= _WIDE
    main = size - wide - 4 - (_THIRD + 3 if third else 0)
    rows, slot = item_lines(view, state, main, height, aside=not third)
    if third:
        item = current_item(view)
        rows = beside(rows, aside_lines(item, _THIRD - 1) if item else [], main, " | ")
    block = beside(side, [*rows, *([()] * (height - len(rows)))], wide, " | ")
    moved = Slot(slot.x + wide + 4, slot.y, slot.width, slot.height) if slot else None
    return Page(tuple((Span(" "), *row) for row in block), moved)


def item_lines(
    view: RunnerView, state: RunnerState, size: int, height: int, *, aside: bool
) -> tuple[list[Line], Slot | None]:
    """Return the current question, its answer and what stands beside it, and where its field lies.

    Args:
        view: The runner.
        state: Cursors of the screen.
        size: Cells of a row.
        height: Rows there are.
        aside: True = anchor, last round and evidence stand below; False = they have a pane of their own.
    """
    item = current_item(view)
    if isinstance(view.current, TableView) and item is None:
        return _closed_table(view.current, view, size), None
    if item is None:
        return [(), line(_("This checklist has no questions."))], None
    rows: list[Line] = [item_head(item, view, size), ()]
    if item.group:
        rows.append(line((cut(clean(item.group), size), "dim")))
    below = [*aside_lines(item, size), ()] if aside else []
    tail = _tail(view, item, size, state.zone)
    other = len(rows) + len(tail) + min(len(below), height // 3) + _answer_height(item)
    most = max(height // 3, height - other - 2, 3)
    label = wrap(clean(item.label, lines=True), size)
    if len(label) > most:
        label = [*label[: most - 1], cut(label[most - 1] + " ..", size)]
    rows.extend(line((text, "label")) for text in label)
    rows.append(())
    room = max(height - len(rows) - len(tail) - min(len(below), max(height // 3, 4)), 5)
    answers, slot = _answer_lines(item, state, size, room)
    if slot:
        slot = Slot(slot.x, slot.y + len(rows), slot.width, slot.height)
    rows += [*answers, ()]
    left = max(height - len(rows) - len(tail), 0)
    return [*rows, *below[:left], *tail][:height], slot


def _answer_height(item: ItemView) -> int:
    """Return the rows that the answer of an item wants, so that a long text leaves them free."""
    if item.kind in CHOICES:
        return min(item.choices_count, 10)
    return 0 if item.kind is ItemKind.NOTE else 6 if item.kind is ItemKind.MULTILINE else 1


def _closed_table(table: TableView, view: RunnerView, size: int) -> list[Line]:
    count = len(table.rows)
    rows: list[Line] = [line((cut(table_title(view, table), size), "label")), ()]
    rows.append(line(ngettext("A table with {count} row.", "A table with {count} rows.", count).format(count=count)))
    rows.append(line((_("Enter opens it"), "key")) if count or table.can_add else line((_("It has no rows."), "dim")))
    return [*rows, (), *_tail(view, None, size, None)]


def _answer_lines(item: ItemView, state: RunnerState, size: int, room: int) -> tuple[list[Line], Slot | None]:
    if item.kind is ItemKind.ACKNOWLEDGE:
        mark = "x" if item.value else " "
        return [line((f"> 1  [{mark}] ", "cursor"), (_("seen and understood"), "cursor"))], None
    if item.kind in CHOICES:
        return _choice_lines(item, state, size, room), None
    if item.kind in {ItemKind.NOTE, ItemKind.CALCULATED}:
        text = answer_text(item)
        return [line(("= ", "dim"), (cut(text, size - 2), "label"))] if text else [], None
    if state.editing == item.key:
        tall = max(min(6, room - 1), 1) if item.kind is ItemKind.MULTILINE else 1
        slot = Slot(2, 0, max(size - 4, 8) if item.kind in {ItemKind.TEXT, ItemKind.MULTILINE} else 30, tall)
        return [line("  ", (" " * slot.width, "field")) for _row in range(tall)], slot
    text = state.drafts.get(item.key) or answer_text(item)
    style = "bad" if item.violation and item.value else "chosen"
    rows = [line(("> ", "cursor"), (part, style)) for part in wrap(text, size - 2)[: max(room - 1, 1)]] if text else []
    return rows or [line(("> ", "cursor"), (cut(_how(item), size - 2), "dim"))], None


def _how(item: ItemView) -> str:
    if not item.can_edit:
        return _("(no answer possible here; F6 says why)")
    match item.kind:
        case ItemKind.INTEGER:
            return _("type a whole number")
        case ItemKind.RANGE if item.range_start and item.range_end:
            text = _("type a number from {start} to {end}").format(start=item.range_start, end=item.range_end)
            return text + (_(", step {step}").format(step=item.range_step) if item.range_step else "")
        case ItemKind.DECIMAL | ItemKind.RANGE:
            return _("type a number")
        case ItemKind.DATE:
            return _("type a date: 22, 1122, 20261122, 0 today, +3 -7 days")
        case ItemKind.TIME:
            return _("type a time: 0930")
        case ItemKind.DATETIME:
            return _("type date and time: 1122 0930")
        case ItemKind.FILE:
            return _("F3 takes a file")
        case ItemKind.GEOPOINT | ItemKind.GEOTRACE | ItemKind.GEOSHAPE:
            return _("Enter, then latitude and longitude")
        case _:
            return _("Enter opens the text")


def _choice_lines(item: ItemView, state: RunnerState, size: int, room: int) -> list[Line]:
    choices = item.choices
    if not choices:
        return [line((cut(_("The list is empty now; F6 says why."), size), "dim"))]
    at = min(state.choice, len(choices) - 1)
    start = 0 if len(choices) <= room else max(min(at - room // 2, len(choices) - room), 0)
    shown = choices[start : start + room]
    rows = [_choice_line(item, choice, start + place == at, size) for place, choice in enumerate(shown)]
    if len(choices) > len(shown):
        count = _("{count} choices: number and Enter, or / finds").format(count=len(choices))
        rows[-1] = line(("     " + count, "dim"))
    if state.typed:
        rows.append(line((_("number {typed}_ Enter").format(typed=state.typed), "warn")))
    return rows


def _choice_line(item: ItemView, choice: ChoiceView, here: bool, size: int) -> Line:
    several = item.kind is not ItemKind.SELECT_ONE
    if item.kind is ItemKind.RANK:
        order = item.value.split().index(choice.value) + 1 if choice.value in item.value.split() else 0
        box = f"({order}) " if order else "( ) "
    else:
        box = sign("[x]" if choice.selected else "[ ]") + " " if several else ""
    number = "." if choice.is_na else str(choice.number % 10 if len(item.choices) <= 10 else choice.number)
    style = "cursor" if here else "chosen" if choice.selected else ""
    note = clean(choice.note)
    if choice.points is not None and item.points and choice.selected:
        note = _("{got} of {max} points").format(
            got=number_text(choice.points), max=number_text(item.points.max).removesuffix(".0")
        )
    mark = "*" if choice.selected and not several else " "
    head = f"{'>' if here else ' '} {fit(number, 3, 'right')}{mark} {box}"
    room = max(size - cells(head) - (cells(note) + 3 if note else 0), 6)
    tag = f"choice:{choice.value}"
    return line(
        Span(head, "cursor" if here else "key", tag),
        Span(fit(clean(choice.label), room), style, tag),
        Span("   " + note if note else "", style or "dim"),
    )


def aside_lines(item: ItemView, size: int) -> list[Line]:
    """Return anchor, last round, evidence, note and findings of a question."""
    wide = 12
    rows: list[Line] = []

    def entry(name: str, text: str, style: str = "", most: int = 4) -> None:
        for index, part in enumerate(wrap(text, size - wide)[:most]):
            rows.append(line((fit(name if not index else "", wide), "dim"), (part, style)))

    if item.hint:
        entry(_("Anchor"), clean(item.hint, lines=True))
    if item.guidance:
        entry(_("Guidance"), clean(item.guidance, lines=True))
    if item.last:
        trend = {"worse": _("WORSE"), "better": _("BETTER"), "same": _("the same")}.get(item.last.trend, "")
        text = f"{clean(item.last.shown)}   ({item.last.date}, {item.last.visit})   {_('= takes it over')}"
        entry(_("Last round"), f"{text}   {trend}".rstrip(), "warn" if item.last.trend == "worse" else "")
    if item.evidence:
        shown = "   ".join(
            _("{text}, seen, not copied").format(text=f"{piece.code} {clean(piece.text)}") if piece.seen
            else f"{piece.code} {clean(piece.name)} {file_size(piece.bytes)}"
            for piece in item.evidence
        )  # fmt: skip
        entry(_("Evidence"), shown)
    if item.remark:
        entry(_("Note"), f'"{clean(item.remark)}"')
    for finding in item.findings:
        entry(
            _("Finding"),
            labelled(f"{finding.number} {finding.severity} {finding.state_label}", clean(finding.statement)),
            most=2,
        )
    if item.conflict:
        entry(_("Conflict"), _("{count} different answers; gy shows them").format(count=len(item.conflict)), "bad")
    return rows


def _moment(stamp: str, zone: tzinfo | None) -> str:
    """Return the local time of a stamp ``ms.counter``."""
    return f"{datetime.fromtimestamp(hlc_ms(stamp) / 1000).astimezone(zone):%Y-%m-%d %H:%M:%S}" if stamp else "-"


def _tail(view: RunnerView, item: ItemView | None, size: int, zone: tzinfo | None) -> list[Line]:
    rows: list[Line] = []
    if item and item.violation and (item.violation.condition != "required" or item.value):
        rows.extend(line(("! " + text, "bad")) for text in wrap(clean(item.violation.message), size - 2)[:3])
    elif item and item.carried:
        rows.append(line((cut(_("carried over from the last round: Enter confirms it"), size), "warn")))
    if item and item.changed:
        who, _sign, when = item.changed.partition(" ")
        given = item.value or item.stored
        told = _("Answered {at} by {who}    F8 takes it back") if given else _("Emptied {at} by {who}")
        text = told.format(at=_moment(when, zone), who=who.partition("/")[0])
        rows.append(line((cut(text, size), "dim")))
    if view.locked:
        rows.append(line((cut(clean(view.locked), size), "warn")))
    if view.next_label.strip():
        rows.append(line((cut(clean(_("Next: {label}").format(label=view.next_label)), size), "dim")))
    return rows
