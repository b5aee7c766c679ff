"""Circles: expressions that wait for themselves, begun as a whole and ended where they never stand still."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fieldkit.errors import FormError
from fieldkit.forms.instance import walk
from fieldkit.forms.limits import PROPAGATION_FACTOR
from fieldkit.forms.live import Element
from fieldkit.forms.units import RELEVANT, Unit
from fieldkit.i18n import _

if TYPE_CHECKING:
    from fieldkit.forms.recalculation import Recalculation

__all__ = ["Circles"]


class Circles:
    """What one run of a recalculation has begun and how often it went round.

    A circle of relevance shows an answer by one that it hides. It could stand either way; begun as a whole, with
    all that it hides shown, its state follows from the stored values alone, so that an instance that is opened
    again is the one that was left.
    """

    def __init__(self, recalculation: Recalculation) -> None:
        self._run = recalculation
        self._plan = recalculation.plan
        self._rounds: dict[tuple[int, Element], int] = {}
        self._begun: set[int] = set()

    def forget(self) -> None:
        """End the run: whatever comes next begins anew."""
        self._rounds.clear()
        self._begun.clear()

    def begin(self, number: int) -> None:
        """Let a circle wait as a whole, with all that it hides shown."""
        run = self._run
        self._begun.add(number)
        circle = self._plan.circles[number]
        for unit in circle:
            if unit.aspect is RELEVANT:
                for element in run.places(unit):
                    run.decide(element, own=True)
        for unit in circle:
            for element in run.places(unit):
                run.push(unit, element)

    def reconsider(self, top: Element) -> None:
        """Let the circles wait that may come out otherwise, although nothing came in sight or left it by itself."""
        for element in walk(top, self._plan):
            index = element.definition.index
            if index in self._plan.hiding:
                self._run.push(self._plan.hiding[index], element)
            if index in self._plan.circled:
                self._run.changed(element)

    def done_with(self, unit: Unit, element: Element) -> bool:
        """Count a turn of a unit that can wait for itself; return whether nothing of it is left to evaluate.

        Raises:
            FormError: FORM-127 where expressions change each other without end.
        """
        if unit.circle in self._plan.circles and unit.circle not in self._begun:
            self.begin(unit.circle)
            return True
        key = (unit.rank, element)
        rounds = self._rounds[key] = self._rounds.get(key, 0) + 1
        if rounds <= self._most(unit, element):
            return False
        error = _endless(element.definition.path)
        if unit.aspect is not RELEVANT:
            raise error
        # An answer that hides itself, and without which it would be shown, stays in sight.
        self._run.form.fault(error, element, unit.source)
        self._run.decide(element, own=True)
        return True

    def _most(self, unit: Unit, element: Element) -> int:
        most = PROPAGATION_FACTOR
        if element.scope.rows:
            most += 2 * len(element.scope.rows[-1].series.rows_list)
        if unit.aspect is not RELEVANT:
            most *= len(self._plan.circles.get(unit.circle, (unit,)))
        return most


def _endless(path: str) -> FormError:
    return FormError(
        "FORM-127",
        _("The calculations around {path} change each other without end").format(path=path),
        hint=_("The form has to be corrected by its author."),
        where={"ref": path},
    )
