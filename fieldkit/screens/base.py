"""What every screen shares: one canvas, one text field, a stack of overlays, and the way a key takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.screen import Screen

from fieldkit.errors import FieldkitError
from fieldkit.i18n import _, told
from fieldkit.keys import ACTION_OF_KEY, F9_DIGITS, Stroke, action, stroke
from fieldkit.widgets.canvas import Canvas
from fieldkit.widgets.frame import (
    MIN_HEIGHT,
    MIN_WIDTH,
    Hint,
    hint_line,
    hints_of,
    message_lines,
    status_text,
    title_line,
    too_small,
)
from fieldkit.widgets.lines import Line, Page, Slot, Span, cut
from fieldkit.widgets.overlays import Choice, Menu, Overlay

if TYPE_CHECKING:
    from fieldkit.screens.around import Shell
    from fieldkit.widgets.field import NoteField, TextField

__all__ = ["EVERYWHERE", "FieldScreen"]

EVERYWHERE = ("enter", "back", "page", "help", "note", "go", "find", "palette", "quit", "actions", "undo", "redo")
"""Actions that mean something on every screen."""
_FIELD_KEYS = ("backspace", "home", "end", "pageup", "pagedown", "ctrl+up", "ctrl+down", "ctrl+z", "ctrl+y", "ctrl+f")
"""Keys of actions that an open text field takes for itself."""


class FieldScreen(Screen[None]):
    """A screen that draws a view value and turns keys into intents.

    Subclasses give ``content`` (lines), ``take`` (their own keys) and ``do_<action>`` methods.
    """

    NAME: ClassVar[str] = ""
    USES: ClassVar[tuple[str, ...]] = ()
    """Actions with a meaning here, beside those that mean something everywhere."""
    DEFAULT_CSS = "FieldScreen { layers: base field; }"
    AUTO_FOCUS = ""
    BLANK: ClassVar[bool] = True  # the canvas covers all of it

    def __init__(self) -> None:
        super().__init__()
        self.canvas = Canvas()
        self.overlays: list[Overlay] = []
        self.message: tuple[str, str] = ("", "")
        self.field: TextField | NoteField | None = None
        """The text field that is open now."""
        self._line_field: TextField | None = None
        self._note_field: NoteField | None = None
        self._dirty = False

    # -- what a screen is

    @property
    def shell(self) -> Shell:
        """The app around this screen."""
        return cast("Shell", self.app)

    def compose(self) -> ComposeResult:
        """Give the canvas; a text field comes when one is needed."""
        yield self.canvas

    def content(self, size: int, height: int) -> Page:
        """Return the lines between title and hints."""
        raise NotImplementedError

    def heading(self) -> tuple[str, str]:
        """Return the left and right part of row 1."""
        return "Fieldkit", ""

    def hints(self) -> list[Hint]:
        """Return the hints of the footer, most important first, help last."""
        return hints_of([*self.USES[:6], "actions", "help"], fkeys=self.shell.fkeys)

    def help_text(self) -> str:
        """Return what this place is for, for the help."""
        return ""

    def take(self, press: Stroke) -> bool:
        """Take a key that is no action here; False = it means nothing."""
        raise NotImplementedError

    def load(self) -> None:
        """Fetch the view value; called when the workspace is open and when the screen comes back."""

    def reason_off(self, _name: str) -> str:
        """Return why an action is off now; empty = it is on."""
        return ""

    in_visit: ClassVar[bool] = False

    # -- drawing

    def on_mount(self) -> None:
        """Give the keys to the canvas, so that no widget takes one by itself."""
        self.set_focus(self.canvas)
        self.canvas.dress(self.shell.look)

    def on_resize(self, _event: events.Resize) -> None:
        """Draw for the new size; state stays."""
        self.call_after_refresh(self.repaint, force=True)

    def on_screen_resume(self) -> None:
        """Come back with fresh figures."""
        self.canvas.dress(self.shell.look)
        if self.shell.ready:
            self.guard(self.load)
        self.repaint(force=True)

    def repaint(self, *, force: bool = False, at_once: bool = False) -> None:
        """Draw what changed; over an open text field only on a key: output wipes an input method's window.

        ``at_once`` paints now and not in the library's next frame, up to 16 ms later, except where more keys wait.
        """
        size, height = self.size.width, self.size.height
        if not size or not self.is_attached:
            return
        if self.field is not None and not force:
            self._dirty = True
            return
        self._dirty = False
        small = size < MIN_WIDTH or height < MIN_HEIGHT
        if small:
            self._place_field(None)
            self.canvas.draw(too_small(size, height))
            return
        rows, slot = self._rows(size, height, at_once=at_once)
        if at_once and self.field is None and self._paints_alone():
            update = self.canvas.draw_now(rows)
            if update is not None:
                self.app._display(self, update)  # noqa: SLF001 - the library's own way to the terminal
            return
        self.canvas.draw(rows)
        self._place_field(slot)

    def _paints_alone(self) -> bool:
        """Tell whether nothing waits to be painted or laid out by the library, and no further key is due."""
        waits = self._layout_required or self._repaint_required or self._dirty_widgets or self._recompose_required
        return self.is_current and not waits and self.shell.keys_waiting <= 0

    def _title(self, size: int) -> Line:
        left, right = self.heading()
        status = status_text(self.shell.save_status(), in_visit=self.in_visit)
        return title_line(left, right, status, size, striped=self.shell.striped)

    def _rows(self, size: int, height: int, *, at_once: bool) -> tuple[list[Line], Slot | None]:
        foot_rows = 2 if height >= 28 else 1
        room = height - 1 - foot_rows
        body, slot = self._body(size, room)
        hints = hint_line(self._overlay_hints() if self.overlays else self.hints(), size)
        foot = [(Span("-" * size, "rule"),), hints] if foot_rows == 2 else [hints]
        if at_once:
            # Last of all: while the page was made, a quick medium has nearly finished.
            self.shell.glance()
        return [self._title(size), *body, *foot], slot

    def _overlay_hints(self) -> list[Hint]:
        overlay = self.overlays[-1]
        if overlay.field == "note":
            return [Hint("Tab", _("keep")), Hint("Enter", _("new line")), Hint("Esc", _("leave"))]
        if overlay.field:
            return [Hint("Enter", _("take")), Hint("Esc", _("leave"))]
        return [Hint(key, label) for key, label in overlay.hints()]

    def _body(self, size: int, room: int) -> tuple[list[Line], Slot | None]:
        text, style = self.message
        if not self.overlays:
            said = message_lines(text, style, size)
            page = self.content(size, room - len(said))
            rows = [*page.lines[:room], *([()] * room)][: room - len(said)]
            return [*rows, *said], page.field
        overlay = self.overlays[-1]
        most = room if getattr(overlay, "whole", False) else max(room - 3, room * 3 // 4)
        page = overlay.page(size, most)
        tall = min(len(page.lines), room)
        under = self.content(size, room).lines
        rows = [*under[: room - tall], *([()] * room)][: room - tall] + list(page.lines[:tall])
        slot = page.field
        if slot:
            slot = Slot(slot.x, slot.y + room - tall, slot.width, slot.height)
        return rows, slot

    def _place_field(self, slot: Slot | None) -> None:
        if self.field is None:
            return
        if slot is None:
            self.field.display = False
            return
        self.field.display = True
        self.field.styles.offset = (slot.x, slot.y + 1)
        self.field.styles.width = slot.width
        self.field.styles.height = slot.height

    def status_changed(self) -> None:
        """Draw the status anew: it stands in the first row, and nothing else of the page depends on it."""
        size, height = self.size.width, self.size.height
        if self.field is not None or self._dirty or size < MIN_WIDTH or height < MIN_HEIGHT:
            self.repaint()
        elif self.is_attached:
            self.canvas.draw_first(self._title(size))

    # -- text fields

    def open_field(self, text: str = "", *, several_lines: bool = False, preset: bool = False) -> None:
        """Open the text field where the page has room for it.

        Args:
            text: What stands in it.
            several_lines: Whether Enter makes a new line.
            preset: Whether the text is only proposed: the first sign typed takes its place.
        """
        self.close_field()
        from fieldkit.widgets.field import NoteField, TextField  # not needed for the first paint

        field: TextField | NoteField
        if several_lines:
            if self._note_field is None:
                self._note_field = NoteField()
                self.mount(self._note_field)
            field = self._note_field
            field.text = text
            field.move_cursor(field.document.end)
        else:
            if self._line_field is None:
                self._line_field = TextField()
                self.mount(self._line_field)
            field = self._line_field
            field.value = text
            field.cursor_position = len(text)
            if preset:
                field.select_all()
        self.repaint(force=True)
        self.field = field
        field.add_class("-open")
        self.set_focus(field)
        self.repaint(force=True)

    def close_field(self) -> str:
        """Close the text field and return what stood in it."""
        field = self.field
        if field is None:
            return ""
        text = self.field_text()
        self.field = None
        field.remove_class("-open")
        field.display = False
        self.set_focus(self.canvas)
        return text

    def field_text(self) -> str:
        """Return what stands in the text field."""
        if self.field is None:
            return ""
        return self.field.value if hasattr(self.field, "value") else self.field.text

    def committed(self, text: str, how: str) -> None:
        """Take the text of the screen's own field; ``how`` is ``enter``, ``tab``, ``shift+tab`` or ``escape``."""

    def field_changed(self, text: str) -> None:
        """Take what now stands in the screen's own field."""

    # -- overlays

    def show_overlay(self, overlay: Overlay) -> None:
        """Lay an overlay over the screen; its field opens by itself."""
        overlay.host = self
        self.close_field()
        self.overlays.append(overlay)
        self._open_field_of(overlay)

    def _open_field_of(self, overlay: Overlay) -> None:
        if overlay.field:
            self.open_field(overlay.initial, several_lines=overlay.field == "note", preset=overlay.proposed)

    def close(self, overlay: Overlay) -> None:
        """Take an overlay away, and whatever lies above it."""
        if overlay in self.overlays:
            self.close_field()
            del self.overlays[self.overlays.index(overlay) :]
            if self.overlays:
                self._open_field_of(self.overlays[-1])

    def ask(self, title: str, choices: Sequence[Choice], on_choice: Callable[[Choice], None], *intro: str) -> None:
        """Ask a numbered question; the first choice is preset and harmless."""
        self.show_overlay(Menu(title, choices, on_choice, intro=intro))

    def say(self, text: str, style: str = "warn") -> None:
        """Show a message above the hints until the next key."""
        self.message = (text, style)

    def tell(self, error: FieldkitError) -> None:
        """Show an error: what happened, the next step, the code."""
        self.say(told(error), "bad")

    def guard(self, work: Callable[[], None]) -> None:
        """Do something; an error that a person can act on becomes a message."""
        try:
            work()
        except FieldkitError as error:
            self.tell(error)

    # -- keys

    async def press(self, event: events.Key) -> None:
        """Take a key press before any widget sees it, so that keys typed fast keep their order."""
        press = stroke(event.key, event.character)
        size = self.size
        if (size.width < MIN_WIDTH or size.height < MIN_HEIGHT) and press.name != "ctrl+q":
            return
        self.message = ("", "")
        typing = self.field is not None
        if typing:
            if await self._press_in_field(press):
                return
        elif press.foreign and not self.shell.fkeys:
            self.shell.fkeys = True
        self.guard(lambda: self._dispatch(press))
        self.repaint(force=self.field is None, at_once=not typing)

    async def _press_in_field(self, press: Stroke) -> bool:
        field = self.field
        assert field is not None
        overlay = self.overlays[-1] if self.overlays else None
        several = not hasattr(field, "value")
        if overlay and not press.char and press.name != "enter" and overlay.key(press):
            self.repaint(force=self.field is None)
            return True
        if press.name in {"enter", "tab", "shift+tab", "escape"} and not (press.name == "enter" and several):
            text = self.close_field()
            self.guard(lambda: overlay.committed(text, press.name) if overlay else self.committed(text, press.name))
            self.repaint(force=self.field is None)
            return True
        if press.char or press.name == "enter":
            field.put(press.char or "\n")
        elif press.name in ACTION_OF_KEY and press.name not in _FIELD_KEYS:
            if overlay:
                overlay.say(_("A text is open: keep it or leave it first."))
                return True
            text = self.close_field()
            self.guard(lambda: self.committed(text, "escape"))
            return False
        else:
            await self.app._check_bindings(press.name)  # noqa: SLF001 - the field's own keys, in the order typed
        text = self.field_text()
        if overlay:
            overlay.changed(text)
        else:
            self.field_changed(text)
        return True

    def _dispatch(self, press: Stroke) -> None:
        if self.overlays:
            if not self.overlays[-1].key(press) and press.name in {"ctrl+q", "ctrl+p", "f1", "f9"}:
                self.overlays.clear()
                self._act(ACTION_OF_KEY[press.name])
            return
        if not self.shell.ready:
            if press.name == "ctrl+q":
                self.shell.leave()
            return
        if self.take(Stroke("end") if press.name == "G" and self.shell.vim else press):
            return
        name = ACTION_OF_KEY.get(press.name)
        if name:
            self._act(name)

    def _act(self, name: str) -> None:
        if name not in self.USES and name not in EVERYWHERE:
            self.say(
                _("{key} ({label}) has no meaning on this screen; F9 shows what has.").format(
                    key=action(name).keys[0], label=_(action(name).label)
                ),
                "dim",
            )
            return
        reason = self.reason_off(name)
        if reason:
            self.say(reason)
            return
        method = getattr(self, f"do_{name}", None)
        if method:
            method()

    def do_actions(self) -> None:
        """Show the numbered list of this screen's actions."""
        choices = []
        for digit, name in F9_DIGITS.items():
            entry = action(name)
            here = name in self.USES or name in EVERYWHERE
            reason = self.reason_off(name) if here else _("not on this screen")
            choices.append(Choice(_(entry.meaning), name, not reason, reason, entry.keys[0], (digit,)))
        for name in (*self.USES, "undo", "redo", "note", "find", "palette", "help", "quit"):
            if name in F9_DIGITS.values() or any(choice.value == name for choice in choices):
                continue
            entry = action(name)
            reason = self.reason_off(name)
            twin = next((key for key in entry.twins if key.startswith(("F", "C"))), entry.keys[0])
            choices.append(Choice(_(entry.meaning), name, not reason, reason, "", (twin,)))
        self.ask(_("Actions here"), [*choices, *self.own_actions()], self._chosen_action)

    def own_actions(self) -> list[Choice]:
        """Return further rows for the list of actions; their value is a callable."""
        return []

    def _chosen_action(self, choice: Choice) -> None:
        if callable(choice.value):
            choice.value()
        else:
            self._act(str(choice.value))

    def do_go(self) -> None:
        """Ask where to go: a letter or a number."""
        from fieldkit.screens.anywhere import ask_place  # rare

        ask_place(self)

    def do_back(self) -> None:
        """Return to the screen before this one."""
        self.shell.back()

    def do_quit(self) -> None:
        """End the app."""
        self.shell.leave()

    def do_help(self) -> None:
        """Show the help of this place, then all keys."""
        from fieldkit.screens.anywhere import show_help  # rare

        show_help(self)

    def do_palette(self) -> None:
        """Search everything."""
        from fieldkit.screens.anywhere import show_palette  # rare

        show_palette(self)

    def do_note(self) -> None:
        """Write a quick note about what is in focus."""
        from fieldkit.screens.anywhere import quick_note  # rare

        quick_note(self)

    def do_undo(self) -> None:
        """Say that undo belongs to a visit."""
        self.say(_("Undo belongs to an open visit."), "dim")

    def do_redo(self) -> None:
        """Say that redo belongs to a visit."""
        self.say(_("Redo belongs to an open visit."), "dim")

    def note_target(self) -> tuple[str, str, str]:
        """Return subject, visit and words of what a quick note would be about."""
        return "", "", ""

    # -- mouse and clipboard

    def on_canvas_clicked(self, event: Canvas.Clicked) -> None:
        """Do what the clicked span stands for."""
        self.message = ("", "")
        if event.tag.startswith("action:"):
            self.guard(lambda: self._act(event.tag.partition(":")[2]))
        elif self.overlays:
            self.guard(lambda: self.overlays[-1].clicked(event.tag))
        else:
            self.guard(lambda: self.clicked(event.tag))
        self.repaint(force=self.field is None)

    def clicked(self, tag: str) -> None:
        """Take a click on a span of the screen's own."""

    def on_canvas_wheeled(self, event: Canvas.Wheeled) -> None:
        """Scroll as the arrows do."""
        self.guard(lambda: self._dispatch(Stroke("down" if event.step > 0 else "up")))
        self.repaint()

    def copy(self, text: str) -> None:
        """Put a text into the terminal's clipboard."""
        self.app.copy_to_clipboard(text)
        self.say(_("Copied: {text}").format(text=cut(text, 60)), "good")
