"""Actions of a form: ``setvalue`` at the events of loading, of new rows and of changed values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fieldkit.errors import FormError
from fieldkit.forms.answers import offered_part
from fieldkit.forms.datatypes import normal
from fieldkit.forms.definition import Action
from fieldkit.forms.live import Element, Leaf, Row, Scope, Series
from fieldkit.forms.paths import strip_predicates
from fieldkit.i18n import _

if TYPE_CHECKING:
    from fieldkit.forms.engine import Form

__all__ = ["Setter"]

_MOST = 10_000
"""Most actions that one answer may set off."""


class Setter:
    """Runs the actions of one live form.

    Attributes:
        rows: New rows whose actions have not run yet.
    """

    def __init__(self, form: Form) -> None:
        self.form = form
        self.actions = form.definition.actions
        self.rows: list[Row] = []
        self._of_rows = {
            action.repeat: [a for a in self.actions if a.repeat == action.repeat and "odk-new-repeat" in a.events]
            for action in self.actions
            if "odk-new-repeat" in action.events
        }

    def loaded(self, event: str) -> None:
        """Run the actions of an event of loading everywhere in the instance."""
        form = self.form
        for action in self.actions:
            if event not in action.events:
                continue
            chain = form.plan.layout.chains[action.node]
            for scope in form.recalculation.scopes(form.scope, chain):
                self._perform(action, scope.cells[form.plan.layout.offsets[action.node]])
        form.recalculation.run()

    def has_row_actions(self, series: Series) -> bool:
        """Return whether new rows of a series have actions."""
        return series.definition.index in self._of_rows

    def row_added(self, row: Row) -> None:
        """Run the actions of a new row and of what they change."""
        self.rows.append(row)
        self.finish()

    def finish(self) -> None:
        """Run what waits until nothing does.

        Raises:
            FormError: FORM-127 where actions set each other off without end.
        """
        recalculation = self.form.recalculation
        done = 0
        while self.rows or recalculation.fired:
            done += 1
            if done > _MOST:
                self.rows.clear()
                recalculation.fired.clear()
                raise FormError("FORM-127", _("The actions of the form set each other off without end"))
            if self.rows:
                row = self.rows.pop(0)
                if row.scope.alive:
                    self._row(row)
            else:
                source = recalculation.fired.pop(0)
                if source.scope.alive:
                    self._value(source)
            recalculation.run()

    def _row(self, row: Row) -> None:
        layout = self.form.plan.layout
        index = row.definition.index
        for action in self._of_rows.get(index, ()):
            chain = layout.chains[action.node]
            depth = len(row.scope.rows)
            if chain[:depth] != layout.chains[index]:
                self._perform(action, self._single(action, row.scope))
                continue
            for scope in self.form.recalculation.scopes(row.scope, chain[depth:]):
                self._perform(action, scope.cells[layout.offsets[action.node]])

    def _single(self, action: Action, scope: Scope) -> Element | None:
        layout = self.form.plan.layout
        chain = layout.chains[action.node]
        rows = scope.rows
        depth = 0
        while depth < min(len(chain), len(rows)) and rows[depth].definition.index == chain[depth]:
            depth += 1
        home = rows[depth - 1].scope if depth else self.form.scope
        for found in self.form.recalculation.scopes(home, chain[depth:]):
            return found.cells[layout.offsets[action.node]]
        return None

    def _value(self, source: Element) -> None:
        form = self.form
        for place in form.plan.actions.get(source.definition.index, ()):
            action = self.actions[place]
            targets = self._targets(action, source)
            if len(targets) > 1:
                message = _("{ref} stands for the items of several rows; an action sets one item")
                form.fault(FormError("FORM-128", message.format(ref=action.ref)), targets[0], action.ref)
                continue
            for target in targets:
                self._perform(action, target)

    def _targets(self, action: Action, source: Element) -> list[Element]:
        form = self.form
        layout = form.plan.layout
        if strip_predicates(action.ref) != action.ref.strip() and "[" in action.ref:
            nodes = form.plan.expression(action.ref).nodes(form.content.context(source))
            return [node for node in nodes if isinstance(node, Element)]
        chain = layout.chains[action.node]
        rows = source.scope.rows
        depth = 0
        while depth < min(len(chain), len(rows)) and rows[depth].definition.index == chain[depth]:
            depth += 1
        home = rows[depth - 1].scope if depth else form.scope
        scopes = form.recalculation.scopes(home, chain[depth:])
        return [scope.cells[layout.offsets[action.node]] for scope in scopes]

    def _perform(self, action: Action, target: Element | None) -> None:
        if not isinstance(target, Leaf):
            return
        form = self.form
        text = action.text
        if action.value is not None:
            try:
                text = form.content.evaluate(action.value, target) if action.value else ""
            except FormError as error:
                form.fault(error, target, action.value)
                return
        value = normal(target.definition.type, text)
        control = form.content.control(target)
        if value and control is not None and control.tag in ("select1", "select", "rank"):
            value = offered_part(form, target, value)
        if form.recalculation.store(target, value, "setvalue"):
            form.recalculation.run()
