"""A server between laptop and office: bundles, evidence and receipts go through it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.commandline import SUBJECTS, Cli

pytest.importorskip("fsspec", reason="needs the extra drop")


def test_a_laptop_and_an_office_meet_at_a_drop(tmp_path: Path) -> None:
    """The file of evidence arrives, the receipt comes back, and everything is acknowledged."""
    drop = f"file://{tmp_path / 'drop'}"
    (tmp_path / "drop").mkdir()
    cli, office = Cli(tmp_path / "laptop"), Cli(tmp_path / "office")
    office("key", "new", "--office")
    card = tmp_path / "card"
    card.write_text(office.text("key", "show", "--card"), encoding="utf-8")
    cli("key", "trust", card)
    cli("subject", "import", SUBJECTS)
    visit = cli("visit", "start", "--subject", "B-LL", "--form", "branch_std")["visit"]
    paper = tmp_path / "minutes.txt"
    paper.write_text("minutes of March", encoding="utf-8")
    attached = cli("visit", "attach", visit, paper, "--ref", "/data/c/c_life")
    exported = cli("export", "--to", drop)
    assert exported["bundles"][0]["file"].startswith("file://")
    (row,) = office("import", drop)
    assert (row["status"], row["conflicts"]) == ("imported", 0)
    assert office("import", drop) == []
    assert office("verify")["problems"] == []
    stored = office.home / "blobs" / attached["sha256"][:2] / attached["sha256"]
    assert stored.read_text(encoding="utf-8") == "minutes of March"
    assert cli("import", drop) == []
    assert {line["status"] for line in cli("outbox")} == {"acknowledged"}
    assert cli("export", "--to", drop)["bundles"] == []
    assert cli("state")["digest"] == office("state")["digest"]


def test_a_server_that_is_not_there_leaves_everything_unsent(tmp_path: Path) -> None:
    """The outbox does not claim what did not arrive."""
    cli = Cli(tmp_path / "laptop")
    cli("note", "add", "--text", "one")
    error = cli.error("export", "--to", "sftp://user@127.0.0.1:9/drop")
    assert error["code"].startswith("SYNC-05")
    assert error["hint"]
    assert {line["status"] for line in cli("outbox")} == {"saved"}
