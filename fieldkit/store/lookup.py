"""Finds document ids through the indexes: by value, by range, by words, the newest state of each document only."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Sequence

from msgspec import Struct

from fieldkit.store.indexing import current_parts, group_of
from fieldkit.store.postings import IndexSpec, text_words, value_key
from fieldkit.store.state import State

__all__ = ["candidates", "equal", "equality", "in_range", "newest_with_words", "with_words"]

_AFTER_ALL = b"\xff" * 8
_EVERY_ID = (0, 1 << 62)
_WINDOW = 4096
"""Ids that the first look for the newest hits goes through; each further look takes four times as many."""
_MANY_LISTS = 32
_SEARCH_COST = 20
"""Ids of a list that are gone through in the time in which one is searched in it."""


def equal(state: State, spec: IndexSpec, value: object) -> list[int] | None:
    """Return the ids of documents with a value, rising; None where such a value is not indexed."""
    key = value_key(value)
    if key is None:
        return None
    return state.healing(lambda: _equal(state, spec, key))


def _equal(state: State, spec: IndexSpec, key: bytes) -> list[int]:
    found: list[int] = []
    for part, is_newest in current_parts(state, spec, group_of(state, spec.kind)):
        found.extend(_current(part.exact(key), is_newest))
    found.sort()
    return found


def in_range(
    state: State, spec: IndexSpec, low: object = None, high: object = None, *, descending: bool = False
) -> list[int]:
    """Return the ids of documents whose value lies from ``low`` to ``high`` (both included), in the values' order.

    A bound that is None stands for no bound; values of another kind than the bound do not count.
    """
    bound = low if low is not None else high
    family = b"" if bound is None else (value_key(bound) or b"")[:1]
    start = value_key(low) if low is not None else family
    end = (value_key(high) or b"") + b"\x00" if high is not None else family + _AFTER_ALL
    found = state.healing(lambda: _between_keys(state, spec, start or b"", end))
    found.sort(reverse=descending)
    return [doc_id for _key, doc_id in found]


def _between_keys(state: State, spec: IndexSpec, start: bytes, end: bytes) -> list[tuple[bytes, int]]:
    found: list[tuple[bytes, int]] = []
    for part, is_newest in current_parts(state, spec, group_of(state, spec.kind)):
        for key, ids in part.between(start, end):
            found.extend((key, doc_id) for doc_id in _current(ids, is_newest))
    return found


def with_words(state: State, spec: IndexSpec, text: str) -> set[int]:
    """Return the ids of documents that hold every word of a text; the last word may be only begun."""
    return state.healing(lambda: _all_hits(_layers(state, spec, _wanted(text))))


def newest_with_words(state: State, spec: IndexSpec, text: str, limit: int) -> list[int]:
    """Return at most ``limit`` ids of documents that hold every word of a text, the highest first.

    The lists are gone through from their ends, so that a few hits among many cost as much as among few.
    """
    return state.healing(lambda: _newest_hits(_layers(state, spec, _wanted(text)), limit))


class _Layer(Struct, frozen=True):
    """The lists of the words looked for in one part of an index; a document's words all lie in its newest part.

    Attributes:
        words: For each word the rising lists of ids of the keys that it stands for, the rarest word first.
        is_newest: Tells whether an id's newest state lies in this part, None where all do.
    """

    words: list[list[Sequence[int]]]
    is_newest: Callable[[int], bool] | None

    def highest(self) -> int:
        """Return the highest id of the rarest word."""
        return max(ids[-1] for ids in self.words[0])

    def hits(self, low: int, high: int) -> set[int]:
        """Return the ids from ``low`` up to but not including ``high`` that all words have."""
        found: set[int] | None = None
        for lists in self.words:
            here = [part for part in (_between(ids, low, high) for ids in lists) if len(part)]
            found = set().union(*map(_as_list, here)) if found is None else _both(found, here)
            if not found:
                return set()
        found = found or set()
        return found if self.is_newest is None else set(filter(self.is_newest, found))


def _all_hits(layers: list[_Layer]) -> set[int]:
    return set().union(*(layer.hits(*_EVERY_ID) for layer in layers))


def _newest_hits(layers: list[_Layer], limit: int) -> list[int]:
    found: list[int] = []
    high, width = max((layer.highest() for layer in layers), default=0) + 1, _WINDOW
    while high > 0 and len(found) < limit:
        low = max(0, high - width)
        hits: set[int] = set()
        for layer in layers:
            hits |= layer.hits(low, high)
        found.extend(sorted(hits, reverse=True))
        high, width = low, width * 4
    return found[:limit]


def _layers(state: State, spec: IndexSpec, wanted: list[tuple[str, bool]]) -> list[_Layer]:
    """Return the parts of an index that hold every word; the caller has the lock."""
    layers = []
    for part, is_newest in current_parts(state, spec, group_of(state, spec.kind)):
        words = []
        for word, is_begun in wanted:
            start = b"t" + word.encode("utf-8", "replace")
            if is_begun:
                lists = [_rising(ids) for _key, ids in part.between(start, start + _AFTER_ALL) if len(ids)]
            else:
                ids = part.exact(start)
                lists = [_rising(ids)] if len(ids) else []
            if not lists:
                break
            words.append([_united(lists)] if len(lists) > _MANY_LISTS else lists)
        if words and len(words) == len(wanted):
            words.sort(key=lambda lists: sum(map(len, lists)))
            layers.append(_Layer(words, is_newest))
    return layers


def _rising(ids: Collection[int]) -> Sequence[int]:
    return ids if isinstance(ids, memoryview) else array("I", sorted(ids))


def _united(lists: list[Sequence[int]]) -> Sequence[int]:
    return array("I", sorted(set().union(*map(_as_list, lists))))


def _as_list(ids: Sequence[int]) -> list[int]:
    return ids.tolist() if isinstance(ids, memoryview | array) else list(ids)


def _between(ids: Sequence[int], low: int, high: int) -> Sequence[int]:
    if (low, high) == _EVERY_ID:
        return ids
    start = bisect_left(ids, low)
    return ids[start : bisect_left(ids, high, start)]


def _both(found: set[int], lists: list[Sequence[int]]) -> set[int]:
    """Return those of the ids that stand in one of the lists."""
    both: set[int] = set()
    for ids in lists:
        if len(found) * _SEARCH_COST < len(ids):
            both.update(number for number in found if _holds(ids, number))
        else:
            both |= found.intersection(_as_list(ids))
    return both


def _holds(ids: Sequence[int], number: int) -> bool:
    place = bisect_left(ids, number)
    return place < len(ids) and ids[place] == number


def _wanted(text: str) -> list[tuple[str, bool]]:
    """Return the words to look for, each with whether it may be a beginning only."""
    wanted: list[tuple[str, bool]] = []
    terms = text.casefold().split()
    for place, term in enumerate(terms):
        words = text_words(term)
        pairs = {word for word in words if len(word) > 1 or word.isascii()}
        singles = words - pairs
        if singles and not pairs:
            wanted.extend((word, True) for word in singles)
            continue
        is_last = place == len(terms) - 1
        wanted.extend((word, is_last and term.endswith(word)) for word in pairs)
    return wanted


def _current(ids: Iterable[int], is_newest: Callable[[int], bool] | None) -> Iterable[int]:
    """Return the ids whose newest state lies in this part of the index."""
    if is_newest is None:
        return ids.tolist() if isinstance(ids, memoryview) else ids
    return filter(is_newest, ids)


def candidates(state: State, kind: str, condition: object) -> list[int] | None:
    """Return ids among which all matches of a TinyDB query are, None where no index helps.

    Only equality of a whole field is understood, alone or joined by ``&``; the caller tests each document.
    """
    fingerprint = getattr(condition, "_hash", None)
    if not isinstance(fingerprint, tuple) or not fingerprint:
        return None
    if fingerprint[0] == "and" and len(fingerprint) == 2:
        for part in fingerprint[1]:
            found = _by_equality(state, kind, part)
            if found is not None:
                return found
        return None
    return _by_equality(state, kind, fingerprint)


def _by_equality(state: State, kind: str, part: object) -> list[int] | None:
    wanted = _field_and_value(part)
    if wanted is None:
        return None
    for spec in state.specs.get(kind, ()):
        if spec.how == "value" and spec.name == wanted[0]:
            return equal(state, spec, wanted[1])
    return None


def equality(condition: object) -> tuple[str, object] | None:
    """Return field and value where a TinyDB query is nothing but the equality of a whole field, else None."""
    return _field_and_value(getattr(condition, "_hash", None))


def _field_and_value(part: object) -> tuple[str, object] | None:
    if not isinstance(part, tuple) or len(part) != 3 or part[0] != "==":
        return None
    path = part[1]
    if not isinstance(path, tuple) or len(path) != 1 or not isinstance(path[0], str):
        return None
    return path[0], part[2]
