"""A library of functions: what each is called, how many arguments it takes, how it is compiled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec import Struct

from fieldkit.forms.xpath.builder import Builder, Parameter
from fieldkit.forms.xpath.code import Code, Kind
from fieldkit.forms.xpath.values import NumberReader

if TYPE_CHECKING:
    from fieldkit.forms.xpath.syntax import Call

__all__ = ["Build", "Function", "Library", "by_name", "simple"]

Build: TypeAlias = "Callable[[Builder, Call, list[Code]], Code]"


class Function(Struct, frozen=True):
    """One function of a library.

    Attributes:
        name: Local name; functions of JavaRosa's namespace are written ``jr:name``.
        least: Fewest arguments.
        most: Most arguments, None for any number.
        build: Compiles a call whose arguments are compiled already.
        is_pure: Whether the value depends on the arguments alone.
    """

    name: str
    least: int
    most: int | None
    build: Build
    is_pure: bool = True


class Library(Struct, frozen=True, eq=False):
    """The functions that an expression may call, and how texts are read as numbers."""

    name: str
    functions: Mapping[str, Function]
    number: NumberReader


def by_name(*groups: Iterable[Function]) -> dict[str, Function]:
    """Return functions by name; a later one overrides an earlier one."""
    return {function.name: function for group in groups for function in group}


def simple(
    name: str,
    parameters: tuple[Parameter, ...],
    kind: Kind,
    implementation: Callable[..., Any],
    *,
    optional: int = 0,
    rest: bool = False,
) -> Function:
    """Return a function whose arguments are all computed and converted before the call.

    Args:
        name: Name of the function.
        parameters: Types of the arguments.
        kind: Type of the result.
        implementation: Takes the context and the converted arguments.
        optional: How many of the last parameters may be left out.
        rest: Whether the last parameter may be repeated (or left out, when it is optional).
    """

    def build(compiler: Builder, _call: Call, codes: list[Code]) -> Code:
        wanted = [parameters[min(place, len(parameters) - 1)] for place in range(len(codes))]
        runs = [compiler.convert(code, parameter) for code, parameter in zip(codes, wanted, strict=True)]
        return Code(kind, _applied(implementation, runs))

    least = len(parameters) - optional
    return Function(name, least, None if rest else len(parameters), build)


def _applied(implementation: Callable[..., Any], runs: list[Callable[..., Any]]) -> Callable[..., Any]:
    match runs:
        case []:
            return implementation
        case [one]:
            return lambda context: implementation(context, one(context))
        case [one, two]:
            return lambda context: implementation(context, one(context), two(context))
        case [one, two, three]:
            return lambda context: implementation(context, one(context), two(context), three(context))
        case _:
            return lambda context: implementation(context, *[run(context) for run in runs])
