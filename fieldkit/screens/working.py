"""Slow work with its progress, that Esc stops."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from fieldkit.errors import FieldkitError
from fieldkit.i18n import _
from fieldkit.keys import Stroke
from fieldkit.widgets.lines import Page, clean, cut, line, rule
from fieldkit.widgets.overlays import Overlay

if TYPE_CHECKING:
    from fieldkit.screens.base import FieldScreen

__all__ = ["Working", "work"]

_BAR = 24
_EVERY = 0.25


class Working(Overlay):
    """Shows how far slow work is; the worker asks it whether to go on."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self.what = ""
        self.done = 0
        self.total = 0
        self.stopped = False

    def tell(self, what: str, done: int, total: int) -> bool:
        """Take the worker's progress; false = a person wants it to stop."""
        self.what, self.done, self.total = what, done, total
        return not self.stopped

    def page(self, size: int, height: int) -> Page:  # noqa: ARG002 - the signature of every overlay
        """Return a bar with its figures."""
        part = min(self.done / self.total, 1) if self.total else 0
        bar = "[" + "#" * int(part * _BAR) + "." * (_BAR - int(part * _BAR)) + "]"
        figures = f"{self.done}/{self.total}" if self.total else _("working ..")
        foot = _("Stopping ..") if self.stopped else _("Esc stops; what arrived whole stays")
        return Page(
            (
                rule(self.title, size),
                line(f" {bar} ", (figures, "label")),
                line((" " + cut(clean(self.what), size - 2), "dim")),
                line((" " + foot, "dim")),
            )
        )

    def hints(self) -> list[tuple[str, str]]:
        """Return the one key that means something meanwhile."""
        return [("Esc", _("stop"))]

    def key(self, press: Stroke) -> bool:
        """Take Esc as the wish to stop; nothing else means anything meanwhile."""
        if press.name == "escape":
            self.stopped = True
        return press.name != "ctrl+q"


def work(screen: FieldScreen, title: str, job: Callable[[Working], object], done: Callable[[object], None]) -> Working:
    """Do slow work in a thread behind a bar, then hand its result to the screen.

    Args:
        screen: The screen that waits.
        title: What is done.
        job: The work; it tells the bar how far it is.
        done: Takes the result.
    """
    bar = Working(title)
    screen.show_overlay(bar)
    ticks = screen.set_interval(_EVERY, screen.repaint)

    def run() -> object:
        try:
            return job(bar), None
        except FieldkitError as error:
            # Handed over as a value: the bar has to go whatever the end was.
            return None, error

    def ended(outcome: object) -> None:
        result, error = cast("tuple[object, FieldkitError | None]", outcome)
        ticks.stop()
        bar.close()
        if error is not None:
            screen.tell(error)
        else:
            done(result)

    screen.shell.job(run, ended)
    return bar
