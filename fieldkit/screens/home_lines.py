"""The lines of the home screen: what to resume, what needs me, what was done last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fieldkit.i18n import _, in_language, labelled, ngettext
from fieldkit.widgets.lines import Line, Span, beside, cells, clean, cut, fit, line, wrap

if TYPE_CHECKING:
    from fieldkit.services.home_view import HomeView
    from fieldkit.services.lines import VisitLine

__all__ = ["Entry", "entries", "home_lines", "visit_rows", "waiting_lines", "what_became"]

Entry = tuple[str, str]
"""What a numbered row opens: ``visit`` and an id, or the name of a screen and a target."""

_WIDE = 70
"""Cells of a row from which the state of a visit is shown whole."""
_SCREEN_OF_NEED = {
    "returned": "visit",
    "conflicts": "conflict",
    "notes": "notes",
    "drafts": "findings",
    "outbox": "sync",
    "quarantine": "sync",
}


def entries(view: HomeView) -> list[Entry]:
    """Return what the numbers 1 to 9 and 0 open: visits first, then what needs me."""
    out: list[Entry] = [("visit", visit.id) for visit in view.resume[:6]]
    for need in view.needs:
        place = _SCREEN_OF_NEED.get(need.kind, "home")
        out.append((place if need.target or place != "visit" else "subjects", need.target))
    return out[:10]


def _columns(visit: VisitLine) -> tuple[str, str, str, str]:
    """Return subject, checklists in words, how far, and what is wrong."""
    done = f"{visit.answered}/{visit.total}" if visit.total is not None else "."
    mark = f"{visit.invalid} !" if visit.invalid else "" if visit.state == "open" else clean(visit.state_label)
    titles = (in_language(title) or form for title, form in zip(visit.titles, visit.forms, strict=True))
    return clean(visit.subject_name or visit.subject), clean(_("; ").join(titles)), done, mark


def _is_cut(visits: Sequence[VisitLine], size: int) -> bool:
    """Tell whether a name or a state of the open visits has no room in rows of this size."""
    table = [_columns(visit) for visit in visits]
    return sum(max((cells(row[place]) for row in table), default=0) for place in range(4)) + 4 > size


def visit_rows(visits: Sequence[VisitLine], size: int) -> list[str]:
    """Return open visits in one row each, columns below each other: subject, checklist, how far, what is wrong.

    Subject and checklist share what the figures leave; where it is not enough for both, the subject gets the larger
    part, and what one of them does not need goes to the other.
    """
    table = [_columns(visit) for visit in visits]
    name, title, done, mark = ([cells(row[place]) for row in table] for place in range(4))
    tail = max(mark, default=0) if size >= _WIDE else min(max(mark, default=0), 8)
    room = max(size - max(done, default=0) - tail - 4, 20)
    left = min(max(name, default=0), max(room * 3 // 5, room - max(title, default=0)))
    right = min(max(title, default=0), room - left)
    return [
        f"{fit(row[0], left)} {fit(row[1], right)} {fit(row[2], max(done), 'right')}  {fit(row[3], tail)}"
        for row in table
    ]


def _numbered(index: int, at: int, text: str, size: int) -> Line:
    here = index == at
    number = str((index + 1) % 10)
    return line(
        Span(f" {'>' if here else ' '} ", "cursor" if here else ""),
        Span(f"{number}  ", "cursor" if here else "key", f"open:{index}"),
        Span(fit(text, size - 6), "cursor" if here else "", f"open:{index}"),
    )


def _resume(view: HomeView, at: int, size: int) -> list[Line]:
    rows: list[Line] = [line((f" {_('RESUME')}", "head"))]
    for index, text in enumerate(visit_rows(view.resume[:6], size - 7)):
        rows.append(_numbered(index, at, text, size))
    if not view.resume:
        rows.extend(line((f"   {text}", "dim")) for text in wrap(_("No visit is open. a starts one."), size - 4))
    return [*rows, ()]


def what_became(label: str, state: str, size: int) -> str:
    """Return a visit with its state; where there is no room for both, the name is cut."""
    behind = labelled("", state) if state else ""
    return cut(cut(label, max(size - cells(behind), 8)) + behind, size)


def _last_done(view: HomeView, size: int) -> list[Line]:
    rows: list[Line] = [line((f" {_('LAST DONE')}", "head"))]
    for done in view.last_done[:8]:
        # Another day's work is told by its date: a time alone would read as today's.
        when = done.at[11:16] if done.at[:10] == view.today.date().isoformat() else done.at[5:10]
        rows.append(line((f"   {when}  ", "dim"), what_became(clean(done.label), clean(done.new), size - 11)))
    if not view.last_done:
        rows.append(line((f"   {_('Nothing yet.')}", "dim")))
    return rows


def _needs(view: HomeView, at: int, size: int) -> list[Line]:
    first = len(view.resume[:6])
    rows: list[Line] = [line((_("NEEDS YOU"), "head"))]
    for place, need in enumerate(view.needs[: 10 - first]):
        rows.append(_numbered(first + place, at, clean(f"{need.count} {need.text}"), size - 1))
    if not view.needs:
        rows.append(line(("  " + cut(_("Nothing waits for you."), size - 2), "dim")))
    rows += [(), line((_("BURDEN (last 7 days)"), "head"))]
    for burden in view.burden[:4]:
        over = burden.visits >= burden.limit
        text = _("{count} of {limit}").format(count=burden.visits, limit=burden.limit)
        rows.append(
            line(
                "  " + fit(clean(burden.name), max(size - 14, 8)),
                (f" {text}{' !' if over else ''}", "warn" if over else ""),
            )
        )
    if not view.burden:
        none = _("No subject is at its limit of visits.")
        rows.extend(line(("  " + part, "dim")) for part in wrap(none, size - 2))
    rows += [(), line((_("SAFE KEEPING"), "head"))]
    backup = (
        _("last backup {at}").format(at=view.last_backup[:16].replace("T", " "))
        if view.last_backup
        else _("no backup yet")
    )
    waiting = ngettext("{count} record not yet acknowledged", "{count} records not yet acknowledged", view.outbox)
    for text in (backup, waiting.format(count=view.outbox)):
        rows.extend(line("  " + part) for part in wrap(text, size - 2))
    return [*rows, ()]


def _register(view: HomeView, size: int) -> list[Line]:
    rows: list[Line] = [line((_("REGISTER"), "head"))]
    counts = _("{subjects} subjects, {visits} visits, {findings} findings").format(
        subjects=view.subjects, visits=view.visits, findings=view.findings
    )
    rows.extend(line("  " + part) for part in wrap(counts, size - 2))
    if view.first_subject:
        rows.append(line("  " + cut(clean(_("first: {name}").format(name=view.first_subject)), size - 2)))
    return rows


def waiting_lines(size: int) -> list[Line]:
    """Return the lines before the workspace is open."""
    return [(), line(("  " + cut(_("Opening the workspace."), size - 4), "dim"))]


def _stacked(view: HomeView, at: int, size: int) -> list[Line]:
    """Return the open visits over the whole width, so that long names are not cut, and the rest beneath them."""
    left_size = size - 44 if size >= 100 else size // 2 - 2
    left = [
        *_last_done(view, left_size),
        (),
        *((Span(" "), *row) for row in _register(view, left_size - 1)),
    ]
    return [*_resume(view, at, size), *beside(left, _needs(view, at, size - left_size - 3), left_size, "   ")]


def home_lines(view: HomeView, at: int, size: int, height: int) -> list[Line]:
    """Return the home screen.

    Args:
        view: The day at a glance.
        at: Numbered row with the cursor.
        size: Cells of a row.
        height: Rows there are.
    """
    rows: list[Line] = []
    if view.read_only:
        rows.append(
            line(
                (
                    " "
                    + cut(_("Read only: {holder} works in this workspace.").format(holder=view.read_only), size - 2),
                    "warn",
                )
            )
        )
    if view.is_empty:
        rows += [(), line((" " + _("This workspace is empty."), "label"))]
        texts = (
            _("Subjects (places and bodies to visit) come from a list: gs, then a; or fieldkit subject import."),
            _("Checklists are ready: ten of them ship with Fieldkit."),
            _("To look around first, leave with Ctrl+Q and type: fieldkit demo"),
        )
        for text in texts:
            rows.extend(line("   " + row) for row in wrap(text, size - 6))
        return rows[:height]
    left_size = size - 44 if size >= 100 else size * 3 // 5
    if _is_cut(view.resume[:6], left_size - 7):
        rows += _stacked(view, at, size)
    else:
        left = [*_resume(view, at, left_size), *_last_done(view, left_size)]
        right_size = size - left_size - 3
        rows += beside(left, [*_needs(view, at, right_size), *_register(view, right_size)], left_size, "   ")
    if height > len(rows) + 2 and height >= 25:
        tip = _("Tip: Ctrl+P and part of anything: a place (by pinyin initials too), a number, an action.")
        rows += [(), *(line((" " + text, "dim")) for text in wrap(tip, size - 2))]
    return rows[:height]
