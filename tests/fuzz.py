"""Looks for forms, expressions and workbooks that crash or hang: ``python -m tests.fuzz [SECONDS]``.

The targets are property tests; each is fed with other random bytes for its share of the time. A failure prints its
exception and the bytes that bring it back: ``python -m tests.fuzz --again TARGET HEX``. What is found becomes a test.
"""

from __future__ import annotations

import argparse
import faulthandler
import sys
import time
import traceback
from collections.abc import Callable
from random import Random
from typing import Any

from tests.property import test_form_files, test_forms_hostile, test_xpath_laws, test_xpath_xform_fuzz

TARGETS: dict[str, Callable[..., Any]] = {
    "workbook-table": test_form_files.test_any_table,
    "workbook-almost-right": test_form_files.test_any_almost_right_table,
    "workbook-lints": test_form_files.test_lints_pass_over_any_table,
    "file-altered": test_form_files.test_any_altered_file,
    "file-bytes": test_form_files.test_any_bytes,
    "subject-list": test_form_files.test_any_subject_list,
    "xform-parts": test_form_files.test_any_xform,
    "xform-damaged": test_xpath_xform_fuzz.test_a_damaged_form_is_refused_or_works,
    "xform-expressions": test_forms_hostile.test_other_expressions_and_references,
    "xform-pieces": test_forms_hostile.test_pieces_dropped_doubled_and_swapped,
    "form-cache": test_forms_hostile.test_damaged_cache,
    "xpath-tokens": test_xpath_xform_fuzz.test_a_soup_of_tokens_is_refused_or_has_a_value,
    "xpath-text": test_xpath_laws.test_any_text_is_an_expression_or_refused,
    "xpath-values": test_xpath_laws.test_an_expression_gives_a_value_or_a_named_fault,
}
_LONGEST = 8192
_STDERR = 2
_HANG = 120.0
_SHOWN = 5


def _feed(target: Callable[..., Any], data: bytes) -> bool:
    """Run one example; False where the bytes make none."""
    return target.hypothesis.fuzz_one_input(data) is not None  # type: ignore[attr-defined]


def _look(name: str, seconds: float, chance: Random) -> int:
    """Feed a target until its time is over and return how many failures there were."""
    target, failures, examples, slowest = TARGETS[name], 0, 0, 0.0
    until = time.monotonic() + seconds
    while time.monotonic() < until and failures < _SHOWN:
        data = chance.randbytes(chance.randrange(16, _LONGEST))
        faulthandler.dump_traceback_later(_HANG, exit=True, file=_STDERR)
        began = time.monotonic()
        try:
            examples += _feed(target, data)
        except Exception:  # noqa: BLE001 - whatever comes out is what is looked for
            failures += 1
            print(f"{name} {data.hex()}", flush=True)
            traceback.print_exc()
        slowest = max(slowest, time.monotonic() - began)
    faulthandler.cancel_dump_traceback_later()
    print(f"{name}: {examples:,} examples, slowest {slowest:.2f} s, failures {failures}", flush=True)
    return failures


def main() -> int:
    """Run all targets, or one again."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("seconds", nargs="?", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=None, help="the same seed feeds the same bytes")
    parser.add_argument("--again", nargs=2, metavar=("TARGET", "HEX"))
    args = parser.parse_args()
    if args.again:
        _feed(TARGETS[args.again[0]], bytes.fromhex(args.again[1]))
        return 0
    seed = time.time_ns() if args.seed is None else args.seed
    print(f"seed {seed}", flush=True)
    failures = sum(_look(name, args.seconds / len(TARGETS), Random(f"{seed}{name}")) for name in TARGETS)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
