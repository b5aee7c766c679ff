"""Where is my record: its operations, the bundles that carried them, and who acknowledged them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fieldkit.i18n import _
from fieldkit.screens.listing import ListScreen
from fieldkit.widgets.frame import Hint, hints_of
from fieldkit.widgets.lines import Line, clean, cut, line, wrap
from fieldkit.widgets.picker import Picker, PickRow

if TYPE_CHECKING:
    from fieldkit.services.whereabouts import Stretch, WhereView

__all__ = ["WhereScreen"]

_FOUND = {"visit": "visit", "finding": "finding", "subject": "subject", "note": "note"}


class WhereScreen(ListScreen):
    """The way of one record."""

    NAME = "where"
    USES = ("copy", "why")

    def __init__(self, record: str = "") -> None:
        super().__init__()
        self.record = record
        self.view: WhereView | None = None

    def load(self) -> None:
        """Fetch the record's way, or ask which record."""
        if self.record:
            self.view = self.shell.services.whereabouts.of(self.record)
        else:
            self.call_after_refresh(self.do_find)

    def heading(self) -> tuple[str, str]:
        """Return which record."""
        return f"{_('Where is my record?')}" + (f" | {clean(self.view.title)}" if self.view else ""), ""

    def above(self, size: int) -> Sequence[Line]:
        """Return what is true of the whole record."""
        if self.view is None:
            return [line((" " + cut(_("/ finds a visit, a finding, a note or a subject."), size - 2), "dim")), ()]
        words = {
            "saved": (_("A part of it is on this device alone: export it."), "warn"),
            "exported": (_("All of it has left in bundles; an office has not acknowledged a part of it yet."), ""),
            "imported": (_("It came from another device and lies here."), ""),
            "acknowledged": (_("An office holds all of it: it has signed for it."), "good"),
        }
        text, style = words[self.view.status]
        return [line((" " + cut(text, size - 2), style)), ()]

    def texts(self, size: int) -> Sequence[tuple[str, str]]:
        """Return a row for each stretch of operations."""
        return [(cut(_row(stretch), size), _style(stretch)) for stretch in (self.view.stretches if self.view else ())]

    def below(self, size: int) -> Sequence[Line]:
        """Return all that is known of the stretch under the cursor."""
        if self.view is None or not self.view.stretches:
            return ()
        stretch = self.view.stretches[min(self.at, len(self.view.stretches) - 1)]
        return [line(" ", part) for text in _detail(stretch) for part in wrap(clean(text), size - 2)]

    def hints(self) -> list[Hint]:
        """Return the keys."""
        fkeys = self.shell.fkeys
        return [Hint("/", _("another record"), "find"), *hints_of(["copy", "why", "actions", "help"], fkeys=fkeys)]

    def help_text(self) -> str:
        """Say what the states mean."""
        return _(
            "Each row is a stretch of operations that went the same way: saved here, in which bundle it left and "
            "where to, and which office has signed for it."
        )

    def do_find(self) -> None:
        """Look for another record."""
        services = self.shell.services

        def source(text: str) -> tuple[Sequence[PickRow], int]:
            hits = [hit for hit in services.home.find(text, limit=30) if hit.kind in _FOUND] if text.strip() else []
            kind = services.records.kind_label
            rows = [PickRow(hit.title, f"{_FOUND[hit.kind]}/{hit.id}", hit.detail, kind(hit.kind)) for hit in hits]
            return rows, len(rows)

        def picked(row: PickRow) -> None:
            self.record = str(row.value)
            self.at = 0
            self.load()

        title = _("Part of a name, pinyin, a number")
        self.show_overlay(Picker(title, source, picked, empty=_("Nothing matches.")))
        self.repaint(force=True)

    def do_copy(self) -> None:
        """Copy the hash of the bundle, or the record's number."""
        if self.view is not None:
            stretch = self.view.stretches[self.at]
            self.copy(stretch.bundle or self.view.number)

    def do_why(self) -> None:
        """Say what the states mean."""
        self.say(_("saved: durable here; exported: in a bundle; acknowledged: an office's receipt has come."), "dim")


def _when(text: str) -> str:
    return text[:16].replace("T", " ")


def _row(stretch: Stretch) -> str:
    count = _("{count} operations").format(count=stretch.operations)
    labels = {
        # This workspace had another device id before it was restored or copied.
        "saved": _("saved here") if stretch.own else _("saved by a former device"),
        "exported": _("exported"),
        "acknowledged": _("acknowledged"),
        "imported": _("imported"),
    }
    last = stretch.acknowledged or stretch.exported or stretch.imported or stretch.saved
    return f"{stretch.device}  #{stretch.first}-{stretch.last}  {count}  {labels[stretch.status]}  {_when(last)}"


def _style(stretch: Stretch) -> str:
    return {"saved": "warn", "acknowledged": "good"}.get(stretch.status, "")


def _detail(stretch: Stretch) -> list[str]:
    rows = [_("saved {at}").format(at=_when(stretch.saved))]
    if stretch.imported:
        rows.append(
            _("came {at} in bundle {bundle}").format(at=_when(stretch.imported), bundle=stretch.bundle[:16] + "..")
        )
    if stretch.exported:
        rows.append(
            _("exported {at} in bundle {bundle} to {place}").format(
                at=_when(stretch.exported), bundle=stretch.bundle[:16] + "..", place=stretch.to or "-"
            )
        )
    elif not stretch.imported:
        rows.append(_("in no bundle yet"))
    if stretch.acknowledged:
        rows.append(_("acknowledged {at} by {office}").format(at=_when(stretch.acknowledged), office=stretch.office))
    elif stretch.own:
        rows.append(_("no receipt yet"))
    return rows
