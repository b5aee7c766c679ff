"""Measurements inside one process, each started afresh; ``runner_inside JOB ...`` prints JSON."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import psutil
from textual import events
from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Input, Label, Static

SIZE = (100, 30)


def _resident() -> float:
    return float(psutil.Process().memory_info().rss) / 1_000_000


class BareApp(App[None]):
    """A label, and a handler that does nothing."""

    def compose(self) -> ComposeResult:
        """Give one label."""
        yield Static("hello")

    def on_key(self, _event: events.Key) -> None:
        """Do nothing."""


class ManyWidgets(App[None]):
    """One label and one field for each question."""

    def __init__(self, questions: int) -> None:
        super().__init__()
        self.questions = questions

    def compose(self) -> ComposeResult:
        """Give the widgets."""
        with VerticalScroll():
            for number in range(self.questions):
                yield Label(f"Question {number}")
                yield Input()


async def _keys(app: App[Any], keys: list[tuple[str, str]], durable: Callable[[], Awaitable[None]]) -> list[float]:
    """Return the seconds from each key press until the screen is drawn and the answer durable."""
    taken = []
    for key, char in keys:
        drawn = asyncio.Event()
        start = time.perf_counter()
        app.post_message(events.Key(key, char))
        app.call_after_refresh(drawn.set)
        await drawn.wait()
        await durable()
        taken.append(time.perf_counter() - start)
    return taken


def _summary(taken: list[float]) -> dict[str, float]:
    ordered = sorted(taken)
    return {"median": statistics.median(ordered), "p95": ordered[int(len(ordered) * 0.95)]}


async def key_peer(count: int) -> dict[str, float]:
    """Time a key in a bare app plus one append and fsync."""
    with tempfile.TemporaryFile() as file:
        line = b"x" * 300 + b"\n"

        async def durable() -> None:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

        app = BareApp()
        async with app.run_test(size=SIZE) as pilot:
            await pilot.pause()
            return _summary(await _keys(app, [("1", "1"), ("2", "2")] * (count // 2), durable))


async def _opened(home: Path, visit: str) -> tuple[Any, Any]:
    from fieldkit.bootstrap import open_services
    from fieldkit.screens.shell import FieldkitApp

    services = open_services(home)
    return FieldkitApp(lambda _read_only: services, open_visit=visit), services


class _Painted:
    """Tells when the answer of the last key is on the screen, and how often anything was painted."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._event = asyncio.Event()
        self._wanted = 0
        app.post_display_hook = self._painted

    def _painted(self) -> None:
        view = getattr(self._app.screen, "view", None)
        if view is not None and view.operations >= self._wanted:
            self._event.set()

    def expect(self, operations: int) -> None:
        """Wait from now on for a painted screen that shows so many operations."""
        self._wanted = operations
        self._event.clear()

    async def wait(self) -> None:
        """Return when such a screen was painted."""
        await self._event.wait()


async def key_ours(home: Path, visit: str, count: int, page: bool = False) -> dict[str, float]:
    """Time a key that answers a question until its answer is painted and durable."""
    app, services = await _opened(home, visit)
    async with app.run_test(size=SIZE) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        await pilot.pause()
        app.screen.state.page_mode = page
        loop = asyncio.get_running_loop()
        saved = asyncio.Event()
        services.writer.on_status(
            lambda status: loop.call_soon_threadsafe(saved.set) if status.kind == "saved" else None
        )
        # From the top: a visit opens where it was left, and at its end every key would answer the same question.
        app.screen.go_to_item(app.screen.view.items[0].key)
        await pilot.pause()
        painted = _Painted(app)
        taken = []
        before = services.runner.view().operations
        for number in range(count):
            painted.expect(before + number + 1)
            asked = app.screen.target()
            key = "2" if asked.choices[0].selected else "1"
            start = time.perf_counter()
            app.post_message(events.Key(key, key))
            await painted.wait()
            while services.writer.pending:
                saved.clear()
                if services.writer.pending:
                    await saved.wait()
            taken.append(time.perf_counter() - start)
        services.writer.flush()
        written = services.writer.durable(f"visit/{visit}") - before
    services.close()
    return {**_summary(taken), "written": written}


async def cpu_per_key(home: Path, visit: str, count: int) -> dict[str, float]:
    """Return the CPU seconds of one arrow key in page mode, drawn."""
    app, services = await _opened(home, visit)
    async with app.run_test(size=SIZE) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        await pilot.pause()
        app.screen.state.page_mode = True

        async def nothing() -> None:
            pass

        # From the top: a visit opens where the round before left it; at the end of a short form a key moves nothing.
        await _keys(app, [("home", "")] + [("down", "")] * 5, nothing)
        before = app.screen.view.index
        start = time.process_time()
        await _keys(app, [("down", "")] * count, nothing)
        spent = (time.process_time() - start) / count
        if app.screen.view.index - before != count:
            raise RuntimeError("not every key moved the cursor")
    services.close()
    return {"cpu": spent}


async def mount_ours(home: Path, visit: str) -> dict[str, float]:
    """Return the CPU seconds to show a form whose visit is open already."""
    app, services = await _opened(home, "")
    async with app.run_test(size=SIZE) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        services.runner.open(visit)
        start = time.process_time()
        app.go("visit", visit=visit)
        await pilot.pause()
        spent = time.process_time() - start
        shown = app.screen.view.position
    services.close()
    return {"cpu": spent, "shown": float(bool(shown))}


async def mount_peer(questions: int) -> dict[str, float]:
    """Return the CPU seconds to mount one widget for each question."""
    app = ManyWidgets(questions)
    start = time.process_time()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        return {"cpu": time.process_time() - start}


async def memory_peer() -> dict[str, float]:
    """Return the resident megabytes of a bare app."""
    app = BareApp()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        return {"resident": _resident()}


async def memory_ours(home: Path, visit: str, warm: str) -> dict[str, float]:
    """Return the resident megabytes with a visit open, and the CPU seconds that loading it took.

    Another visit is opened first: what is measured is the checklist, not Python's first import of the engine.
    """
    app, services = await _opened(home, "")
    async with app.run_test(size=SIZE) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        services.runner.open(warm)
        start = time.process_time()
        services.runner.open(visit)
        loaded = time.process_time() - start
        app.go("visit", visit=visit)
        await pilot.pause()
        resident = _resident()
    services.close()
    return {"resident": resident, "load": loaded}


async def imported(home: Path) -> dict[str, float]:
    """Return how many heavy libraries are loaded once the first screen has its data."""
    app, services = await _opened(home, "")
    async with app.run_test(size=SIZE) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        heavy = {"pyxform", "openpyxl", "duckdb", "cryptography", "pydantic"} & set(sys.modules)
    services.close()
    return {"heavy": float(len(heavy))}


JOBS: dict[str, Callable[..., Awaitable[dict[str, float]]]] = {
    "key_peer": lambda count: key_peer(int(count)),
    "key_ours": lambda home, visit, count: key_ours(Path(home), visit, int(count)),
    "key_page": lambda home, visit, count: key_ours(Path(home), visit, int(count), page=True),
    "cpu_per_key": lambda home, visit, count: cpu_per_key(Path(home), visit, int(count)),
    "mount_ours": lambda home, visit: mount_ours(Path(home), visit),
    "mount_peer": lambda count: mount_peer(int(count)),
    "memory_peer": memory_peer,
    "memory_ours": lambda home, visit, warm: memory_ours(Path(home), visit, warm),
    "imported": lambda home: imported(Path(home)),
}


async def _main(job: str, *words: str) -> dict[str, float]:
    return await JOBS[job](*words)


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_main(*sys.argv[1:]))))
