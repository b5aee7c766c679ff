"""The definition of a form: what its XForm says, before anything is answered."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from importlib import import_module

from msgspec import Struct, field

from fieldkit.forms.diagnostics import Problem

__all__ = [
    "Action",
    "Bind",
    "Control",
    "Entity",
    "FormDefinition",
    "InstanceSource",
    "Item",
    "Itemset",
    "NodeDefinition",
    "Seed",
    "Text",
]

FK = "urn:fieldkit:xf"
"""Namespace of the bind attributes that Fieldkit reads."""

Part = tuple[str, str]
Text = str | tuple[Part, ...]
"""A text: plain, or parts ``("text", s)``, ``("output", expression)``, ``("itext", id)``, ``("xpath", expression)``."""


class Bind(Struct):
    """What a bind says about a node; expressions are XPath sources.

    Attributes:
        type: Normalised type (``string``, ``int``, ``decimal``, ``date``, ...).
        attributes: Attributes outside the XForms vocabulary by ``{namespace}name``.
    """

    type: str = "string"
    relevant: str | None = None
    constraint: str | None = None
    required: str | None = None
    readonly: str | None = None
    calculate: str | None = None
    constraint_message: Text | None = None
    required_message: Text | None = None
    preload: str | None = None
    preload_parameters: str = ""
    attributes: dict[str, str] = field(default_factory=dict)


class NodeDefinition(Struct):
    """One element of the primary instance; a repeat stands here once, however many rows there are.

    Attributes:
        index: Place in ``FormDefinition.nodes`` (document order).
        name: Name as written, with its prefix.
        path: Absolute path without predicates, names as written.
        children: Indices of the child elements.
        repeat: Whether a body repeat makes rows of it.
        attributes: Its own XML attributes, names as written.
        control: Index of its body control in ``FormDefinition.controls``, or -1.
        group: Index of the body group that presents it, or -1.
        rows_group: Index of the body repeat that presents it, or -1.
        bound: Indices of its attributes that have binds of their own (their names begin with ``@``).
    """

    index: int
    name: str
    local: str
    ns: str | None
    path: str
    parent: int
    children: list[int] = field(default_factory=list)
    repeat: bool = False
    attributes: tuple[tuple[str, str], ...] = ()
    bind: Bind | None = None
    control: int = -1
    group: int = -1
    rows_group: int = -1
    bound: list[int] = field(default_factory=list)

    @property
    def type(self) -> str:
        """Type of the bind, ``string`` without one."""
        return self.bind.type if self.bind is not None else "string"


class Seed(Struct):
    """An element with its value as the form gives it: what a new instance or a new row is copied from."""

    node: int
    value: str = ""
    children: list[Seed] = field(default_factory=list)


class Item(Struct):
    """A choice that stands in the body itself."""

    value: str
    label: Text | None


class Itemset(Struct):
    """Choices taken from nodes.

    Attributes:
        nodeset: Expression of the nodes.
        value: Path of the value from such a node.
        label: Expression of the label from such a node, or None.
    """

    nodeset: str
    value: str
    label: str | None = None


class Control(Struct):
    """One element of the body.

    Attributes:
        tag: ``input``, ``select1``, ``select``, ``rank``, ``range``, ``trigger``, ``upload``, ``group`` or ``repeat``.
        node: Index of the node it presents, or -1 (a group of presentation only).
        parent: Index of the body group around it, or -1.
        attributes: Other attributes by their names as written.
    """

    index: int
    tag: str
    node: int
    parent: int = -1
    label: Text | None = None
    hint: Text | None = None
    appearance: tuple[str, ...] = ()
    attributes: dict[str, str] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)
    itemset: Itemset | None = None
    children: list[int] = field(default_factory=list)


class Action(Struct):
    """A ``setvalue``.

    Attributes:
        events: Names of the events that fire it.
        ref: Path of its target.
        node: Index of the target's definition.
        value: Expression of the value; None where ``text`` holds it.
        text: Literal text.
        source: Index of the node whose control holds it, -1 for the model.
        repeat: Index of the innermost repeat of the body around it, or -1.
    """

    events: tuple[str, ...]
    ref: str
    node: int
    value: str | None
    text: str = ""
    source: int = -1
    repeat: int = -1


class InstanceSource(Struct):
    """A secondary instance.

    Attributes:
        id: Its id.
        kind: ``xml`` (whole ``instance`` element inside the form), ``file-xml``, ``csv``, ``geojson`` or ``missing``.
        src: Address of the attachment, or an empty string.
        data: Its bytes.
    """

    id: str
    kind: str
    src: str
    data: bytes


class Entity(Struct):
    """An entity declaration of the form: read and carried, not executed."""

    dataset: str
    attributes: dict[str, str]
    saves: dict[str, str]


Texts = dict[str, dict[str, dict[str, Text]]]


@dataclasses.dataclass(slots=True)
class FormDefinition:
    """A form, compiled from its XForm: the same for every visit that uses it.

    Attributes:
        hash: SHA-256 of the XForm's bytes, hexadecimal.
        languages: Languages of the texts, the default one first; empty where the form has none.
        default_language: First of ``languages``, or an empty string.
        questions: Number of questions that a person can answer.
        namespaces: Prefixes of the XForm.
        nodes: Elements of the primary instance in document order; the first is the root.
        controls: Elements of the body in document order.
        body: Indices of the body's top elements.
        texts: ``language -> id -> form -> text``.
        problems: Warnings of the compilation.
    """

    form_id: str
    version: str
    title: str
    hash: str
    languages: tuple[str, ...]
    default_language: str
    questions: int
    namespaces: dict[str, str]
    nodes: list[NodeDefinition]
    controls: list[Control]
    body: list[int]
    seed: Seed
    templates: dict[int, Seed]
    texts: Texts
    instances: dict[str, InstanceSource]
    actions: list[Action]
    entities: list[Entity] = dataclasses.field(default_factory=list)
    problems: tuple[Problem, ...] = ()
    submission: dict[str, str] = dataclasses.field(default_factory=dict)
    files: dict[str, bytes] = dataclasses.field(default_factory=dict)
    _plan: object = dataclasses.field(default=None, repr=False, compare=False)
    _dynamic: dict[str, list[str]] | None = dataclasses.field(default=None, repr=False, compare=False)

    @property
    def binds(self) -> dict[str, Bind]:
        """Binds by the path of their node."""
        return {node.path: node.bind for node in self.nodes if node.bind is not None}

    @property
    def items(self) -> list[Control]:
        """Top elements of the body."""
        return [self.controls[index] for index in self.body]

    @property
    def instance_name(self) -> str:
        """Expression of the instance's name, or an empty string."""
        for node in self.nodes:
            if node.local == "instanceName" and node.bind is not None:
                return node.bind.calculate or ""
        return ""

    def node(self, path: str) -> NodeDefinition | None:
        """Return the definition of the node at a path without predicates, or None."""
        return next((node for node in self.nodes if node.path == path), None)

    def walk(self, controls: list[int] | None = None) -> Iterator[Control]:
        """Yield the body's elements in document order, groups before their members."""
        for index in self.body if controls is None else controls:
            control = self.controls[index]
            yield control
            yield from self.walk(control.children)

    def dump(self) -> bytes:
        """Return the definition as bytes that ``load_definition`` reads much faster than a compilation."""
        # By name: the cache needs the definition, and heavy libraries besides.
        made: bytes = import_module("fieldkit.forms.cache").dump(self)
        return made
