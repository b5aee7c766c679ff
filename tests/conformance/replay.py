"""Replays the cases of a file; a fault of the engine fails its case and never stops the run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conformance import scenario_cases, xpath_cases
from tests.conformance.outcome import Outcome, failed, skipped

__all__ = ["Result", "replay_case", "replay_file"]


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of one case.

    Attributes:
        id: Stable id of the case.
        area: Test area that it comes from.
        doubt: Why a right engine may differ; empty for most cases.
        is_uncheckable: Whether the data itself cannot be checked, so that it counts for nothing.
        outcome: What became of it.
    """

    id: str
    area: str
    doubt: str
    is_uncheckable: bool
    outcome: Outcome


def replay_case(case: dict[str, Any], level: int) -> Result:
    """Replay one case of either kind."""
    try:
        if "expr" in case:
            outcome = xpath_cases.replay(case)
        elif "steps" in case:
            outcome = scenario_cases.replay(case, level)
        else:
            outcome = skipped("neither an expression nor a scenario")
    except Exception as error:  # noqa: BLE001 - whatever breaks, the case has failed and the run goes on
        outcome = failed(f"crashed: {type(error).__name__}: {error}")
    return Result(case["id"], case["area"], case.get("doubt", ""), bool(case.get("cdata_split")), outcome)


def replay_file(file: Path, level: int) -> Iterator[Result]:
    """Replay all cases of a file of JSON lines."""
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield replay_case(json.loads(line), level)
