"""The runner's answers by keyboard: each kind of question takes the same keys everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from fieldkit.errors import VisitError
from fieldkit.i18n import _
from fieldkit.keys import Stroke
from fieldkit.screens.runner_state import CHOICES, TYPED, RunnerState, current_item
from fieldkit.visit.entry import parse_entry
from fieldkit.visit.view import ChoiceView, ItemKind, ItemView, LongChoices, RunnerView, TableView
from fieldkit.widgets.overlays import Choice, Prompt
from fieldkit.widgets.picker import Matcher, Picker, PickRow

if TYPE_CHECKING:
    from fieldkit.screens.base import FieldScreen
    from fieldkit.services.runner import Runner

__all__ = ["Answers"]


class Answers:
    """Turns key presses on the current question into answers.

    Mixed into the runner screen, which owns the view and the state.
    """

    if TYPE_CHECKING:
        state: RunnerState

        @property
        def view(self) -> RunnerView:
            """What the service returned last."""

        @property
        def runner(self) -> Runner:
            """The use cases of the open visit."""

        @property
        def base(self) -> FieldScreen:
            """The screen itself."""

        def show(self, view: RunnerView) -> None:
            """Take a new view."""

        def step_on(self) -> None:
            """Step on after an answer, into follow-up questions."""

        def walk_down(self) -> None:
            """Step to the cell below after Enter in a table."""

        def advance(self, *, back: bool = False) -> None:
            """Step to the next question or cell."""

    # -- keys

    def take_answer(self, item: ItemView, press: Stroke) -> bool:
        """Take a key on a question; False = it is no answer."""
        if not item.can_edit:
            if press.digit or press.name in {".", "-"} or press.foreign:
                self._why_not(item)
                return True
            return False
        if item.kind in CHOICES:
            return self._take_choice(item, press)
        if item.kind is ItemKind.ACKNOWLEDGE:
            if press.name in {"1", "space"} or (press.name == "enter" and not item.value):
                self.answer(item, "" if item.value and press.name == "space" else "OK")
                return True
            return False
        if item.kind is ItemKind.FILE:
            return False
        return self._take_typed(item, press)

    def _why_not(self, item: ItemView) -> None:
        if self.view.locked:
            self.base.say(self.view.locked)
        elif item.kind in {ItemKind.NOTE, ItemKind.CALCULATED}:
            self.base.say(_("No answer here; F6 shows how the value comes about."), "dim")
        else:
            self.base.say(_("No answer is possible here; F6 says why."))

    def _take_typed(self, item: ItemView, press: Stroke) -> bool:
        if press.digit or (press.name in {"-", "+"} and item.kind in TYPED):
            typed = press.name if item.kind in TYPED else press.char
            self.edit(item, typed)
            return True
        if press.name == ".":
            if item.has_na:
                self._not_applicable(item)
            else:
                self.base.say(
                    _("Here . is the decimal point after a digit; this question has no not applicable."), "dim"
                )
            return True
        if press.foreign and item.kind not in TYPED and len(press.name) >= 1 and not press.name.isascii():
            self.edit(item, press.char)
            return True
        if press.name == "enter" and item.kind not in TYPED:
            self.edit(item)
            return True
        return False

    def _take_choice(self, item: ItemView, press: Stroke) -> bool:
        choices = item.choices
        several = item.kind is not ItemKind.SELECT_ONE
        if press.digit and item.choices_count > 10:
            self.state.typed += press.digit
            return True
        if press.digit:
            index = (int(press.digit) - 1) % 10
            if index < len(choices):
                self.state.choice = index
                self._choose(item, choices[index].value)
            else:
                self.base.say(_("There is no choice {number}.").format(number=index + 1), "dim")
            return True
        if press.name == "." and not several:
            self._not_applicable(item)
            return True
        if press.name in {"y", "n"} and {"yes", "no"} <= {choice.value for choice in choices[:12]}:
            self._choose(item, "yes" if press.name == "y" else "no")
            return True
        if press.name in {"/", "ctrl+f"} or (press.foreign and not press.name.isascii()):
            self._filter(item, "" if press.name in {"/", "ctrl+f"} else press.char)
            return True
        if press.name == "space" and choices:
            self._choose(item, choices[min(self.state.choice, len(choices) - 1)].value)
            return True
        if press.name == "backspace" and self.state.typed:
            self.state.typed = self.state.typed[:-1]
            return True
        if press.name == "enter":
            return self._enter_choice(item)
        return False

    def _enter_choice(self, item: ItemView) -> bool:
        choices = item.choices
        if self.state.typed:
            number, self.state.typed = int(self.state.typed), ""
            if 0 < number <= len(choices):
                self._choose(item, choices[number - 1].value)
            else:
                self.base.say(_("There is no choice {number}.").format(number=number), "dim")
            return True
        if item.kind is not ItemKind.SELECT_ONE:
            return False
        if item.choices_count > 10 and not item.value and self.state.choice == 0:
            self._filter(item, "")
            return True
        if choices:
            chosen = choices[min(self.state.choice, len(choices) - 1)]
            if not chosen.selected:
                self._choose(item, chosen.value)
                return True
        return False

    def _choose(self, item: ItemView, value: str) -> None:
        if item.kind is ItemKind.SELECT_ONE:
            self.answer(item, value)
            return
        chosen = item.value.split()
        if value in chosen:
            chosen.remove(value)
        else:
            chosen.append(value)
        if item.kind is ItemKind.SELECT_MULTIPLE and not isinstance(item.choices, LongChoices):
            order = {choice.value: choice.number for choice in item.choices}
            chosen.sort(key=lambda name: order.get(name, 0))
        self.answer(item, " ".join(chosen), step=False)

    def _not_applicable(self, item: ItemView) -> None:
        na = next((choice for choice in item.choices if choice.is_na), None) if item.has_na else None
        if na is not None:
            self.answer(item, na.value)
        else:
            self.base.say(_("This list has no not applicable; Backspace clears, t notes why."), "dim")

    def _filter(self, item: ItemView, first: str) -> None:
        matcher = Matcher(_ChoiceRows(item.choices), _names(item.choices))
        if first:
            hits, total = matcher.find(first)
            if total == 1:
                self._choose(item, str(hits[0].value))
                return
        self.base.show_overlay(
            Picker(
                item.label,
                matcher.find,
                lambda row: self._choose(item, str(row.value)),
                initial=first,
                empty=_("No choice matches."),
            )
        )

    # -- the open field

    def edit(self, item: ItemView, typed: str | None = None) -> None:
        """Open the field of a question, with what was typed or with its answer."""
        if not item.can_edit:
            self._why_not(item)
            return
        text = typed if typed is not None else self.state.drafts.get(item.key, item.value)
        self.state.editing = item.key
        self.base.open_field(text, several_lines=item.kind is ItemKind.MULTILINE and not item.table)

    def commit(self, text: str, how: str) -> None:
        """Take what was typed; what is no value stays as a draft and says why."""
        key, self.state.editing = self.state.editing, ""
        item = self.runner.item(key)
        if how == "escape" and text == item.value:
            return
        now = self.base.shell.now()
        offset = now.strftime("%z")
        try:
            value = parse_entry(item.kind, text, now.date(), offset=f"{offset[:3]}:{offset[3:]}")
        except VisitError as error:
            self.state.drafts[key] = text
            self.base.tell(error)
            if how == "tab":
                self.advance()
            return
        self.state.drafts.pop(key, None)
        if value == item.value:
            if how != "escape":
                self.advance(back=how == "shift+tab")
            return
        if item.kind is ItemKind.RANGE:
            # The scale is the form's: what lies outside stays as a draft until it is mended.
            self.state.drafts[key] = text
        self.answer(item, value, how="down" if item.table and how == "enter" else how)
        self.state.drafts.pop(key, None)

    # -- giving the answer

    def answer(self, item: ItemView, value: str, *, step: bool = True, how: str = "enter", reason: str = "") -> None:
        """Give an answer; where it reopens a visit that was handed over, ask for the reason first."""
        if self.view.locked:
            self.base.say(self.view.locked)
            return
        if self.view.reason_due and not reason:

            def with_reason(text: str) -> str | None:
                if not text.strip():
                    return _("A reason is due here.")
                self.answer(item, value, step=step, how=how, reason=text.strip())
                return None

            intro = _("This visit was handed over. Answering opens it again; say why.")
            self.base.show_overlay(Prompt(_("Reason"), with_reason, intro=(intro,)))
            return
        # Outside tables one intent answers and steps on: each view that is built costs as much as the answer itself.
        stepped = step and how == "enter" and not isinstance(self.view.current, TableView)
        self.show(self.runner.answer(item.key, value, reason, step=stepped))
        self.after_answer(item.key, step=step and not stepped, how=how)

    def after_answer(self, key: str, *, step: bool, how: str) -> None:
        """Say what happened and step on, except where the answer broke a constraint."""
        view = self.view
        self.state.offer = view.offer
        broken = self.runner.broken(key)
        if view.message:
            self.base.say(view.message)
        if view.offer:
            offer = view.offer
            text = _("F4 raises a finding: {severity} {criterion}").format(
                severity=offer.severity, criterion=offer.criterion
            )
            self.base.say(text, "warn")
        if broken:
            self.base.say(broken, "bad")
        if how == "escape":
            return
        if how in {"tab", "shift+tab"}:
            self.advance(back=how == "shift+tab")
        elif broken:
            return
        elif how == "down":
            self.walk_down()
        elif step:
            self.step_on()

    def target(self) -> ItemView | None:
        """Return the question that keys answer now."""
        return current_item(self.view)

    def ask_rest(self) -> None:
        """Ask before the rest of the section becomes not applicable."""
        count = self.runner.rest_not_applicable()
        if not count:
            self.base.say(_("Nothing in this section is left that can be not applicable."), "dim")
            return

        def chosen(choice: Choice) -> None:
            if choice.value:
                self.show(self.runner.apply_rest())
                self.base.say(_("{count} answers set to not applicable; F8 takes it back.").format(count=count), "good")

        self.base.ask(
            _("Rest of this section"),
            [
                Choice(_("leave it"), False),
                Choice(_("set {count} open questions to not applicable").format(count=count), True),
            ],
            chosen,
        )


class _ChoiceRows(Sequence[PickRow]):
    """The rows of the picker for the choices of a question, made when they are shown."""

    def __init__(self, choices: Sequence[ChoiceView]) -> None:
        self._choices = choices

    def __len__(self) -> int:
        return len(self._choices)

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return [_row(choice) for choice in self._choices[place]]
        return _row(self._choices[place])


def _row(choice: ChoiceView) -> PickRow:
    return PickRow(choice.label, choice.value, choice.value, str(choice.number))


def _names(choices: Sequence[ChoiceView]) -> Iterable[tuple[str, str]]:
    if isinstance(choices, LongChoices):
        return choices.names()
    return ((choice.label, choice.value) for choice in choices)
