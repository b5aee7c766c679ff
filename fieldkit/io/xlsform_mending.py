"""Mends what the standard converter stumbles at although only one reading is possible."""

from __future__ import annotations

from pyxform.parsing.expression import is_xml_tag

from fieldkit.forms.diagnostics import Problem
from fieldkit.i18n import _
from fieldkit.io.xlsform_draft import Draft, DraftRow, Table, namespaces_of
from fieldkit.io.xlsform_survey import FILES, Survey

__all__ = ["mend_choices", "mend_survey"]

_FK = "urn:fieldkit:xf"
_DECLARED = frozenset({"jr", "orx", "odk", "ev", "h", "xsd", "xml", "entities"})
"""Prefixes that the converter declares itself."""

_ATTRIBUTES = ("tag", "toParseString")
"""Names of instance attributes at which the converter stumbles: they are also its own parameters."""


def mend_survey(draft: Draft, survey: Survey) -> None:
    """Mend the survey of a draft; each change is listed among the draft's problems as a warning."""
    _prefixes(draft, survey.table)
    _attributes(draft, survey.table)
    _root(draft, survey)
    _files(draft, survey)


def _prefixes(draft: Draft, table: Table) -> None:
    """Declare the prefix of scoring where it is forgotten, and leave out columns of prefixes that nobody declares."""
    declared = set(_DECLARED) | set(namespaces_of(draft))
    for header in table.headers("bind", "instance", "control"):
        name = table.columns[header].key[1]
        prefix, colon, __ = name.partition(":")
        if not is_xml_tag(name):
            _leave_out(draft, table, header)
            continue
        if not colon or prefix in declared:
            continue
        if prefix == "fk" and table.columns[header].base == "bind":
            declared.add(prefix)
            _declare(draft)
            problem = (
                "FORM-246",
                _("The prefix “fk” is not declared; it is taken for Fieldkit's own"),
                _("Write {text} into the setting “namespaces”.").format(text=f'fk="{_FK}"'),
            )
        else:
            for row in table.rows:
                row.cells.pop(header, None)
            del table.columns[header]
            problem = (
                "FORM-225",
                _("The prefix “{prefix}” of the column “{header}” is not declared; the column is not read").format(
                    prefix=prefix, header=header
                ),
                _("Declare it in the setting “namespaces”, or delete the column."),
            )
        code, message, hint = problem
        draft.problems.append(Problem(code, "warning", message, hint, sheet=table.sheet, row=1, column=header))


def _leave_out(draft: Draft, table: Table, header: str) -> None:
    """Leave out a column whose header would be a name in the form, and cannot be one."""
    for row in table.rows:
        row.cells.pop(header, None)
    del table.columns[header]
    draft.problems.append(
        Problem(
            "FORM-223",
            "warning",
            _("The header “{header}” cannot be a name in the form; the column is not read").format(header=header),
            _("A name begins with a letter or underline; then letters, digits, underlines, hyphens and dots follow."),
            sheet=table.sheet,
            row=1,
            column=header,
        )
    )


def mend_choices(draft: Draft) -> None:
    """Leave out properties of choices whose headers cannot be names."""
    table = draft.tables.get("choices")
    if table is None:
        return
    for header, column in list(table.columns.items()):
        known = column.base in {"list_name", "name", "label", "media"}
        if not known and (not is_xml_tag(header) or ":" in header):
            _leave_out(draft, table, header)


def _declare(draft: Draft) -> None:
    settings = draft.tables.setdefault("settings", Table("settings", "settings"))
    if not settings.rows:
        settings.rows.append(DraftRow(2, {}))
    settings.add_column("namespaces")
    header = settings.header("namespaces")
    cells = settings.rows[0].cells
    cells[header] = f'{cells.get(header, "")} fk="{_FK}"'.strip()


def _files(draft: Draft, survey: Survey) -> None:
    """Move files out of groups and repeats: they belong to the form as a whole, and the converter fails in repeats."""
    table = survey.table
    for item in survey.items:
        if item.text not in FILES or item.path.count("/") <= 2:
            continue
        table.rows.remove(item.row)
        table.rows.append(item.row)
        draft.problems.append(
            Problem(
                "FORM-245",
                "warning",
                _("Row {row}: the file “{name}” stands in a group; it is read for the whole form").format(
                    row=item.row.number, name=item.name
                ),
                _("Move the row out of the group."),
                sheet=table.sheet,
                row=item.row.number,
                column=table.header("type"),
            )
        )


def _attributes(draft: Draft, table: Table) -> None:
    for header in table.headers("instance"):
        column = table.columns[header]
        if column.key[1] not in _ATTRIBUTES:
            continue
        stand_in = draft.stand_in(column.key[1])
        new = f"instance::{stand_in}"
        table.columns = {new if key == header else key: value for key, value in table.columns.items()}
        for row in table.rows:
            if header in row.cells:
                row.cells[new] = row.cells.pop(header)
        draft.problems.append(
            Problem(
                "FORM-244",
                "warning",
                _("The column “{header}” makes the standard converter fail; its values are kept").format(header=header),
                _("Rename the attribute if other tools shall read the form."),
                sheet=table.sheet,
                row=1,
                column=header,
            )
        )


def _root(draft: Draft, survey: Survey) -> None:
    """Give the root another name while converting where an item has the root's own name."""
    root = draft.setting("name") or draft.root
    same = [item for item in survey.items if item.name == root]
    if not same:
        return
    stand_in = draft.stand_in(root)
    settings = draft.tables.get("settings")
    if settings is not None and settings.rows and settings.header("name") in settings.rows[0].cells:
        settings.rows[0].cells[settings.header("name")] = stand_in
    draft.root = stand_in
    used = any(f"${{{root}}}" in text for text in draft.texts()) or any(item.kind == "repeat" for item in same)
    if used:
        first = same[0]
        draft.problems.append(
            Problem(
                "FORM-242",
                "warning",
                _("Row {row}: “{name}” is also the name of the form's root").format(row=first.row.number, name=root),
                _("Rename the question if other tools shall read the form."),
                sheet=survey.table.sheet,
                row=first.row.number,
                column=survey.table.header("name"),
            )
        )
