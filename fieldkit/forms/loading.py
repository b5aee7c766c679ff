"""How an instance begins: fresh, from saved values, or from a submission."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fieldkit.forms.answers import in_range, offered_part
from fieldkit.forms.change import SavedInstance
from fieldkit.forms.datatypes import normal
from fieldkit.forms.definition import Bind
from fieldkit.forms.instance import path_of, walk
from fieldkit.forms.live import Element, Leaf, Series
from fieldkit.forms.submission import identity_of

if TYPE_CHECKING:
    from fieldkit.forms.engine import Form

__all__ = ["Loader"]


class Loader:
    """Brings one new instance into its first state."""

    def __init__(self, form: Form) -> None:
        self.form = form

    def fresh(self) -> None:
        """Begin with the form's own values: preloads, calculations, the events of the first load."""
        form = self.form
        self._normalise()
        self._preload(only_identity=False)
        form.recalculation.fresh = True
        form.recalculation.sweep()
        form.recalculation.fresh = False
        form.setter.rows.clear()
        form.setter.loaded("odk-instance-first-load")
        self._loaded()

    def saved(self, saved: SavedInstance) -> None:
        """Begin with saved values; no event fires."""
        form = self.form
        self._rows(form.scope.cells[0], saved)
        for element in walk(form.scope.cells[0], form.plan):
            if isinstance(element, Leaf):
                text = saved.values.get(path_of(element))
                if text is not None:
                    element.stored = element.value = text
        self._normalise()
        form.discard()
        form.recalculation.sweep()
        form.setter.rows.clear()
        form.take_initial()

    def submitted(self, saved: SavedInstance, *, is_edit: bool) -> None:
        """Begin with a submission that was read as saved values."""
        form = self.form
        self._rows(form.scope.cells[0], saved)
        values = saved.values
        for element in walk(form.scope.cells[0], form.plan):
            if isinstance(element, Leaf):
                # What a submission leaves out was hidden or is newer: it begins with the form's own value.
                element.stored = element.value = values.get(path_of(element), element.stored)
        if is_edit:
            self._deprecate()
        self._normalise()
        self._preload(only_identity=True)
        form.discard()
        form.recalculation.sweep()
        form.setter.rows.clear()
        self._loaded()

    def _loaded(self) -> None:
        form = self.form
        form.setter.loaded("odk-instance-load")
        form.setter.finish()
        form.take_initial()

    def _rows(self, top: Element, saved: SavedInstance) -> None:
        """Give every series the rows that were saved, nested ones after those around them."""
        form = self.form
        for element in walk(top, form.plan):
            if not isinstance(element, Series):
                continue
            wanted = saved.rows.get(path_of(element))
            if wanted is None:
                continue
            while element.rows_list:
                form.rows.delete(element.rows_list[-1])
            for row_id in wanted:
                form.rows.insert(element, len(element.rows_list), row_id)
        form.recalculation.heap.clear()
        for element in walk(top, form.plan):
            element.pending = 0

    def _normalise(self) -> None:
        form = self.form
        selects = []
        for element in walk(form.scope.cells[0], form.plan):
            if isinstance(element, Leaf) and element.stored:
                element.stored = element.value = normal(element.definition.type, element.stored)
                control = form.content.control(element)
                if control is not None and control.tag == "trigger" and element.stored != "OK":
                    element.stored = element.value = ""
                if control is not None and element.stored and not in_range(control, element.stored):
                    element.stored = element.value = ""
                if control is not None and control.tag in ("select1", "select", "rank") and control.itemset is None:
                    selects.append(element)
        for element in selects:
            element.stored = element.value = offered_part(form, element, element.stored)

    def _preload(self, *, only_identity: bool) -> None:
        form = self.form
        bound = [node.index for node in form.definition.nodes if node.bind is not None and node.bind.preload]
        layout = form.plan.layout
        for index in bound:
            node = form.definition.nodes[index]
            for scope in form.recalculation.scopes(form.scope, layout.chains[index]):
                element = scope.cells[layout.offsets[index]]
                if only_identity and (element.stored or node.local != "instanceID"):
                    continue
                assert node.bind is not None
                value = self._preloaded(node.bind)
                if value is not None and isinstance(element, Leaf):
                    form.recalculation.store(element, value, "preload")

    def _preloaded(self, bind: Bind) -> str | None:
        environment = self.form.environment
        kind, parameter = bind.preload, bind.preload_parameters
        if kind == "uid":
            return f"uuid:{environment.uuid()}"
        if kind in ("date", "timestamp") and parameter != "end":
            moment = environment.clock().astimezone(environment.timezone)
            return moment.date().isoformat() if kind == "date" else moment.isoformat(timespec="milliseconds")
        if kind == "property":
            wanted = parameter.casefold()
            return next((v for k, v in environment.properties.items() if k.casefold() == wanted), None)
        return None

    def _deprecate(self) -> None:
        """Give an edited submission a new identity, unless the form's own is literal text."""
        form = self.form
        identity = identity_of(form.definition)
        if identity is None:
            return
        offsets = form.plan.layout.offsets
        element = form.scope.cells[offsets[identity.index]]
        deprecated = identity_of(form.definition, "deprecatedID")
        if element.stored and deprecated is not None:
            target = form.scope.cells[offsets[deprecated.index]]
            target.stored = target.value = element.stored
        is_made = identity.bind is not None and identity.bind.preload == "uid"
        literal = "" if is_made else _literal(form, identity.index)
        element.stored = element.value = literal or f"uuid:{form.environment.uuid()}"


def _literal(form: Form, index: int) -> str:
    stack = [form.definition.seed]
    while stack:
        seed = stack.pop()
        if seed.node == index:
            return seed.value
        stack.extend(seed.children)
    return ""
