"""The register of subjects: its kinds, their parents and columns, and what one entry must fulfil.

Source of the rules: the table of subjects in the description of the domain; a cell that does not belong to the
kind stays blank, and a branch sits under what it serves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Protocol

from msgspec import Struct, field

from fieldkit.i18n import _

__all__ = [
    "CODE_LISTS",
    "COLUMNS",
    "KINDS",
    "PARENTS",
    "CodeLists",
    "Entry",
    "Fault",
    "Known",
    "Verdict",
    "check_entries",
    "check_entry",
    "columns_of",
]

COLUMNS = (
    "id", "kind", "name_zh", "name_en", "parent", "band", "year", "townships_n", "branches_n", "push_status",
    "member_units_n", "estates_n", "households", "income_own", "coop", "estate_branch", "owners_committee", "pm_kind",
    "branch_kind", "members_full", "last_election", "term_years", "last_star", "unit_kind", "coverage", "lead_unit",
    "plan_invest", "milestones_n", "station_kind", "functions", "link_kind", "other", "since", "agreement", "status",
    "tags",
)  # fmt: skip
"""Columns of the register file in their order."""

_COMMON = ("id", "kind", "name_zh", "name_en", "parent", "tags")
_OWN: dict[str, tuple[str, ...]] = {
    "city": ("year",),
    "county": ("townships_n", "branches_n"),
    "township": ("push_status",),
    "street": ("member_units_n",),
    "village": ("band", "households", "income_own", "coop"),
    "community": ("member_units_n", "estates_n"),
    "estate": ("estate_branch", "owners_committee", "pm_kind"),
    "branch": ("branch_kind", "members_full", "last_election", "term_years", "last_star"),
    "unit": ("unit_kind", "coverage"),
    "project": ("lead_unit", "plan_invest", "milestones_n"),
    "station": ("station_kind", "functions"),
    "link": ("link_kind", "other", "since", "agreement", "status"),
}

KINDS = tuple(_OWN)
"""Kinds of subjects, the highest first."""

_SIDES = frozenset(KINDS) - {"link"}

PARENTS: Mapping[str, frozenset[str]] = {
    "city": frozenset(),
    "county": frozenset({"city"}),
    "township": frozenset({"county"}),
    "street": frozenset({"county"}),
    "village": frozenset({"township"}),
    "community": frozenset({"street"}),
    "estate": frozenset({"community"}),
    "branch": frozenset({"city", "county", "township", "street", "village", "community", "estate", "unit"}),
    "unit": frozenset({"county", "city"}),
    "project": frozenset({"county"}),
    "station": frozenset({"county"}),
    "link": _SIDES,
}
"""Kinds under which a kind may stand."""

CODE_LISTS: Mapping[str, str] = {
    "band": "band",
    "push_status": "push_status",
    "pm_kind": "pm_kind",
    "branch_kind": "branch_kind",
    "unit_kind": "unit_kind",
    "coverage": "coverage",
    "station_kind": "station_kind",
    "functions": "station_function",
    "link_kind": "link_kind",
    "status": "link_status",
    "tags": "tag",
}
"""Columns that hold codes, and their lists; ``functions`` and ``tags`` hold several, blank between."""

_SEVERAL = frozenset({"functions", "tags"})
_WHOLE = frozenset(
    {"year", "townships_n", "branches_n", "member_units_n", "estates_n", "households", "members_full", "term_years",
     "last_star", "milestones_n"}
)  # fmt: skip
_DECIMAL = frozenset({"income_own", "plan_invest"})
_YES_NO = frozenset({"coop", "estate_branch", "owners_committee", "agreement"})
_DATES = frozenset({"last_election", "since"})
_REFERENCES: Mapping[str, frozenset[str]] = {"other": _SIDES, "lead_unit": frozenset({"unit"})}
_ID = re.compile(r"[^\W_][\w.\-]{0,39}")
_NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,6})?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MAX_TEXT = 200


class CodeLists(Protocol):
    """Knows which codes a list holds."""

    def has(self, name: str, code: str) -> bool:
        """Tell whether a list holds a code."""
        ...

    def values(self, name: str) -> tuple[str, ...]:
        """Return the codes of a list."""
        ...


class Fault(Struct, frozen=True):
    """What is wrong with one cell of an entry."""

    code: str
    column: str
    message: str
    hint: str = ""


class Known(Struct, frozen=True):
    """What is known of a subject that others may refer to."""

    kind: str
    parent: str = ""


class Entry(Struct, frozen=True):
    """One entry to be checked: its row in the file and its values by column, blanks left out."""

    row: int
    values: Mapping[str, str]

    @property
    def id(self) -> str:
        """Return the subject's id, or an empty text."""
        return self.values.get("id", "")


class Verdict(Struct, frozen=True):
    """What became of a list of entries: the good ones in their order, and the faults of the others by row."""

    accepted: tuple[Entry, ...] = ()
    refused: tuple[tuple[int, Fault], ...] = field(default=())


def columns_of(kind: str) -> tuple[str, ...]:
    """Return the columns that a kind of subject fills, in the order of the register; all for an unknown kind."""
    own = _OWN.get(kind)
    return COLUMNS if own is None else tuple(column for column in COLUMNS if column in _COMMON or column in own)


def check_entry(values: Mapping[str, str], codes: CodeLists) -> tuple[Fault, ...]:
    """Return the faults of one entry taken alone: id, kind, names, and the form of each cell."""
    faults: list[Fault] = []
    _check_identity(values, faults)
    kind = values.get("kind", "")
    if kind not in _OWN:
        faults.append(
            Fault(
                "SUBJ-006",
                "kind",
                _("The kind “{kind}” is unknown").format(kind=kind) if kind else _("The kind is missing"),
                _("Use one of: {kinds}").format(kinds=", ".join(KINDS)),
            )
        )
        return tuple(faults)
    allowed = columns_of(kind)
    for column, text in values.items():
        if not text or column in {"id", "kind", "parent"}:
            continue
        fault = _cell_fault(column, text, kind, allowed, codes)
        if fault is not None:
            faults.append(fault)
    return tuple(faults)


def check_entries(entries: Sequence[Entry], known: Mapping[str, Known], codes: CodeLists) -> Verdict:
    """Return which entries of a file are good, with the file itself and the register as their surroundings.

    Args:
        entries: Entries in the order of the file; a parent may stand below its child.
        known: The subjects that the register already holds, by id.
        codes: The lists of codes.
    """
    refused: list[tuple[int, Fault]] = []
    good: dict[str, Entry] = {}
    for entry in entries:
        faults = check_entry(entry.values, codes)
        if not faults:
            faults = _surroundings(entry, good, known)
        if faults:
            refused.extend((entry.row, fault) for fault in faults)
        else:
            good[entry.id] = entry
    while True:
        wrong = _wrong_references(good, known)
        if not wrong:
            break
        for fault_id, fault in wrong:
            refused.append((good[fault_id].row, fault))
            del good[fault_id]
    return Verdict(tuple(good.values()), tuple(sorted(refused, key=lambda item: item[0])))


def _check_identity(values: Mapping[str, str], faults: list[Fault]) -> None:
    identity = values.get("id", "")
    if not _ID.fullmatch(identity):
        faults.append(
            Fault(
                "SUBJ-005",
                "id",
                _("“{id}” cannot be an id").format(id=identity[:60]) if identity else _("The id is missing"),
                _("An id has up to 40 letters, digits, dots, hyphens and underlines, such as VL01."),
            )
        )
    if not values.get("name_zh") and not values.get("name_en"):
        faults.append(Fault("SUBJ-007", "name_zh", _("The name is missing"), _("Fill in name_zh, name_en, or both.")))


def _cell_fault(column: str, text: str, kind: str, allowed: Iterable[str], codes: CodeLists) -> Fault | None:
    if column not in COLUMNS:
        return Fault("SUBJ-002", column, _("The column “{column}” is unknown").format(column=column))
    if column not in allowed:
        return Fault(
            "SUBJ-012",
            column,
            _("A {kind} has no {column}").format(kind=kind, column=column),
            _("Leave the cell blank."),
        )
    if len(text) > _MAX_TEXT:
        return Fault("SUBJ-004", column, _("The text has more than {limit} characters").format(limit=_MAX_TEXT))
    return _code_fault(column, text, codes) or _form_fault(column, text)


def _code_fault(column: str, text: str, codes: CodeLists) -> Fault | None:
    name = CODE_LISTS.get(column)
    if name is None:
        return None
    given = text.split() if column in _SEVERAL else [text]
    wrong = [code for code in given if not codes.has(name, code)]
    if not wrong:
        return None
    return Fault(
        "SUBJ-008",
        column,
        _("{column} has no code “{code}”").format(column=column, code=wrong[0][:40]),
        _("Use one of: {codes}").format(codes=", ".join(codes.values(name))),
    )


def _form_fault(column: str, text: str) -> Fault | None:
    if column in _WHOLE and not (text.isascii() and text.isdigit() and len(text) <= 9):
        return Fault("SUBJ-009", column, _("“{text}” is no whole number").format(text=text[:40]))
    if column in _DECIMAL and not (text.isascii() and _NUMBER.fullmatch(text)):
        return Fault("SUBJ-009", column, _("“{text}” is no number").format(text=text[:40]), _("Write it like 18.6."))
    if column in _YES_NO and text not in {"yes", "no"}:
        return Fault("SUBJ-011", column, _("“{text}” is neither yes nor no").format(text=text[:40]))
    if column in _DATES and not _is_date(text):
        return Fault(
            "SUBJ-010", column, _("“{text}” is no date").format(text=text[:40]), _("Write it like 2024-04-01.")
        )
    return None


def _is_date(text: str) -> bool:
    if not (text.isascii() and _DATE.fullmatch(text)):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _surroundings(entry: Entry, good: Mapping[str, Entry], known: Mapping[str, Known]) -> tuple[Fault, ...]:
    """Return what is wrong with an entry among those before it: its id is taken, or its kind has changed."""
    if entry.id in good:
        return (
            Fault(
                "SUBJ-013",
                "id",
                _("The id {id} stands already in row {row}").format(id=entry.id, row=good[entry.id].row),
                _("Give it another id, or delete one of the two rows."),
            ),
        )
    before = known.get(entry.id)
    if before is not None and before.kind != entry.values["kind"]:
        return (
            Fault(
                "SUBJ-017",
                "kind",
                _("{id} is a {kind} in the register; a subject cannot change its kind").format(
                    id=entry.id, kind=before.kind
                ),
                _("Add it under a new id."),
            ),
        )
    return ()


def _wrong_references(good: Mapping[str, Entry], known: Mapping[str, Known]) -> list[tuple[str, Fault]]:
    found = []
    for identity, entry in good.items():
        fault = _parent_fault(entry, good, known) or _side_fault(entry, good, known)
        if fault is not None:
            found.append((identity, fault))
    return found


def _look_up(identity: str, good: Mapping[str, Entry], known: Mapping[str, Known]) -> Known | None:
    entry = good.get(identity)
    if entry is not None:
        return Known(entry.values["kind"], entry.values.get("parent", ""))
    return known.get(identity)


def _parent_fault(entry: Entry, good: Mapping[str, Entry], known: Mapping[str, Known]) -> Fault | None:
    parent = entry.values.get("parent", "")
    if not parent:
        return None
    found = _look_up(parent, good, known)
    if found is None:
        return Fault(
            "SUBJ-014",
            "parent",
            _("The parent {parent} is not in the register, nor a good row of this file").format(parent=parent),
            _("Add the parent, or correct its id."),
        )
    if _is_circular(entry.id, parent, good, known):
        return Fault(
            "SUBJ-016", "parent", _("{id} would stand under itself").format(id=entry.id), _("Correct the parent.")
        )
    kind = entry.values["kind"]
    if found.kind not in PARENTS[kind]:
        allowed = ", ".join(name for name in KINDS if name in PARENTS[kind]) or _("nothing")
        return Fault(
            "SUBJ-015",
            "parent",
            _("A {kind} cannot stand under a {parent}").format(kind=kind, parent=found.kind),
            _("It may stand under: {kinds}").format(kinds=allowed),
        )
    return None


def _is_circular(start: str, parent: str, good: Mapping[str, Entry], known: Mapping[str, Known]) -> bool:
    seen = {start}
    while parent:
        if parent in seen:
            return True
        seen.add(parent)
        found = _look_up(parent, good, known)
        parent = found.parent if found else ""
    return False


def _side_fault(entry: Entry, good: Mapping[str, Entry], known: Mapping[str, Known]) -> Fault | None:
    for column, kinds in _REFERENCES.items():
        identity = entry.values.get(column, "")
        if not identity:
            continue
        found = _look_up(identity, good, known)
        if found is None or identity == entry.id:
            return Fault(
                "SUBJ-018",
                column,
                _("{id} is not in the register, nor a good row of this file").format(id=identity),
                _("Add it, or correct its id."),
            )
        if found.kind not in kinds:
            return Fault(
                "SUBJ-018", column, _("{id} is a {kind}, which cannot stand here").format(id=identity, kind=found.kind)
            )
    return None
