"""Every screen in both languages at three sizes, as terminal cells.

The pictures lie in ``snapshots/``. After a wanted change run this file with ``FIELDKIT_UPDATE_SNAPSHOTS=1``,
then look at each difference before it is committed.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from fieldkit import i18n
from fieldkit.bootstrap import open_services
from fieldkit.services.filming import Film
from fieldkit.services.house import Services
from fieldkit.widgets.lines import cells
from tests.ui.conftest import NOW
from tests.ui.harness import SIZES, Driven, driven

PICTURES = Path(__file__).parent / "snapshots"
UPDATE = os.environ.get("FIELDKIT_UPDATE_SNAPSHOTS") == "1"

Step = Callable[[Driven, Services], Awaitable[None]]


async def _home(_drive: Driven, _services: Services) -> None:
    pass


def _place(name: str, **params: str) -> Step:
    async def step(drive: Driven, _services: Services) -> None:
        drive.app.go(name, **params)
        await drive.settle()

    return step


def _visit(services: Services, form: str) -> str:
    """Return the visit of a form that was touched last."""
    return next(line.id for line in services.visits.list() if form in line.forms and line.state == "open")


def _runner(form: str, ref: str, *keys: str) -> Step:
    async def step(drive: Driven, services: Services) -> None:
        visit = _visit(services, form)
        drive.app.go("visit", visit=visit)
        await drive.settle()
        if ref:
            drive.screen.go_to_item(services.runner.session.resolve(ref))
        await drive.press(*keys)

    return step


async def _subjects(drive: Driven, _services: Services) -> None:
    drive.app.go("subjects")
    await drive.settle()
    await drive.press("slash", *"ll", "enter")


async def _finding(drive: Driven, services: Services) -> None:
    drive.app.go("finding", finding=services.findings.list(sort="created").rows[0].id)
    await drive.settle()


async def _moves(drive: Driven, services: Services) -> None:
    await _runner("branch_std", "")(drive, services)
    await drive.press("m")


async def _conflicts(drive: Driven, services: Services) -> None:
    """Two values that copies gave to one subject, as an import would leave them."""
    del services
    drive.app.go("sync", tab=2)
    await drive.settle()


async def _where(drive: Driven, services: Services) -> None:
    visit = next(line for line in services.visits.list() if line.number == "V-dm-1")
    drive.app.go("where", record=f"visit/{visit.id}")
    await drive.settle()


async def _film(drive: Driven, _services: Services) -> None:
    """A bundle that is the same in every run, paused at its first frame."""
    drive.app.go("qr", film=Film(bytes(2060), "77c1" + "0" * 58 + "e0", "44710926", True, 2, 812_000))
    drive.screen.playing = False
    drive.screen.shown = 17
    await drive.settle()


async def _still(drive: Driven, _services: Services) -> None:
    drive.app.go("qr", text="FIELDKIT-RECEIPT:" + "A1B2C3" * 28, title="hq")
    await drive.settle()


async def _ways(drive: Driven, _services: Services) -> None:
    await drive.press("g", "y", "v")


SCREENS: dict[str, Step] = {
    "home": _home,
    "subjects": _subjects,
    "runner_focus": _runner("branch_std", ""),
    "runner_page": _runner("branch_std", "", "v"),
    "runner_moves": _moves,
    "runner_table": _runner("branch_std", "/data/d/rec", "enter"),
    "notes": _place("notes"),
    "findings": _place("findings"),
    "finding": _finding,
    "sync": _place("sync"),
    "sync_conflicts": _conflicts,
    "sync_ways": _ways,
    "sync_keys": _place("keys"),
    "sync_receipts": _place("receipts"),
    "where": _where,
    "qr_film": _film,
    "qr_still": _still,
    "settings": _place("settings"),
    "help": lambda drive, _services: drive.press("f1"),
    "actions": lambda drive, _services: drive.press("f9"),
    "palette": lambda drive, _services: drive.press("ctrl+p"),
    "go": lambda drive, _services: drive.press("g"),
}


def neutral(text: str, home: Path) -> str:
    """Return a picture without what differs from run to run: folders, ids, versions."""
    text = text.replace(str(home), "HOME")
    text = re.sub(r"HOME *", "HOME ", text)
    text = re.sub(r"\b\d{4}-\d{4}\b", "4471-0926", text)
    # A copied workspace writes as a new device: of the one before it six letters are shown.
    text = re.sub(r"> [a-z2-7]{6}  #", "> DEVICE  #", text)
    # The id of the device stands behind its name; alone, sixteen letters may be a word.
    text = re.sub(r"\b(dm  +)[a-z2-7]{16}\b", r"\1DEVICE-DEVICE-16", text)
    return re.sub(r"\b(?=[a-z2-7]*[2-7])[a-z2-7]{16}\b", "DEVICE-DEVICE-16", text)


def compare(name: str, text: str) -> None:
    """Compare a picture with the one that was looked at, or keep it."""
    path = PICTURES / f"{name}.txt"
    if UPDATE or not path.exists():
        PICTURES.mkdir(exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")
        if not UPDATE:
            raise AssertionError(f"{path.name} is new: look at it")
        return
    assert text == path.read_text(encoding="utf-8").rstrip("\n")


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("name", list(SCREENS))
async def test_picture(name: str, language: str, demo: Path, tmp_path: Path) -> None:
    """The screen looks as it was approved, and no row is wider than the terminal."""
    home = tmp_path / "home"
    shutil.copytree(demo, home)
    services = open_services(home, now=NOW, lang=language, threaded=False)
    try:
        async with driven(services, size=SIZES[1]) as drive:
            if name == "settings":
                services.desk.home = Path("/fieldkit/home")
            await SCREENS[name](drive, services)
            for width, height in SIZES:
                await drive.pilot.resize_terminal(width, height)
                await drive.settle()
                rows = drive.rows()
                assert len(rows) == height
                assert all(cells(row) <= width for row in rows)
                compare(f"{name}.{language}.{width}x{height}", neutral("\n".join(rows), home))
    finally:
        services.close()


@pytest.mark.parametrize("language", ["en", "zh_CN"])
async def test_first_run(language: str, tmp_path: Path) -> None:
    """The three questions of an empty home."""
    services = open_services(tmp_path / "home", now=NOW, lang=language, threaded=False)
    try:
        async with driven(services, size=SIZES[0]) as drive:
            drive.screen.values[2] = "d02"
            drive.screen.values[0] = language
            i18n.set_language(language)
            drive.screen.repaint(force=True)
            await drive.settle()
            for width, height in SIZES:
                await drive.pilot.resize_terminal(width, height)
                await drive.settle()
                compare(f"first_run.{language}.{width}x{height}", drive.text())
    finally:
        services.close()


async def test_the_help_breaks_its_lines_anew(demo: Path, tmp_path: Path) -> None:
    """A window that is made wider or narrower while the help is open shows what it shows when opened there."""
    home = tmp_path / "home"
    shutil.copytree(demo, home)
    services = open_services(home, now=NOW, lang="en", threaded=False)
    try:
        async with driven(services, size=(200, 60)) as drive:
            await drive.press("f1", *"note")
            wide = drive.text()
            await drive.pilot.resize_terminal(80, 24)
            await drive.settle()
            narrow = drive.text()
            assert ".." not in narrow
            await drive.press("escape", "f1", *"note")
            assert drive.text() == narrow
            await drive.pilot.resize_terminal(200, 60)
            await drive.settle()
            assert drive.text() == wide
    finally:
        services.close()


async def test_too_small_is_a_calm_page_and_state_stays(demo: Path, tmp_path: Path) -> None:
    """Below 80x24 a page asks for room; back at size everything is as it was."""
    home = tmp_path / "home"
    shutil.copytree(demo, home)
    services = open_services(home, now=NOW, lang="en", threaded=False)
    try:
        async with driven(services, size=(100, 30)) as drive:
            await _runner("branch_std", "", "v", "down", "down")(drive, services)
            before = drive.text()
            for size in ((200, 60), (80, 24), (40, 10)):
                await drive.pilot.resize_terminal(*size)
                await drive.settle()
            assert "larger" in drive.text()
            await drive.press("1")
            await drive.pilot.resize_terminal(100, 30)
            await drive.settle()
            assert drive.text() == before
    finally:
        services.close()
