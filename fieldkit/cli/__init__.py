"""The command line: every screen's twin, through the same services."""

from __future__ import annotations

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    from fieldkit.cli.border import run

    return run(arguments)
