"""The purge: what may leave this laptop is listed first, and removed only after a question."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from fieldkit.i18n import _
from fieldkit.screens.working import work
from fieldkit.widgets.lines import clean, line
from fieldkit.widgets.overlays import Choice, Reader

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fieldkit.screens.base import FieldScreen
    from fieldkit.services.purging import PurgePreview, PurgeResult
    from fieldkit.widgets.lines import Line

__all__ = ["ask_purge"]


def ask_purge(screen: FieldScreen) -> None:
    """Look for visits that may be purged, and ask."""
    purging = screen.shell.services.purging
    work(screen, _("Looking"), lambda _bar: purging.preview(), lambda found: _ask(screen, cast("PurgePreview", found)))


def _ask(screen: FieldScreen, preview: PurgePreview) -> None:
    can = bool(preview.rows)

    def chosen(choice: Choice) -> None:
        if choice.value == "list":
            screen.show_overlay(Reader(_("Purge"), lambda _size: _lines(preview), whole=True))
        elif choice.value == "purge":
            visits = [row.record.partition("/")[2] for row in preview.rows]
            purging = screen.shell.services.purging
            work(screen, _("Removing"), lambda _bar: purging.run(visits), lambda done: _done(screen, done))

    intro = [
        _("{count} visits may go, {kept} stay.").format(count=len(preview.rows), kept=len(preview.kept)),
        _("An office has signed for every operation of them; here a summary stays, and undo cannot bring them back."),
    ]
    choices = [
        Choice(_("leave it"), ""),
        Choice(_("look at the list"), "list"),
        Choice(_("remove them from this laptop"), "purge", can, _("no visit is acknowledged and closed")),
    ]
    screen.ask(_("Purge"), choices, chosen, *intro)


def _lines(preview: PurgePreview) -> Sequence[Line]:
    rows = [line((_("WOULD GO"), "head"))]
    rows += [
        line(clean(row.title), (f"  {_('{count} operations').format(count=row.operations)}", "dim"))
        for row in preview.rows
    ]
    rows += [(), line((_("STAY"), "head"))]
    return rows + [line(clean(row.number), "  ", (clean(row.message), "dim")) for row in preview.kept]


def _done(screen: FieldScreen, done: object) -> None:
    result = cast("PurgeResult", done)
    screen.load()
    text = _("{count} visits and {files} files of evidence were removed; their summaries stay.")
    screen.say(text.format(count=len(result.purged), files=result.evidence), "good")
