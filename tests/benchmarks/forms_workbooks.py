"""Real workbooks: how many open, are filled and serialise; and how fast a known form opens again."""

from __future__ import annotations

import contextlib
import io
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from fieldkit.forms import Form, compile_xform
from fieldkit.io.formcheck import check
from fieldkit.io.xlsform import convert
from tests.benchmarks.forms_measure import Subject, reopened
from tests.benchmarks.pace import Pace
from tests.benchmarks.report import Goal, Row
from tests.builders.answers import fill, reachable
from tests.builders.checklists import environment

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


def reopen_rows(shared: Path, pace: Pace, *, quick: bool) -> list[Row]:
    """Return how opening a known form compares with pyxform's conversion of the same workbook."""
    rows = []
    paths = sorted((shared / "forms/bench").glob("*.xlsx")) + sorted((shared / "checklists").glob("*.xlsx"))
    for path in paths[: 2 if quick else None]:
        took = []
        pace.calm()
        for _ in range(2 if quick else 4):
            start = time.perf_counter()
            xml = pyxform_of(path)
            took.append((time.perf_counter() - start) * 1000)
        pace.calm()
        _definition, mine = reopened(Subject(path.stem, xml))
        name = f"reopen {path.stem} from our cache"
        peer = "pyxform 4.5.0, conversion"
        rows.append(Row(name, "ms", mine, statistics.median(took[1:]), peer, Goal("<=", 0.15)))
    return rows


@dataclass(slots=True)
class _Counts:
    """What became of the workbooks of one kind, those that pyxform takes or the others."""

    files: int = 0
    opened: int = 0
    filled: int = 0
    serialised: int = 0
    warned: int = 0
    no_survey: int = 0
    placed: int = 0
    questions: int = 0
    unmet: list[str] = field(default_factory=list)


def workbook_rows(shared: Path, *, quick: bool) -> list[Row]:
    """Return how many real workbooks open, are filled with valid answers and serialise, and how others are refused."""
    paths = sorted((shared / "forms").glob("*.xls*"))[: 8 if quick else None]
    if not paths:
        return []
    taken, others = _Counts(), _Counts()
    for path in paths:
        _count(path, taken if _is_taken(path) else others)
    unmet = [*taken.unmet, *others.unmet]
    rest = others.files - others.opened - others.no_survey
    return [
        Row("workbooks that pyxform takes", "forms", taken.files, goal=_whole(42, quick=quick)),
        Row("of these opened", "forms", taken.opened, goal=Goal("==", taken.files, "ours")),
        Row("of these filled to the end", "forms", taken.filled, goal=Goal("==", taken.files, "ours"),
            note=f"{taken.questions} questions with a valid answer"),
        Row("of these serialised", "forms", taken.serialised, goal=Goal("==", taken.files, "ours")),
        Row("workbooks that pyxform refuses", "forms", others.files, goal=_whole(35, quick=quick)),
        Row("of these without a survey, refused as that", "forms", others.no_survey, goal=_whole(7, quick=quick)),
        Row("of these opened with warnings", "forms", others.warned, goal=None if quick else Goal(">=", 22, "ours"),
            note=f"{others.opened} opened, {others.filled} filled to the end, {others.serialised} serialised"),
        Row("the rest refused with sheet, row, column, remedy", "forms", others.placed, goal=Goal("==", rest, "ours")),
        Row("questions that take no valid answer", "questions", len(unmet), goal=Goal("==", 0, "ours"),
            note="; ".join(unmet[:3])),
    ]  # fmt: skip


def _whole(count: int, *, quick: bool) -> Goal | None:
    return None if quick else Goal("==", count, "ours")


def _is_taken(path: Path) -> bool:
    try:
        pyxform_of(path)
    except Exception:  # noqa: BLE001 - whatever pyxform raises, it does not take the workbook
        return False
    return True


def _count(path: Path, counts: _Counts) -> None:
    counts.files += 1
    result = check(path)
    if not result.ok:
        errors = [problem for problem in result.problems if problem.severity == "error"]
        if [problem.code for problem in errors] == ["FORM-210"]:
            counts.no_survey += 1
        elif errors and all(all((one.sheet, one.row, one.column, one.hint)) for one in errors):
            counts.placed += 1
        return
    counts.opened += 1
    counts.warned += any(problem.severity == "warning" for problem in result.problems)
    conversion = convert(path)
    assert conversion.xform is not None
    form = Form.new(compile_xform(conversion.xform, media=conversion.media), environment())
    left = fill(form)
    counts.unmet += [f"{path.stem} {node.ref}" for node in left]
    counts.filled += not left
    counts.questions += len(reachable(form)) - len(left)
    counts.serialised += etree.fromstring(form.xml().encode()).get("id") == form.definition.form_id
