"""The difference of two JSON documents as a short list: ``[path, value]`` sets, ``[path]`` removes."""

from __future__ import annotations

from typing import Any

__all__ = ["apply_patch", "make_patch"]

Patch = list[list[Any]]
"""Steps in order; a path is a list of object keys."""


def make_patch(old: dict[str, Any], new: dict[str, Any]) -> Patch:
    """Return the steps that turn ``old`` into ``new``; lists are replaced as a whole."""
    steps: Patch = []
    _collect(old, new, [], steps)
    return steps


def _collect(old: dict[str, Any], new: dict[str, Any], path: list[str], steps: Patch) -> None:
    for key in old:
        if key not in new:
            steps.append([[*path, key]])
    for key, value in new.items():
        if key not in old:
            steps.append([[*path, key], value])
            continue
        before = old[key]
        if type(before) is dict and type(value) is dict:
            _collect(before, value, [*path, key], steps)
        elif type(before) is not type(value) or before != value or type(value) is list:
            if type(before) is type(value) is list and _same(before, value):
                continue
            steps.append([[*path, key], value])


def _same(left: list[Any], right: list[Any]) -> bool:
    """Compare lists without taking ``1``, ``1.0`` and ``true`` for the same."""
    return repr(left) == repr(right)


def apply_patch(document: dict[str, Any], steps: Patch) -> dict[str, Any]:
    """Return the document changed by a patch; the argument is changed and must belong to the caller."""
    for step in steps:
        path = step[0]
        place = document
        for key in path[:-1]:
            place = place[key]
        if len(step) == 1:
            del place[path[-1]]
        else:
            place[path[-1]] = step[1]
    return document
