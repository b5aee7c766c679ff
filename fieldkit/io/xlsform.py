"""Opens XLSForm workbooks and XForms: any file in, an XForm with its problems out, never a traceback."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fieldkit.errors import FormError
from fieldkit.forms.diagnostics import Problem

__all__ = ["Conversion", "Source", "convert", "convert_bytes", "locate"]

_XML = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*<")


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


def convert(path: Path | str, *, media_dir: Path | None = None) -> Conversion:
    """Convert a form file to an XForm.

    Args:
        path: Workbook (.xlsx, .xlsm, .xls), text (.csv, .md) or XForm XML; its bytes decide, not its name.
        media_dir: Folder with the form's attachments; the folder ``NAME-media`` beside the file where left out.

    Returns:
        The XForm with warnings, or no XForm and the errors; whatever the file, nothing is raised.
    """
    from fieldkit.io.workbook import read_file

    file = Path(path)
    try:
        data = read_file(file)
    except FormError as error:
        return _refused(error)
    folder = media_dir if media_dir is not None else file.with_name(f"{file.stem}-media")
    return convert_bytes(data, stem=file.stem, media_dir=folder)


def convert_bytes(data: bytes, *, stem: str = "form", media_dir: Path | None = None) -> Conversion:
    """Convert the bytes of a form file; see :func:`convert`.

    Args:
        data: The file's content.
        stem: Form id where the form gives none.
        media_dir: Folder with attachments, or None.
    """
    from fieldkit.io.workbook import read_bytes
    from fieldkit.io.xlsform_media import attached

    if _XML.match(data):
        return Conversion(data, (), media=attached(data, media_dir, {}))
    try:
        workbook = read_bytes(data)
    except FormError as error:
        return _refused(error)
    from fieldkit.io.xlsform_pipeline import convert_sheets

    return convert_sheets(workbook, stem=stem, media_dir=media_dir)


def locate(problem: Problem, conversion: Conversion) -> Problem:
    """Return a problem of the engine with the sheet, row and column that its node comes from.

    Args:
        problem: A problem whose ``ref`` names a node, positions such as ``[2]`` allowed.
        conversion: What the form was converted from.
    """
    import dataclasses

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
    return dataclasses.replace(problem, sheet=source.sheet, row=source.row, column=column)


def _refused(error: FormError) -> Conversion:
    row = error.where.get("row")
    problem = Problem(
        error.code, "error", error.message, error.hint, row=row if isinstance(row, int) else None
    )
    return Conversion(None, (problem,))
