"""Runs Fieldkit: ``fieldkit`` or ``python -m fieldkit``."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command of this process and leave with its exit code."""
    from fieldkit.cli import main as run

    sys.exit(run())


if __name__ == "__main__":
    main()
