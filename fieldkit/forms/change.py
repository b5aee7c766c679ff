"""Values that the engine gives and takes: changes, violations, choices, saved instances, explanations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from msgspec import Struct, field

if TYPE_CHECKING:
    from fieldkit.forms.node import FormNode
    from fieldkit.forms.tree import Node

__all__ = ["Change", "Choice", "Explanation", "SavedInstance", "ValueSet", "Violation"]

Cause = Literal["answer", "setvalue", "default", "preload", "once"]


class Violation(Struct, frozen=True):
    """Why a node's value is refused.

    Attributes:
        condition: ``constraint`` (the value breaks it) or ``required`` (there is none).
        message: The form's own message in the active language, or None.
        ref: The node's reference with positions.
        path: The node's path with row ids.
    """

    condition: Literal["constraint", "required"]
    message: str | None
    ref: str = ""
    path: str = ""


class Choice:
    """One choice of a select or rank.

    Attributes:
        value: What is stored.
        label: What is shown, in the active language.
    """

    __slots__ = ("_node", "label", "value")

    def __init__(self, value: str, label: str, node: Node | None = None) -> None:
        self.value = value
        self.label = label
        self._node = node

    @property
    def properties(self) -> Mapping[str, str]:
        """All columns of the choice's row in a secondary instance; empty for other choices."""
        node = self._node
        if node is None:
            return {}
        cells = getattr(node, "properties", None)
        if cells is not None:
            found: Mapping[str, str] = cells()
            return found
        return {child.name: child.string_value() for child in node.children if child.kind == "element"}

    def __repr__(self) -> str:
        return f"Choice({self.value!r}, {self.label!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Choice) and (self.value, self.label) == (other.value, other.label)


class ValueSet(Struct, frozen=True):
    """One stored value that changed.

    Attributes:
        node: The node.
        old: Its text before.
        new: Its text after.
        cause: What set it.
    """

    node: FormNode
    old: str
    new: str
    cause: Cause

    def __iter__(self):  # type: ignore[no-untyped-def]  # noqa: ANN204 - unpacks like the tuple that it is
        """Yield node, old, new and cause."""
        yield from (self.node, self.old, self.new, self.cause)


class Change(Struct):
    """What one call changed.

    Attributes:
        set: Stored values to be kept in the journal, in the order of their setting; calculations are not in it.
        rows_added: Rows that came, also those that the form itself made.
        rows_removed: Rows that went.
        touched: Every node whose value, relevance, readonly, required, validity, label or choices changed.
    """

    set: list[ValueSet] = field(default_factory=list)
    rows_added: list[FormNode] = field(default_factory=list)
    rows_removed: list[FormNode] = field(default_factory=list)
    touched: list[FormNode] = field(default_factory=list)


class SavedInstance(Struct, frozen=True):
    """A live instance as plain values.

    Attributes:
        rows: Ids of the rows of every series, by the series' path (row ids in braces).
        values: Stored text of the nodes by their path; what is empty may be left out.
    """

    rows: Mapping[str, list[str]] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)


class Explanation(Struct, frozen=True):
    """Why an expression has its value.

    Attributes:
        expression: Its source.
        value: Its value as text.
        operands: What it reads: text in the expression, value, reference of the node (empty for other sets).
        nested: Explanations of the operands that are calculated or hidden themselves.
        subject: Reference of the node that the expression belongs to.
        what: What it decides about the node.
    """

    expression: str
    value: str
    operands: tuple[tuple[str, str, str], ...] = ()
    nested: tuple[Explanation, ...] = ()
    subject: str = ""
    what: str = ""
