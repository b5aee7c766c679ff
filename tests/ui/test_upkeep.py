"""The app looks after the store in idle moments, never while a visit or a text is open."""

from __future__ import annotations

import pytest

from fieldkit.services.house import Services
from tests.ui.harness import driven


async def test_upkeep_runs_when_idle_and_not_in_a_visit(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """Home: it runs. A visit, or an open search line: it does not. A key is noted."""
    ran: list[str] = []
    touched: list[str] = []
    monkeypatch.setattr(services.upkeep, "is_due", lambda: True)
    monkeypatch.setattr(services.upkeep, "run", lambda: ran.append("run"))
    monkeypatch.setattr(services.upkeep, "touch", lambda: touched.append("key"))
    async with driven(services) as drive:
        drive.app.look_after()
        await drive.settle()
        assert ran == ["run"]
        await drive.press("g", "f", "slash")
        assert touched == ["key"] * 3
        drive.app.look_after()
        await drive.settle()
        assert ran == ["run"]
        await drive.press("escape")
        drive.app.go("visit", visit=drive.app.services.home.view().resume[0].id)
        await drive.settle()
        drive.app.look_after()
        await drive.settle()
        assert ran == ["run"]
