"""The plan of a form: its expressions with what they read, in the order of their evaluation.

One *unit* is one expression of one node's definition, however many rows there are. The plan is made
once for each definition and shared by all instances.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from fieldkit.forms.definition import FormDefinition, Text
from fieldkit.forms.layout import Layout
from fieldkit.forms.sources import Sources
from fieldkit.forms.units import CALCULATE, CHOICES, CONSTRAINT, RELEVANT, SEVERITY, Aspect, Dependant, Unit
from fieldkit.forms.xpath.syntax import Expression

if TYPE_CHECKING:
    from fieldkit.forms.xpath import Compiled

__all__ = ["Plan", "text_sources"]


class Plan:
    """Everything about a definition that its instances share.

    Attributes:
        units: Expressions in the order of evaluation, without constants.
        readers: Units that read a leaf, by the leaf's index.
        row_readers: Units for which the number of rows of a repeat matters.
        position_readers: Units of a repeat's rows for which their position matters.
        lists: Choices that a leaf takes from nodes, by the leaf.
        judging: What evaluates an attribute of a bind, by its node.
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
        self.lists: dict[int, Unit] = {}
        self.judging: dict[tuple[int, Aspect], Unit] = {}
        self.shown: dict[int, list[Unit]] = {}
        self.readers: dict[int, list[Dependant]] = {}
        self.row_readers: dict[int, list[Dependant]] = {}
        self.position_readers: dict[int, list[Unit]] = {}
        repeats = [node for node in definition.nodes if node.repeat]
        self.steps = {
            node.index: tuple(step.rpartition(":")[2] for step in node.path.split("/")[1:]) for node in repeats
        }
        self.actions = _actions(definition)
        self.selects = {control.node for control in definition.controls if control.tag in ("select1", "select", "rank")}
        self.constraints: dict[int, Unit] = {}
        self.scope_units: dict[int, list[Unit]] = {}
        self.inner_repeats: dict[int, list[int]] = {}
        self.series_below: dict[int, list[int]] = {}
        for node in repeats:
            self.series_below.setdefault(node.parent, []).append(self.layout.series[node.index])
            for repeat in self.layout.chains[node.index]:
                self.inner_repeats.setdefault(repeat, []).append(node.index)
        self.circles: dict[int, list[Unit]] = {}
        self.circled: set[int] = set()
        self.hiding: dict[int, Unit] = {}
        self.shared: dict[object, object] = {}

    def connect(self) -> None:
        """Fill the tables that lead from a node to the units that read it."""
        offsets, series = self.layout.offsets, self.layout.series
        scope_units: defaultdict[int, list[Unit]] = defaultdict(list)
        readers: defaultdict[int, list[Dependant]] = defaultdict(list)
        row_readers: defaultdict[int, list[Dependant]] = defaultdict(list)
        for unit in self.units:
            node, found, chain = unit.node, unit.reads, unit.chain
            unit.place = series[node] if unit.series else offsets[node]
            scope_units[chain[-1] if chain else 0].append(unit)
            self._enlist(unit, node, unit.aspect)
            for leaf, shared in found.values.items():
                readers[leaf].append((unit, shared))
            for repeat, shared in found.rows.items():
                row_readers[repeat].append((unit, shared))
            for repeat in found.positions:
                self.position_readers.setdefault(repeat, []).append(unit)
        self.scope_units, self.readers, self.row_readers = dict(scope_units), dict(readers), dict(row_readers)
        self._find_circles()

    def _enlist(self, unit: Unit, node: int, aspect: Aspect) -> None:
        if aspect is CONSTRAINT:
            if unit.constant is not True:
                self.constraints[node] = unit
        elif aspect is CALCULATE:
            self.shown.setdefault(node, []).append(unit)
        elif aspect is CHOICES:
            self.lists[node] = unit
            self.shown.setdefault(node, []).append(unit)
        elif aspect >= SEVERITY:
            self.judging[node, aspect] = unit

    def _find_circles(self) -> None:
        for unit in self.units:
            if unit.circle and unit.aspect is RELEVANT:
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
