"""The screens around the runner, on the demo workspace: what keys do, and what is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events

from fieldkit import i18n
from fieldkit.bootstrap import open_services
from fieldkit.services.house import Services
from tests.ui.conftest import NOW
from tests.ui.harness import driven


async def test_home_resumes_by_number(services: Services) -> None:
    """A digit opens the visit of its row; Esc comes back."""
    async with driven(services) as drive:
        first = drive.screen.view.resume[0]
        await drive.press("1")
        assert drive.screen.NAME == "visit"
        assert drive.screen.view.visit == first.id
        await drive.press("escape")
        assert drive.screen.NAME == "home"


async def test_go_and_a_letter_reach_every_screen(services: Services) -> None:
    """g and a letter, or F9 0 and a number, go to a screen; others say why they are off."""
    async with driven(services) as drive:
        for letter, name in (
            ("s", "subjects"),
            ("n", "notes"),
            ("f", "findings"),
            ("y", "sync"),
            ("t", "settings"),
            ("v", "visit"),
            ("h", "home"),
        ):
            await drive.press("g", letter)
            assert name == drive.screen.NAME
        await drive.press("g", "l")
        assert "not part of this version" in drive.text()
        await drive.press("escape", "f9", "0", "2")
        assert drive.screen.NAME == "subjects"


async def test_subjects_are_found_by_initials_and_a_visit_starts_there(services: Services) -> None:
    """Type-ahead by pinyin initials; Enter offers a visit with a checklist that suits."""
    async with driven(services) as drive:
        before = len(services.visits.list())
        await drive.press("g", "s", "slash", *"llcdzb", "enter")
        assert drive.screen.detail.line.name_zh == "柳林村党支部"
        await drive.press("a", "1")
        assert "Checklist for" in drive.text()
        await drive.press("1")
        assert drive.screen.NAME == "visit"
        assert len(services.visits.list()) == before + 1


async def test_one_visit_takes_several_checklists(services: Services) -> None:
    """Space marks, Enter takes what is marked; without a mark it takes the one under the cursor."""
    async with driven(services) as drive:
        await drive.press("g", "s", "slash", *"llc", "enter", "a", "1")
        number = next(row.split()[0] for row in drive.rows() if "branch_std" in row)
        await drive.press("space")
        assert "[x] Village" in drive.text()
        await drive.press("home", *["down"] * (int(number) - 1), "space")
        assert drive.text().count("[x]") == 2
        await drive.press("enter")
        assert drive.screen.NAME == "visit"
        forms = [form.form_id for form in drive.screen.view.forms]
        assert forms == ["village_econ", "branch_std"]
        for _section in drive.screen.view.sections:
            await drive.press("pagedown")
        assert drive.screen.view.form_id == "branch_std"
        await drive.press("pageup")
        assert drive.screen.view.form_id == "village_econ"
        await drive.press("f9")
        choices = drive.screen.overlays[-1].choices
        next(choice for choice in choices if "Branch standard" in choice.label).value()
        assert drive.screen.view.form_id == "branch_std"


async def test_a_draft_finding_gets_the_evidence_it_lacks(services: Services) -> None:
    """F3 on a draft adds what was seen, and takes over what the item got later; a copied file is shown as one."""
    visit = next(row for row in services.visits.list() if row.state == "open").id
    services.runner.open(visit)
    key = services.runner.view().position
    finding = services.findings.add(visit, {"statement": "x", "criterion": "y", "severity": "S1"}, key)
    services.runner.seen(key, "ledger, page 3", "D")
    async with driven(services) as drive:
        drive.app.go("finding", finding=finding)
        await drive.settle()
        assert "none yet" in drive.text()
        assert not any(row.endswith("Evidence") for row in drive.rows())  # what began empty is no event
        await drive.press("f3", "2")
        assert "D  ledger, page 3, seen, not copied" in drive.text()
        await drive.press("f3", "1", "2")
        await drive.type("board in the yard")
        await drive.press("enter")
        assert "board in the yard" in drive.text()
    rests = services.findings.view(finding).evidence
    assert [piece.text for piece in rests] == ["ledger, page 3", "board in the yard"]
    assert services.findings.offered(finding) == ()


async def test_a_quick_note_is_about_what_is_in_focus(services: Services) -> None:
    """F2 on a subject writes a note about it; #word tags it."""
    async with driven(services) as drive:
        await drive.press("g", "s", "slash", *"llcdzb", "enter", "f2")
        await drive.type("公示栏在整修 #site")
        await drive.press("tab")
        note = services.notes.list(find="公示栏").rows[0]
        assert note.tags == ("site",)
        assert note.subject_name == "Liulin Village Branch"


async def test_a_number_that_looks_personal_asks_first(services: Services) -> None:
    """Nothing is saved until the question is answered; changing the text is preset."""
    async with driven(services) as drive:
        before = services.notes.list().total
        await drive.press("f2")
        await drive.type("13812345678")
        await drive.press("tab")
        assert "personal number" in drive.text()
        assert services.notes.list().total == before
        await drive.press("1")
        assert drive.screen.field_text() == "13812345678"
        await drive.press("tab", "2")
        assert services.notes.list().total == before + 1


async def test_a_filter_never_drops_a_selection(services: Services) -> None:
    """Space selects; a filter keeps what is selected and says how many are not shown."""
    async with driven(services) as drive:
        await drive.press("g", "f", "space", "space")
        assert len(drive.screen.selected) == 2
        await drive.press("2")
        assert all(row.state == "draft" for row in drive.screen.pages.rows(0, 100))
        assert "2 selected" in drive.text()
        assert "not shown" in drive.text()


async def test_refused_moves_name_their_findings(services: Services) -> None:
    """What was not moved is listed by the findings' numbers."""
    visit = next(row for row in services.visits.list() if row.state == "open").id
    bare = services.findings.add(visit, {"statement": "no fact, no evidence", "criterion": "y"})
    number = services.findings.read(bare).number
    other = next(row for row in services.findings.list(query="state:draft").rows if row.id != bare)
    async with driven(services) as drive:
        await drive.press("g", "f")
        drive.screen.selected = {bare: 0, other.id: 0}
        await drive.press("m")
        digit = next(row.split()[0 if ">" not in row else 1] for row in drive.rows() if " Confirm" in row)
        await drive.press(digit)
        assert f"{number}: " in drive.text()
        assert bare not in drive.text()


async def test_findings_are_filtered_by_facet_and_words(services: Services) -> None:
    """Tab goes to the facets, Space switches one; / takes words and fields."""
    async with driven(services) as drive:
        await drive.press("g", "f")
        pages = drive.screen.pages
        await drive.press("tab", "space")
        assert len(drive.screen.pages) < len(pages) == pages.total
        await drive.press("escape", "slash", *"severity:S1", "enter")
        assert {row.severity for row in drive.screen.pages.rows(0, 100)} == {"S1"}


async def test_a_draft_is_confirmed_by_m(services: Services) -> None:
    """m lists the moves; the state changes, and the list says so."""
    draft = services.findings.list(query="state:draft").rows[0]
    async with driven(services) as drive:
        drive.app.go("finding", finding=draft.id)
        await drive.settle()
        moves = drive.screen.view.moves
        number = next(index for index, move in enumerate(moves, 1) if move.event == "confirm")
        await drive.press("m", str(number))
        reasons = next(move for move in moves if move.event == "confirm").reasons
        after = services.findings.view(draft.id).row.state
        assert after == "confirmed" or reasons


async def test_the_language_switches_while_running(services: Services) -> None:
    """Settings change the language at once, in the settings and in the runner."""
    async with driven(services) as drive:
        await drive.press("g", "v")
        english = drive.screen.view.items[0].label
        await drive.press("g", "t", "down", "space")
        assert i18n.language() == "zh_CN"
        assert "设置" in drive.rows()[0]
        await drive.press("g", "v")
        assert drive.screen.view.items[0].label != english
        assert "柳林村" in drive.rows()[0] or "村" in drive.rows()[0]


@pytest.mark.parametrize("theme", ["light", "contrast", "ansi-dark", "ansi-light", "dark"])
async def test_themes_switch_while_running(services: Services, theme: str) -> None:
    """Each theme can be chosen without a restart."""
    async with driven(services) as drive:
        services.settings.set("theme", theme)
        drive.app.apply_settings()
        await drive.settle()
        assert drive.app.look == theme
        assert "RESUME" in drive.text()


async def test_who_works_is_switched_by_gi_and_stamped(services: Services) -> None:
    """gi and a digit change the code on each operation; visit and item stay."""
    services.actors.add("insp-09", ("inspector",))
    services.actors.use("A01")
    async with driven(services) as drive:
        await drive.press("1")
        place = drive.screen.view.position
        await drive.press("g", "i")
        number = next(index for index, line in enumerate(services.actors.view().roster, 1) if line.code == "insp-09")
        await drive.press(str(number))
        assert drive.screen.view.position == place
        await drive.press("f2")
        await drive.type("见记录")
        await drive.press("tab")
        last = list(services.desk.store.operations(f"visit/{drive.screen.view.visit}"))[-1]
        assert last.actor.startswith("insp-09/")


async def test_export_shows_digits_and_import_previews_before_it_writes(services: Services, tmp_path: Path) -> None:
    """The export's eight digits stand in the preview; nothing is written before *write it*."""
    async with driven(services) as drive:
        await drive.press("g", "y", "x")
        assert drive.screen.field.value.endswith("outbox")
        await drive.type(str(tmp_path / "stick"))
        await drive.press("enter")
        await drive.settle()
        bundle = drive.screen.exported.bundles[0]
        assert Path(bundle.file).parent == tmp_path / "stick"
        digits = bundle.digits
        assert digits in drive.text()
    office = open_services(tmp_path / "office", now=NOW, lang="en", threaded=False)
    office.settings.complete_first_run("en", "rev-01", "of")
    try:
        async with driven(office) as drive:
            await drive.press("g", "y", "a")
            drive.screen.field.value = bundle.file
            await drive.press("enter")
            await drive.settle()
            assert digits in drive.text()
            assert not office.visits.list()
            await drive.press("3")
            drive.screen.field.value = bundle.digits
            await drive.press("enter")
            assert "The same" in drive.text()
            await drive.press("2")
            await drive.settle()
            assert office.visits.list()
    finally:
        office.close()


async def test_a_path_that_is_dropped_takes_the_place_of_the_proposed_one(services: Services, tmp_path: Path) -> None:
    """Terminals paste the path of a file that is dropped on them."""
    async with driven(services) as drive:
        await drive.press("g", "y", "x")
        drive.screen.field.post_message(events.Paste(str(tmp_path / "stick")))
        await drive.settle()
        assert drive.screen.field.value == str(tmp_path / "stick")
        await drive.press("escape", "x", "end")
        await drive.type("/sub")
        assert drive.screen.field.value.endswith("outbox/sub")


async def test_first_run_takes_three_enters(tmp_path: Path) -> None:
    """Enter three times is enough; then the demo is offered."""
    services = open_services(tmp_path / "home", now=NOW, lang="en", threaded=False)
    try:
        async with driven(services) as drive:
            assert drive.screen.NAME == "first_run"
            await drive.press("enter", "enter", "enter")
            assert services.settings.first_run() is None
            assert "demo" in drive.text()
            await drive.press("enter")
            assert drive.screen.NAME == "home"
            assert "This workspace is empty" in drive.text()
    finally:
        services.close()


async def test_what_is_typed_at_first_run_takes_the_place_of_the_proposal(tmp_path: Path) -> None:
    """A code typed over the proposed one is not appended to it; Backspace then edits as everywhere."""
    services = open_services(tmp_path / "home", now=NOW, lang="en", threaded=False)
    try:
        async with driven(services) as drive:
            await drive.press("enter", *"B07x", "backspace", "enter", *"k2", "enter")
            assert services.settings.first_run() is None
            assert services.actors.view().code == "B07"
            assert services.desk.device_name == "k2"
    finally:
        services.close()


async def test_a_clock_set_back_is_noticed(demo: Path, tmp_path: Path) -> None:
    """A clock before the newest record: the page says both times; going on is possible."""
    import shutil
    from datetime import timedelta

    home = tmp_path / "home"
    shutil.copytree(demo, home)
    services = open_services(home, now=NOW - timedelta(days=1), lang="en", threaded=False)
    try:
        async with driven(services) as drive:
            assert "clock is in doubt" in drive.text()
            assert "2026-11-21" in drive.text()
            await drive.press("2")
            assert not drive.screen.overlays
    finally:
        services.close()


async def test_hostile_text_is_shown_harmless(services: Services) -> None:
    """Control characters, markup, marks that turn text round and a megabyte do no harm on any list."""
    services.notes.add("\x1b[31mred\u202e [bold]x[/] " + "长" * 200_000, {}, confirm=True)
    async with driven(services) as drive:
        await drive.press("g", "n")
        text = drive.text()
        assert "[bold]x[/]" in text
        assert "\x1b" not in text
        assert "\u202e" not in text


async def test_the_palette_finds_subjects_by_pinyin(services: Services) -> None:
    """Ctrl+P, part of a name, Enter."""
    async with driven(services) as drive:
        await drive.press("ctrl+p", *"llcdzb", "enter")
        assert drive.screen.NAME == "subjects"
        assert drive.screen.detail.line.name_zh == "柳林村党支部"


async def test_a_workspace_in_use_elsewhere_can_be_looked_at(services: Services) -> None:
    """Beside another process the app opens for reading and writes nothing of its own."""
    home = services.desk.home
    beside = open_services(home, now=NOW, lang="en", read_only=True, threaded=False)
    try:
        async with driven(beside) as drive:
            assert "Read only" in drive.text()
            await drive.press("1")
            assert drive.screen.NAME == "visit"
    finally:
        beside.close()
