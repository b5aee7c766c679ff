"""From source text to syntax tree: a tokenizer and a Pratt parser for XPath 1.0."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NoReturn, cast, get_args

from fieldkit.errors import FormError
from fieldkit.forms.tree import XFORMS_NS
from fieldkit.forms.xpath.syntax import (
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
from fieldkit.i18n import _

__all__ = ["JAVAROSA_NS", "MAX_LENGTH", "MAX_NESTING", "parse"]

JAVAROSA_NS = "http://openrosa.org/javarosa"
"""Namespace of functions such as ``jr:itext``."""

MAX_LENGTH = 100_000
"""Longest expression, in characters."""

MAX_NESTING = 120
"""Deepest nesting of brackets, arguments, predicates and signs."""

_NAME = r"[^\W\d][\w.\-\u00b7\u0300-\u036f\u203f\u2040]*"
_TOKEN = re.compile(
    rf"""\s*(?:
      (?P<name>{_NAME}(?::(?!:)(?:{_NAME}|\*))?)
    | (?P<number>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)
    | (?P<text>"[^"]*"|'[^']*')
    | (?P<sign>\.\.|::|//|!=|<=|>=|[()\[\]@,/|+\-=<>*.])
    | (?P<end>\Z)
    | (?P<wrong>.)
    )""",
    re.VERBOSE | re.DOTALL,
)
_GLUED = re.compile(r"(or|and|div|mod)([0-9].*)", re.DOTALL)
_LEVELS = {
    "or": 1,
    "and": 2,
    "=": 3,
    "!=": 3,
    "<": 4,
    "<=": 4,
    ">": 4,
    ">=": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "div": 6,
    "mod": 6,
    "|": 8,
}
_NEGATION = 7
_AXES = frozenset(get_args(Axis))
_KINDS = frozenset(get_args(NodeKind))
_SELF = Step("self", KindTest("node"))
_PARENT = Step("parent", KindTest("node"))
_ANYWHERE = Step("descendant-or-self", KindTest("node"))
_WELL_KNOWN = {
    "jr": JAVAROSA_NS,
    "orx": "http://openrosa.org/xforms",
    "xml": "http://www.w3.org/XML/1998/namespace",
}


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
    """One pass over one source; ``kind``/``text``/``at`` are the token that comes next."""

    def __init__(self, source: str, namespaces: Mapping[str, str], place: str) -> None:
        self.source = source
        self.namespaces = namespaces
        self.default_ns = namespaces.get("") or XFORMS_NS
        self.place = place
        self.nesting = 0
        if len(source) > MAX_LENGTH:
            self.fail("XPATH-004", _("The expression is longer than {limit} characters.").format(limit=MAX_LENGTH), 0)
        self.tokens: list[tuple[str, str, int]] = []
        append = self.tokens.append
        for match in _TOKEN.finditer(source):
            kind = match.lastgroup or "end"
            if kind == "wrong":
                self._wrong(match.group(kind), match.start(kind))
            append((kind, match.group(kind), match.start(kind)))
            if kind == "end":
                break
        self.next = 0
        self.kind, self.text, self.at = self.tokens[0]

    def _wrong(self, sign: str, at: int) -> NoReturn:
        if sign in "'\"":
            self.fail("XPATH-001", _("A text begins here and has no closing quote."), at)
        if sign == "$":
            self.fail("XPATH-002", _("Variables are not part of the language of forms."), at)
        self.fail("XPATH-001", _("The character {sign} has no place in an expression.").format(sign=sign), at)

    def fail(self, code: str, message: str, at: int) -> NoReturn:
        """Raise the error for a place of this expression."""
        where: dict[str, object] = {"position": at, "expression": self.source[:2000]}
        if self.place:
            where["place"] = self.place
        raise FormError(
            code, message, hint=_("Look at character {number} of the expression.").format(number=at + 1), where=where
        )

    def advance(self) -> None:
        """Step to the next token."""
        self.next += 1
        self.kind, self.text, self.at = self.tokens[self.next]

    def is_sign(self, sign: str) -> bool:
        """Tell whether the coming token is this sign."""
        return self.text == sign and self.kind == "sign"

    def expect(self, sign: str) -> None:
        """Step over a sign that must stand here."""
        if not self.is_sign(sign):
            self.unexpected(_("{sign} is missing here").format(sign=sign))
        self.advance()

    def unexpected(self, wanted: str = "") -> NoReturn:
        """Raise the error for a token that cannot stand here."""
        if self.kind == "end":
            message = _("The expression ends too early.")
        else:
            message = _("{token} cannot stand here.").format(token=self.text)
        self.fail("XPATH-001", f"{message} {wanted}.".replace("..", ".") if wanted else message, self.at)

    def whole(self) -> Expression:
        """Parse the source up to its end."""
        expression = self.expression(0)
        if self.kind != "end":
            self.unexpected()
        return expression

    def operator(self) -> str:
        """Return the operator that comes next, or an empty string."""
        text = self.text
        if self.kind == "sign":
            return text if text in _LEVELS else ""
        if self.kind != "name":
            return ""
        if text in _LEVELS:
            return text
        glued = _GLUED.fullmatch(text)
        if glued is None:
            return ""
        # ODK lets an operator name touch a digit ("1div1"); no other reading is possible here.
        rest = _TOKEN.match(glued[2])
        assert rest is not None
        kind = rest.lastgroup or "end"
        at = self.at + len(glued[1])
        self.tokens[self.next : self.next + 1] = [("name", glued[1], self.at), (kind, rest.group(kind), at)]
        tail = glued[2][rest.end() :]
        if tail:
            self.tokens.insert(self.next + 2, ("name", tail, at + rest.end()))
        self.text = glued[1]
        return self.text

    def expression(self, floor: int) -> Expression:
        """Parse operators that bind stronger than `floor`."""
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            self.fail("XPATH-003", _("The expression is nested more than {limit} deep.").format(limit=MAX_NESTING), self.at)
        left = self.unary()
        while True:
            name = self.operator()
            level = _LEVELS[name] if name else 0
            if level <= floor:
                break
            left = self.chain(left, level)
        self.nesting -= 1
        return left

    def chain(self, first: Expression, level: int) -> Expression:
        """Parse all further operands of one precedence into one flat operation."""
        at = self.at
        operators: list[str] = []
        operands = [first]
        name = self.operator()
        while name and _LEVELS[name] == level:
            operators.append(name)
            self.advance()
            operands.append(self.expression(level))
            name = self.operator()
        return Operation(tuple(operators), tuple(operands), at)

    def unary(self) -> Expression:
        """Parse an operand with the minus signs before it."""
        if not self.is_sign("-"):
            return self.path()
        at = self.at
        self.advance()
        return Negation(self.expression(_NEGATION), at)

    def path(self) -> Expression:
        """Parse a location path, or a primary expression with what follows it."""
        kind, text, at = self.kind, self.text, self.at
        if kind == "number":
            self.advance()
            return self.filtered(Number(float(text), at))
        if kind == "text":
            self.advance()
            return self.filtered(Text(text[1:-1], at))
        if kind == "name":
            if self.tokens[self.next + 1][1] == "(" and text not in _KINDS:
                return self.filtered(self.call())
            return Path(self.steps([]), at=at)
        if text == "(":
            self.advance()
            inner = self.expression(0)
            self.expect(")")
            return self.filtered(inner)
        if text == "/":
            self.advance()
            steps = self.steps([]) if self.begins_step() else ()
            return Path(steps, is_absolute=True, at=at)
        if text == "//":
            self.advance()
            return Path(self.steps([_ANYWHERE]), is_absolute=True, at=at)
        if kind == "sign" and text in {".", "..", "@", "*"}:
            return Path(self.steps([]), at=at)
        self.unexpected()

    def begins_step(self) -> bool:
        """Tell whether a step can begin with the coming token."""
        return self.kind == "name" or (self.kind == "sign" and self.text in {".", "..", "@", "*"})

    def filtered(self, base: Expression) -> Expression:
        """Parse the predicates and steps after a primary expression."""
        if self.kind != "sign":
            return base
        at = self.at
        if self.text == "[":
            base = Filter(base, self.predicates(), at)
        if self.is_sign("/"):
            self.advance()
            return Path(self.steps([]), base=base, at=at)
        if self.is_sign("//"):
            self.advance()
            return Path(self.steps([_ANYWHERE]), base=base, at=at)
        return base

    def call(self) -> Call:
        """Parse a function call."""
        at = self.at
        prefix, name, uri = self.qualified(self.text, default="")
        self.advance()
        self.advance()
        arguments: list[Expression] = []
        if not self.is_sign(")"):
            arguments.append(self.expression(0))
            while self.is_sign(","):
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
            self.fail("XPATH-005", _("The prefix {prefix} is not declared.").format(prefix=prefix), self.at)
        return prefix, name, uri

    def steps(self, steps: list[Step]) -> tuple[Step, ...]:
        """Parse steps separated by slashes."""
        steps.append(self.step())
        while self.kind == "sign" and self.text in {"/", "//"}:
            if self.text == "//":
                steps.append(_ANYWHERE)
            self.advance()
            steps.append(self.step())
        return tuple(steps)

    def step(self) -> Step:
        """Parse one step."""
        if self.is_sign("."):
            self.advance()
            return self.abbreviated(_SELF)
        if self.is_sign(".."):
            self.advance()
            return self.abbreviated(_PARENT)
        axis: Axis = "child"
        if self.is_sign("@"):
            axis = "attribute"
            self.advance()
        elif self.kind == "name" and self.tokens[self.next + 1][1] == "::":
            if self.text not in _AXES:
                self.fail("XPATH-006", _("There is no axis {name}.").format(name=self.text), self.at)
            axis = cast("Axis", self.text)
            self.advance()
            self.advance()
        test = self.test(axis)
        return Step(axis, test, self.predicates() if self.is_sign("[") else ())

    def abbreviated(self, step: Step) -> Step:
        """Return ``.`` or ``..`` with the predicates that ODK lets follow it."""
        return Step(step.axis, step.test, self.predicates()) if self.is_sign("[") else step

    def test(self, axis: Axis) -> NameTest | KindTest:
        """Parse a node test."""
        if self.is_sign("*"):
            self.advance()
            return NameTest("", "*", "")
        if self.kind != "name":
            self.unexpected()
        if self.text in _KINDS and self.tokens[self.next + 1][1] == "(":
            return self.kind_test()
        if self.tokens[self.next + 1][1] == "(":
            self.fail("XPATH-001", _("A function cannot be a step of a path."), self.at)
        default = "" if axis in {"attribute", "namespace"} else self.default_ns
        test = NameTest(*self.qualified(self.text, default))
        self.advance()
        return test

    def kind_test(self) -> KindTest:
        """Parse a test such as ``text()``."""
        kind = cast("NodeKind", self.text)
        self.advance()
        self.advance()
        target = ""
        if self.kind == "text" and kind == "processing-instruction":
            target = self.text[1:-1]
            self.advance()
        self.expect(")")
        return KindTest(kind, target)

    def predicates(self) -> tuple[Expression, ...]:
        """Parse predicates in brackets."""
        found: list[Expression] = []
        while self.is_sign("["):
            self.advance()
            found.append(self.expression(0))
            self.expect("]")
        return tuple(found)
