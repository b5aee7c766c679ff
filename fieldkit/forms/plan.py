"""The plan of a form: its expressions with what they read, in the order of their evaluation.

One *unit* is one expression of one node's definition, however many rows there are. The plan is made
once for each definition and shared by all instances.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

from fieldkit.errors import FormError
from fieldkit.forms.definition import FK, Control, FormDefinition, NodeDefinition, Text
from fieldkit.forms.dependencies import Reads, reads
from fieldkit.forms.diagnostics import Problem, refusal
from fieldkit.forms.layout import Layout
from fieldkit.forms.paths import join_reference, strip_predicates
from fieldkit.forms.ranking import rank_units
from fieldkit.forms.sources import KNOWN_FUNCTIONS, Sources
from fieldkit.forms.xpath.syntax import Expression
from fieldkit.i18n import _

if TYPE_CHECKING:
    from fieldkit.forms.xpath import Compiled

__all__ = ["Aspect", "Plan", "Unit", "plan_of", "text_sources"]

EVALUATED_ATTRIBUTES = (f"{{{FK}}}severity", f"{{{FK}}}target")
"""Bind attributes that are expressions."""


class Aspect(IntEnum):
    """What an expression decides about its node."""

    RELEVANT = 0
    READONLY = 1
    REQUIRED = 2
    CALCULATE = 3
    CHOICES = 4
    CONSTRAINT = 5
    COUNT = 6
    TEXTS = 7
    SEVERITY = 8
    TARGET = 9


_BIND = (
    (Aspect.RELEVANT, "relevant"),
    (Aspect.READONLY, "readonly"),
    (Aspect.REQUIRED, "required"),
    (Aspect.CALCULATE, "calculate"),
    (Aspect.CONSTRAINT, "constraint"),
)
COLUMNS = {
    Aspect.RELEVANT: "relevant",
    Aspect.READONLY: "readonly",
    Aspect.REQUIRED: "required",
    Aspect.CALCULATE: "calculate",
    Aspect.CHOICES: "choice_filter",
    Aspect.CONSTRAINT: "constraint",
    Aspect.COUNT: "repeat_count",
    Aspect.TEXTS: "label",
}
"""Column of the workbook in which the expressions of an aspect stand."""

_LITERAL = re.compile(r"'[^']*'|\"[^\"]*\"")
_INSTANCE = re.compile(r"""(?<![\w.\-'"])instance\(\s*(['"])([^'"]*)\1\s*\)""")
_CONSTANTS = {"true()": True, "false()": False, "1": True, "0": False}


class Unit(Struct, eq=False):
    """One expression of one node's definition.

    Attributes:
        index: Place in ``Plan.units``.
        node: Index of the node.
        aspect: What it decides.
        bit: The bit of the aspect in ``Element.pending``.
        source: The expression.
        reads: What it reads.
        depth: How many repeats its node lies in.
        series: Whether it belongs to the series of a repeat, not to each row.
        constant: Its value where that never changes.
        keeps: Whether its value must be kept because it is computed only once.
        place: Place of its node, or of its series, in the row (or root) that it lies in.
        rank: Place in the order of evaluation.
        circle: Number of the circle in which it can come to wait for itself, from 1: rows that read other rows,
            relevance by an answer that it hides; 0 outside one.
        compiled: Its closures, once they have been needed.
    """

    index: int
    node: int
    aspect: Aspect
    bit: int
    source: str
    reads: Reads
    depth: int = 0
    series: bool = False
    constant: bool | None = None
    keeps: bool = False
    place: int = -1
    rank: int = 0
    circle: int = 0
    compiled: Compiled | None = None


Dependant = tuple[Unit, int]
"""A unit with the number of repeats that it shares with what it reads."""


class Plan:
    """Everything about a definition that its instances share.

    Attributes:
        units: Expressions in the order of evaluation, without constants.
        readers: Units that read a leaf, by the leaf's index.
        row_readers: Units for which the number of rows of a repeat matters.
        position_readers: Units of a repeat's rows for which their position matters.
        by_node: Units of a node.
        shown: Calculations and choices of a leaf: they are computed when it is shown again.
        selects: Nodes that a select or rank presents.
        constraints: Constraints by their node.
        scope_units: Units of the rows of a repeat (0: of the root), nested repeats' rows not included.
        inner_repeats: A repeat and all repeats within it.
        series_below: Places of the series that lie directly in a group or row.
        steps: Local names from the root to a repeat.
        actions: Places of the actions that a change of a node fires.
        circles: Units of a circle that relevance is part of, in their order, by its number.
        circled: Leaves that such circles read.
        hiding: Relevance that is part of such a circle, by its node.
        shared: What instances of the form compute once for all.
    """

    def __init__(self, definition: FormDefinition) -> None:
        self.definition = definition
        self.layout = Layout(definition.nodes)
        self.sources = Sources(definition.namespaces)
        self.units: list[Unit] = []
        self.by_node: dict[int, dict[Aspect, Unit]] = {}
        self.shown: dict[int, list[Unit]] = {}
        self.readers: dict[int, list[Dependant]] = {}
        self.row_readers: dict[int, list[Dependant]] = {}
        self.position_readers: dict[int, list[Unit]] = {}
        self.steps = {
            node.index: tuple(step.rpartition(":")[2] for step in node.path.split("/")[1:])
            for node in definition.nodes
            if node.repeat
        }
        self.actions = _actions(definition)
        self.selects = {control.node for control in definition.controls if control.tag in ("select1", "select", "rank")}
        self.constraints: dict[int, Unit] = {}
        self.scope_units: dict[int, list[Unit]] = {}
        self.inner_repeats = self._inner_repeats()
        self.series_below: dict[int, list[int]] = {}
        for node in definition.nodes:
            if node.repeat:
                self.series_below.setdefault(node.parent, []).append(self.layout.series[node.index])
        self.circles: dict[int, list[Unit]] = {}
        self.circled: set[int] = set()
        self.hiding: dict[int, Unit] = {}
        self.shared: dict[object, object] = {}

    def _inner_repeats(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for node in self.definition.nodes:
            if node.repeat:
                for repeat in self.layout.chains[node.index]:
                    found.setdefault(repeat, []).append(node.index)
        return found

    def connect(self) -> None:
        """Fill the tables that lead from a node to the units that read it."""
        layout = self.layout
        scope_units: defaultdict[int, list[Unit]] = defaultdict(list)
        readers: defaultdict[int, list[Dependant]] = defaultdict(list)
        row_readers: defaultdict[int, list[Dependant]] = defaultdict(list)
        for unit in self.units:
            node, aspect, found = unit.node, unit.aspect, unit.reads
            unit.place = (layout.series if unit.series else layout.offsets)[node]
            scope_units[layout.chains[node][unit.depth - 1] if unit.depth else 0].append(unit)
            if aspect is Aspect.CONSTRAINT and unit.constant is not True:
                self.constraints[node] = unit
            if not unit.series:
                self.by_node.setdefault(node, {})[aspect] = unit
                if aspect is Aspect.CALCULATE or aspect is Aspect.CHOICES:
                    self.shown.setdefault(node, []).append(unit)
            for leaf, shared in found.values.items():
                readers[leaf].append((unit, shared))
            for repeat, shared in found.rows.items():
                row_readers[repeat].append((unit, shared))
            for repeat in found.positions:
                self.position_readers.setdefault(repeat, []).append(unit)
        self.scope_units, self.readers, self.row_readers = dict(scope_units), dict(readers), dict(row_readers)
        self._find_circles()

    def _find_circles(self) -> None:
        for unit in self.units:
            if unit.circle and unit.aspect is Aspect.RELEVANT:
                self.circles[unit.circle] = []
                if not unit.series:
                    self.hiding[unit.node] = unit
        for unit in self.units if self.circles else ():
            if unit.circle in self.circles:
                self.circles[unit.circle].append(unit)
                self.circled.update(unit.reads.values)

    def compiled(self, unit: Unit) -> Compiled:
        """Return the closure of a unit, compiled when it is first needed."""
        compiled = unit.compiled
        if compiled is None:
            compiled = unit.compiled = self.expression(unit.source)
        return compiled

    def expression(self, source: str) -> Compiled:
        """Return the closures of any expression of the form."""
        return self.sources.compiled(source)

    def parsed(self, source: str) -> Expression:
        """Return the syntax tree of an expression of the form."""
        return self.sources.tree(source)


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


def text_sources(definition: FormDefinition, text: Text | None) -> Iterator[str]:
    """Yield the expressions that a text needs, in all languages."""
    if text is None or isinstance(text, str):
        return
    for kind, value in text:
        if kind in ("output", "xpath"):
            yield value
        elif kind == "itext":
            yield from _dynamic_texts(definition).get(value, ())


def _dynamic_texts(definition: FormDefinition) -> dict[str, list[str]]:
    """Return the expressions of all texts that have any, by the text's id."""
    found = definition._dynamic  # noqa: SLF001 - the definition only carries it
    if found is None:
        found = {}
        for table in definition.texts.values():
            for key, forms in table.items():
                for text in forms.values():
                    if not isinstance(text, str):
                        found.setdefault(key, []).extend(value for kind, value in text if kind != "text")
        definition._dynamic = found  # noqa: SLF001 - the definition only carries it
    return found


def _actions(definition: FormDefinition) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for place, action in enumerate(definition.actions):
        if "xforms-value-changed" in action.events and action.source >= 0:
            found.setdefault(action.source, []).append(place)
    return found


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
            self._bind(node)
            self._control(node)
        self._actions()
        if self.problems:
            raise refusal(self.problems)
        self.definition.problems += tuple(self.warnings)
        rank_units(self.definition, self.made.layout, self.made.units)
        self.made.units.sort(key=lambda unit: unit.rank)
        self.made.connect()
        return self.made

    def _bind(self, node: NodeDefinition) -> None:
        bind = node.bind
        if bind is None:
            return
        for aspect, name in _BIND:
            source = getattr(bind, name)
            if source:
                self._unit(node, aspect, [source])
                if node.repeat and aspect in (Aspect.RELEVANT, Aspect.READONLY):
                    self._unit(node, aspect, [source], series=True)
        if not bind.attributes:
            return
        for aspect, name in zip((Aspect.SEVERITY, Aspect.TARGET), EVALUATED_ATTRIBUTES, strict=True):
            source = bind.attributes.get(name, "").strip()
            if source and not (aspect is Aspect.SEVERITY and source in ("S1", "S2", "S3", "S4")):
                self._unit(node, aspect, [source])

    def _control(self, node: NodeDefinition) -> None:
        definition = self.definition
        texts: list[Text | None] = []
        for index in (node.control, node.group, node.rows_group):
            if index < 0:
                continue
            control = definition.controls[index]
            texts += (control.label, control.hint)
            texts += [item.label for item in control.items]
            if control.itemset is not None:
                self._itemset(node, control)
            count = control.attributes.get("jr:count") or control.attributes.get("count")
            if control.tag == "repeat" and count:
                self._unit(node, Aspect.COUNT, [count], series=True)
        if node.bind is not None:
            texts += (node.bind.constraint_message, node.bind.required_message)
        sources = [source for text in texts if text.__class__ is tuple for source in text_sources(definition, text)]
        if sources:
            self._unit(node, Aspect.TEXTS, sources)
            if node.repeat:
                self._unit(node, Aspect.TEXTS, sources, series=True)

    def _itemset(self, node: NodeDefinition, control: Control) -> None:
        itemset = control.itemset
        assert itemset is not None
        unit = self._unit(node, Aspect.CHOICES, [itemset.nodeset])
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

    def _unit(self, node: NodeDefinition, aspect: Aspect, sources: list[str], *, series: bool = False) -> Unit | None:
        try:
            found = self._reads(node, aspect, sources, series=series)
        except FormError as error:
            self._fault(error, node, aspect)
            return None
        source = sources[0]
        unit = Unit(
            len(self.made.units), node.index, aspect, 1 << aspect, source, found,
            len(self.made.layout.chains[node.index]) - series, series, _constant(source),
            aspect is Aspect.CALCULATE and "once" in found.calls,
        )  # fmt: skip
        if not found.calls <= KNOWN_FUNCTIONS:
            self._unknown(found.calls - KNOWN_FUNCTIONS, node, aspect)
        if "instance" in found.calls:
            self._instances(sources, node, aspect)
        self.made.units.append(unit)
        return unit

    def _reads(self, node: NodeDefinition, aspect: Aspect, sources: list[str], *, series: bool) -> Reads:
        """Return what a unit's expressions read together; that of a single one may belong to other units too."""
        layout, tree = self.made.layout, self.made.sources.tree
        itself = aspect is not Aspect.CALCULATE
        first = reads(sources[0], tree(sources[0]), layout, node.index, series=series, itself=itself)
        if len(sources) == 1 and aspect is not Aspect.CHOICES and "choice-name" not in first.calls:
            return first
        together = Reads()
        together.merge(first)
        for one in sources[1:]:
            together.merge(reads(one, tree(one), layout, node.index, series=series, itself=itself))
        if "choice-name" in together.calls:
            for named in self._named_labels(node, sources):
                together.merge(named)
        return together

    def _named_labels(self, node: NodeDefinition, sources: list[str]) -> Iterator[Reads]:
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

    def _instances(self, sources: list[str], node: NodeDefinition, aspect: Aspect) -> None:
        """Warn of lists that the form does not have: they count as empty."""
        known = self.definition.instances
        for name in (found[1] for source in sources for found in _INSTANCE.findall(source)):
            if name in known or f"{name}.csv" in self.definition.files or name in self.definition.files:
                continue
            if "itemsets.csv" in self.definition.files and aspect is Aspect.CHOICES:
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
