"""Run the crash bench: ``python -m tests.crash`` bounded, ``python -m tests.crash --long`` in full."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import pytest


def main() -> int:
    """Run the bench and return pytest's exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash")
    parser.add_argument(
        "--long", action="store_true", help="1,000 kills, 10,000 crash states and more of each scenario"
    )
    parser.add_argument("rest", nargs="*", help="passed on to pytest")
    options = parser.parse_args()
    if options.long:
        os.environ["FIELDKIT_CRASH"] = "long"
    return int(pytest.main([str(Path(__file__).parent), "-p", "no:randomly", "-rA", "-q", *options.rest]))


if __name__ == "__main__":
    sys.exit(main())
