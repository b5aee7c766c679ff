"""Stars, incomes and languages as the command line shows them, and numbers of persons that it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.commandline import SUBJECTS, Cli, branch, complete, village


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """Return a laptop with the register."""
    laptop = Cli(tmp_path / "laptop")
    laptop("subject", "import", SUBJECTS)
    return laptop


def started(cli: Cli, subject: str, form: str) -> str:
    """Begin a visit and return its id."""
    return str(cli("visit", "start", "--subject", subject, "--form", form)["visit"])


def test_a_low_ballot_caps_the_star_and_a_veto_takes_it(cli: Cli) -> None:
    """Everything full, ballot 55 %, county honour: 100 points, composite 87.5, two stars; with a veto none."""
    visit = started(cli, "B-LL", "branch_std")
    cli.fill(visit, branch(ballot=(40, 12, 10, 18), honour="county"))
    score = cli("visit", "show", visit)["forms"][0]["score"]
    assert score["percent"] == 100
    assert score["composite"] == 87.5
    assert score["star"] == 2
    line = cli("visit", "answer", visit, "/data/zz/veto", "v4")[0]
    assert "/data/zz/veto_ev" in line["changed"]
    shown = cli("visit", "show", visit)["forms"][0]
    assert shown["score"]["star"] == 0
    assert shown["answers"]["/data/zz/veto_ev"]["violation"]["condition"] == "required"
    refused = cli.any("visit", "move", visit, "ready")
    assert cli.code == 1
    assert "/data/zz/veto_ev" in [reason["ref"] for reason in refused["reasons"]]


def test_what_does_not_apply_leaves_both_sums(cli: Cli) -> None:
    """A branch with five members and no groups scores 100 out of fewer points."""
    visit = started(cli, "B-KL", "branch_std")
    cli.fill(visit, branch(m_full=5, groups_n=0, e_mob=0, e_pair=0))
    score = cli("visit", "show", visit)["forms"][0]["score"]
    assert score["percent"] == 100
    assert score["max"] == 86
    assert score["got"] == 86


def test_income_of_a_village_and_a_split_that_does_not_add_up(cli: Cli) -> None:
    """Own income, growth, share and tier are computed; a split of 110 % is shown and keeps the visit open."""
    visit = started(cli, "V-LL", "village_econ")
    streams = (("oper", 6, 5), ("cont", 3, 2), ("inv", 1, 1), ("sub", 20, 20))
    form = village()
    form.rows("inc", len(streams))
    for row, (kind, this, last) in enumerate(streams, 1):
        form.answer("i_kind", kind, row=row)
        form.answer("i_this", this, row=row)
        form.answer("i_last", last, row=row)
    cli.fill(visit, complete(form))
    answers = cli("visit", "show", visit)["forms"][0]["answers"]
    values = {ref.rpartition("/")[2]: entry["value"] for ref, entry in answers.items()}
    assert float(values["inc_own"]) == 10
    assert float(values["inc_g"]) == 25.0
    assert float(values["inc_share"]) == 33.3
    assert values["inc_tier"] == "T3"
    wrong = cli("visit", "answer", visit, "/data/e/co_d3", "20")[0]
    assert wrong["value"] == "20"
    assert wrong["violation"]["condition"] == "constraint"
    refused = cli.any("visit", "move", visit, "ready")
    assert (cli.code, refused["state"]) == (1, "open")
    assert [reason["code"] for reason in refused["reasons"]] == ["constraints_pass"]
    assert cli("visit", "answer", visit, "/data/e/co_d3", "10")[0]["violation"] is None
    assert cli("visit", "move", visit, "ready")["state"] == "ready"


def test_a_number_of_a_person_is_asked_about_before_it_is_saved(cli: Cli) -> None:
    """Nothing is written without the confirmation, with it the same words are."""
    visit = started(cli, "B-LL", "branch_std")
    digest = cli("state")["digest"]
    number, identity = "call 13800138000", "card 11010519491231002X"
    tries: tuple[tuple[str, ...], ...] = (
        ("note", "add", "--subject", "B-LL", "--text", number),
        ("note", "add", "--subject", "B-LL", "--text", identity),
        ("visit", "seen", visit, "--text", number),
        ("finding", "add", "--visit", visit, "--statement", number),
        ("finding", "add", "--visit", visit, "--statement", "x", "--evidence", f"D:{identity}"),
        ("finding", "add", "--visit", visit, "--statement", "x", "--criterion", number),
    )
    for words in tries:
        assert cli.error(*words)["code"] in {"PRIV-001", "PRIV-002"}
    assert cli.error("subject", "edit", "V-LL", f"name_en=Village {number}")["code"] == "PRIV-001"
    moved = cli.any("visit", "move", visit, "discard", "--set", f"reason={number}")
    assert (cli.code, moved["state"], moved["reasons"][0]["code"]) == (1, "open", "PRIV-001")
    line = cli.any("visit", "answer", visit, "/data/res/advice", number)[0]
    assert (cli.code, line["error"]["code"]) == (1, "PRIV-001")
    assert cli("state")["digest"] == digest
    for words in tries:
        cli(*words, "--confirm")
    assert cli("subject", "edit", "V-LL", f"name_en=Village {number}", "--confirm")["name_en"].endswith(number)
    assert cli("visit", "move", visit, "discard", "--set", f"reason={number}", "--confirm")["state"] == "void"
    assert len(cli("note", "list")) == 2
    assert len(cli("finding", "list")) == 3


def test_the_language_changes_labels_and_no_data(cli: Cli) -> None:
    """Chinese and English show the same answers under other labels."""
    visit = started(cli, "B-LL", "branch_std")
    cli("visit", "answer", visit, "/data/c/c_life", "part")
    digest = cli("state")["digest"]
    english = cli("visit", "show", visit)
    chinese = json.loads(cli.text("visit", "show", visit, "--json", "--lang", "zh_CN"))
    first, second = english["forms"][0]["answers"], chinese["forms"][0]["answers"]
    assert [entry["value"] for entry in first.values()] == [entry["value"] for entry in second.values()]
    assert first["/data/c/c_life"]["label"] != second["/data/c/c_life"]["label"]
    assert "组织生活" in second["/data/c/c_life"]["label"]
    assert cli("state")["digest"] == digest
