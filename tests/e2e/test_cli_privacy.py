"""A number that looks personal is asked about in every free text before anything is saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fieldkit.resources import data_path
from tests.e2e.commandline import SUBJECTS, Cli

PHONE = "call 13812345678"


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """Return a laptop with one open visit, ``V-...-1``."""
    laptop = Cli(tmp_path / "laptop")
    laptop("subject", "import", SUBJECTS)
    laptop("form", "add", data_path("checklists", "spot_research.xlsx"))
    laptop("visit", "start", "--subject", "V-LL", "--form", "spot_research")
    return laptop


def visit_of(cli: Cli) -> str:
    """Return the visit's id."""
    return str(cli("visit", "list")[0]["visit"])


def refused(cli: Cli, *words: object) -> None:
    """Run a command that must refuse the number and save nothing, and again with --confirm, which saves."""
    before = cli("state")["counts"]["operations"]
    document = cli.any(*words)
    first: dict[str, Any] = document[0] if isinstance(document, list) else document
    assert cli.code == 1
    assert [reason["code"] for reason in first.get("reasons") or [first.get("error")]] == ["PRIV-001"]
    assert cli("state")["counts"]["operations"] == before
    cli(*words, "--confirm")
    assert cli("state")["counts"]["operations"] > before


def test_texts_and_tags_of_notes(cli: Cli) -> None:
    """A tag is as free as the text."""
    refused(cli, "note", "add", "--subject", "V-LL", "--text", PHONE)
    refused(cli, "note", "add", "--subject", "V-LL", "--text", "a note", "--tag", "13812345678")


def test_answers(cli: Cli) -> None:
    """A text answer is asked about; full-width digits are digits."""
    refused(cli, "visit", "answer", visit_of(cli), "/data/a/q_main", PHONE)
    refused(cli, "visit", "answer", visit_of(cli), "/data/a/q_main", "１３８１２３４５６７８")


def test_evidence(cli: Cli, tmp_path: Path) -> None:
    """What was seen, and the name of a file."""
    path = tmp_path / "13812345678.pdf"
    path.write_bytes(b"%PDF-1.4\n")
    refused(cli, "visit", "seen", visit_of(cli), "--text", PHONE, "--code", "O")
    refused(cli, "visit", "attach", visit_of(cli), path)


@pytest.mark.parametrize("option", ["--statement", "--criterion"])
def test_findings(cli: Cli, option: str) -> None:
    """Statement, criterion and evidence lines."""
    text = [] if option == "--statement" else ["--statement", "something is missing"]
    refused(cli, "finding", "add", "--visit", visit_of(cli), *text, option, PHONE)
    refused(cli, "finding", "add", "--visit", visit_of(cli), "--statement", "so", "--evidence", f"O:{PHONE}")


def test_reasons_and_fields_of_moves(cli: Cli) -> None:
    """What a move brings is kept for good."""
    refused(cli, "visit", "move", visit_of(cli), "discard", "--set", f"reason={PHONE}")


def test_the_value_that_settles_a_conflict(cli: Cli, tmp_path: Path) -> None:
    """Another value than those in dispute is a new text."""
    other, ref = Cli(tmp_path / "other"), "/data/a/q_main"
    visit = visit_of(cli)
    cli("export", "--to", tmp_path / "first")
    other("import", tmp_path / "first")
    cli("visit", "answer", visit, ref, "the one")
    other("visit", "answer", visit, ref, "the other")
    other("export", "--to", tmp_path / "second")
    cli("import", tmp_path / "second")
    (conflict,) = cli("conflict", "list")
    refused(cli, "conflict", "resolve", conflict["id"], "--value", PHONE)
    assert cli("conflict", "list") == []
