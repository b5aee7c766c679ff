"""The runner by keyboard: each kind of question takes exactly the keys of the key table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import get_ident
from typing import Any, overload

import pytest
from msgspec.structs import replace
from textual import events

from fieldkit.visit.view import ChoiceView, FindingOffer, ItemKind, ItemStatus, LongChoices
from fieldkit.widgets import sounds
from tests.ui.builders import FakeRunner, choices, last_round, make_item, make_services, make_table
from tests.ui.harness import Driven, driven


def answers(runner: FakeRunner) -> list[tuple[str, str]]:
    """Return what was answered: name of the item and value."""
    return [(call[1].rpartition("/")[2], call[2]) for call in runner.calls if call[0] == "answer"]


async def opened(drive: Driven) -> None:
    """Open the visit from home by its number."""
    await drive.press("1")
    assert drive.screen.NAME == "visit"


def four() -> FakeRunner:
    """Return a runner over a choice, a number, a date and a text."""
    return FakeRunner(
        [
            make_item("life"),
            make_item("count", ItemKind.INTEGER, label="How many meetings"),
            make_item("day", ItemKind.DATE, label="Day"),
            make_item("words", ItemKind.TEXT, label="Words"),
            make_item("end"),
        ]
    )


async def test_digits_choose_and_step_on() -> None:
    """A digit answers a choice and the next question comes."""
    runner = four()
    async with driven(make_services(runner)) as drive:
        await opened(drive)
        await drive.press("2")
        assert answers(runner) == [("life", "part")]
        assert "How many meetings" in drive.text()


async def test_a_whole_form_with_full_width_digits_only() -> None:
    """With an input method left on, digits, the full stop and Enter fill everything; Han goes into text fields."""
    runner = four()
    async with driven(make_services(runner)) as drive:
        await opened(drive)
        await drive.type("３")
        await drive.type("１２")
        await drive.press("enter")
        await drive.type("１１２２")
        await drive.press("enter")
        await drive.press("enter")
        await drive.type("柳林村，１３人")
        await drive.press("enter")
        await drive.type("。")
        assert answers(runner) == [
            ("life", "none"),
            ("count", "12"),
            ("day", "2026-11-22"),
            ("words", "柳林村，１３人"),
            ("end", "na"),
        ]


async def test_keys_typed_in_one_burst_keep_their_order() -> None:
    """What is typed faster than the screen draws ends where it belongs."""

    runner = four()
    async with driven(make_services(runner)) as drive:
        await opened(drive)
        for key, char in (
            ("1", "1"),
            ("4", "4"),
            ("2", "2"),
            ("enter", "\r"),
            ("0", "0"),
            ("enter", "\r"),
            ("enter", "\r"),
            ("a", "a"),
            ("enter", "\r"),
            ("2", "2"),
        ):
            drive.app.post_message(events.Key(key, char))
        await drive.settle()
        assert answers(runner) == [
            ("life", "full"),
            ("count", "42"),
            ("day", "2026-11-22"),
            ("words", "a"),
            ("end", "part"),
        ]


async def test_an_input_method_changes_the_footer_to_f_keys() -> None:
    """Once a full-width character came, hints show F-keys."""
    runner = FakeRunner([make_item("a"), make_item("b")])
    async with driven(make_services(runner)) as drive:
        await drive.press("escape")
        assert " a add" in drive.rows()[-1]
        await drive.type("％")
        assert " a add" not in drive.rows()[-1]
        assert "F9" in drive.rows()[-1]


async def test_yes_and_no_have_letters() -> None:
    """y and n answer a yes/no question, and only that."""
    offered = tuple(
        replace(choice, value=code) for choice, code in zip(choices("", "yes", "no"), ("yes", "no"), strict=True)
    )
    runner = FakeRunner([make_item("ok", choices=offered, choices_count=2, has_na=False), make_item("next")])
    async with driven(make_services(runner)) as drive:
        await opened(drive)
        await drive.press("n")
        assert answers(runner) == [("ok", "no")]
        await drive.press("y")
        assert len(answers(runner)) == 1


async def test_the_full_stop_says_why_where_a_list_has_no_not_applicable() -> None:
    """``.`` is *not applicable* where the list has it; elsewhere it explains itself."""
    runner = FakeRunner([make_item("ok", choices=choices("", "a", "b"), choices_count=2, has_na=False)])
    async with driven(make_services(runner)) as drive:
        await opened(drive)
        await drive.press("full_stop")
        assert answers(runner) == []
        assert "not applicable" in drive.text()


async def test_arrows_choose_and_step() -> None:
    """In focus mode up and down choose, left and right step; in page mode the other way round."""
    runner = four()
    async with driven(make_services(runner)) as drive:
        await opened(drive)
        await drive.press("down", "enter")
        assert answers(runner) == [("life", "part")]
        await drive.press("left")
        assert drive.screen.view.index == 0
        await drive.press("v", "right", "right", "enter")
        assert answers(runner)[-1] == ("life", "none") or answers(runner)[-1] == ("life", "na")
        before = drive.screen.view.index
        await drive.press("down")
        assert drive.screen.view.index == before + 1


async def test_several_choices_toggle_and_enter_ends() -> None:
    """Digits and Space toggle a select multiple; Enter steps on."""
    item = make_item(
        "kinds", ItemKind.SELECT_MULTIPLE, choices=choices("", "a", "b", "c"), choices_count=3, has_na=False
    )
    runner = FakeRunner([item, make_item("next")])
    async with driven(make_services(runner)) as drive:
        await opened(drive)
        await drive.press("3", "1")
        assert answers(runner) == [("kinds", "c2"), ("kinds", "c0 c2")]
        await drive.press("down", "space")
        assert answers(runner)[-1] == ("kinds", "c0 c1 c2")
        await drive.press("3", "enter")
        assert answers(runner)[-1] == ("kinds", "c0 c1")
        assert drive.screen.view.index == 1


async def test_rank_keeps_the_order_of_the_digits() -> None:
    """A rank takes its order from the keys."""
    item = make_item("order", ItemKind.RANK, choices=choices("", "a", "b", "c"), choices_count=3, has_na=False)
    runner = FakeRunner([item])
    async with driven(make_services(runner)) as drive:
        await opened(drive)
        await drive.press("3", "1", "2")
        assert answers(runner)[-1] == ("order", "c2 c0 c1")


async def test_long_lists_take_number_and_enter() -> None:
    """More than ten choices: the number, then Enter."""
    item = make_item(
        "many", choices=choices("", *(f"label {index}" for index in range(1, 41))), choices_count=40, has_na=False
    )
    runner = FakeRunner([item, make_item("next")])
    async with driven(make_services(runner)) as drive:
        await opened(drive)
        await drive.press("2", "7")
        assert answers(runner) == []
        assert "27" in drive.text()
        await drive.press("enter")
        assert answers(runner) == [("many", "c26")]


async def test_han_is_type_ahead_over_the_labels() -> None:
    """A Han character that only one label has chooses it; several open the picker."""
    item = make_item("ok", choices=choices("", "是的", "不是", "未知"), choices_count=3, has_na=False)
    runner = FakeRunner([item, make_item("next")])
    async with driven(make_services(runner)) as drive:
        await opened(drive)
        await drive.type("未")
        assert answers(runner) == [("ok", "c2")]
        await drive.press("left")
        await drive.type("是")
        assert drive.screen.overlays
        await drive.press("down", "enter")
        assert answers(runner)[-1] == ("ok", "c1")


class _Many(LongChoices):
    """A list that is too long to be made at once."""

    def chosen_place(self) -> int:
        """Return the place of the choice that is chosen, 0 without one."""
        return 0

    def names(self) -> Iterator[tuple[str, str]]:
        """Yield label and code of each."""
        return iter([("柳林村", "a"), ("上田村", "b")])

    @overload
    def __getitem__(self, place: int) -> ChoiceView: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[ChoiceView]: ...
    def __getitem__(self, place: int | slice) -> ChoiceView | Sequence[ChoiceView]:
        """Return one choice or several."""
        return [ChoiceView("a", "柳林村", 1), ChoiceView("b", "上田村", 2)][place]

    def __len__(self) -> int:
        """Return how many there are."""
        return 2


async def test_a_long_list_gets_its_pinyin_ready_beside_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    """It begins when the question comes, not at the first letter; once is enough."""
    threads: list[int] = []
    monkeypatch.setattr(sounds, "is_ready", lambda: bool(threads))
    monkeypatch.setattr(sounds, "prepare", lambda: threads.append(get_ident()))
    runner = FakeRunner([make_item("a"), make_item("b", choices=_Many()), make_item("c", choices=_Many())])
    async with driven(make_services(runner)) as drive:
        await opened(drive)
        assert threads == []
        await drive.press("tab")
        await drive.settle()
        assert len(threads) == 1
        assert threads != [get_ident()]
        await drive.press("tab")
        await drive.settle()
        assert len(threads) == 1


async def test_a_picker_finds_by_pinyin() -> None:
    """Enter on a long list opens the picker; initials find a Chinese label."""
    labels = [f"村{index}" for index in range(20)] + ["柳林村党支部"]
    item = make_item("place", choices=choices("", *labels), choices_count=21, has_na=False)
    runner = FakeRunner([item, make_item("next")])
    async with driven(make_services(runner)) as drive:
        await opened(drive)
        await drive.press("enter", *"llcdzb", "enter")
        assert answers(runner) == [("place", "c20")]


async def test_a_search_without_a_hit_stays_open_for_mending() -> None:
    """Enter where nothing matches keeps the field with its text; fewer letters find again."""
    labels = [f"村{index}" for index in range(20)] + ["柳林村党支部"]
    item = make_item("place", choices=choices("", *labels), choices_count=21, has_na=False)
    runner = FakeRunner([item, make_item("next")])
    async with driven(make_services(runner)) as drive:
        await opened(drive)
        await drive.press("enter", *"llcdzbx", "enter")
        assert "llcdzbx" in drive.text()
        await drive.press("backspace", "enter")
        assert answers(runner) == [("place", "c20")]


async def test_a_broken_constraint_stays_and_says_why_and_tab_leaves() -> None:
    """A refused value is kept and marked; Tab still leaves."""
    runner = FakeRunner([make_item("count", ItemKind.INTEGER), make_item("next")])
    runner.constraint = lambda _key, value: "not more than full members (24)" if value == "30" else ""
    async with driven(make_services(runner)) as drive:
        await opened(drive)
        await drive.press("3", "0", "enter")
        assert drive.screen.view.index == 0
        assert "not more than full members" in drive.text()
        await drive.press("tab")
        assert drive.screen.view.index == 1


async def test_what_is_no_number_stays_as_a_draft() -> None:
    """A text that is no value of its kind is kept, explained, and can be mended."""
    runner = FakeRunner([make_item("day", ItemKind.DATE), make_item("next")])
    async with driven(make_services(runner)) as drive:
        await opened(drive)
        await drive.press("9", "9", "enter")
        assert answers(runner) == []
        assert drive.screen.state.drafts == {"t1:/data/c/day": "99"}
        assert "99" in drive.text()


async def test_esc_leaves_a_text_and_keeps_it() -> None:
    """Esc in a text field loses nothing."""
    runner = FakeRunner([make_item("words", ItemKind.TEXT), make_item("next")])
    async with driven(make_services(runner)) as drive:
        await opened(drive)
        await drive.press("enter", "a", "b", "escape")
        assert answers(runner) == [("words", "ab")]
        assert drive.screen.view.index == 0


async def test_letters_act_only_outside_text_fields() -> None:
    """While a text field is open, letters are letters."""
    runner = FakeRunner([make_item("words", ItemKind.TEXT), make_item("next")])
    async with driven(make_services(runner)) as drive:
        await opened(drive)
        await drive.press("enter", *"umvw", "enter")
        assert answers(runner) == [("words", "umvw")]


async def test_long_text_takes_enter_as_a_line_and_tab_ends() -> None:
    """In a long text Enter is a new line, Tab commits."""
    runner = FakeRunner([make_item("essay", ItemKind.MULTILINE), make_item("next")])
    async with driven(make_services(runner)) as drive:
        await opened(drive)
        await drive.press("enter", "a", "enter", "b", "tab")
        assert answers(runner) == [("essay", "a\nb")]


async def test_backspace_clears() -> None:
    """Backspace takes the answer away."""
    runner = FakeRunner([make_item("life", value="full"), make_item("next")])
    async with driven(make_services(runner)) as drive:
        await opened(drive)
        await drive.press("backspace")
        assert ("clear", "t1:/data/c/life") in runner.calls


async def test_acknowledge_takes_space() -> None:
    """A trigger is set by Space, 1 or Enter."""
    runner = FakeRunner([make_item("seen", ItemKind.ACKNOWLEDGE), make_item("next")])
    async with driven(make_services(runner)) as drive:
        await opened(drive)
        await drive.press("space")
        assert answers(runner) == [("seen", "OK")]


async def test_last_round_above_and_rest() -> None:
    """= repeats the last round, \" the answer above, * asks before the rest becomes not applicable."""
    runner = FakeRunner([make_item("a", last=last_round()), make_item("b"), make_item("c")])
    async with driven(make_services(runner)) as drive:
        await opened(drive)
        await drive.press("equals_sign")
        assert ("same_as_last", "t1:/data/c/a") in runner.calls
        await drive.type("＂")
        assert any(call[0] == "same_as_above" for call in runner.calls)
        await drive.press("asterisk")
        assert "3" in drive.text()
        assert not any(call[0] == "apply_rest" for call in runner.calls)
        await drive.press("1")
        assert not any(call[0] == "apply_rest" for call in runner.calls)
        await drive.press("asterisk", "2")
        assert any(call[0] == "apply_rest" for call in runner.calls)


async def test_a_note_or_calculated_item_takes_no_answer() -> None:
    """A digit on a calculated item says where its value comes from."""
    runner = FakeRunner([make_item("sum", ItemKind.CALCULATED, value="32.3", can_edit=False, status=ItemStatus.INFO)])
    async with driven(make_services(runner)) as drive:
        await opened(drive)
        await drive.press("1")
        assert answers(runner) == []
        assert "F6" in drive.text()
        await drive.press("f6")
        assert ("why", "t1:/data/c/sum", "") in runner.calls
        assert "selected(${a}, 'x')" in drive.text()


async def test_a_locked_visit_says_why() -> None:
    """A final visit takes no answers."""
    runner = FakeRunner([make_item("a", can_edit=False)], locked="Visit V-d02-27 is final", state="final")
    async with driven(make_services(runner)) as drive:
        await opened(drive)
        await drive.press("1")
        assert answers(runner) == []
        assert "is final" in drive.text()


async def test_answering_a_visit_that_was_handed_over_asks_for_the_reason() -> None:
    """Where a reason is due, the answer waits for it and is then given with it."""
    runner = FakeRunner([make_item("a"), make_item("b")], reason_due=True, state="fed")
    async with driven(make_services(runner)) as drive:
        await opened(drive)
        await drive.press("1")
        assert answers(runner) == []
        await drive.press(*"typo", "enter")
        assert ("answer", "t1:/data/c/a", "full", "typo") in runner.calls


async def test_an_offer_is_taken_up_by_f4() -> None:
    """*none* offers a finding; F4 opens it filled in although the cursor has stepped on."""
    runner = FakeRunner([make_item("a"), make_item("b")])
    runner.offer = FindingOffer("t1:/data/c/a", "/data/c/a", "S2", "life", "annual meeting held", "not met")
    async with driven(make_services(runner)) as drive:
        await opened(drive)
        await drive.press("3")
        assert "F4 raises a finding: S2" in drive.text()
        assert drive.screen.view.index == 1
        await drive.press("f4")
        assert drive.screen.overlays
        assert "New finding" in drive.text()


async def test_moves_list_every_reason_and_lead_to_the_question() -> None:
    """A move that is off shows all reasons; Enter goes to the question."""
    runner = FakeRunner([make_item("a"), make_item("b")])
    async with driven(make_services(runner)) as drive:
        await opened(drive)
        await drive.press("tab", "m")
        assert "3 reasons" in drive.text()
        await drive.press("1")
        assert "question 2 is empty" in drive.text()
        await drive.press("enter")
        assert any(call[0] == "go" and call[1] == "t1:/data/c/a" for call in runner.calls)


async def test_a_move_asks_for_what_it_must_bring() -> None:
    """Required fields of a move are asked for before it is made."""
    runner = FakeRunner([make_item("a")])
    async with driven(make_services(runner)) as drive:
        await opened(drive)
        await drive.press("m", "2", "enter", *"double", "tab", "enter")
        assert ("move", "void", {"reason": "double"}) in runner.calls


async def test_a_remark_is_written_with_f2() -> None:
    """F2 opens the note of the item; Tab keeps it."""
    runner = FakeRunner([make_item("a"), make_item("b")])
    async with driven(make_services(runner)) as drive:
        await opened(drive)
        await drive.press("f2")
        await drive.type("见会议记录")
        await drive.press("tab")
        assert ("remark", "t1:/data/c/a", "见会议记录", False) in runner.calls


async def test_status_tells_saving_and_failure() -> None:
    """The last words of row 1 are the writer's."""
    from fieldkit.visit.outcome import SaveStatus

    runner = FakeRunner([make_item("a")])
    states: dict[str, Any] = {"now": SaveStatus("saving", None, 3)}
    services = make_services(runner)
    services.runner.status = lambda: states["now"]
    async with driven(services) as drive:
        await opened(drive)
        assert drive.rows()[0].endswith("| saving-")
        states["now"] = SaveStatus("failed", None, 3, "disk full")
        drive.app.post_message(drive.app.StatusChanged())
        await drive.settle()
        assert drive.rows()[0].endswith("| NOT SAVED: disk full-")


async def test_nothing_repaints_while_a_text_field_is_open() -> None:
    """A status that comes while somebody types waits until the field is left."""
    from fieldkit.visit.outcome import SaveStatus

    runner = FakeRunner([make_item("words", ItemKind.TEXT), make_item("b")])
    services = make_services(runner)
    async with driven(services) as drive:
        await opened(drive)
        await drive.press("enter", "a")
        before = drive.screen.canvas.rows
        services.runner.status = lambda: SaveStatus("saving", None, 9)
        drive.app.post_message(drive.app.StatusChanged())
        await drive.settle()
        assert drive.screen.canvas.rows == before
        await drive.press("escape")
        assert drive.rows()[0].endswith("| saving-")


class TestTable:
    """A repeat as a table."""

    def runner(self) -> FakeRunner:
        """Return a runner with a table of two rows between two questions."""
        table = make_table()
        item = make_item(
            "inc", ItemKind.TABLE, key=table.key, label="Income streams", rows_count=2, choices=(), choices_count=0
        )
        runner = FakeRunner([make_item("a"), item, make_item("z")], table=table)
        runner.at = 1
        return runner

    async def test_cells_are_entered_and_enter_goes_down(self) -> None:
        """Enter opens the table; digits answer a cell; Tab goes to the next cell."""
        runner = self.runner()
        async with driven(make_services(runner)) as drive:
            await opened(drive)
            await drive.press("enter", "1")
            assert answers(runner) == [("kind", "full")]
            await drive.press("6", "full_stop", "0", "enter")
            assert answers(runner)[-1] == ("amount", "6.0")

    async def test_the_last_line_adds_a_row(self) -> None:
        """Below the last row lies *add a row*."""
        runner = self.runner()
        async with driven(make_services(runner)) as drive:
            await opened(drive)
            await drive.press("enter", "down", "down")
            assert drive.screen.state.on_add
            await drive.press("enter")
            assert ("add_row", "t1:/data/inc") in runner.calls

    async def test_a_row_is_removed_after_a_question(self) -> None:
        """Backspace on the row number asks with the count of answers; keeping it is preset."""
        runner = self.runner()
        async with driven(make_services(runner)) as drive:
            await opened(drive)
            await drive.press("enter", "left", "backspace")
            assert "remove row 1 with 0 answers" in drive.text()
            await drive.press("enter")
            assert not any(call[0] == "remove_row" for call in runner.calls)
            await drive.press("backspace", "2")
            assert ("remove_row", "t1:/data/inc{r1}") in runner.calls

    async def test_tab_leaves_the_table_at_its_end(self) -> None:
        """Tab walks the cells, the line that adds, then the next question."""
        runner = self.runner()
        async with driven(make_services(runner)) as drive:
            await opened(drive)
            await drive.press("enter", "tab", "tab", "tab", "tab")
            assert drive.screen.state.on_add
            await drive.press("tab")
            assert drive.screen.view.index == 2


def six() -> FakeRunner:
    """Return a runner over six choices."""
    return FakeRunner([make_item(f"q{number}") for number in range(1, 7)])


async def test_a_key_is_painted_before_anything_else_happens() -> None:
    """The screen shows an answer when its key was taken; no frame of the library is waited for."""
    async with driven(make_services(six())) as drive:
        await opened(drive)
        shown: list[int] = []
        drive.app.post_display_hook = lambda: shown.append(drive.screen.view.index)  # type: ignore[method-assign]
        await drive.screen.press(events.Key("1", "1"))
        assert shown == [1]


async def test_waiting_keys_are_painted_together() -> None:
    """Keys that come faster than they are taken do not paint a picture each."""
    async with driven(make_services(six())) as drive:
        await opened(drive)
        shown: list[int] = []
        drive.app.post_display_hook = lambda: shown.append(drive.screen.view.index)  # type: ignore[method-assign]
        for _number in range(4):
            drive.app.post_message(events.Key("1", "1"))
        assert drive.app.keys_waiting == 4
        await drive.settle()
        assert drive.app.keys_waiting == 0
        assert set(shown) == {4}
