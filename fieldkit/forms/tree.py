"""The XML tree that expressions walk, and the safe parser that makes it.

A tree is made of :class:`Node`. The engine's live instance uses a subclass whose leaves hold their
value themselves; secondary instances are plain nodes, or a table that looks like them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, Protocol

from fieldkit.errors import FormError
from fieldkit.i18n import _

if TYPE_CHECKING:
    from lxml import etree

__all__ = ["MAX_BYTES", "MAX_DEPTH", "XFORMS_NS", "Kind", "Node", "Valued", "in_document_order", "parse_xml"]

XFORMS_NS = "http://www.w3.org/2002/xforms"
"""Namespace of XForms; unprefixed names in expressions match it as well as no namespace."""

XML_NS = "http://www.w3.org/XML/1998/namespace"
MAX_BYTES = 64 * 1024 * 1024
"""Largest XML text that is read, in bytes."""

MAX_DEPTH = 128
"""Deepest nesting of elements that is read."""

Kind = Literal["document", "element", "attribute", "text", "comment", "processing-instruction", "namespace"]

_NOTHING: tuple[Node, ...] = ()
_serials = count(1)


class Valued(Protocol):
    """What holds a value of its own.

    Attributes:
        value: The value that expressions see.
    """

    value: str


class Node:
    """One node of an XML tree in the terms of the XPath data model.

    Attributes:
        kind: What it is.
        name: Local name; target of a processing instruction, prefix of a namespace node.
        ns: Namespace URI of an element or attribute, None without one.
        prefix: Prefix as written in the source.
        parent: Node above; the element for attributes and namespace nodes.
        children: Child nodes in order. Use :meth:`insert` and :meth:`remove` to change them.
        attributes: Attribute nodes in source order.
        text: Own content of text, comment, processing instruction, attribute and namespace nodes.
        declared: Prefixes declared on this element.
        rows: Repeat rows that contain this node, outermost first; empty outside the live instance.
    """

    __slots__ = (
        "_index",
        "_numbered",
        "_tables",
        "attributes",
        "children",
        "declared",
        "kind",
        "name",
        "ns",
        "order",
        "parent",
        "prefix",
        "text",
    )

    singles: Mapping[str, Sequence[Node]] = MappingProxyType({})
    """Of a document node: elements that can be there only once, by their names from the root (``data/g/q``)."""

    leaves: Mapping[str, Valued] = MappingProxyType({})
    """Of a document node of a live instance: those of these elements that hold a value."""

    rows: tuple[Node, ...] = ()
    steps: tuple[str, ...] = ()
    """Names from the root down to a repeat row; only rows need it."""

    def __init__(self, kind: Kind, name: str = "", ns: str | None = None, *, prefix: str = "", text: str = "") -> None:
        self.kind: Kind = kind
        self.name = name
        self.ns = ns
        self.prefix = prefix
        self.parent: Node | None = None
        self.children: Sequence[Node] = _NOTHING
        self.attributes: Sequence[Node] = _NOTHING
        self.text = text
        self.declared: dict[str, str] | None = None
        self.order = 0
        self._index: dict[str | tuple[str | None, str], list[Node]] | None = None
        self._tables: dict[tuple[str, str], dict[str, list[Node]]] | None = None
        self._numbered = 0

    def __repr__(self) -> str:
        return f"<{self.kind} {self.qname or self.text!r}>"

    @property
    def qname(self) -> str:
        """Name with its prefix as written."""
        return f"{self.prefix}:{self.name}" if self.prefix else self.name

    def string_value(self) -> str:
        """Return the string-value: the text of all text nodes below, or the own content."""
        if self.kind not in {"element", "document"}:
            return self.text
        children = self.children
        if len(children) == 1 and children[0].kind == "text":
            return children[0].text
        return "".join([node.text for node in self.descendants() if node.kind == "text"])

    def descendants(self) -> Iterator[Node]:
        """Yield all nodes below in document order, attributes and namespaces not included."""
        stack = list(reversed(self.children))
        while stack:
            node = stack.pop()
            yield node
            if node.children:
                stack.extend(reversed(node.children))

    def root(self) -> Node:
        """Return the topmost node of the tree."""
        node = self
        while node.parent is not None:
            node = node.parent
        return node

    def named(self, name: str | tuple[str | None, str]) -> Sequence[Node]:
        """Return the child elements of a name in order; the caller must not change the list.

        Args:
            name: Local name for elements in no namespace or that of XForms, else (URI, local name).
        """
        index = self._index
        if index is None:
            index = self._index = {}
            for child in self.children:
                if child.kind == "element":
                    key = child.name if child.ns is None or child.ns == XFORMS_NS else (child.ns, child.name)
                    index.setdefault(key, []).append(child)
        return index.get(name, _NOTHING)

    def lookup(self, item: str, column: str) -> Mapping[str, Sequence[Node]] | None:
        """Return child elements `item` by the text of their child `column`, or None where that is not kept.

        Only trees that never change (secondary instances) keep such an index.
        """
        if not self._is_frozen():
            return None
        if self._tables is None:
            self._tables = {}
        table = self._tables.get((item, column))
        if table is None:
            table = {}
            for node in self.named(item):
                for value in dict.fromkeys([cell.string_value() for cell in node.named(column)]):
                    table.setdefault(value, []).append(node)
            self._tables[(item, column)] = table
        return table

    def sibling_position(self) -> int:
        """Return the 1-based position in the unbroken run of sibling elements of the same name."""
        place = 0
        for node in self.parent.children if self.parent is not None else ():
            if node.kind == "element":
                place = place + 1 if node.name == self.name and node.ns == self.ns else 0
            if node is self:
                break
        return max(place, 1)

    def attribute(self, name: str, ns: str | None = None) -> str | None:
        """Return an attribute's value, or None."""
        for node in self.attributes:
            if node.name == name and node.ns == ns:
                return node.text
        return None

    def elements(self) -> Iterator[Node]:
        """Yield the child elements."""
        return (node for node in self.children if node.kind == "element")

    def insert(self, node: Node, at: int | None = None) -> None:
        """Put a child at a place among all children (default: the end)."""
        children = self.children
        if not isinstance(children, list):
            children = self.children = list(children)
        node.parent = self
        children.insert(len(children) if at is None else at, node)
        self._changed()

    def remove(self, node: Node) -> None:
        """Take a child out of the tree."""
        children = self.children
        assert isinstance(children, list)
        children.remove(node)
        node.parent = None
        self._changed()

    def set_attribute(self, name: str, value: str, ns: str | None = None, prefix: str = "") -> None:
        """Add an attribute or change its value."""
        for node in self.attributes:
            if node.name == name and node.ns == ns:
                node.text = value
                return
        added = Node("attribute", name, ns, prefix=prefix, text=value)
        added.parent = self
        self.attributes = [*self.attributes, added]

    def namespaces_in_scope(self) -> dict[str, str]:
        """Return the prefixes that hold here, with their URIs, ``xml`` included."""
        chain: list[Node] = []
        node: Node | None = self
        while node is not None:
            chain.append(node)
            node = node.parent
        scope = {"xml": XML_NS}
        for node in reversed(chain):
            scope.update(node.declared or {})
        return {prefix: uri for prefix, uri in scope.items() if uri}

    def freeze(self) -> Node:
        """Declare that this tree will not change any more, so that it may be indexed."""
        self.root()._numbered = -1  # noqa: SLF001 - the root of the same tree
        return self

    def _is_frozen(self) -> bool:
        return self.root()._numbered < 0  # noqa: SLF001 - the root of the same tree

    def _changed(self) -> None:
        self._index = None
        root = self.root()
        root._numbered = min(root._numbered, 0)  # noqa: SLF001 - the root of the same tree

    def _number(self) -> None:
        root = self.root()
        if root._numbered > 0 or (root._numbered < 0 and root.order):  # noqa: SLF001 - the same tree
            return
        root.order = next(_serials)
        if root._numbered == 0:  # noqa: SLF001 - the root of the same tree
            root._numbered = 1  # noqa: SLF001 - the root of the same tree
        for number, node in enumerate(root.descendants(), 1):
            node.order = number


def _place(node: Node) -> tuple[int, int, int, int, str]:
    root = node.root()
    if node.kind == "attribute" and node.parent is not None:
        own = node.parent
        return (root.order, 0 if own is root else own.order, 2, _index_of(own.attributes, node), "")
    if node.kind == "namespace" and node.parent is not None:
        own = node.parent
        return (root.order, 0 if own is root else own.order, 1, 0, node.name)
    return (root.order, 0 if node is root else node.order, 0, 0, "")


def _index_of(nodes: Sequence[Node], node: Node) -> int:
    return next((place for place, other in enumerate(nodes) if other is node), 0)


def in_document_order(nodes: Sequence[Node]) -> list[Node]:
    """Return the nodes without doubles in document order, tree by tree."""
    unique = list(dict.fromkeys(nodes))
    if len(unique) > 1:
        for node in unique:
            node._number()  # noqa: SLF001 - numbering belongs to this module
        unique.sort(key=_place)
    return unique


def parse_xml(data: bytes, *, keep_comments: bool = True) -> Node:
    """Return the document node of an XML text.

    Entities, network and document type declarations are off; size and depth are bounded.

    Raises:
        FormError: XML-001 not well-formed, XML-002 too large, XML-003 too deep, XML-004 a document type
            declaration that defines entities.
    """
    from lxml import etree

    if len(data) > MAX_BYTES:
        raise FormError("XML-002", _("The XML text is larger than {limit} bytes.").format(limit=MAX_BYTES))
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        strip_cdata=True,
        remove_comments=not keep_comments,
        huge_tree=False,
    )
    try:
        element = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise FormError(
            "XML-001",
            _("This is not well-formed XML: {reason}").format(reason=error.msg),
            hint=_("Correct the file at line {line}.").format(line=line),
            where={"line": line, "column": column},
        ) from error
    except ValueError as error:
        raise FormError("XML-001", _("This is not well-formed XML: {reason}").format(reason=str(error))) from error
    return _Builder(data).document(element)


class _Builder:
    """Turns lxml's elements into nodes.

    Asking lxml for an element's namespaces is dear, so it is done only while the text can still
    hold declarations that were not seen.
    """

    def __init__(self, data: bytes) -> None:
        from lxml import etree

        self.entity: object = etree.Entity
        wide = data[:2] in {b"\xfe\xff", b"\xff\xfe"} or b"\0" in data[:4]
        self.unseen = MAX_BYTES if wide else data.count(b"xmlns")

    def document(self, element: etree._Element) -> Node:
        """Return the document node with what stands before and after the root element."""
        document = Node("document")
        above = list(element.itersiblings(preceding=True))
        sources = [*reversed(above), element, *element.itersiblings()]
        document.children = [self._tree(source, document) for source in sources]
        return document

    def _tree(self, top: etree._Element, above: Node) -> Node:
        result = self._own(top, above)
        stack: list[tuple[etree._Element, Node, int]] = [(top, result, 1)]
        while stack:
            source, node, depth = stack.pop()
            if node.kind != "element":
                continue
            if depth > MAX_DEPTH:
                raise FormError("XML-003", _("Elements are nested more than {limit} deep.").format(limit=MAX_DEPTH))
            children: list[Node] = []
            if source.text:
                children.append(_text(source.text, node))
            below: list[tuple[etree._Element, Node, int]] = []
            for child in source:
                if child.tag is self.entity:
                    raise FormError("XML-004", _("The XML text uses an entity of its own, which is not allowed."))
                made = self._own(child, node)
                children.append(made)
                if made.kind == "element":
                    below.append((child, made, depth + 1))
                if child.tail:
                    _append_text(children, child.tail, node)
            if children:
                node.children = children
            stack.extend(reversed(below))
        return result

    def _own(self, source: etree._Element, parent: Node) -> Node:
        tag = source.tag
        if not isinstance(tag, str):
            return _special(source, parent)
        ns, name = _split(tag)
        node = Node("element", name, ns, prefix=source.prefix or "" if ns else "")
        node.parent = parent
        if self.unseen > 0:
            above = source.getparent()
            outer = above.nsmap if above is not None else {}
            declared = {prefix or "": uri for prefix, uri in source.nsmap.items() if outer.get(prefix) != uri}
            if declared:
                node.declared = declared
                self.unseen -= len(declared)
        if source.attrib:
            node.attributes = [_attribute(key, value, node, source) for key, value in source.attrib.items()]
        return node


def _append_text(children: list[Node], text: str, parent: Node) -> None:
    if children and children[-1].kind == "text":
        children[-1].text += text
    else:
        children.append(_text(text, parent))


def _text(text: str, parent: Node) -> Node:
    node = Node("text", text=text)
    node.parent = parent
    return node


def _split(tag: str) -> tuple[str | None, str]:
    if tag.startswith("{"):
        ns, _brace, name = tag[1:].partition("}")
        return ns, name
    return None, tag


def _attribute(key: str | bytes, value: str | bytes, parent: Node, source: etree._Element) -> Node:
    ns, name = _split(str(key))
    prefix = ""
    if ns is not None:
        prefix = "xml" if ns == XML_NS else next((p for p, uri in source.nsmap.items() if uri == ns and p), "")
    node = Node("attribute", name, ns, prefix=prefix, text=str(value))
    node.parent = parent
    return node


def _special(source: etree._Element, parent: Node) -> Node:
    target = getattr(source, "target", None)
    kind: Kind = "comment" if target is None else "processing-instruction"
    node = Node(kind, target or "", text=source.text or "")
    node.parent = parent
    return node
