"""Both engines' states compared: value, relevance and violated condition of every node."""

from __future__ import annotations

import re
from collections.abc import Mapping

from fieldkit.forms import Form, FormNode
from fieldkit.forms.units import RELEVANT

__all__ = ["State", "differences", "own_state"]

State = tuple[str, bool, str | None]
_NUMBER = re.compile(r"-?\d+(\.\d+)?\Z")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(T.*)?\Z")
_UUID = re.compile(r"uuid:|[0-9a-f]{8}-[0-9a-f]{4}")


def own_state(form: Form) -> dict[str, State]:
    """Return the state of our leaves by reference."""
    return {
        node.ref: (node.value, node.relevant, node.violation.condition if node.violation else None)
        for node in form.nodes()
        if node.kind in ("question", "note", "model")
    }


def _same(mine: str, theirs: str) -> bool:
    """Compare values: numbers as numbers, geo texts by their numbers, moments of the clock as moments."""
    if mine == theirs:
        return True
    if _NUMBER.match(mine) and _NUMBER.match(theirs):
        return abs(float(mine) - float(theirs)) <= 1e-9 * max(1.0, abs(float(theirs)))
    if _UUID.search(mine) and _UUID.search(theirs):
        return True
    if "T" in mine and _MOMENT.match(mine) and _MOMENT.match(theirs):
        return True
    return re.sub(r"\.0\b|[ ;]", "", mine) == re.sub(r"\.0\b|[ ;]", "", theirs) and ";" in mine + theirs


def _reads_itself(form: Form) -> set[str]:
    """Return the groups whose own relevance depends on what lies in them: the engines differ in that circle."""
    plan = form.plan
    found = set()
    for unit in plan.units:
        node = form.definition.nodes[unit.node]
        if unit.aspect is RELEVANT and not unit.series and node.children:
            inside = set(plan.layout.leaves(node.index))
            if inside & set(unit.reads.values):
                found.add(node.path)
    return found


def differences(form: Form, theirs: Mapping[str, State]) -> tuple[list[str], int]:
    """Return what differs, and how many nodes were left out because their group's relevance depends on themselves."""
    mine = own_state(form)
    circles = _reads_itself(form)
    found = []
    excused = 0
    for ref, (value, relevant, condition) in theirs.items():
        own = mine.get(ref)
        if own is None:
            found.append(f"{ref} is missing")
            continue
        if own[1] == relevant and own[2] == condition and _same(own[0], value):
            continue
        plain = re.sub(r"\[\d+\]", "", ref)
        if any(plain.startswith(f"{path}/") for path in circles):
            excused += 1
            continue
        found.append(f"{ref}: {own} and {(value, relevant, condition)}")
    return found, excused


def leaf(node: FormNode) -> bool:
    """Return whether a node holds a value."""
    return node.kind in ("question", "note", "model")
