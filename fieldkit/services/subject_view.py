"""What the screens show of the register."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fieldkit.services.lines import FieldView, HistoryLine, VisitLine
from fieldkit.visit.view import FindingLine

__all__ = ["RefusedRow", "SubjectDetail", "SubjectImport", "SubjectLine", "SubjectsView"]


@dataclass(frozen=True, slots=True)
class SubjectLine:
    """A subject as one line, in the order of the tree."""

    id: str
    kind: str
    kind_label: str
    name: str
    """In the language of the interface."""
    name_zh: str
    name_en: str
    parent: str
    depth: int
    children: int
    band: str = ""
    star: str = ""
    open_visits: int = 0
    visits: int = 0
    findings: int = 0
    match: str = ""
    """Why it matched a search: ``code``, ``text``, ``pinyin`` or ``initials``."""


@dataclass(frozen=True, slots=True)
class SubjectsView:
    """The register, whole or searched."""

    rows: tuple[SubjectLine, ...]
    total: int
    query: str = ""
    kind: str = ""
    kinds: tuple[tuple[str, str, int], ...] = ()
    """Kind, its label, how many."""


@dataclass(frozen=True, slots=True)
class SubjectDetail:
    """One subject with what is known about it."""

    line: SubjectLine
    path: tuple[SubjectLine, ...]
    """Its parents, the highest first."""
    fields: tuple[FieldView, ...]
    visits: tuple[VisitLine, ...]
    findings: tuple[FindingLine, ...]
    notes: int
    children: tuple[SubjectLine, ...]
    history: tuple[HistoryLine, ...]
    visits_7_days: int = 0
    visits_30_days: int = 0
    forms: tuple[tuple[str, str], ...] = ()
    """Form id and title of the checklists that suit its kind, the best first."""
    twins: tuple[SubjectLine, ...] = ()


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row of an import that was not taken."""

    row: int
    column: str
    code: str
    message: str

    def as_json(self) -> dict[str, object]:
        """Return the row as the command line prints it."""
        return {"row": self.row, "column": self.column, "code": self.code, "message": self.message}


@dataclass(frozen=True, slots=True)
class SubjectImport:
    """Outcome of an import."""

    added: int
    changed: int
    unchanged: int
    refused: tuple[RefusedRow, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
