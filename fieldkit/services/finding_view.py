"""What the screens show of findings and notes."""

from __future__ import annotations

from msgspec import Struct

from fieldkit.services.lines import FieldView, HistoryLine
from fieldkit.visit.outcome import MoveView
from fieldkit.visit.view import EvidenceView

__all__ = ["FacetValue", "FacetView", "FindingRow", "FindingView", "FindingsView", "NoteLine", "NotesView"]


class FindingRow(Struct, frozen=True):
    """A finding as one line."""

    id: str
    number: str
    severity: str
    severity_label: str
    type: str
    type_label: str
    category: str
    category_label: str
    state: str
    state_label: str
    subject: str
    subject_name: str
    parent: str
    visit: str
    visit_number: str
    ref: str
    statement: str
    created: str
    due: str = ""
    disposition: str = ""
    actor: str = ""
    confidentiality: str = "normal"
    conflicts: int = 0
    overdue_days: int | None = None
    place: int = 0
    """Number of the record on this device."""


class FacetValue(Struct, frozen=True):
    """One value of a facet."""

    code: str
    label: str
    count: int
    active: bool = False
    term: str = ""
    """Query term that turns it on, such as ``severity:S2``."""


class FacetView(Struct, frozen=True):
    """One field to filter by, with its counts."""

    field: str
    label: str
    values: tuple[FacetValue, ...]


class FindingsView(Struct, frozen=True):
    """A list of findings with its facets."""

    rows: tuple[FindingRow, ...]
    facets: tuple[FacetView, ...]
    total: int
    matched: int
    query: str = ""
    sort: str = "severity"
    problem: str = ""
    """What is wrong with the query; then the list is unfiltered."""
    is_counted: bool = True
    """False while facets and the number of matches are being counted."""


class FindingView(Struct, frozen=True):
    """One finding, whole."""

    row: FindingRow
    fields: tuple[FieldView, ...]
    evidence: tuple[EvidenceView, ...]
    moves: tuple[MoveView, ...]
    warnings: tuple[str, ...]
    history: tuple[HistoryLine, ...]
    criterion: str = ""
    key: str = ""
    """Key of the item in its visit; empty where it belongs to the whole visit."""
    item: str = ""
    """The item in words."""
    editable: bool = True
    locked: str = ""
    """Why it cannot be edited."""


class NoteLine(Struct, frozen=True):
    """One field note."""

    id: str
    at: str
    actor: str
    text: str
    tags: tuple[str, ...]
    hearsay: bool
    subject: str
    subject_name: str
    visit: str = ""
    visit_number: str = ""
    link: str = ""
    """Key of a question or id of a finding; empty = not linked yet."""
    link_label: str = ""


class NotesView(Struct, frozen=True):
    """A list of notes."""

    rows: tuple[NoteLine, ...]
    total: int
    tags: tuple[tuple[str, int], ...] = ()
    query: str = ""
    unlinked: int = 0
