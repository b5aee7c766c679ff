"""Bad input gets a coded error with a next step, and nothing is lost by it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from fieldkit.resources import data_path
from tests.e2e.commandline import SUBJECTS, Cli


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """Return a laptop with one note."""
    laptop = Cli(tmp_path / "laptop")
    laptop("note", "add", "--text", "first")
    return laptop


def coded(error: dict[str, Any]) -> str:
    """Return the code of an error that says something and what to do."""
    assert error["message"]
    assert error["hint"]
    return str(error["code"])


def survey(path: Path, text: str) -> Path:
    """Write a form as Markdown."""
    path.write_text(text, encoding="utf-8")
    return path


class TestForms:
    def test_a_workbook_that_is_cut_off(self, cli: Cli, tmp_path: Path) -> None:
        """Half a workbook is refused by check and by add."""
        path = tmp_path / "half.xlsx"
        path.write_bytes(data_path("checklists", "branch_std.xlsx").read_bytes()[:4000])
        (checked,) = cli.any("form", "check", path)
        assert (cli.code, checked["ok"]) == (1, False)
        assert checked["problems"][0]["code"]
        assert coded(cli.error("form", "add", path)) == checked["problems"][0]["code"]

    def test_a_workbook_without_survey(self, cli: Cli, tmp_path: Path) -> None:
        """The missing sheet is named."""
        from openpyxl import Workbook

        path = tmp_path / "empty.xlsx"
        book = Workbook()
        book.create_sheet("notes")
        book.save(path)
        (checked,) = cli.any("form", "check", path)
        assert not checked["ok"]
        assert "survey" in checked["problems"][0]["message"]

    def test_a_cycle(self, cli: Cli, tmp_path: Path) -> None:
        """Two values that need each other are refused with their names."""
        path = survey(
            tmp_path / "cycle.md",
            "| survey |\n| | type | name | label | calculation |\n"
            "| | calculate | a | | ${b} + 1 |\n| | calculate | b | | ${a} + 1 |\n| | integer | c | C | |\n",
        )
        (checked,) = cli.any("form", "check", path)
        assert not checked["ok"]

    def test_one_bad_file_does_not_hide_the_others(self, cli: Cli, tmp_path: Path) -> None:
        """Every file has its line."""
        good = data_path("checklists", "recheck.xlsx")
        checked = cli.any("form", "check", tmp_path / "missing.xlsx", good)
        assert cli.code == 1
        assert [entry["ok"] for entry in checked] == [False, True]


class TestSubjects:
    def test_rows_are_refused_one_by_one(self, cli: Cli, tmp_path: Path) -> None:
        """A duplicate, an unknown column and an unknown parent are listed; the good row is kept."""
        path = tmp_path / "list.csv"
        path.write_text(
            "id,kind,name_en,parent,shoe\nA1,county,Upper,,\nA1,county,Again,,\nA2,township,Lost,NOWHERE,\nA3,castle,No,,\n",
            encoding="utf-8",
        )
        done = cli.any("subject", "import", path)
        assert cli.code == 1
        assert (done["added"], done["changed"]) == (1, 0)
        assert [(row["row"], row["column"]) for row in done["refused"]] == [
            (1, "shoe"),
            (3, "id"),
            (4, "parent"),
            (5, "kind"),
        ]
        assert all(row["code"].startswith("SUBJ-") and row["message"] for row in done["refused"])

    def test_a_row_with_the_number_of_a_person(self, cli: Cli, tmp_path: Path) -> None:
        """The row is refused with its place, the others are taken."""
        path = tmp_path / "list.csv"
        path.write_text("id,kind,name_en\nA1,county,Upper 13800138000\nA2,county,Lower\n", encoding="utf-8")
        done = cli.any("subject", "import", path)
        assert (cli.code, done["added"]) == (1, 1)
        assert [(row["row"], row["column"], row["code"]) for row in done["refused"]] == [(2, "name_en", "PRIV-001")]

    def test_a_subject_that_does_not_exist(self, cli: Cli) -> None:
        """The name is said and how to list what there is."""
        for words in (("subject", "show", "XX"), ("visit", "start", "--subject", "XX", "--form", "branch_std")):
            assert coded(cli.error(*words, code=2)) == "REC-001"

    def test_a_form_that_does_not_exist(self, cli: Cli) -> None:
        """The known ones are named."""
        cli("subject", "import", SUBJECTS)
        error = cli.error("visit", "start", "--subject", "B-LL", "--form", "nothing", code=2)
        assert coded(error) == "FORMS-001"
        assert "branch_std" in error["hint"]


class TestAnswers:
    @pytest.fixture
    def visit(self, cli: Cli) -> str:
        """Return a visit of a branch."""
        cli("subject", "import", SUBJECTS)
        return str(cli("visit", "start", "--subject", "B-LL", "--form", "branch_std")["visit"])

    @pytest.mark.parametrize(
        ("ref", "value", "code"),
        [
            ("/data/hd/visit_date", "tomorrow", "VISIT-011"),
            ("/data/a/m_full", "many", "VISIT-011"),
            ("/data/c/c_life", "perhaps", "VISIT-017"),
            ("/data/nothing", "1", "VISIT-001"),
            ("/data/b/b_term", "1", "VISIT-014"),
            ("/data/zz/veto_ev", "x", "VISIT-012"),
            ("/data/c", "x", "VISIT-003"),
        ],
    )
    def test_what_an_item_does_not_take(self, cli: Cli, visit: str, ref: str, value: str, code: str) -> None:
        """The refused one says why, the others are saved."""
        results = cli.any("visit", "answer", visit, ref, value, "/data/c/c_lead", "full")
        assert cli.code == 1
        assert results[0]["ref"] == ref
        assert coded(results[0]["error"]) == code
        assert results[1]["value"] == "full"

    def test_a_value_that_breaks_a_constraint_is_stored_and_shown(self, cli: Cli, visit: str) -> None:
        """It counts as answered and wrong; only the move is refused."""
        (line,) = cli("visit", "answer", visit, "/data/hd/p_end", "2030-01-01")
        assert line["violation"]["condition"] == "constraint"
        assert line["violation"]["message"]
        assert cli("visit", "show", visit)["forms"][0]["progress"]["invalid"] == 1

    def test_a_visit_that_is_closed(self, cli: Cli, visit: str) -> None:
        """A void visit takes nothing, and says so."""
        cli("visit", "move", visit, "discard", "--set", "reason=wrong branch")
        (line,) = cli.any("visit", "answer", visit, "/data/c/c_life", "full")
        assert (cli.code, line["error"]["code"]) == (1, "VISIT-020")

    def test_a_file_that_vanished(self, cli: Cli, visit: str, tmp_path: Path) -> None:
        """Nothing is attached."""
        assert coded(cli.error("visit", "attach", visit, tmp_path / "gone.pdf")) == "BLOB-001"
        assert cli("visit", "show", visit)["evidence"] == []


class TestBundles:
    @pytest.fixture
    def bundle(self, cli: Cli, tmp_path: Path) -> Path:
        """Return the path of a bundle."""
        return Path(cli("export", "--to", tmp_path / "out")["bundles"][0]["file"])

    def test_bad_ones_are_refused_and_good_ones_imported(self, bundle: Path, tmp_path: Path) -> None:
        """Truncated, altered, foreign and missing: each has its reason, the good one is there."""
        data = bundle.read_bytes()
        folder = tmp_path / "mixed"
        folder.mkdir()
        (folder / "a-short.fkb").write_bytes(data[: len(data) // 2])
        (folder / "b-flip.fkb").write_bytes(data[:-10] + bytes([data[-10] ^ 1]) + data[-9:])
        (folder / "c-text.fkb").write_text("hello", encoding="utf-8")
        (folder / bundle.name).write_bytes(data)
        office = Cli(tmp_path / "office")
        rows = office.any("import", folder, tmp_path / "missing.fkb")
        assert office.code == 1
        by_name = {row["bundle"]: row for row in rows}
        assert by_name[bundle.name]["status"] == "imported"
        for name in ("a-short.fkb", "b-flip.fkb", "c-text.fkb", "missing.fkb"):
            assert by_name[name]["status"] == "refused"
            assert by_name[name]["reason"].startswith("SYNC-")
        assert office("state")["counts"]["note"] == 1

    def test_a_newer_format(self, bundle: Path, tmp_path: Path) -> None:
        """The sentence says that an update is needed."""
        head, body = bundle.read_bytes().split(b"\n", 1)
        envelope = json.loads(head)
        manifest = json.loads(envelope["manifest"])
        manifest.update(format=99, min_reader=99)
        envelope.update(manifest=json.dumps(manifest), key=None, signature=None)
        path = tmp_path / "new.fkb"
        path.write_bytes(json.dumps(envelope).encode() + b"\n" + body)
        (row,) = Cli(tmp_path / "office").any("import", path)
        assert row["status"] == "refused"
        assert row["reason"].startswith("SYNC-007")

    def test_trust_can_be_demanded(self, cli: Cli, bundle: Path, tmp_path: Path) -> None:
        """The first bundle of an unknown device waits where trust is required, else it is unconfirmed."""
        office = Cli(tmp_path / "office")
        (row,) = office.any("import", bundle, "--require-trust")
        assert (office.code, row["status"]) == (1, "quarantined")
        assert office("state")["counts"]["operations"] == 0
        card = tmp_path / "card"
        card.write_text(cli.text("key", "show", "--card"), encoding="utf-8")
        office("key", "trust", card)
        assert office("state")["counts"]["note"] == 1
        (row,) = office("import", bundle, "--require-trust")
        assert (row["status"], row["trust"]) == ("known", "confirmed")
        (row,) = Cli(tmp_path / "other")("import", bundle)
        assert (row["status"], row["trust"]) == ("imported", "unconfirmed")


class TestWorkspace:
    def test_a_second_process_reads_and_does_not_write(self, cli: Cli) -> None:
        """While somebody writes, reading commands work and writing ones say who holds it."""
        from fieldkit.bootstrap import open_services

        holder = open_services(cli.home)
        try:
            assert len(cli("note", "list")) == 1
            error = cli.error("note", "add", "--text", "second", code=3)
            assert coded(error) == "WSP-001"
            assert error["where"]["pid"] == os.getpid()
        finally:
            holder.close()
        cli("note", "add", "--text", "second")

    def test_a_folder_that_is_no_workspace_after_damage(self, cli: Cli, tmp_path: Path) -> None:
        """A journal that is cut is opened again; what was acknowledged before the cut is there."""
        (segment,) = sorted((cli.home / "journal").glob("*.seg"))
        data = segment.read_bytes()
        segment.write_bytes(data[:-7])
        shown = cli("doctor") if cli.any("doctor")["ok"] else cli.any("doctor")
        assert shown["problems"]
        assert cli.any("verify")["records"] <= 1

    def test_wrong_usage(self, cli: Cli, tmp_path: Path) -> None:
        """Unknown commands, actors, roles and moments are exit 2 with a code."""
        assert cli.error("nonsense", code=2)["code"] == "CLI-001"
        assert cli.error("--actor", "Z99", "note", "list", code=2)["code"] == "ACT-001"
        assert cli.error("--role", "approver", "note", "list", code=2)["code"] == "ACT-002"
        assert cli.error("--role", "system", "note", "list", code=2)["code"] == "ACT-002"
        assert cli.error("actor", "add", "A09", "--role", "system", code=2)["code"] == "ACT-004"
        assert cli.error("note", "list", "--now", "yesterday", code=2)["code"] == "CLI-002"
        assert cli.error("import", code=2)["code"] == "CLI-009"
        del tmp_path

    def test_a_program_error_leaves_a_crash_file(self, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        """Exit 70, one JSON error, and a file with the details."""

        def broken(*_words: object) -> None:
            raise RuntimeError

        monkeypatch.setattr("fieldkit.services.notes.Notes.list", broken)
        error = cli.error("note", "list", code=70)
        assert error["code"] == "CLI-070"
        assert "RuntimeError" in Path(error["where"]["file"]).read_text(encoding="utf-8")

    def test_text_from_outside_is_harmless_on_the_terminal(self, cli: Cli) -> None:
        """Control characters and megabyte lines are printed without effect, and kept as they are in JSON."""
        evil = "a\x1b[2Jb\x07c"
        cli("note", "add", "--text", evil + "x" * 1_000_000)
        assert "\x1b" not in cli.text("note", "list")
        assert cli("note", "list", "--find", "[2J")[0]["text"].startswith(evil)


def test_answers_through_a_pipe_are_durable_line_by_line(tmp_path: Path) -> None:
    """A line that came back is there after the process was killed."""
    cli = Cli(tmp_path / "laptop")
    cli("subject", "import", SUBJECTS)
    visit = cli("visit", "start", "--subject", "B-LL", "--form", "branch_std")["visit"]
    command = [sys.executable, "-m", "fieldkit", "--home", str(cli.home), "visit", "answer", visit, "--stdin", "--json"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("/data/c/c_life\tpart\n/data/c/c_lead\tfull\n")
        process.stdin.flush()
        lines = [json.loads(process.stdout.readline()) for _line in range(2)]
        process.kill()
    shown = cli("visit", "show", visit)
    answers = shown["forms"][0]["answers"]
    assert shown["operations"] >= max(line["operations"] for line in lines)
    assert [answers[line["ref"]]["value"] for line in lines] == ["part", "full"]


def test_a_zip_is_no_subject_list(tmp_path: Path) -> None:
    """A file of another kind is refused as a whole."""
    path = tmp_path / "list.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "x")
    error = Cli(tmp_path / "laptop").error("subject", "import", path)
    assert error["code"] == "SUBJ-001"
