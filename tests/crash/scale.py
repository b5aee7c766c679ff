"""How long the bench runs: bounded in the suite, hours in the long form (``python -m tests.crash --long``)."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

__all__ = ["LONG", "report", "scaled", "scratch"]

LONG = os.environ.get("FIELDKIT_CRASH") == "long"


def scaled(short: int, long: int) -> int:
    """Return the number of trials for this run."""
    return long if LONG else short


def scratch() -> Path:
    """Return a new folder in memory where the system has one: thousands of states are written there."""
    memory = Path("/dev/shm")
    return Path(tempfile.mkdtemp(prefix="fk-crash-", dir=memory if memory.is_dir() else None))


def report(**counts: int) -> None:
    """Print what a test went through; ``python -m tests.crash`` shows it with the test's name."""
    print(", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items()))
