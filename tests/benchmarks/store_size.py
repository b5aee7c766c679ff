"""How much the store benchmark measures, and how it says where it is."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

from fieldkit.store import IndexSpec, Options

__all__ = ["FULL", "OPTIONS", "PASSPHRASE", "QUICK", "SPECS", "Size", "say", "size_of"]

PASSPHRASE = "a long enough passphrase"
OPTIONS = Options(ballast_bytes=0)
SPECS = (
    IndexSpec("severity", "finding", lambda document: [document.get("severity")]),
    IndexSpec("visit", "finding", lambda document: [document.get("visit")]),
    IndexSpec("words", "finding", lambda document: [str(document.get("statement", ""))], how="text"),
)
"""The indexes of the workspace: a value of few kinds, a value of many kinds, and words."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured.

    Attributes:
        visits: Visits of 60 answers in the workspace.
        findings: Findings of three operations in the workspace.
        text_findings: Findings that the full text is searched in.
        saves: Saves of a round.
        rounds: Rounds of which the median counts.
        peers: Numbers of plain documents at which TinyDB's storages stand beside ours.
        peer_seconds: Time that a storage has for one of these.
    """

    visits: int
    findings: int
    text_findings: int
    saves: int
    rounds: int
    peers: tuple[int, ...]
    peer_seconds: float

    @property
    def label(self) -> str:
        """Return the size for a remark."""
        return f"{self.visits:,} visits x 60 answers, {self.findings:,} findings"

    def scaled(self, factor: float) -> Size:
        """Return the size made smaller, to try the whole run in minutes."""
        peers = sorted({max(1000, int(count * factor)) for count in self.peers})
        return Size(
            max(100, int(self.visits * factor)),
            max(6000, int(self.findings * factor)),
            max(2000, int(self.text_findings * factor)),
            self.saves,
            self.rounds,
            tuple(peers),
            max(20.0, self.peer_seconds * factor),
        )


QUICK = Size(1_000, 5_000, 2_000, 60, 3, (1_000,), 20)
FULL = Size(100_000, 1_000_000, 100_000, 150, 5, (1_000, 10_000, 100_000, 300_000, 1_000_000), 150)

_BEGUN = time.monotonic()


def say(text: str) -> None:
    """Print where the benchmark is, with the minutes since it began."""
    minutes, seconds = divmod(int(time.monotonic() - _BEGUN), 60)
    print(f"[{minutes:02d}:{seconds:02d}] {text}", file=sys.stderr, flush=True)


def size_of(folder: Path) -> int:
    """Return the bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
