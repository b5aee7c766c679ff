"""The choices of a select as a sequence that is found in by value; those of a large table are made when looked at."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fieldkit.forms.change import Choice
from fieldkit.forms.secondary import Rows

__all__ = ["Choices", "ListedChoices", "RowChoices"]

_FEW = 300
"""Rows that are looked through one by one for a value; beyond them the table's index is used."""


class Choices(Sequence[Choice]):
    """Choices in their order.

    Two sequences of equal choices are equal.
    """

    __slots__ = ()

    def find(self, value: str) -> Choice | None:
        """Return the first choice of a value, None where it is not offered."""
        raise NotImplementedError

    def place(self, value: str) -> int:
        """Return where the first choice of a value stands, -1 where it is not offered."""
        raise NotImplementedError

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yield value and label of each choice."""
        return ((choice.value, choice.label) for choice in self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(Choice.__eq__, self, other))

    __hash__ = None  # type: ignore[assignment]  # a sequence of things that cannot be hashed


class ListedChoices(Choices):
    """Choices that are all there."""

    __slots__ = ("_choices", "_places")

    def __init__(self, choices: Sequence[Choice] = ()) -> None:
        self._choices = choices
        self._places: dict[str, int] | None = None

    def __len__(self) -> int:
        return len(self._choices)

    def __iter__(self) -> Iterator[Choice]:
        return iter(self._choices)

    def __getitem__(self, place: Any) -> Any:
        return self._choices[place]

    def place(self, value: str) -> int:
        """Return where the first choice of a value stands, -1 where it is not offered."""
        places = self._places
        if places is None:
            places = self._places = {}
            for place, choice in enumerate(self._choices):
                places.setdefault(choice.value, place)
        return places.get(value, -1)

    def find(self, value: str) -> Choice | None:
        """Return the first choice of a value, None where it is not offered."""
        place = self.place(value)
        return self._choices[place] if place >= 0 else None


class _RowChoice(Choice):
    """A choice from a row of a table."""

    __slots__ = ("_number", "_rows")

    def __init__(self, value: str, label: str, rows: Rows, number: int) -> None:
        super().__init__(value, label)
        self._rows = rows
        self._number = number

    @property
    def properties(self) -> Mapping[str, str]:
        """All columns of the row."""
        return self._rows.table.row(self._number).properties()


class RowChoices(Choices):
    """Choices from rows of a table: neither row nor choice is made before somebody looks at it."""

    __slots__ = ("_label", "_rows", "_value")

    def __init__(self, rows: Rows, value: str, label: str) -> None:
        self._rows = rows
        self._value = value
        self._label = label

    def __len__(self) -> int:
        return len(self._rows.numbers)

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yield value and label of each choice."""
        return self._rows.cells(self._value, self._label)

    def __iter__(self) -> Iterator[Choice]:
        rows = self._rows
        return (
            _RowChoice(value, label, rows, number)
            for number, (value, label) in zip(rows.numbers, self.pairs(), strict=True)
        )

    def __getitem__(self, place: Any) -> Any:
        rows = self._rows
        if isinstance(place, slice):
            return list(RowChoices(Rows(rows.table, rows.numbers[place]), self._value, self._label))
        number = rows.numbers[place]
        value, label = next(Rows(rows.table, [number]).cells(self._value, self._label))
        return _RowChoice(value, label, rows, number)

    def place(self, value: str) -> int:
        """Return where the first choice of a value stands, -1 where it is not offered."""
        numbers = self._rows.numbers
        if len(numbers) <= _FEW:
            return next((place for place, pair in enumerate(self.pairs()) if pair[0] == value), -1)
        for number in self._rows.table.numbers_of(self._value, value):
            place = bisect_left(numbers, number)
            if place < len(numbers) and numbers[place] == number:
                return place
        return -1

    def find(self, value: str) -> Choice | None:
        """Return the first choice of a value, None where it is not offered."""
        place = self.place(value)
        found: Choice | None = self[place] if place >= 0 else None
        return found
