"""Values that several screens show: visits, moves in time, fields and who acts, as plain frozen values."""

from __future__ import annotations

from msgspec import Struct

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


class VisitLine(Struct, frozen=True):
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


class HistoryLine(Struct, frozen=True):
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


class FieldOption(Struct, frozen=True):
    """One value that a field may take."""

    value: str
    label: str


class FieldView(Struct, frozen=True):
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


class ActorLine(Struct, frozen=True):
    """One person of the team by code."""

    code: str
    roles: tuple[str, ...]
    roles_label: str
    current: bool


class ActorView(Struct, frozen=True):
    """Who is at the keyboard, and who else may be."""

    code: str
    roles: tuple[str, ...]
    roles_label: str
    device: str
    """Short name of the device."""
    roster: tuple[ActorLine, ...]


class ConflictHead(Struct, frozen=True):
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


class ConflictView(Struct, frozen=True):
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


class FindHit(Struct, frozen=True):
    """Something that a search found."""

    kind: str
    """``subject``, ``visit``, ``finding``, ``note`` or ``form``."""
    id: str
    title: str
    detail: str = ""
    score: float = 0.0
