"""Secondary instances as trees: large lists stay tables and make a node only of what is looked at."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fieldkit.errors import FormError
from fieldkit.forms.collection import collection_paused
from fieldkit.forms.definition import InstanceSource
from fieldkit.forms.tree import Node, parse_xml
from fieldkit.i18n import _

__all__ = ["Leaf", "RowNode", "Rows", "TableNode", "build_instance", "decode_text", "read_csv"]

_CHILDREN: Any = Node.__dict__["children"]
"""The slot behind the properties that fill it when they are asked."""

_DELIMITERS = ",;\t|"
_Cells = Sequence[str]
_STRIDE = 4096
"""Document order leaves room for so many nodes in each row."""


class Leaf(Node):
    """An element that holds nothing but its text."""

    __slots__ = ()

    def __init__(self, name: str, text: str, parent: Node, order: int) -> None:
        super().__init__("element", name, text=text)
        self.parent = parent
        self.order = order

    @property
    def children(self) -> Sequence[Node]:
        """The text as a node."""
        if not self.text:
            return ()
        node = Node("text", text=self.text)
        node.parent = self
        node.order = self.order + 1
        return (node,)

    @children.setter
    def children(self, value: Sequence[Node]) -> None:
        """Ignore: there is only the text."""

    def string_value(self) -> str:
        """Return the text."""
        return self.text


class RowNode(Node):
    """One row of a table: an element whose children are the cells."""

    __slots__ = ("cells", "names")

    def __init__(self, names: _Cells, cells: _Cells, table: TableNode, number: int) -> None:
        super().__init__("element", table.item)
        self.names = names
        self.cells = cells
        self.parent = table
        self.order = 2 + number * _STRIDE

    @property
    def children(self) -> Sequence[Node]:
        """The cells as elements."""
        made = _CHILDREN.__get__(self)
        if not made and self.cells:
            order = self.order
            cells = zip(self.names, self.cells, strict=False)
            known = self._index or {}
            made = [
                known[name][0] if name in known else Leaf(name, text, self, order + 2 * at)
                for at, (name, text) in enumerate(cells, 1)
            ]
            self._index = None
            _CHILDREN.__set__(self, made)
        result: Sequence[Node] = made
        return result

    @children.setter
    def children(self, value: Sequence[Node]) -> None:
        _CHILDREN.__set__(self, value)

    def named(self, name: str | tuple[str | None, str]) -> Sequence[Node]:
        """Return the cell of a column, made alone where nobody has asked for the whole row."""
        if _CHILDREN.__get__(self):
            return super().named(name)
        made = self._index
        if made is None:
            made = self._index = {}
        found = made.get(name)
        if found is None:
            if name not in self.names or self.names.index(name) >= len(self.cells):
                return ()
            at = self.names.index(name)
            if self.names.count(name) > 1:
                self._index = None
                return super().named(name)
            found = made[name] = [Leaf(str(name), self.cells[at], self, self.order + 2 * (at + 1))]
        return found

    def cell(self, name: str) -> str:
        """Return the text of a column, an empty string where the row has none."""
        try:
            return self.cells[self.names.index(name)]
        except (ValueError, IndexError):
            return ""

    def properties(self) -> dict[str, str]:
        """Return all columns of the row."""
        return dict(zip(self.names, self.cells, strict=False))


class Rows(Sequence[Node]):
    """Some rows of a table in its order: counted and narrowed without making a node of any."""

    __slots__ = ("numbers", "table")

    def __init__(self, table: TableNode, numbers: Sequence[int]) -> None:
        self.table = table
        self.numbers = numbers

    def __len__(self) -> int:
        return len(self.numbers)

    def __iter__(self) -> Iterator[Node]:
        return map(self.table.row, self.numbers)

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return Rows(self.table, self.numbers[place])
        return self.table.row(self.numbers[place])

    def having(self, column: str, texts: Sequence[str]) -> Rows:
        """Return the rows of which a column holds one of the texts."""
        table, names, place = self.table.table, None, -1
        kept = []
        for number in self.numbers:
            row_names, cells = table[number]
            if row_names is not names:
                names = row_names
                place = names.index(column) if column in names else -1
            if 0 <= place < len(cells) and cells[place] in texts:
                kept.append(number)
        return Rows(self.table, kept)

    def cells(self, first: str, second: str) -> Iterator[tuple[str, str]]:
        """Yield the texts of two columns of each row; an empty text where a row has none."""
        table, names = self.table.table, None
        one = two = -1
        for number in self.numbers:
            row_names, cells = table[number]
            if row_names is not names:
                names = row_names
                one = names.index(first) if first in names else -1
                two = names.index(second) if second in names else -1
            size = len(cells)
            yield cells[one] if 0 <= one < size else "", cells[two] if 0 <= two < size else ""


class _Found(dict[str, Any]):
    """Rows by the text of one column: holds row numbers, makes nodes of those that are asked for."""

    def __init__(self, table: TableNode, column: str) -> None:
        super().__init__()
        self.table = table
        numbers: dict[str, list[int]] = {}
        names, place = None, -1
        with collection_paused():
            for number, (row_names, cells) in enumerate(table.table):
                if row_names is not names:
                    names = row_names
                    place = names.index(column) if column in names else -1
                if 0 <= place < len(cells):
                    text = cells[place]
                    known = numbers.get(text)
                    if known is None:
                        numbers[text] = [number]
                    else:
                        known.append(number)
        self.numbers = numbers

    def get(self, key: str, default: Any = None) -> Any:
        """Return the rows of a text."""
        found = super().get(key)
        if found is None:
            numbers = self.numbers.get(key)
            if numbers is None:
                return default
            found = self[key] = Rows(self.table, numbers)
        return found

    def __contains__(self, key: object) -> bool:
        return key in self.numbers

    def __missing__(self, key: str) -> Sequence[Node]:
        found: Sequence[Node] | None = self.get(key)
        if found is None:
            raise KeyError(key)
        return found


class TableNode(Node):
    """The root element of a list: rows of texts that become nodes one by one."""

    __slots__ = ("_found", "_made", "item", "table")

    def __init__(self, name: str, item: str, table: list[tuple[_Cells, _Cells]]) -> None:
        super().__init__("element", name)
        self.item = item
        self.table = table
        self._made: dict[int, RowNode] = {}
        self._found: dict[str, _Found] = {}

    def row(self, number: int) -> RowNode:
        """Return the node of a row, counted from 0."""
        made = self._made.get(number)
        if made is None:
            names, cells = self.table[number]
            made = self._made[number] = RowNode(names, cells, self, number)
        return made

    @property
    def children(self) -> Sequence[Node]:
        """All rows as elements."""
        made: Sequence[Node] = _CHILDREN.__get__(self)
        if not made and self.table:
            made = [self.row(number) for number in range(len(self.table))]
            _CHILDREN.__set__(self, made)
        return made

    @children.setter
    def children(self, value: Sequence[Node]) -> None:
        _CHILDREN.__set__(self, value)

    def named(self, name: str | tuple[str | None, str]) -> Sequence[Node]:
        """Return all rows where the name is the rows'."""
        return Rows(self, range(len(self.table))) if name == self.item and self.table else ()

    def numbers_of(self, column: str, text: str) -> Sequence[int]:
        """Return the numbers of the rows of which a column holds a text."""
        found = self._index_of(column)
        return found.numbers.get(text, ())

    def lookup(self, item: str, column: str) -> dict[str, list[Node]] | None:
        """Return the rows by the text of a column."""
        return self._index_of(column) if item == self.item else {}

    def _index_of(self, column: str) -> _Found:
        found = self._found.get(column)
        if found is None:
            found = self._found[column] = _Found(self, column)
        return found


def _wrap(identifier: str, root: Node) -> Node:
    instance = Node("element", "instance")
    instance.set_attribute("id", identifier)
    instance.freeze()
    if isinstance(root, TableNode):
        # Numbered while it is empty: the rows of a table know their own order.
        instance._number()  # noqa: SLF001 - a tree that is being built
        root.order = 1
    instance.children = [root]
    root.parent = instance
    return instance


def build_instance(source: InstanceSource) -> Node:
    """Return the ``instance`` element of a secondary instance.

    Raises:
        FormError: FORM-109 where an attachment cannot be read.
    """
    if source.kind == "csv":
        return _wrap(source.id, read_csv(source.data))
    if source.kind == "geojson":
        return _wrap(source.id, _read_geojson(source))
    if source.kind == "missing":
        return _wrap(source.id, Node("element", "root"))
    table = _read_regular(source)
    if table is not None:
        return _wrap(source.id, table)
    document = parse_xml(source.data, keep_comments=False)
    root = next(iter(document.elements()))
    if source.kind == "xml":
        root.parent = None
        return root.freeze()
    return _wrap(source.id, root)


def _read_regular(source: InstanceSource) -> TableNode | None:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(source.data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _unreadable(source, str(error)) from error
    if source.kind == "xml":
        inside = list(root)
        if len(inside) != 1:
            return None
        root = inside[0]
    if root.attrib or len(root) == 0:
        return None
    tag = root[0].tag
    signatures: dict[tuple[str, ...], tuple[str, ...]] = {}
    table: list[tuple[_Cells, _Cells]] = []
    for item in root:
        if item.tag != tag or item.attrib or not isinstance(tag, str):
            return None
        names = tuple([cell.tag for cell in item])
        for cell in item:
            if cell.attrib or len(cell):
                return None
        known = signatures.get(names)
        if known is None:
            if any(not isinstance(name, str) for name in names):
                return None
            known = signatures[names] = tuple([name.rpartition("}")[2] for name in names])
        table.append((known, [cell.text or "" for cell in item]))
    return TableNode(root.tag.rpartition("}")[2], tag.rpartition("}")[2], table)


def decode_text(data: bytes) -> str:
    """Return the text of a CSV file: UTF-8, else the Chinese national encoding, else Latin 1."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def read_csv(data: bytes) -> TableNode:
    """Return a CSV file as ``root/item/column``; the separator is the one that the header uses most."""
    text = decode_text(data)
    header = (text.splitlines() or [""])[0] if len(text) < 100_000 else text[:100_000].splitlines()[0]
    delimiter = max(_DELIMITERS, key=lambda sign: (header.count(sign), sign == ","))
    csv.field_size_limit(10_000_000)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    names: tuple[str, ...] = ()
    table: list[tuple[_Cells, _Cells]] = []
    try:
        names = tuple(name.strip() for name in next(reader, []))
        with collection_paused():
            table = [(names, cells) for cells in reader if cells]
    except csv.Error as error:
        message = _("A list cannot be read as CSV: {reason}").format(reason=error)
        raise FormError("FORM-109", message) from error
    return TableNode("root", "item", table)


def _read_geojson(source: InstanceSource) -> TableNode:
    try:
        content = json.loads(source.data.decode("utf-8-sig"))
        if content["type"] != "FeatureCollection":
            raise _unreadable(source, str(content["type"]))
        features = content["features"]
        table = [_feature(feature) for feature in features]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _unreadable(source, str(error)) from error
    return TableNode("root", "item", table)


def _feature(feature: Mapping[str, Any]) -> tuple[_Cells, _Cells]:
    shape = feature.get("geometry")
    cells = {"geometry": _geometry(shape) if shape else ""}
    properties = feature.get("properties") or {}
    identifier = feature.get("id", properties.get("id"))
    if identifier is not None:
        cells["id"] = _scalar(identifier)
    for key, value in properties.items():
        if key not in cells:
            cells[str(key)] = _scalar(value)
    return tuple(cells), list(cells.values())


def _scalar(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _geometry(geometry: Mapping[str, Any]) -> str:
    points = geometry.get("coordinates") or []
    kind = geometry.get("type")
    if kind == "Point":
        points = [points]
    elif kind == "Polygon":
        points = points[0]
    elif kind != "LineString":
        message = _("The geometry {kind} cannot be used in a list").format(kind=kind)
        raise FormError("FORM-109", message)
    return "; ".join(f"{_scalar(lat)} {_scalar(lon)} 0 0" for lon, lat, *_rest in points)


def _unreadable(source: InstanceSource, reason: str) -> FormError:
    message = _("The list {id} cannot be read: {reason}").format(id=source.id, reason=reason)
    return FormError("FORM-109", message, where={"instance": source.id})
