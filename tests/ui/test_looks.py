"""What a person reads: words instead of ids, nothing cut that has room, hints that tell the truth, early keys."""

from __future__ import annotations

import asyncio
import shutil
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from msgspec.structs import replace

from fieldkit.bootstrap import open_services
from fieldkit.i18n import set_language
from fieldkit.screens.findings import finding_row
from fieldkit.screens.home_lines import visit_rows, what_became
from fieldkit.screens.runner_focus import focus_page
from fieldkit.screens.runner_lines import left_heading, right_heading
from fieldkit.screens.runner_state import RunnerState
from fieldkit.screens.runner_table import column_widths, table_lines
from fieldkit.screens.shell import FieldkitApp
from fieldkit.screens.sync_lines import conflict_lines, grouped_digits, outbox_lines
from fieldkit.services.finding_view import FindingRow
from fieldkit.services.sync_view import OutboxLine, SyncView
from fieldkit.visit.view import ItemKind, Progress, ScoreView
from fieldkit.widgets.frame import title_line
from fieldkit.widgets.lines import cells, line, plain
from fieldkit.widgets.overlays import Reader
from fieldkit.widgets.qrcode import half_blocks
from tests.ui.builders import FakeRunner, make_item, make_services, make_table, make_visit_line
from tests.ui.conftest import NOW
from tests.ui.harness import driven

TITLE = "党支部标准化规范化与达标创星检查表 / Branch standardisation and star-rating checklist"


@pytest.fixture(autouse=True)
def _english() -> None:
    set_language("en")


class TestTitles:
    def test_rows_of_today_show_the_checklist_in_words(self) -> None:
        """The title in the language of the interface; the id only where there is no title."""
        lines = [make_visit_line(1, titles=(TITLE,)), make_visit_line(2, titles=("",))]
        wide = visit_rows(lines, 149)
        assert "Branch standardisation and star-rating checklist" in wide[0]
        assert "branch_std" not in wide[0]
        assert "branch_std" in wide[1]
        set_language("zh_CN")
        assert "党支部标准化规范化与达标创星检查表" in visit_rows(lines, 149)[0]

    @pytest.mark.parametrize("size", [41, 49, 149])
    def test_columns_stand_below_each_other_and_fit(self, size: int) -> None:
        """Rows are as wide as there is room, by cells."""
        lines = [
            make_visit_line(1, titles=(TITLE,), subject_name="柳林村党支部"),
            make_visit_line(2, titles=(TITLE,), subject_name="A place with quite a long name", state="fed",
                            state_label="fed back on site", invalid=None),
        ]  # fmt: skip
        rows = visit_rows(lines, size)
        assert all(cells(row) <= size for row in rows)
        ends = {cells(row[: row.index("29/68")]) for row in rows}
        assert len(ends) == 1
        assert ("fed back on site" in rows[1]) == (size > 100)


class TestRowOne:
    def test_score_and_stars_stay_at_eighty_columns(self) -> None:
        """Subject and checklist are shortened before any figure is."""
        view = replace(
            FakeRunner([make_item()]).view(),
            subject_name="Liulin Village Party Branch of the Eastern Bank",
            form_title=TITLE,
            score=ScoreView(32.3, 38.0, 85.1, star=4),
            progress=Progress(answered=129, total=168, required_left=5, invalid=2, carried=3, hidden=0),
        )
        right = right_heading(view, signs=True)
        left = left_heading(view, ["insp-03"], 80 - cells(right) - 30)
        shown = plain(title_line(left, right, "saved 09:41:07 #1064", 80))
        assert cells(shown) == 80
        for part in ("129/168", "!2", "=3", "4*", "so far 85.1 of 100", "saved 09:41:07 #1064"):
            assert part in shown
        assert "Liulin" in shown

    def test_all_is_said_where_there_is_room(self) -> None:
        """On a wide screen nothing is shortened."""
        view = replace(FakeRunner([make_item()]).view(), form_title=TITLE)
        assert left_heading(view, ["insp-03"], 120) == (
            "Liulin branch | Branch standardisation and star-rating checklist | insp-03"
        )

    def test_the_subject_is_shortened_first(self) -> None:
        """Then the checklist."""
        view = replace(FakeRunner([make_item()]).view(), subject_name="Liulin Village Branch", form_title="T1 branch")
        assert left_heading(view, (), 24) == "Liulin Vil.. | T1 branch"


class TestFindingRows:
    ROW = FindingRow("f", "F-dm-1", "S2", "", "", "", "", "", "confirmed", "confirmed in the team", "s",
                     "A subject", "", "v", "", "", "The notice board shows last quarter", "")  # fmt: skip

    def test_a_wide_list_shows_the_state_whole(self) -> None:
        """A narrow one cuts it."""
        wide = plain(finding_row(self.ROW, here=False, selected=False, size=160))
        assert "confirmed in the team" in wide
        narrow = plain(finding_row(self.ROW, here=False, selected=False, size=80))
        assert "confirme.." in narrow


class TestHints:
    def test_a_page_to_read_says_what_its_keys_do(self) -> None:
        """Enter opens only where lines lead somewhere; scrolling is offered only where there is more."""
        rows = [line(str(number)) for number in range(50)]
        reader = Reader("r", lambda _size: rows)
        reader.page(80, 20)
        assert [key for key, _label in reader.hints()] == ["up, down", "PgUp PgDn", "Esc"]
        short = Reader("r", lambda _size: rows[:3])
        short.page(80, 20)
        assert [key for key, _label in short.hints()] == ["Esc"]
        leading = Reader("r", lambda _size: rows, on_enter=lambda _at: None)
        leading.page(80, 20)
        assert leading.hints()[0] == ("Enter", "open")


class TestTables:
    def test_a_table_without_rows_shows_its_columns(self, demo: Path, tmp_path: Path) -> None:
        """They come from the form: a new row would be asked just that."""
        shutil.copytree(demo, tmp_path / "home")
        services = open_services(tmp_path / "home", now=NOW, lang="en", threaded=False)
        try:
            visit = next(row.id for row in services.visits.list() if "branch_std" in row.forms and row.state == "open")
            services.runner.open(visit)
            table = services.runner.table("branch_std:/data/d/rec")
            asked = table.columns
            while table.rows:
                services.runner.remove_row(table.rows[0].key)
                table = services.runner.table("branch_std:/data/d/rec")
            assert len(asked) > 1
            assert table.columns == asked
        finally:
            services.close()

    def test_it_draws_them_with_the_offer_of_a_row(self) -> None:
        """Heads first, then *add a row*."""
        table = make_table(0)
        view = replace(FakeRunner([make_item("inc", ItemKind.TABLE)], table=table).view(), current=table)
        shown = [plain(row) for row in table_lines(view, table, RunnerState(), 80, 20).lines]
        assert "Kind" in shown[2]
        assert "This year" in shown[2]
        assert "add a row" in shown[3]

    def test_a_calculated_value_shows_its_words_and_never_its_name(self) -> None:
        """Without label and hint it is left out."""
        named = make_item("d_sum", ItemKind.CALCULATED, label="All income", value="7")
        nameless = make_item("d_cnt", ItemKind.CALCULATED, label="d_cnt", hint="", value="1")
        hinted = make_item("d_elem", ItemKind.CALCULATED, label="d_elem", hint="Elements in all", value="10")
        table = replace(make_table(1), calculated=(named, nameless, hinted))
        view = replace(FakeRunner([make_item("inc", ItemKind.TABLE)], table=table).view(), current=table)
        shown = "\n".join(plain(row) for row in table_lines(view, table, RunnerState(), 80, 20).lines)
        assert "All income 7    Elements in all 10" in shown
        assert "d_cnt" not in shown


class TestCrashQuestion:
    async def test_it_names_the_item_in_words(self, demo: Path, tmp_path: Path) -> None:
        """The label of the form, not the last part of its path."""
        shutil.copytree(demo, tmp_path / "home")
        services = open_services(tmp_path / "home", now=NOW, lang="en", threaded=False)
        visit = next(row.id for row in services.visits.list() if "branch_std" in row.forms and row.state == "open")
        services.workspace.started()
        services.workspace.remember(visit)
        services.runner.open(visit)
        services.runner.answer("branch_std:/data/c/c_life", "part")
        label = services.runner.item("branch_std:/data/c/c_life").label
        services.writer.flush(5)
        services.close()
        again = open_services(tmp_path / "home", now=NOW + timedelta(minutes=1), lang="en", threaded=False)
        try:
            async with driven(again, size=(200, 60)) as drive:
                assert f"go on at {label[:40]}" in drive.text()
                assert "go on at c_life" not in drive.text()
        finally:
            again.close()


class TestImportPreview:
    def test_new_records_are_told_in_words(self, demo: Path, tmp_path: Path) -> None:
        """Code and name of a subject, number of a visit: nothing of them is here yet."""
        shutil.copytree(demo, tmp_path / "home")
        sender = open_services(tmp_path / "home", now=NOW, lang="en", threaded=False)
        sender.sync.export(tmp_path / "stick")
        known = {row.id: row.name for row in sender.subjects.list().rows}
        sender.close()
        taker = open_services(tmp_path / "office", now=NOW, lang="en", threaded=False)
        try:
            changes = [change for bundle in taker.sync.preview([tmp_path / "stick"]).bundles
                       for change in bundle.changes]  # fmt: skip
            titles = {change.record: change.title for change in changes}
            assert not [title for record, title in titles.items() if title == record]
            assert all(titles[f"subject/{code}"] == f"{code} {name}" for code, name in known.items())
        finally:
            taker.close()


class TestEarlyKeys:
    """Keys that are typed while the workspace still opens."""

    @staticmethod
    def _held(services: Any, gate: Event) -> FieldkitApp:
        def factory(_read_only: bool) -> Any:
            gate.wait(20)
            return services

        return FieldkitApp(factory)

    async def test_they_are_delivered_in_order_once_it_is_open(self) -> None:
        """Nothing happens before, nothing is lost, and what means nothing is passed by."""
        gate, seen = Event(), []
        app = self._held(make_services(FakeRunner([make_item()])), gate)
        async with app.run_test(size=(100, 30)) as pilot:
            screen: Any = app.screen
            before = screen.take

            def take(press: Any) -> bool:
                seen.append(press.name)
                return bool(before(press))

            screen.take = take
            await pilot.press("down", "up", "z", "down")
            assert seen == []
            gate.set()
            await app.workers.wait_for_complete()
            for _turn in range(12):
                await pilot.pause()
            assert seen == ["down", "up", "z", "down"]

    async def test_no_more_than_some_are_kept(self) -> None:
        """A key that is held down does not fill the memory; what came first is kept."""
        gate, seen = Event(), []
        app = self._held(make_services(FakeRunner([make_item()])), gate)
        async with app.run_test(size=(100, 30)) as pilot:
            screen: Any = app.screen

            def take(press: Any) -> bool:
                seen.append(press.name)
                return True

            screen.take = take
            await pilot.press("up", *["down"] * 80)
            gate.set()
            await app.workers.wait_for_complete()
            for _turn in range(150):
                await pilot.pause()
            assert seen == ["up", *["down"] * 63]

    async def test_leaving_works_at_once(self) -> None:
        """Nobody waits for a slow disk to leave."""
        gate = Event()
        app = self._held(make_services(FakeRunner([make_item()])), gate)
        async with app.run_test(size=(100, 30)) as pilot:
            await pilot.press("down", "ctrl+q")
            await asyncio.sleep(0)
            assert app.return_code == 0
            gate.set()


class TestExportedCode:
    @pytest.mark.parametrize("size", [(80, 24), (80, 27), (80, 28), (100, 30)])
    @pytest.mark.parametrize("language", ["en", "zh_CN"])
    async def test_the_code_is_whole_with_its_digits_beneath(
        self, demo: Path, tmp_path: Path, size: tuple[int, int], language: str
    ) -> None:
        """Also on the smallest screen: nothing above it takes its rows."""
        shutil.copytree(demo, tmp_path / "home")
        services = open_services(tmp_path / "home", now=NOW, lang=language, threaded=False)
        try:
            async with driven(services, size=size) as drive:
                drive.app.go("sync")
                await drive.settle()
                await drive.press("x", "enter")
                await drive.settle()
                (bundle,) = drive.screen.exported.bundles
                code = half_blocks(bundle.qr)
                rows = drive.rows()
                first = next(index for index, row in enumerate(rows) if row[2:].startswith(code[0]))
                assert [row[2 : 2 + len(code[0])] for row in rows[first : first + len(code)]] == code
                digits = rows[first + len(code)]
                assert digits.strip() == grouped_digits(bundle.digits)
                assert digits.index(digits.strip()) in range(2, 2 + len(code[0]))
        finally:
            services.close()


class TestRoom:
    """What has room is shown whole."""

    def test_the_outbox_uses_the_whole_row(self) -> None:
        """Titles of some 30 cells are whole at 80 columns, and every row ends in its state."""
        row = OutboxLine("visit/v", "visit", "V-dm-15", "V-dm-15 Donggang leads Kongling", 20, 0, 0, "acknowledged",
                         "2026-11-20T00:05")  # fmt: skip
        view = SyncView((row,), 1, 20, 0, 0, 0)
        shown = [plain(each) for each in outbox_lines(view, [row], 0, 0, 80, 20)]
        assert "Donggang leads Kongling" in shown[1]
        assert shown[1].endswith("acknowledged")
        assert shown[0].index("saved") == shown[1].index("2026")
        assert max(cells(text) for text in shown) <= 80

    def test_sentences_are_wrapped_and_not_cut(self) -> None:
        """A sentence that says what to do is of no use without its end."""
        shown = " ".join(plain(row).strip() for row in conflict_lines([], 0, 80, 20))
        assert shown.endswith("shown here.")

    def test_sections_have_longer_names_on_a_wide_screen(self) -> None:
        """The score beside them stays as narrow as it was."""
        name = "Education of all the members"
        base = FakeRunner([make_item()]).view()
        view = replace(base, sections=(replace(base.sections[0], label=name), *base.sections[1:]))
        wide = "\n".join(plain(row) for row in focus_page(view, RunnerState(), 198, 40).lines)
        narrow = "\n".join(plain(row) for row in focus_page(view, RunnerState(), 120, 40).lines)
        assert name in wide
        assert name not in narrow

    def test_wide_tables_show_longer_heads(self) -> None:
        """Up to 44 cells from 160 columns on."""
        table = make_table(1)
        table = replace(table, columns=(*table.columns[:1], replace(table.columns[1], label="x" * 40)))
        assert max(column_widths(table, 198)) == 44
        assert max(column_widths(table, 100)) == 30


def test_the_state_of_what_was_done_last_stays_in_sight() -> None:
    """The name is cut, in cells; without a state it has the whole room."""
    assert what_became("V-dm-13 Dongpu Cold-chain Wharf", "fed back", 80) == "V-dm-13 Dongpu Cold-chain Wharf: fed back"
    assert what_became("V-dm-13 Dongpu Cold-chain Wharf", "fed back", 26) == "V-dm-13 Dongpu..: fed back"
    assert what_became("V-dm-13 柳林村党支部", "fed back", 24) == "V-dm-13 柳林..: fed back"
    assert what_became("V-dm-13 Dongpu", "", 14) == "V-dm-13 Dongpu"
