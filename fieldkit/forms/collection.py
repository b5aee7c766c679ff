"""A pause of Python's cycle collector while thousands of objects that stay are made."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

__all__ = ["collection_paused", "pauses_collection"]

P = ParamSpec("P")
R = TypeVar("R")


@contextmanager
def collection_paused() -> Iterator[None]:
    """Pause the collector: it would look through all new objects again and again and free none."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def pauses_collection(function: Callable[P, R]) -> Callable[P, R]:
    """Run a function with the collector paused."""

    @wraps(function)
    def run(*arguments: P.args, **options: P.kwargs) -> R:
        with collection_paused():
            return function(*arguments, **options)

    return run
