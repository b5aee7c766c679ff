"""A numbered menu from which several may be taken: Space marks, Enter takes what is marked."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fieldkit.keys import Stroke
from fieldkit.widgets.lines import Line, Span, sign
from fieldkit.widgets.overlays import Choice, Menu

__all__ = ["TickMenu"]


class TickMenu(Menu):
    """A menu in which one is taken by its number, and several by marking them first."""

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice],
        on_taken: Callable[[Sequence[Choice]], None],
        *,
        intro: Sequence[str] = (),
    ) -> None:
        """Prepare the menu.

        Args:
            title: Stands in the rule above it.
            choices: What may be taken.
            on_taken: Takes the marked ones in the order of the menu; where none is marked, the one that was chosen.
            intro: Lines above the choices.
        """
        super().__init__(title, choices, self._one, intro=intro)
        self.marked: set[int] = set()
        self._on_taken = on_taken

    def _one(self, choice: Choice) -> None:
        chosen = [other for index, other in enumerate(self.choices) if index in self.marked or other is choice]
        self._on_taken(chosen)

    def _choice_line(self, index: int, size: int) -> Line:
        head, *rest = super()._choice_line(index, size - 4)
        box = sign("[x]" if index in self.marked else "[ ]") + " "
        return (head, Span(box, head.style, head.tag), *rest)

    def key(self, press: Stroke) -> bool:
        """Mark with Space; a number takes its choice and what is marked, Enter what is marked."""
        if press.name == "space" and not self._typed:
            if self.choices[self.at].enabled:
                self.marked ^= {self.at}
            self.at = min(self.at + 1, len(self.choices) - 1)
            return True
        if press.name == "enter" and self.marked and not self._typed:
            self._choose(min(self.marked))
            return True
        return super().key(press)
