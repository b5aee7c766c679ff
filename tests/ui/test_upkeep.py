"""The app looks after the store in idle moments, never while a visit or a text is open."""

from __future__ import annotations

import pytest

from fieldkit.services.house import Services
from tests.ui.harness import driven, screen_text


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


async def test_the_doctor_shows_all_of_a_problem_and_its_next_step(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long sentence goes on in the next row; the help of the settings says what keeps the work from being lost."""
    problem = {
        "code": "STORE-054",
        "message": "The mirror folder is not there, so there is no second copy: " + "/media/stick/" * 5,
        "hint": "Plug the disk or stick in, then open the workspace again.",
    }
    monkeypatch.setattr(services.workspace, "doctor", lambda: {"ok": True, "problems": [problem]})
    async with driven(services, size=(80, 24)) as drive:
        await drive.press("g", "t", "d")
        await drive.settle()
        shown = " ".join("\n".join(screen_text(drive.app)).replace("|", " ").replace("│", " ").split())
        assert "STORE-054 The mirror folder" in shown
        assert "then open the workspace again." in shown
        await drive.press("escape", "question_mark")
        await drive.settle()
        shown = " ".join("\n".join(screen_text(drive.app)).replace("│", " ").split())
        for word in ("Mirror folder:", "Backup:", "Reserve:"):
            assert word in shown
