"""Read the body of an XForm: groups, repeats and controls in their order."""

from __future__ import annotations

from typing import Any

from fieldkit.forms.definition import Action, Control, Item, Itemset, Text
from fieldkit.forms.diagnostics import Problem
from fieldkit.forms.model import JAVAROSA, ModelReader
from fieldkit.forms.paths import join_reference
from fieldkit.forms.texts import LOCAL_NAMES, local, read_label
from fieldkit.i18n import _

__all__ = ["BodyReader", "appearance_tokens"]

Element = Any

_CONTROLS = frozenset({"input", "select1", "select", "rank", "range", "trigger", "upload", "secret"})
_OWN = frozenset({"ref", "nodeset", "bind", "appearance", "class"})
_TEXTS = frozenset({"label", "hint"})
_DEEPEST = 100


def appearance_tokens(text: str) -> tuple[str, ...]:
    """Split an appearance at white space outside parentheses."""
    if "(" not in text:
        return tuple(text.split())
    tokens: list[str] = []
    depth = 0
    current = ""
    for sign in text:
        if sign.isspace() and depth == 0:
            if current:
                tokens.append(current)
            current = ""
            continue
        depth += (sign == "(") - (sign == ")")
        current += sign
    if current:
        tokens.append(current)
    return tuple(tokens)


class BodyReader:
    """Reads the body and tells the model which nodes are repeats."""

    def __init__(self, model: ModelReader, problems: list[Problem]) -> None:
        self.model = model
        self.problems = problems
        self.controls: list[Control] = []
        self.top: list[int] = []
        self.actions: list[Action] = []

    def read(self, body: Element) -> None:
        """Read all elements of the body."""
        self._children(body, -1, self.model.nodes[0].path, -1, 0)

    def _children(self, element: Element, parent: int, base: str, repeat: int, depth: int) -> None:
        if depth > _DEEPEST:
            self.model.fault("FORM-107", _("The body is nested too deeply"), ref=base)
            return
        for child in element[:]:
            name = LOCAL_NAMES[child.tag]
            if name in _CONTROLS:
                self._control(child, name, parent, base, repeat)
            elif name in ("group", "repeat"):
                self._group(child, name, parent, base, repeat, depth)
            elif parent >= 0 and name in _TEXTS:
                _read_text_of(self.controls[parent], name, child)
            elif name == "setvalue":
                self._action(child, base, self.controls[parent].node if parent >= 0 else -1, repeat)

    def _node(self, attributes: dict[str, str], base: str) -> tuple[int, str]:
        if attributes.get("bind"):
            index = self.model.bound(attributes["bind"])
            return index, self.model.nodes[index].path if index >= 0 else base
        reference = attributes.get("nodeset") or attributes.get("ref")
        if not reference:
            return -1, base
        index = self.model.find(reference, base)
        if index < 0:
            path = join_reference(base, reference)
            self.model.fault("FORM-103", _("The body names {path}, which the form does not have").format(path=path),
                             ref=path, warning=True)  # fmt: skip
            return -1, path
        return index, self.model.nodes[index].path

    def _new(self, attributes: dict[str, str], tag: str, node: int, parent: int) -> Control:
        control = Control(len(self.controls), tag, node, parent)
        for key, value in attributes.items():
            if key == "appearance":
                control.appearance = appearance_tokens(value)
            elif key not in _OWN:
                name = key.replace(f"{{{JAVAROSA}}}", "jr:") if key[0] == "{" else key
                control.attributes[name] = value
        self.controls.append(control)
        if parent >= 0:
            self.controls[parent].children.append(control.index)
        else:
            self.top.append(control.index)
        return control

    def _group(self, element: Element, tag: str, parent: int, base: str, repeat: int, depth: int) -> None:
        attributes = dict(element.items())
        index, path = self._node(attributes, base)
        if tag == "repeat" and index <= 0:
            return
        control = self._new(attributes, tag, index, parent)
        if index >= 0:
            node = self.model.nodes[index]
            if tag == "repeat":
                node.repeat = True
                node.rows_group = control.index
                repeat = index
            elif node.group < 0:
                node.group = control.index
        self._children(element, control.index, path, repeat, depth + 1)

    def _control(self, element: Element, tag: str, parent: int, base: str, repeat: int) -> None:
        attributes = dict(element.items())
        index, path = self._node(attributes, base)
        control = self._new(attributes, "input" if tag == "secret" else tag, index, parent)
        if index >= 0 and self.model.nodes[index].control < 0:
            self.model.nodes[index].control = control.index
        for child in element[:]:
            name = LOCAL_NAMES[child.tag]
            if name in _TEXTS:
                _read_text_of(control, name, child)
            elif name == "item":
                control.items.append(_item(child))
            elif name == "itemset":
                control.itemset = _itemset(child)
            elif name == "choices":
                control.items.extend(_item(item) for item in child if local(item) == "item")
            elif name == "setvalue":
                self._action(child, path.rpartition("/")[0] or path, index, repeat)
        query = control.attributes.get("query")
        if query and tag == "input":
            control.tag = "select1"
            control.itemset = Itemset(query, "name", "label")

    def _action(self, element: Element, base: str, source: int, repeat: int) -> None:
        action = self.model.action(element, base, source, repeat)
        if action is not None:
            self.actions.append(action)


def _read_text_of(control: Control, name: str, element: Element) -> None:
    """Read a label or hint; the first one counts."""
    if getattr(control, name) is None:
        setattr(control, name, read_label(element))


def _item(element: Element) -> Item:
    value = ""
    label: Text | None = None
    for child in element[:]:
        name = LOCAL_NAMES[child.tag]
        if name == "value":
            value = (child.text or "").strip()
        elif name == "label":
            label = read_label(child)
    return Item(value, label)


def _itemset(element: Element) -> Itemset:
    value, label = "value", None
    for child in element[:]:
        name = LOCAL_NAMES[child.tag]
        reference = (child.get("ref") or "").strip()
        if name == "value":
            value = reference or value
        elif name in ("label", "copy"):
            label = reference or label
    return Itemset((element.get("nodeset") or element.get("ref") or "").strip(), value, label)
