"""Copies that hold the same operations are the same, whatever came first and however often."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.commandline import SUBJECTS, Cli


def laptop(home: Path, subject: str, value: str, register: Path) -> Cli:
    """Return a laptop with one visit, a finding and a note."""
    cli = Cli(home)
    if register.exists():
        cli("import", register)
    else:
        cli("subject", "import", SUBJECTS)
        cli("export", "--to", register)
    visit = cli("visit", "start", "--subject", subject, "--form", "branch_std")["visit"]
    cli("visit", "answer", visit, "/data/c/c_life", value, "/data/hd/visit_date", "2026-01-09")
    cli("visit", "repeat", visit, "/data/d/rec", "--add")
    cli("visit", "answer", visit, "/data/d/rec[2]/r_kind", "cong")
    cli("finding", "add", "--visit", visit, "--statement", f"seen at {subject}", "--ref", "/data/c/c_life")
    cli("note", "add", "--visit", visit, "--text", "cold hall")
    return cli


def test_two_laptops_and_an_office_agree_in_both_orders_and_twice(tmp_path: Path) -> None:
    """The digest is the same whichever bundle is imported first, and again after a second import."""
    first = laptop(tmp_path / "d01", "B-LL", "part", tmp_path / "register")
    second = laptop(tmp_path / "d02", "B-SQ", "none", tmp_path / "register")
    first("export", "--to", tmp_path / "one")
    second("export", "--to", tmp_path / "two")
    digests = set()
    for name, order in (("a", ("one", "two")), ("b", ("two", "one"))):
        office = Cli(tmp_path / f"office-{name}")
        for folder in order:
            assert office("import", tmp_path / folder)
        once = office("state")
        assert once["counts"]["visit"] == 2
        assert once["counts"]["finding"] == 2
        for folder in order:
            again = office("import", tmp_path / folder)
            assert {row["status"] for row in again} == {"known"}
        assert office("state") == once
        digests.add(once["digest"])
    first("import", tmp_path / "two")
    second("import", tmp_path / "one")
    digests |= {first("state")["digest"], second("state")["digest"]}
    assert len(digests) == 1


def test_a_disagreement_is_kept_whole_and_settled_once(tmp_path: Path) -> None:
    """Two answers to one question both stay; what the reviewer takes reaches everybody."""
    first = laptop(tmp_path / "d01", "B-LL", "part", tmp_path / "register")
    first("export", "--to", tmp_path / "one")
    second = Cli(tmp_path / "d02")
    second("import", tmp_path / "one")
    visit = second("visit", "list")[0]["visit"]
    first("visit", "answer", visit, "/data/c/c_life", "full")
    second("visit", "answer", visit, "/data/c/c_life", "none")
    second("export", "--to", tmp_path / "two")
    rows = first("import", tmp_path / "two")
    assert sum(row["conflicts"] for row in rows) == 1
    (conflict,) = first("conflict", "list")
    assert conflict["record"] == f"visit/{visit}"
    assert {head["value"] for head in conflict["heads"]} == {"full", "none"}
    assert first("visit", "show", visit)["forms"][0]["answers"]["/data/c/c_life"]["conflict"] is True
    taken = next(head for head in conflict["heads"] if head["value"] == "none")
    first("conflict", "resolve", conflict["id"], "--take", taken["head"])
    assert first("conflict", "list") == []
    first("export", "--to", tmp_path / "three")
    second("import", tmp_path / "three")
    assert second("visit", "show", visit)["forms"][0]["answers"]["/data/c/c_life"]["value"] == "none"
    assert first("state")["digest"] == second("state")["digest"]


def test_an_office_that_never_saw_form_and_subject_can_go_on(tmp_path: Path) -> None:
    """The bundle carries the form and the subject with its parents."""
    first = laptop(tmp_path / "d01", "B-LL", "part", tmp_path / "register")
    bundles = first("export", "--to", tmp_path / "one")
    office = Cli(tmp_path / "office")
    office("import", tmp_path / "one")
    visit = office("visit", "list")[0]["visit"]
    assert office("visit", "show", visit)["subject_name"] == "Liulin Village Branch"
    assert office("subject", "show", "T-HX")["kind"] == "township"
    assert office("visit", "answer", visit, "/data/c/c_lead", "full")[0]["value"] == "full"
    assert bundles["bundles"][0]["recipients"] == []


def test_nothing_to_send_is_no_error(tmp_path: Path) -> None:
    """An empty workspace exports an empty list."""
    cli = Cli(tmp_path / "empty")
    assert cli("export", "--to", tmp_path / "out") == {"bundles": [], "operations": 0, "bytes": 0}


def test_an_office_that_only_sees_the_bundles_lists_the_disagreement(tmp_path: Path) -> None:
    """A record that is new here and disputed from the start is in the list too."""
    first = laptop(tmp_path / "d01", "B-LL", "part", tmp_path / "register")
    first("export", "--to", tmp_path / "one")
    second = Cli(tmp_path / "d02")
    second("import", tmp_path / "one")
    visit = second("visit", "list")[0]["visit"]
    for cli, value in ((first, "full"), (second, "none")):
        cli("visit", "answer", visit, "/data/c/c_life", value)
    second("export", "--to", tmp_path / "two")
    first("import", tmp_path / "two")
    first("export", "--to", tmp_path / "three")
    office = Cli(tmp_path / "office")
    office("import", tmp_path / "three")
    (conflict,) = office("conflict", "list")
    assert {head["value"] for head in conflict["heads"]} == {"full", "none"}
