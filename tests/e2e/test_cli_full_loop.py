"""From the subject list to submitted findings at the office, all of it through the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.e2e.commandline import SUBJECTS, Cli, branch, village

VISITS = (("V-LL", "B-LL"), ("V-SQ", "B-SQ"), ("V-DG", "B-DG"))


def team(home: Path) -> Cli:
    """Return a laptop with the register."""
    cli = Cli(home)
    done = cli("subject", "import", SUBJECTS)
    assert done == {"added": 41, "changed": 0, "unchanged": 0, "refused": []}
    return cli


def visited(cli: Cli, subject: str) -> str:
    """Return a visit of a village with its branch, both forms complete, with three findings."""
    visit = cli("visit", "start", "--subject", subject, "--form", "branch_std", "--form", "village_econ")["visit"]
    cli.fill(visit, branch(c_life="none", d_full="part"), "branch_std:")
    cli.fill(visit, village(), "village_econ:")
    for number, ref in enumerate(("branch_std:/data/c/c_life", "branch_std:/data/d/d_full", ""), 1):
        words = [
            "finding",
            "add",
            "--visit",
            visit,
            "--statement",
            f"statement {number} of {subject}",
            "--evidence",
            "D:record book",
            "O:notice board",
            "--criterion",
            "rules of the branch",
        ]
        cli(*words, *(["--ref", ref] if ref else []))
    return str(visit)


def submitted(cli: Cli, visit: str) -> None:
    """Confirm all findings, exchange views, and finalise the visit."""
    shown = cli("visit", "show", visit)
    for finding in shown["findings"]:
        assert finding["state"] == "draft"
        assert cli("finding", "move", finding["id"], "confirm")["state"] == "confirmed"
        assert (
            cli("finding", "move", finding["id"], "exchange_views", "--set", "subject_view=agree")["state"] == "heard"
        )
    assert cli("visit", "move", visit, "ready") == {"visit": visit, "state": "ready", "reasons": []}
    assert cli("visit", "move", visit, "finalise") == {"visit": visit, "state": "final", "reasons": []}


def numbers(findings: list[dict[str, Any]]) -> list[str]:
    """Return the numbers of findings, sorted."""
    return sorted(str(finding["number"]) for finding in findings)


def test_three_visits_with_nine_findings_reach_the_office(tmp_path: Path) -> None:
    """Nothing is there twice after two imports, and both copies agree to the last operation."""
    cli = team(tmp_path / "laptop")
    visits = [visited(cli, subject) for subject, _branch in VISITS]
    for visit in visits:
        submitted(cli, visit)
    exported = cli("export", "--to", tmp_path / "stick")
    assert exported["operations"] == sum(bundle["operations"] for bundle in exported["bundles"])
    office = Cli(tmp_path / "office")
    first = office("import", tmp_path / "stick")
    assert {row["status"] for row in first} == {"imported"}
    again = office("import", tmp_path / "stick")
    assert {row["status"] for row in again} == {"known"}
    assert sum(row["new"] + row["changed"] + row["conflicts"] for row in again) == 0
    findings = office("finding", "list", "--query", "state:submitted")
    assert len(findings) == 9
    assert numbers(findings) == numbers(cli("finding", "list"))
    assert office("state")["digest"] == cli("state")["digest"]
    shown = office("visit", "show", visits[0])
    assert shown["state"] == "final"
    assert shown["revision"] == 1
    branch_form = shown["forms"][0]
    assert branch_form["answers"]["/data/c/c_life"]["value"] == "none"
    assert branch_form["score"] == cli("visit", "show", visits[0])["forms"][0]["score"]


def test_the_office_reviews_and_the_laptop_corrects(tmp_path: Path) -> None:
    """A returned visit travels back; the correction is its next revision."""
    cli = team(tmp_path / "laptop")
    visit = visited(cli, "V-LL")
    submitted(cli, visit)
    cli("export", "--to", tmp_path / "up")
    office = Cli(tmp_path / "office")
    office("import", tmp_path / "up")
    office("actor", "add", "R01", "--role", "reviewer")
    refused = office.any("--actor", "R01", "visit", "move", visit, "return")
    assert office.code == 1
    assert refused["state"] == "final"
    assert [reason["code"] for reason in refused["reasons"]] == ["field_missing"]
    returned = office(
        "--actor",
        "R01",
        "visit",
        "move",
        visit,
        "return",
        "--set",
        'remarks=[{"question": null, "text": "add the basis"}]',
    )
    assert returned["state"] == "returned"
    office("export", "--to", tmp_path / "down")
    assert any(row["changed"] for row in cli("import", tmp_path / "down"))
    assert cli("visit", "show", visit)["state"] == "returned"
    line = cli("visit", "answer", visit, "branch_std:/data/c/c_life", "part")[0]
    assert line["value"] == "part"
    shown = cli("visit", "show", visit)
    assert (shown["state"], shown["revision"]) == ("open", 2)
    assert cli("visit", "move", visit, "ready")["state"] == "ready"
    assert cli("visit", "move", visit, "finalise")["state"] == "final"


def test_findings_that_were_not_heard_stay_and_are_named(tmp_path: Path) -> None:
    """Finalising submits what may be submitted; the rest is listed and can be moved afterwards."""
    cli = team(tmp_path / "laptop")
    visit = visited(cli, "V-LL")
    drafts = cli("finding", "list")
    praise = cli(
        "finding",
        "add",
        "--visit",
        visit,
        "--statement",
        "joint meetings",
        "--type",
        "good_practice",
        "--severity",
        "S4",
        "--criterion",
        "good",
        "--evidence",
        "O:seen",
    )
    cli("finding", "move", praise["id"], "confirm")
    cli("visit", "move", visit, "ready")
    result = cli.any("visit", "move", visit, "finalise")
    assert cli.code == 1
    assert result["state"] == "final"
    assert [reason["code"] for reason in result["reasons"]] == ["finding_not_submitted"] * 3 + ["findings_left"]
    assert cli("finding", "show", praise["id"])["state"] == "submitted"
    finding = drafts[0]["id"]
    cli("finding", "move", finding, "confirm")
    cli("finding", "move", finding, "exchange_views", "--set", "subject_view=agree")
    assert cli("finding", "move", finding, "submit")["state"] == "submitted"
