"""The app around the screens: opens the workspace behind the first paint, shows screens by name, keeps the look."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from threading import get_ident
from typing import TYPE_CHECKING, ClassVar, cast

from msgspec.structs import replace
from textual import events
from textual.app import App
from textual.message import Message
from textual.screen import Screen
from textual.theme import Theme

from fieldkit.errors import FieldkitError, StoreError
from fieldkit.i18n import _
from fieldkit.screens import PLACES
from fieldkit.screens.base import FieldScreen
from fieldkit.screens.home import HomeScreen
from fieldkit.screens.terminal_input import UNREADABLE
from fieldkit.widgets.lines import set_ambiguous_width, use_unicode_signs
from fieldkit.widgets.palette import BACKGROUND, COLOURS, THEMES

if TYPE_CHECKING:
    from textual.timer import Timer

    from fieldkit.services.house import Services
    from fieldkit.visit.outcome import SaveStatus

__all__ = ["FieldkitApp"]

_COLLECTOR_RESTS = 1.0
"""Seconds that the collector of cycles rests after the workspace was opened."""
_EARLY_KEYS = 64
"""Keys that are kept until the workspace is open; of more, the first are kept."""
_IDLE_LOOK = 5.0
"""Seconds between two looks whether this is an idle moment."""


def _theme(name: str) -> Theme:
    """Return Textual's theme for the text fields, in the colours of the palette."""
    table = COLOURS[name]
    field = table["field"]
    return Theme(
        name=f"fk-{name}",
        primary=table["head"][0],
        foreground=table[""][0],
        background=BACKGROUND[name],
        surface=field[1],
        panel=field[1],
        dark=name != "light",
        variables={"input-cursor-background": field[0], "input-cursor-foreground": field[1]},
    )


class FieldkitApp(App[int]):
    """The terminal app."""

    ENABLE_COMMAND_PALETTE = False
    CSS_PATH = None
    BINDINGS: ClassVar = []
    CSS = """
    Screen { background: $background; color: $foreground; }
    TextField, NoteField { background: $surface; color: $foreground; }
    """

    class Opened(Message):
        """The workspace is open."""

    class Failed(Message):
        """The workspace could not be opened."""

        def __init__(self, error: FieldkitError) -> None:
            super().__init__()
            self.error = error

    class StatusChanged(Message):
        """The writer has news."""

    class Done(Message):
        """A slow job ended."""

        def __init__(self, done: Callable[[object], None], result: object, waits: tuple[str, str]) -> None:
            super().__init__()
            self.done = done
            self.result = result
            self.waits = waits
            """What the screen said while it waited."""

    def __init__(
        self,
        factory: Callable[[bool], Services],
        *,
        open_visit: str = "",
        open_key: str = "",
        demo: Callable[[], Services] | None = None,
    ) -> None:
        """Prepare the app.

        Args:
            factory: Opens the workspace; the argument says whether for reading only.
            open_visit: Visit to open at once.
            open_key: Item of it.
            demo: Makes the demo in a folder of its own and opens it.
        """
        super().__init__()
        for name in THEMES[:3]:
            self.register_theme(_theme(name))
        self.set_reactive(App.theme, "fk-dark")
        self.services: Services = cast("Services", None)
        self.ready = False
        self.fkeys = False
        self.look = "dark"
        self.striped = False
        self.vim = False
        self.keys_waiting = 0
        self._is_pressing = False
        self._own_thread = get_ident()
        self._early: deque[events.Key] = deque()
        """Keys typed before the workspace was open, and those that came while these are delivered."""
        self._idle_timer: Timer | None = None
        self.failure: FieldkitError | None = None
        self.crash: Exception | None = None
        self._factory = factory
        self._demo = demo
        self._open = (open_visit, open_key)
        self._status: SaveStatus | None = None

    # -- start and end

    def get_default_screen(self) -> Screen[None]:
        """Return the home screen: its frame is the first thing painted."""
        return HomeScreen()

    def on_mount(self) -> None:
        """Open the workspace in a thread, while the first frame is painted."""
        self.run_worker(self._open_workspace, thread=True, name="open", exit_on_error=True)

    def _open_workspace(self) -> None:
        if self._open[0]:
            import_module(PLACES["visit"][0])  # here the library still paints its first frame meanwhile
        try:
            self.services = self._factory(False)
        except StoreError as error:
            try:
                self.services = self._factory(True)
            except FieldkitError:
                self.post_message(self.Failed(error))
                return
        except FieldkitError as error:
            self.post_message(self.Failed(error))
            return
        self.post_message(self.Opened())

    def on_fieldkit_app_failed(self, event: Failed) -> None:
        """End: there is nothing to show without a workspace."""
        self.failure = event.error
        self.exit(event.error.exit_code)

    def on_fieldkit_app_opened(self) -> None:
        """Show the data, or what comes before them."""
        self.ready = True
        # The start goes without the collector of cycles; it works again when the first data are surely painted.
        self.set_timer(_COLLECTOR_RESTS, gc.enable)
        if self._idle_timer is None:
            self._idle_timer = self.set_interval(_IDLE_LOOK, self.look_after)
        self.services.writer.on_status(self._news)
        self.apply_settings()
        screen = self.screen
        visit, key = self._open
        if self.services.settings.first_run() is not None:
            # What was typed before the questions could be seen is no answer to them.
            self._early.clear()
            self._mark_started()
            self.go("first_run")
        elif visit:
            self.go("visit", visit=visit, key=key)
        elif isinstance(screen, HomeScreen):
            screen.guard(screen.load)
            screen.repaint(force=True)
            self.call_after_refresh(self._started)
        if self._early:
            self.call_after_refresh(self._deliver)

    async def _deliver(self) -> None:
        """Give the next key that was typed early to the screen that is shown by now."""
        if self._early and isinstance(self.screen, FieldScreen):
            await self._press(self.screen, self._early.popleft())
        if self._early:
            self.call_after_refresh(self._deliver)

    def _is_early(self, event: events.Key) -> bool:
        """Keep a key that cannot be understood yet; false = it may go its way."""
        if event.key == "ctrl+q" or (self.ready and not self._early):
            return False
        if self.ready or len(self._early) < _EARLY_KEYS:
            self._early.append(event)
        return True

    def _mark_started(self) -> None:
        if not self.services.desk.store.read_only:
            self.services.workspace.started()

    def _started(self) -> None:
        """Note that the app runs, once the data are on the screen; offer where the last run stopped."""
        if self._early:
            # Keys typed before are about what was on the screen then, not about the offer.
            self.call_after_refresh(self._started)
            return
        self._mark_started()
        if not self.services.desk.store.read_only:
            # What was ahead of its time when it came may be due by now.
            self.job(self.services.sync.release, lambda _nothing: None)
        if isinstance(self.screen, HomeScreen):
            self.screen.offer_crash()

    def open_demo(self) -> None:
        """Close this workspace and open the demo."""
        make = self._demo
        if make is None:
            self.go("home")
            return
        before = self.services
        self.ready = False
        self.go("home")

        def build() -> Services:
            if not before.desk.store.read_only:
                before.workspace.stopped()
            before.close()
            return make()

        def opened(made: object) -> None:
            self.services = cast("Services", made)
            self.on_fieldkit_app_opened()

        self.job(build, opened)

    def _news(self, _status: SaveStatus) -> None:
        if not self._is_pressing or get_ident() != self._own_thread:
            # What a key wrote is painted with everything else that the key changed.
            self.post_message(self.StatusChanged())

    def on_fieldkit_app_status_changed(self) -> None:
        """Let the screen draw its status."""
        if isinstance(self.screen, FieldScreen):
            self.screen.status_changed()

    def glance(self) -> None:
        """Let what a key wrote become durable where that takes but a moment, so that one paint says *saved*."""
        if self.ready:
            self.services.writer.glance()

    def save_status(self) -> SaveStatus | None:
        """Return what the writer says; None before the workspace is open."""
        if not self.ready:
            return None
        visit = getattr(self.screen, "in_visit", False)
        status = self.services.runner.status() if visit else self.services.writer.status()
        return status if status.at or status.kind != "saved" else replace(status, at=self._last_write(in_visit=visit))

    def _last_write(self, *, in_visit: bool) -> datetime | None:
        """Return when the last durable operation was written, before this run."""
        desk = self.services.desk
        watched = desk.document(self.services.writer.watched) if in_visit and self.services.writer.watched else None
        hlc = str(watched["last"][0]) if watched else desk.store.last_hlc()
        return None if hlc == "0.0" else datetime.fromisoformat(desk.time_of(hlc))

    def leave(self) -> None:
        """Flush and end."""
        self.exit(0)

    # -- places

    def go(self, place: str, **params: object) -> None:
        """Show a screen by name; home is always the lowest."""
        if place == "home":
            while len(self.screen_stack) > 1:
                self.pop_screen()
            return
        module, name = PLACES[place]
        made = getattr(import_module(module), name)(**params)
        same = [shown for shown in self.screen_stack[1:] if type(shown) is type(made)]
        if same and self.screen is same[-1]:
            self.switch_screen(made)
        else:
            self.push_screen(made)

    def back(self) -> None:
        """Return to the screen before; home stays."""
        if len(self.screen_stack) > 1:
            self.pop_screen()

    def who(self) -> str:
        """Return who works, their role, and the device."""
        if not self.ready:
            return ""
        actor = self.services.actors.view()
        return f"{actor.code} {actor.roles_label} {actor.device}".replace("  ", " ")

    def now(self) -> datetime:
        """Return the present moment as the workspace's clock has it."""
        return self.services.desk.clock.now()

    def apply_settings(self) -> None:
        """Take over colours and signs; the language was set when the workspace opened or the setting changed."""
        settings = self.services.settings
        look = settings.get("theme") or "dark"
        self.look = look if look in THEMES else "dark"
        if self.no_color and self.look.startswith("ansi"):
            # Without colours the library turns a terminal's own ones black: a QR code would be black on black.
            self.look = "light" if self.look.endswith("light") else "dark"
        self.theme = self.look if self.look.startswith("ansi") else f"fk-{self.look}"
        set_ambiguous_width(2 if settings.get("ambiguous_width") == "2" else 1)
        use_unicode_signs(settings.get("signs") == "unicode")
        self.vim = settings.get("keys") == "vim"
        self.striped = bool(self.services.workspace.is_demo)
        for screen in self.screen_stack:
            if isinstance(screen, FieldScreen):
                screen.canvas.dress(self.look)

    # -- jobs

    def job(self, work: Callable[[], object], done: Callable[[object], None]) -> None:
        """Do something slow in a thread; the result, or the error that a person can act on, comes back here.

        A quiet message that was said just before ("Reading ..") goes when the job ends; any other stays until a key.
        """
        said = self.screen.message if isinstance(self.screen, FieldScreen) else ("", "")
        waits = said if said[1] == "dim" else ("", "")

        def run() -> None:
            try:
                result: object = work()
            except FieldkitError as error:
                result = error
            self.post_message(self.Done(done, result, waits))

        self.run_worker(run, thread=True, exit_on_error=True)

    def on_fieldkit_app_done(self, event: Done) -> None:
        """Hand the result of a slow job to the screen."""
        screen = self.screen
        if isinstance(screen, FieldScreen):
            if screen.message == event.waits:
                screen.message = ("", "")
            if isinstance(event.result, FieldkitError):
                screen.tell(event.result)
            else:
                screen.guard(lambda: event.done(event.result))
            screen.repaint(force=screen.field is None)

    def look_after(self) -> None:
        """Look after the store in an idle moment, beside the screen; never while a visit or a text is open."""
        screen = self.screen
        busy = getattr(screen, "in_visit", False) or getattr(screen, "field", None) is not None
        if self.ready and not busy and self.services.upkeep.is_due():
            self.run_worker(self.services.upkeep.run, thread=True, name="upkeep", exit_on_error=True)

    # -- keys and crashes

    def _not_text(self) -> None:
        """Say that the terminal sends something that is no UTF-8; nothing of it is taken for a key."""
        if isinstance(self.screen, FieldScreen):
            self.screen.say(_("The terminal sends text that is not UTF-8. Set its encoding to UTF-8."), "bad")
            self.screen.repaint(force=True)

    def post_message(self, message: Message) -> bool:
        """Take a message into the queue; keys are counted, so that a screen knows whether more of them wait."""
        taken = super().post_message(message)
        if taken and isinstance(message, events.Key):
            self.keys_waiting += 1
        return taken

    async def on_event(self, event: events.Event) -> None:
        """Give each key to the screen in the order it was typed."""
        if isinstance(event, events.Key):
            self.keys_waiting -= 1
            if self.ready:
                self.services.upkeep.touch()
        if isinstance(event, events.Key) and event.character == UNREADABLE:
            self._not_text()
        elif isinstance(event, events.Key) and not event.is_forwarded and isinstance(self.screen, FieldScreen):
            if not self._is_early(event):
                await self._press(self.screen, event)
        else:
            await super().on_event(event)

    async def _press(self, screen: FieldScreen, event: events.Key) -> None:
        self._is_pressing = True
        try:
            await screen.press(event)
        finally:
            self._is_pressing = False

    def _handle_exception(self, error: Exception) -> None:
        """End calmly; the border around the app writes what is known."""
        self.crash = self.crash or error
        if self.is_headless:
            super()._handle_exception(error)
            return
        self._return_code = 70
        self._close_messages_no_wait()
