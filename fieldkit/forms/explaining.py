"""Why an item is hidden, refused or has its value: an expression traced down to the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fieldkit.errors import FormError
from fieldkit.forms.change import Explanation
from fieldkit.forms.instance import reference_of
from fieldkit.forms.live import Element, Leaf
from fieldkit.forms.xpath import budget, compile_expression, render
from fieldkit.forms.xpath.syntax import Call, Expression, Filter, Negation, Operation, Path

if TYPE_CHECKING:
    from fieldkit.forms.engine import Form

__all__ = ["explain"]

_DEEPEST = 6
_MOST = 40
_SHOWN = 5


def explain(form: Form, element: Element, what: str) -> Explanation | None:
    """Return the explanation of one expression of a node, None where the node has no such expression.

    A hidden node without a condition of its own is explained by the group that hides it.
    """
    return _Explainer(form).of(element, what, 0)


class _Explainer:
    """Explains one question; no expression is explained twice."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self.seen: set[tuple[int, str]] = set()

    def of(self, element: Element, what: str, depth: int) -> Explanation | None:
        """Return the explanation of an expression of a node."""
        if what in ("relevant", "readonly"):
            element = self._responsible(element, what)
        source = self._source(element, what)
        key = (id(element), what)
        if source is None or key in self.seen or depth > _DEEPEST:
            return None
        self.seen.add(key)
        try:
            tree = self.form.plan.parsed(source)
            value = self._value(tree, element, what)
        except FormError as error:
            return Explanation(source, error.message, subject=reference_of(element), what=what)
        operands: list[tuple[str, str, str]] = []
        nested: list[Explanation] = []
        for path in _paths(tree):
            self._operand(path, element, depth, operands, nested)
        return Explanation(source, value, tuple(operands), tuple(nested), reference_of(element), what)

    def _responsible(self, element: Element, what: str) -> Element:
        node: object = element
        found = element
        while isinstance(node, Element):
            is_cause = (not node.own_relevant) if what == "relevant" else node.own_readonly
            if is_cause and self._source(node, what) is not None:
                found = node
                break
            node = node.parent
        return found

    def _source(self, element: Element, what: str) -> str | None:
        bind = element.definition.bind
        if bind is None:
            return None
        if what.startswith("{"):
            return bind.attributes.get(what)
        source: str | None = getattr(bind, what, None)
        return source if isinstance(source, str) and source else None

    def _value(self, tree: Expression, element: Element, what: str) -> str:
        compiled = compile_expression(tree)
        context = self.form.content.context(element)
        outermost = budget.begin()
        try:
            if what in ("relevant", "readonly", "required", "constraint"):
                return "true" if compiled.boolean(context) else "false"
            return compiled.string(context)
        finally:
            budget.end(outermost)

    def _operand(
        self,
        path: Expression,
        element: Element,
        depth: int,
        operands: list[tuple[str, str, str]],
        nested: list[Explanation],
    ) -> None:
        if len(operands) >= _MOST:
            return
        outermost = budget.begin()
        try:
            nodes = compile_expression(path).nodes(self.form.content.context(element))
        except FormError:
            return
        finally:
            budget.end(outermost)
        text = render(path)
        if not nodes:
            operands.append((text, "", ""))
            return
        for node in nodes[:_SHOWN]:
            is_own = isinstance(node, Element)
            reference = reference_of(node) if isinstance(node, Element) else ""
            entry = (text, node.string_value(), reference)
            if entry in operands:
                continue
            operands.append(entry)
            if is_own and isinstance(node, Leaf) and node is not element:
                self._nested(node, depth, nested)

    def _nested(self, node: Element, depth: int, nested: list[Explanation]) -> None:
        what = "calculate" if node.relevant else "relevant"
        found = self.of(node, what, depth + 1)
        if found is not None:
            nested.append(found)


def _paths(tree: Expression) -> list[Expression]:
    """Return the paths of an expression in the order of their writing, those of predicates on foreign nodes too."""
    found: list[Expression] = []
    stack = [tree]
    while stack:
        item = stack.pop()
        match item:
            case Path():
                if item not in found:
                    found.append(item)
                for step in item.steps:
                    for predicate in step.predicates:
                        stack.extend(_absolute(predicate))
            case Filter():
                stack.append(item.base)
            case Call():
                stack.extend(reversed(item.arguments))
            case Operation():
                stack.extend(reversed(item.operands))
            case Negation():
                stack.append(item.operand)
    return found


def _absolute(predicate: Expression) -> list[Expression]:
    inner = _paths(predicate)
    return [path for path in inner if isinstance(path, Path) and (path.is_absolute or _is_current(path))]


def _is_current(path: Path) -> bool:
    return isinstance(path.base, Call) and path.base.name == "current"
