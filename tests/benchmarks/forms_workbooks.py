"""Real workbooks: how many open, are filled and serialise; and how fast a known form opens again."""

from __future__ import annotations

import contextlib
import io
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fieldkit.errors import FieldkitError
from tests.benchmarks.forms_answers import fill
from tests.benchmarks.report import Goal, Row

__all__ = ["reopen_rows", "workbook_rows", "xform_of"]


def pyxform_of(path: Path) -> bytes:
    """Return the XForm that pyxform itself makes of a workbook."""
    from pyxform.xls2xform import convert

    with contextlib.redirect_stderr(io.StringIO()):
        text: str = convert(str(path), validate=False).xform
    return text.encode("utf-8")


def xform_of(path: Path) -> bytes:
    """Return a form as XForm: converted where it is a workbook."""
    return path.read_bytes() if path.suffix == ".xml" else pyxform_of(path)


def reopen_rows(shared: Path, reopened: Callable[[Any], tuple[Any, float]], subject: Any, *, quick: bool) -> list[Row]:
    """Return how opening a known form compares with pyxform's conversion of the same workbook."""
    rows = []
    paths = sorted((shared / "forms/bench").glob("*.xlsx")) + sorted((shared / "checklists").glob("*.xlsx"))
    for path in paths[: 2 if quick else None]:
        took = []
        for _ in range(2 if quick else 4):
            start = time.perf_counter()
            xml = pyxform_of(path)
            took.append((time.perf_counter() - start) * 1000)
        _definition, mine = reopened(subject(path.stem, xml))
        name = f"reopen {path.stem} from our cache"
        peer = "pyxform 4.5.0, conversion"
        rows.append(Row(name, "ms", mine, statistics.median(took[1:]), peer, Goal("<=", 0.15)))
    return rows


def _convert(path: Path) -> bytes | None:
    try:
        from fieldkit.io.xlsform import convert
    except ImportError:
        return pyxform_of(path)
    conversion = convert(path)
    return conversion.xform


def workbook_rows(shared: Path, load: Callable[[Any], Any], subject: Any, *, quick: bool) -> list[Row]:
    """Return how many real workbooks open, are filled with valid answers and serialise."""
    paths = sorted((shared / "forms").glob("*.xls*"))[: 8 if quick else None]
    if not paths:
        return []
    counts = {
        "opened": 0,
        "filled": 0,
        "serialised": 0,
        "accepted by pyxform": 0,
        "accepted and opened": 0,
        "refused": 0,
    }
    reached = unmet_total = 0
    for path in paths:
        try:
            pyxform_of(path)
            accepted = True
        except Exception:  # noqa: BLE001 - whatever pyxform raises, it does not take the workbook
            accepted = False
        counts["accepted by pyxform"] += accepted
        try:
            xml = _convert(path)
            form = None if xml is None else load(subject(path.stem, xml))
        except FieldkitError:
            form = None
        if form is None:
            counts["refused"] += 1
            continue
        counts["opened"] += 1
        counts["accepted and opened"] += accepted
        steps, unmet = fill(form)
        reached += len({ref for _kind, ref, _value in steps})
        unmet_total += len(unmet)
        counts["filled"] += not unmet
        counts["serialised"] += form.xml().startswith("<")
    count = counts["accepted by pyxform"]
    return [
        Row("workbooks that pyxform accepts", "forms", count),
        Row("of these opened", "forms", counts["accepted and opened"], goal=Goal(">=", count, "ours")),
        Row(
            "others opened",
            "forms",
            counts["opened"] - counts["accepted and opened"],
            goal=None if quick else Goal(">=", 22, "ours"),
        ),
        Row("refused with their reasons", "forms", counts["refused"]),
        Row("serialised", "forms", counts["serialised"], goal=Goal(">=", counts["opened"], "ours")),
        Row(
            "questions filled with a valid answer",
            "questions",
            reached - unmet_total,
            note=f"{unmet_total} constraints not met",
        ),
    ]
