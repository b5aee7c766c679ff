"""What became of a case, and the comparison of values that both kinds of cases share."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

__all__ = ["FAILED", "PASSED", "SKIPPED", "Outcome", "failed", "number_of", "passed", "same_number", "skipped"]

Verdict = Literal["passed", "failed", "skipped"]
PASSED: Verdict = "passed"
FAILED: Verdict = "failed"
SKIPPED: Verdict = "skipped"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict on one case, with the reason unless it passed."""

    verdict: Verdict
    why: str = ""
    note: str = ""
    """Something to report apart, such as a case without any observation."""

    def __str__(self) -> str:
        return f"{self.verdict}: {self.why}" if self.why else self.verdict


def passed(note: str = "") -> Outcome:
    """Return the verdict that everything compared was equal."""
    return Outcome(PASSED, note=note)


def failed(why: str) -> Outcome:
    """Return the verdict that something differed."""
    return Outcome(FAILED, " ".join(why.split())[:400])


def skipped(why: str) -> Outcome:
    """Return the verdict that the case cannot be replayed here."""
    return Outcome(SKIPPED, why)


def number_of(value: object) -> float:
    """Return a recorded number, which may be written as a text such as ``NaN``."""
    if isinstance(value, str):
        return {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf, "-0": 0.0}[value]
    assert isinstance(value, int | float)
    return float(value)


def same_number(expected: object, given: float) -> bool:
    """Compare numbers with relative tolerance 1e-9; NaN and the infinities equal only themselves."""
    wanted = number_of(expected)
    if math.isnan(wanted) or math.isnan(given):
        return math.isnan(wanted) and math.isnan(given)
    if math.isinf(wanted) or math.isinf(given):
        return wanted == given
    return abs(wanted - given) <= 1e-9 * max(abs(wanted), abs(given), 1e-300) or wanted == given
