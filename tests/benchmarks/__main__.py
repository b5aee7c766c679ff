"""Run one benchmark: ``forms``, ``lists``, ``runner``, ``store`` or ``sync`` ``[--quick | --scale F] [--json OUT]``."""

from __future__ import annotations

import argparse
import importlib
import inspect
import sys
from pathlib import Path

from tests.benchmarks.report import Row, print_table, write_json

NAMES = ("forms", "lists", "runner", "store", "sync")


def _rows(name: str, *, quick: bool, scale: float) -> list[Row]:
    run = importlib.import_module(f"tests.benchmarks.{name}").run
    wanted: dict[str, object] = {"quick": True} if quick else {"scale": scale} if scale != 1 else {}
    known = inspect.signature(run).parameters
    rows: list[Row] = run(**{option: value for option, value in wanted.items() if option in known})
    return rows


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark that is named and print its table.

    Returns:
        1 where both sides did not give equal results; in a full run also where a goal is missed. A quick run
        shares its machine with other work, so its times are printed and judge nothing; so do those of a scaled run.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--quick", action="store_true", help="a bounded run for continuous integration")
    parser.add_argument(
        "--scale", type=float, default=1.0, metavar="F", help="store: the full run with this share of the data"
    )
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the rows as JSON")
    options = parser.parse_args(arguments)
    rows = _rows(options.name, quick=options.quick, scale=options.scale)
    print_table(rows)
    if options.json:
        write_json(rows, options.json)
    unequal = any(row.equal is False for row in rows)
    missed = not options.quick and options.scale == 1 and any(row.holds is False for row in rows)
    return int(unequal or missed)


if __name__ == "__main__":
    sys.exit(main())
