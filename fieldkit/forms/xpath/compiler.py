"""From syntax tree to closures: constants folded, types used, faults and dependencies known before the run."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, cast

from fieldkit.errors import FormError
from fieldkit.forms.tree import Node, in_document_order
from fieldkit.forms.xpath.bounds import own_bounds
from fieldkit.forms.xpath.builder import Parameter
from fieldkit.forms.xpath.code import Code, Run, booleans, constant, nodes, numbers, strings
from fieldkit.forms.xpath.compare import comparison
from fieldkit.forms.xpath.context import Context
from fieldkit.forms.xpath.leaves import Choice, Term, leaf_in, leaf_sum
from fieldkit.forms.xpath.library import Library
from fieldkit.forms.xpath.parser import JAVAROSA_NS, parse
from fieldkit.forms.xpath.paths import compile_filter, compile_path
from fieldkit.forms.xpath.syntax import Call, Expression, Filter, Negation, Number, Operation, Path, Text
from fieldkit.forms.xpath.values import NumberReader, known_numbers
from fieldkit.i18n import _

__all__ = ["Compiler"]


class _NotConstantError(Exception):
    """The value asks for something that is known only at run time."""


class _Nowhere:
    """A context for constants: asking it anything tells that the expression is not constant."""

    __slots__ = ()

    def __getattr__(self, name: str) -> NoReturn:
        raise _NotConstantError(name)


_NOWHERE = cast("Context", _Nowhere())


class Compiler:
    """Compiles one expression.

    Attributes:
        library: Functions that may be called.
        problems: Faults that would be raised where they are evaluated: unknown functions, wrong numbers of
            arguments, values that cannot be node-sets.
        calls: Names of all functions that are called.
        is_in_own_rows: Whether absolute paths stay in the row of the context node; off inside indexed-repeat().
    """

    def __init__(self, library: Library, place: Mapping[str, object] | None = None) -> None:
        self.library = library
        self.place: dict[str, object] = dict(place or {})
        self.problems: list[FormError] = []
        self.calls: set[str] = set()
        self.is_in_own_rows = True
        self._inner: dict[str, Code] = {}
        # Conditions of a predicate are compiled for the scan and for the index: doubling at every level of nesting
        # would never end.
        self._codes: dict[tuple[int, bool], Code] = {}

    @property
    def reader(self) -> NumberReader:
        """How the library reads numbers from texts."""
        return self.library.number

    def compile(self, expression: Expression) -> Code:
        """Return the code of an expression; a part that is asked for again is not compiled again."""
        key = (id(expression), self.is_in_own_rows)
        code = self._codes.get(key)
        if code is None:
            code = self._codes[key] = self._compiled(expression)
        return code

    def _compiled(self, expression: Expression) -> Code:
        match expression:
            case Path():
                return compile_path(self, expression)
            case Operation():
                return self._operation(expression)
            case Call():
                return self._call(expression)
            case Text() | Number():
                return constant(expression.value)
            case Negation():
                return self._negation(expression)
            case Filter():
                return compile_filter(self, expression)

    def inner(self, source: str) -> Code:
        """Return the code of an expression that another one holds as a text."""
        code = self._inner.get(source)
        if code is None:
            # The own compiler would note faults of a text that may differ with every call.
            code = self._inner[source] = Compiler(self.library, self.place).compile(parse(source))
        return code

    def number(self, code: Code) -> Callable[[Context], float]:
        """Return a closure that gives a value as a number by the rules of the library."""
        if code.is_constant and code.kind == "string":
            value = self._fold(Code("number", numbers(code, self.reader)))
            if value.is_constant:
                return value.run
        return numbers(code, self.reader)

    def convert(self, code: Code, parameter: Parameter) -> Run:
        """Return a closure that gives a value in the type of a parameter."""
        match parameter:
            case "string":
                return strings(code)
            case "number":
                return self.number(code)
            case "boolean":
                return booleans(code)
            case "nodes":
                return nodes(code)
            case _:
                return code.run

    def as_any(self, code: Code) -> Code:
        """Return the same code as one whose type is known only at run time."""
        return Code("any", code.run)

    def need_nodes(self, code: Code, at: int) -> None:
        """Note a fault where a value cannot be a node-set."""
        if code.kind not in {"nodes", "any"}:
            self.problem("XPATH-103", _("A set of nodes is needed here, not a text or number."), at)

    def problem(self, code: str, message: str, at: int) -> FormError:
        """Note a fault of the expression and return it."""
        error = FormError(
            code,
            message,
            hint=_("Look at character {number} of the expression.").format(number=at + 1),
            where={**self.place, "position": at},
        )
        self.problems.append(error)
        return error

    def failing(self, error: FormError) -> Code:
        """Return code that raises a fault when it is evaluated."""

        def run(_context: Context) -> NoReturn:
            raise FormError(error.code, error.message, hint=error.hint, where=error.where)

        return Code("any", run)

    def _call(self, call: Call) -> Code:
        name = f"jr:{call.name}" if call.uri == JAVAROSA_NS else call.name
        known = not call.uri or call.uri == JAVAROSA_NS
        function = self.library.functions.get(name) if known else None
        if function is None:
            written = f"{call.prefix}:{call.name}" if call.prefix else call.name
            message = _("There is no function {name}().").format(name=written)
            return self.failing(self.problem("XPATH-101", message, call.at))
        self.calls.add(name)
        count = len(call.arguments)
        if count < function.least or (function.most is not None and count > function.most):
            message = _("{name}() cannot have {count} arguments.").format(name=name, count=count)
            return self.failing(self.problem("XPATH-102", message, call.at))
        is_quiet = name != "indexed-repeat"
        codes = [self.compile(argument) for argument in call.arguments] if is_quiet else []
        code = function.build(self, call, codes)
        is_foldable = function.is_pure and is_quiet and bool(codes) and all(one.is_constant for one in codes)
        return self._fold(code) if is_foldable else code

    def _fold(self, code: Code) -> Code:
        """Return a constant where the value can be computed without a context."""
        if code.is_constant or code.kind in {"nodes", "any"}:
            return code
        try:
            return constant(code.run(_NOWHERE))
        except (_NotConstantError, FormError):
            return code

    def _negation(self, expression: Negation) -> Code:
        code = self.compile(expression.operand)
        number = self.number(code)
        result = Code("number", lambda context: -number(context))
        return self._fold(result) if code.is_constant else result

    def _operation(self, expression: Operation) -> Code:
        operator = expression.operators[0]
        bounds = own_bounds(expression, self.reader)
        if bounds is not None:
            return Code("boolean", bounds)
        codes = [self.compile(operand) for operand in expression.operands]
        if operator in {"and", "or"}:
            code = _junction(operator, codes)
        elif operator == "|":
            for one in codes:
                self.need_nodes(one, expression.at)
            return Code("nodes", _union([nodes(one) for one in codes]))
        elif operator in {"+", "-", "*", "div", "mod"}:
            code = self._arithmetic(expression.operators, codes)
        else:
            code = codes[0]
            for sign, right in zip(expression.operators, codes[1:], strict=True):
                left = code
                code = Code("boolean", comparison(sign, left, right, self.reader, self.number))
                if left.leaf and right.is_constant and right.kind == "string":
                    code.choice = _asked(left.leaf, sign, str(right.value))
        return self._fold(code) if all(one.is_constant for one in codes) else code

    def _arithmetic(self, operators: tuple[str, ...], codes: list[Code]) -> Code:
        runs = [self.number(one) for one in codes]
        if len(runs) > 2:
            if set(operators) == {"+"}:
                return Code("number", leaf_sum([(self._term(one), run) for one, run in zip(codes, runs, strict=True)]))
            return Code("number", _sequence(operators, runs))
        first, second = codes
        if operators[0] == "*" and first.is_constant and isinstance(first.value, float):
            return _scaled(first.value, second, runs[1])
        return Code("number", _two(operators[0], runs[0], runs[1]))

    def _term(self, code: Code) -> Term | None:
        """Return how a number follows from a leaf."""
        if code.leaf:
            return Term(code.leaf, math.nan, known_numbers(self.reader), None)
        return code.choice.term(1.0, 0.0) if code.choice is not None else code.term


def _asked(leaf: str, sign: str, text: str) -> Choice | None:
    return Choice(leaf, frozenset((text,)), sign == "=") if sign in {"=", "!="} else None


def _junction(operator: str, codes: list[Code]) -> Code:
    code = Code("boolean", _either(operator, [booleans(one) for one in codes]))
    choice = _same_leaf(operator, codes)
    if choice is not None:
        code = Code("boolean", leaf_in(choice.path, code.run, choice.texts, wanted=choice.wanted))
        code.choice = choice
    return code


def _same_leaf(operator: str, codes: list[Code]) -> Choice | None:
    """Return what ``x = 'a' or x = 'b'`` and ``x != 'a' and x != 'b'`` ask of the one leaf x."""
    is_or = operator == "or"
    path = ""
    texts: set[str] = set()
    for code in codes:
        choice = code.choice
        if choice is None or choice.wanted is not is_or or choice.path != (path or choice.path):
            return None
        path = choice.path
        texts |= choice.texts
    return Choice(path, frozenset(texts), is_or)


def _either(operator: str, tests: list[Callable[[Context], bool]]) -> Run:
    if len(tests) == 2:
        one, two = tests
        if operator == "and":
            return lambda context: one(context) and two(context)
        return lambda context: one(context) or two(context)
    is_or = operator == "or"

    def run(context: Context) -> bool:
        for test in tests:
            if test(context) is is_or:
                return is_or
        return not is_or

    return run


def _union(runs: list[Callable[[Context], Any]]) -> Run:
    def run(context: Context) -> list[Node]:
        return in_document_order([node for found in runs for node in found(context)])

    return run


def _divide(left: float, right: float) -> float:
    if right != 0:
        return left / right
    if left != left or left == 0:  # noqa: PLR0124 - NaN
        return float("nan")
    is_negative = (left < 0) != (str(right)[0] == "-")
    return float("-inf") if is_negative else float("inf")


def _remainder(left: float, right: float) -> float:
    """Return the remainder with the sign of the dividend, as XPath and JavaScript have it."""
    if left != left or right != right or right == 0 or left in _INFINITIES:  # noqa: PLR0124 - NaN
        return float("nan")
    return left if right in _INFINITIES else math.fmod(left, right)


_INFINITIES = (float("inf"), float("-inf"))


def _sequence(operators: tuple[str, ...], runs: list[Callable[[Context], float]]) -> Run:
    apply = [_APPLY[name] for name in operators]
    first, rest = runs[0], list(zip(apply, runs[1:], strict=True))

    def run(context: Context) -> float:
        result = first(context)
        for operation, operand in rest:
            result = operation(result, operand(context))
        return result

    return run


def _scaled(factor: float, code: Code, run: Callable[[Context], float]) -> Code:
    """Return code that multiplies with a fixed number; points for a condition are the usual case."""
    if code.kind != "boolean":
        return Code("number", lambda context: factor * run(context))
    test = code.run
    full, none = factor * 1.0, factor * 0.0
    made = Code("number", lambda context: full if test(context) else none)
    if code.choice is not None:
        made.term = code.choice.term(full, none)
    return made


def _two(operator: str, one: Callable[[Context], float], two: Callable[[Context], float]) -> Run:
    if operator == "+":
        return lambda context: one(context) + two(context)
    if operator == "-":
        return lambda context: one(context) - two(context)
    if operator == "*":
        return lambda context: one(context) * two(context)
    apply = _APPLY[operator]
    return lambda context: apply(one(context), two(context))


_APPLY: dict[str, Callable[[float, float], float]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "div": _divide,
    "mod": _remainder,
}
