"""What may lie over the lower part of a screen: a numbered menu, a question, a page to read.

Overlays are plain objects: they turn key presses into calls and themselves into lines. The screen keeps a stack
of them; digits belong to the uppermost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from fieldkit.i18n import _
from fieldkit.keys import Stroke
from fieldkit.widgets.lines import Line, Page, Slot, Span, cells, clean, cut, fit, line, rule, wrap

__all__ = ["Choice", "Host", "Menu", "Overlay", "Prompt", "Reader"]


class Host(Protocol):
    """What an overlay asks of the screen below it."""

    def close(self, overlay: Overlay) -> None:
        """Take the overlay away."""

    def repaint(self, *, force: bool = False) -> None:
        """Draw again."""

    def show_overlay(self, overlay: Overlay) -> None:
        """Lay an overlay over the screen."""

    def open_field(self, text: str = "", *, several_lines: bool = False) -> None:
        """Open the text field."""

    def field_text(self) -> str:
        """Return what stands in the text field."""


class Overlay:
    """Something that lies over the screen and takes its keys.

    Attributes:
        title: Stands in the rule above it.
        field: ``line`` or ``note`` where it opens a text field, else empty.
        initial: First text of the field.
        proposed: Whether that is only proposed: what is typed or dropped takes its place.
    """

    field = ""
    initial = ""
    proposed = False

    def __init__(self, title: str) -> None:
        self.title = title
        self.host: Host | None = None
        self.message = ""

    def page(self, size: int, height: int) -> Page:
        """Return its lines, at most ``height`` of them."""
        raise NotImplementedError

    def key(self, press: Stroke) -> bool:
        """Take a key press; False = it means nothing here."""
        raise NotImplementedError

    def hints(self) -> list[tuple[str, str]]:
        """Return its keys with what they do, for the footer; a text field has hints of its own."""
        return [("Esc", _("back"))]

    def changed(self, text: str) -> None:
        """Take what now stands in the text field."""

    def committed(self, text: str, how: str) -> None:
        """Take what was typed; ``how`` is ``enter`` or ``tab``."""

    def clicked(self, tag: str) -> None:
        """Take a click on a span with a tag."""

    def close(self) -> None:
        """Go away."""
        if self.host:
            self.host.close(self)

    def say(self, text: str) -> None:
        """Show a message at the foot of the overlay."""
        self.message = text
        if self.host:
            self.host.repaint(force=True)


class Choice(NamedTuple):
    """One line of a menu."""

    label: str
    value: object = None
    enabled: bool = True
    reason: str = ""
    """Why it is off; shown beside it, and when it is chosen all the same."""
    detail: str = ""
    """Dimmed text behind the label."""
    keys: tuple[str, ...] = ()
    """Keys that choose it at once; by default its number."""
    off_opens: bool = False
    """True where choosing it while it is off leads somewhere, for example to all its reasons."""


class Menu(Overlay):
    """A numbered list of choices; with a harmless preset it is a question."""

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice],
        on_choice: Callable[[Choice], None],
        *,
        intro: Sequence[str] = (),
        preset: int = 0,
    ) -> None:
        super().__init__(title)
        self.choices = list(choices)
        self.intro = list(intro)
        self.at = preset
        self._on_choice = on_choice
        self._typed = ""
        self._top = 0

    def _numbers(self, index: int) -> tuple[str, ...]:
        choice = self.choices[index]
        if choice.keys:
            return choice.keys
        number = index + 1
        return (str(number % 10),) if len(self.choices) <= 10 else (str(number),)

    def page(self, size: int, height: int) -> Page:
        """Return the intro and the choices around the cursor."""
        rows: list[Line] = [rule(self.title, size)]
        for text in self.intro:
            rows.extend(line(" " + part) for part in wrap(clean(text, lines=True), size - 2))
        if len(rows) > height - 4:
            rows = rows[: max(height - 4, 1)]
        room = max(height - len(rows) - 1, 1)
        self._top = min(self._top, self.at)
        if self.at >= self._top + room:
            self._top = self.at - room + 1
        shown = self.choices[self._top : self._top + room]
        rows.extend(self._choice_line(self._top + place, size) for place in range(len(shown)))
        foot = self.message or (_("number {typed}_ Enter").format(typed=self._typed) if self._typed else "")
        rows.append(line((" " + cut(foot, size - 2), "warn")) if foot else ())
        return Page(tuple(rows))

    def _choice_line(self, index: int, size: int) -> Line:
        choice = self.choices[index]
        here = index == self.at
        style = "cursor" if here else "" if choice.enabled else "off"
        keys = " ".join(self._numbers(index))
        wide = max(cells(" ".join(self._numbers(place))) for place in range(len(self.choices)))
        label = clean(choice.label)
        tail = (
            _("off: {reason}").format(reason=choice.reason) if not choice.enabled and choice.reason else choice.detail
        )
        head = f" {'>' if here else ' '} {fit(keys, max(wide, 3), 'right')}  "
        label = cut(label, size - cells(head) - 1)
        rest = size - cells(head) - cells(label) - 3
        return line(
            Span(head, style if here else ("key" if choice.enabled else "off"), f"choice:{index}"),
            Span(label, style, f"choice:{index}"),
            Span("   " + cut(clean(tail), rest) if tail and rest > 4 else "", "cursor" if here else "dim"),
        )

    def hints(self) -> list[tuple[str, str]]:
        """Return the keys of a menu."""
        return [("1-9", _("choose")), ("Enter", _("take")), ("Esc", _("back"))]

    def key(self, press: Stroke) -> bool:
        """Choose by number or letter, move by arrows, accept with Enter."""
        self.message = ""
        count = len(self.choices)
        if press.name == "escape" or (press.name == "backspace" and not self._typed):
            self.close()
            return True
        moves = {"up": -1, "k": -1, "down": 1, "j": 1, "pageup": -10, "pagedown": 10, "home": -count, "end": count}
        for index in range(count):
            names = (
                {name.lower() for name in self._numbers(index)} if self.choices[index].keys else self._numbers(index)
            )
            if press.name in names and (self.choices[index].keys or count <= 10):
                self._choose(index)
                return True
        if press.name in moves and count:
            step = moves[press.name]
            self.at = (self.at + step) % count if abs(step) == 1 else min(max(self.at + step, 0), count - 1)
        elif press.digit:
            self._typed += press.digit
        elif press.name == "backspace":
            self._typed = self._typed[:-1]
        elif press.name in {"enter", "space"} and count:
            index = int(self._typed) - 1 if self._typed else self.at
            self._typed = ""
            if 0 <= index < count:
                self._choose(index)
            return True
        else:
            return False
        return True

    def _choose(self, index: int) -> None:
        choice = self.choices[index]
        self.at = index
        if not choice.enabled and not choice.off_opens:
            self.say(choice.reason or _("This is off here."))
            return
        self.close()
        self._on_choice(choice)

    def clicked(self, tag: str) -> None:
        """Choose what was clicked."""
        if tag.startswith("choice:"):
            self._choose(int(tag.partition(":")[2]))


class Reader(Overlay):
    """Lines to read, scrolled by arrows and pages; lines may lead somewhere."""

    def __init__(
        self,
        title: str,
        rows: Callable[[int], Sequence[Line]],
        *,
        on_enter: Callable[[int], None] | None = None,
        whole: bool = False,
    ) -> None:
        super().__init__(title)
        self._rows = rows
        self._on_enter = on_enter
        self._top = 0
        self._at = 0
        self._height = 10
        self._count = 0
        self.whole = whole

    def page(self, size: int, height: int) -> Page:
        """Return the part that is scrolled to."""
        rows = list(self._rows(size - 2))
        self._count = len(rows)
        self._height = max(min(len(rows), height - 2), 1)
        self._top = min(max(self._top, 0), max(len(rows) - self._height, 0))
        if self._on_enter:
            self._at = min(max(self._at, 0), max(len(rows) - 1, 0))
            self._top = min(max(self._top, self._at - self._height + 1), self._at)
        shown = rows[self._top : self._top + self._height]
        out: list[Line] = [rule(self.title, size)]
        for place, row in enumerate(shown):
            here = self._on_enter is not None and self._top + place == self._at
            out.append((Span("> " if here else "  ", "key", f"row:{self._top + place}"), *row))
        below = len(rows) - self._top - self._height
        foot = _("{count} more lines below").format(count=below) if below > 0 else _("Esc closes")
        out.append(line((" " + foot, "dim")))
        return Page(tuple(out))

    def hints(self) -> list[tuple[str, str]]:
        """Return what its keys do here: open the line, scroll where there is more, go back."""
        arrows = _("up, down")
        if self._on_enter:
            return [("Enter", _("open")), (arrows, _("move")), ("Esc", _("back"))]
        more = [(arrows, _("scroll")), ("PgUp PgDn", _("page"))] if self._count > self._height else []
        return [*more, ("Esc", _("back"))]

    def key(self, press: Stroke) -> bool:
        """Scroll, follow a line, or close."""
        steps = {"up": -1, "k": -1, "down": 1, "j": 1, "pageup": -self._height, "pagedown": self._height,
                 "space": self._height, "home": -self._count, "end": self._count}  # fmt: skip
        if press.name in steps:
            if self._on_enter:
                self._at = min(max(self._at + steps[press.name], 0), max(self._count - 1, 0))
            else:
                self._top += steps[press.name]
        elif press.name == "enter" and self._on_enter and self._count:
            at = self._at
            self.close()
            self._on_enter(at)
        elif press.name in {"escape", "enter", "backspace", "?", "f1", "w", "f6"}:
            self.close()
        else:
            return False
        return True

    def clicked(self, tag: str) -> None:
        """Follow the line that was clicked."""
        if tag.startswith("row:") and self._on_enter:
            self._at = int(tag.partition(":")[2])
            self.key(Stroke("enter"))


class Prompt(Overlay):
    """A text to type: one line (Enter commits) or several (Enter is a new line, Tab commits)."""

    def __init__(
        self,
        title: str,
        on_text: Callable[[str], str | None],
        *,
        initial: str = "",
        intro: Sequence[str] = (),
        proposed: bool = False,
        several_lines: bool = False,
    ) -> None:
        super().__init__(title)
        self.field = "note" if several_lines else "line"
        self.initial = initial
        self.proposed = proposed
        self.intro = list(intro)
        self._on_text = on_text

    def page(self, size: int, height: int) -> Page:
        """Return the intro, room for the field, and what ends it."""
        rows: list[Line] = [rule(self.title, size)]
        for text in self.intro:
            rows.extend(line(" " + part) for part in wrap(clean(text, lines=True), size - 2))
        rows = rows[: max(height - 4, 1)]
        tall = min(6, max(height - len(rows) - 2, 1)) if self.field == "note" else 1
        slot = Slot(2, len(rows), max(size - 4, 4), tall)
        rows.extend(line(("  " + " " * (size - 4), "field")) for _row in range(tall))
        if self.message:
            rows.extend(line((" " + part, "bad")) for part in wrap(self.message, size - 2)[:3])
        elif self.field == "note":
            rows.append(line((" " + cut(_("Enter new line, Tab keeps it, Esc leaves"), size - 2), "dim")))
        else:
            rows.append(line((" " + cut(_("Enter keeps it, Esc leaves"), size - 2), "dim")))
        return Page(tuple(rows), slot)

    def key(self, press: Stroke) -> bool:
        """Leave with Esc; everything else belongs to the field."""
        if press.name == "escape":
            self.close()
            return True
        return False

    def committed(self, text: str, how: str) -> None:  # noqa: ARG002 - the signature of every overlay
        """Hand the text over; a message keeps the prompt open with the text in it."""
        self.close()
        problem = self._on_text(text)
        if problem:
            self.message = problem
            self.initial, self.proposed = text, False
            if self.host:
                self.host.show_overlay(self)
