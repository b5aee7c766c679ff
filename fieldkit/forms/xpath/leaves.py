"""Closures over the value of one leaf outside repeats: most expressions of a form read nothing else.

Each has a closure for any path as its way out: the path may name a group, or a node of a row, or the tree
may be no live instance.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from fieldkit.forms.xpath.context import Context
from fieldkit.forms.xpath.values import NumberReader

__all__ = [
    "Choice",
    "Term",
    "leaf_compare",
    "leaf_in",
    "leaf_number",
    "leaf_or",
    "leaf_present",
    "leaf_sum",
    "leaf_test",
    "leaf_text",
]


class Choice(NamedTuple):
    """The question whether a leaf is one (or, not wanted, none) of some fixed texts."""

    path: str
    texts: frozenset[str]
    wanted: bool

    def term(self, yes: float, no: float) -> Term:
        """Return the number that stands for the answer."""
        inside, outside = (yes, no) if self.wanted else (no, yes)
        known = dict.fromkeys(self.texts, inside)
        return Term(self.path, known.get("", outside), known, outside)


class Term(NamedTuple):
    """A number that follows from the text of a leaf.

    Attributes:
        path: Names from the root.
        empty: Number of the empty text.
        known: Numbers of texts.
        other: Number of every other text; None where it has to be computed.
    """

    path: str
    empty: float
    known: Mapping[str, float]
    other: float | None


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


def leaf_sum(terms: Sequence[tuple[Term | None, Callable[[Context], float]]]) -> Callable[[Context], float]:
    """Return a closure that adds numbers from left to right.

    Args:
        terms: How a number follows from a leaf (None where it does not); closure that computes it anyway.
    """
    flat = [(*(term or _NO_TERM), run) for term, run in terms]

    def total(context: Context) -> float:
        leaves = context.root.leaves
        result = 0.0
        for path, empty, known, other, otherwise in flat:
            leaf = leaves.get(path)
            if leaf is None:
                result += otherwise(context)
                continue
            text = leaf.value
            number = known.get(text, other) if text else empty
            result += otherwise(context) if number is None else number
        return result

    return total


_NO_TERM = Term("", 0.0, {}, None)


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
