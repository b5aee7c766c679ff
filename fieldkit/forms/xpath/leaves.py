"""Closures over the value of one leaf outside repeats: most expressions of a form read nothing else.

Each has a closure for any path as its way out: the path may name a group, or a node of a row, or the tree
may be no live instance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from fieldkit.forms.xpath.context import Context
from fieldkit.forms.xpath.values import NumberReader

__all__ = ["leaf_compare", "leaf_in", "leaf_number", "leaf_or", "leaf_present", "leaf_sum", "leaf_test", "leaf_text"]


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


def leaf_or(
    path: str, default: float, otherwise: Callable[[Context], float], reader: NumberReader
) -> Callable[[Context], float]:
    """Return a closure that gives the value as a number, a default where the text is empty."""

    def number(context: Context) -> float:
        leaf = context.root.leaves.get(path)
        if leaf is None:
            return otherwise(context)
        text = leaf.value
        return reader(text, context.zone) if text else default

    return number


def leaf_sum(
    terms: Sequence[tuple[str, float, Callable[[Context], float]]], reader: NumberReader
) -> Callable[[Context], float]:
    """Return a closure that adds terms.

    Args:
        terms: Path of a leaf, empty for other terms; number of an empty leaf; closure for any term.
        reader: Reads numbers from texts.
    """

    def total(context: Context) -> float:
        leaves = context.root.leaves
        zone = context.zone
        result = 0.0
        for path, empty, otherwise in terms:
            leaf = leaves.get(path)
            if leaf is None:
                result += otherwise(context)
            else:
                text = leaf.value
                result += reader(text, zone) if text else empty
        return result

    return total


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


def leaf_in(
    path: str, otherwise: Callable[[Context], bool], texts: frozenset[str], *, wanted: bool
) -> Callable[[Context], bool]:  # fmt: skip
    """Return a closure that tells whether the value is one (or, not wanted, none) of some fixed texts."""

    def is_one(context: Context) -> bool:
        leaf = context.root.leaves.get(path)
        return otherwise(context) if leaf is None else leaf.value in texts

    def is_none(context: Context) -> bool:
        leaf = context.root.leaves.get(path)
        return otherwise(context) if leaf is None else leaf.value not in texts

    return is_one if wanted else is_none


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
