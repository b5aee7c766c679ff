"""From source text to syntax tree: a Pratt parser for XPath 1.0."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NoReturn, cast, get_args

from fieldkit.errors import FormError
from fieldkit.forms.tree import XFORMS_NS
from fieldkit.forms.xpath.syntax import (
    LEVELS,
    Axis,
    Call,
    Expression,
    Filter,
    KindTest,
    NameTest,
    Negation,
    NodeKind,
    Number,
    Operation,
    Path,
    Step,
    Text,
)
from fieldkit.forms.xpath.tokens import GLUED, NAME_START, tokenize
from fieldkit.i18n import _

__all__ = ["JAVAROSA_NS", "MAX_LENGTH", "MAX_NESTING", "parse"]

JAVAROSA_NS = "http://openrosa.org/javarosa"
"""Namespace of functions such as ``jr:itext``."""

MAX_LENGTH = 100_000
"""Longest expression, in characters."""

MAX_NESTING = 64
"""Deepest nesting of brackets, arguments, predicates and signs."""

_NEGATION = 7
_AXES = frozenset(get_args(Axis))
_KINDS = frozenset(get_args(NodeKind))
_DIGITS = frozenset("0123456789")
_ANY_NODE = KindTest("node")
_SELF = Step("self", _ANY_NODE)
_PARENT = Step("parent", _ANY_NODE)
_ANYWHERE = Step("descendant-or-self", _ANY_NODE)
_WELL_KNOWN = {
    "jr": JAVAROSA_NS,
    "orx": "http://openrosa.org/xforms",
    "xml": "http://www.w3.org/XML/1998/namespace",
}
_STEPS_KEPT = 20_000
_child_steps: dict[tuple[str, str], Step] = {}


def parse(source: str, *, namespaces: Mapping[str, str] | None = None, place: str = "") -> Expression:
    """Return the syntax tree of an expression.

    Args:
        source: The expression.
        namespaces: URIs by prefix; ``""`` gives the namespace that unprefixed names match besides none
            (default: that of XForms).
        place: Where the expression stands; copied into the error.

    Raises:
        FormError: XPATH-001 to XPATH-006; ``where`` holds ``position`` (from 0), ``expression`` and ``place``.
    """
    return _Parser(source, namespaces or {}, place).whole()


class _Parser:
    """One pass over one source; `text` is the token that comes next."""

    __slots__ = ("default_ns", "namespaces", "nesting", "next", "place", "places", "source", "text", "tokens")

    def __init__(self, source: str, namespaces: Mapping[str, str], place: str) -> None:
        self.source = source
        self.namespaces = namespaces
        self.default_ns = namespaces.get("") or XFORMS_NS
        self.place = place
        self.nesting = 0
        if len(source) > MAX_LENGTH:
            self.fail("XPATH-004", _("The expression is longer than {limit} characters.").format(limit=MAX_LENGTH), 0)
        self.tokens, self.places = tokenize(source)
        self.next = 0
        self.text = self.tokens[0]

    def fail(self, code: str, message: str, at: int) -> NoReturn:
        """Raise the error for a place of this expression."""
        where: dict[str, object] = {"position": at, "expression": self.source[:2000]}
        if self.place:
            where["place"] = self.place
        raise FormError(
            code, message, hint=_("Look at character {number} of the expression.").format(number=at + 1), where=where
        )

    def unexpected(self) -> NoReturn:
        """Raise the error for a token that cannot stand here."""
        text, at = self.text, self.places[self.next]
        if not text:
            self.fail("XPATH-001", _("The expression ends too early."), at)
        if text[0] in "'\"" and len(text) == 1:
            self.fail("XPATH-001", _("A text begins here and has no closing quote."), at)
        if text == "$":
            self.fail("XPATH-002", _("Variables are not part of the language of forms."), at)
        self.fail("XPATH-001", _("{token} cannot stand here.").format(token=text), at)

    def advance(self, count: int = 1) -> None:
        """Step over tokens."""
        self.next += count
        self.text = self.tokens[self.next]

    def expect(self, sign: str) -> None:
        """Step over a sign that must stand here."""
        if self.text != sign:
            self.unexpected()
        self.next += 1
        self.text = self.tokens[self.next]

    def whole(self) -> Expression:
        """Parse the source up to its end."""
        expression = self.expression(0)
        if self.text:
            self.unexpected()
        return expression

    def level(self) -> int:
        """Return how strong the operator that comes next binds, 0 when none comes."""
        text = self.text
        level = LEVELS.get(text, 0)
        if level or text[:1] not in {"o", "a", "d", "m"}:
            return level
        glued = GLUED(text)
        if glued is None:
            return 0
        # ODK lets an operator name touch a digit ("1div1"); no other reading is possible here.
        rest, places = tokenize(glued[2])
        at = self.places[self.next] + len(glued[1])
        self.tokens[self.next : self.next + 1] = [glued[1], *rest[:-1]]
        self.places[self.next : self.next + 1] = [at - len(glued[1]), *[at + place for place in places[:-1]]]
        self.text = glued[1]
        return LEVELS[self.text]

    def expression(self, floor: int) -> Expression:
        """Parse operators that bind stronger than `floor`."""
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            message = _("The expression is nested more than {limit} deep.").format(limit=MAX_NESTING)
            self.fail("XPATH-003", message, self.places[self.next])
        left = self.operand()
        level = LEVELS.get(self.text, 0) or self.level()
        while level > floor:
            left = self.chain(left, level)
            level = LEVELS.get(self.text, 0) or self.level()
        self.nesting -= 1
        return left

    def chain(self, first: Expression, level: int) -> Expression:
        """Parse all further operands of one precedence into one flat operation."""
        at = self.places[self.next]
        operators: list[str] = []
        operands = [first]
        while True:
            operators.append(self.text)
            self.next += 1
            self.text = self.tokens[self.next]
            operands.append(self.expression(level))
            if (LEVELS.get(self.text, 0) or self.level()) != level:
                return Operation(tuple(operators), tuple(operands), at)

    def operand(self) -> Expression:
        """Parse an operand: a minus sign, a location path, or a primary expression with what follows it."""
        text = self.text
        first = text[:1]
        at = self.places[self.next]
        if first == "/":
            return self.absolute(text, at)
        if first in {"'", '"'} and len(text) > 1:
            self.advance()
            return self.filtered(Text(text[1:-1], at))
        if first in _DIGITS or (first == "." and text not in {".", ".."}):
            self.advance()
            value = float(text)
            if value == math.inf:
                self.fail("XPATH-001", _("{token} is too large for a number.").format(token=text[:40]), at)
            return self.filtered(Number(value, at))
        if text in {".", "..", "@", "*"}:
            return Path(self.steps([]), at=at)
        if text == "-":
            self.advance()
            return Negation(self.expression(_NEGATION), at)
        if text == "(":
            self.advance()
            inner = self.expression(0)
            self.expect(")")
            return self.filtered(inner)
        if not NAME_START(text):
            self.unexpected()
        if self.tokens[self.next + 1] == "(" and text not in _KINDS:
            return self.filtered(self.call())
        return Path(self.steps([]), at=at)

    def absolute(self, text: str, at: int) -> Path:
        """Parse a path from the root."""
        self.advance()
        if text == "//":
            return Path(self.steps([_ANYWHERE]), is_absolute=True, at=at)
        begins_step = self.text in {".", "..", "@", "*"} or NAME_START(self.text)
        return Path(self.steps([]) if begins_step else (), is_absolute=True, at=at)

    def filtered(self, base: Expression) -> Expression:
        """Parse the predicates and steps after a primary expression."""
        if self.text not in {"[", "/", "//"}:
            return base
        at = self.places[self.next]
        if self.text == "[":
            base = Filter(base, self.predicates(), at)
        if self.text == "/":
            self.advance()
            return Path(self.steps([]), base=base, at=at)
        if self.text == "//":
            self.advance()
            return Path(self.steps([_ANYWHERE]), base=base, at=at)
        return base

    def call(self) -> Call:
        """Parse a function call."""
        at = self.places[self.next]
        prefix, name, uri = self.qualified(self.text, default="")
        self.advance(2)
        arguments: list[Expression] = []
        if self.text != ")":
            arguments.append(self.expression(0))
            while self.text == ",":
                self.advance()
                arguments.append(self.expression(0))
        self.expect(")")
        return Call(prefix, name, uri, tuple(arguments), at)

    def qualified(self, text: str, default: str) -> tuple[str, str, str]:
        """Split a name into prefix, local name and URI."""
        prefix, colon, name = text.partition(":")
        if not colon:
            return "", text, default
        uri = self.namespaces.get(prefix) or _WELL_KNOWN.get(prefix)
        if uri is None:
            message = _("The prefix {prefix} is not declared.").format(prefix=prefix)
            self.fail("XPATH-005", message, self.places[self.next])
        return prefix, name, uri

    def steps(self, steps: list[Step]) -> tuple[Step, ...]:
        """Parse steps separated by slashes."""
        steps.append(self.step())
        while True:
            if self.text == "//":
                steps.append(_ANYWHERE)
            elif self.text != "/":
                return tuple(steps)
            self.next += 1
            self.text = self.tokens[self.next]
            steps.append(self.step())

    def step(self) -> Step:
        """Parse one step."""
        text = self.text
        following = self.tokens[self.next + 1] if text else ""
        if following not in {"[", "::", "("} and ":" not in text:
            kept = _child_steps.get((text, self.default_ns))
            if kept is None and NAME_START(text):
                kept = self.child(text)
            if kept is not None:
                self.next += 1
                self.text = following
                return kept
        if text in {".", ".."}:
            self.advance()
            step = _SELF if text == "." else _PARENT
            return Step(step.axis, step.test, self.predicates()) if self.text == "[" else step
        axis: Axis = "child"
        if text == "@":
            axis = "attribute"
            self.advance()
        elif following == "::" and NAME_START(text):
            axis = self.axis(text)
        test = self.test(axis)
        return Step(axis, test, self.predicates() if self.text == "[" else ())

    def child(self, name: str) -> Step:
        """Return the plain child step of a name; the same step serves all expressions."""
        if len(_child_steps) > _STEPS_KEPT:
            _child_steps.clear()
        step = _child_steps[(name, self.default_ns)] = Step("child", NameTest("", name, self.default_ns))
        return step

    def axis(self, text: str) -> Axis:
        """Parse the name of an axis and its colons."""
        if text not in _AXES:
            message = _("There is no axis {name}.").format(name=text)
            self.fail("XPATH-006", message, self.places[self.next])
        self.advance(2)
        return cast("Axis", text)

    def test(self, axis: Axis) -> NameTest | KindTest:
        """Parse a node test."""
        text = self.text
        if text == "*":
            self.advance()
            return NameTest("", "*", "")
        if not NAME_START(text):
            self.unexpected()
        if self.tokens[self.next + 1] == "(":
            if text in _KINDS:
                return self.kind_test()
            self.fail("XPATH-001", _("A function cannot be a step of a path."), self.places[self.next])
        default = "" if axis in {"attribute", "namespace"} else self.default_ns
        test = NameTest(*self.qualified(text, default))
        self.advance()
        return test

    def kind_test(self) -> KindTest:
        """Parse a test such as ``text()``."""
        kind = cast("NodeKind", self.text)
        self.advance(2)
        target = ""
        if kind == "processing-instruction" and self.text[:1] in {"'", '"'} and len(self.text) > 1:
            target = self.text[1:-1]
            self.advance()
        self.expect(")")
        return KindTest(kind, target)

    def predicates(self) -> tuple[Expression, ...]:
        """Parse predicates in brackets."""
        found: list[Expression] = []
        while self.text == "[":
            self.advance()
            found.append(self.expression(0))
            self.expect("]")
        return tuple(found)
