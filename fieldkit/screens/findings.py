"""Findings: triage thousands by facets, text and pinyin; move many at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from fieldkit.i18n import N_, _
from fieldkit.keys import Stroke
from fieldkit.screens.base import FieldScreen
from fieldkit.screens.finding_moves import move_findings
from fieldkit.widgets.frame import Hint, hints_of
from fieldkit.widgets.lines import Line, Page, Slot, Span, beside, cells, clean, cut, fit, line, wrap
from fieldkit.widgets.overlays import Choice, Menu, Reader

if TYPE_CHECKING:
    from fieldkit.services.finding_list import FindingPages
    from fieldkit.services.finding_view import FacetValue, FacetView, FindingRow
    from fieldkit.visit.outcome import MoveView

__all__ = ["FindingsScreen", "facet_rows", "finding_row"]

_FACETS = 24
_WIDE_FACETS = 36
"""Cells of the facets, from 160 columns on."""
_AT_ONCE = 3000
"""Findings up to which a list is counted before it is shown; above, it is counted beside the screen."""
_SORTS = {
    "severity": N_("severity"),
    "due": N_("due date"),
    "created": N_("newest"),
    "subject": N_("subject"),
    "state": N_("state"),
}
"""Orders of the key s, with their words."""


def _state_cells(size: int) -> int:
    """Return the cells of the state in a list of so many cells."""
    return 22 if size >= 110 else 14 if size >= 92 else 10


def _subject_cells(size: int) -> int:
    return 18 if size < 110 else 26 if size < 150 else 36


def finding_row(row: FindingRow, *, here: bool, selected: bool, size: int) -> Line:
    """Return a finding as one row; narrow screens lose due date and category."""
    style = "cursor" if here else ""
    mark = "x" if selected else " "
    due = row.due[:10] if row.due else "-"
    late = " !" if row.overdue_days and row.overdue_days > 0 else ""
    head = (
        f" {'>' if here else ' '}{mark} {fit(row.number, 10)} {fit(row.severity, 3)} "
        f"{fit(clean(row.state_label), _state_cells(size))} "
    )
    middle = f"{fit(due + late, 12)} " if size >= 80 else ""
    subject = f"{fit(clean(row.subject_name), _subject_cells(size))} "
    room = max(size - cells(head) - cells(middle) - cells(subject), 6)
    tag = f"finding:{row.id}"
    return line(
        Span(head, style or ("bad" if row.severity == "S1" else ""), tag),
        Span(middle, style or ("bad" if late else "dim"), tag),
        Span(subject, style, tag),
        Span(fit(clean(row.statement), room), style, tag),
    )


def facet_rows(facets: Sequence[FacetView]) -> list[tuple[str, FacetValue | None]]:
    """Return titles and values of the facets in one list; a title has no value."""
    out: list[tuple[str, FacetValue | None]] = []
    for facet in facets:
        if not facet.values:
            continue
        out.append((facet.label, None))
        out.extend((value.label, value) for value in facet.values)
    return out


class FindingsScreen(FieldScreen):
    """The list of findings with facets."""

    NAME = "findings"
    USES = ("toggle", "find", "sort", "moves", "standout", "copy", "export", "empty", "wrong")
    VIEWS: ClassVar[tuple[str, ...]] = ("", "state:draft", "severity:S1", "severity:S2", "state:confirmed")
    """Queries of the digits 1 to 5."""

    def __init__(self, query: str = "") -> None:
        super().__init__()
        self.pages: FindingPages | None = None
        self.sought = query
        self.text = ""
        self.sort = "severity"
        self.searching = False
        self.selected: dict[str, int] = {}
        """Ids of findings, each with its number on this device."""
        self.in_facets = False
        self.facet_at = 0
        self.at = 0
        self.top = 0
        self.repeats_only = False
        self._page = 10

    def load(self) -> None:
        """Fetch the findings that match."""
        pages = self.pages = self.shell.services.findings.pages(self.sought, self.text, self.sort)
        self._aim(self.at)
        if pages.total <= _AT_ONCE:
            pages.count()
        else:
            self.shell.job(pages.count, self._counted)
        self._aim(self.at)

    def _counted(self, _pages: object) -> None:
        """Take over what was counted beside the screen; the screen draws itself anew after it."""
        self._aim(self.at)

    def _aim(self, at: int) -> None:
        self.at = min(max(at, 0), max(len(self.pages or ()) - 1, 0))

    def current(self) -> FindingRow | None:
        """Return the finding under the cursor."""
        rows = self.pages.rows(self.at, 1) if self.pages else ()
        return rows[0] if rows else None

    def heading(self) -> tuple[str, str]:
        """Return how many of how many, and the order."""
        if self.pages is None:
            return _("Findings"), ""
        shown: object = len(self.pages)
        if self.pages.is_partial:
            shown = _("counting...")
        right = _("{shown} of {total} | by {sort}").format(
            shown=shown, total=self.pages.total, sort=_(_SORTS[self.sort])
        )
        return f"{_('Findings')} | {self.shell.who()}", right

    def content(self, size: int, height: int) -> Page:
        """Return the facets, the search line and the list."""
        if self.pages is None:
            return Page(())
        wide = size >= 90
        left = self._facet_cells(size) if wide else 0
        main = size - left - (3 if left else 0)
        label = f" {_('Find:')} "
        shown = " ".join(part for part in (self.sought, self.text) if part)
        head: list[Line] = [line((label, "key"), ("" if self.searching else clean(shown), "label"))]
        slot = (
            Slot((left + 3 if left else 0) + cells(label), 0, max(main - cells(label) - 2, 10))
            if self.searching
            else None
        )
        head.append(
            line(
                (
                    f"    {fit('ID', 10)} {fit(_('sev'), 3)} {fit(_('state'), _state_cells(main))} "
                    + (f"{fit(_('due'), 12)} " if main >= 80 else "")
                    + _("subject, statement"),
                    "head",
                )
            )
        )
        foot = self._foot(main)
        room = max(height - len(head) - len(foot), 3)
        self._page = room
        self.top = min(max(self.top, self.at - room + 1), self.at)
        rows = [
            finding_row(row, here=index == self.at and not self.in_facets, selected=row.id in self.selected, size=main)
            for index, row in enumerate(self.pages.rows(self.top, room), self.top)
        ]
        if not rows:
            rows = [line((" " + part, "dim")) for part in wrap(self._why_none(bool(shown)), main - 2)]
        body = [*head, *rows]
        body += [()] * (height - len(body) - len(foot))
        body += foot
        if not left:
            return Page(tuple(body), slot)
        return Page(tuple(beside(self._facet_lines(height, left), body, left)), slot)

    def _why_none(self, is_filtered: bool) -> str:
        if self.pages is not None and self.pages.is_partial:
            return _("Searching all findings...")
        if is_filtered:
            return _("No finding matches; Esc shows all.")
        return _("No finding yet: F4 on an item of a visit raises one.")

    @staticmethod
    def _facet_cells(size: int) -> int:
        return _WIDE_FACETS if size >= 160 else _FACETS

    def _facet_lines(self, height: int, wide: int) -> list[Line]:
        assert self.pages is not None
        if not self.pages.is_counted:
            return [line((cut(f" {_('counting...')}", wide), "dim"))]
        entries = facet_rows(self.pages.facets)
        values = [index for index, (_label, value) in enumerate(entries) if value is not None]
        at = values[min(self.facet_at, len(values) - 1)] if values else -1
        top = max(min(at - height // 2, len(entries) - height + 1), 0)
        rows: list[Line] = []
        for index, (label, value) in enumerate(entries[top : top + height], top):
            if value is None:
                rows.append(line((cut(f" {label}", wide), "head")))
                continue
            here = self.in_facets and index == at
            head = f" {'>' if here else ' '}[{'x' if value.active else ' '}] "
            count = str(value.count)
            room = max(len(count), 4)
            text = f"{head}{fit(clean(label), wide - 7 - room)}{fit(count, room, 'right')}"
            rows.append(line(Span(text, "cursor" if here else "", f"facet:{value.term}")))
        return rows

    def _foot(self, size: int) -> list[Line]:
        assert self.pages is not None
        rows: list[Line] = []
        if self.pages.problem:
            rows.append(line((" " + cut(clean(self.pages.problem), size - 2), "bad")))
        hidden = sum(not self.pages.holds(place) for place in self.selected.values())
        text = _("{count} selected").format(count=len(self.selected))
        if hidden:
            text += _(", {hidden} not shown").format(hidden=hidden)
        text += "   " + _("Space selects, m moves; views: 1 all, 2 drafts, 3 S1, 4 S2, 5 confirmed")
        rows.append(line((" " + cut(text, size - 2), "warn" if self.selected else "dim")))
        return rows

    def hints(self) -> list[Hint]:
        """Return the hints of the list."""
        fkeys = self.shell.fkeys
        out = [
            Hint("Enter", _("open")),
            *hints_of(["find"], fkeys=fkeys),
            Hint("Tab", _("facets")),
            Hint("Space", _("select")),
        ]
        return [*out, *hints_of(["moves", "sort", "actions", "help"], fkeys=fkeys)]

    def help_text(self) -> str:
        """Say how findings are filtered."""
        return _(
            "/ filters: words, pinyin, state:draft severity:S1 category:C due<=2026-12-31 -term.\n"
            "Tab goes to the facets; Space selects; m moves all that are selected; a filter never drops a selection."
        )

    def note_target(self) -> tuple[str, str, str]:
        """A quick note is about the subject of the finding under the cursor."""
        row = self.current()
        return (row.subject, row.visit, row.subject_name) if row else ("", "", "")

    # -- keys

    def take(self, press: Stroke) -> bool:
        """Move, select, filter, open."""
        assert self.pages is not None
        count = len(self.pages)
        steps = {
            "up": -1,
            "k": -1,
            "down": 1,
            "j": 1,
            "pageup": -self._page,
            "pagedown": self._page,
            "home": -count,
            "end": count,
        }
        if press.name in {"tab", "shift+tab", "left", "right"} and self.size.width >= 90:
            self.in_facets = not self.in_facets
        elif self.in_facets and press.name in {*steps, "space", "enter"}:
            self._take_facet(press.name)
        elif press.name in steps:
            self._aim(self.at + steps[press.name])
        elif press.name == "space":
            self.do_toggle()
        elif press.name == "enter":
            row = self.current()
            if row:
                self.shell.go("finding", finding=row.id)
        elif press.digit and int(press.digit) in range(1, len(self.VIEWS) + 1):
            self.sought, self.text = self.VIEWS[int(press.digit) - 1], ""
            self.load()
        elif press.name == "escape" and (self.sought or self.text or self.in_facets):
            self.in_facets, self.sought, self.text = False, "", ""
            self.load()
        else:
            return False
        return True

    def _take_facet(self, name: str) -> None:
        assert self.pages is not None
        values = [value for _label, value in facet_rows(self.pages.facets) if value is not None]
        if name in {"space", "enter"} and values:
            self._toggle_term(values[min(self.facet_at, len(values) - 1)].term)
        else:
            step = {"up": -1, "k": -1, "pageup": -8, "home": -1000}.get(name, {"pagedown": 8, "end": 1000}.get(name, 1))
            self.facet_at = min(max(self.facet_at + step, 0), max(len(values) - 1, 0))

    def _toggle_term(self, term: str) -> None:
        field, _sign, value = term.partition(":")
        terms = self.sought.split()
        same = next((word for word in terms if word.startswith(f"{field}:")), None)
        chosen = same.partition(":")[2].split(",") if same else []
        chosen = [code for code in chosen if code != value] if value in chosen else [*chosen, value]
        terms = [word for word in terms if word != same]
        if chosen:
            terms.append(f"{field}:{','.join(chosen)}")
        self.sought = " ".join(terms)
        self.load()

    def clicked(self, tag: str) -> None:
        """Open the finding, or switch the facet that was clicked."""
        kind, _sign, value = tag.partition(":")
        if kind == "facet":
            self._toggle_term(value)
        elif kind == "finding":
            self.shell.go("finding", finding=value)

    # -- actions

    def do_toggle(self) -> None:
        """Select the finding under the cursor, and go down."""
        row = self.current()
        if row:
            if self.selected.pop(row.id, None) is None:
                self.selected[row.id] = row.place
            self._aim(self.at + 1)

    def do_find(self) -> None:
        """Open the search line."""
        self.searching = True
        self.open_field(" ".join(part for part in (self.sought, self.text) if part))

    def committed(self, text: str, _how: str) -> None:
        """Filter; words with a field go into the query, bare words are text."""
        self.searching = False
        words = text.split()
        self.sought = " ".join(
            word for word in words if any(sign in word for sign in (":", ">=", "<=")) or word.startswith("-")
        )
        self.text = " ".join(word for word in words if word not in self.sought.split())
        self.at = self.top = 0
        self.load()

    def do_sort(self) -> None:
        """Sort by the next field."""
        orders = list(_SORTS)
        self.sort = orders[(orders.index(self.sort) + 1) % len(orders)]
        self.load()

    def do_standout(self) -> None:
        """Show only the open ones of the first two grades; again = all."""
        self.repeats_only = not self.repeats_only
        self.sought = "severity:S1,S2" if self.repeats_only else ""
        self.load()

    def do_empty(self) -> None:
        """Go to the next draft."""
        self._next("draft")

    def do_wrong(self) -> None:
        """Go to the next one that is late."""
        self._next("late")

    def _next(self, wanted: str) -> None:
        assert self.pages is not None
        found = self.pages.after(self.at, wanted)
        if found < 0:
            self.say(_("There is none here."), "dim")
        else:
            self.at = found

    def do_copy(self) -> None:
        """Copy the number."""
        row = self.current()
        if row:
            self.copy(row.number)

    def do_export(self) -> None:
        """Go where bundles are made."""
        self.shell.go("sync")

    def do_moves(self) -> None:
        """Move the selected findings, or the one under the cursor."""
        row = self.current()
        chosen = sorted(self.selected) or ([row.id] if row else [])
        if not chosen:
            self.say(_("There is no finding here."), "dim")
            return
        moves = self.shell.services.moves.of_finding(chosen[0])
        choices = [
            Choice(
                move.label,
                move,
                move.enabled or len(chosen) > 1,
                _("; ").join(reason.message for reason in move.reasons[:2]) or move.role,
                move.to_label,
            )
            for move in moves
        ]
        title = (
            _("Moves of {count} findings").format(count=len(chosen))
            if len(chosen) > 1
            else _("Moves of {number}").format(number=row.number if row else "")
        )

        def picked(choice: Choice) -> None:
            move: MoveView = choice.value  # type: ignore[assignment]  # set above
            move_findings(self, chosen, move, self.moved)

        self.show_overlay(Menu(title, choices, picked))

    def moved(self, reasons: list[str], count: int) -> None:
        """Tell what a move of many did."""
        self.selected.clear()
        self.load()
        self.say(
            _("{count} moved, {refused} refused").format(count=count, refused=len(reasons)),
            "good" if not reasons else "warn",
        )
        if reasons:
            self.show_overlay(
                Reader(
                    _("Not moved"), lambda size: [line(part) for text in reasons for part in wrap(clean(text), size)]
                )
            )
