"""Recalculation: from one changed value to everything that depends on it, in the order of the plan."""

from __future__ import annotations

from heapq import heappop, heappush
from math import inf, isnan
from typing import TYPE_CHECKING

from fieldkit.errors import FormError
from fieldkit.forms.circles import Circles
from fieldkit.forms.datatypes import normal
from fieldkit.forms.limits import VALUE_CHARACTERS
from fieldkit.forms.live import Element, Leaf, Scope, Series
from fieldkit.forms.plan import Plan
from fieldkit.forms.units import CALCULATE, CONSTRAINT, COUNT, RELEVANT, Unit
from fieldkit.forms.xpath.steps import budget
from fieldkit.i18n import _

if TYPE_CHECKING:
    from fieldkit.forms.change import Cause
    from fieldkit.forms.engine import Form
    from fieldkit.forms.xpath import Context

__all__ = ["Recalculation"]

_ALL = 1 << 30


class Recalculation:
    """Evaluates the units that wait, lowest rank first, until nothing waits.

    Attributes:
        touched: Elements whose state changed, in the order of the changes.
        set: Stored values that changed: element, old, new, cause.
        loading: Whether the instance is being made.
        fresh: Whether it is a new one.
        fired: Elements whose change fires ``xforms-value-changed``.
    """

    def __init__(self, form: Form, plan: Plan, context: Context) -> None:
        self.form = form
        self.plan = plan
        self.scope = form.scope
        self.context = context
        self.layout = plan.layout
        self.heap: list[tuple[int, int, Unit, Element]] = []
        self.serial = 0
        self.swept = _ALL
        self.loading = True
        self.fresh = False
        self.touched: dict[Element, None] = {}
        self.set: list[tuple[Element, str, str, Cause]] = []
        self.fired: list[Element] = []
        self.circles = Circles(self)
        self.actions = plan.actions
        self.handlers = (
            self._relevant,
            self._readonly,
            self._required,
            self._calculate,
            self._choices,
            self._constraint,
            self._count,
            self._texts,
            self._texts,
            self._texts,
        )

    def store(self, element: Element, text: str, cause: Cause) -> bool:
        """Store a value that is normal already; return whether it changed."""
        old = element.stored
        if text == old:
            return False
        if len(text) > VALUE_CHARACTERS:
            raise FormError("FORM-107", _("A value is longer than {limit} characters").format(limit=VALUE_CHARACTERS))
        element.stored = text
        self.set.append((element, old, text, cause))
        self._show(element)
        return True

    def _show(self, element: Element) -> None:
        self.touched[element] = None
        if element.definition.index in self.actions and not self.loading:
            self.fired.append(element)
        visible = element.stored if element.relevant else ""
        if visible != element.value:
            element.value = visible
            self.changed(element)
        elif element.definition.index in self.plan.circled:
            self.changed(element)

    def changed(self, element: Element) -> None:
        """Let everything that reads an element's visible value wait for evaluation."""
        index = element.definition.index
        scope = element.scope
        for unit, shared in self.plan.readers.get(index, ()):
            depth = unit.depth
            if shared < depth:
                self._fan_out(unit, shared, scope)
                continue
            home = scope.rows[depth - 1].scope if depth else self.scope
            self.push(unit, home.series[unit.place] if unit.series else home.cells[unit.place])
        own = self.plan.constraints.get(index)
        if own is not None:
            self.push(own, element)

    def rows_changed(self, series: Series, first: int) -> None:
        """Let everything wait that depends on how many rows a series has, or on places from ``first`` on."""
        index = series.definition.index
        depth = len(series.scope.rows)
        for repeat in self.plan.inner_repeats[index]:
            for unit, shared in self.plan.row_readers.get(repeat, ()):
                if shared <= depth:
                    self._fan_out(unit, shared, series.scope)
        for unit in self.plan.position_readers.get(index, ()):
            rest = unit.chain[depth + 1 :]
            for row in series.rows_list[first:]:
                for home in self.scopes(row.scope, rest):
                    self.push(unit, self._at(home, unit))

    def _fan_out(self, unit: Unit, shared: int, scope: Scope) -> None:
        start = scope.rows[shared - 1].scope if shared else self.form.scope
        for home in self.scopes(start, unit.chain[shared:]):
            self.push(unit, self._at(home, unit))

    def scopes(self, scope: Scope, chain: tuple[int, ...]) -> list[Scope]:
        """Return the scopes below one through a chain of repeats."""
        found = [scope]
        for repeat in chain:
            place = self.layout.series[repeat]
            found = [row.scope for around in found for row in around.series[place].rows_list]
        return found

    def _at(self, scope: Scope, unit: Unit) -> Element:
        return scope.series[unit.place] if unit.series else scope.cells[unit.place]

    def push(self, unit: Unit, element: Element) -> None:
        """Let a unit of an element wait, unless it does so already or its turn is still to come."""
        if element.pending & unit.bit or unit.rank > self.swept:
            return
        element.pending |= unit.bit
        self.serial += 1
        heappush(self.heap, (unit.rank, self.serial, unit, element))

    def sweep(self) -> None:
        """Evaluate every unit of the whole instance once, in order."""
        outermost = budget.begin()
        circles = self.plan.circles
        homes: dict[tuple[int, ...], list[Scope]] = {}
        try:
            self.swept = -1
            for unit in self.plan.units:
                self.swept = unit.rank
                circle = circles.get(unit.circle) if unit.circle else None
                if circle is None:
                    self._evaluate(unit, homes)
                elif unit is circle[-1]:
                    self.circles.begin(unit.circle)
                    self.run()
                    homes.clear()
            self.swept = _ALL
            self.run()
        finally:
            budget.end(outermost)

    def _evaluate(self, unit: Unit, homes: dict[tuple[int, ...], list[Scope]]) -> None:
        """Evaluate a unit everywhere; what is known of where its repeats have rows is kept until rows are counted."""
        chain = unit.chain
        scopes = homes.get(chain)
        if scopes is None:
            scopes = homes[chain] = self.scopes(self.scope, chain)
        handler, place, series = self.handlers[unit.aspect], unit.place, unit.series
        for scope in scopes:
            budget.expression()
            handler(unit, scope.series[place] if series else scope.cells[place])
        if unit.aspect is COUNT:
            homes.clear()

    def places(self, unit: Unit) -> list[Element]:
        """Return what a unit is evaluated for: its node or series in every row."""
        place = unit.place
        homes = self.scopes(self.scope, unit.chain)
        return [home.series[place] for home in homes] if unit.series else [home.cells[place] for home in homes]

    def retranslate(self) -> None:
        """Evaluate what is calculated from texts of the form, after another language has been chosen."""
        for unit in self.plan.units:
            if unit.aspect is CALCULATE and ("choice-name(" in unit.source or "itext(" in unit.source):
                for element in self.places(unit):
                    self.push(unit, element)
        self.run()

    def run(self) -> None:
        """Evaluate until nothing waits.

        Raises:
            FormError: FORM-127 where expressions change each other without end.
        """
        heap = self.heap
        handlers = self.handlers
        if not heap:
            return
        outermost = budget.begin()
        try:
            while heap:
                _rank, _serial, unit, element = heappop(heap)
                element.pending &= ~unit.bit
                if not element.scope.alive:
                    continue
                if (unit.circle or unit.reads.itself) and self.circles.done_with(unit, element):
                    continue
                budget.expression()
                handlers[unit.aspect](unit, element)
        except FormError:
            self._abandon()
            raise
        finally:
            budget.end(outermost)
        self.circles.forget()

    def _abandon(self) -> None:
        """Let nothing wait any more: what was computed so far stands."""
        for _rank, _serial, unit, element in self.heap:
            element.pending &= ~unit.bit
        self.heap.clear()
        self.circles.forget()

    def enter(self, scope: Scope, units: list[Unit]) -> None:
        """Let all units of a new row wait."""
        for unit in units:
            self.push(unit, self._at(scope, unit))

    def _test(self, unit: Unit, element: Element) -> bool:
        if unit.constant is not None:
            return unit.constant
        context = self.context
        context.node = context.current = element
        try:
            return (unit.compiled or self.plan.compiled(unit)).boolean(context)
        except FormError as error:
            self.form.fault(error, element, unit.source)
            return unit.aspect is RELEVANT or unit.aspect is CONSTRAINT

    def _text(self, unit: Unit, element: Element) -> str:
        context = self.context
        context.node = context.current = element
        try:
            return (unit.compiled or self.plan.compiled(unit)).string(context)
        except FormError as error:
            self.form.fault(error, element, unit.source)
            return ""

    def _relevant(self, unit: Unit, element: Element) -> None:
        self.decide(element, own=self._test(unit, element))

    def decide(self, element: Element, *, own: bool) -> None:
        """Take the answer of an element's own relevance over."""
        if own is element.own_relevant:
            return
        element.own_relevant = own
        if isinstance(element, Series):
            self.touched[element] = None
        else:
            self.show(element)

    def show(self, top: Element) -> None:
        """Bring the relevance of an element and of everything in it up to date."""
        stack = [top]
        shown = self.plan.shown
        while stack:
            element = stack.pop()
            parent = element.parent
            now = element.own_relevant and (not isinstance(parent, Element) or parent.relevant)
            if now is element.relevant:
                if self.plan.circles:
                    self.circles.reconsider(element)
                continue
            element.relevant = now
            self.touched[element] = None
            if isinstance(element, Leaf):
                if now:
                    for unit in shown.get(element.definition.index, ()):
                        self.push(unit, element)
                visible = element.stored if now else ""
                if visible != element.value:
                    element.value = visible
                    self.changed(element)
                continue
            stack.extend(reversed(element.children))  # type: ignore[arg-type]  # children of elements are elements
            if element.attributes:
                stack.extend(node for node in element.attributes if isinstance(node, Element))
            for nested in self._series_of(element):
                self.touched[nested] = None

    def _series_of(self, element: Element) -> list[Series]:
        places = self.plan.series_below.get(element.definition.index)
        return [element.scope.series[place] for place in places] if places else []

    def _readonly(self, unit: Unit, element: Element) -> None:
        own = self._test(unit, element)
        if own is element.own_readonly:
            return
        element.own_readonly = own
        if isinstance(element, Series):
            self.touched[element] = None
        else:
            self.lock(element)

    def lock(self, top: Element) -> None:
        """Bring readonly of an element and of everything in it up to date."""
        stack = [top]
        while stack:
            element = stack.pop()
            parent = element.parent
            now = element.own_readonly or (isinstance(parent, Element) and parent.readonly)
            if now is element.readonly:
                continue
            element.readonly = now
            self.touched[element] = None
            if not isinstance(element, Leaf):
                stack.extend(reversed(element.children))  # type: ignore[arg-type]  # children are elements
                for nested in self._series_of(element):
                    self.touched[nested] = None

    def _required(self, unit: Unit, element: Element) -> None:
        now = self._test(unit, element)
        if now is not element.required:
            element.required = now
            self.touched[element] = None

    def _constraint(self, unit: Unit, element: Element) -> None:
        failed = bool(element.value) and not self._test(unit, element)
        if failed is not element.failed:
            element.failed = failed
            self.touched[element] = None

    def _calculate(self, unit: Unit, element: Element) -> None:
        if not element.relevant:
            return
        text = normal(element.definition.type, self._text(unit, element))
        if text and unit.node in self.plan.selects:
            text = self.form.offered_part(element, text)
        old = element.stored
        if text == old or len(text) > VALUE_CHARACTERS:
            return
        element.stored = text
        if unit.reads.itself:
            # It reads its own value: ODK evaluates it again until the value stands still.
            self.push(unit, element)
        if unit.keeps:
            self.set.append((element, old, text, "once"))
        self._show(element)

    def _choices(self, unit: Unit, element: Element) -> None:
        """Show of a select's value what its choices offer now; what they do not offer comes back when they do."""
        del unit
        element.cache = None
        self.touched[element] = None
        if element.stored and element.relevant:
            visible = self.form.offered_part(element, element.stored)
            if visible != element.value:
                element.value = visible
                self.changed(element)

    def _count(self, unit: Unit, element: Element) -> None:
        assert isinstance(element, Series)
        context = self.context
        context.node = context.current = element
        try:
            number = (unit.compiled or self.plan.compiled(unit)).number(context)
        except FormError as error:
            self.form.fault(error, element, unit.source)
            return
        if isnan(number) and not self.fresh:
            # A count that is being typed again leaves the rows as they are; at the beginning it means none.
            return
        self.form.rows.resize(element, int(number) if 0 < number < inf else 0)

    def _texts(self, unit: Unit, element: Element) -> None:
        del unit
        element.cache = None
        self.touched[element] = None
