"""Where forms come from: workbooks and XForm files, as protocols."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

__all__ = ["ConvertedForm", "FormConverter", "FormProblem"]


class FormProblem(Protocol):
    """One fault of a form with its place."""

    code: str
    severity: str
    message: str

    def as_json(self) -> dict[str, object]:
        """Return the problem as the command line prints it."""
        ...


class ConvertedForm(Protocol):
    """What a workbook became."""

    xform: bytes | None
    problems: Sequence[Any]
    form_id: str
    version: str
    title: str


class FormConverter(Protocol):
    """Turns workbooks into XForms."""

    def convert(self, path: Path, *, media_dir: Path | None = None) -> ConvertedForm:
        """Convert an XLSForm or read an XForm; the problems say why where there is none."""
        ...

    def media(self, path: Path, xform: bytes, *, media_dir: Path | None = None) -> Mapping[str, bytes]:
        """Return the files that the form refers to and that lie beside it."""
        ...

    def check(self, path: Path) -> Any:
        """Convert and compile a form without adding it, with every problem at once."""
        ...
