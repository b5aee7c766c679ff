"""Units: the expressions of a form's nodes, however many rows there are."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from fieldkit.forms.definition import FK
from fieldkit.forms.dependencies import Reads

if TYPE_CHECKING:
    from fieldkit.forms.xpath import Compiled

__all__ = [
    "CALCULATE",
    "CHOICES",
    "COLUMNS",
    "CONSTRAINT",
    "COUNT",
    "EVALUATED_ATTRIBUTES",
    "READONLY",
    "RELEVANT",
    "REQUIRED",
    "SEVERITY",
    "TARGET",
    "TEXTS",
    "Aspect",
    "Dependant",
    "Unit",
]


class Aspect(IntEnum):
    """What an expression decides about its node."""

    RELEVANT = 0
    READONLY = 1
    REQUIRED = 2
    CALCULATE = 3
    CHOICES = 4
    CONSTRAINT = 5
    COUNT = 6
    TEXTS = 7
    SEVERITY = 8
    TARGET = 9


# A name of the module is found ten times as fast as a member of the class, and planning asks some thousand times.
RELEVANT, READONLY, REQUIRED, CALCULATE, CHOICES, CONSTRAINT, COUNT, TEXTS, SEVERITY, TARGET = Aspect

COLUMNS = {
    RELEVANT: "relevant",
    READONLY: "readonly",
    REQUIRED: "required",
    CALCULATE: "calculate",
    CHOICES: "choice_filter",
    CONSTRAINT: "constraint",
    COUNT: "repeat_count",
    TEXTS: "label",
}
"""Column of the workbook in which the expressions of an aspect stand."""

EVALUATED_ATTRIBUTES = {f"{{{FK}}}severity": SEVERITY, f"{{{FK}}}target": TARGET}
"""Bind attributes that are expressions."""


class Unit(Struct, eq=False):
    """One expression of one node's definition.

    Attributes:
        node: Index of the node.
        aspect: What it decides.
        bit: The bit of the aspect in ``Element.pending``.
        source: The expression.
        reads: What it reads.
        chain: Repeats in whose rows it is evaluated, outermost first.
        depth: How many these are.
        series: Whether it belongs to the series of a repeat, not to each row.
        constant: Its value where that never changes.
        keeps: Whether its value must be kept because it is computed only once.
        place: Place of its node, or of its series, in the row (or root) that it lies in.
        rank: Place in the order of evaluation, which is that in ``Plan.units``.
        circle: Number of the circle in which it can come to wait for itself, from 1: rows that read other rows,
            relevance by an answer that it hides; 0 outside one.
        compiled: Its closures, once they have been needed.
    """

    node: int
    aspect: Aspect
    bit: int
    source: str
    reads: Reads
    chain: tuple[int, ...]
    depth: int = 0
    series: bool = False
    constant: bool | None = None
    keeps: bool = False
    place: int = -1
    rank: int = 0
    circle: int = 0
    compiled: Compiled | None = None


Dependant = tuple[Unit, int]
"""A unit with the number of repeats that it shares with what it reads."""
