"""Submissions: a live instance as XML, and XML as saved values."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fieldkit.errors import FormError
from fieldkit.forms.change import SavedInstance
from fieldkit.forms.definition import FormDefinition, NodeDefinition, Seed
from fieldkit.forms.limits import INSTANCE_NODES, ROWS
from fieldkit.forms.live import Element, Leaf
from fieldkit.forms.model import composed
from fieldkit.forms.planning import plan_of
from fieldkit.forms.texts import local
from fieldkit.forms.tree import Node
from fieldkit.i18n import _

if TYPE_CHECKING:
    from fieldkit.forms.engine import Form

__all__ = ["identity_of", "read_submission", "serialise", "with_deprecated", "with_identity"]


def _escaped(text: str) -> str:
    # The standard library's function loads network modules, which a start of the app would wait for.
    return text.replace("&", "&amp;").replace(">", "&gt;").replace("<", "&lt;")


def _quoted(text: str) -> str:
    text = _escaped(text).replace("\n", "&#10;").replace("\r", "&#13;").replace("\t", "&#9;")
    if '"' not in text:
        return f'"{text}"'
    return f"'{text}'" if "'" not in text else '"{}"'.format(text.replace('"', "&quot;"))


def serialise(form: Form) -> str:
    """Return the visible part of an instance as XML."""
    root = form.scope.cells[0]
    parts: list[str] = []
    _write(root, parts, _declarations(form.definition))
    return "".join(parts)


def _declarations(definition: FormDefinition) -> str:
    used = set()
    for node in definition.nodes:
        used.add(node.name.partition(":")[0] if ":" in node.name else "")
        used.update(name.partition(":")[0] for name, _text in node.attributes if ":" in name)
    used -= {"", "xml"}
    uris = {prefix: definition.namespaces.get(prefix, "") for prefix in sorted(used)}
    return "".join([f" xmlns:{prefix}={_quoted(uri)}" for prefix, uri in uris.items() if uri])


def _attribute(node: Node) -> str:
    if isinstance(node, Leaf):
        return f" {node.definition.local.removeprefix('@')}={_quoted(node.value)}"
    return f" {node.qname}={_quoted(node.text)}"


def _write(element: Element, parts: list[str], declarations: str = "") -> None:
    if not element.relevant:
        return
    name = element.definition.name
    opening = f"<{name}{declarations}" + "".join([_attribute(node) for node in element.attributes])
    if isinstance(element, Leaf):
        text = element.value
        parts.append(f"{opening}>{_escaped(_printable(text))}</{name}>" if text else f"{opening}/>")
        return
    parts.append(f"{opening}>")
    for child in element.children:
        assert isinstance(child, Element)
        _write(child, parts)
    parts.append(f"</{name}>")


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join([sign for sign in text if sign >= " " or sign in "\t\n\r"])


def identity_of(definition: FormDefinition, name: str = "instanceID") -> NodeDefinition | None:
    """Return the definition of the instanceID (or deprecatedID), None where the form has none."""
    root = definition.nodes[0]
    for index in root.children:
        if definition.nodes[index].local == "meta":
            for child in definition.nodes[index].children:
                if definition.nodes[child].local == name:
                    return definition.nodes[child]
    return None


def with_deprecated(definition: FormDefinition) -> FormDefinition:
    """Return the definition with a node for the deprecatedID at the end of the form's ``meta``."""
    plan = plan_of(definition)
    known = plan.shared.get("with_deprecated")
    if known is not None:
        return known  # type: ignore[return-value]  # put there below
    identity = identity_of(definition)
    if identity is None or identity_of(definition, "deprecatedID") is not None:
        return definition
    nodes = copy.deepcopy(definition.nodes)
    seed = copy.deepcopy(definition.seed)
    meta = nodes[identity.parent]
    prefix = identity.name.rpartition(":")[0]
    name = f"{prefix}:deprecatedID" if prefix else "deprecatedID"
    node = NodeDefinition(len(nodes), name, "deprecatedID", identity.ns, f"{meta.path}/{name}", meta.index)
    nodes.append(node)
    meta.children.append(node.index)
    _seed_of(seed, meta.index).children.append(Seed(node.index))
    made = replace(definition, nodes=nodes, seed=seed, _plan=None)
    plan.shared["with_deprecated"] = made
    return made


def _seed_of(seed: Seed, index: int) -> Seed:
    return next(child for child in seed.children if child.node == index)


def with_identity(xml: str, instance: str, deprecated: str = "") -> str:
    """Return a submission with another ``instanceID`` in its ``meta``, and with the id that it replaces where given."""
    from lxml import etree

    from fieldkit.forms.xform import parse_document

    root = parse_document(xml.encode("utf-8"))
    meta = next((child for child in root if local(child) == "meta"), None)
    if meta is None:
        meta = etree.SubElement(root, "meta")
    for name, text in (("instanceID", instance), ("deprecatedID", deprecated)):
        if not text:
            continue
        found = next((child for child in meta if local(child) == name), None)
        if found is None:
            found = etree.SubElement(meta, meta.tag.removesuffix("meta") + name)
        found.text = text
    return str(etree.tostring(root, encoding="unicode"))


def read_submission(definition: FormDefinition, xml: bytes | str) -> SavedInstance:
    """Return the rows and values of a submission.

    Raises:
        FormError: FORM-129 where it is of another form, FORM-100 where it is not XML.
    """
    from fieldkit.forms.xform import parse_document

    root = parse_document(xml.encode("utf-8") if isinstance(xml, str) else xml)
    expected = definition.nodes[0]
    if local(root) != expected.local:
        message = _("The submission is of another form: its root is {found}, not {expected}")
        raise FormError("FORM-129", message.format(found=local(root), expected=expected.local))
    identifier = dict(expected.attributes).get("id")
    if identifier is not None and root.get("id") != identifier:
        message = _("The submission is of another form: its id is {found}, not {expected}")
        raise FormError("FORM-129", message.format(found=root.get("id") or "–", expected=identifier))
    reader = _Reader(definition)
    reader.read(root, expected, expected.path)
    return SavedInstance(reader.rows, reader.values)


class _Reader:
    """Reads the elements of one submission."""

    def __init__(self, definition: FormDefinition) -> None:
        self.definition = definition
        self.rows: dict[str, list[str]] = {}
        self.values: dict[str, str] = {}
        self.seen: set[str] = set()

    def read(self, element: Any, node: NodeDefinition, path: str) -> None:
        """Read one element; names are compared without their prefixes."""
        if not node.children:
            self.values[path] = composed("".join(element.itertext()))
            self._attributes(element, node, path)
            return
        self._attributes(element, node, path)
        below = {self.definition.nodes[index].local: self.definition.nodes[index] for index in node.children}
        for child in below.values():
            if child.repeat:
                self.rows.setdefault(f"{path}/{child.name}", [])
        for item in element:
            found = below.get(local(item))
            if found is None or item.get("{http://openrosa.org/javarosa}template") is not None:
                continue
            address = f"{path}/{found.name}"
            if address in self.seen:
                continue
            if not found.repeat:
                # Only a repeat may stand there more than once; of other nodes the first is read.
                self.seen.add(address)
            else:
                rows = self.rows[address]
                if len(rows) >= ROWS:
                    raise FormError("FORM-126", _("A table cannot have more than {limit} rows").format(limit=ROWS))
                rows.append(f"c{len(rows) + 1}")
                address = f"{address}{{{rows[-1]}}}"
            if len(self.values) > INSTANCE_NODES:
                raise FormError("FORM-107", _("The submission is too large"))
            self.read(item, found, address)

    def _attributes(self, element: Any, node: NodeDefinition, path: str) -> None:
        for index in node.bound:
            bound = self.definition.nodes[index]
            text = element.get(bound.local.removeprefix("@"))
            if text is not None:
                self.values[f"{path}/{bound.name}"] = text
