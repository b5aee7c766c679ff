"""What a screen asks of the app around it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from fieldkit.services.house import Services
    from fieldkit.visit.outcome import SaveStatus

__all__ = ["Shell"]


class Shell(Protocol):
    """What a screen asks of the app around it."""

    services: Services
    fkeys: bool
    """True once an input method was seen: hints show F-keys."""
    look: str
    """Name of the theme."""
    striped: bool
    """True in the demo workspace."""
    vim: bool
    """True with the key set *vim*: gg and G go to the first and last row."""
    ready: bool
    """True once the workspace is open."""
    keys_waiting: int
    """Keys that were typed and are not taken yet."""

    def glance(self) -> None:
        """Let what a key wrote become durable where that takes but a moment."""

    def save_status(self) -> SaveStatus | None:
        """Return what the writer says."""

    def go(self, place: str, **params: object) -> None:
        """Show another screen by name."""

    def back(self) -> None:
        """Return to the screen before this one."""

    def leave(self) -> None:
        """End the app; nothing is lost."""

    def who(self) -> str:
        """Return who works and on which device, short."""

    def now(self) -> datetime:
        """Return the present moment in the local zone."""

    def apply_settings(self) -> None:
        """Take over language, colours and signs from the settings."""

    def open_demo(self) -> None:
        """Close this workspace and open the demo."""

    def job(self, work: Callable[[], object], done: Callable[[object], None]) -> None:
        """Do something slow in a thread, then hand its result to the screen."""
