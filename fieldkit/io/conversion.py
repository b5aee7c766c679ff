"""What became of a form file: the XForm, its problems, and where each node stood in the workbook."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from msgspec.structs import replace

from fieldkit.forms.diagnostics import Problem

__all__ = ["Conversion", "Source", "locate"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a node of a form comes from: the sheet and the row of the workbook."""

    sheet: str
    row: int


@dataclass(frozen=True, slots=True)
class Conversion:
    """What became of a form file.

    Attributes:
        xform: The XForm, or None where the file is refused.
        problems: Everything found, in the order of the sheets; errors only where ``xform`` is None.
        form_id: The form's id, or an empty text.
        version: Its version, or an empty text.
        title: Its title, or an empty text.
        sources: Sheet and row of each node by its path, ``/data/group/name``.
        media: Files that belong to the form and stand in the workbook or beside it, by name.
        headers: The header of each kind of expression as the author wrote it, ``relevant`` to ``relevance``.
        choices: Sheet and row of each choice by the id of its text, ``LIST-0``.
        unused: Choice lists that no question uses, with the row of their first choice.
    """

    xform: bytes | None
    problems: tuple[Problem, ...]
    form_id: str = ""
    version: str = ""
    title: str = ""
    sources: Mapping[str, Source] = field(default_factory=dict)
    media: Mapping[str, bytes] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Source] = field(default_factory=dict)
    unused: Mapping[str, Source] = field(default_factory=dict)


def locate(problem: Problem, conversion: Conversion) -> Problem:
    """Return a problem of the engine with the sheet, row and column that its node comes from.

    Args:
        problem: A problem whose ``ref`` names a node, positions such as ``[2]`` allowed.
        conversion: What the form was converted from.
    """
    if problem.row is not None or not problem.ref:
        return problem
    path = re.sub(r"\[[^\]]*\]|\{[^}]*\}", "", problem.ref)
    while path and path not in conversion.sources:
        path = path.rpartition("/")[0]
    source = conversion.sources.get(path)
    if source is None:
        return problem
    written = problem.column or ("calculate" if problem.code == "FORM-104" else "")
    column = conversion.headers.get(written, problem.column)
    return replace(problem, sheet=source.sheet, row=source.row, column=column)
