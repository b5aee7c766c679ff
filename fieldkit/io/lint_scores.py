"""Finds scores that cannot be reached, and scoring attributes that mean nothing."""

from __future__ import annotations

from collections.abc import Iterator

from fieldkit.errors import FormError
from fieldkit.forms.definition import FK, FormDefinition, NodeDefinition
from fieldkit.forms.diagnostics import Problem
from fieldkit.forms.layout import Layout
from fieldkit.forms.xpath import parse
from fieldkit.i18n import _
from fieldkit.io.lint_relevance import choice_values, leaves_read
from fieldkit.model.codes import Codes, load_codes
from fieldkit.resources import data_path

__all__ = ["ROLES", "lint_scores"]

ROLES = frozenset(
    {"score-got", "score-max", "score-pct", "composite", "star", "proposal", "bonus", "ballot-valid", "ballot-rate",
     "ballot-badrate", "good-practice"}
)  # fmt: skip
"""What ``fk:role`` may say, each once in a form."""

_NEEDED = {"deg": ("full", "none"), "yn": (), "count": ()}


def lint_scores(definition: FormDefinition, never: frozenset[int]) -> list[Problem]:
    """Return what keeps points from being reached or counted.

    Args:
        definition: The form.
        never: Nodes that are never shown, by index.
    """
    scored = [node for node in definition.nodes if _fk(node, "score")]
    marked = [node for node in definition.nodes if _fk(node, "role")]
    problems: list[Problem] = []
    for node in scored:
        problems += _item(definition, node, never)
    problems += _roles(marked)
    problems += _codes(definition)
    problems += _uncounted(definition, scored, marked)
    return problems


def _fk(node: NodeDefinition, name: str) -> str:
    return "" if node.bind is None else node.bind.attributes.get(f"{{{FK}}}{name}", "")


def _warn(code: str, node: NodeDefinition, column: str, message: str, hint: str) -> Problem:
    return Problem(code, "warning", message, hint, column=f"fk:{column}", ref=node.path)


def _item(definition: FormDefinition, node: NodeDefinition, never: frozenset[int]) -> Iterator[Problem]:
    kind = _fk(node, "score")
    weight = _weight(node)
    if kind not in _NEEDED:
        yield _warn(
            "FORM-305",
            node,
            "score",
            _("“{name}” is scored as “{kind}”, which is unknown").format(name=node.name, kind=kind),
            _("Use deg, yn or count."),
        )
        return
    if weight is None:
        yield _warn(
            "FORM-305",
            node,
            "weight",
            _("“{name}” is scored without a weight").format(name=node.name),
            _("Fill in a number; 0 means judged for a finding only."),
        )
    if node.index in never and weight:
        yield _warn(
            "FORM-305",
            node,
            "score",
            _("The {points} points of “{name}” cannot be reached, because it is never shown").format(
                points=_fk(node, "weight"), name=node.name
            ),
            _("Mend its condition."),
        )
    fault = _answer_fault(definition, node, kind)
    if fault:
        yield _warn("FORM-305", node, *fault)


def _answer_fault(definition: FormDefinition, node: NodeDefinition, kind: str) -> tuple[str, str, str] | None:
    if kind == "count":
        if _fk(node, "target"):
            return None
        return "target", _("“{name}” is counted without a target").format(name=node.name), _("Fill in fk:target.")
    needed = _NEEDED[kind] if kind == "deg" else (_fk(node, "good"),)
    if needed == ("",):
        return "good", _("“{name}” has no good answer").format(name=node.name), _("Fill in fk:good with yes or no.")
    values = None if node.control < 0 else choice_values(definition, definition.controls[node.control])
    missing = [] if values is None else [value for value in needed if value not in values]
    if not missing:
        return None
    return (
        "score",
        _("The points of “{name}” cannot be reached: its choices have no “{value}”").format(
            name=node.name, value=missing[0]
        ),
        _("Use a choice list with this value, or another way of scoring."),
    )


def _weight(node: NodeDefinition) -> float | None:
    try:
        weight = float(_fk(node, "weight"))
    except ValueError:
        return None
    return weight if weight >= 0 else None


def _roles(marked: list[NodeDefinition]) -> Iterator[Problem]:
    seen: dict[str, NodeDefinition] = {}
    for node in marked:
        role = _fk(node, "role")
        if role not in ROLES:
            yield _warn(
                "FORM-307",
                node,
                "role",
                _("“{name}” has the role “{role}”, which is unknown").format(name=node.name, role=role),
                _("Use one of: {roles}").format(roles=", ".join(sorted(ROLES))),
            )
        elif role in seen:
            yield _warn(
                "FORM-307",
                node,
                "role",
                _("“{name}” and “{other}” have the same role “{role}”").format(
                    name=node.name, other=seen[role].name, role=role
                ),
                _("Give the role to one of them."),
            )
        seen.setdefault(role, node)


def _codes(definition: FormDefinition) -> Iterator[Problem]:
    codes: Codes | None = None
    for node in definition.nodes:
        category, evidence = _fk(node, "category"), _fk(node, "evidence")
        if not category and not evidence:
            continue
        if codes is None:
            codes = load_codes(data_path("codes.tsv").read_text(encoding="utf-8"))
        if category and not codes.has("category", category):
            yield _unknown_code(node, "category", category)
        for letter in evidence:
            if not codes.has("evidence", letter):
                yield _unknown_code(node, "evidence", letter)


def _unknown_code(node: NodeDefinition, column: str, code: str) -> Problem:
    return _warn(
        "FORM-308",
        node,
        column,
        _("“{name}”: {column} has no code “{code}”").format(name=node.name, column=column, code=code),
        _("Take a code of the list of codes."),
    )


def _uncounted(
    definition: FormDefinition, scored: list[NodeDefinition], marked: list[NodeDefinition]
) -> Iterator[Problem]:
    """Report weights that the form's own sum leaves out: they show in the app and nowhere else."""
    sums = [node for node in marked if _fk(node, "role") == "score-got" and node.bind and node.bind.calculate]
    if not sums:
        return
    counted = _reached(definition, sums[0].index)
    for node in scored:
        if _weight(node) and node.index not in counted:
            yield _warn(
                "FORM-306",
                node,
                "weight",
                _("The points of “{name}” do not enter the sum “{sum}”").format(name=node.name, sum=sums[0].name),
                _("Add it to the calculation, or set its weight to 0."),
            )


def _reached(definition: FormDefinition, start: int) -> set[int]:
    """Return the nodes that a calculation reads, also through other calculations."""
    layout = Layout(definition.nodes)
    reached: set[int] = set()
    waiting = [start]
    while waiting:
        index = waiting.pop()
        bind = definition.nodes[index].bind
        if bind is None or not bind.calculate:
            continue
        try:
            tree = parse(bind.calculate, namespaces=definition.namespaces)
        except FormError:
            continue
        fresh = leaves_read(tree, layout, index) - reached
        reached |= fresh
        waiting.extend(fresh)
    return reached
