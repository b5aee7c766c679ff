"""What a key changed goes to the terminal at once: the changed rows, each at its place, saved in the same picture."""

from __future__ import annotations

import re
from typing import Any

import pytest
from textual import events

from fieldkit.i18n import set_language
from fieldkit.widgets.canvas import RowsUpdate
from tests.ui.builders import FakeRunner, make_item, make_services
from tests.ui.harness import driven

PLACE = re.compile(r"\x1b\[(\d+);1H")


@pytest.fixture(autouse=True)
def _english() -> None:
    set_language("en")


def six() -> FakeRunner:
    """Return a visit of six questions."""
    return FakeRunner([make_item(f"q{number}") for number in range(1, 7)])


def watched(app: Any) -> list[RowsUpdate]:
    """Return a list that takes what the app sends to the terminal."""
    sent: list[RowsUpdate] = []
    real = app._display

    def display(screen: Any, update: Any) -> None:
        if isinstance(update, RowsUpdate):
            sent.append(update)
        real(screen, update)

    app._display = display
    return sent


async def test_a_key_sends_the_rows_that_it_changed() -> None:
    """Each row once, whole, after the sequence that leads to it; the rows that stayed are not sent."""
    async with driven(make_services(six())) as drive:
        await drive.press("1")
        await drive.settle()
        before = drive.screen.canvas.rows
        sent = watched(drive.app)
        await drive.screen.press(events.Key("down", None))
        after = drive.screen.canvas.rows
        (update,) = sent
        changed = [y for y, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
        assert changed
        assert [y for y, _strip in update.rows] == changed
        text = update.render_segments(drive.app.console)
        assert [int(place) - 1 for place in PLACE.findall(text)] == changed
        shown = ["".join(span.text for span in after[y]).rstrip() for y in changed]
        assert ["".join(part.text for part in strip).rstrip() for _y, strip in update.rows] == shown
        assert all(strip.cell_length == drive.screen.size.width for _y, strip in update.rows)


async def test_nothing_is_sent_for_a_key_that_changes_nothing() -> None:
    """The terminal stays silent."""
    async with driven(make_services(six())) as drive:
        await drive.press("1")
        await drive.settle()
        await drive.screen.press(events.Key("home", None))
        sent = watched(drive.app)
        await drive.screen.press(events.Key("home", None))
        assert sent == []


async def test_the_status_is_looked_at_after_the_page_was_made() -> None:
    """The writer gets its moment last, so that one picture says that the answer is saved."""
    services = make_services(six())
    order: list[str] = []
    services.writer.glance = lambda: order.append("glance")
    async with driven(services) as drive:
        await drive.press("1")
        await drive.settle()
        screen: Any = drive.screen
        content = screen.content

        def told(*size: int) -> Any:
            order.append("page")
            return content(*size)

        screen.content = told
        order.clear()
        await drive.screen.press(events.Key("down", None))
        assert order == ["page", "glance"]
