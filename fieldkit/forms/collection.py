"""A pause of Python's cycle collector while thousands of objects that stay are made."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Final, ParamSpec, TypeVar

__all__ = ["collection_paused", "pauses_collection"]

P = ParamSpec("P")
R = TypeVar("R")

_MOST_UNSEEN: Final = 500_000
"""So many objects are called old unseen between two collections of everything."""

_unseen = 0
_collections = 0


@contextmanager
def collection_paused() -> Iterator[None]:
    """Pause the collector: it would look through all new objects again and again and free none.

    What was made in the pause counts as old afterwards, so that the next short collection does not look through it.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        _make_old()
        gc.enable()


def _make_old() -> None:
    """Put all objects into the oldest generation, unless the collector has been kept from looking at many already."""
    global _unseen, _collections  # noqa: PLW0603 - the collector belongs to the whole process
    collections = gc.get_stats()[-1]["collections"]
    if collections != _collections:
        _unseen, _collections = 0, collections
    _unseen += gc.get_count()[0]
    if _unseen <= _MOST_UNSEEN:
        # Both only hang lists together: everything is kept out of all generations, then put into the oldest.
        gc.freeze()
        gc.unfreeze()


def pauses_collection(function: Callable[P, R]) -> Callable[P, R]:
    """Run a function with the collector paused."""

    @wraps(function)
    def run(*arguments: P.args, **options: P.kwargs) -> R:
        with collection_paused():
            return function(*arguments, **options)

    return run
