"""Home: resume in one key, and what needs me now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fieldkit.errors import FieldkitError
from fieldkit.i18n import _
from fieldkit.keys import Stroke
from fieldkit.screens.base import FieldScreen
from fieldkit.screens.home_lines import entries, home_lines, waiting_lines
from fieldkit.widgets.frame import Hint, hints_of
from fieldkit.widgets.lines import Page, clean, cut
from fieldkit.widgets.overlays import Choice

if TYPE_CHECKING:
    from fieldkit.services.home_view import ClockDoubt, CrashOffer, HomeView

__all__ = ["HomeScreen"]

_NARROW = 90
"""Columns below which row 1 has no room for the roles of who works."""
_ITEM_CELLS = 60
"""Cells of an item's words in a question."""


class HomeScreen(FieldScreen):
    """The day at a glance."""

    NAME = "home"
    USES = ("add", "empty", "find")

    def __init__(self) -> None:
        super().__init__()
        self.view: HomeView | None = None
        self.at = 0
        self._asked = False

    def load(self) -> None:
        """Fetch the day; ask about a clock in doubt and about a crash once."""
        self.view = self.shell.services.home.view()
        self.at = min(self.at, max(len(entries(self.view)) - 1, 0))
        if not self._asked:
            self._asked = True
            if self.view.clock:
                self._ask_clock(self.view.clock)

    def heading(self) -> tuple[str, str]:
        """Return place, who works, date, outbox."""
        if self.view is None:
            return _("Today"), ""
        day = f"{self.view.today:%Y-%m-%d}"
        right = _("{day} | outbox {count}").format(day=day, count=self.view.outbox)
        who = self.shell.who()
        if self.size.width < _NARROW and " " in who:
            # The roles are the first to go: who works and on which device is told apart by the codes.
            who = f"{who.split(' ', 1)[0]} {who.rsplit(' ', 1)[-1]}"
        return f"{_('Today')} | {who}", right

    def content(self, size: int, height: int) -> Page:
        """Return the numbered rows and the panes beside them."""
        if self.view is None:
            return Page(tuple(waiting_lines(size)))
        return Page(tuple(home_lines(self.view, self.at, size, height)))

    def hints(self) -> list[Hint]:
        """Return open, new visit, who works, the main places, help."""
        out = [Hint("1-9", _("open")), *hints_of(["add"], fkeys=self.shell.fkeys)]
        if not self.shell.fkeys:
            out += [
                Hint("gs", _("subjects")),
                Hint("gf", _("findings")),
                Hint("gy", _("sync")),
                Hint("gi", _("who works")),
            ]
        return [*out, *hints_of(["actions", "help"], fkeys=self.shell.fkeys)]

    def help_text(self) -> str:
        """Say what home is for."""
        return _("Home shows visits to go on with and what waits for you. A number opens its row.")

    def take(self, press: Stroke) -> bool:
        """Open by number, move by arrows."""
        if self.view is None:
            return False
        rows = entries(self.view)
        if press.digit:
            self._open((int(press.digit) - 1) % 10)
        elif press.name in {"down", "j", "tab"} and rows:
            self.at = (self.at + 1) % len(rows)
        elif press.name in {"up", "k", "shift+tab"} and rows:
            self.at = (self.at - 1) % len(rows)
        elif press.name == "enter":
            self._open(self.at)
        else:
            return False
        return True

    def clicked(self, tag: str) -> None:
        """Open the row that was clicked."""
        if tag.startswith("open:"):
            self._open(int(tag.partition(":")[2]))

    def _open(self, index: int) -> None:
        assert self.view is not None
        rows = entries(self.view)
        if not 0 <= index < len(rows):
            self.say(_("There is no row {number}.").format(number=index + 1), "dim")
            return
        self.at = index
        place, target = rows[index]
        if place == "visit":
            self.shell.go("visit", visit=target)
        else:
            self.shell.go(place)

    def do_add(self) -> None:
        """Start a visit: choose the subject first."""
        self.shell.go("subjects", starting=True)

    def do_empty(self) -> None:
        """Go to the next row that needs me."""
        if self.view and self.view.needs:
            first = len(self.view.resume[:6])
            self.at = first if self.at < first or self.at + 1 >= len(entries(self.view)) else self.at + 1

    def do_find(self) -> None:
        """Search everything."""
        self.do_palette()

    def do_back(self) -> None:
        """Home is the lowest level."""
        self.say(_("This is home; Ctrl+Q quits, safe at any moment."), "dim")

    def _ask_clock(self, doubt: ClockDoubt) -> None:
        def answer(choice: Choice) -> None:
            if choice.value == "stop":
                self.shell.leave()
            else:
                self.shell.services.workspace.accept_clock()

        self.ask(
            _("The clock is in doubt"),
            [
                Choice(_("stop and set the clock"), "stop"),
                Choice(_("go on: the order of records is kept, they are marked clock in doubt"), "go"),
            ],
            answer,
            doubt.message,
            _("now: {now}    newest record: {newest}").format(
                now=f"{doubt.now:%Y-%m-%d %H:%M:%S}", newest=f"{doubt.newest:%Y-%m-%d %H:%M:%S}"
            ),
        )

    def offer_crash(self) -> None:
        """Ask whether to go on where the app stopped unexpectedly."""
        offer = self.shell.services.workspace.crash()
        if offer is not None and not self.overlays:
            self._ask_crash(offer)
            self.repaint(force=True)

    def _label_of(self, offer: CrashOffer) -> str:
        """Return the item answered last in the words of its form, which is opened for it; else its name."""
        try:
            label = self.shell.services.sessions.label(offer.visit, offer.key)
        except FieldkitError:
            return offer.item
        return cut(clean(label), _ITEM_CELLS)

    def _ask_crash(self, offer: CrashOffer) -> None:
        def answer(choice: Choice) -> None:
            self.shell.services.home.dismiss_crash()
            if choice.value == "go":
                self.shell.go("visit", visit=offer.visit, last=offer.key)
            else:
                self.load()

        text = _("Fieldkit stopped unexpectedly; go on at {item} of {subject}?").format(
            item=self._label_of(offer) or offer.number, subject=offer.subject_name
        )
        saved = _("Saved up to {at}, {count} operations.").format(
            at=offer.at[:19].replace("T", " "), count=offer.operations
        )
        self.ask(_("Go on"), [Choice(_("go on there"), "go"), Choice(_("stay here"), "stay")], answer, text, saved)
