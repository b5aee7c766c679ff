"""What every command prints agrees with its schema, and every command has one."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from fieldkit.cli.commands import build
from fieldkit.resources import data_path
from tests.e2e.commandline import SUBJECTS, Cli

NO_DOCUMENT = {"open", "fill"}
"""Commands that open the app or talk line by line."""


def leaves(parser: argparse.ArgumentParser, words: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the names of all commands, words joined by hyphens."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, child in action.choices.items():
                yield from leaves(child, (*words, name))
            return
    yield "-".join(words)


def schema(name: str) -> dict[str, Any]:
    """Return a command's schema."""
    document: dict[str, Any] = json.loads(data_path("schemas", "cli", f"{name}.json").read_text(encoding="utf-8"))
    return document


def check(name: str, document: Any) -> Any:
    """Validate a document and return it."""
    jsonschema.validate(document, schema(name), cls=jsonschema.Draft202012Validator)
    return document


def test_every_command_has_a_schema_and_no_other_is_left_over() -> None:
    """Names of commands and of schema files are the same."""
    commands = {name for name in leaves(build()) if name not in NO_DOCUMENT}
    files = {path.stem for path in data_path("schemas", "cli").glob("*.json")}
    assert files == commands | {"error", "visit-answer-line"}


@pytest.mark.parametrize("path", sorted(data_path("schemas", "cli").glob("*.json")), ids=lambda path: path.stem)
def test_schemas_are_schemas(path: Path) -> None:
    """Each is valid itself and allows unknown fields."""
    document = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(document)
    assert 'additionalProperties": false' not in path.read_text(encoding="utf-8")


def test_a_day_of_work_speaks_by_the_schemas(tmp_path: Path) -> None:
    """One run through all commands that write and read records."""
    cli = Cli(tmp_path / "laptop")
    check("subject-import", cli("subject", "import", SUBJECTS))
    check("subject-add", cli("subject", "add", "id=V-NEW", "kind=village", "name_en=New Village", "parent=T-HX"))
    check("subject-edit", cli("subject", "edit", "V-NEW", "band=hill"))
    check("subject-list", cli("subject", "list", "--find", "llcdzb"))
    check("subject-show", cli("subject", "show", "B-LL"))
    workbook = data_path("checklists", "recheck.xlsx")
    check("form-check", cli("form", "check", workbook))
    check("form-add", cli("form", "add", workbook))
    check("form-list", cli("form", "list"))
    check("form-show", cli("form", "show", "branch_std"))
    check("actor-add", cli("actor", "add", "A02", "--role", "inspector,team_lead"))
    check("actor-use", cli("actor", "use", "A02"))
    check("actor-list", cli("actor", "list"))
    visit = check("visit-start", cli("visit", "start", "--subject", "B-LL", "--form", "branch_std"))["visit"]
    check("visit-answer", cli("visit", "answer", visit, "/data/c/c_life", "part"))
    check("visit-answer", cli.any("visit", "answer", visit, "/data/c/c_life", "x", "/data/hd/p_end", "2030-01-01"))
    for line in cli.answer(visit, [("/data/c/c_lead", "full"), ("/data/nothing", "1")]):
        check("visit-answer-line", line)
    check("visit-repeat", cli("visit", "repeat", visit, "/data/d/rec", "--add"))
    check("visit-undo", cli("visit", "undo", visit))
    check("visit-redo", cli("visit", "redo", visit))
    paper = tmp_path / "paper.txt"
    paper.write_text("minutes", encoding="utf-8")
    check("visit-attach", cli("visit", "attach", visit, paper, "--ref", "/data/c/c_life", "--code", "D"))
    check("visit-seen", cli("visit", "seen", visit, "--text", "board", "--code", "O"))
    check("visit-list", cli("visit", "list", "--state", "open"))
    check("visit-move", cli.any("visit", "move", visit, "ready"))
    finding = check(
        "finding-add", cli("finding", "add", "--visit", visit, "--ref", "/data/c/c_life", "--statement", "s")
    )
    check("finding-edit", cli("finding", "edit", finding["id"], "--severity", "S2", "--evidence", "D:book", "O:hall"))
    check("finding-show", cli("finding", "show", finding["number"]))
    check("finding-list", cli("finding", "list", "--query", "severity:S2 parent:T-HX"))
    check("finding-move", cli("finding", "move", finding["id"], "confirm"))
    check("finding-move", cli.any("finding", "move", finding["id"], "submit"))
    check("note-add", cli("note", "add", "--visit", visit, "--text", "cold", "--tag", "hall"))
    check("note-list", cli("note", "list", "--find", "cold"))
    check("visit-show", cli("visit", "show", visit))
    check("error", cli.any("visit", "show", "nothing"))


def test_moving_data_speaks_by_the_schemas(tmp_path: Path) -> None:
    """Keys, export, import, receipts, conflicts, QR codes and the care of the store."""
    cli, office = Cli(tmp_path / "laptop"), Cli(tmp_path / "office")
    cli("note", "add", "--text", "one")
    check("key-new", cli("key", "new"))
    check("key-new", office("key", "new", "--office"))
    card = tmp_path / "card.txt"
    card.write_text(office.text("key", "show", "--card"), encoding="utf-8")
    check("key-show", office("key", "show"))
    assert check("key-trust", cli("key", "trust", card))["fingerprint"] == office("key", "show")["fingerprint"]
    exported = check("export", cli("export", "--to", tmp_path / "stick"))
    assert exported["bundles"][0]["recipients"]
    (row,) = check("import", office("import", tmp_path / "stick"))
    check("outbox", cli("outbox"))
    code = check("receipt-show", office("receipt", "show", row["bundle"][:8]))["code"]
    (tmp_path / "receipt.txt").write_text(code, encoding="utf-8")
    assert cli("qr", "show", tmp_path / "receipt.txt")["frames"] == 1
    assert check("key-test", office("key", "test"))["opened"]
    assert not check("key-test", cli("key", "test"))["opened"]
    number = cli("note", "list")[0]["number"]
    assert check("where", cli("where", number))["status"] == "exported"
    check("receipt-apply", cli("receipt", "apply", tmp_path / "receipt.txt"))
    assert check("where", cli("where", number))["status"] == "acknowledged"
    check("quarantine", cli("quarantine"))
    check("receipt-list", office("receipt", "list"))
    check("receipt-list", cli("receipt", "list"))
    check("receipt-apply", cli("receipt", "apply", row["receipt"]))
    assert {line["status"] for line in check("outbox", cli("outbox"))} == {"acknowledged"}
    assert cli("export", "--to", tmp_path / "stick")["bundles"] == []
    device = check("key-list", office("key", "list"))[0]["device"]
    check("key-revoke", office("key", "revoke", device))
    bundle = exported["bundles"][0]["file"]
    frames = check("qr-frames", cli("qr", "frames", bundle, "--to", tmp_path / "frames"))
    assert frames["bytes"] == exported["bundles"][0]["bytes"]
    check("import", office("import", "--undo", bundle))
    check("state", office("state"))
    check("conflict-list", office("conflict", "list"))
    check("verify", cli("verify"))
    check("doctor", cli("doctor"))
    check("backup", cli("backup", tmp_path / "copy.fkbak"))
    check("restore", Cli(tmp_path / "again")("restore", tmp_path / "copy.fkbak"))


def test_a_conflict_speaks_by_the_schemas(tmp_path: Path) -> None:
    """Two laptops change one cell."""
    first, second = Cli(tmp_path / "a"), Cli(tmp_path / "b")
    for cli, value in ((first, "40"), (second, "41")):
        cli("subject", "import", SUBJECTS)
        cli("subject", "edit", "B-LL", f"members_full={value}")
    second("export", "--to", tmp_path / "stick")
    first("import", tmp_path / "stick")
    found = check("conflict-list", first("conflict", "list"))
    conflict = next(item for item in found if item["field"] == "members_full")
    check("conflict-show", first("conflict", "show", conflict["id"]))
    check("conflict-resolve", first("conflict", "resolve", conflict["id"], "--value", "42"))
    assert first("subject", "show", "B-LL")["members_full"] == "42"


def test_sealing_speaks_by_the_schemas(tmp_path: Path) -> None:
    """A sealed workspace opens with its passphrase alone, and unseals again."""
    cli = Cli(tmp_path / "laptop")
    cli("note", "add", "--text", "secret place")
    cli("subject", "import", SUBJECTS)
    visit = cli("visit", "start", "--subject", "B-LL", "--form", "branch_std")["visit"]
    paper = tmp_path / "paper.txt"
    paper.write_text("secret place on paper", encoding="utf-8")
    cli("visit", "attach", visit, paper)
    secret = tmp_path / "secret"
    secret.write_text("four plain words here\n", encoding="utf-8")
    sealed = check("seal", cli("seal", "--passphrase-file", secret))
    assert sealed["recovery_words"]
    assert cli.error("note", "list", code=3)["code"] == "STORE-030"
    key = ("--passphrase-file", secret)
    assert cli("note", "list", *key)[0]["text"] == "secret place"
    paper.write_text("another secret place", encoding="utf-8")
    cli("visit", "attach", visit, paper, *key)
    assert cli("subject", "list", "--find", "llcdzb", *key)
    assert cli("verify", *key)["problems"] == []
    plain = [path for path in cli.home.rglob("*") if path.is_file() and b"secret place" in path.read_bytes()]
    assert plain == []
    cli("export", "--to", tmp_path / "stick", *key)
    office = Cli(tmp_path / "office")
    office("import", tmp_path / "stick")
    assert office("verify")["problems"] == []
    check("unseal", cli("unseal", "--passphrase-file", secret))
    assert cli("note", "list")[0]["text"] == "secret place"
    assert cli("verify")["problems"] == []


def test_the_demo_speaks_by_its_schema(tmp_path: Path) -> None:
    """The demo loads, holds what it promises, and is whole."""
    cli = Cli(tmp_path / "demo")
    made = check("demo", cli("demo", "--no-open", "--seed", "3"))
    assert (made["subjects"], made["visits"]) == (41, 17)
    assert made["findings"] >= 20
    states = {line["state"] for line in check("visit-list", cli("visit", "list"))}
    assert {"open", "ready", "fed", "final", "returned", "accepted"} <= states
    assert len({item["state"] for item in check("finding-list", cli("finding", "list"))}) >= 4
    kinds = {line["kind"] for line in check("subject-list", cli("subject", "list"))}
    assert len(kinds) == 12
    assert cli("verify")["ok"]
    assert cli.error("demo", "--no-open", code=3)["code"] == "WSP-003"
    other = Cli(tmp_path / "other")
    other("demo", "--no-open", "--seed", "3")
    assert [line["number"] for line in other("visit", "list")] == [line["number"] for line in cli("visit", "list")]
    assert [item["statement"] for item in other("finding", "list")] == [
        item["statement"] for item in cli("finding", "list")
    ]
