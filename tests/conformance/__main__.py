"""``python -m tests.conformance [--level 1|2|3] [--json OUT] FILE…`` replays recorded cases."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.conformance.replay import Result, replay_file


def _table(results: list[Result]) -> list[str]:
    lines = [f"{'area':<44}{'passed':>8}{'failed':>8}{'skipped':>8}   with doubt: passed failed skipped"]
    areas = sorted({result.area for result in results})
    rows = [_row(area, [result for result in results if result.area == area]) for area in areas]
    return [*lines, *rows, _row("total", results)]


def _row(name: str, results: list[Result]) -> str:
    sure = Counter(result.outcome.verdict for result in results if not result.doubt)
    doubt = Counter(result.outcome.verdict for result in results if result.doubt)
    row = f"{name:<44}{sure['passed']:>8}{sure['failed']:>8}{sure['skipped']:>8}"
    return row + (f"{doubt['passed']:>21}{doubt['failed']:>7}{doubt['skipped']:>8}" if doubt else "")


def _share(name: str, results: list[Result]) -> str:
    counted = [result for result in results if not result.is_uncheckable]
    good = sum(result.outcome.verdict == "passed" for result in counted)
    return f"{name}: {good} of {len(counted)} passed ({good / len(counted):.2%})" if counted else f"{name}: none"


def _report(level: int, results: list[Result]) -> dict[str, object]:
    areas = {
        area: {
            verdict: sum(r.outcome.verdict == verdict for r in results if r.area == area)
            for verdict in ("passed", "failed", "skipped")
        }
        for area in sorted({result.area for result in results})
    }
    return {
        "level": level,
        "areas": areas,
        "cases": {result.id: str(result.outcome) for result in results},
        "doubt": {result.id: str(result.outcome) for result in results if result.doubt},
        "notes": {result.id: result.outcome.note for result in results if result.outcome.note},
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Replay the files, print the report and return 1 when a case without doubt failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description="Replays recorded cases.")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--level", type=int, choices=(1, 2, 3), default=1)
    parser.add_argument("--json", type=Path, metavar="OUT")
    options = parser.parse_args(arguments)
    results = [result for file in options.files for result in replay_file(file, options.level)]
    for line in _table(results):
        print(line)
    for result in results:
        if result.outcome.verdict != "passed":
            print(f"{result.id} {'(doubt) ' if result.doubt else ''}{result.area}: {result.outcome}")
    silent = sum(bool(result.outcome.note) for result in results)
    if silent:
        print(f"{silent} cases have nothing to compare at this level besides that they run")
    print(_share("without doubt", [result for result in results if not result.doubt]))
    print(_share("all", results))
    if options.json is not None:
        text = json.dumps(_report(options.level, results), ensure_ascii=False, indent=1)
        options.json.write_text(text, encoding="utf-8")
    counts = Counter(result.outcome.verdict for result in results)
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return int(any(result.outcome.verdict == "failed" and not result.doubt for result in results))


if __name__ == "__main__":
    sys.exit(main())
