"""The recorded state of all nodes, kept up with the differences that each operation gives."""

from __future__ import annotations

import re
from typing import Any

from tests.conformance.recorded_xml import same_text

__all__ = ["RecordedState", "same_choices", "same_violation"]

_COMPARED = ("value", "relevant", "readonly", "required", "count")


def same_violation(expected: dict[str, Any] | None, given: dict[str, Any] | None) -> bool:
    """Compare violations by condition and message."""
    if expected is None or given is None:
        return expected is given
    return expected["condition"] == given["condition"] and _same_label(expected.get("message"), given.get("message"))


def _same_label(expected: object, given: object) -> bool:
    if isinstance(expected, dict):
        expected = expected.get("text")
    if isinstance(given, dict):
        given = given.get("text")
    return same_text(str(expected or ""), str(given or ""))


def same_choices(expected: list[dict[str, Any]], given: list[dict[str, Any]]) -> bool:
    """Compare choices by value, label and, where recorded, properties."""
    if len(expected) != len(given):
        return False
    for one, two in zip(expected, given, strict=True):
        if one["value"] != two["value"] or not _same_label(one.get("label"), two.get("label")):
            return False
        if "properties" in one and _properties(one["properties"]) != _properties(two.get("properties", {})):
            return False
    return True


def _properties(value: object) -> list[tuple[str, str]]:
    """Return properties as sorted pairs, whether recorded as an object or as a list of pairs."""
    pairs = value.items() if isinstance(value, dict) else value
    assert pairs is not None
    return sorted((str(name), str(text)) for name, text in pairs)  # type: ignore[attr-defined]


class RecordedState:
    """Fields of all nodes by reference."""

    def __init__(self) -> None:
        self.nodes: dict[str, dict[str, Any]] = {}

    def apply(self, state: dict[str, Any]) -> None:
        """Take a dump or a difference into account."""
        if "full" in state:
            self.nodes = {node["ref"]: dict(node) for node in state["full"]}
        for ref in state.get("removed", ()):
            self.nodes.pop(ref, None)
        for change in state.get("changed", ()):
            node = {} if change.get("new") else self.nodes.setdefault(change["ref"], {})
            self.nodes[change["ref"]] = node
            for name, value in change.items():
                if value is None:
                    node.pop(name, None)
                else:
                    node[name] = value

    def difference(self, given: dict[str, dict[str, Any]]) -> str:
        """Return the first difference to the nodes of an engine, an empty text when there is none."""
        lacking = [ref for ref in self.nodes if ref not in given]
        if lacking:
            return f"state: no node {lacking[0]}"
        surplus = [ref for ref in given if ref not in self.nodes]
        if surplus:
            return f"state: node {surplus[0]} should not be there"
        for ref, wanted in self.nodes.items():
            difference = self._node_difference(ref, wanted, given[ref])
            if difference:
                return difference
        return ""

    def _node_difference(self, ref: str, wanted: dict[str, Any], given: dict[str, Any]) -> str:
        for name in _COMPARED:
            if name not in wanted or (name == "relevant" and self._varies(ref, wanted)):
                continue
            one, two = wanted[name], given.get(name)
            if not (same_text(one, two) if isinstance(one, str) and isinstance(two, str) else one == two):
                return f"state: {name} of {ref}: expected {one!r}, given {two!r}"
        if not same_violation(wanted.get("violation"), given.get("violation")):
            return f"state: violation of {ref}: expected {wanted.get('violation')}, given {given.get('violation')}"
        is_offering = "choices" in wanted and wanted.get("relevant")
        if is_offering and not same_choices(wanted["choices"], given.get("choices", [])):
            return f"state: choices of {ref}: expected {wanted['choices']}, given {given.get('choices')}"
        return ""

    def _varies(self, ref: str, wanted: dict[str, Any]) -> bool:
        """Tell whether a series is relevant in some of its instances only: then its own relevance says nothing."""
        if wanted.get("kind") != "repeat-range":
            return False
        rows = [node for other, node in self.nodes.items() if re.fullmatch(re.escape(ref) + r"\[\d+\]", other)]
        return any(row.get("relevant") != wanted["relevant"] for row in rows)
