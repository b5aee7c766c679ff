"""Closures over the value of one leaf outside repeats: most expressions of a form read nothing else.

Each has a closure for any path as its way out: the path may name a group, or a node of a row, or the tree
may be no live instance.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fieldkit.forms.xpath.context import Context
from fieldkit.forms.xpath.values import NumberReader

__all__ = ["leaf_compare", "leaf_number", "leaf_present", "leaf_test", "leaf_text"]


def leaf_text(path: str, otherwise: Callable[[Context], str]) -> Callable[[Context], str]:
    """Return a closure that gives the value as text."""

    def text(context: Context) -> str:
        leaf = context.root.leaves.get(path)
        return otherwise(context) if leaf is None else leaf.value

    return text


def leaf_number(
    path: str, otherwise: Callable[[Context], float], reader: NumberReader
) -> Callable[[Context], float]:  # fmt: skip
    """Return a closure that gives the value as a number."""

    def number(context: Context) -> float:
        leaf = context.root.leaves.get(path)
        return otherwise(context) if leaf is None else reader(leaf.value, context.zone)

    return number


def leaf_present(
    path: str, otherwise: Callable[[Context], float | None], reader: NumberReader
) -> Callable[[Context], float | None]:
    """Return a closure that gives the value as a number, None where the text is empty."""

    def number(context: Context) -> float | None:
        leaf = context.root.leaves.get(path)
        if leaf is None:
            return otherwise(context)
        text = leaf.value
        return reader(text, context.zone) if text else None

    return number


def leaf_test(
    path: str, otherwise: Callable[[Context], bool], text: str, *, wanted: bool
) -> Callable[[Context], bool]:  # fmt: skip
    """Return a closure that tells whether the value is (or, not wanted, is not) a fixed text."""

    def is_same(context: Context) -> bool:
        leaf = context.root.leaves.get(path)
        return otherwise(context) if leaf is None else leaf.value == text

    def is_other(context: Context) -> bool:
        leaf = context.root.leaves.get(path)
        return otherwise(context) if leaf is None else leaf.value != text

    return is_same if wanted else is_other


def leaf_compare(
    path: str,
    otherwise: Callable[[Context], bool],
    test: Callable[[Any, Any], bool],
    other: Callable[[Context], float],
    reader: NumberReader,
) -> Callable[[Context], bool]:
    """Return a closure that compares the value as a number."""

    def compare(context: Context) -> bool:
        leaf = context.root.leaves.get(path)
        return otherwise(context) if leaf is None else test(reader(leaf.value, context.zone), other(context))

    return compare
