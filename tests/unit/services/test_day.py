"""A day at the keyboard through the services: first run, runner, findings, notes, search, crash and clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from fieldkit import i18n
from fieldkit.bootstrap import open_services
from fieldkit.errors import FieldkitError, SettingsError, VisitError
from fieldkit.resources import data_path
from fieldkit.services.health import in_words
from fieldkit.services.house import Services
from fieldkit.visit.view import ItemView, TableView

NOW = datetime.fromisoformat("2026-01-10T09:30:00+08:00")


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """Return a workspace with the demo's register, written by the thread."""
    opened = open_services(tmp_path / "home", now=NOW, lang="en")
    opened.subjects.import_file(data_path("demo", "subjects.csv"))
    yield opened
    opened.close()


@pytest.fixture
def visit(services: Services) -> str:
    """Return a visit of a branch."""
    return services.visits.start("B-LL", ["branch_std"])


class TestFirstRun:
    def test_three_questions_with_presets(self, tmp_path: Path) -> None:
        """Answered once, asked never again; the numbers carry the device's name."""
        services = open_services(tmp_path / "new", now=NOW)
        asked = services.settings.first_run()
        assert asked is not None
        assert (asked.actor, len(asked.device)) == ("A01", 3)
        with pytest.raises(SettingsError):
            services.settings.complete_first_run("en", "A07", "too long")
        services.settings.complete_first_run("en", "A07", "d02")
        assert services.settings.first_run() is None
        note = services.notes.add("first", {})
        assert services.records.number(f"note/{note}") == "N-d02-1"
        assert services.actors.view().code == "A07"
        services.close()
        again = open_services(tmp_path / "new", now=NOW)
        assert again.settings.first_run() is None
        assert [line.code for line in again.actors.list()] == ["A07"]
        again.close()

    def test_who_is_at_the_keyboard_is_stamped(self, services: Services) -> None:
        """A switch changes who writes from then on and nothing else."""
        services.actors.add("A02", ["inspector"])
        first = services.notes.add("one", {})
        services.actors.use("A02")
        second = services.notes.add("two", {})
        assert [services.notes.line(note).actor for note in (first, second)] == ["A01", "A02"]
        with pytest.raises(SettingsError):
            services.actors.use("Z9")
        assert services.actors.view().code == "A02"

    def test_settings_are_checked_and_kept(self, services: Services) -> None:
        """An impossible value is refused with what is possible."""
        services.settings.set("theme", "light")
        assert services.settings.get("theme") == "light"
        with pytest.raises(SettingsError) as caught:
            services.settings.set("theme", "pink")
        assert "contrast" in caught.value.hint


class TestRunner:
    def test_an_answer_is_shown_at_once_and_saved_behind(self, services: Services, visit: str) -> None:
        """The status counts this visit's durable operations."""
        runner = services.runner
        view = runner.open(visit)
        before = view.operations
        key = "branch_std:/data/c/c_life"
        view = runner.answer(key, "part")
        assert runner.item(key).value == "part"
        assert view.offer is not None
        assert view.offer.severity == "S3"
        services.writer.flush(5)
        assert (runner.status().kind, runner.status().count) == ("saved", before + 1)

    def test_undo_survives_a_restart_and_goes_there(self, services: Services, visit: str) -> None:
        """The number of operations never falls."""
        runner = services.runner
        runner.open(visit)
        runner.answer("branch_std:/data/c/c_life", "part")
        runner.answer("branch_std:/data/c/c_life", "full")
        services.writer.flush(5)
        home = services.desk.home
        services.close()
        again = open_services(home, now=NOW, lang="en")
        view = again.runner.open(visit)
        operations = view.operations
        view = again.runner.undo()
        assert view.position == "branch_std:/data/c/c_life"
        assert isinstance(view.current, ItemView)
        assert view.current.value == "part"
        assert view.operations == operations + 1
        again.close()

    def test_the_place_is_kept(self, services: Services, visit: str) -> None:
        """Leaving and coming back leads to the same item, and lists know the counters."""
        runner = services.runner
        runner.open(visit)
        runner.go("branch_std:/data/ee/e_plan")
        runner.answer("branch_std:/data/ee/e_plan", "full")
        runner.close()
        assert services.visits.line(visit).answered == 1
        assert runner.open(visit).position == "branch_std:/data/ee/e_plan"

    def test_rows_are_added_filled_removed_and_brought_back(self, services: Services, visit: str) -> None:
        """A table grows by one row at a time."""
        runner = services.runner
        runner.open(visit)
        view = runner.add_row("branch_std:/data/d/rec")
        assert isinstance(view.current, TableView)
        assert len(view.current.rows) == 2
        row = view.current.rows[1].key
        view = runner.remove_row(row)
        assert len(runner.table("branch_std:/data/d/rec").rows) == 1
        runner.undo()
        assert [entry.key for entry in runner.table("branch_std:/data/d/rec").rows][1] == row

    def test_what_is_missing_is_listed_at_once(self, services: Services, visit: str) -> None:
        """Ready is refused with every reason, and nothing moved."""
        runner = services.runner
        runner.open(visit)
        result = runner.ready()
        assert not result.ok
        assert len(result.reasons) > 20
        assert runner.move("ready").reasons == result.reasons
        assert runner.view().state == "open"
        assert [move.event for move in runner.moves() if move.enabled] == ["discard"]

    def test_a_refused_value_says_why_and_changes_nothing(self, services: Services, visit: str) -> None:
        """The answer before it stays."""
        runner = services.runner
        runner.open(visit)
        runner.answer("branch_std:/data/c/c_life", "part")
        with pytest.raises(VisitError):
            runner.answer("branch_std:/data/c/c_life", "nonsense")
        assert runner.item("branch_std:/data/c/c_life").value == "part"
        assert runner.why("branch_std:/data/zz/veto_ev").lines

    def test_a_finding_is_raised_from_an_item(self, services: Services, visit: str) -> None:
        """Criterion, severity and category are filled in; the runner shows it at once."""
        runner = services.runner
        runner.open(visit)
        runner.answer("branch_std:/data/c/c_life", "none")
        finding = runner.raise_finding("branch_std:/data/c/c_life", {"statement": "no meeting held"})
        shown = services.findings.show(finding)
        assert (shown["severity"], shown["category"], shown["ref"]) == ("S2", "org_life", "/data/c/c_life")
        assert [line.id for line in runner.view().findings] == [finding]

    def test_a_findings_line_names_its_state_in_the_language(self, services: Services, visit: str) -> None:
        """The code is for programs."""
        runner = services.runner
        runner.open(visit)
        before = i18n.language()
        i18n.set_language("zh_CN")
        try:
            runner.raise_finding("branch_std:/data/c/c_life", {"statement": "没有召开会议"})
            assert [(line.state, line.state_label) for line in runner.view().findings] == [("draft", "草稿")]
        finally:
            i18n.set_language(before)


class TestLists:
    def test_subjects_are_found_by_code_chinese_pinyin_and_initials(self, services: Services) -> None:
        """The best match comes first."""
        for text, why in (("b-ll", "code"), ("柳林村党", "text"), ("liulincun", "pinyin"), ("llcdzb", "initials")):
            found = services.subjects.list(find=text).rows
            assert "B-LL" in [line.id for line in found]
            assert found[0].match == why
        assert services.subjects.list(find="llcdzb").rows[0].id == "B-LL"

    def test_findings_by_query_facets_and_pinyin(self, services: Services, visit: str) -> None:
        """Counts of facets are those of what matches; a bad query lists everything and says so."""
        for number, severity in enumerate(("S2", "S3", "S3")):
            services.findings.add(visit, {"statement": f"台账登记两套 {number}", "severity": severity})
        view = services.findings.list("severity:S3")
        assert (view.matched, view.total) == (2, 3)
        facet = next(facet for facet in view.facets if facet.field == "severity")
        assert [(value.code, value.count, value.active) for value in facet.values] == [("S3", 2, True)]
        assert services.findings.list(find="tzdj").matched == 3
        bad = services.findings.list("shoe:3")
        assert bad.problem
        assert bad.matched == 3

    def test_home_and_search_over_everything(self, services: Services, visit: str) -> None:
        """What waits is named, and numbers lead to their records."""
        services.notes.add("cold hall", {"subject": "B-LL"})
        view = services.home.view()
        assert [line.id for line in view.resume] == [visit]
        assert {need.kind for need in view.needs} == {"notes"}
        assert not view.is_empty
        number = services.visits.line(visit).number
        assert services.home.find(number)[0].id == visit
        assert {hit.kind for hit in services.home.find("liulin")} >= {"subject", "visit"}

    def test_a_subject_with_its_surroundings(self, services: Services, visit: str) -> None:
        """Parents, visits and the burden of seven days."""
        detail = services.subjects.detail("B-LL", services.visits.list("B-LL"))
        assert [line.id for line in detail.path] == ["C1", "LH", "T-HX", "V-LL"]
        assert [line.id for line in detail.visits] == [visit]
        assert detail.visits_7_days == 1
        assert detail.history


class TestTrouble:
    def test_after_a_crash_the_last_item_is_offered(self, services: Services, visit: str) -> None:
        """Leaving as one should leaves nothing to offer."""
        services.workspace.started()
        services.workspace.remember(visit)
        services.runner.open(visit)
        services.runner.answer("branch_std:/data/c/c_life", "part")
        home = services.desk.home
        services.writer.flush(5)
        services.close()
        again = open_services(home, now=NOW, lang="en")
        again.workspace.started()
        offer = again.home.view().crash
        assert offer is not None
        assert (offer.visit, offer.key) == (visit, "branch_std:/data/c/c_life")
        again.home.dismiss_crash()
        again.workspace.stopped()
        again.close()
        third = open_services(home, now=NOW, lang="en")
        third.workspace.started()
        assert third.workspace.crash() is None
        third.close()

    def test_a_clock_that_jumped_back_is_noticed(self, services: Services) -> None:
        """Both times are told; going on is accepted once and the order is kept."""
        first = services.notes.add("first", {})
        home = services.desk.home
        services.close()
        again = open_services(home, now=NOW - timedelta(days=3), lang="en")
        doubt = again.workspace.clock_doubt()
        assert doubt is not None
        assert doubt.kind == "back"
        assert "2026-01-10" in doubt.message
        again.workspace.accept_clock()
        assert again.workspace.clock_doubt() is None
        second = again.notes.add("second", {})
        documents = {note: again.desk.document(f"note/{note}") for note in (first, second)}
        stamps = {note: document["first"][0] for note, document in documents.items() if document is not None}
        assert int(stamps[second].partition(".")[2]) > int(stamps[first].partition(".")[2])
        again.close()

    def test_the_demo_is_marked_and_real_work_is_not(self, services: Services) -> None:
        """Demo and real data never mix."""
        assert not services.workspace.is_demo

    def test_reading_beside_a_writer(self, services: Services) -> None:
        """A second opening for writing is refused with who holds it, for reading it works."""
        with pytest.raises(FieldkitError) as caught:
            open_services(services.desk.home, now=NOW)
        assert caught.value.code == "WSP-001"
        services.writer.flush(5)
        beside = open_services(services.desk.home, now=NOW, read_only=True)
        assert beside.subjects.list().total == 41
        assert beside.home.view().read_only
        beside.close()


def test_numbers_go_on_after_a_crash(services: Services) -> None:
    """The count that was not kept is found again in the records."""
    first = services.notes.add("one", {})
    services.writer.flush(5)
    home = services.desk.home
    services.desk.counters.clear()
    services.close()
    again = open_services(home, now=NOW, lang="en")
    second = again.notes.add("two", {})
    numbers = [again.records.number(f"note/{note}") for note in (first, second)]
    assert [number.rpartition("-")[2] for number in numbers] == ["1", "2"]
    again.close()


def test_the_register_follows_every_change(services: Services) -> None:
    """What is kept between two letters of a search is never old."""
    assert services.subjects.list(find="V-LL").rows[0].visits == 0
    visit = services.visits.start("V-LL", ["village_econ"])
    assert services.subjects.list(find="V-LL").rows[0].open_visits == 1
    services.writer.flush(5)
    services.moves.visit(visit, "discard", {"reason": "wrong"})
    assert services.subjects.list(find="V-LL").rows[0].open_visits == 0
    services.subjects.edit("V-LL", {"name_en": "Willow Village"})
    assert services.subjects.list(find="willow").rows[0].id == "V-LL"


def test_the_doctor_works_where_output_names_no_encoding(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """The app replaces the standard output by an object without an encoding."""
    monkeypatch.setattr("sys.stdout", object())
    report = services.workspace.doctor()
    assert (report["ok"], report["problems"]) == (True, [])


def test_the_doctor_tells_where_the_workspace_lies_and_reads_in_words(services: Services) -> None:
    """Free space and the file system are reported; people read words, not the names of fields."""
    report = services.workspace.doctor()
    assert report["free_bytes"] > 0
    assert report["sealed"] is False
    words = in_words({**report, "problems": [{"code": "STORE-051", "message": "Only 3 MB are free"}]})
    assert ("In order", "yes") in words
    assert words[-1] == ("Problems", "STORE-051 Only 3 MB are free")
    assert not {"free_bytes", "read_only", "file_system"} & {name for name, _text in words}


def test_a_warning_leaves_the_doctor_content(services: Services) -> None:
    """A workspace in a cloud folder is told, but it is in order."""
    from fieldkit.services.health import examine

    warned = examine(services.desk, {"problems": [{"code": "STORE-052", "severity": "warning", "message": "x"}]}, [])
    assert (warned["ok"], [problem["code"] for problem in warned["problems"]]) == (True, ["STORE-052"])
    assert not examine(services.desk, {"problems": [{"code": "STORE-001", "message": "x"}]}, [])["ok"]
