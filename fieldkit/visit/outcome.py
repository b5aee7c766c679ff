"""What moves, explanations and saving answer: the smaller view values of a visit."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

__all__ = ["MoveReason", "MoveResult", "MoveView", "SaveStatus", "WhyLine", "WhyView"]


class WhyLine(Struct, frozen=True):
    """One line of an explanation."""

    text: str
    value: str = ""
    key: str = ""
    """Item that the line speaks of, to jump to."""
    depth: int = 0


class WhyView(Struct, frozen=True):
    """Why an item is hidden, refused, computed, disabled or proposed."""

    key: str
    what: str
    title: str
    lines: tuple[WhyLine, ...]


class MoveReason(Struct, frozen=True):
    """One reason why a move is refused, or one warning beside a move that was made."""

    code: str
    message: str
    ref: str | None = None
    key: str = ""

    def as_json(self) -> dict[str, object]:
        """Return the reason as the command line prints it."""
        return {"code": self.code, "message": self.message, "ref": self.ref}


class MoveView(Struct, frozen=True):
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


class MoveResult(Struct, frozen=True):
    """Outcome of a move."""

    ok: bool
    state: str
    reasons: tuple[MoveReason, ...] = ()
    """Why it was refused; where it was made, its warnings."""


class SaveStatus(Struct, frozen=True):
    """What the last words of row 1 say."""

    kind: str
    """``saved``, ``saving`` or ``failed``."""
    at: datetime | None
    count: int
    cause: str = ""
