"""What a node shows: labels with their outputs, and choices, in the active language; computed when asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fieldkit.errors import FormError
from fieldkit.forms.change import Choice
from fieldkit.forms.choices import Choices, ListedChoices, RowChoices
from fieldkit.forms.definition import Control, InstanceSource, Itemset, Text
from fieldkit.forms.live import Element
from fieldkit.forms.plan import text_sources
from fieldkit.forms.secondary import RowNode, Rows, build_instance
from fieldkit.forms.tree import Node
from fieldkit.forms.xpath import Context, budget, parse

if TYPE_CHECKING:
    from fieldkit.forms.engine import Form

__all__ = ["Content"]

_NAME = re.compile(r"[^\W\d][\w.\-]*\Z")
_ITEXT = re.compile(r"jr:itext\(\s*([^\W\d][\w.\-]*)\s*\)\Z")
_SEARCH = re.compile(r"search\s*\((.*)\)\s*\Z", re.DOTALL)
_FORMS = ("", "long", "short")
_NO_CHOICES = ListedChoices()


class Content:
    """Texts and choices of one live form.

    Attributes:
        subject: The node whose text is being made: outputs of texts that an expression names are read from it.
    """

    def __init__(self, form: Form) -> None:
        self.form = form
        self.plan = form.plan
        self.definition = form.definition
        self.shared = form.plan.shared
        self.subject = form.scope.cells[0]

    def control(self, element: Element) -> Control | None:
        """Return the body element that presents a node, None for a node of the model only."""
        node = element.definition
        if node.control >= 0:
            return self.definition.controls[node.control]
        for index in (node.group, node.rows_group):
            if index >= 0:
                return self.definition.controls[index]
        return None

    def text(self, element: Element, text: Text | None, form: str = "") -> str:
        """Return a text in the active language with its outputs."""
        if text is None:
            return ""
        if isinstance(text, str):
            return text if not form else ""
        return "".join([self._part(element, kind, value, form) for kind, value in text])

    def _part(self, element: Element, kind: str, value: str, form: str) -> str:
        if kind == "text":
            return "" if form else value
        if kind == "itext":
            return self._itext(element, value, form)
        if form:
            return ""
        self.subject = element
        try:
            text = self.evaluate(value, element)
        except FormError as error:
            self.form.fault(error, element, value)
            return ""
        return "" if text == "NaN" else text

    def _itext(self, element: Element, key: str, form: str) -> str:
        texts = self.definition.texts
        for language in (self.form.language, self.definition.default_language):
            forms = texts.get(language or "", {}).get(key)
            if forms is None:
                continue
            if form:
                return self.text(element, forms.get(form))
            for name in _FORMS:
                if name in forms:
                    return self.text(element, forms[name])
            return ""
        return ""

    def media(self, element: Element, text: Text | None) -> dict[str, str]:
        """Return the addresses of a text's image, audio and video."""
        found = {}
        for kind in ("image", "audio", "video", "big-image"):
            address = self.text(element, text, kind)
            if address:
                found[kind] = address
        return found

    def context(self, node: Node, current: Node | None = None) -> Context:
        """Return a context of its own for an expression that may run inside another."""
        return Context(node, self.form.surroundings, root=self.form.document, current=current)

    def evaluate(self, source: str, node: Node, current: Node | None = None) -> str:
        """Return the value of an expression as text.

        Raises:
            FormError: It is outside the language, cannot be evaluated, or looks at too many nodes.
        """
        outermost = budget.begin()
        try:
            return self.plan.expression(source).string(self.context(node, current))
        finally:
            budget.end(outermost)

    def cached(self, element: Element, key: str, make: Text | None, form: str = "") -> str:
        """Return a text of an element, kept until something that it shows changes."""
        if make is None or isinstance(make, str) or any(kind == "xpath" for kind, _value in make):
            return self.text(element, make, form)
        cache = element.cache
        if cache is None:
            cache = element.cache = {}
        key = f"{key} {self.form.language}"
        found = cache.get(key)
        if found is None:
            found = cache[key] = self.text(element, make, form)
        return str(found)

    def label(self, element: Element) -> str:
        """Return the label."""
        control = self.control(element)
        if control is None:
            return ""
        label = control.label
        if label is None and element.definition.rows_group >= 0:
            label = self.definition.controls[element.definition.rows_group].label
        return self.cached(element, "label", label)

    def choices(self, element: Element) -> Choices:
        """Return the choices that are offered, after all filters."""
        control = self.control(element)
        if control is None or not (control.items or control.itemset or control.appearance):
            return _NO_CHOICES
        key = ("choices", control.index, self.form.language)
        static = self.shared.get(key)
        if static is not None:
            return static  # type: ignore[return-value]  # put there below
        cache = element.cache
        name = f"choices {self.form.language}"
        found = None if cache is None else cache.get(name)
        if found is not None:
            return found  # type: ignore[return-value]  # put there below
        listed, is_static = self._choices(element, control)
        made = listed if isinstance(listed, Choices) else ListedChoices(listed)
        if is_static:
            self.shared[key] = made
            return made
        cache = element.cache
        if cache is None:
            cache = element.cache = {}
        cache[name] = made
        return made

    def _choices(self, element: Element, control: Control) -> tuple[Sequence[Choice], bool]:
        search = next((token for token in control.appearance if token.startswith("search(")), None)
        if search is not None:
            found = self._search(element, control, search)
            if found is not None:
                return found, False
        if control.itemset is not None:
            return self._itemset(element, control, control.itemset), False
        plain = True
        choices = []
        for item in control.items:
            label = item.label
            if isinstance(label, str):
                choices.append(Choice(item.value, label))
                continue
            plain = plain and not any(True for _source in text_sources(self.definition, label))
            choices.append(Choice(item.value, self.text(element, label)))
        return tuple(choices), plain

    def _itemset(self, element: Element, control: Control, itemset: Itemset) -> Sequence[Choice]:
        unit = self.plan.lists[element.definition.index]
        outermost = budget.begin()
        try:
            nodes = self.plan.compiled(unit).nodes(self.context(element))
        except FormError as error:
            self.form.fault(error, element, itemset.nodeset)
            return ()
        finally:
            budget.end(outermost)
        label = itemset.value if itemset.label is None else itemset.label
        if isinstance(nodes, Rows) and _NAME.match(itemset.value) and _NAME.match(label):
            return RowChoices(nodes, itemset.value, label)
        kept: dict[Node, Choice] = self.shared.setdefault(  # type: ignore[assignment]  # one table for each list
            ("items", control.index, self.form.language), {}
        )
        result = []
        for node in nodes:
            choice = kept.get(node)
            if choice is None:
                choice = self._choice(element, node, itemset)
                if not isinstance(node, Element):
                    kept[node] = choice
            result.append(choice)
        return tuple(result)

    def _choice(self, element: Element, node: Node, itemset: Itemset) -> Choice:
        value = self._column(element, node, itemset.value)
        label = value if itemset.label is None else self._column(element, node, itemset.label)
        return Choice(value, label, None if isinstance(node, Element) else node)

    def _column(self, element: Element, node: Node, source: str) -> str:
        if _NAME.match(source):
            if isinstance(node, RowNode):
                return node.cell(source)
            cells = node.named(source)
            return cells[0].string_value() if cells else ""
        match = _ITEXT.match(source)
        if match:
            return self._itext(element, self._column(element, node, match[1]), "")
        try:
            return self.evaluate(source, node, element)
        except FormError as error:
            self.form.fault(error, element, source)
            return ""

    def _search(self, element: Element, control: Control, token: str) -> Sequence[Choice] | None:
        match = _SEARCH.match(token)
        if match is None or not control.items:
            return None
        try:
            tree = parse(f"search({match[1]})", namespaces=self.definition.namespaces)
        except FormError:
            return None
        arguments = [self._argument(element, argument) for argument in getattr(tree, "arguments", ())]
        table = self.instance(arguments[0]) if arguments else None
        if table is None:
            return None
        rows = [row for row in next(iter(table.elements())).elements() if _passes(row, arguments[1:])]
        template = control.items[0]
        columns = self.text(element, template.label).split(",")
        result = [
            Choice(_cell(row, template.value), " ".join(_cell(row, name.strip()) for name in columns), row)
            for row in rows
        ]
        fixed = [item for item in control.items if item.value.lstrip("-").isdecimal()]
        return tuple([Choice(item.value, self.text(element, item.label)) for item in fixed] + result)

    def _argument(self, element: Element, argument: object) -> str:
        from fieldkit.forms.xpath import compile_expression

        return compile_expression(argument).string(self.context(element))  # type: ignore[arg-type]  # a syntax tree

    def instance(self, name: str) -> Node | None:
        """Return the ``instance`` element of a secondary instance, of a CSV attachment or an external list."""
        key = ("instance", name)
        found = self.shared.get(key)
        if found is None:
            source = self._source(name)
            if source is None:
                return None
            found = self.shared[key] = build_instance(source)
        return found  # type: ignore[return-value]  # put there above

    def _source(self, name: str) -> InstanceSource | None:
        source = self.definition.instances.get(name)
        if source is not None:
            return source
        files = self.definition.files
        for candidate in (f"{name}.csv", name):
            if candidate in files:
                return InstanceSource(name, "csv", candidate, files[candidate])
        data = files.get("itemsets.csv")
        if data is None:
            return None
        return InstanceSource(name, "csv", "itemsets.csv", _part_of_list(data, name))


def _part_of_list(data: bytes, name: str) -> bytes:
    """Return the rows of one list of ``itemsets.csv``."""
    import csv
    import io

    from fieldkit.forms.secondary import decode_text

    rows = list(csv.reader(io.StringIO(decode_text(data), newline="")))
    out = io.StringIO()
    writer = csv.writer(out)
    if rows:
        header = [cell.strip() for cell in rows[0]]
        place = header.index("list_name") if "list_name" in header else 0
        writer.writerow(header)
        writer.writerows([row for row in rows[1:] if len(row) > place and row[place] == name])
    return out.getvalue().encode("utf-8")


def _cell(row: Node, name: str) -> str:
    cells = row.named(name)
    return cells[0].string_value() if cells else ""


def _passes(row: Node, arguments: list[str]) -> bool:
    """Return whether a row passes the conditions of ``search()``: kind, column(s), text, then column, text."""
    if len(arguments) >= 3:
        kind, columns, text = arguments[:3]
        cells = [_cell(row, name.strip()).casefold() for name in columns.split(",")]
        wanted = text.casefold()
        if not any(_fits(kind, cell, wanted) for cell in cells):
            return False
    if len(arguments) >= 5:
        return _cell(row, arguments[3]) == arguments[4]
    return True


def _fits(kind: str, cell: str, wanted: str) -> bool:
    if kind == "matches":
        return cell == wanted
    if kind == "startswith":
        return cell.startswith(wanted)
    return cell.endswith(wanted) if kind == "endswith" else wanted in cell
