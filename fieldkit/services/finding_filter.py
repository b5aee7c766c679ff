"""A query answered by the indexes: which findings fulfil it, and which terms must still be looked up in each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from msgspec import Struct

from fieldkit.model.ids import id_of
from fieldkit.review.query import Speller, Term, begins_in, is_spelling
from fieldkit.services.desk import Desk
from fieldkit.services.finding_about import Surroundings
from fieldkit.services.finding_order import Mask, marked
from fieldkit.visit.folding import is_han

__all__ = ["Filter", "Found"]

_PLAIN = frozenset({"state", "severity", "type", "category", "disposition", "due", "actor", "ref"})
"""Fields with an index of their own values."""

_DAY = 10
_SWAP = bytes([1, 0]) + bytes(254)
_HAN = "\u3400"
"""The first Chinese sign."""


class Found(Struct, frozen=True):
    """What the indexes say of a query.

    Attributes:
        mask: The findings that may fulfil it.
        open: Terms that an index only narrows: each finding must still be asked.
    """

    mask: Mask
    open: tuple[Term, ...]


class Filter:
    """Answers the terms of queries about findings."""

    def __init__(self, desk: Desk, about: Surroundings, speller: Speller) -> None:
        self._desk = desk
        self._store = desk.store
        self._about = about
        self._speller = speller
        self._size = desk.store.size("finding")

    def find(self, terms: Iterable[Term]) -> Found:
        """Return the findings that may fulfil every term."""
        whole: Mask | None = None
        left = []
        for term in terms:
            lists, is_exact = self._lists(term)
            if not is_exact:
                left.append(term)
            if term.negated:
                whole = self._living() if whole is None else whole
                if is_exact:
                    whole = _both(whole, marked(lists, self._size).translate(_SWAP))
            else:
                mask = marked(lists, self._size)
                whole = mask if whole is None else _both(whole, mask)
        return Found(self._living() if whole is None else whole, tuple(left))

    def _living(self) -> bytearray:
        """Return all findings that are not deleted."""
        return marked([numbers for _state, numbers in self._store.values("finding", "state")], self._size)

    def _lists(self, term: Term) -> tuple[Sequence[Collection[int]], bool]:
        """Return the numbers of findings that may fulfil a term, and whether all of them do."""
        if not term.field:
            return self._words(term.value)
        if term.field in _PLAIN:
            return self._by_value(term.field, lambda value: term.compares((value,))), True
        if term.field == "created":
            return self._by_day(term)
        if term.field == "campaign":
            return self._by_campaign(term), True
        return self._by_value("subject", lambda value: term.compares(self._of_subject(term.field, value))), True

    def _by_value(self, index: str, holds: Callable[[str], bool]) -> list[Sequence[int]]:
        return [numbers for value, numbers in self._store.values("finding", index) if holds(value)]

    def _of_subject(self, field: str, subject: str) -> tuple[str, ...]:
        about = self._about.subject(subject)
        if field == "subject":
            return (subject, about.subject_name)
        if field == "kind":
            return (about.kind,)
        return about.parents if field == "parent" else about.tags

    def _by_day(self, term: Term) -> tuple[list[Sequence[int]], bool]:
        words = term.value.split(",") if term.sign == ":" else [term.value]
        if all(len(word) <= _DAY for word in words):
            return self._by_value("created", lambda day: term.compares((day,))), True
        days = Term("created", term.sign, ",".join(word[:_DAY] for word in words), negated=False)
        return self._by_value("created", lambda day: days.compares((day,))), False

    def _by_campaign(self, term: Term) -> list[Sequence[int]]:
        wanted = {
            id_of(name)
            for campaign, numbers in self._store.values("visit", "campaign")
            if term.compares((campaign,))
            for name in self._store.record_names("visit", numbers)
        }
        has_none = term.compares(("",))
        return [
            numbers
            for visit, numbers in self._store.values("finding", "visit")
            if visit in wanted or (has_none and self._store.count(f"visit/{visit}") == 0)
        ]

    # -- words -----------------------------------------------------------------------------------

    def _words(self, value: str) -> tuple[list[Collection[int]], bool]:
        places = [
            numbers
            for subject, numbers in self._store.values("finding", "subject")
            if self._in_name(self._about.subject(subject).subject_name, value)
        ]
        if not any(sign.isalnum() for sign in value):
            return [self._all()], False
        found = [self._store.text_numbers("finding", "text", value), *places]
        is_exact = value.isalnum() and (value.isascii() or (len(value) <= 2 and min(value) >= _HAN))
        if is_spelling(value):
            pairs = self._pairs()
            for chains in (_Chains(pairs, self._speller, initials=which) for which in (False, True)):
                found += chains.begin(value)
                is_exact = is_exact and chains.is_exact
        return found, is_exact

    def _all(self) -> Sequence[int]:
        return range(1, self._size + 1)

    def _in_name(self, name: str, value: str) -> bool:
        name = name.lower()
        return begins_in(name, value) or (is_spelling(value) and self._speller.holds(name, value))

    def _pairs(self) -> Mapping[str, Sequence[tuple[str, Collection[int]]]]:
        """Return each Chinese sign of all texts with the pairs that it begins."""
        pairs: dict[str, list[tuple[str, Collection[int]]]] = {}
        for word, numbers in self._store.values("finding", "text", _HAN):
            if is_han(word[0]):
                pairs.setdefault(word[0], []).append((word, numbers))
        return pairs


class _Chains:
    """Follows letters through signs and their neighbours.

    Attributes:
        is_exact: False once three signs were followed: standing in pairs, they need not stand together.
    """

    def __init__(
        self, pairs: Mapping[str, Sequence[tuple[str, Collection[int]]]], speller: Speller, *, initials: bool
    ) -> None:
        self.is_exact = True
        self._pairs = pairs
        self._speller = speller
        self._initials = initials
        self._known: dict[tuple[str, str], set[int]] = {}

    def begin(self, letters: str) -> list[set[int]]:
        """Return the numbers for each sign that the letters may begin with."""
        return [numbers for sign in self._pairs if (numbers := self._from(sign, letters))]

    def _rest(self, sign: str, letters: str) -> str | None:
        """Return what is left of the letters after a sign; None where they do not fit."""
        spelled = self._speller.sign(sign)
        if self._initials:
            spelled = spelled[:1]
        if not spelled:
            return None
        if spelled.startswith(letters):
            return ""
        return letters[len(spelled) :] if letters.startswith(spelled) else None

    def _from(self, sign: str, letters: str) -> set[int]:
        known = self._known.get((sign, letters))
        if known is None:
            known = self._known[sign, letters] = self._follow(sign, letters)
        return known

    def _follow(self, sign: str, letters: str) -> set[int]:
        rest = self._rest(sign, letters)
        found: set[int] = set()
        if rest is None:
            return found
        for word, numbers in self._pairs.get(sign, ()):
            if not rest:
                found.update(numbers)
            elif len(word) > 1:
                after = self._rest(word[1], rest)
                if after:
                    further = self._from(word[1], rest).intersection(numbers)
                    self.is_exact = self.is_exact and not further
                    found |= further
                elif after is not None:
                    found.update(numbers)
        return found


def _both(one: Mask, other: Mask) -> bytes:
    joined = int.from_bytes(one, "little") & int.from_bytes(other, "little")
    return joined.to_bytes(len(one), "little")
