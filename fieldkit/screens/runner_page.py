"""Page mode: a section is a page, one row for each question; only the rows that are seen are built."""

from __future__ import annotations

from collections.abc import Sequence

from fieldkit.i18n import _
from fieldkit.screens.runner_focus import focus_page
from fieldkit.screens.runner_lines import answer_text, number_text, section_bar, section_name, sign_of, style_of_item
from fieldkit.screens.runner_state import CHOICES, RunnerState
from fieldkit.visit.view import ItemKind, ItemView, RunnerView, TableView
from fieldkit.widgets.lines import Line, Page, Slot, Span, cells, clean, cut, fit, line, wrap

__all__ = ["page_page", "visible_indexes"]


def visible_indexes(view: RunnerView, state: RunnerState) -> Sequence[int]:
    """Return which items of the section are listed: all, or those that changed against the last round."""
    if not state.only_changed:
        return range(len(view.items))
    return [
        index
        for index in range(len(view.items))
        if (item := view.items[index]).last is not None and item.last.value != item.value
    ]


def page_page(view: RunnerView, state: RunnerState, size: int, height: int) -> Page:
    """Return page mode; an open table takes the whole page."""
    if isinstance(view.current, TableView) and (view.cell or state.on_add or state.on_row):
        return focus_page(view, state, size, height)
    section = next((entry for entry in view.sections if entry.active), None)
    title = section_name(section) if section else ""
    widths = _widths(size)
    heads = [fit(_("answer"), widths[1])]
    if widths[2]:
        heads += [fit(_("points"), widths[2], "right"), "  " + fit(_("last round"), widths[3])]
    rows: list[Line] = [section_bar(view, size), ()]
    rows.append(line("   ", (fit(title, widths[0]), "label"), (" ".join(heads), "dim")))
    foot = _foot(view, state, size)
    indexes = visible_indexes(view, state)
    room = max(height - len(rows) - len(foot) - 1, 3)
    _scroll(view, state, indexes, room)
    slot: Slot | None = None
    for place in range(state.top, min(state.top + room, len(indexes))):
        item = view.items[indexes[place]]
        if state.editing and item.key == state.editing:
            slot = Slot(3 + widths[0], len(rows), max(widths[1], 20))
        rows.append(_item_line(item, view, state, widths))
    if not indexes:
        rows.append(line(("   " + _("Nothing changed against the last round. d shows all."), "dim")))
    more = len(indexes) - state.top - room
    rows.append(line(("   " + _("{count} more below").format(count=more), "dim")) if more > 0 else ())
    return Page(tuple([*rows, *foot][:height]), slot)


def _scroll(view: RunnerView, state: RunnerState, indexes: Sequence[int], room: int) -> None:
    if isinstance(indexes, range):
        at = view.index
    else:
        at = next((place for place, index in enumerate(indexes) if index >= view.index), 0)
    if at < state.top:
        state.top = at
    elif at >= state.top + room:
        state.top = at - room + 1
    state.top = max(min(state.top, max(len(indexes) - room, 0)), 0)


def _widths(size: int) -> tuple[int, int, int, int]:
    """Return the cells of label, answer, points and last round; narrow screens lose the last two."""
    if size < 90:
        return size - 3 - 30, 28, 0, 0
    last = 16 if size < 140 else 28
    answer = 26 if size < 140 else 44
    return size - 3 - answer - 8 - last - 8, answer, 8, last


def _item_line(item: ItemView, view: RunnerView, state: RunnerState, widths: tuple[int, int, int, int]) -> Line:
    here = item.key == view.position or (isinstance(view.current, TableView) and item.key == view.current.key)
    number = f"{item.number} " if item.number else ""
    label = clean(f"{'  ' * item.depth}{number}{item.label or item.name}")
    flags = ("f" if item.findings else "") + ("t" if item.remark else "")
    flags += "".join(dict.fromkeys(piece.code for piece in item.evidence))
    sign = sign_of(item)
    style = "off" if sign == "-" else ""
    room = widths[0] - cells(flags) - 3
    spans = [
        Span(" > " if here else "   ", "key" if here else "", f"item:{item.key}"),
        Span(fit(label, room), "label" if here else style, f"item:{item.key}"),
        Span(f" {flags}{' ' if flags else ''}", "warn"),
        Span(f"{sign} ", style_of_item(item)),
    ]
    used = sum(cells(span.text) for span in spans) - 3
    if used < widths[0]:
        spans.append(Span(" " * (widths[0] - used)))
    answer = state.drafts.get(item.key) or answer_text(item)
    if here and item.kind in CHOICES and item.choices and len(item.choices) <= 10 and not view.locked:
        spans.append(Span(_choices(item, state, widths[1] + (widths[2] + widths[3] + 6 if widths[2] else 0))))
        return tuple(spans)
    if item.kind in {ItemKind.NOTE, ItemKind.CALCULATED} and answer:
        answer = f"= {answer}"
    spans.append(Span(fit(answer, widths[1]), style_of_item(item)))
    if widths[2]:
        got = number_text(item.points.got) if item.points and item.points.got is not None else ""
        spans.append(Span(" " + fit(got, widths[2], "right")))
        last = f"{clean(item.last.shown)} {_trend(item)}" if item.last else ""
        spans.append(Span("   " + fit(last, widths[3]), "warn" if item.last and item.last.trend == "worse" else "dim"))
    return tuple(spans)


def _choices(item: ItemView, state: RunnerState, size: int) -> str:
    parts = []
    for index, choice in enumerate(item.choices):
        number = "." if choice.is_na else str(choice.number % 10)
        mark = "*" if choice.selected else ""
        text = f"{number} {cut(clean(choice.label), 14)}{mark}"
        parts.append(f"[{text}]" if index == state.choice else f" {text} ")
    return cut("".join(parts), size)


def _trend(item: ItemView) -> str:
    return {"worse": "v", "better": "^"}.get(item.last.trend if item.last else "", "")


def _foot(view: RunnerView, state: RunnerState, size: int) -> list[Line]:
    item = view.current if isinstance(view.current, ItemView) else None
    rows: list[Line] = []
    if item:
        if item.violation and item.violation.condition != "required":
            rows.append(line((" ! " + cut(clean(item.violation.message), size - 4), "bad")))
        elif item.hint:
            rows.append(line((" " + cut(_("Anchor: {text}").format(text=clean(item.hint)), size - 2), "dim")))
    if state.typed:
        rows.append(line((" " + _("number {typed}_ Enter").format(typed=state.typed), "warn")))
    legend = _("f finding  t note  D I evidence  . empty  ! refused  - hidden  v / ^ lower / higher than last round")
    rows.extend(line((" " + part, "dim")) for part in wrap(legend, size - 2))
    return rows
