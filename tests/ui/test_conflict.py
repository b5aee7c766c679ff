"""Two teams answered one question differently: the page of the conflict shows it whole, and a person decides."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from fieldkit.bootstrap import open_services
from fieldkit.services.house import Services
from tests.e2e.commandline import NOW, SUBJECTS, Cli, branch
from tests.ui.harness import SIZES, driven

REF = "/data/c/c_life"


@pytest.fixture(scope="module")
def disputed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the workspace of an office that got one visit with two answers, of two teams."""
    folder = tmp_path_factory.mktemp("disputed")
    first, second = Cli(folder / "d01"), Cli(folder / "d02")
    first("subject", "import", SUBJECTS)
    visit = first("visit", "start", "--subject", "B-LL", "--form", "branch_std")["visit"]
    first.fill(visit, branch())
    first("export", "--to", folder / "one")
    second("import", folder / "one")
    second("actor", "add", "insp-03", "--role", "inspector")
    second("actor", "use", "insp-03")
    for cli, value in ((first, "part"), (second, "none")):
        cli("visit", "answer", visit, REF, value)
        cli("subject", "edit", "B-LL", f"members_full={cli.home.name[-1]}0")
    first("export", "--to", folder / "up1")
    second("export", "--to", folder / "up2")
    office = Cli(folder / "office")
    office("import", folder / "up1")
    office("import", folder / "one", folder / "up2")
    assert len(office("conflict", "list")) == 2
    return office.home


@pytest.fixture
def office(disputed: Path, tmp_path: Path) -> Iterator[Services]:
    """Open a copy of the office's workspace."""
    import shutil

    home = tmp_path / "home"
    shutil.copytree(disputed, home)
    opened = open_services(home, now=datetime.fromisoformat(NOW), lang="en", threaded=False)
    opened.settings.complete_first_run("en", "A01", "of1")
    yield opened
    opened.close()


def answered(office: Services) -> str:
    """Return the id of the conflict about the answer."""
    return next(conflict.id for conflict in office.conflicts.list() if conflict.field.startswith("answer:"))


@pytest.mark.parametrize("size", SIZES)
async def test_each_version_shows_who_when_and_what_follows(office: Services, size: tuple[int, int]) -> None:
    """Value in words, points, actor, time, device, score and stars stand in one column for each version."""
    async with driven(office, size) as drive:
        drive.app.go("conflict", conflict=answered(office))
        await drive.settle()
        shown = drive.text()
        columns = {
            row.split()[0]: re.split(r" {2,}", row.strip())[1:] for row in drive.rows() if re.match(r" \w+ {3,}", row)
        }
        assert sorted(columns["answer"]) == ["Not met", "Partly met"]
        assert {word.split()[0] for word in columns["by"]} == {"A01", "insp-03"}
        assert columns["when"] == ["2026-01-10 09:30"] * 2
        assert len(set(columns["device"])) == 2
        sides = office.conflicts.review(answered(office)).sides
        scores = [side.score for side in sides]
        assert len({score.percent for score in scores if score}) == 2
        for score in scores:
            assert score
            assert f"score {score.percent:.1f}" in shown
            assert f"{score.star}* by" in shown
        assert "> 1  take" in shown


async def test_a_version_is_taken_with_number_and_enter(office: Services) -> None:
    """The number goes to the choice, Enter takes it; the next conflict comes, then none is left."""
    conflict = answered(office)
    wanted = next(
        number for number, side in enumerate(office.conflicts.review(conflict).sides, 1) if side.head.value == "none"
    )
    async with driven(office, (80, 24)) as drive:
        drive.app.go("conflict", conflict=conflict)
        await drive.settle()
        await drive.press(str(wanted))
        assert len(office.conflicts.list()) == 2
        await drive.press("enter")
        (left,) = office.conflicts.list()
        assert left.field == "members_full"
        visit = office.visits.list()[0].id
        show = office.visits.show(visit, lambda _visit: [])
        assert show["forms"][0]["answers"][REF]["value"] == "none"
        assert "Conflict 1 of 1" in drive.text()
        await drive.press("3", "enter")
        await drive.type("42")
        await drive.press("enter")
        assert "every copy agrees" in drive.text()
    assert office.conflicts.list() == ()
    assert "42" in str(office.subjects.detail("B-LL").fields)


async def test_another_answer_is_chosen_from_the_list_of_the_question(office: Services) -> None:
    """Where the question has choices they are offered; leaving it open changes nothing."""
    conflict = answered(office)
    async with driven(office, (80, 24)) as drive:
        drive.app.go("conflict", conflict=conflict)
        await drive.settle()
        await drive.press("4", "enter")
        assert len(office.conflicts.list()) == 2
        await drive.press("f5")
        drive.app.go("conflict", conflict=conflict)
        await drive.settle()
        await drive.press("3", "enter")
        assert "Fully met" in drive.text()
        await drive.press("1")
    visit = office.visits.list()[0].id
    show = office.visits.show(visit, lambda _visit: [])
    assert show["forms"][0]["answers"][REF]["value"] == "full"


async def test_conflicts_are_reached_from_home_and_from_sync(office: Services) -> None:
    """What waits on the home screen leads to the page, and so does Enter on the tab of Sync."""
    async with driven(office) as drive:
        row = re.search(r"(\d)  2 fields with two values", drive.text())
        assert row
        await drive.press(row[1])
        assert drive.screen.NAME == "conflict"
        drive.app.go("sync", tab=2)
        await drive.settle()
        await drive.press("enter")
        assert drive.screen.NAME == "conflict"
        await drive.press("a")
        assert drive.screen.NAME in {"visit", "subjects"}


async def test_where_nothing_is_in_conflict_nothing_is_opened_or_offered(services: Services) -> None:
    """The tab and the page say so; records of the outbox, which are not shown there, stay away."""
    async with driven(services) as drive:
        drive.app.go("sync", tab=2)
        await drive.settle()
        assert "No conflict" in drive.text()
        assert drive.screen.rows()
        await drive.press("enter", "F5")
        assert drive.screen.NAME == "sync"
        assert drive.screen.at == 0
        assert "Enter" not in drive.rows()[-1]
        drive.app.go("conflict")
        await drive.settle()
        assert "No conflict" in drive.text()
        assert [hint.label for hint in drive.screen.hints()] == ["actions", "help"]
