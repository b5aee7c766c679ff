"""Whole days of work in the real app, by keyboard alone, on the smallest screen: field, stick, office."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders.checklists import Filled
from tests.e2e.commandline import SUBJECTS, Cli, answers_of, branch, village
from tests.e2e.person import SIZE, Person
from tests.e2e.terminal import Terminal

pytestmark = [pytest.mark.needs("tmux"), pytest.mark.slow]

FOUND = ("没有开组织生活会", "记录要素不全", "荣誉没有公示")
"""What is found in each village."""

_DIGITS = re.compile(r"\b(\d{4}-\d{4})\b")


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Terminal]:
    """Return a terminal of 80x24."""
    with Terminal(tmp_path / "tmux", SIZE) as terminal:
        yield terminal


def stored(cli: Cli, visit: str, form_id: str) -> dict[str, str]:
    """Return the answers of a form of a visit, as the command line shows them."""
    forms = {form["form_id"]: form for form in cli("visit", "show", visit)["forms"]}
    return {ref: str(entry["value"]) for ref, entry in forms[form_id]["answers"].items()}


def typed(form: Filled) -> dict[str, str]:
    """Return the answers that were typed, by ref."""
    return dict(answers_of(form))


def holds(values: dict[str, str], wanted: dict[str, str]) -> None:
    """Check that every answer that was typed is stored as it was typed."""
    assert {ref: values.get(ref) for ref in wanted} == wanted


class TestFullLoop:
    """Three visits with two checklists each, nine findings, one stick, one office; all in Chinese."""

    VISITS = (("llc", "柳林村"), ("sqc", "石桥村"), ("dgc", "东港村"))

    def test_from_the_subject_list_to_findings_read_at_the_office(self, screen: Terminal, tmp_path: Path) -> None:
        """What was typed is at the office once, whatever is imported again."""
        stick = tmp_path / "stick"
        laptop = Person(screen, tmp_path / "laptop", "zh_CN")
        self.begin(laptop)
        laptop.type("gs", see="登记表是空的")
        laptop.type("a3", see="名单的路径")
        laptop.type(str(SUBJECTS), "Enter", see="新增 41")
        for initials, name in self.VISITS:
            self.visit(laptop, initials, name)
        self.submit(laptop)
        digits = self.export(laptop, stick)
        laptop.leave()

        office = Person(screen, tmp_path / "office", "zh_CN")
        self.begin(office)
        self.bring_in(office, stick, digits)
        self.read(office)
        office.leave()
        self.check(Cli(laptop.home), Cli(office.home))

    def begin(self, person: Person) -> None:
        """Answer the three questions of the first start, the language in Chinese."""
        person.start()
        person.see("Welcome to Fieldkit")
        person.type("1", see=person.word("Welcome to Fieldkit"))
        person.press("Enter", "Enter", "Enter", see=person.word("Look around first?"))
        person.press("Enter", see=person.word("This workspace is empty."))

    def visit(self, person: Person, initials: str, name: str) -> None:
        """Find a village, start a visit with both checklists, answer them and raise three findings."""
        person.type("gs/")
        person.type(initials, "Enter", see=f">v {name} ")
        person.type("a1", see="[ ]")
        person.type(" ", see="[x]")
        person.choose("branch_std", see="visit_date")
        person.fill(village())
        person.fill(
            branch(c_life="none", d_full="part"),
            after={
                "c_life": lambda: self.find(person, f"{name}:{FOUND[0]}"),
                "d_full": lambda: self.find(person, f"{name}:{FOUND[1]}"),
                "honour": lambda: self.seen_and_found(person, f"{name}:{FOUND[2]}"),
            },
        )

    def find(self, person: Person, statement: str) -> None:
        """Raise a finding from the offer, or from the question under the cursor."""
        person.press("F4", see=person.word("New finding: a draft until you confirm it"))
        person.press("Enter", see=person.word("Enter new line, Tab keeps it, Esc leaves"))
        person.type(statement, "Tab", see=statement)
        person.type("1", see=person.word("Finding kept as draft; gf lists all."))

    def seen_and_found(self, person: Person, statement: str) -> None:
        """Note what was seen at the question under the cursor, and raise a finding that rests on it."""
        person.press("F3", see=person.word("seen, not copied: what and where"))
        person.type("2", see=person.word("Kind of evidence"))
        person.type("1", see=person.word("For example: ledger of dues, page 3, office."))
        person.type("会议室墙上", "Enter", see=person.word("Noted as seen, not copied."))
        self.find(person, statement)

    def submit(self, person: Person) -> None:
        """Confirm all nine findings, note that the subject agrees, and finalise the visits."""
        person.type("gf", see="9/9 ")
        for move in ("confirm", "exchange_views"):
            person.press("Home", *["Space"] * 9, see=person.word("{count} selected", count=9))
            person.type("m", see=person.word("Moves of {count} findings", count=9))
            person.choose(person.code("event", move))
            if move == "exchange_views":
                person.press("Enter")
                person.choose(person.code("subject_view", "agree"), see="> 1")
                person.type("1")
            person.see(person.word("{count} moved, {refused} refused", count=9, refused=0))
        for _visit in self.VISITS:
            person.type("gh", see=person.word("Today"))
            person.press("1", see="已答得分")
            for move in ("ready", "finalise"):
                person.type("m", see=person.word("Moves of this visit"))
                words = person.code("event", move)
                person.choose(words, see=person.word("{move}: done.", move=words))

    def export(self, person: Person, stick: Path) -> str:
        """Write the bundle onto the stick and return its eight digits."""
        person.type("gy", see=person.word("WHERE IS MY RECORD"))
        person.type("x", see=person.word("Folder or stick"))
        person.press("C-u")
        shown = person.type(str(stick), "Enter", see="sha256")
        found = _DIGITS.search(shown)
        assert found, shown
        return found[1]

    def bring_in(self, person: Person, stick: Path, digits: str) -> None:
        """Import the stick after comparing the digits; once more changes nothing."""
        person.type("gy", see=person.word("WHERE IS MY RECORD"))
        shown = self.preview(person, stick)
        assert digits in shown
        person.choose(person.word("compare with the QR code's text or the eight digits"))
        person.see(person.word("Paste the text of the QR code, or type the eight digits"))
        person.type(digits, "Enter", see=person.word("The same: nothing was altered on the way."))
        person.choose(person.word("write it"))
        person.gone(person.word("NOTHING IS WRITTEN YET"))
        shown = self.preview(person, stick)
        assert person.word("known already") in shown
        person.choose(person.word("leave it"))

    def preview(self, person: Person, stick: Path) -> str:
        """Open the stick and return what the import would do."""
        person.type("a", see=person.word("Bundle, or folder of bundles"))
        person.press("C-u")
        return person.type(str(stick), "Enter", see=person.word("NOTHING IS WRITTEN YET"))

    def read(self, person: Person) -> None:
        """Find one of the nine by its pinyin and read it whole."""
        person.type("gf", see="9/9 ")
        person.type("/")
        person.type("石桥 要素", "Enter", see="1/9 ")
        person.press("Enter", see="石桥村:记录要素不全")

    def check(self, laptop: Cli, office: Cli) -> None:
        """Compare both workspaces through the command line."""
        assert office("state")["digest"] == laptop("state")["digest"]
        findings = office("finding", "list", "--query", "state:submitted")
        assert len(findings) == 9
        wanted = {f"{name}:{text}" for _initials, name in self.VISITS for text in FOUND}
        assert {finding["statement"] for finding in findings} == wanted
        for visit in office("visit", "list"):
            assert (visit["state"], visit["revision"]) == ("final", 1)
            holds(stored(office, visit["id"], "branch_std"), typed(branch(c_life="none", d_full="part")))
            holds(stored(office, visit["id"], "village_econ"), typed(village()))


def first_start(person: Person) -> None:
    """Answer the three questions of the first start as they stand, in English."""
    person.start()
    person.see("Welcome to Fieldkit")
    person.press("Enter", "Enter", "Enter", see="Look around first?")
    person.press("Enter", see="This workspace is empty.")


def branch_visit(person: Person) -> None:
    """Add a branch by hand and start a visit there."""
    person.type("gs", see="The register is empty")
    person.type("a2", see="> ")
    for text in ("B1", "Party branch", "柳林村党支部"):
        person.press("Enter", see="Esc leave")
        person.type(text, see=text)
        person.press("Enter", see="Code   ")
    person.type("1", see="Kind Party branch")
    person.type("a1", see="[ ]")
    person.choose("branch_std", see="visit_date")


class TestStars:
    """Everything full, but only 55 % satisfied: two stars, and none with a veto."""

    def test_a_low_ballot_caps_the_star_and_a_veto_takes_it(self, screen: Terminal, tmp_path: Path) -> None:
        """Score and star are on the screen as they change; a veto demands its reason before the visit is ready."""
        form = branch(ballot=(40, 12, 10, 18), honour="county")
        person = Person(screen, tmp_path / "laptop")
        first_start(person)
        branch_visit(person)
        person.fill(form)
        person.see("  2*  ")
        person.press("PageUp", see="  veto\n")
        person.type("4", see="  0*  ")
        person.press("Tab", see="veto_ev")
        person.type("m", see="Moves of this visit")
        person.type("1", see="veto_ev")
        person.press("Enter", see="Enter opens the text")
        person.press("Enter")
        person.type("two records were written later", "Tab")
        person.gone("veto_ev *")
        person.type("m", see="Moves of this visit")
        person.choose("Mark ready", see="Mark ready: done.")
        person.leave()
        cli = Cli(person.home)
        (visit,) = cli("visit", "list")
        shown = cli("visit", "show", visit["id"])
        assert shown["state"] == "ready"
        score = shown["forms"][0]["score"]
        assert (score["percent"], score["star"]) == (100, 0)
        values = stored(cli, visit["id"], "branch_std")
        holds(values, {**typed(form), "/data/zz/veto": "v4", "/data/zz/veto_ev": "two records were written later"})


class TestLanguages:
    """Chinese and English while the app runs: labels change, data do not."""

    def test_switching_changes_labels_and_no_data(self, screen: Terminal, tmp_path: Path) -> None:
        """The same question and answer in both languages, screens and checklist; the digest stays."""
        person = Person(screen, tmp_path / "laptop")
        first_start(person)
        branch_visit(person)
        person.press("PageDown", "PageDown", "PageDown", see="  c_cong ")
        person.type("3", "Tab", see="  c_lect ")
        person.press("BTab", see="  c_cong ")
        cli = Cli(person.home)
        digest = cli("state")["digest"]
        answers = stored(cli, cli("visit", "list")[0]["id"], "branch_std")
        english = person.see("General meetings held", "next")
        person.type("gt", see="Settings")
        self.switch(person, "设置")
        person.type("gv")
        chinese = person.see("党员大会", "下一题", "c_cong")
        assert "> 3" in english
        assert "> 3" in chinese
        person.type("gt", see="设置")
        self.switch(person, "Settings")
        person.type("gv", see="General meetings held")
        person.leave()
        assert cli("state")["digest"] == digest
        assert stored(cli, cli("visit", "list")[0]["id"], "branch_std") == answers
        assert answers["/data/c/c_cong"] == "3"

    def switch(self, person: Person, title: str) -> None:
        """Change the language on the screen of settings and see its title in the other one."""
        person.press("Home", "Down", "Space")
        person.see(f"-- {title} ")
