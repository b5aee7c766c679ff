"""Runs the app in memory and reads its screen as cells, as a terminal would show it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pyte
from textual.pilot import Pilot

from fieldkit.screens.base import FieldScreen
from fieldkit.screens.shell import FieldkitApp

SIZES = ((80, 24), (100, 30), (200, 60))


class Driven:
    """A running app with what a test does to it."""

    def __init__(self, app: FieldkitApp, pilot: Pilot[int]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def screen(self) -> Any:
        """The screen that is shown."""
        screen = self.app.screen
        assert isinstance(screen, FieldScreen)
        return screen

    async def press(self, *keys: str) -> None:
        """Press keys and wait until nothing moves."""
        await self.pilot.press(*keys)
        await self.settle()

    async def type(self, text: str) -> None:
        """Type characters, Han and full-width ones too."""
        from textual import events

        for char in text:
            key = char if char.isascii() and char.isalnum() else f"char_{ord(char):x}"
            self.app.post_message(events.Key(key, char))
        await self.settle()

    async def settle(self) -> None:
        """Wait for workers and messages, and for the workers that these begin."""
        is_busy = True
        while is_busy:
            await self.app.workers.wait_for_complete()
            await self.pilot.pause()
            is_busy = any(not worker.is_finished for worker in self.app.workers)

    def rows(self) -> list[str]:
        """Return the rows of the screen as text; a Han character takes two cells."""
        return screen_text(self.app)

    def text(self) -> str:
        """Return the whole screen as text."""
        return "\n".join(self.rows())


def screen_text(app: FieldkitApp) -> list[str]:
    """Return what a terminal shows: the strips of the compositor, written into a terminal in memory."""
    width, height = app.size.width, app.size.height
    terminal = pyte.Screen(width, height)
    stream = pyte.Stream(terminal)
    for index, strip in enumerate(app.screen._compositor.render_strips()):
        stream.feed(f"\x1b[{index + 1};1H" + "".join(segment.text for segment in strip))
    return [row_text(terminal, index) for index in range(height)]


def row_text(terminal: pyte.Screen, index: int) -> str:
    """Return one row of a terminal without trailing blanks; the second cell of a wide character is skipped."""
    row = terminal.buffer[index]
    return "".join(row[column].data for column in range(terminal.columns)).rstrip()


@asynccontextmanager
async def driven(services: Any, size: tuple[int, int] = (100, 30), **options: Any) -> AsyncIterator[Driven]:
    """Run the app on services until the test is done."""
    app = FieldkitApp(lambda _read_only: services, **options)
    async with app.run_test(size=size) as pilot:
        drive = Driven(app, pilot)
        await drive.settle()
        await drive.settle()
        yield drive
