"""The pictures of the README, taken from the real app on the demo: ``python -m tests.pictures``."""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
from datetime import datetime
from pathlib import Path

from fieldkit import i18n
from fieldkit.bootstrap import make_demo, open_services
from fieldkit.services.house import Services
from tests.ui.harness import Driven, driven

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "pictures"
NOW = datetime.fromisoformat("2026-11-22T09:41:07+08:00")


def _picture(drive: Driven, name: str) -> None:
    """Write the screen as SVG that refers to no font on the network."""
    drive.app.title = "Fieldkit"
    svg = re.sub(r"@font-face \{.*?\}\s*", "", drive.app.export_screenshot(), flags=re.DOTALL)
    (FOLDER / f"{name}.svg").write_text(svg, encoding="utf-8")


async def _open_item(drive: Driven, services: Services, form: str, ref: str) -> None:
    visit = next(line.id for line in services.visits.list() if form in line.forms and line.state == "open")
    drive.app.go("visit", visit=visit)
    await drive.settle()
    drive.screen.go_to_item(services.runner.session.resolve(ref))
    await drive.settle()
    await drive.press("tab", "shift+tab")


async def _take(home: Path) -> None:
    services = open_services(home, now=NOW, lang="en")
    async with driven(services, size=(100, 30)) as drive:
        _picture(drive, "home")
        await _open_item(drive, services, "branch_std", "/data/c/c_life")
        _picture(drive, "runner")
        await drive.press("v")
        _picture(drive, "page")
        drive.app.go("findings")
        await drive.settle()
        _picture(drive, "findings")


def main() -> None:
    """Make the demo and take the pictures."""
    os.environ["TEXTUAL_ANIMATIONS"] = "none"
    i18n.set_language("en")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        make_demo(home, 1, now=NOW, lang="en")
        asyncio.run(_take(home))


if __name__ == "__main__":
    main()
