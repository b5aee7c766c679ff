"""Looks for what a form allows but its author hardly meant: questions nobody sees, texts nobody translated."""

from __future__ import annotations

from collections.abc import Iterator

from fieldkit.forms.definition import FormDefinition
from fieldkit.forms.diagnostics import Problem
from fieldkit.i18n import _
from fieldkit.io.conversion import Conversion, locate
from fieldkit.io.lint_relevance import lint_relevance
from fieldkit.io.lint_scores import lint_scores

__all__ = ["lint"]

_SHOWN = 30
"""Untranslated texts of one language that are listed one by one."""

_EMPTY = frozenset({"", "-"})
"""What stands where a translation is missing; the converter writes the hyphen."""


def lint(definition: FormDefinition, conversion: Conversion) -> list[Problem]:
    """Return warnings about a form that opens, each with its place in the workbook.

    Args:
        definition: The compiled form.
        conversion: What it was converted from.
    """
    never, problems = lint_relevance(definition)
    problems += lint_scores(definition, never)
    found = [locate(problem, conversion) for problem in problems]
    found += _untranslated(definition, conversion)
    found += _unused(conversion)
    return found


def _unused(conversion: Conversion) -> Iterator[Problem]:
    for name, source in conversion.unused.items():
        yield Problem(
            "FORM-304",
            "warning",
            _("The choice list “{list}” is not used").format(list=name),
            _("Delete its rows, or use it in a question."),
            sheet=source.sheet,
            row=source.row,
            column="list_name",
        )


def _untranslated(definition: FormDefinition, conversion: Conversion) -> Iterator[Problem]:
    written = {
        identifier
        for texts in definition.texts.values()
        for identifier, forms in texts.items()
        if _is_text(forms.get("", ""))
    }
    for language in definition.languages:
        texts = definition.texts.get(language, {})
        missing = [identifier for identifier in sorted(written) if not _is_text(texts.get(identifier, {}).get("", ""))]
        for identifier in missing[:_SHOWN]:
            yield _missing(identifier, language, conversion)
        if len(missing) > _SHOWN:
            yield Problem(
                "FORM-303",
                "warning",
                _("{count} further texts have no translation to {language}").format(
                    count=len(missing) - _SHOWN, language=language
                ),
                _("Fill in the columns of this language, or delete them."),
            )


def _is_text(text: object) -> bool:
    return not isinstance(text, str) or text.strip() not in _EMPTY


def _missing(identifier: str, language: str, conversion: Conversion) -> Problem:
    path, __, kind = identifier.partition(":")
    column = f"{kind or 'label'}::{language}"
    problem = Problem(
        "FORM-303",
        "warning",
        _("“{text}” has no translation to {language}").format(text=path.rpartition("/")[2], language=language),
        _("Fill in the column “{column}”.").format(column=column),
        column=column,
        ref=path if path.startswith("/") else "",
    )
    choice = conversion.choices.get(identifier)
    if choice is None:
        return locate(problem, conversion)
    return Problem(
        problem.code,
        problem.severity,
        problem.message,
        problem.hint,
        sheet=choice.sheet,
        row=choice.row,
        column=f"label::{language}",
    )
