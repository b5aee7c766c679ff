"""Where the cursor goes, and what the runner shows there."""

from __future__ import annotations

from fieldkit.visit import navigation
from fieldkit.visit.effects import Effects
from fieldkit.visit.items import LazyItems
from fieldkit.visit.runner_view import build_item, build_table, runner_view
from fieldkit.visit.view import FindingLine, ItemKind, ItemStatus, ItemView, TableView
from fieldkit.visit.why import why
from tests.builders.visits import Bench, compiled


def names(bench: Bench, count: int) -> list[str]:
    """Step on and return the names of the places that are passed."""
    passed = []
    for _step in range(count):
        navigation.step(bench.session, 1)
        passed.append(bench.session.find(bench.session.position)[1].name)
    return passed


class TestStepping:
    def test_hidden_items_are_passed_and_tables_are_walked_cell_by_cell(self) -> None:
        bench = Bench("branch_std")
        assert bench.session.position == "branch_std:/data/hd/visit_date"
        assert names(bench, 4) == ["visit_mode", "p_start", "p_end", "btype"]
        navigation.go(bench.session, bench.key("c_lead"))
        assert names(bench, 7) == ["rec", "r_kind", "r_date", "r_elem", "r_cross", "r_dup", "d_few"]
        navigation.step(bench.session, -100)
        assert bench.session.position == "branch_std:/data/hd/visit_date"
        navigation.step(bench.session, 1000)
        assert bench.session.position == "branch_std:/data/res/advice"

    def test_the_next_form_follows_the_last_item(self) -> None:
        bench = Bench("recheck", "spot_research")
        navigation.go(bench.session, "recheck:/data/sumup")
        navigation.step(bench.session, 1)
        assert bench.session.position == "spot_research:/data/hd/visit_date"
        assert runner_view(bench.session).form_id == "spot_research"
        navigation.step(bench.session, -1)
        assert bench.session.position == "recheck:/data/sumup"

    def test_a_jump_returns_exactly(self) -> None:
        bench = Bench("branch_std")
        start = bench.session.position
        navigation.go(bench.session, bench.key("c_life"))
        navigation.to_section(bench.session, "branch_std:/data/gg")
        assert bench.session.position == "branch_std:/data/gg/g_area"
        navigation.go(bench.session, bench.key("g_site"), jump=False)
        assert navigation.back(bench.session)
        assert bench.session.position == bench.key("c_life")
        assert navigation.back(bench.session)
        assert bench.session.position == start
        assert not navigation.back(bench.session)

    def test_from_an_item_that_was_hidden_meanwhile(self) -> None:
        bench = Bench("branch_std")
        bench.answer("e_mob", "3")
        navigation.go(bench.session, bench.key("e_mobc"))
        bench.session.position = bench.key("e_mobc")
        bench.answer("e_mob", "0")
        navigation.step(bench.session, 1)
        assert bench.session.find(bench.session.position)[1].name == "e_role"


class TestAfterAnAnswer:
    def answered(self, bench: Bench, name: str, value: str) -> str:
        navigation.go(bench.session, bench.key(name))
        bench.answer(name, value)
        navigation.advance(bench.session)
        return bench.session.find(bench.session.position)[1].name

    def test_step_on(self) -> None:
        assert self.answered(Bench("branch_std"), "visit_mode", "ann") == "p_start"

    def test_stay_at_a_refused_value(self) -> None:
        assert self.answered(Bench("branch_std"), "m_full", "501") == "m_full"

    def test_into_a_follow_up(self) -> None:
        bench = Bench("branch_std")
        bench.answer("m_full", "20")
        assert self.answered(bench, "e_mob", "2") == "e_mobc"

    def test_nobody_is_moved_over_open_items(self) -> None:
        bench = Bench("branch_std")
        assert self.answered(bench, "m_full", "20") == "m_prob", "b_comm opens two sections on"


class TestWalks:
    def test_required_items_come_before_those_that_may_stay_empty(self) -> None:
        bench = Bench("recheck")
        assert navigation.next_empty(bench.session)
        assert bench.session.find(bench.session.position)[1].name == "visit_mode"
        bench.answers(visit_date="2026-01-09", visit_mode="recheck", it_m="doc", it_v="ok", it_fact="seen")
        bench.answers(it_root="yes")
        navigation.next_empty(bench.session)
        assert bench.session.find(bench.session.position)[1].name == "it_again"
        bench.answer("it_again", "no")
        assert navigation.next_empty(bench.session)
        assert bench.session.message
        bench.answer("sumup", "fine")
        key = bench.key("it_ph")
        navigation.next_empty(bench.session)
        assert bench.session.position == key

    def test_wrong_ones_are_walked_round(self) -> None:
        bench = Bench("branch_std")
        bench.answers(m_full=501, g_area=-1)
        navigation.go(bench.session, bench.key("c_life"))
        assert navigation.next_wrong(bench.session)
        assert bench.session.position == bench.key("g_area")
        assert navigation.next_wrong(bench.session)
        assert bench.session.position == bench.key("m_full")
        bench.answers(m_full=20, g_area=100)
        assert not navigation.next_wrong(bench.session)
        assert bench.session.message


class TestView:
    def test_sections_and_counters(self) -> None:
        bench = Bench("branch_std")
        bench.answers(visit_date="2026-01-09", visit_mode="ann", m_full=501)
        view = runner_view(bench.session)
        head, basics = view.sections[:2]
        assert (head.done, head.total, head.left, head.active) == (2, 4, 2, True)
        assert (basics.done, basics.wrong) == (1, 1)
        assert sum(section.total for section in view.sections) == view.progress.total
        assert (view.number, view.state, view.subject) == ("V-d01-1", "open", "B-1")
        assert view.undo_label

    def test_items_are_built_only_when_looked_at(self) -> None:
        bench = Bench("branch_std")
        navigation.go(bench.session, bench.key("c_life"))
        items = runner_view(bench.session).items
        assert isinstance(items, LazyItems)
        assert len(items) == 7
        assert items.keys()[5] == bench.key("c_life")
        assert items[-1].name == "c_lead"
        assert [item.name for item in items[:2]] == ["c_cong", "c_comm_n"]
        assert items[1].status is ItemStatus.HIDDEN

    def test_the_current_item(self) -> None:
        bench = Bench("branch_std")
        navigation.go(bench.session, bench.key("c_life"))
        bench.session.set_language("en")
        view = runner_view(bench.session)
        item = view.current
        assert isinstance(item, ItemView)
        assert item.kind is ItemKind.SELECT_ONE
        assert item.number == "C6"
        assert [choice.value for choice in item.choices] == ["full", "part", "none", "na"]
        assert [choice.points for choice in item.choices] == [4.0, 2.0, 0.0, None]
        assert item.choices[3].is_na
        assert item.choices[3].note
        assert (item.severity_at_worst, item.evidence_codes, item.category) == ("S2", "DI", "org_life")
        assert item.label.startswith("Annual organisational-life meeting")
        assert view.next_label.startswith("Leading cadres")
        bench.session.set_language("zh_CN")
        assert runner_view(bench.session).current.label.startswith("组织生活会")  # type: ignore[union-attr]  # an item

    def test_a_cell_shows_its_table(self) -> None:
        bench = Bench("branch_std")
        bench.add_rows("rec", 2)
        navigation.go(bench.session, bench.session.resolve("/data/d/rec[2]/r_elem"))
        view = runner_view(bench.session)
        assert isinstance(view.current, TableView)
        assert view.cell is not None
        assert (view.cell.ref, view.cell.table) == ("/data/d/rec[2]/r_elem", view.current.key)
        assert [column.name for column in view.current.columns] == ["r_kind", "r_date", "r_elem", "r_cross", "r_dup"]
        assert [row.position for row in view.current.rows] == [1, 2]
        assert view.current.can_add
        assert {item.name for item in view.current.calculated} >= {"d_cnt", "d_elem"}
        assert build_table(bench.session, bench.key("rec")).key == view.current.key

    def test_long_lists_come_with_the_current_item_only(self) -> None:
        many = "".join(f"<item><label>L{n}</label><value>v{n}</value></item>" for n in range(40))
        body = f"""<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head>
        <h:title>Long</h:title><model><instance><data id="long"><a/><b/></data></instance>
        <bind nodeset="/data/a" type="string"/><bind nodeset="/data/b" type="string"/></model></h:head><h:body>
        <select1 ref="/data/a"><label>A</label>{many}</select1><input ref="/data/b"><label>B</label></input>
        </h:body></h:html>"""
        bench = Bench(compiled(body))
        view = runner_view(bench.session)
        assert len(view.items[0].choices) == 40
        navigation.step(bench.session, 1)
        view = runner_view(bench.session)
        assert view.items[0].choices == ()
        assert view.items[0].choices_count == 40
        assert [section.label for section in view.sections] == ["A"], "questions outside groups are a section too"

    def test_findings_stand_at_their_item_and_silence_the_offer(self) -> None:
        bench = Bench("branch_std")
        line = FindingLine("f1", "F-1", "S2", "draft", "problem", "org_life", "no list", key=bench.key("c_life"))
        bench.session.set_findings([line])
        assert bench.answer("c_life", "none").offer is None
        assert build_item(bench.session, bench.key("c_life")).findings == (line,)
        section = next(one for one in runner_view(bench.session).sections if one.key.endswith("/data/c"))
        assert section.findings == 1

    def test_a_visit_without_forms(self) -> None:
        bench = Bench()
        view = runner_view(bench.session)
        assert (view.current, view.sections, view.progress.total) == (None, (), 0)
        assert bench.session.commit((), Effects()).writes == ()

    def test_a_closed_visit_says_why_it_is_locked(self) -> None:
        bench = Bench("recheck")
        assert bench.move("discard", reason="wrong branch").ok
        view = runner_view(bench.session)
        assert "void" in view.locked
        assert isinstance(view.current, ItemView)
        assert not view.current.can_edit


class TestWhy:
    def test_hidden(self) -> None:
        bench = Bench("branch_std")
        bench.answer("m_full", "5")
        told = why(bench.session, bench.key("b_comm"))
        assert told.what == "relevant"
        assert told.lines[0].value == "false"
        assert ("5", bench.key("m_full")) in {(line.value, line.key) for line in told.lines}

    def test_refused(self) -> None:
        bench = Bench("branch_std")
        bench.answers(m_full=20, e_mob=30)
        told = why(bench.session, bench.key("e_mob"))
        assert told.what == "constraint"
        assert {line.value for line in told.lines} >= {"30", "20"}

    def test_computed(self) -> None:
        bench = Bench("branch_std")
        bench.period()
        told = why(bench.session, bench.key("months"))
        assert told.what == "calculate"
        assert told.lines[0].value == "12"

    def test_proposed(self) -> None:
        bench = Bench("branch_std")
        bench.answer("c_life", "part")
        told = why(bench.session, bench.key("c_life"))
        shown = {line.text: line.value for line in told.lines}
        assert shown["points"] == "2 / 4"
        assert shown["proposed severity"] == "S3"

    def test_nothing_to_explain(self) -> None:
        told = why(Bench("branch_std").session, "branch_std:/data/res/advice")
        assert len(told.lines) == 1
        assert told.lines[0].text

    def test_a_hidden_group_is_named(self) -> None:
        bench = Bench("weak_lax")
        bench.answer("mode", "accept")
        told = why(bench.session, bench.key("a01"))
        assert any("/data/sa" in line.key for line in told.lines)
