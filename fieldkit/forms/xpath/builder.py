"""What functions and paths ask of the compiler while an expression is compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, Protocol, TypeAlias

from fieldkit.errors import FormError
from fieldkit.forms.xpath.code import Code, Run
from fieldkit.forms.xpath.context import Context
from fieldkit.forms.xpath.syntax import Expression
from fieldkit.forms.xpath.values import NumberReader

__all__ = ["Builder", "Parameter"]

Parameter: TypeAlias = Literal["string", "number", "boolean", "nodes", "value"]
"""Type of a function's parameter."""


class Builder(Protocol):
    """Compiles parts of one expression and notes its faults.

    Attributes:
        is_in_own_rows: Whether absolute paths stay in the row of the context node; off inside indexed-repeat().
    """

    is_in_own_rows: bool

    @property
    def reader(self) -> NumberReader:
        """How the library reads numbers from texts."""

    def compile(self, expression: Expression) -> Code:
        """Return the code of an expression."""

    def inner(self, source: str) -> Code:
        """Return the code of an expression that another one holds as a text."""

    def number(self, code: Code) -> Callable[[Context], float]:
        """Return a closure that gives a value as a number by the rules of the library."""

    def convert(self, code: Code, parameter: Parameter) -> Run:
        """Return a closure that gives a value in the type of a parameter."""

    def as_any(self, code: Code) -> Code:
        """Return the same code as one whose type is known only at run time."""

    def need_nodes(self, code: Code, at: int) -> None:
        """Note a fault where a value cannot be a node-set."""

    def problem(self, code: str, message: str, at: int) -> FormError:
        """Note a fault of the expression and return it."""

    def failing(self, error: FormError) -> Code:
        """Return code that raises a fault when it is evaluated."""
