"""Where forms come from: workbooks and XForm files, as protocols."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

__all__ = ["ConvertedForm", "FormConverter"]


class ConvertedForm(Protocol):
    """What a workbook became."""

    @property
    def xform(self) -> bytes | None:
        """The XForm, or None where the file is refused."""
        ...

    @property
    def problems(self) -> Sequence[Any]:
        """Everything found, errors only where there is no XForm."""
        ...

    @property
    def media(self) -> Mapping[str, bytes]:
        """Files that belong to the form, by name."""
        ...


class FormConverter(Protocol):
    """Turns workbooks into XForms."""

    def __call__(self, path: Path, *, media_dir: Path | None = None) -> ConvertedForm:
        """Convert an XLSForm or read an XForm; the problems say why where there is none."""
        ...
