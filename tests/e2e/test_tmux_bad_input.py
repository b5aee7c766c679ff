"""What is wrong, on the screen of the real app: said with a code and the next step, and nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.commandline import NOW, SUBJECTS, Cli, branch
from tests.e2e.person import SIZE, Person
from tests.e2e.terminal import FIELDKIT, Terminal

pytestmark = [pytest.mark.needs("tmux"), pytest.mark.slow]

EVIL = "before\x1b[2J\x07\u202eright to left\u202c [bold red]no markup[/] "


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Terminal]:
    """Return a terminal of 80x24."""
    with Terminal(tmp_path / "tmux", SIZE) as terminal:
        yield terminal


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """Return a workspace whose first start is over, with the register."""
    cli = Cli(tmp_path / "laptop")
    cli("subject", "import", SUBJECTS)
    settled(cli)
    return cli


def settled(cli: Cli) -> None:
    """Answer the three questions of the first start."""
    from datetime import datetime

    from fieldkit.bootstrap import open_services

    services = open_services(cli.home, now=datetime.fromisoformat(NOW), lang="en", threaded=False)
    services.settings.complete_first_run("en", "A01", "d01")
    services.close()


def newer(data: bytes) -> bytes:
    """Return a bundle that says it is of a newer format."""
    head, body = data.split(b"\n", 1)
    envelope = json.loads(head)
    manifest = json.loads(envelope["manifest"])
    manifest.update(format=99, min_reader=99)
    envelope.update(manifest=json.dumps(manifest), key=None, signature=None)
    return json.dumps(envelope).encode() + b"\n" + body


def test_bad_bundles_are_refused_one_by_one_and_the_good_one_is_taken(
    cli: Cli, screen: Terminal, tmp_path: Path
) -> None:
    """Cut off, altered, longer than its manifest says, of a newer format: each with its code; the rest comes in."""
    cli("note", "add", "--text", "cold hall")
    good = Path(cli("export", "--to", tmp_path / "stick")["bundles"][0]["file"])
    data = good.read_bytes()
    for name, bad in {
        "a-short": data[: len(data) // 2],
        "b-flip": data[:-10] + bytes([data[-10] ^ 1]) + data[-9:],
        "c-long": data + b"more than the manifest says",
        "d-new": newer(data),
    }.items():
        (good.parent / f"{name}.fkb").write_bytes(bad)
    office = Cli(tmp_path / "office")
    settled(office)
    person = Person(screen, office.home)
    person.start()
    person.see("| outbox ")
    person.type("gya", see="Bundle, or folder of bundles")
    person.press("C-u")
    person.type(str(good.parent), "Enter", see="NOTHING IS WRITTEN YET")
    person.choose("write it")
    shown = person.see("Not taken")
    assert shown.count("SYNC-") >= 3
    person.press("Escape")
    person.gone("Not taken")
    person.leave()
    assert office("state")["counts"]["note"] == 1
    assert office("note", "list")[0]["text"] == "cold hall"


def test_text_from_outside_does_no_harm_on_the_screens(cli: Cli, screen: Terminal) -> None:
    """Control characters, markup, marks of direction and a line of a megabyte are shown as what they are."""
    cli("note", "add", "--subject", "B-LL", "--text", EVIL + "x" * 1_000_000)
    visit = cli("visit", "start", "--subject", "B-LL", "--form", "branch_std")["visit"]
    cli("finding", "add", "--visit", visit, "--statement", EVIL + "y" * 1_000_000)
    person = Person(screen, cli.home)
    person.start()
    person.see("| outbox ")
    for keys, title in (("gn", "Field notes | "), ("gf", "Findings | ")):
        person.type(keys, see=title)
        shown = person.see("before")
        assert shown.split("\n")[0].startswith("-- ")
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert "F1" in shown.split("\n")[-1]
    person.press("Enter", see="[bold red]no markup[/]")
    person.leave()
    assert cli("note", "list")[0]["text"].startswith(EVIL)


def test_a_file_that_vanished_is_told_and_the_path_stays_to_be_mended(
    cli: Cli, screen: Terminal, tmp_path: Path
) -> None:
    """The message has its code; what was typed is still in the field."""
    visit = cli("visit", "start", "--subject", "B-LL", "--form", "branch_std")["visit"]
    person = Person(screen, cli.home)
    person.start("open", visit)
    person.see("visit_date")
    person.press("F3", see="seen, not copied")
    person.type("1", see="Path of the file")
    person.type(str(tmp_path / "gone.pdf"), "Enter", see="BLOB-001")
    person.see("gone.pdf")
    (tmp_path / "gone.pdf").write_bytes(b"%PDF-1.4 back again")
    person.press("Enter", see="File kept.")
    person.leave()
    (piece,) = cli("visit", "show", visit)["evidence"]
    assert piece["name"] == "gone.pdf"


def test_findings_that_stay_are_listed_when_a_visit_is_finalised(cli: Cli, screen: Terminal) -> None:
    """The visit is final, the screen warns and names what stays."""
    visit = cli("visit", "start", "--subject", "B-LL", "--form", "branch_std")["visit"]
    cli.fill(visit, branch())
    finding = cli("finding", "add", "--visit", visit, "--statement", "not heard yet", "--criterion", "rules")
    person = Person(screen, cli.home)
    person.start("open", visit)
    person.see("so far")
    for move in ("Mark ready", "Finalise"):
        person.type("m", see="Moves of this visit")
        person.choose(move)
        person.gone("Moves of this visit")
    shown = person.see("Done, with warnings")
    assert finding["number"] in shown
    person.press("Escape")
    person.leave()
    assert cli("visit", "show", visit)["state"] == "final"
    assert cli("finding", "show", finding["id"])["state"] == "draft"


def test_a_second_app_reads_and_says_why_it_cannot_write(cli: Cli, screen: Terminal, tmp_path: Path) -> None:
    """While one app is open another one shows everything, says who holds the workspace, and writes nothing."""
    cli("note", "add", "--text", "first")
    person = Person(screen, cli.home)
    person.start()
    person.see("| outbox ")
    digest = cli("state")["digest"]
    with Terminal(tmp_path / "second", SIZE) as other:
        second = Person(other, cli.home)
        second.start()
        second.see("| outbox ")
        second.press("F2", see="Quick note")
        second.type("lost?", "Tab", see="STORE-013")
        second.see("1 note not linked yet")
        second.leave()
    assert cli("state")["digest"] == digest
    person.press("F2", see="Quick note")
    person.type("still mine", "Tab", see="Note saved.")
    person.leave()
    assert sorted(note["text"] for note in cli("note", "list")) == ["first", "still mine"]


def test_a_folder_that_is_no_folder_is_told_before_anything_is_painted(screen: Terminal, tmp_path: Path) -> None:
    """A workspace that cannot be made ends with a coded message, not with a trace."""
    place = tmp_path / "file"
    place.write_text("no folder", encoding="utf-8")
    screen.start([*FIELDKIT, "--home", str(place / "home")])
    shown = screen.see("EXIT=", 60)
    assert "Traceback" not in shown
    assert "WSP-" in shown or "STORE-" in shown
