"""What people read on the terminal: words in their language, not field names and codes."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldkit.bootstrap import open_services
from tests.e2e.commandline import Cli


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """A workspace with a subject and a visit."""
    made = Cli(tmp_path / "laptop")
    made("subject", "add", "id=V1", "kind=village", "band=hill", "name_zh=柳林村", "name_en=Liulin Village")
    made("visit", "start", "--subject", "V1", "--form", "village_econ")
    return made


def _visit(cli: Cli) -> str:
    return str(cli("visit", "list")[0]["id"])


def test_a_subject_reads_as_labels_and_words(cli: Cli) -> None:
    """Kind and band are words, columns have their names."""
    shown = cli.text("subject", "show", "V1")
    assert "English name" in shown
    assert "Village" in shown
    assert "name_en" not in shown
    assert "band" not in shown.split()


def test_a_finding_reads_in_words(cli: Cli) -> None:
    """Severity, state and type are words; the list shows them too."""
    found = cli.text("finding", "add", "--visit", _visit(cli), "--statement", "the board is empty", "--severity", "S2")
    assert "Severity" in found
    assert "S2" not in found
    listed = cli.text("finding", "list")
    assert "draft" in listed
    assert "S2" not in listed
    assert "the board is empty" in listed


def test_a_visit_names_its_checklist(cli: Cli) -> None:
    """The list and the visit show the title in the language of the person, each answer its label."""
    assert "village_econ" not in cli.text("visit", "list")
    shown = cli.text("visit", "show", _visit(cli))
    assert "Village" in shown.splitlines()[0]
    assert "required left" in shown.splitlines()[1]


def test_an_unknown_state_is_told_with_the_known_ones(cli: Cli) -> None:
    """A typo gives no empty list."""
    error = cli.error("visit", "list", "--state", "opened", code=2)
    assert error["code"] == "CLI-010"
    assert "open" in error["hint"]


def test_an_unknown_kind_is_told_with_the_known_ones(cli: Cli) -> None:
    """A typo gives no empty register."""
    error = cli.error("subject", "list", "--kind", "zzz", code=2)
    assert error["code"] == "CLI-010"
    assert "village" in error["hint"]
    assert cli.text("subject", "list", "--kind", "village")


def test_a_key_reads_as_labels(cli: Cli) -> None:
    """The fingerprint that two people compare stands beside its name."""
    key = cli("key", "show")
    shown = cli.text("key", "show")
    assert f"Fingerprint  {key['fingerprint']}" in shown
    assert "office:" not in shown


def test_a_refused_finding_uses_up_no_number(cli: Cli) -> None:
    """Numbers have no gap that somebody would ask about."""
    visit = _visit(cli)
    cli.error("finding", "add", "--visit", visit, "--statement", "x", "--severity", "S9")
    first = cli("finding", "add", "--visit", visit, "--statement", "x")["number"]
    assert first.endswith("-1")


def test_a_card_can_be_shown_while_the_app_runs(cli: Cli) -> None:
    """Showing a key reads, once it is made: the workspace may be open elsewhere."""
    card = cli("key", "show", "--card")["card"]
    running = open_services(cli.home)
    try:
        assert cli("key", "show", "--card")["card"] == card
        assert cli.any("key", "new")["error"]["code"] == "WSP-001"
        assert cli.code == 3
    finally:
        running.close()
