"""The number of the feedback sheet is given where the sheet is asked for."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.commandline import Cli


def test_a_feedback_has_a_sheet_number_that_is_shown(tmp_path: Path) -> None:
    """The move itself and the visit say it."""
    cli = Cli(tmp_path / "laptop")
    cli("demo", "--no-open")
    visit = next(line["visit"] for line in cli("visit", "list") if line["state"] == "ready")
    assert cli("visit", "show", visit)["sheets"] == []
    moved = cli("visit", "move", visit, "feedback")
    assert moved["state"] == "fed"
    assert moved["sheet"]
    assert cli("visit", "show", visit)["sheets"] == [moved["sheet"]]
