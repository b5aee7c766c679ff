"""XPath as ODK speaks it: parsed once, compiled to closures.

`parse` makes a syntax tree, `compile_expression` makes closures of it, `Context` says where they are evaluated.
"""

from __future__ import annotations

from fieldkit.forms.xpath.compiled import CORE, ODK, Compiled, compile_expression
from fieldkit.forms.xpath.context import Context, Environment, Surroundings
from fieldkit.forms.xpath.dates import DateTime
from fieldkit.forms.xpath.dependencies import PathRef, PathStep, references
from fieldkit.forms.xpath.library import Library
from fieldkit.forms.xpath.parser import parse
from fieldkit.forms.xpath.steps import Budget, budget
from fieldkit.forms.xpath.syntax import Expression, render
from fieldkit.forms.xpath.values import (
    NodeSet,
    Value,
    number_text,
    odk_number,
    to_boolean,
    to_number,
    to_string,
)

__all__ = [
    "CORE",
    "ODK",
    "Budget",
    "Compiled",
    "Context",
    "DateTime",
    "Environment",
    "Expression",
    "Library",
    "NodeSet",
    "PathRef",
    "PathStep",
    "Surroundings",
    "Value",
    "budget",
    "compile_expression",
    "number_text",
    "odk_number",
    "parse",
    "references",
    "render",
    "to_boolean",
    "to_number",
    "to_string",
]
