"""Text fields whose hidden caret lies where the input method draws: one line, and several lines."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.geometry import Offset
from textual.widgets import Input, TextArea

__all__ = ["NoteField", "TextField"]


class TextField(Input):
    """One line of text; the terminal's cursor is parked exactly on the caret.

    Textual parks it one cell right of the caret at the end of the text, and too high until the first layout;
    an input method then draws its window over the wrong cells.
    """

    DEFAULT_CSS = """
    TextField { layer: field; position: absolute; border: none; padding: 0; height: 1; width: 20; display: none; }
    TextField.-open { display: block; }
    TextField:focus { border: none; }
    """
    HELP = "text"

    def __init__(self) -> None:
        super().__init__(select_on_focus=False, compact=True)
        self.cursor_blink = False

    @property
    def cursor_screen_offset(self) -> Offset:
        """Cell of the caret on the screen."""
        x, y, _width, _height = self.content_region
        offset = self._position_to_cell(self.cursor_position)
        return Offset(x + offset - self.scroll_offset.x, y)

    def park(self) -> None:
        """Put the terminal's cursor on the caret once the layout is known."""
        if self.has_focus:
            self.app.cursor_position = self.cursor_screen_offset
            self.refresh()

    def on_focus(self) -> None:
        """Park the cursor after the field was laid out."""
        self.call_after_refresh(self.park)

    def on_resize(self, _event: events.Resize) -> None:
        """Park the cursor where the field moved."""
        self.call_after_refresh(self.park)

    def put(self, text: str) -> None:
        """Insert committed text at the caret."""
        if self.selection.is_empty:
            self.insert_text_at_cursor(text)
        else:
            self.replace(text, *self.selection)


class NoteField(TextArea):
    """Several lines of text; Enter is a new line."""

    DEFAULT_CSS = """
    NoteField { layer: field; position: absolute; border: none; padding: 0; height: 4; width: 40; display: none; }
    NoteField.-open { display: block; }
    NoteField:focus { border: none; }
    """
    HELP = "text"
    BINDINGS: ClassVar = []

    def __init__(self) -> None:
        super().__init__(tab_behavior="focus", soft_wrap=True, show_line_numbers=False, compact=True)
        self.cursor_blink = False

    def put(self, text: str) -> None:
        """Insert committed text at the caret."""
        start, end = self.selection
        self.replace(text, start, end, maintain_selection_offset=False)
