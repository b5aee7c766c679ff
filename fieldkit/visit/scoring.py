"""Points of one answer by the ``fk`` attributes: the same figures as the form's own calculations."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

from msgspec import Struct

from fieldkit.visit.nodes import FK, Node, attribute
from fieldkit.visit.values import number_of
from fieldkit.visit.view import PointsView

__all__ = ["NA", "Judgement", "choice_points", "judge", "points_view", "target_of", "weight_of"]

NA = "na"
"""The choice *not applicable*: it leaves both sums."""

_ZERO = Fraction(0)
_HALF = Fraction(1, 2)
_SCORE, _WEIGHT = FK + "score", FK + "weight"
_DEGREES = {"full": Fraction(1), "part": _HALF, "none": Fraction(0)}


class Judgement(Struct, frozen=True):
    """What an answer is worth."""

    got: Fraction
    possible: Fraction
    """Zero where the item leaves both sums: not answered, not applicable, hidden, or target unknown."""


_NOTHING = Judgement(Fraction(0), Fraction(0))


def weight_of(node: Node) -> Fraction:
    """Return the points of an item; 0 where it is not scored or judged for a finding only."""
    attributes = node.attributes
    return _weight(attributes.get(_WEIGHT, "")) if attributes.get(_SCORE) else _ZERO


@lru_cache(maxsize=1024)
def _weight(text: str) -> Fraction:
    weight = number_of(text)
    return Fraction(str(weight)) if weight and weight > 0 else _ZERO


def target_of(node: Node) -> float | None:
    """Return the number that a counted item must reach, or None while it is not known."""
    source = attribute(node, "target")
    if not source:
        return None
    literal = number_of(source)
    return literal if literal is not None else number_of(node.attribute_value(FK + "target"))


def judge(node: Node) -> Judgement:
    """Return the points of a node's present answer.

    deg: full = weight, part = half, none = 0. yn: the good answer = weight. count: weight from the target
    upwards, else in proportion; a target of 0 or less gives the full weight. Not applicable, empty and
    hidden items leave both sums.
    """
    value = node.value.strip()
    weight = weight_of(node)
    if not weight or not value or value == NA or not node.relevant:
        return _NOTHING
    score = attribute(node, "score")
    if score == "deg":
        return Judgement(weight * _DEGREES.get(value, Fraction(0)), weight)
    if score == "yn":
        return Judgement(weight if value == attribute(node, "good") else Fraction(0), weight)
    if score == "count":
        return _counted(node, value, weight)
    return _NOTHING


def _counted(node: Node, value: str, weight: Fraction) -> Judgement:
    number, target = number_of(value), target_of(node)
    if number is None or target is None:
        return _NOTHING
    if target <= 0 or number >= target:
        return Judgement(weight, weight)
    return Judgement(weight * Fraction(str(number)) / Fraction(str(target)), weight)


def choice_points(node: Node, choice: str) -> float | None:
    """Return what a choice would earn, or None where it is not scored or leaves both sums."""
    weight = weight_of(node)
    score = attribute(node, "score")
    if not weight or choice == NA:
        return None
    if score == "deg" and choice in _DEGREES:
        return float(weight * _DEGREES[choice])
    if score == "yn":
        return float(weight) if choice == attribute(node, "good") else 0.0
    return None


def points_view(node: Node) -> PointsView | None:
    """Return the points of an item for the screen, or None where it is not scored."""
    weight = weight_of(node)
    if not weight:
        return None
    judged = judge(node)
    return PointsView(
        got=float(judged.got) if judged.possible else None,
        max=float(weight),
        target=target_of(node) if attribute(node, "score") == "count" else None,
        is_na=node.value.strip() == NA,
    )
