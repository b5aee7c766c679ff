"""Which finding an answer proposes, and how grave: the rules of scored items and of severity expressions."""

from __future__ import annotations

import re

from fieldkit.model.scheme import Scheme
from fieldkit.visit.nodes import FK, Node, attribute
from fieldkit.visit.scoring import NA, target_of
from fieldkit.visit.values import number_of

__all__ = ["SEVERITIES", "constant_severity", "lower", "proposed_severity"]

SEVERITIES = ("S1", "S2", "S3", "S4")
_CONSTANT = re.compile(r"S[1-4]")
_COUNT_NONE_BELOW = 0.5
"""A counted item below this share of its target is a full failure, where the scheme says nothing."""


def lower(severity: str) -> str:
    """Return the grade below a severity; below S4 there is none, the result is empty."""
    place = SEVERITIES.index(severity)
    return SEVERITIES[place + 1] if place + 1 < len(SEVERITIES) else ""


def constant_severity(node: Node) -> str:
    """Return the severity that a scored item states, empty where it is computed."""
    source = attribute(node, "severity")
    return source if attribute(node, "score") and _CONSTANT.fullmatch(source) else ""


def proposed_severity(node: Node, scheme: Scheme) -> str:
    """Return the severity of the finding that a node's answer proposes, or an empty string.

    A scored item proposes its constant severity at full failure and one grade lower at half failure;
    anything else is the value of its severity expression. Nothing is proposed for hidden and blank items.
    """
    value = node.value.strip()
    if not value or not node.relevant or not attribute(node, "severity"):
        return ""
    constant = constant_severity(node)
    if constant:
        return _graded(node, value, constant, scheme)
    computed = node.attribute_value(FK + "severity").strip()
    return computed if computed in SEVERITIES else ""


def _graded(node: Node, value: str, severity: str, scheme: Scheme) -> str:
    score = attribute(node, "score")
    if score == "deg":
        return {"none": severity, "part": lower(severity)}.get(value, "")
    if score == "yn":
        return "" if value in (attribute(node, "good"), NA) else severity
    if score == "count":
        number, target = number_of(value), target_of(node)
        if number is None or target is None or target <= 0 or number >= target:
            return ""
        share = scheme.number("answers.count_none_below", _COUNT_NONE_BELOW)
        return severity if number < share * target else lower(severity)
    return ""
