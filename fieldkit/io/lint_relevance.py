"""Finds questions that are never shown, and conditions that always hold, by reading the expressions."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from fieldkit.errors import FormError
from fieldkit.forms.definition import Control, FormDefinition, NodeDefinition
from fieldkit.forms.dependencies import reads
from fieldkit.forms.diagnostics import Problem
from fieldkit.forms.layout import Layout
from fieldkit.forms.planning import plan_of
from fieldkit.forms.units import RELEVANT, Unit
from fieldkit.forms.xpath import parse, render
from fieldkit.forms.xpath.syntax import Call, Expression, Negation, Number, Operation, Path, Text
from fieldkit.i18n import _

__all__ = ["choice_values", "leaves_read", "lint_relevance"]

_COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
_SELECTS = frozenset({"select", "select1", "rank"})


def lint_relevance(definition: FormDefinition) -> tuple[frozenset[int], list[Problem]]:
    """Return the nodes that are never shown, by index, and what to say about conditions: constant, in a circle."""
    reader = _Reader(definition)
    conditions = _conditions(definition)
    verdicts: dict[int, bool] = {}
    while True:
        found = {
            index: verdict for index, tree in conditions.items() if (verdict := reader.verdict(tree, index)) is not None
        }
        grown = _never(definition, found)
        if grown == reader.never and found == verdicts:
            break
        reader.never, verdicts = grown, found
    problems = []
    for index, verdict in sorted(verdicts.items()):
        node = definition.nodes[index]
        if verdict or node.parent not in reader.never:
            problems.append(_problem(node, shown=verdict))
    problems.extend(_circle(definition, units) for units in plan_of(definition).circles.values())
    return frozenset(reader.never), problems


def _circle(definition: FormDefinition, units: list[Unit]) -> Problem:
    """Return what to say about conditions that read answers which they hide."""
    paths = list(dict.fromkeys(definition.nodes[unit.node].path for unit in units if unit.aspect is RELEVANT))
    return Problem(
        "FORM-302",
        "warning",
        _("Whether this is shown depends on answers that it hides: {paths}").format(paths=", ".join(paths)),
        _("Let the condition read an item that stands outside of what it hides."),
        column="relevant",
        ref=paths[0],
    )


def choice_values(definition: FormDefinition, control: Control) -> frozenset[str] | None:
    """Return every value that a select can ever offer, or None where that stands outside the form."""
    if control.itemset is None:
        return frozenset(item.value for item in control.items) if control.items else None
    try:
        tree = parse(control.itemset.nodeset, namespaces=definition.namespaces)
    except FormError:
        return None
    identifier = _instance_of(tree)
    source = definition.instances.get(identifier) if identifier else None
    if source is None or source.kind != "xml":
        return None
    try:
        root = etree.fromstring(source.data, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return None
    name = control.itemset.value
    values = (element.text or "" for element in root.iter() if isinstance(element.tag, str)
              and etree.QName(element).localname == name)  # fmt: skip
    return frozenset(values)


def leaves_read(tree: Expression, layout: Layout, node: int) -> frozenset[int]:
    """Return the questions that an expression at a node reads, by index."""
    return frozenset(reads(render(tree), tree, layout, node).values)


def _instance_of(tree: Expression) -> str:
    """Return the id of the instance from which an expression takes its nodes, or an empty text."""
    if isinstance(tree, Path) and tree.base is not None:
        return _instance_of(tree.base)
    if isinstance(tree, Call):
        if tree.name == "randomize" and tree.arguments:
            return _instance_of(tree.arguments[0])
        if tree.name == "instance" and len(tree.arguments) == 1 and isinstance(tree.arguments[0], Text):
            return tree.arguments[0].value
    return ""


def _conditions(definition: FormDefinition) -> dict[int, Expression]:
    found = {}
    for node in definition.nodes:
        if node.bind is None or not node.bind.relevant:
            continue
        try:
            found[node.index] = parse(node.bind.relevant, namespaces=definition.namespaces)
        except FormError:
            # The compilation has reported it with its place.
            continue
    return found


def _never(definition: FormDefinition, verdicts: dict[int, bool]) -> set[int]:
    never: set[int] = set()
    for node in definition.nodes:
        if verdicts.get(node.index) is False or node.parent in never:
            never.add(node.index)
    return never


def _problem(node: NodeDefinition, *, shown: bool) -> Problem:
    assert node.bind is not None
    expression = (node.bind.relevant or "").strip()[:120]
    if shown:
        return Problem(
            "FORM-301",
            "warning",
            _("The condition of “{name}” always holds: {expression}").format(name=node.name, expression=expression),
            _("Empty the cell, or mend the condition."),
            column="relevant",
            ref=node.path,
        )
    return Problem(
        "FORM-300",
        "warning",
        _("“{name}” is never shown, because its condition never holds: {expression}").format(
            name=node.name, expression=expression
        ),
        _("Mend the condition, or delete the row."),
        column="relevant",
        ref=node.path,
    )


@dataclass(frozen=True, slots=True)
class _Values:
    """What a path can hold: one of these values or nothing at all, or (None) anything."""

    values: frozenset[str] | None


class _Reader:
    """Reads conditions with three answers: holds always, holds never, cannot be told."""

    def __init__(self, definition: FormDefinition) -> None:
        self.never: set[int] = set()
        self._definition = definition
        self._layout = Layout(definition.nodes)
        self._set_by_action = {action.node for action in definition.actions}
        self._values: dict[int, _Values] = {}

    def verdict(self, tree: Expression, node: int) -> bool | None:
        """Return whether a condition at a node always holds, never holds, or None."""
        if isinstance(tree, Number):
            return tree.value == tree.value and tree.value != 0
        if isinstance(tree, Text):
            return bool(tree.value)
        if isinstance(tree, Call):
            return self._call(tree, node)
        if isinstance(tree, Operation):
            return self._operation(tree, node)
        return None

    def _call(self, call: Call, node: int) -> bool | None:
        arguments = call.arguments
        if call.name in {"true", "false"} and not arguments:
            return call.name == "true"
        if call.name == "not" and len(arguments) == 1:
            inner = self.verdict(arguments[0], node)
            return None if inner is None else not inner
        if call.name == "boolean" and len(arguments) == 1:
            return self.verdict(arguments[0], node)
        if call.name == "selected" and len(arguments) == 2 and isinstance(arguments[1], Text):
            return self._membership(arguments[0], arguments[1].value.strip(), node)
        return None

    def _operation(self, tree: Operation, node: int) -> bool | None:
        if all(operator in {"and", "or"} for operator in tree.operators):
            verdicts = [self.verdict(operand, node) for operand in tree.operands]
            decisive = tree.operators[0] == "or"
            if decisive in verdicts:
                return decisive
            return None if None in verdicts else not decisive
        if len(tree.operators) != 1 or tree.operators[0] not in _COMPARISONS:
            return None
        left, right = tree.operands
        return self._comparison(tree.operators[0], left, right, node)

    def _comparison(self, operator: str, left: Expression, right: Expression, node: int) -> bool | None:
        first, second = _constant(left), _constant(right)
        if first is not None and second is not None:
            return _compare(operator, first, second)
        if first is not None:
            left, second = right, first
        if second is None or not isinstance(left, Path):
            return None
        index = self._node(left, node)
        if index is None:
            return None
        if index in self.never:
            # A hidden question is empty to others: it equals nothing but the empty text.
            empty = second == ""
            return {"=": empty, "!=": not empty}.get(operator, False)
        if operator == "=" and isinstance(second, str) and second:
            return self._membership(left, second, node)
        return None

    def _membership(self, path: Expression, value: str, node: int) -> bool | None:
        index = self._node(path, node)
        if index is None or not value:
            return None
        if index in self.never:
            return False
        values = self._possible(index).values
        return False if values is not None and value not in values else None

    def _node(self, path: Expression, node: int) -> int | None:
        if not isinstance(path, Path) or path.base is not None or any(step.predicates for step in path.steps):
            return None
        found = leaves_read(path, self._layout, node)
        return next(iter(found)) if len(found) == 1 else None

    def _possible(self, index: int) -> _Values:
        if index not in self._values:
            self._values[index] = _Values(self._static_values(index))
        return self._values[index]

    def _static_values(self, index: int) -> frozenset[str] | None:
        definition = self._definition
        node = definition.nodes[index]
        bind = node.bind
        if node.control < 0 or index in self._set_by_action or (bind is not None and (bind.calculate or bind.preload)):
            return None
        control = definition.controls[node.control]
        if control.tag not in _SELECTS:
            return None
        values = choice_values(definition, control)
        if values is None:
            return None
        return values | _defaults(definition, index)


def _defaults(definition: FormDefinition, index: int) -> frozenset[str]:
    found: set[str] = set()
    waiting = [definition.seed, *definition.templates.values()]
    while waiting:
        seed = waiting.pop()
        if seed.node == index:
            found.update(seed.value.split())
        waiting.extend(seed.children)
    return frozenset(found)


def _constant(tree: Expression) -> str | float | None:
    if isinstance(tree, Text | Number):
        return tree.value
    if isinstance(tree, Negation) and isinstance(tree.operand, Number):
        return -tree.operand.value
    return None


def _compare(operator: str, left: str | float, right: str | float) -> bool:
    if isinstance(left, str) and isinstance(right, str) and operator in {"=", "!="}:
        return (left == right) == (operator == "=")
    first, second = _number(left), _number(right)
    return {
        "=": first == second,
        "!=": first != second,
        "<": first < second,
        "<=": first <= second,
        ">": first > second,
        ">=": first >= second,
    }[operator]


def _number(value: str | float) -> float:
    try:
        return float(value)
    except ValueError:
        return float("nan")
