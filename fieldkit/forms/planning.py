"""Planning: every expression of a definition becomes a unit; what is outside the language is named with its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from fieldkit.errors import FormError
from fieldkit.forms.definition import Bind, Control, FormDefinition, NodeDefinition, Text
from fieldkit.forms.dependencies import Reads, reads
from fieldkit.forms.diagnostics import Problem, refusal
from fieldkit.forms.paths import join_reference, strip_predicates
from fieldkit.forms.plan import Plan, text_sources
from fieldkit.forms.ranking import ranked
from fieldkit.forms.sources import KNOWN_FUNCTIONS
from fieldkit.forms.units import (
    CALCULATE,
    CHOICES,
    COLUMNS,
    CONSTRAINT,
    COUNT,
    EVALUATED_ATTRIBUTES,
    READONLY,
    RELEVANT,
    REQUIRED,
    SEVERITY,
    TEXTS,
    Aspect,
    Unit,
)
from fieldkit.i18n import _

__all__ = ["plan_of"]

_BIND = (
    (RELEVANT, "relevant"),
    (READONLY, "readonly"),
    (REQUIRED, "required"),
    (CALCULATE, "calculate"),
    (CONSTRAINT, "constraint"),
)
_LITERAL = re.compile(r"'[^']*'|\"[^\"]*\"")
_INSTANCE = re.compile(r"""(?<![\w.\-'"])instance\(\s*(['"])([^'"]*)\1\s*\)""")
_CONSTANTS = {"true()": True, "false()": False, "1": True, "0": False}


def plan_of(definition: FormDefinition) -> Plan:
    """Return the plan of a definition, made at the first call.

    Raises:
        FormError: Expressions outside the language or calculations in a circle, all in ``where["problems"]``.
    """
    plan = definition._plan  # noqa: SLF001 - the definition only carries it
    if plan is None:
        plan = _Planner(definition).plan()
        definition._plan = plan  # noqa: SLF001 - the definition only carries it
    assert isinstance(plan, Plan)
    return plan


class _Planner:
    """Makes the plan of one definition and collects the faults of its expressions."""

    def __init__(self, definition: FormDefinition) -> None:
        self.definition = definition
        self.made = Plan(definition)
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []

    def plan(self) -> Plan:
        """Return the plan."""
        for node in self.definition.nodes:
            if node.bind is not None:
                self._bind(node, node.bind)
            self._control(node)
        self._actions()
        if self.problems:
            raise refusal(self.problems)
        self.definition.problems += tuple(self.warnings)
        self.made.units = ranked(self.definition, self.made.units)
        self.made.connect()
        return self.made

    def _bind(self, node: NodeDefinition, bind: Bind) -> None:
        for aspect, name in _BIND:
            source = getattr(bind, name)
            if source:
                self._unit(node, aspect, source)
                if node.repeat and (aspect is RELEVANT or aspect is READONLY):
                    self._unit(node, aspect, source, series=True)
        if not bind.attributes:
            return
        for name, aspect in EVALUATED_ATTRIBUTES.items():
            source = bind.attributes.get(name, "").strip()
            if source and not (aspect is SEVERITY and source in ("S1", "S2", "S3", "S4")):
                self._unit(node, aspect, source)

    def _control(self, node: NodeDefinition) -> None:
        texts: list[Text | None] = []
        for index in (node.control, node.group, node.rows_group):
            if index >= 0:
                control = self.definition.controls[index]
                texts += (control.label, control.hint)
                for item in control.items:
                    if item.label.__class__ is tuple:
                        texts.append(item.label)
                if control.itemset is not None:
                    self._itemset(node, control)
                elif control.tag == "repeat":
                    self._count(node, control)
        if node.bind is not None:
            texts += (node.bind.constraint_message, node.bind.required_message)
        sources: list[str] = []
        for text in texts:
            if text.__class__ is tuple:
                sources += text_sources(self.definition, text)
        if sources:
            self._unit(node, TEXTS, *sources)
            if node.repeat:
                self._unit(node, TEXTS, *sources, series=True)

    def _count(self, node: NodeDefinition, control: Control) -> None:
        count = control.attributes.get("jr:count") or control.attributes.get("count")
        if count:
            self._unit(node, COUNT, count, series=True)

    def _itemset(self, node: NodeDefinition, control: Control) -> None:
        itemset = control.itemset
        assert itemset is not None
        unit = self._unit(node, CHOICES, itemset.nodeset)
        if unit is None or itemset.nodeset.startswith(("instance(", "randomize(instance(")):
            # Items of another instance read nothing of this one for their values and labels.
            return
        try:
            for source in (itemset.value, itemset.label):
                inner = f"({itemset.nodeset})/{source}" if source and _is_path(source) else source
                if inner:
                    unit.reads.merge(reads(inner, self.made.parsed(inner), self.made.layout, node.index))
        except FormError as error:
            self._fault(error, node)

    def _actions(self) -> None:
        for action in self.definition.actions:
            if action.value:
                try:
                    self.made.parsed(action.value)
                except FormError as error:
                    self._fault(error, self.definition.nodes[action.node])

    def _unit(
        self, node: NodeDefinition, aspect: Aspect, source: str, *others: str, series: bool = False
    ) -> Unit | None:
        """Plan the expression of an aspect, or several that only count together; None where one is faulty."""
        made = self.made
        try:
            found = self._reads(node, aspect, source, others, series=series)
        except FormError as error:
            self._fault(error, node, aspect)
            return None
        chain = made.layout.chains[node.index]
        if series:
            chain = chain[:-1]
        calls = found.calls
        unit = Unit(
            node.index, aspect, 1 << aspect, source, found, chain, len(chain), series,
            _constant(source), aspect is CALCULATE and "once" in calls,
        )  # fmt: skip
        if calls:
            if not calls <= KNOWN_FUNCTIONS:
                self._unknown(calls - KNOWN_FUNCTIONS, node, aspect)
            if "instance" in calls:
                self._instances((source, *others), node, aspect)
        made.units.append(unit)
        return unit

    def _reads(
        self, node: NodeDefinition, aspect: Aspect, source: str, others: Sequence[str], *, series: bool
    ) -> Reads:
        """Return what a unit's expressions read together; that of a single one may belong to other units too."""
        layout, tree = self.made.layout, self.made.sources.tree
        itself = aspect is not CALCULATE
        first = reads(source, tree(source), layout, node.index, series=series, itself=itself)
        if not others and aspect is not CHOICES and "choice-name" not in first.calls:
            return first
        together = Reads()
        together.merge(first)
        for other in others:
            together.merge(reads(other, tree(other), layout, node.index, series=series, itself=itself))
        if "choice-name" in together.calls:
            for named in self._named_labels(node, (source, *others)):
                together.merge(named)
        return together

    def _named_labels(self, node: NodeDefinition, sources: Sequence[str]) -> Iterator[Reads]:
        """Yield what the labels read that ``jr:choice-name()`` gives, where these stand in the form's own answers."""
        layout = self.made.layout
        for literal in (found[1:-1] for source in sources for found in _LITERAL.findall(source)):
            target = layout.leaf_paths.get(join_reference(node.path, literal), -1) if "/" in literal else -1
            control = layout.nodes[target].control if target >= 0 else -1
            itemset = self.definition.controls[control].itemset if control >= 0 else None
            if itemset is None or not itemset.label or "instance(" in itemset.nodeset or not _is_path(itemset.label):
                continue
            inner = f"{strip_predicates(itemset.nodeset)}/{itemset.label}"
            found = reads(inner, self.made.parsed(inner), layout, target)
            shared = layout.shared(node.index, target)
            yield Reads(
                {index: min(depth, shared) for index, depth in found.values.items()},
                {index: min(depth, shared) for index, depth in found.rows.items()},
            )

    def _unknown(self, names: Iterable[str], node: NodeDefinition, aspect: Aspect) -> None:
        message = _("{path} calls {name}(), which is not a function of ODK; it counts as empty")
        for name in sorted(names):
            self._warn(Problem("FORM-105", "warning", message.format(path=node.path, name=name),
                               _("Use a function of ODK."), column=COLUMNS.get(aspect, ""), ref=node.path))  # fmt: skip

    def _instances(self, sources: Sequence[str], node: NodeDefinition, aspect: Aspect) -> None:
        """Warn of lists that the form does not have: they count as empty."""
        known = self.definition.instances
        for name in (found[1] for source in sources for found in _INSTANCE.findall(source)):
            if name in known or f"{name}.csv" in self.definition.files or name in self.definition.files:
                continue
            if "itemsets.csv" in self.definition.files and aspect is CHOICES:
                continue
            message = _("{path} reads the list “{name}”, which the form does not have; it counts as empty")
            hint = _("Correct the name, or add the form with the file of that name.")
            self._warn(Problem("FORM-110", "warning", message.format(path=node.path, name=name), hint,
                               column=COLUMNS.get(aspect, ""), ref=node.path))  # fmt: skip

    def _warn(self, problem: Problem) -> None:
        if problem not in self.warnings:
            self.warnings.append(problem)

    def _fault(self, error: FormError, node: NodeDefinition, aspect: Aspect | None = None) -> None:
        column = "" if aspect is None else COLUMNS.get(aspect, "")
        self.problems.append(Problem(error.code, "error", error.message, error.hint, column=column, ref=node.path))


@lru_cache(maxsize=8192)
def _constant(source: str) -> bool | None:
    return _CONSTANTS.get(source.replace(" ", ""))


def _is_path(source: str) -> bool:
    return "(" not in source
