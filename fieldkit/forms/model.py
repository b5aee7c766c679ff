"""Read the model of an XForm: the primary instance, its binds and its actions."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

from fieldkit.forms.definition import Action, Bind, NodeDefinition, Seed, Text
from fieldkit.forms.diagnostics import Problem
from fieldkit.forms.limits import INSTANCE_DEPTH, INSTANCE_NODES
from fieldkit.forms.paths import join_reference
from fieldkit.forms.texts import LOCAL_NAMES, named, text_reference
from fieldkit.i18n import _

__all__ = ["JAVAROSA", "OPENROSA", "ModelReader", "composed"]

Element = Any

JAVAROSA = "http://openrosa.org/javarosa"
OPENROSA = "http://openrosa.org/xforms"
XMLNS = "http://www.w3.org/XML/1998/namespace"
_TEMPLATE = f"{{{JAVAROSA}}}template"

_TYPES = {
    "integer": "int",
    "": "string",
    "text": "string",
    "rank": "string",
    "select": "string",
    "select1": "string",
    "selectOne": "string",
    "selectMulti": "string",
    "datetime": "dateTime",
    "double": "decimal",
    "float": "decimal",
}


_EVENTS = frozenset(
    {"odk-instance-first-load", "odk-instance-load", "odk-new-repeat", "xforms-value-changed", "xforms-revalidate"}
)
_OLD_EVENTS = {"xforms-ready": "odk-instance-first-load", "jr-insert": "odk-new-repeat"}
"""Names that JavaRosa had for events before, still in old forms."""


def _type(value: str) -> str:
    raw = value.rpartition(":")[2]
    return _TYPES.get(raw, raw)


def _message(value: str) -> Text:
    return text_reference(value) if value.startswith("jr:itext(") else value


_BIND = {
    "nodeset": "",
    "ref": "",
    "id": "",
    **{name: name for name in ("type", "relevant", "constraint", "required", "readonly", "calculate")},
    f"{{{JAVAROSA}}}constraintMsg": "constraint_message",
    f"{{{JAVAROSA}}}requiredMsg": "required_message",
    f"{{{JAVAROSA}}}preload": "preload",
    f"{{{JAVAROSA}}}preloadParams": "preload_parameters",
}
"""Which field of a bind an attribute fills, none where it only finds the bind; all other attributes are carried."""
_READ: dict[str, Callable[[str], Text]] = {
    "type": _type,
    "constraint_message": _message,
    "required_message": _message,
}
"""How the value of a field is read; as it stands where nothing is said."""


def composed(text: str) -> str:
    """Return a text in the composed normal form that ODK stores."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


class ModelReader:
    """Reads a model; body readers ask it for nodes and mark repeats, then ``finish`` copies the first instance.

    Attributes:
        nodes: Definitions in document order.
        seed: The first instance, None until ``finish`` or where there is none.
        templates: What a new row of a repeat is copied from, by the repeat's index.
    """

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        self.nodes: list[NodeDefinition] = []
        self.seed: Seed | None = None
        self.templates: dict[int, Seed] = {}
        self.namespaces: dict[str, str] = {}
        self.actions: list[Action] = []
        self.submission: dict[str, str] = {}
        self._draft: Seed | None = None
        self._marked: set[int] = set()
        self._by_path: dict[str, int] = {}
        self._by_local: dict[str, int] = {}
        self._bind_ids: dict[str, int] = {}

    def read(self, model: Element) -> None:
        """Read the primary instance and the binds."""
        instance = next(named(model, "instance"), None)
        root = None if instance is None else next(instance.iterchildren("*"), None)
        if root is None:
            self.fault("FORM-101", _("The model has no primary instance"))
            return
        self._namespaces(root)
        self._draft = self._node(root, -1, "", 0)
        self.seed = Seed(0)
        for bind in named(model, "bind"):
            self._bind(bind)
        for submission in named(model, "submission"):
            self.submission = {key.rpartition("}")[2]: value for key, value in submission.items()}

    def fault(self, code: str, message: str, *, hint: str = "", ref: str = "", warning: bool = False) -> None:
        """Note a problem."""
        self.problems.append(Problem(code, "warning" if warning else "error", message, hint, ref=ref))

    def find(self, reference: str, base: str = "") -> int:
        """Return the index of the node that a reference within the path ``base`` names, -1 where there is none."""
        index = self._by_path.get(reference)
        if index is None:
            path = join_reference(base, reference)
            index = self._by_path.get(path)
            if index is None:
                index = self._by_local_path().get(_unprefixed(path), -1)
        return index

    def _reach(self, reference: str, base: str) -> int:
        """Return the index of a node or of one of its attributes, which becomes a node of its own then."""
        path = join_reference(base, reference) if "@" in reference else reference
        return self._attribute(path) if "@" in path else self.find(path, base)

    def _by_local_path(self) -> dict[str, int]:
        if not self._by_local:
            for node in self.nodes:
                self._by_local.setdefault(_unprefixed(node.path), node.index)
        return self._by_local

    def bound(self, identifier: str) -> int:
        """Return the index of the node of a bind by the bind's id, -1 where there is none."""
        return self._bind_ids.get(identifier, -1)

    def _namespaces(self, root: Element) -> None:
        for element in (root, *root.iterancestors()):
            for prefix, uri in element.nsmap.items():
                if prefix:
                    self.namespaces.setdefault(prefix, uri)
        self.namespaces.setdefault("jr", JAVAROSA)

    def _node(self, element: Element, parent: int, base: str, depth: int) -> Seed | None:
        """Define the node of an element; return its draft: the seed that it is while repeats are not known."""
        name = LOCAL_NAMES[element.tag]
        prefix = element.prefix
        own = name
        if prefix:
            name = f"{prefix}:{name}"
        path = f"{base}/{name}"
        index = self._by_path.get(path, -1)
        said = element.items()
        if index < 0:
            if depth > INSTANCE_DEPTH or len(self.nodes) > INSTANCE_NODES:
                self.fault("FORM-107", _("The primary instance is too deep or too large"), ref=path)
                return None
            index = len(self.nodes)
            ns = element.tag[1:].partition("}")[0] if prefix else None
            attributes = _attributes(element, said) if said else ()
            self.nodes.append(NodeDefinition(index, name, own, ns, path, parent, attributes=attributes))
            self._by_path[path] = index
            if parent >= 0:
                self.nodes[parent].children.append(index)
        if not len(element):
            text = element.text
            draft = Seed(index, composed(text) if text else "")
        else:
            found = [self._node(child, index, path, depth + 1) for child in element if isinstance(child.tag, str)]
            draft = Seed(index, "", [child for child in found if child is not None])
            if not draft.children:
                draft.value = composed("".join(element.itertext()))
        if said and element.get(_TEMPLATE) is not None:
            self._marked.add(id(draft))
        return draft

    def _attribute(self, path: str) -> int:
        owner_path, _slash, name = path.rpartition("/")
        owner = self.find(owner_path)
        if owner < 0 or not name.startswith("@"):
            return -1
        known = self._by_path.get(f"{self.nodes[owner].path}/{name}", -1)
        if known >= 0 or name[1:] not in dict(self.nodes[owner].attributes):
            return known
        node = self._extra(self.nodes[owner], "", name)
        self.nodes[owner].children.remove(node.index)
        self.nodes[owner].bound.append(node.index)
        return node.index

    def _bind(self, element: Element) -> None:
        attributes = dict(element.items())
        nodeset = (attributes.get("nodeset") or attributes.get("ref") or "").strip()
        if not nodeset:
            self.fault("FORM-102", _("A bind does not say which item it is for"), warning=True)
            return
        root = self.nodes[0].path
        index = self._by_path.get(nodeset)
        if index is None:
            index = self._reach(nodeset, root)
        if index < 0:
            path = join_reference(root, nodeset)
            self.fault("FORM-102", _("A bind names {path}, which the form does not have").format(path=path),
                       ref=path, warning=True)  # fmt: skip
            return
        node = self.nodes[index]
        bind = node.bind = node.bind or Bind()
        for key, value in attributes.items():
            field = _BIND.get(key)
            if field is None:
                bind.attributes[key] = value
            elif field and (said := value.strip()):
                read = _READ.get(field)
                setattr(bind, field, said if read is None else read(said))
        if "id" in attributes:
            self._bind_ids[attributes["id"]] = index

    def action(self, element: Element, base: str, source: int, repeat: int) -> Action | None:
        """Return the ``setvalue`` of an element, None where it names no node."""
        reference = element.get("ref") or ""
        if not reference and not element.get("bind"):
            self.fault("FORM-108", _("An action names neither a node nor a bind to set"))
            return None
        if element.get("bind"):
            index = self.bound(element.get("bind"))
            reference = self.nodes[index].path if index >= 0 else ""
        else:
            index = self._reach(reference, base)
        if index < 0:
            self.fault("FORM-103", _("An action names {path}, which the form does not have").format(path=reference),
                       ref=reference, warning=True)  # fmt: skip
            return None
        events = tuple([_OLD_EVENTS.get(event, event) for event in (element.get("event") or "").split()])
        unknown = [event for event in events if event not in _EVENTS]
        if unknown:
            message = _("An action waits for {event}, an event that forms do not have")
            self.fault("FORM-108", message.format(event=", ".join(unknown)), ref=reference)
        return Action(events, reference, index, element.get("value"), "".join(element.itertext()), source, repeat)

    def read_actions(self, model: Element) -> None:
        """Read the actions that stand in the model itself."""
        for element in named(model, "setvalue"):
            action = self.action(element, self.nodes[0].path, -1, -1)
            if action is None:
                continue
            if "odk-new-repeat" in action.events:
                self.fault("FORM-108", _("The model has a setvalue for odk-new-repeat, which belongs in a repeat"),
                           ref=action.ref)  # fmt: skip
            self.actions.append(action)

    def finish(self) -> None:
        """Copy the first instance and the templates of rows, once the body has marked the repeats."""
        self._add_instance_id()
        assert self._draft is not None
        self.seed = self._seed(self._draft)
        for node in self.nodes:
            if node.repeat and node.index not in self.templates:
                self.templates[node.index] = self._blank(node.index)

    def _seed(self, draft: Seed) -> Seed:
        nodes = self.nodes
        node = nodes[draft.node]
        if not node.children:
            return draft
        seed = Seed(draft.node)
        drafts: dict[int, list[Seed]] = {}
        for child in draft.children:
            drafts.setdefault(child.node, []).append(child)
        for index in node.children:
            found = drafts.get(index)
            if nodes[index].repeat:
                seed.children.extend(self._rows(found or []))
            elif found:
                seed.children.append(self._seed(found[0]) if nodes[index].children else found[0])
            else:
                seed.children.append(self._blank(index))
        return seed

    def _rows(self, drafts: list[Seed]) -> list[Seed]:
        rows = []
        for draft in drafts:
            seed = self._seed(draft)
            if id(draft) in self._marked:
                self.templates[draft.node] = seed
                continue
            rows.append(seed)
            if draft.node not in self.templates:
                # Without a template a new row is the first one of the form, emptied.
                self.templates[draft.node] = _emptied(seed)
        return rows

    def _blank(self, index: int) -> Seed:
        children = self.nodes[index].children
        return Seed(index, "", [self._blank(child) for child in children if not self.nodes[child].repeat])

    def _add_instance_id(self) -> None:
        root = self.nodes[0]
        meta = next((self.nodes[child] for child in root.children if self.nodes[child].local == "meta"), None)
        prefix = next((key for key, uri in self.namespaces.items() if uri == OPENROSA), "")
        if meta is None:
            meta = self._extra(root, prefix, "meta")
        identifier = next((self.nodes[i] for i in meta.children if self.nodes[i].local == "instanceID"), None)
        if identifier is None:
            identifier = self._extra(meta, meta.name.rpartition(":")[0], "instanceID")
            identifier.bind = Bind(preload="uid")

    def _extra(self, parent: NodeDefinition, prefix: str, name: str) -> NodeDefinition:
        qname = f"{prefix}:{name}" if prefix else name
        index = len(self.nodes)
        node = NodeDefinition(index, qname, name, self.namespaces.get(prefix) if prefix else None,
                              f"{parent.path}/{qname}", parent.index)  # fmt: skip
        self.nodes.append(node)
        self._by_path[node.path] = index
        parent.children.append(index)
        return node


def _emptied(seed: Seed) -> Seed:
    return Seed(seed.node, "", [_emptied(child) for child in seed.children])


def _unprefixed(path: str) -> str:
    return "/".join(step.rpartition(":")[2] for step in path.split("/"))


def _attributes(element: Element, said: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    found = []
    for key, value in said:
        if key == _TEMPLATE:
            continue
        if key[0] == "{":
            uri, _brace, name = key[1:].partition("}")
            prefix = "xml" if uri == XMLNS else next((p for p, u in element.nsmap.items() if u == uri and p), "")
            key = f"{prefix}:{name}" if prefix else name  # noqa: PLW2901 - the written name replaces Clark's
        found.append((key, value))
    return tuple(found)
