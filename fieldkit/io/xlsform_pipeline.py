"""The steps from sheets to an XForm: draft, checks, converter, finishing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from lxml import etree

from fieldkit.forms.diagnostics import Problem
from fieldkit.io.conversion import Conversion, Source
from fieldkit.io.sheets import Workbook
from fieldkit.io.xlsform_choices import check_choices
from fieldkit.io.xlsform_columns import EXPRESSIONS
from fieldkit.io.xlsform_draft import Draft, build_draft
from fieldkit.io.xlsform_kobo import expand_kobo
from fieldkit.io.xlsform_matrix import expand_matrices
from fieldkit.io.xlsform_media import attached, external_choices
from fieldkit.io.xlsform_mending import mend_choices, mend_survey
from fieldkit.io.xlsform_pyxform import run_converter
from fieldkit.io.xlsform_refs import check_references
from fieldkit.io.xlsform_survey import Survey, check_survey

__all__ = ["convert_sheets"]

_BIND_NAMES = {"calculation": "calculate", "read_only": "readonly"}
_INSTANCE = re.compile(r"""instance\(\s*['"]([^'"]+)['"]|tick_labelset\s*=\s*(\S+)""")
_ORDER = {"settings": 0, "survey": 1, "choices": 2}


def convert_sheets(workbook: Workbook, *, stem: str, folders: Sequence[Path]) -> Conversion:
    """Return the XForm of a workbook with everything that was found and changed on the way.

    Args:
        workbook: The sheets.
        stem: Form id where the settings give none.
        folders: Where attachments lie.
    """
    draft = build_draft(workbook)
    root = draft.setting("name") or draft.root
    draft.root = root
    expand_kobo(draft)
    expand_matrices(draft)
    survey = check_survey(draft)
    if survey is not None:
        mend_survey(draft, survey)
        mend_choices(draft)
        check_choices(draft, survey)
        check_references(draft, survey)
    form_id, version, title = _facts(draft, stem)
    if survey is None or _has_error(draft):
        return Conversion(None, _sorted(draft.problems), form_id, version, title)
    converted = run_converter(draft, form_id or "form")
    if converted.xform is None:
        return Conversion(None, _sorted(draft.problems), form_id, version, title)
    xform = _finish(converted.xform, draft)
    own = {"itemsets.csv": external_choices(draft)} if converted.has_itemsets else {}
    return Conversion(
        xform,
        _sorted(draft.problems),
        form_id,
        version,
        title,
        sources=_sources(survey, root),
        media=attached(xform, folders, own),
        headers=_headers(survey),
        choices=_choices(draft),
        unused=_unused(draft, survey),
    )


def _has_error(draft: Draft) -> bool:
    return any(problem.severity == "error" for problem in draft.problems)


def _facts(draft: Draft, stem: str) -> tuple[str, str, str]:
    form_id = draft.setting("form_id", "id_string", "set_form_id") or stem
    return form_id, draft.setting("version"), draft.setting("form_title", "title", "set_form_title") or form_id


def _sources(survey: Survey, root: str) -> dict[str, Source]:
    sheet = survey.table.sheet
    found = {f"/{root}": Source(sheet, 1)}
    for item in survey.items:
        found.setdefault(item.path, Source(sheet, item.row.number))
        if item.kind == "repeat":
            found.setdefault(f"{item.path}_count", Source(sheet, item.row.number))
        if item.text.endswith(("or_other", "or other", "or specify other")):
            found.setdefault(f"{item.path}_other", Source(sheet, item.row.number))
    return found


def _headers(survey: Survey) -> dict[str, str]:
    table = survey.table
    found = {}
    for base in EXPRESSIONS:
        header = table.header(base)
        if header:
            found[_BIND_NAMES.get(base, base)] = header
    for header, column in table.columns.items():
        if column.base == "bind" and len(column.key) > 1:
            found[column.key[1]] = header
    return found


def _choices(draft: Draft) -> dict[str, Source]:
    table = draft.tables.get("choices")
    found: dict[str, Source] = {}
    if table is None:
        return found
    counts: Counter[str] = Counter()
    for row in table.rows:
        name = table.get(row, "list_name")
        found[f"{name}-{counts[name]}"] = Source(table.sheet, row.number)
        counts[name] += 1
    return found


def _unused(draft: Draft, survey: Survey) -> dict[str, Source]:
    table = draft.tables.get("choices")
    if table is None:
        return {}
    used = {item.list_name for item in survey.items}
    for text in draft.texts():
        used.update(name for match in _INSTANCE.findall(text) for name in match if name)
    found: dict[str, Source] = {}
    for row in table.rows:
        name = table.get(row, "list_name")
        if name not in used:
            found.setdefault(name, Source(table.sheet, row.number))
    return found


def _finish(xform: str, draft: Draft) -> bytes:
    """Return the XForm's bytes; a group named meta at the top is joined with the form's own, absent lists are empty."""
    data = xform.encode("utf-8")
    if "meta" not in draft.names.values() and not draft.absent:
        return data
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    try:
        tree = etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        # The compilation refuses it with its place in the XML.
        return data
    for root in tree.iterfind(".//{*}instance/*"):
        metas = [child for child in root if etree.QName(child).localname == "meta"]
        for extra in metas[1:]:
            names = {etree.QName(child).localname for child in metas[0]}
            for child in list(extra):
                if etree.QName(child).localname in names:
                    continue
                metas[0].append(child)
            root.remove(extra)
        break
    model = next(tree.iter("{*}model"))
    for name in sorted(draft.absent):
        empty = etree.SubElement(model, "{http://www.w3.org/2002/xforms}instance", id=name)
        etree.SubElement(empty, "{http://www.w3.org/2002/xforms}root")
    return bytes(etree.tostring(tree, encoding="utf-8", xml_declaration=True))


def _sorted(problems: list[Problem]) -> tuple[Problem, ...]:
    def place(numbered: tuple[int, Problem]) -> tuple[bool, int, int, int]:
        index, problem = numbered
        return (problem.severity == "warning", _ORDER.get(problem.sheet.lower(), 3), problem.row or 0, index)

    return tuple(problem for __, problem in sorted(enumerate(problems), key=place))
