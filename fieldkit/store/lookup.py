"""Finds document ids through the indexes: by value, by range, by words, the newest state of each document only."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fieldkit.store.postings import IndexSpec, text_words, value_key
from fieldkit.store.sidecar import current_parts, group_of
from fieldkit.store.state import State

__all__ = ["candidates", "equal", "in_range", "with_words"]

_AFTER_ALL = b"\xff" * 8


def equal(state: State, spec: IndexSpec, value: object) -> list[int] | None:
    """Return the ids of documents with a value, rising; None where such a value is not indexed."""
    key = value_key(value)
    if key is None:
        return None
    return sorted(_exact(state, spec, key))


def _exact(state: State, spec: IndexSpec, key: bytes) -> set[int]:
    group = group_of(state, spec.kind)
    found: set[int] = set()
    with state.lock:
        for part, is_newest in current_parts(state, spec, group):
            found.update(_current(part.exact(key), is_newest))
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
    group = group_of(state, spec.kind)
    found: list[tuple[bytes, int]] = []
    with state.lock:
        for part, is_newest in current_parts(state, spec, group):
            for key, ids in part.between(start or b"", end):
                found.extend((key, doc_id) for doc_id in _current(ids, is_newest))
    found.sort(reverse=descending)
    return [doc_id for _key, doc_id in found]


def with_words(state: State, spec: IndexSpec, text: str) -> set[int]:
    """Return the ids of documents that hold every word of a text; the last word may be only begun."""
    wanted = _wanted(text)
    if not wanted:
        return set()
    found: set[int] | None = None
    for word, is_begun in sorted(wanted, key=lambda pair: (pair[1], -len(pair[0]))):
        hits = _words(state, spec, word) if is_begun else _exact(state, spec, b"t" + word.encode())
        found = hits if found is None else found & hits
        if not found:
            return set()
    return found or set()


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


def _words(state: State, spec: IndexSpec, beginning: str) -> set[int]:
    start = b"t" + beginning.encode()
    group = group_of(state, spec.kind)
    found: set[int] = set()
    with state.lock:
        for part, is_newest in current_parts(state, spec, group):
            for _key, ids in part.between(start, start + b"\xff\xff\xff\xff\xff"):
                found.update(_current(ids, is_newest))
    return found


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
    if not isinstance(part, tuple) or len(part) != 3 or part[0] != "==":
        return None
    path, value = part[1], part[2]
    if not isinstance(path, tuple) or len(path) != 1:
        return None
    for spec in state.specs.get(kind, ()):
        if spec.how == "value" and spec.name == path[0]:
            return equal(state, spec, value)
    return None
