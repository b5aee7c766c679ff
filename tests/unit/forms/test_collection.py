"""Making many objects at once costs no collections, and none of them is kept for ever."""

from __future__ import annotations

import gc
import weakref

import pytest

from fieldkit.forms import collection
from fieldkit.forms.collection import collection_paused


class _Knot:
    """An object that only the collector frees."""

    def __init__(self) -> None:
        self.itself = self


def test_what_is_made_in_a_pause_is_old_afterwards() -> None:
    """The next short collection does not look through it; a full one frees it."""
    gc.collect()  # Whatever was kept from the collector before counts no more.
    with collection_paused():
        assert not gc.isenabled()
        with collection_paused():
            knots = [_Knot() for _number in range(2000)]
        assert not gc.isenabled()
    assert gc.isenabled()
    assert gc.get_count()[0] < 2000
    last = weakref.ref(knots[-1])
    del knots
    gc.collect(1)
    assert last() is not None
    gc.collect()
    assert last() is None


def test_the_collector_is_not_kept_from_looking_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """After so many objects they stay young, so that it decides as usual, until it has looked through everything."""
    monkeypatch.setattr(collection, "_MOST_UNSEEN", 5000)

    aged: list[int] = []
    monkeypatch.setattr(gc, "freeze", lambda: aged.append(len(kept)))
    kept: list[list[_Knot]] = []

    def make() -> None:
        with collection_paused():
            kept.append([_Knot() for _number in range(2000)])

    gc.collect()
    for _time in range(4):
        make()
    assert aged == [1, 2]
    gc.collect()
    make()
    assert aged == [1, 2, 5]


def test_a_collector_that_is_off_stays_off() -> None:
    """Whoever turned it off decides when it is on again."""
    gc.disable()
    try:
        with collection_paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
