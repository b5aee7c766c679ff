"""Reads an index as a whole: each value with the numbers of its documents, for lists and counts over everything."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from fieldkit.store.indexing import group_of, postings_of
from fieldkit.store.memory import Memory
from fieldkit.store.postings import IndexSpec, value_key
from fieldkit.store.run import Run
from fieldkit.store.state import State

__all__ = ["count", "counts", "highest", "numbers", "values"]

_AFTER_ALL = b"\xff" * 8
_SEARCH_COST = 20
"""Numbers that are compared while one is searched in a long list."""


def values(state: State, spec: IndexSpec, low: str = "", high: str = "") -> list[tuple[str, Sequence[int]]]:
    """Return the texts of an index in their order, each with the rising numbers of the documents that have it.

    Args:
        state: The state.
        spec: A ``value`` index of texts, or a ``text`` index.
        low: Only texts, or words, from this one on.
        high: Only texts before this one; empty for all that follow.
    """
    family = _family(spec)
    start = family + low.encode("utf-8", "replace")
    end = family + (high.encode("utf-8", "replace") or _AFTER_ALL)
    found: dict[bytes, list[Sequence[int]]] = {}
    with state.lock:
        for part, gone in _parts(state, spec):
            for key, ids in part.between(start, end):
                kept = _without(ids, gone)
                if len(kept):
                    found.setdefault(key, []).append(kept)
    return [(key[1:].decode("utf-8", "replace"), _joined(found[key])) for key in sorted(found)]


def counts(state: State, spec: IndexSpec) -> dict[str, int]:
    """Return the texts of an index, each with how many documents have it."""
    found: dict[bytes, int] = {}
    start = _family(spec)
    with state.lock:
        for part, gone in _parts(state, spec):
            for key, ids in part.between(start, start + _AFTER_ALL):
                found[key] = found.get(key, 0) + _count_without(ids, gone)
    return {key[1:].decode("utf-8", "replace"): number for key, number in sorted(found.items()) if number}


def highest(state: State, spec: IndexSpec, most: int) -> list[int]:
    """Return the numbers of the documents with the greatest texts, the greatest first, at most so many."""
    found: list[tuple[bytes, int]] = []
    with state.lock:
        for part, gone in _parts(state, spec):
            here: list[tuple[bytes, int]] = []
            for key, ids in part.falling(_family(spec) + _AFTER_ALL):
                here.extend((key, number) for number in reversed(_without(ids, gone)))
                if len(here) >= most:
                    break
            found += here
    return [number for _key, number in sorted(found, reverse=True)[:most]]


def numbers(state: State, spec: IndexSpec, value: object) -> Sequence[int]:
    """Return the rising numbers of the documents with a value."""
    key = value_key(value)
    if key is None:
        return ()
    with state.lock:
        return _joined([_without(part.exact(key), gone) for part, gone in _parts(state, spec)])


def count(state: State, spec: IndexSpec, value: object) -> int:
    """Return how many documents have a value."""
    key = value_key(value)
    if key is None:
        return 0
    with state.lock:
        return sum(_count_without(part.exact(key), gone) for part, gone in _parts(state, spec))


def _family(spec: IndexSpec) -> bytes:
    return b"t" if spec.how == "text" else b"s"


def _parts(state: State, spec: IndexSpec) -> Iterator[tuple[Any, Collection[int]]]:
    """Yield the parts of an index, the newest first, each with the numbers whose newest state is not there."""
    group = group_of(state, spec.kind)
    newer: list[Memory | Run] = []
    for memory in state.layers():
        yield memory.index(spec, group), _held_by(newer, group, 1 << 62)
        newer.append(memory)
    for run in state.runs:
        if group in run.groups:
            yield postings_of(state, run, spec), _held_by(newer, group, run.bounds(group)[1])
            newer.append(run)


def _held_by(layers: Iterable[Memory | Run], group: str, most: int) -> Collection[int]:
    """Return the numbers up to ``most`` that one of the layers holds; new documents always have higher ones."""
    held: set[int] = set()
    for layer in layers:
        if isinstance(layer, Memory):
            if layer.lowest.get(group, most + 1) <= most:
                held.update((layer.by_id if group.startswith("r:") else layer.plain).get(group, ()))
        elif layer.bounds(group)[0] <= most:
            held.update(layer.ids_up_to(group, most))
    return held


def _without(ids: Collection[int], gone: Collection[int]) -> Sequence[int]:
    if not isinstance(ids, memoryview):
        return array("I", sorted(number for number in ids if number not in gone))
    if not gone or not len(ids):
        return ids
    if len(gone) * _SEARCH_COST > len(ids):
        return array("I", [number for number in ids if number not in gone])
    places = sorted(place for number in gone if (place := _place(ids, number)) >= 0)
    if not places:
        return ids
    kept: array[int] = array("I")
    start = 0
    for place in places:
        kept.frombytes(ids[start:place].tobytes())
        start = place + 1
    kept.frombytes(ids[start:].tobytes())
    return kept


def _count_without(ids: Collection[int], gone: Collection[int]) -> int:
    if not gone:
        return len(ids)
    if not isinstance(ids, memoryview) or len(gone) * _SEARCH_COST > len(ids):
        return sum(number not in gone for number in ids)
    return len(ids) - sum(_place(ids, number) >= 0 for number in gone)


def _place(ids: memoryview, number: int) -> int:
    place = bisect_left(ids, number)
    return place if place < len(ids) and ids[place] == number else -1


def _joined(parts: Sequence[Sequence[int]]) -> Sequence[int]:
    """Return rising lists of numbers as one rising list; the older parts come last and mostly hold lower numbers."""
    filled = [part for part in reversed(parts) if len(part)]
    if len(filled) <= 1:
        return filled[0] if filled else ()
    whole = array("I")
    is_rising = True
    for part in filled:
        is_rising = is_rising and (not whole or whole[-1] < part[0])
        whole.extend(part)
    return whole if is_rising else array("I", sorted(whole))
