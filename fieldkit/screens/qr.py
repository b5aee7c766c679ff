"""QR: a bundle as moving codes, or a card or receipt as a still one, always dark on light."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.timer import Timer

from fieldkit.i18n import _
from fieldkit.keys import Stroke
from fieldkit.screens.base import FieldScreen
from fieldkit.screens.qr_lines import film_lines, still_lines
from fieldkit.widgets.frame import Hint, hint_line
from fieldkit.widgets.lines import Line, Page, Slot, Span, line
from fieldkit.widgets.overlays import Choice
from fieldkit.widgets.qrcode import fitting, half_blocks

if TYPE_CHECKING:
    from pathlib import Path

    from fieldkit.services.filming import Film
    from fieldkit.sync.frames import Frames

__all__ = ["QrScreen"]

_LARGEST = 9
"""Version that soft cameras still read: a film begins with at most this one."""
_SMALLEST = 2
_RATES = (1.0, 2.0, 3.0, 5.0, 10.0)
"""Frames a second that can be chosen."""
_CALM = 3.0
"""Frames a second that may flash without a question."""


class QrScreen(FieldScreen):
    """Shows codes; nothing is written."""

    NAME = "qr"
    USES = ("toggle", "view", "export", "copy", "why")

    def __init__(self, film: Film | None = None, text: str = "", title: str = "") -> None:
        """Show a film, or one still code.

        Args:
            film: A bundle.
            text: The text of a still code, such as a card.
            title: What the still code is.
        """
        super().__init__()
        self.film = film
        self.text = text
        self.title_text = title
        self.version = 0
        """0 = the largest that fits, at most 9."""
        self.index = 0
        self.shown = 0
        self.rate = 2.0
        self.playing = film is not None
        self.whole = False
        self._agreed = False
        self._timer: Timer | None = None
        self._frames: Frames | None = None

    # -- the film

    def on_mount(self) -> None:
        """Start the film."""
        super().on_mount()
        self._restart()

    def _restart(self) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_interval(1 / self.rate, self._tick) if self.film is not None else None

    def _tick(self) -> None:
        if self.playing and not self.overlays and self.is_current:
            self.index += 1
            self.shown += 1
            self.repaint()

    def load(self) -> None:
        """Nothing is fetched: the film was given."""

    def room(self) -> tuple[int, int]:
        """Return columns and rows that a code may take."""
        foot = 2 if self.size.height >= 28 else 1
        return self.size.width, self.size.height - (1 if self.whole else 1 + foot)

    def chosen(self) -> int:
        """Return the version that is shown: the one that was chosen, where it fits."""
        fits = fitting(*self.room())
        return min(self.version, fits) if self.version else min(fits, _LARGEST)

    def frames(self) -> Frames:
        """Return the frames of the version that is shown.

        Raises:
            SyncError: SYNC-040 or SYNC-043, the bundle makes no frames of this version.
        """
        version = self.chosen()
        assert self.film is not None
        if self._frames is None or self._frames.version != version:
            self._frames = self.film.frames(version)
            self.index = 0
        return self._frames

    # -- drawing

    def heading(self) -> tuple[str, str]:
        """Return what is shown."""
        return f"QR | {self.title_text or _('a bundle without network')}", ""

    def content(self, size: int, height: int) -> Page:
        """Return the code, and beside it what it is."""
        if self.film is None:
            code = half_blocks(self.text)
            if len(code) > height or len(code[0]) > size:
                return Page((line((" " + _("Make the window larger: the code does not fit."), "warn")),))
            return Page(_beside(code, still_lines(self.text, self.title_text, size - len(code[0]) - 3), height))
        frames = self.frames()
        code = half_blocks(frames.text(self.index), version=frames.version)
        side = film_lines(
            self.film, frames, shown=self.shown, rate=self.rate, playing=self.playing, size=size - len(code[0]) - 3
        )
        return Page(_beside(code, side, height))

    def _rows(self, size: int, height: int, *, at_once: bool) -> tuple[list[Line], Slot | None]:
        foot = 2 if height >= 28 else 1
        # A receipt is one row too high for the smallest terminal: the title gives way by itself.
        high = self.film is None and len(half_blocks(self.text)) > height - 1 - foot
        if not (self.whole or high) or self.overlays:
            return super()._rows(size, height, at_once=at_once)
        page = self.content(size, height - 1)
        rows = [*page.lines, *([()] * height)][: height - 1]
        text, style = self.message
        return [*rows, line((" " + text, style)) if text else hint_line(self.hints(), size)], None

    def hints(self) -> list[Hint]:
        """Return the keys of the film."""
        if self.film is None:
            return [Hint("c", _("copy the text"), "copy"), Hint("Esc", _("back")), Hint("?", _("help"), "help")]
        return [
            Hint("Space", _("go on") if not self.playing else _("pause"), "toggle"),
            Hint("+ -", _("speed")),
            Hint(_("up/down"), _("size")),
            Hint(_("left/right"), _("frame")),
            Hint("v", _("whole screen"), "view"),
            Hint("x", "PNG", "export"),
            Hint("Esc", _("back")),
            Hint("?", _("help"), "help"),
        ]

    def help_text(self) -> str:
        """Say how codes are read."""
        return _(
            "The other side reads these codes with a camera, from a film or pictures, in any order; lost ones do no "
            "harm.\nEvidence never travels by code: take a stick for it. Space pauses, + and - change the speed."
        )

    # -- keys

    def take(self, press: Stroke) -> bool:
        """Change speed, size or frame."""
        if self.film is None:
            return False
        if press.name in {"+", "-"}:
            self._speed(1 if press.name == "+" else -1)
        elif press.name in {"up", "k", "down", "j"}:
            self._resize(1 if press.name in {"up", "k"} else -1)
        elif press.name in {"left", "h", "right", "l"}:
            self.playing = False
            self.index = max(self.index + (1 if press.name in {"right", "l"} else -1), 0)
        else:
            return False
        return True

    def _speed(self, step: int) -> None:
        place = min(max(_RATES.index(self.rate) + step, 0), len(_RATES) - 1)
        rate = _RATES[place]
        if rate <= _CALM or self._agreed:
            self._play_at(rate)
            return

        def answer(choice: Choice) -> None:
            if choice.value:
                self._agreed = True
                self._play_at(rate)

        self.ask(
            _("Faster than 3 a second?"),
            [Choice(_("stay at {rate:g}").format(rate=self.rate), False), Choice(_("go faster"), True)],
            answer,
            _("{rate:g} pictures a second flash; that can harm people with photosensitive epilepsy.").format(rate=rate),
        )

    def _play_at(self, rate: float) -> None:
        self.rate = rate
        self._restart()

    def _resize(self, step: int) -> None:
        most = fitting(*self.room())
        wanted = self.chosen() + step
        if wanted > most:
            self.say(
                _("Version {version} is the largest that fits here; v takes the whole screen.").format(version=most)
            )
        self.version = min(max(wanted, _SMALLEST), most)

    def do_toggle(self) -> None:
        """Pause or go on."""
        self.playing = not self.playing and self.film is not None

    def do_view(self) -> None:
        """Use the whole screen for the code, or give the title back."""
        self.whole = not self.whole

    def do_export(self) -> None:
        """Write the codes as numbered pictures."""
        film, version = self.film, self.chosen()
        assert film is not None

        def written(result: object) -> None:
            folder, count = cast("tuple[Path, int]", result)
            self.say(_("{count} pictures are in {folder}").format(count=count, folder=folder), "good")

        self.say(_("Writing pictures .."), "dim")
        self.shell.job(lambda: self.shell.services.filming.pictures(film, version), written)

    def do_copy(self) -> None:
        """Copy the text of the code that is shown."""
        self.copy(self.text if self.film is None else self.frames().text(self.index))

    def do_why(self) -> None:
        """Say why codes move."""
        self.say(_("A code holds little: a bundle is cut into many, and any of them fill each other's gaps."), "dim")

    def reason_off(self, name: str) -> str:
        """Return what a still code does not offer."""
        still = self.film is None and name in {"toggle", "view", "export"}
        return _("one still code does not move") if still else ""


def _beside(code: list[str], side: list[Line], height: int) -> tuple[Line, ...]:
    """Return the rows of a code with words at its right where there is room."""
    wide = len(code[0])
    rows = []
    for index in range(min(max(len(code), len(side)), height)):
        left = Span(code[index], "qr") if index < len(code) else Span(" " * wide)
        right = side[index] if index < len(side) else ()
        rows.append((left, Span("  "), *right))
    return tuple(rows)
