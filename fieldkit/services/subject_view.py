"""What the screens show of the register."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from fieldkit.services.lines import FieldView, HistoryLine, VisitLine
from fieldkit.visit.view import FindingLine

__all__ = ["RefusedRow", "SubjectDetail", "SubjectImport", "SubjectLine", "SubjectsView"]


class SubjectLine(Struct, frozen=True):
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


class SubjectsView(Struct, frozen=True):
    """The register, whole or searched."""

    rows: tuple[SubjectLine, ...]
    total: int
    query: str = ""
    kind: str = ""
    kinds: tuple[tuple[str, str, int], ...] = ()
    """Kind, its label, how many."""


class SubjectDetail(Struct, frozen=True):
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


class RefusedRow(Struct, frozen=True):
    """A row of an import that was not taken."""

    row: int
    column: str
    code: str
    message: str

    def as_json(self) -> dict[str, object]:
        """Return the row as the command line prints it."""
        return {"row": self.row, "column": self.column, "code": self.code, "message": self.message}


class SubjectImport(Struct, frozen=True):
    """Outcome of an import."""

    added: int
    changed: int
    unchanged: int
    refused: tuple[RefusedRow, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
