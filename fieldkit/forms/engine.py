"""A live form: one instance that recalculates itself with every answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import tzinfo

from fieldkit.errors import FormError
from fieldkit.forms.answers import offered_part, stored_form
from fieldkit.forms.change import Cause, Change, SavedInstance, ValueSet, Violation
from fieldkit.forms.collection import pauses_collection
from fieldkit.forms.content import Content
from fieldkit.forms.datatypes import normal
from fieldkit.forms.definition import FormDefinition
from fieldkit.forms.environment import FormEnvironment
from fieldkit.forms.instance import Builder, find, path_of, walk
from fieldkit.forms.live import Element, Leaf, Row, Series
from fieldkit.forms.loading import Loader
from fieldkit.forms.node import FormNode
from fieldkit.forms.planning import plan_of
from fieldkit.forms.recalculation import Recalculation
from fieldkit.forms.rowkeeping import RowKeeper
from fieldkit.forms.setting import Setter
from fieldkit.forms.submission import identity_of, read_submission, serialise, with_deprecated
from fieldkit.forms.tree import Node
from fieldkit.forms.xpath import Context
from fieldkit.i18n import _

__all__ = ["Form"]


class _Surroundings:
    """What functions of expressions ask of the form and the device."""

    def __init__(self, form: Form) -> None:
        self.form = form
        environment = form.environment
        self.timezone: tzinfo = environment.timezone
        self.now = environment.clock
        self.random: Callable[[], float] = environment.random
        self.uuid: Callable[[], str] = environment.uuid

    @property
    def language(self) -> str | None:
        return self.form.language

    def instance(self, name: str) -> Node | None:
        return self.form.secondary(name)

    def itext(self, key: str) -> str:
        form = self.form
        return form.content.text(form.content.subject, (("itext", key),))

    def choice_label(self, node: Node, reference: str, value: str) -> str:
        return self.form.choice_label(node, reference, value)


class Form:
    """One live instance of a form.

    Attributes:
        definition: What the form says.
        language: Active language, None for a form without translations.
        initial: What the making of the instance itself stored (preloads, dynamic defaults, counted rows).
        faults: Expressions that could not be evaluated, by their source: error and reference.
    """

    def __init__(self, definition: FormDefinition, environment: FormEnvironment, language: str | None) -> None:
        self.definition = definition
        self.environment = environment
        self.plan = plan_of(definition)
        if language not in definition.languages:
            language = definition.default_language or None
        self.language = language
        self.faults: dict[str, tuple[FormError, str]] = {}
        self.surroundings = _Surroundings(self)
        self.builder = Builder(self.plan)
        self.document, self.scope = self.builder.root(definition.seed)
        self.content = Content(self)
        self.recalculation = Recalculation(
            self, self.plan, Context(self.scope.cells[0], self.surroundings, root=self.document)
        )
        self.setter = Setter(self)
        self.rows = RowKeeper(self)
        self.last_saved: Node | None = None
        self.initial = Change()
        self.added: list[Row] = []
        self.removed: list[Row] = []
        self._naming: set[Element] = set()

    @classmethod
    @pauses_collection
    def new(cls, definition: FormDefinition, environment: FormEnvironment, *, language: str | None = None) -> Form:
        """Return a fresh instance: preloads, calculations and the events of the first load have run.

        Raises:
            FormError: FORM-128 where an expression of the form cannot be evaluated, FORM-127 where
                calculations do not settle.
        """
        form = cls(definition, environment, language)
        Loader(form).fresh()
        return form

    @classmethod
    @pauses_collection
    def restore(
        cls,
        definition: FormDefinition,
        environment: FormEnvironment,
        saved: SavedInstance,
        *,
        language: str | None = None,
    ) -> Form:
        """Return a saved instance again; nothing that is set only once is set again."""
        form = cls(definition, environment, language)
        Loader(form).saved(saved)
        return form

    @classmethod
    def edit(
        cls,
        definition: FormDefinition,
        environment: FormEnvironment,
        submission_xml: bytes | str,
        *,
        language: str | None = None,
    ) -> Form:
        """Open a submission again for a correction: it gets a new instanceID and keeps the old one as deprecatedID.

        Raises:
            FormError: FORM-129 where the submission is of another form.
        """
        return cls._opened(definition, environment, submission_xml, language, is_edit=True)

    @classmethod
    def resume(
        cls,
        definition: FormDefinition,
        environment: FormEnvironment,
        draft_xml: bytes | str,
        *,
        language: str | None = None,
    ) -> Form:
        """Open a serialised draft: as ``edit``, but it keeps its instanceID."""
        return cls._opened(definition, environment, draft_xml, language, is_edit=False)

    @classmethod
    @pauses_collection
    def _opened(
        cls,
        definition: FormDefinition,
        environment: FormEnvironment,
        xml: bytes | str,
        language: str | None,
        *,
        is_edit: bool,
    ) -> Form:
        saved = read_submission(definition, xml)
        identity = identity_of(definition)
        text = xml if isinstance(xml, str) else xml.decode("utf-8", "replace")
        if (is_edit and identity is not None and saved.values.get(identity.path)) or "deprecatedID>" in text:
            definition = with_deprecated(definition)
            saved = read_submission(definition, xml)
        form = cls(definition, environment, language)
        Loader(form).submitted(saved, is_edit=is_edit)
        return form

    @property
    def root(self) -> FormNode:
        """The node of the root element."""
        return self.view(self.scope.cells[0])

    def view(self, element: Element) -> FormNode:
        """Return what others see of an element."""
        view = element.view
        if view is None:
            view = element.view = FormNode(self, element)
        return view

    def nodes(self) -> Iterator[FormNode]:
        """Yield all nodes in document order; a series comes before its rows."""
        view = self.view
        for element in walk(self.scope.cells[0], self.plan):
            yield view(element)

    def node(self, address: str) -> FormNode:
        """Return the node at a reference with positions or a path with row ids.

        Raises:
            FormError: FORM-121 where there is none.
        """
        element = self.find(address)
        if element is None:
            raise FormError(
                "FORM-121",
                _("The form has no item {ref}").format(ref=address),
                hint=_("Rows of a table need their number: /data/table[2]/item."),
                where={"ref": address},
            )
        return self.view(element)

    def find(self, address: str) -> Element | None:
        """Return the element at a reference or path, None where there is none."""
        return find(self.document, self.scope, self.plan, address)

    def answer(self, node: FormNode, value: str) -> Change:
        """Store an answer as ODK does (what is not of the type becomes empty) and recalculate.

        Raises:
            FormError: FORM-124 where the node holds no value, FORM-127 where calculations do not settle.
        """
        element = node.element
        if not isinstance(element, Leaf):
            raise FormError("FORM-124", _("{ref} takes no answer").format(ref=node.ref), where={"ref": node.ref})
        return self._write(element, stored_form(self, element, value), "answer")

    def set_value(self, node: FormNode, value: str, cause: Cause = "default") -> Change:
        """Store a value that comes from the tool itself, such as a prefilled field, and recalculate."""
        element = node.element
        if not isinstance(element, Leaf):
            raise FormError("FORM-124", _("{ref} takes no answer").format(ref=node.ref), where={"ref": node.ref})
        return self._write(element, normal(element.definition.type, value), cause)

    def _write(self, element: Element, value: str, cause: Cause) -> Change:
        recalculation = self.recalculation
        if recalculation.store(element, value, cause):
            recalculation.run()
            self.setter.finish()
        return self._change()

    def add_row(self, series: FormNode, row_id: str | None = None, at: int | None = None) -> Change:
        """Add a row to a series.

        Args:
            series: The series.
            row_id: Its immutable id; without one the form counts: ``c1``, ``c2``, …
            at: Place from 0 (default: the end).

        Raises:
            FormError: FORM-125 where the form itself counts the rows, FORM-126 where there are too many.
        """
        element = self._series(series)
        if self.rows.is_counted(element):
            raise FormError("FORM-125", _("The form itself decides how many rows {ref} has").format(ref=series.ref))
        place = len(element.rows_list) if at is None else max(0, min(at, len(element.rows_list)))
        row = self.rows.insert(element, place, row_id)
        self.recalculation.run()
        self.setter.row_added(row)
        return self._change()

    def remove_row(self, row: FormNode) -> Change:
        """Remove a row; later rows move up.

        Raises:
            FormError: FORM-125 where the form itself counts the rows.
        """
        element = row.element
        if not isinstance(element, Row):
            raise FormError("FORM-125", _("{ref} is not a row").format(ref=row.ref), where={"ref": row.ref})
        if self.rows.is_counted(element.series):
            raise FormError("FORM-125", _("The form itself decides how many rows {ref} has").format(ref=row.ref))
        self.rows.delete(element)
        self.recalculation.run()
        self.setter.finish()
        return self._change()

    def _series(self, node: FormNode) -> Series:
        element = node.element
        if isinstance(element, Row):
            element = element.series
        if not isinstance(element, Series):
            raise FormError("FORM-125", _("{ref} has no rows").format(ref=node.ref), where={"ref": node.ref})
        return element

    def set_language(self, code: str) -> None:
        """Switch the language of the form's texts; an unknown code leaves it as it is.

        What the form calculates from its texts is calculated again.
        """
        if code in self.definition.languages and code != self.language:
            self.language = code
            self.recalculation.retranslate()
            self.setter.finish()

    def saved(self) -> SavedInstance:
        """Return the instance as plain values; ``restore`` makes the same instance of them."""
        rows: dict[str, list[str]] = {}
        values: dict[str, str] = {}
        for element in walk(self.scope.cells[0], self.plan):
            if isinstance(element, Series):
                rows[path_of(element)] = [row.row_id for row in element.rows_list]
            elif isinstance(element, Leaf):
                values[path_of(element)] = element.stored
        return SavedInstance(rows, values)

    def xml(self) -> str:
        """Return the submission: visible nodes only."""
        return serialise(self)

    def finalise(self) -> Change:
        """Store what a form asks to be stored when it is finished: ``jr:preload="timestamp"`` with ``end``."""
        for node in self.definition.nodes:
            bind = node.bind
            if bind is None or bind.preload != "timestamp" or bind.preload_parameters != "end":
                continue
            moment = self.environment.clock().astimezone(self.environment.timezone)
            for scope in self.recalculation.scopes(self.scope, self.plan.layout.chains[node.index]):
                element = scope.cells[self.plan.layout.offsets[node.index]]
                self.recalculation.store(element, moment.isoformat(timespec="milliseconds"), "preload")
        self.recalculation.run()
        return self._change()

    def validate(self) -> list[Violation]:
        """Return all violations in document order."""
        found = []
        for element in walk(self.scope.cells[0], self.plan):
            if isinstance(element, Leaf) and (element.failed or element.required):
                violation = self.view(element).violation
                if violation is not None:
                    found.append(violation)
        return found

    def fault(self, error: FormError, element: Element, source: str) -> None:
        """Note an expression that cannot be evaluated; it counts as empty.

        Raises:
            FormError: FORM-128 while loading, where the form itself is wrong: it names choices that do not exist, or an
                expression looks at more nodes than any form needs.
        """
        place = element.definition.path
        self.faults[source] = (error, place)
        if self.recalculation.loading and error.code in ("FORM-113", "XPATH-110"):
            raise FormError(
                "FORM-128",
                _("{path}: {message}").format(path=place, message=error.message),
                hint=error.hint,
                where={**error.where, "ref": place, "expression": source},
            ) from error

    def secondary(self, name: str) -> Node | None:
        """Return the ``instance`` element of a secondary instance, None where the form has none of the name."""
        source = self.definition.instances.get(name)
        if source is not None and source.src == "jr://instance/last-saved":
            if self.last_saved is None:
                self.last_saved = self._read_last_saved()
            return self.last_saved
        return self.content.instance(name)

    def _read_last_saved(self) -> Node:
        from fieldkit.forms.tree import parse_xml

        text = self.environment.last_saved or f"<{self.definition.nodes[0].local}/>"
        instance = Node("element", "instance")
        root = next(iter(parse_xml(text.encode("utf-8"), keep_comments=False).elements()))
        instance.children = [root]
        root.parent = instance
        return instance.freeze()

    def offered_part(self, element: Element, value: str) -> str:
        """Return a select's value without what its choices do not offer."""
        return offered_part(self, element, value)

    def choice_label(self, node: Node, reference: str, value: str) -> str:
        """Return the label of a choice of the select that a reference names, seen from a node."""
        nodes = self.plan.expression(reference).nodes(self.content.context(node))
        element = nodes[0] if nodes else None
        if not isinstance(element, Element):
            raise FormError("FORM-113", _("jr:choice-name names no item: {ref}").format(ref=reference.strip()))
        control = self.content.control(element)
        # Choices that are made from their own names have none yet.
        if control is None or not (control.items or control.itemset) or element in self._naming:
            raise FormError("FORM-113", _("{ref} has no choices to name").format(ref=reference.strip()))
        self._naming.add(element)
        try:
            choice = self.content.choices(element).find(value)
        finally:
            self._naming.discard(element)
        return "" if choice is None else choice.label

    def _change(self) -> Change:
        recalculation = self.recalculation
        view = self.view
        change = Change(
            [ValueSet(view(element), old, new, cause) for element, old, new, cause in recalculation.set],
            [view(row) for row in self.added] if self.added else [],
            [view(row) for row in self.removed] if self.removed else [],
            [element.view or view(element) for element in recalculation.touched if element.scope.alive],
        )
        self.discard()
        return change

    def take_initial(self) -> None:
        """Keep what loading stored and begin to count changes."""
        self.recalculation.touched.clear()
        self.initial = self._change()
        self.recalculation.loading = False

    def discard(self) -> None:
        """Forget the changes counted so far."""
        recalculation = self.recalculation
        recalculation.set = []
        recalculation.touched = {}
        recalculation.fired = []
        self.added = []
        self.removed = []
