"""Problems of a form with their place in the workbook, all of them in one go."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from fieldkit.errors import FormError

__all__ = ["Problem", "refusal"]


class Problem(Struct, frozen=True):
    """One fault of a form.

    Attributes:
        code: Stable code such as ``FORM-012``.
        severity: An error keeps the form from opening, a warning does not.
        message: What is wrong with which thing.
        hint: The next step.
        sheet: Sheet of the workbook, or an empty string.
        row: Row of the sheet counted from 1, or None.
        column: Header of the column, or an empty string.
        ref: Path of the node in the form, or an empty string.
    """

    code: str
    severity: Literal["error", "warning"]
    message: str
    hint: str = ""
    sheet: str = ""
    row: int | None = None
    column: str = ""
    ref: str = ""

    def as_json(self) -> dict[str, object]:
        """Return the problem as the command line prints it."""
        return {
            "code": self.code,
            "severity": self.severity,
            "sheet": self.sheet or None,
            "row": self.row,
            "column": self.column or None,
            "message": self.message,
            "hint": self.hint,
            "ref": self.ref or None,
        }


def refusal(problems: list[Problem]) -> FormError:
    """Return the error that refuses a form: the first fault speaks, all are in ``where["problems"]``."""
    first = next((problem for problem in problems if problem.severity == "error"), problems[0])
    where: dict[str, object] = {"problems": [problem.as_json() for problem in problems]}
    if first.ref:
        where["ref"] = first.ref
    return FormError(first.code, first.message, hint=first.hint, where=where)
