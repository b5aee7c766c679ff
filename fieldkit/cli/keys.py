"""x."""

from __future__ import annotations

from fieldkit.cli.parser import Command

__all__ = ["add_commands"]


def add_commands(root: Command) -> None:
    """Add nothing yet."""
