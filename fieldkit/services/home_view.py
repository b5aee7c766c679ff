"""What the first screen shows."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from fieldkit.services.lines import ActorView, HistoryLine, VisitLine

__all__ = ["BurdenLine", "ClockDoubt", "CrashOffer", "HomeView", "NeedLine"]


class NeedLine(Struct, frozen=True):
    """Something that waits for a person."""

    kind: str
    """``returned``, ``conflicts``, ``notes``, ``drafts``, ``outbox`` or ``quarantine``."""
    count: int
    text: str
    target: str = ""
    """Id to open, where there is just one."""


class BurdenLine(Struct, frozen=True):
    """A subject with its visits of the last seven days."""

    subject: str
    name: str
    visits: int
    limit: int


class CrashOffer(Struct, frozen=True):
    """Where the app stopped unexpectedly."""

    visit: str
    number: str
    subject_name: str
    key: str
    item: str
    """Number and label of the item."""
    at: str
    operations: int


class ClockDoubt(Struct, frozen=True):
    """The clock jumped back, or stands far ahead of everybody else."""

    kind: str
    """``back`` or ``ahead``."""
    now: datetime
    newest: datetime
    message: str


class HomeView(Struct, frozen=True):
    """The day at a glance."""

    actor: ActorView
    today: datetime
    is_demo: bool
    is_empty: bool
    """True where there are neither subjects nor visits yet."""
    resume: tuple[VisitLine, ...]
    """Open, ready and fed visits, the last touched first."""
    last_done: tuple[HistoryLine, ...]
    needs: tuple[NeedLine, ...]
    burden: tuple[BurdenLine, ...]
    subjects: int
    visits: int
    findings: int
    outbox: int
    """Records with operations that no receipt acknowledges."""
    last_backup: str = ""
    crash: CrashOffer | None = None
    clock: ClockDoubt | None = None
    read_only: str = ""
    """Who holds the workspace, where it can only be read."""
    first_subject: str = ""
