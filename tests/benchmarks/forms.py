"""The form engine beside ODK's JavaScript engine: the same forms, the same answers, equal results, then times."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.benchmarks import forms_generate as generate
from tests.benchmarks.forms_measure import Subject
from tests.benchmarks.forms_screen import opening_rows, type_ahead_rows
from tests.benchmarks.forms_sections import Bench
from tests.benchmarks.forms_workbooks import reopen_rows, workbook_rows, xform_of
from tests.benchmarks.report import Row

__all__ = ["run"]

SHARED = Path(__file__).resolve().parents[3] / "shared"
BENCH_FORMS = ("whova2022.xlsx", "whova2016.xml", "large_cha.xlsx", "bench9.xml", "child_vaccination.xml", "eimci.xml",
               "nigeria_internal.xml", "ucl_biomass.xlsx")  # fmt: skip


def _paths(*, quick: bool) -> list[Path]:
    given = [SHARED / "forms/bench" / name for name in BENCH_FORMS[: 1 if quick else None]]
    lists = sorted((SHARED / "checklists").glob("*.xlsx"))[: 1 if quick else None]
    return [path for path in given if path.exists()] + lists


def run(*, quick: bool = False) -> list[Row]:
    """Run the whole benchmark, or a bounded part of it."""
    bench = Bench(quick=quick)
    rounds = 2 if quick else 4
    for path in _paths(quick=quick):
        bench.section(path.stem, partial(_form, bench, path, rounds))
    size = 200 if quick else 1000
    chain = partial(bench.form, Subject(f"{size} questions", generate.chain_form(size)), rounds=rounds)
    bench.section(f"{size} questions", partial(chain, answer_goals=True))
    if not quick:
        many = Subject("5000 questions", generate.chain_form(5000))
        bench.section(many.name, partial(bench.form, many, rounds=2))
    bench.section("score sheet", bench.score)
    bench.section("repeats", bench.repeats)
    bench.section("cascade", bench.cascade)
    own: dict[str, Callable[..., list[Row]]] = {
        "type-ahead": type_ahead_rows,
        "XLSForm to first question": partial(opening_rows, SHARED),
        "reopen": partial(reopen_rows, SHARED, bench.pace),
        "workbooks": partial(workbook_rows, SHARED),
    }
    for name, rows in own.items():
        bench.section(name, partial(_extend, bench, rows))
    return bench.rows


def _form(bench: Bench, path: Path, rounds: int) -> None:
    subject = Subject(path.stem, xform_of(path))
    bench.form(subject, rounds=rounds, answer_goals=subject.name == "whova2022")
    if subject.name == "whova2022":
        bench.memory(subject)


def _extend(bench: Bench, rows: Callable[..., list[Row]]) -> None:
    bench.rows += rows(quick=bench.quick)
