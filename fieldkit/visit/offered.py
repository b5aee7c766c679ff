"""The choices of an item as the screen shows them: those of a long list are made one by one when they are looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from fieldkit.forms.change import Choice
from fieldkit.i18n import _
from fieldkit.visit.markup import plain_text
from fieldkit.visit.nodes import Node, attribute
from fieldkit.visit.scoring import NA, choice_points
from fieldkit.visit.view import ChoiceView, ItemKind, LongChoices

__all__ = ["OfferedChoices", "offered_choices"]

_MANY = 200
"""Longer lists stay sequences that make a choice when it is asked for."""


class OfferedChoices(LongChoices):
    """The choices that a node offers, in their order."""

    def __init__(self, node: Node, kind: ItemKind) -> None:
        self._node = node
        self._choices = node.choices()
        self._chosen = frozenset((node.value,) if kind is ItemKind.SELECT_ONE else node.value.split())
        scored = bool(attribute(node, "score"))
        self._note = _("veto") if attribute(node, "veto") == "yes" else ""
        self._na_note = self._note or (_("leaves both sums") if scored else "")

    def __len__(self) -> int:
        return len(self._choices)

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            numbers = range(*place.indices(len(self)))
            return [self._view(choice, number) for number, choice in zip(numbers, self._choices[place], strict=True)]
        number = place + len(self) if place < 0 else place
        return self._view(self._choices[number], number)

    def __iter__(self) -> Iterator[ChoiceView]:
        return (self._view(choice, number) for number, choice in enumerate(self._choices))

    def names(self) -> Iterator[tuple[str, str]]:
        """Yield label and value of each choice, without making it."""
        return ((plain_text(label) or value, value) for value, label in self._choices.pairs())

    def chosen_place(self) -> int:
        """Return where the first choice that is chosen stands, 0 where none is."""
        places = (self._choices.place(value) for value in self._chosen)
        return min((place for place in places if place >= 0), default=0)

    def _view(self, choice: Choice, number: int) -> ChoiceView:
        is_na = choice.value == NA
        return ChoiceView(
            value=choice.value,
            label=plain_text(choice.label) or choice.value,
            number=number + 1,
            selected=choice.value in self._chosen,
            points=choice_points(self._node, choice.value),
            note=self._na_note if is_na else self._note,
            is_na=is_na,
        )


def offered_choices(node: Node, kind: ItemKind) -> Sequence[ChoiceView]:
    """Return the choices of a select or rank."""
    offered = OfferedChoices(node, kind)
    return offered if len(offered) > _MANY else tuple(offered)
