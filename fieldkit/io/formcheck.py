"""Checks a form file as a whole: conversion, compilation and lints, with every problem at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from fieldkit.errors import FormError
from fieldkit.forms.diagnostics import Problem
from fieldkit.io.conversion import Conversion, locate
from fieldkit.io.xlsform import convert

__all__ = ["CheckResult", "check"]


@dataclasses.dataclass(frozen=True, slots=True)
class CheckResult:
    """What ``form check`` tells about one file.

    Attributes:
        file: The file as it was given.
        ok: Whether the form opens.
        questions: Number of questions that a person can answer.
        problems: Everything found, errors first.
    """

    file: str
    ok: bool
    form_id: str
    version: str
    title: str
    languages: tuple[str, ...]
    questions: int
    problems: tuple[Problem, ...]

    def as_json(self) -> dict[str, object]:
        """Return the result as the command line prints it."""
        return {
            "file": self.file,
            "ok": self.ok,
            "form_id": self.form_id or None,
            "version": self.version or None,
            "title": self.title or None,
            "languages": list(self.languages),
            "questions": self.questions,
            "problems": [problem.as_json() for problem in self.problems],
        }


def check(path: Path | str, *, media_dir: Path | None = None) -> CheckResult:
    """Convert and compile a form without adding it.

    Args:
        path: Workbook, CSV, Markdown or XForm.
        media_dir: Folder with the form's attachments; ``NAME-media`` beside the file where left out.

    Returns:
        The form's facts and every problem; whatever the file, nothing is raised.
    """
    conversion = convert(path, media_dir=media_dir)
    if conversion.xform is None:
        return _refused(str(path), conversion, conversion.problems)
    from fieldkit.forms.xform import compile_xform
    from fieldkit.io.lint import lint

    try:
        definition = compile_xform(conversion.xform, media=conversion.media)
    except FormError as error:
        found = [locate(problem, conversion) for problem in problems_of(error)]
        return _refused(str(path), conversion, _ordered([*conversion.problems, *found]))
    problems = [
        *conversion.problems,
        *(locate(problem, conversion) for problem in definition.problems),
        *lint(definition, conversion),
    ]
    return CheckResult(
        str(path),
        ok=True,
        form_id=definition.form_id,
        version=definition.version,
        title=definition.title,
        languages=definition.languages,
        questions=definition.questions,
        problems=_ordered(problems),
    )


def problems_of(error: FormError) -> list[Problem]:
    """Return all problems that an error of the compilation carries; at least one."""
    listed = error.where.get("problems")
    found = []
    if isinstance(listed, list):
        found = [_problem(item) for item in listed if isinstance(item, Mapping)]
    if found:
        return found
    ref = error.where.get("ref")
    return [Problem(error.code, "error", error.message, error.hint, ref=ref if isinstance(ref, str) else "")]


def _problem(item: Mapping[str, object]) -> Problem:
    row = item.get("row")
    return Problem(
        str(item.get("code") or ""),
        "warning" if item.get("severity") == "warning" else "error",
        str(item.get("message") or ""),
        str(item.get("hint") or ""),
        sheet=str(item.get("sheet") or ""),
        row=row if isinstance(row, int) else None,
        column=str(item.get("column") or ""),
        ref=str(item.get("ref") or ""),
    )


def _refused(file: str, conversion: Conversion, problems: tuple[Problem, ...]) -> CheckResult:
    return CheckResult(
        file,
        ok=False,
        form_id=conversion.form_id,
        version=conversion.version,
        title=conversion.title,
        languages=(),
        questions=0,
        problems=problems,
    )


def _ordered(problems: list[Problem]) -> tuple[Problem, ...]:
    unique = dict.fromkeys(problems)
    return tuple(sorted(unique, key=lambda problem: (problem.severity == "warning", problem.sheet, problem.row or 0)))
