"""What an office sends back travels sealed to the laptops that it trusts, and to nobody else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from fieldkit.sync.card import parse_card
from tests.e2e.commandline import SUBJECTS, Cli

READABLE = b'{"'


def trusts(cli: Cli, other: Cli, folder: Path) -> None:
    """Let a workspace trust the card of another one."""
    card = folder / f"{other.home.name}.card"
    card.write_text(other.text("key", "show", "--card"), encoding="utf-8")
    cli("key", "trust", card)


def make(tmp_path: Path, name: str, office: Cli) -> Cli:
    """Return a laptop; it and the office trust each other."""
    cli = Cli(tmp_path / name)
    trusts(cli, office, tmp_path)
    trusts(office, cli, tmp_path)
    return cli


@pytest.fixture
def office(tmp_path: Path) -> Cli:
    """Return an office with a reviewer."""
    cli = Cli(tmp_path / "office")
    cli("key", "new", "--office")
    cli("actor", "add", "R01", "--role", "reviewer")
    return cli


def exported(cli: Cli, folder: Path) -> tuple[bytes, list[Any]]:
    """Export and return the first bytes of the only bundle, and its recipients."""
    (bundle,) = cli("export", "--to", folder)["bundles"]
    return Path(bundle["file"]).read_bytes()[:2], bundle["recipients"]


def started(laptop: Cli) -> str:
    """Return a visit with an answer."""
    laptop("subject", "import", SUBJECTS)
    visit = str(laptop("visit", "start", "--subject", "V-LL", "--form", "branch_std")["visit"])
    laptop("visit", "answer", visit, "/data/c/c_life", "none")
    return visit


def test_an_answer_of_the_office_opens_with_a_trusted_laptop_only(office: Cli, tmp_path: Path) -> None:
    """Two laptops open it and a stranger does not; after a revocation the revoked one does not either."""
    first, second = make(tmp_path, "a", office), make(tmp_path, "b", office)
    stranger = Cli(tmp_path / "stranger")
    stranger("key", "new")
    visit = started(first)
    head, recipients = exported(first, tmp_path / "up")
    assert head != READABLE
    assert recipients == office("key", "show")["recipients"]
    office("import", tmp_path / "up")
    office("visit", "answer", visit, "/data/c/c_life", "part")
    head, recipients = exported(office, tmp_path / "down")
    assert head != READABLE
    own = {cli("key", "show")["recipients"][0] for cli in (first, second, office)}
    assert set(recipients) == own
    assert first("import", tmp_path / "down")[0]["changed"] == 1
    answers = first("visit", "show", visit)["forms"][0]["answers"]
    assert answers["/data/c/c_life"]["value"] == "part"
    assert second("import", tmp_path / "down")[0]["status"] == "imported"
    (refused,) = stranger.any("import", tmp_path / "down")
    assert refused["reason"].startswith("SYNC-014")
    assert first("state")["digest"] == second("state")["digest"] == office("state")["digest"]
    office("key", "revoke", second("key", "show")["device"])
    office("visit", "answer", visit, "/data/c/c_life", "none")
    assert set(exported(office, tmp_path / "later")[1]) == own - set(second("key", "show")["recipients"])
    assert first("import", tmp_path / "later")[0]["status"] == "imported"
    (refused,) = second.any("import", tmp_path / "later")
    assert refused["reason"].startswith("SYNC-014")


def test_what_all_laptops_hold_is_not_sent_again(office: Cli, tmp_path: Path) -> None:
    """The vector in a laptop's own bundle says what it holds; a laptop that never wrote gets everything."""
    first = make(tmp_path, "a", office)
    visit = started(first)
    exported(first, tmp_path / "up")
    office("import", tmp_path / "up")
    assert office("export", "--to", tmp_path / "down")["bundles"] == []
    office("visit", "answer", visit, "/data/c/c_life", "part")
    assert office("export", "--to", tmp_path / "down")["operations"] < 10
    second = make(tmp_path, "b", office)
    whole = office("export", "--to", tmp_path / "whole")
    assert whole["operations"] > 100
    second("import", tmp_path / "whole")
    assert second("state")["digest"] == office("state")["digest"]


def test_a_laptop_whose_sealing_key_is_unknown_is_not_locked_out(office: Cli, tmp_path: Path) -> None:
    """Its card is of an older program: the answer stays readable and says so, until a bundle brings the key."""
    laptop = Cli(tmp_path / "old")
    trusts(laptop, office, tmp_path)
    card = replace(parse_card(laptop.text("key", "show", "--card")), recipients=())
    (tmp_path / "old.card").write_text(card.text, encoding="utf-8")
    office("key", "trust", tmp_path / "old.card")
    office("note", "add", "--text", "a word to all")
    head, recipients = exported(office, tmp_path / "down")
    assert (head, recipients) == (READABLE, [])
    assert "sealing key" in office.errors
    assert laptop("import", tmp_path / "down")[0]["status"] == "imported"
    laptop("note", "add", "--text", "an answer")
    exported(laptop, tmp_path / "up")
    assert office("import", tmp_path / "up")[0]["trust"] == "confirmed"
    office("note", "add", "--text", "a second word")
    head, recipients = exported(office, tmp_path / "sealed")
    assert head != READABLE
    assert laptop("key", "show")["recipients"][0] in recipients
    assert laptop("import", tmp_path / "sealed")[0]["status"] == "imported"
