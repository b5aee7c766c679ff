"""What moves, explanations and saving answer: the smaller view values of a visit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

__all__ = ["MoveReason", "MoveResult", "MoveView", "SaveStatus", "WhyLine", "WhyView"]


@dataclass(frozen=True, slots=True)
class WhyLine:
    """One line of an explanation."""

    text: str
    value: str = ""
    key: str = ""
    """Item that the line speaks of, to jump to."""
    depth: int = 0


@dataclass(frozen=True, slots=True)
class WhyView:
    """Why an item is hidden, refused, computed, disabled or proposed."""

    key: str
    what: str
    title: str
    lines: tuple[WhyLine, ...]


@dataclass(frozen=True, slots=True)
class MoveReason:
    """One reason why a move is refused, or one warning beside a move that was made."""

    code: str
    message: str
    ref: str | None = None
    key: str = ""

    def as_json(self) -> dict[str, object]:
        """Return the reason as the command line prints it."""
        return {"code": self.code, "message": self.message, "ref": self.ref}


@dataclass(frozen=True, slots=True)
class MoveView:
    """One line in the list of moves."""

    number: int
    event: str
    label: str
    enabled: bool
    reasons: tuple[MoveReason, ...]
    role: str
    """Roles that may do it, in words."""
    required: tuple[str, ...]
    """Fields that the move must bring."""
    to: str = ""
    to_label: str = ""
    effect: str = ""


@dataclass(frozen=True, slots=True)
class MoveResult:
    """Outcome of a move."""

    ok: bool
    state: str
    reasons: tuple[MoveReason, ...] = ()
    """Why it was refused; where it was made, its warnings."""


@dataclass(frozen=True, slots=True)
class SaveStatus:
    """What the last words of row 1 say."""

    kind: str
    """``saved``, ``saving`` or ``failed``."""
    at: datetime | None
    count: int
    cause: str = ""
