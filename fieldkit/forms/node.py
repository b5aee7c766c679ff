"""What others see of one node of a live form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from fieldkit.errors import FormError
from fieldkit.forms.answers import refusal_of
from fieldkit.forms.change import Explanation, Violation
from fieldkit.forms.choices import Choices
from fieldkit.forms.definition import Control
from fieldkit.forms.explaining import explain
from fieldkit.forms.instance import path_of, reference_of
from fieldkit.forms.live import Element, Leaf, Row, Series
from fieldkit.forms.units import EVALUATED_ATTRIBUTES

if TYPE_CHECKING:
    from fieldkit.forms.engine import Form

__all__ = ["FormNode", "Kind"]

Kind = Literal["group", "series", "row", "question", "note", "model"]

_TRUE = ("true()", "1", "true")


class FormNode:
    """One node of a live form; it stays the same object as long as the node is there.

    Attributes:
        form: The live form.
        element: The engine's inside of the node.
    """

    __slots__ = ("element", "form")

    def __init__(self, form: Form, element: Element) -> None:
        self.form = form
        self.element = element

    def __repr__(self) -> str:
        return f"<FormNode {self.ref}={self.value!r}>"

    @property
    def name(self) -> str:
        """Name as the form writes it."""
        return self.element.definition.name

    @property
    def path(self) -> str:
        """Path with row ids, such as ``/data/rec{ID}/when``; it never changes."""
        return path_of(self.element)

    @property
    def ref(self) -> str:
        """Reference with the present positions, such as ``/data/rec[2]/when``."""
        return reference_of(self.element)

    @property
    def definition_path(self) -> str:
        """Path without positions and row ids: the same in every row."""
        return self.element.definition.path

    @property
    def kind(self) -> Kind:
        """What the node is; ``model`` has no place in the body."""
        element = self.element
        if isinstance(element, Series):
            return "series"
        if isinstance(element, Row):
            return "row"
        if not isinstance(element, Leaf):
            return "group"
        index = element.definition.control
        if index < 0:
            return "model"
        control = self.form.definition.controls[index]
        if control.tag == "input" and control.label is not None:
            bind = element.definition.bind
            if bind is not None and (bind.readonly or "").replace(" ", "") in _TRUE:
                return "note"
        return "question"

    @property
    def body(self) -> Control | None:
        """The body element that presents the node, None for a node of the model."""
        return self.form.content.control(self.element)

    @property
    def in_body(self) -> bool:
        """Whether the body presents the node: by a control, or as a group or repeat."""
        node = self.element.definition
        return node.control >= 0 or node.group >= 0 or node.rows_group >= 0

    @property
    def control(self) -> str | None:
        """Tag of the body control: ``input``, ``select1``, ``select``, ``rank``, ``range``, ``trigger``, ``upload``."""
        index = self.element.definition.control
        return self.form.definition.controls[index].tag if index >= 0 else None

    @property
    def type(self) -> str:
        """Type of the bind, such as ``string``, ``int``, ``date``."""
        return self.element.definition.type

    @property
    def value(self) -> str:
        """Text of the value; empty while the node is hidden, without choices that are not offered now."""
        return self.element.value if isinstance(self.element, Leaf) else ""

    @property
    def stored(self) -> str:
        """Text of the value as it was stored, kept while the node is hidden or a choice is not offered."""
        return self.element.stored

    @property
    def relevant(self) -> bool:
        """Whether the node is shown."""
        element = self.element
        if isinstance(element, Series):
            parent = element.parent
            return element.own_relevant and (not isinstance(parent, Element) or parent.relevant)
        return element.relevant

    @property
    def readonly(self) -> bool:
        """Whether the node cannot be changed by a person, groups around it considered."""
        element = self.element
        if isinstance(element, Series):
            parent = element.parent
            return element.own_readonly or (isinstance(parent, Element) and parent.readonly)
        return element.readonly

    @property
    def required(self) -> bool:
        """Whether an answer must be given."""
        return self.element.required

    @property
    def calculated(self) -> bool:
        """Whether a calculation fills the node."""
        bind = self.element.definition.bind
        return bind is not None and bind.calculate is not None

    @property
    def violation(self) -> Violation | None:
        """Why the present value is refused, None where it is not."""
        element = self.element
        if not element.relevant or not isinstance(element, Leaf):
            return None
        if element.value:
            if not element.failed:
                return None
            return Violation("constraint", self._message("constraint_message"), self.ref, self.path)
        if not element.required:
            return None
        return Violation("required", self._message("required_message"), self.ref, self.path)

    def _message(self, name: str) -> str | None:
        bind = self.element.definition.bind
        text = getattr(bind, name) if bind is not None else None
        return None if text is None else self.form.content.cached(self.element, name, text)

    @property
    def label(self) -> str:
        """Label in the active language, outputs filled in; Markdown as written."""
        return self.form.content.label(self.element)

    @property
    def hint(self) -> str:
        """Hint in the active language."""
        body = self.body
        return "" if body is None else self.form.content.cached(self.element, "hint", body.hint)

    @property
    def guidance(self) -> str:
        """Guidance hint in the active language."""
        body = self.body
        return "" if body is None else self.form.content.cached(self.element, "guidance", body.hint, "guidance")

    @property
    def media(self) -> Mapping[str, str]:
        """Addresses of the label's image, audio and video."""
        body = self.body
        return {} if body is None else self.form.content.media(self.element, body.label)

    @property
    def appearance(self) -> frozenset[str]:
        """Words of the appearance."""
        body = self.body
        return frozenset() if body is None else frozenset(body.appearance)

    @property
    def parameters(self) -> Mapping[str, str]:
        """Other attributes of the body control, such as ``start``, ``end``, ``step``, ``mediatype``."""
        body = self.body
        return {} if body is None else body.attributes

    @property
    def attributes(self) -> Mapping[str, str]:
        """Attributes of the bind outside the XForms vocabulary, by ``{namespace}name``."""
        bind = self.element.definition.bind
        return {} if bind is None else bind.attributes

    def attribute_value(self, name: str) -> str:
        """Return the present value of a bind attribute: evaluated where it is an expression, else as written."""
        unit = None
        aspect = EVALUATED_ATTRIBUTES.get(name)
        if aspect is not None:
            unit = self.form.plan.judging.get((self.element.definition.index, aspect))
        if unit is None:
            return self.attributes.get(name, "")
        cache = self.element.cache
        if cache is None:
            cache = self.element.cache = {}
        found = cache.get(name)
        if found is None:
            found = cache[name] = self.evaluate(unit.source)
        return str(found)

    def xml_attributes(self) -> dict[str, str]:
        """Return the attributes that the node itself has in the instance, names as written."""
        return {
            (node.definition.local.removeprefix("@") if isinstance(node, Leaf) else node.qname): (
                node.value if isinstance(node, Leaf) else node.text
            )
            for node in self.element.attributes
        }

    def choices(self) -> Choices:
        """Return the choices that are offered at present."""
        return self.form.content.choices(self.element)

    def refuses(self, value: str) -> FormError | None:
        """Return why a person cannot give this answer here, None where they can."""
        return refusal_of(self.form, self.element, value)

    @property
    def parent(self) -> FormNode | None:
        """The group, row or series around the node; None for the root."""
        element = self.element
        if isinstance(element, Row):
            return self.form.view(element.series)
        above = element.parent
        return self.form.view(above) if isinstance(above, Element) else None

    @property
    def children(self) -> list[FormNode]:
        """What lies directly in the node; repeats stand as series, their rows below them."""
        element = self.element
        view = self.form.view
        if isinstance(element, Series):
            return [view(row) for row in element.rows_list]
        if isinstance(element, Leaf):
            return []
        layout = self.form.plan.layout
        scope = element.scope
        return [
            view(
                scope.series[layout.series[index]] if layout.series[index] >= 0 else scope.cells[layout.offsets[index]]
            )
            for index in element.definition.children
        ]

    def blank_cells(self) -> list[FormNode]:
        """Return what a new row of a series would be asked, in order; these nodes hold nothing and lie in no row."""
        element = self.element
        nodes = self.form.definition.nodes
        found: list[FormNode] = []
        open_ = list(reversed(element.definition.children))
        while open_:
            node = nodes[open_.pop()]
            if node.children and not node.repeat:
                open_ += reversed(node.children)
                continue
            kind = Series if node.repeat else Leaf
            found.append(FormNode(self.form, kind(node, element.scope, element.parent)))
        return [cell for cell in found if cell.kind in ("question", "note", "series")]

    @property
    def series(self) -> FormNode | None:
        """The series of a row, else None."""
        return self.form.view(self.element.series) if isinstance(self.element, Row) else None

    @property
    def rows(self) -> list[FormNode]:
        """Rows of a series, else nothing."""
        return self.children if isinstance(self.element, Series) else []

    @property
    def row_id(self) -> str:
        """Immutable id of a row, else an empty string."""
        return self.element.row_id if isinstance(self.element, Row) else ""

    @property
    def position(self) -> int:
        """Position of a row from 1; 0 for other nodes."""
        return self.element.ordinal if isinstance(self.element, Row) else 0

    @property
    def counted(self) -> bool:
        """Whether the form itself decides how many rows a series has."""
        element = self.element
        series = element.series if isinstance(element, Row) else element
        return isinstance(series, Series) and self.form.rows.is_counted(series)

    @property
    def row(self) -> FormNode | None:
        """The innermost row around the node (itself not counted), None outside repeats."""
        rows = self.element.scope.rows
        if rows and rows[-1] is self.element:
            rows = rows[:-1]
        return self.form.view(rows[-1]) if rows else None

    @property
    def section(self) -> FormNode | None:
        """The outermost group, series or question below the root that holds the node; None for the root."""
        node = self
        while True:
            above = node.parent
            if above is None:
                return None
            if above.parent is None:
                return node
            node = above

    def explain(self, what: str) -> Explanation | None:
        """Return why an expression of the node has its value.

        Args:
            what: ``relevant``, ``constraint``, ``required``, ``readonly``, ``calculate`` or a bind attribute's name.
        """
        return explain(self.form, self.element, what)

    def evaluate(self, source: str) -> str:
        """Return the value of an expression with this node as its context.

        Raises:
            FormError: The expression is outside the language or cannot be evaluated.
        """
        return self.form.content.evaluate(source, self.element)
