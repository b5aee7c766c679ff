"""A compiled expression: closures for each type of result, and what is known about it without running it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fieldkit.errors import FormError
from fieldkit.forms.xpath.choice_functions import CHOICE_FUNCTIONS
from fieldkit.forms.xpath.code import Code, booleans, nodes, numbers, strings
from fieldkit.forms.xpath.compiler import Compiler
from fieldkit.forms.xpath.context import Context
from fieldkit.forms.xpath.core_functions import CORE_FUNCTIONS
from fieldkit.forms.xpath.dependencies import PathRef, references
from fieldkit.forms.xpath.form_functions import CURRENT, FORM_FUNCTIONS
from fieldkit.forms.xpath.geo_functions import GEO_FUNCTIONS
from fieldkit.forms.xpath.library import Library, by_name
from fieldkit.forms.xpath.parser import parse
from fieldkit.forms.xpath.steps import budget
from fieldkit.forms.xpath.syntax import Expression, render
from fieldkit.forms.xpath.time_functions import TIME_FUNCTIONS
from fieldkit.forms.xpath.values import NodeSet, NumberReader, Value, core_number, odk_number

__all__ = ["CORE", "ODK", "Compiled", "compile_expression"]

CORE = Library("core", by_name(CORE_FUNCTIONS, (CURRENT,)), core_number)
"""XPath 1.0 with ``current()``."""

ODK = Library(
    "odk",
    by_name(CORE_FUNCTIONS, CHOICE_FUNCTIONS, TIME_FUNCTIONS, GEO_FUNCTIONS, FORM_FUNCTIONS),
    odk_number,
)
"""Everything that forms of ODK may call."""

_CACHE_LIMIT = 20_000


class Compiled:
    """An expression ready to run; call it with a context for its value.

    Attributes:
        expression: The syntax tree.
        kind: Type of the value as far as it is known: string, number, boolean, nodes or any.
        is_constant: Whether the value never changes.
        problems: Faults that are raised when the faulty part is evaluated.
        calls: Names of the functions that are called.
        string: Computes the value as text.
        number: Computes the value as a number; ISO dates are days since 1970-01-01 UTC.
        boolean: Computes the value as a truth value.
        nodes: Computes the node-set; raises XPATH-103 for another value.
        dependencies: Paths that are read.
    """

    __slots__ = (
        "_code",
        "_library",
        "boolean",
        "calls",
        "dependencies",
        "expression",
        "nodes",
        "number",
        "problems",
        "run",
        "string",
    )

    string: Callable[[Context], str]
    number: Callable[[Context], float]
    boolean: Callable[[Context], bool]
    nodes: Callable[[Context], NodeSet]
    dependencies: tuple[PathRef, ...]

    def __init__(self, expression: Expression, code: Code, compiler: Compiler) -> None:
        self.expression = expression
        self._code = code
        self._library: NumberReader = compiler.library.number
        self.run: Callable[[Context], Value] = code.run
        self.problems: tuple[FormError, ...] = tuple(compiler.problems)
        self.calls = frozenset(compiler.calls)

    def __getattr__(self, name: str) -> object:
        """Build a closure or the dependencies when they are first asked for."""
        made: object
        match name:
            case "string":
                made = strings(self._code)
            case "number":
                made = numbers(self._code, self._library)
            case "boolean":
                made = booleans(self._code)
            case "nodes":
                made = nodes(self._code)
            case "dependencies":
                made = references(self.expression)
            case _:
                raise AttributeError(name)
        object.__setattr__(self, name, made)
        return made

    def __call__(self, context: Context) -> Value:
        """Return the value in a context.

        Raises:
            FormError: The expression cannot be evaluated; XPATH-110 where it looks at too many nodes.
        """
        outermost = budget.begin()
        try:
            return self.run(context)
        finally:
            budget.end(outermost)

    @property
    def kind(self) -> str:
        """Type of the value as far as it is known."""
        return self._code.kind

    @property
    def is_constant(self) -> bool:
        """Whether the value never changes."""
        return self._code.is_constant

    @property
    def source(self) -> str:
        """The expression as text in one way of writing."""
        return render(self.expression)


_cache: dict[tuple[str, str, str, tuple[tuple[str, str], ...]], Compiled] = {}


def compile_expression(
    expression: Expression | str,
    library: Library = ODK,
    *,
    namespaces: Mapping[str, str] | None = None,
    place: str = "",
    is_strict: bool = False,
) -> Compiled:
    """Return an expression as closures; the same text gives the same object again.

    Args:
        expression: Source text or syntax tree.
        library: Functions that may be called.
        namespaces: URIs by prefix, for source text.
        place: Where the expression stands; copied into errors.
        is_strict: Whether an unknown function or a wrong number of arguments raises at once instead of
            when it is evaluated.

    Raises:
        FormError: XPATH-001 to XPATH-006 for the syntax; with `is_strict` also XPATH-101 to XPATH-103.
    """
    if isinstance(expression, str):
        names = tuple(sorted(namespaces.items())) if namespaces else ()
        key = (expression, library.name, place if is_strict else "", names)
        found = _cache.get(key)
        if found is None:
            tree = parse(expression, namespaces=namespaces, place=place)
            found = _compile(tree, library, {"place": place, "expression": expression[:2000]})
            if len(_cache) > _CACHE_LIMIT:
                _cache.clear()
            _cache[key] = found
    else:
        found = _compile(expression, library, {"place": place})
    if is_strict and found.problems:
        raise found.problems[0]
    return found


def _compile(tree: Expression, library: Library, place: dict[str, object]) -> Compiled:
    compiler = Compiler(library, {key: value for key, value in place.items() if value})
    return Compiled(tree, compiler.compile(tree), compiler)
