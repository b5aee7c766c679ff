"""Lines that focus mode, page mode and tables share: row 1, sections, score, an item's answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fieldkit.i18n import _, in_language
from fieldkit.visit.view import ItemKind, ItemStatus, ItemView, RunnerView, ScoreView, SectionView
from fieldkit.widgets.lines import Line, Span, cells, clean, cut, fit, line, sign

__all__ = [
    "answer_text",
    "file_size",
    "item_head",
    "left_heading",
    "number_text",
    "right_heading",
    "score_lines",
    "section_bar",
    "section_lines",
    "section_name",
    "sign_of",
    "style_of_item",
]

_LEAST = 10
"""Cells that subject and checklist keep in row 1."""
_REMARK = re.compile(r"\s*[(\uff08]")
"""Where a remark in brackets begins; a section's name loses it where the column is narrow."""


def number_text(value: float | None) -> str:
    """Return points for people: one decimal, none where it is whole and large."""
    return "-" if value is None else f"{value:.1f}"


def left_heading(view: RunnerView, tail: Sequence[str], room: int) -> str:
    """Return subject, checklist and who works in so many cells.

    What matters least is shortened first: the subject, which the person stands in front of, then the checklist;
    where both are short already, who works goes.
    """
    subject = clean(view.subject_name or view.subject)
    title = clean(in_language(view.form_title or view.title) or view.form_id)
    if room < 2 * _LEAST + 3 + sum(cells(text) + 3 for text in tail):
        tail = ()
    if room < _LEAST + 6:
        return cut(subject, max(room, _LEAST))
    rest = room - sum(cells(text) + 3 for text in tail) - 3
    if rest < cells(subject) + cells(title):
        subject = cut(subject, max(rest - cells(title), min(cells(subject), _LEAST, rest // 2)))
        title = cut(title, rest - cells(subject))
    return " | ".join((subject, title, *tail))


def right_heading(view: RunnerView, *, signs: bool = False) -> str:
    """Return how far the visit is: answered, wrong, to confirm, stars, score.

    Args:
        view: The runner.
        signs: True = what is wrong and what is to confirm with the signs of the sections, for narrow screens.
    """
    progress = view.progress
    parts = [f"{progress.answered}/{progress.total}"]
    if progress.invalid:
        parts.append(f"!{progress.invalid}" if signs else _("{count} wrong").format(count=progress.invalid))
    if progress.carried:
        parts.append(f"={progress.carried}" if signs else _("{count} to confirm").format(count=progress.carried))
    if view.score and view.score.percent is not None:
        if view.score.star is not None:
            parts.append(f"{view.score.star}*")
        parts.append(_("so far {percent} of 100").format(percent=number_text(view.score.percent)))
    return "  ".join(parts)


def section_name(section: SectionView) -> str:
    """Return a section's label, with its number in front where the label does not begin with it."""
    label = clean(section.label)
    return label if not section.number or label.startswith(section.number) else f"{clean(section.number)} {label}"


def _standing(section: SectionView) -> tuple[str, str]:
    if section.wrong:
        return f"{sign('!')}{section.wrong}", "bad"
    if section.carried:
        return f"={section.carried}", "warn"
    if section.total and section.done >= section.total and not section.left:
        return sign("ok"), "good"
    return ".", ""


def section_lines(view: RunnerView, size: int) -> list[Line]:
    """Return the sections with done, left and wrong, the active one marked."""
    rows: list[Line] = [line((_("SECTIONS"), "head"))]
    for section in view.sections:
        if not section.relevant and not section.active:
            continue
        standing, style = _standing(section)
        counts = f"{section.done}/{section.total}"
        room = size - 2 - 6 - 3 - 1
        label = section_name(section)
        if cells(label) > room:
            label = _REMARK.split(label, maxsplit=1)[0] or label
        here = section.active
        rows.append(
            line(
                Span("> " if here else "  ", "key" if here else "", f"section:{section.key}"),
                Span(fit(label, room), "label" if here else "", f"section:{section.key}"),
                Span(fit(counts, 6, "right"), "dim"),
                Span(" " + fit(standing, 3), style),
            )
        )
    return rows


def section_bar(view: RunnerView, size: int) -> Line:
    """Return the sections as one progress line around the active one, for narrow screens and page mode."""
    parts: list[tuple[str, str, str]] = []
    active = 0
    for index, section in enumerate(entry for entry in view.sections if entry.relevant or entry.active):
        standing, style = _standing(section)
        if section.active:
            active = index
            text = f"[{cut(section_name(section), 24)} {section.done}/{section.total}]"
            parts.append((text, "label", f"section:{section.key}"))
        else:
            name = clean(section.number) or cut(clean(section.label), 8)
            parts.append((f"{name} {standing}", style, f"section:{section.key}"))
    first = last = active
    used = cells(parts[active][0]) if parts else 0
    while parts:
        grown = False
        for place, ahead in ((last + 1, True), (first - 1, False)):
            if 0 <= place < len(parts) and used + cells(parts[place][0]) + 2 < size - 4:
                used += cells(parts[place][0]) + 2
                first, last = (first, place) if ahead else (place, last)
                grown = True
        if not grown:
            break
    spans: list[Span] = [Span(" " if first == 0 else " <")]
    for text, style, tag in parts[first : last + 1]:
        spans += [Span(text, style, tag), Span("  ")]
    if parts and last < len(parts) - 1:
        spans.append(Span(">"))
    return tuple(spans)


def score_lines(score: ScoreView | None, view: RunnerView, size: int) -> list[Line]:
    """Return the live score by section, the stars, and what is left and hidden."""
    rows: list[Line] = []
    if score is not None:
        rows.append(line((_("SO FAR"), "head")))
        for section in score.sections:
            if section.max:
                got = f"{number_text(section.got)} / {number_text(section.max)}"
                rows.append(
                    line("  " + fit(clean(section.number or section.label), max(size - 17, 2)), fit(got, 14, "right"))
                )
        total = f"{number_text(score.got)} / {number_text(score.max)}"
        rows.append(line("  " + fit(_("all"), max(size - 17, 2)), (fit(total, 14, "right"), "label")))
        rows.append(line(cut(_stars(score), size)))
    progress = view.progress
    if progress.hidden:
        rows.append(line(cut(_("Hidden by logic {count}").format(count=progress.hidden), size)))
    rows.append(line(cut(_("Required left {count}").format(count=progress.required_left), size)))
    return rows


def _stars(score: ScoreView) -> str:
    if score.star is None:
        return _("Stars: not yet")
    capped = _(" (capped)") if score.capped else ""
    return (
        _("Stars: {star} by {composite}").format(star=f"{score.star}*", composite=number_text(score.composite)) + capped
    )


def sign_of(item: ItemView) -> str:
    """Return the sign of an item: ``.`` empty, ``!`` refused, ``-`` hidden, ``=`` carried over."""
    match item.status:
        case ItemStatus.WRONG:
            return sign("!")
        case ItemStatus.HIDDEN:
            return "-"
        case ItemStatus.CARRIED:
            return "="
        case ItemStatus.EMPTY:
            return "."
        case _:
            return " "


def style_of_item(item: ItemView) -> str:
    """Return the style of an item's answer."""
    return {ItemStatus.WRONG: "bad", ItemStatus.HIDDEN: "off", ItemStatus.CARRIED: "warn", ItemStatus.EMPTY: "dim"}.get(
        item.status, ""
    )


def answer_text(item: ItemView) -> str:
    """Return the answer for people, or what stands where there is none."""
    if item.kind is ItemKind.TABLE:
        return _("table, {done} of {rows} rows done").format(done=item.rows_done, rows=item.rows_count)
    if item.status is ItemStatus.HIDDEN:
        kept = clean(item.stored)
        return _("hidden; kept: {value}").format(value=kept) if kept else _("hidden")
    if item.kind is ItemKind.FILE and item.evidence:
        return _(", ").join(clean(piece.name or piece.text) for piece in item.evidence)
    return clean(item.shown or item.value)


def file_size(size: int) -> str:
    """Return a number of bytes for people."""
    if size < 1000:
        return f"{size} B"
    if size < 1_000_000:
        return f"{size / 1000:.0f} kB"
    return f"{size / 1_000_000:.1f} MB"


def item_head(item: ItemView, view: RunnerView, size: int) -> Line:
    """Return number, name, points, severity and the evidence asked for."""
    section = next((entry for entry in view.sections if entry.active), None)
    place = item.number or (f"{view.index + 1}" if section else "")
    left = "  ".join(part for part in (place, item.name) if part)
    if item.required:
        left += " *"
    parts = []
    if item.points:
        parts.append(_("{points} points").format(points=number_text(item.points.max).removesuffix(".0")))
    severity = item.severity or item.severity_at_worst
    if severity:
        parts.append(severity)
    if item.evidence_codes:
        parts.append(_("evidence {codes}").format(codes=" + ".join(item.evidence_codes.replace(" ", ""))))
    right = "   ".join(parts)
    room = max(size - cells(right) - 1, 4)
    return line((fit(clean(left), room), "head"), " ", (cut(right, size - 4), "dim"))
