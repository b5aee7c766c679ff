"""The one widget that draws a screen: lines in, changed rows out."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

from rich.control import Control
from rich.segment import Segment
from textual._compositor import CompositorUpdate
from textual.filter import ANSIToTruecolor
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from fieldkit.widgets.lines import Line, crop
from fieldkit.widgets.palette import style_of

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from textual import events
    from textual.color import Color

__all__ = ["Canvas", "RowsUpdate"]


class RowsUpdate(CompositorUpdate):
    """Rows that changed, as the terminal takes them: the canvas covers the screen, so nothing is composed."""

    def __init__(self, rows: Sequence[tuple[int, Strip]]) -> None:
        self.rows = rows

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the rows for whoever renders by segments."""
        for y, strip in self.rows:
            yield Control.move_to(0, y).segment
            yield from strip

    def render_segments(self, console: Console) -> str:
        """Return the rows, each after the sequence that leads to its place."""
        return "".join(f"\x1b[{y + 1};1H{strip.render(console)}" for y, strip in self.rows)


class Canvas(Widget, can_focus=True):
    """Draws lines, and repaints only the rows that changed.

    One widget for a whole screen: mounting a widget for each question costs milliseconds a piece and makes every
    key dearer, lines cost microseconds.
    """

    DEFAULT_CSS = "Canvas { width: 1fr; height: 1fr; }"

    class Clicked(Message):
        """A click on a span that carries a tag."""

        def __init__(self, tag: str) -> None:
            super().__init__()
            self.tag = tag

    class Wheeled(Message):
        """The mouse wheel was turned.

        Attributes:
            step: 1 = down, -1 = up.
        """

        def __init__(self, step: int) -> None:
            super().__init__()
            self.step = step

    def __init__(self, theme: str = "dark") -> None:
        super().__init__()
        self._rows: list[Line] = []
        self._theme = theme
        self._strips: dict[int, tuple[Line, int, Strip]] = {}
        """Rows as they were painted last: line, width, strip."""
        self._ground: Color | None = None

    def draw(self, rows: Sequence[Line]) -> None:
        """Show these lines in the library's next frame; only rows that differ from what is shown are painted again."""
        changed = self._take(rows)
        size = self.size.width
        if changed:
            self.refresh(*[Region(0, y, size, 1) for y in changed] if len(changed) <= len(self._rows) * 0.7 else ())

    def draw_now(self, rows: Sequence[Line]) -> RowsUpdate | None:
        """Take these lines and return the rows that differ from what is shown; the caller paints them at once."""
        changed = self._take(rows)
        width = self.size.width
        return RowsUpdate([(y, self.render_lines(Region(0, y, width, 1))[0]) for y in changed]) if changed else None

    def _take(self, rows: Sequence[Line]) -> list[int]:
        old, new = self._rows, list(rows)
        changed = []
        for index, (before, after) in enumerate(zip_longest(old, new, fillvalue=())):
            if before != after:
                changed.append(index)
            elif index < len(new):
                new[index] = before  # the same row keeps its strip
        self._rows = new
        return changed

    def draw_first(self, row: Line) -> None:
        """Show another first line; the others stay."""
        if self._rows and self._rows[0] != row:
            self._rows[0] = row
            self.refresh(Region(0, 0, self.size.width, 1))

    def dress(self, theme: str) -> None:
        """Use the colours of another theme."""
        if theme != self._theme:
            self._theme = theme
            self._strips.clear()
            self._ground = None
            self.refresh()

    @property
    def rows(self) -> tuple[Line, ...]:
        """Lines that are shown."""
        return tuple(self._rows)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the rows of a region; the library would look for borders, padding and tints at each, here are none."""
        if self._theme.startswith("ansi"):
            return super().render_lines(crop)  # their ground is the terminal's own, which the library fills in
        width, known, rows, nothing = self.size.width, self._strips, self._rows, ((), -1, None)
        strips = []
        for y in crop.line_range:
            row, wide, strip = known.get(y, nothing)
            if strip is None or wide != width or row is not (rows[y] if y < len(rows) else ()):
                strip = self._strip(y, width)
            strips.append(strip)
        return strips if crop.column_span == (0, width) else [strip.crop(crop.x, crop.right) for strip in strips]

    def _strip(self, y: int, width: int) -> Strip:
        strip = self.render_line(y)
        if self._ground is None:
            self._ground = self.background_colors[1]
        for entry in self.get_line_filters():
            if not isinstance(entry, ANSIToTruecolor):  # the themes that come here have no colours but true ones
                strip = strip.apply_filter(entry, self._ground)
        self._strips[y] = (self._rows[y] if y < len(self._rows) else (), width, strip)
        return strip

    def render_line(self, y: int) -> Strip:
        """Return one row as Textual paints it."""
        size = self.size.width
        row = self._rows[y] if y < len(self._rows) else ()
        last = row[-1].style if row and row[-1].style in {"title", "status", "stripe"} else ""
        segments = [Segment(span.text, style_of(self._theme, span.style)) for span in crop(row, size, last)]
        return Strip(segments, size)

    def on_click(self, event: events.Click) -> None:
        """Tell the screen what was clicked."""
        if event.y >= len(self._rows):
            return
        from rich.cells import cell_len  # only a mouse needs it

        place = 0
        for span in self._rows[event.y]:
            place += cell_len(span.text)
            if event.x < place:
                if span.tag:
                    self.post_message(self.Clicked(span.tag))
                return

    def on_mouse_scroll_down(self) -> None:
        """Pass the wheel on."""
        self.post_message(self.Wheeled(1))

    def on_mouse_scroll_up(self) -> None:
        """Pass the wheel on."""
        self.post_message(self.Wheeled(-1))
