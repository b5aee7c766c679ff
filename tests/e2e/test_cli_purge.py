"""Visits with a receipt leave the laptop, and nothing brings them back or breaks without them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fieldkit.store import open_store
from fieldkit.store.care import seal_workspace
from tests.e2e.commandline import SUBJECTS, Cli


def exchange(laptop: Cli, office: Cli, stick: Path) -> list[Any]:
    """Export, import and apply the receipts; return the rows of the import."""
    laptop("export", "--to", stick)
    rows: list[Any] = office("import", stick)
    for row in rows:
        if row["status"] != "refused":
            laptop("receipt", "apply", row["receipt"])
    return rows


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Cli, Cli]:
    """Return a laptop with two visits of which the first has a file of evidence, and an office that it trusts."""
    laptop, office = Cli(tmp_path / "laptop"), Cli(tmp_path / "office")
    laptop("subject", "import", SUBJECTS)
    office("key", "new", "--office")
    card = tmp_path / "card.txt"
    card.write_text(office.text("key", "show", "--card"), encoding="utf-8")
    laptop("key", "trust", card)
    return laptop, office


def started(laptop: Cli, subject: str) -> str:
    """Return a new visit with one answer."""
    visit = str(laptop("visit", "start", "--subject", subject, "--form", "branch_std")["visit"])
    laptop("visit", "answer", visit, "/data/c/c_life", "none")
    return visit


def test_what_is_acknowledged_goes_and_the_rest_stays_with_its_reason(pair: tuple[Cli, Cli], tmp_path: Path) -> None:
    """The digest stays, an import again changes nothing, and a summary and the vector stay."""
    laptop, office = pair
    first = started(laptop, "V-LL")
    paper = tmp_path / "minutes.txt"
    paper.write_text("minutes of the meeting\n", encoding="utf-8")
    sha256 = laptop("visit", "attach", first, paper, "--code", "D")["sha256"]
    exchange(laptop, office, tmp_path / "stick")
    second = started(laptop, "V-SQ")
    before = laptop("state")
    found = laptop.any("purge")
    assert laptop.code == 1
    assert found["purged"] == [first]
    assert [(row["record"], row["reason"]) for row in found["kept"]] == [(f"visit/{second}", "not_acknowledged")]
    assert found["evidence"] == 1
    after = laptop("state")
    assert (after["purged"], after["digest"]) == (1, before["digest"])
    assert after["counts"]["visit"] == before["counts"]["visit"] - 1
    assert [line["id"] for line in laptop("visit", "list")] == [second]
    office("export", "--all", "--to", tmp_path / "back")
    again = laptop("import", tmp_path / "back")
    assert {row["status"] for row in again} == {"known"}
    assert laptop("state") == after
    assert laptop("verify")["ok"]
    assert not [path for path in (laptop.home / "blobs").rglob("*") if path.name == sha256]
    laptop("export", "--all", "--to", tmp_path / "all")
    assert office("visit", "show", first)["visit"] == first
    with open_store(laptop.home) as store:
        (row,) = store.purged().values()
        assert row["summary"]["subject"] == "V-LL"
        assert store.vector()[store.device] > before["counts"]["visit"]


def test_a_named_visit_that_cannot_go_says_why(pair: tuple[Cli, Cli], tmp_path: Path) -> None:
    """Without a receipt, unknown, or purged before; the other one named goes."""
    laptop, office = pair
    first = started(laptop, "V-LL")
    assert laptop.any("purge", "--visit", first)["kept"][0]["reason"] == "not_acknowledged"
    exchange(laptop, office, tmp_path / "stick")
    laptop("visit", "answer", first, "/data/c/c_life", "part")
    assert laptop.any("purge", "--visit", first)["kept"][0]["message"].startswith("1 operations")
    exchange(laptop, office, tmp_path / "stick")
    found = laptop.any("purge", "--visit", first, "nothing")
    assert found["purged"] == [first]
    assert [row["reason"] for row in found["kept"]] == ["unknown"]
    assert laptop.any("purge", "--visit", first)["kept"][0]["reason"] == "purged"
    assert laptop("purge") == {"purged": [], "kept": [], "evidence": 0}


def test_a_purge_without_a_trusted_receipt_removes_nothing(pair: tuple[Cli, Cli], tmp_path: Path) -> None:
    """A receipt of an office that nobody trusts here acknowledges nothing."""
    laptop, _office = pair
    stranger = Cli(tmp_path / "stranger")
    stranger("key", "new", "--office")
    visit = started(laptop, "V-LL")
    laptop("export", "--to", tmp_path / "stick", "--recipient", stranger("key", "show")["recipients"][0])
    (row,) = stranger("import", tmp_path / "stick")
    laptop.error("receipt", "apply", row["receipt"])
    assert laptop.any("purge")["purged"] == []
    assert laptop("visit", "show", visit)["visit"] == visit


def test_evidence_that_the_office_lacks_keeps_its_visit(pair: tuple[Cli, Cli], tmp_path: Path) -> None:
    """The bundle came, its file did not: the only copy stays here."""
    laptop, office = pair
    visit = started(laptop, "V-LL")
    paper = tmp_path / "minutes.txt"
    paper.write_text("minutes of the meeting\n", encoding="utf-8")
    laptop("visit", "attach", visit, paper, "--code", "D")
    laptop("export", "--to", tmp_path / "stick")
    for path in (tmp_path / "stick").glob("*.fke"):
        path.unlink()
    (row,) = office("import", tmp_path / "stick")
    laptop("receipt", "apply", row["receipt"])
    assert [row["reason"] for row in laptop.any("purge")["kept"]] == ["evidence_owed"]


def test_findings_of_a_purged_visit_can_still_be_read(pair: tuple[Cli, Cli], tmp_path: Path) -> None:
    """Lists do not fall over a visit that is gone; a sealed workspace purges too."""
    laptop, office = pair
    visit = started(laptop, "V-LL")
    finding = laptop("finding", "add", "--visit", visit, "--statement", "minutes missing", "--evidence", "D:book")["id"]
    exchange(laptop, office, tmp_path / "stick")
    seal_workspace(laptop.home, "a long enough passphrase")
    key = tmp_path / "key.txt"
    key.write_text("a long enough passphrase", encoding="utf-8")
    assert laptop("--passphrase-file", key, "purge", "--visit", visit)["purged"] == [visit]
    assert laptop("--passphrase-file", key, "finding", "show", finding)["id"] == finding
    assert len(laptop("--passphrase-file", key, "finding", "list")) == 1
    assert laptop("--passphrase-file", key, "outbox")
    laptop.error("--passphrase-file", key, "visit", "show", visit, code=2)
