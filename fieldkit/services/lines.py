"""Values that several screens show: visits, moves in time, fields and who acts, as plain frozen values."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "ActorLine",
    "ActorView",
    "ConflictHead",
    "ConflictView",
    "FieldOption",
    "FieldView",
    "FindHit",
    "HistoryLine",
    "VisitLine",
]


@dataclass(frozen=True, slots=True)
class VisitLine:
    """A visit as one line of a list."""

    id: str
    number: str
    subject: str
    subject_name: str
    kind: str
    """Kind of the subject."""
    forms: tuple[str, ...]
    """Form ids."""
    titles: tuple[str, ...]
    state: str
    state_label: str
    revision: int
    started: str
    """ISO 8601 with offset."""
    changed: str
    actor: str
    """Code of who wrote last."""
    operations: int
    campaign: str = ""
    mode: str = ""
    answered: int | None = None
    """None = not opened on this device since it changed."""
    total: int | None = None
    required_left: int | None = None
    invalid: int | None = None
    percent: float | None = None
    star: int | None = None
    proposal: str = ""
    findings: int = 0
    delivery: str = "saved"
    """``saved``, ``exported`` or ``acknowledged``."""
    conflicts: int = 0
    own: bool = True
    """True where it began on this device."""


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One operation of a record's history."""

    at: str
    actor: str
    device: str
    field: str
    label: str
    old: str
    new: str
    operation: str
    cause: str = ""


@dataclass(frozen=True, slots=True)
class FieldOption:
    """One value that a field may take."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field of a record or of a form to fill in."""

    name: str
    label: str
    value: str
    shown: str
    options: tuple[FieldOption, ...] = ()
    editable: bool = True
    required: bool = False
    hint: str = ""
    multiline: bool = False
    conflict: bool = False


@dataclass(frozen=True, slots=True)
class ActorLine:
    """One person of the team by code."""

    code: str
    roles: tuple[str, ...]
    roles_label: str
    current: bool


@dataclass(frozen=True, slots=True)
class ActorView:
    """Who is at the keyboard, and who else may be."""

    code: str
    roles: tuple[str, ...]
    roles_label: str
    device: str
    """Short name of the device."""
    roster: tuple[ActorLine, ...]


@dataclass(frozen=True, slots=True)
class ConflictHead:
    """One of the values that copies hold."""

    head: str
    """Id of the operation."""
    value: object
    shown: str
    device: str
    actor: str
    at: str
    selected: bool = False
    """True for the one that is shown by the fixed rule."""


@dataclass(frozen=True, slots=True)
class ConflictView:
    """A real disagreement about one field, whole."""

    id: str
    record: str
    field: str
    kind: str
    title: str
    """The record in words."""
    label: str
    """The field in words."""
    heads: tuple[ConflictHead, ...]


@dataclass(frozen=True, slots=True)
class FindHit:
    """Something that a search found."""

    kind: str
    """``subject``, ``visit``, ``finding``, ``note`` or ``form``."""
    id: str
    title: str
    detail: str = ""
    score: float = 0.0
