"""A screen that is one list: words above, rows with a cursor, words below."""

from __future__ import annotations

from collections.abc import Sequence

from fieldkit.keys import Stroke
from fieldkit.screens.base import FieldScreen
from fieldkit.widgets.lines import Line, Page, Span, fit

__all__ = ["ListScreen"]


class ListScreen(FieldScreen):
    """Draws a list and moves its cursor; subclasses give the rows and what Enter does."""

    def __init__(self) -> None:
        super().__init__()
        self.at = 0
        self.top = 0
        self._page = 10

    def texts(self, size: int) -> Sequence[tuple[str, str]]:
        """Return text and style of each row."""
        raise NotImplementedError

    def above(self, _size: int) -> Sequence[Line]:
        """Return the lines over the list."""
        return ()

    def below(self, _size: int) -> Sequence[Line]:
        """Return the lines under the list."""
        return ()

    def opened(self) -> None:
        """Do what Enter means on the row under the cursor."""

    def content(self, size: int, height: int) -> Page:
        """Return the list around its cursor."""
        above, below = self.above(size), self.below(size)
        texts = self.texts(size - 4)
        self._page = max(height - len(above) - len(below) - 1, 3)
        self.at = min(max(self.at, 0), max(len(texts) - 1, 0))
        self.top = min(max(self.top, self.at - self._page + 1), self.at)
        rows: list[Line] = [*above]
        for index, (text, style) in enumerate(texts[self.top : self.top + self._page], self.top):
            here = index == self.at
            words = f" {'>' if here else ' '} {fit(text, size - 4)}"
            rows.append((Span(words, "cursor" if here else style, f"row:{index}"),))
        return Page(tuple([*rows, (), *below][:height]))

    def take(self, press: Stroke) -> bool:
        """Move the cursor, open a row."""
        steps = {"up": -1, "k": -1, "down": 1, "j": 1, "pageup": -self._page, "pagedown": self._page,
                 "home": -1_000_000, "end": 1_000_000}  # fmt: skip
        if press.name in steps:
            self.at = max(self.at + steps[press.name], 0)
        elif press.name == "enter":
            self.opened()
        else:
            return False
        return True

    def clicked(self, tag: str) -> None:
        """Put the cursor on the row that was clicked."""
        kind, _sign, value = tag.partition(":")
        if kind == "row":
            self.at = int(value)
