"""The form engine beside ODK's JavaScript engine: the same forms, the same answers, equal results, then times."""

from __future__ import annotations

import gc
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from pathlib import Path

from fieldkit.forms import Form, FormDefinition, FormEnvironment, compile_xform, load_definition
from tests.benchmarks import forms_generate as generate
from tests.benchmarks.forms_answers import answers_for
from tests.benchmarks.forms_equality import differences, own_state
from tests.benchmarks.forms_peer import NAME, PeerMissingError, PeerRun, Step, ask, prepare
from tests.benchmarks.forms_workbooks import reopen_rows, workbook_rows, xform_of
from tests.benchmarks.report import Goal, Row

__all__ = ["run"]

SHARED = Path(__file__).resolve().parents[3] / "shared"
BENCH_FORMS = ("whova2022.xlsx", "whova2016.xml", "large_cha.xlsx", "bench9.xml", "child_vaccination.xml", "eimci.xml",
               "nigeria_internal.xml", "ucl_biomass.xlsx")  # fmt: skip
LOAD_GOAL = Goal("<=", 0.06)


@dataclass(frozen=True, slots=True)
class Subject:
    """One form of the benchmark."""

    name: str
    xml: bytes
    media: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(slots=True)
class OurRun:
    """What our engine took for a form and a script."""

    form: Form
    loads: list[float]
    times: list[float]
    cpu: float


def environment() -> FormEnvironment:
    """Return a device with the real clock, as the peer has it."""
    numbers = count(1)
    return FormEnvironment(
        clock=lambda: datetime.now(UTC),
        timezone=timezone(timedelta(0)),
        random=lambda: 0.5,
        uuid=lambda: f"00000000-0000-4000-8000-{next(numbers):012d}",
    )


def _milliseconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1000


def load(subject: Subject) -> Form:
    """Compile a form and make a fresh instance."""
    return Form.new(compile_xform(subject.xml, media=subject.media), environment())


def play(form: Form, script: Sequence[Step]) -> tuple[list[float], float]:
    """Run a script; return the milliseconds of each step and the CPU milliseconds of all.

    What a screen would show of the node is read inside the timing: value, validity, label, choices.
    """
    times: list[float] = []
    spent = time.process_time()
    for kind, ref, value in script:
        node = form.node(ref)
        start = time.perf_counter()
        if kind == "answer":
            form.answer(node, value)
            _look = (node.value, node.violation, node.label, node.relevant, len(node.choices()) if node.control else 0)
        elif kind == "choices":
            _labels = [choice.label for choice in node.choices()]
        elif kind == "add":
            form.add_row(node)
        else:
            form.remove_row(node)
        times.append((time.perf_counter() - start) * 1000)
    return times, (time.process_time() - spent) * 1000


def ours(subject: Subject, script: Sequence[Step], rounds: int) -> OurRun:
    """Measure our engine."""
    loads: list[float] = []
    form = load(subject)
    for _ in range(rounds):
        gc.collect()
        start = time.perf_counter()
        form = load(subject)
        loads.append((time.perf_counter() - start) * 1000)
    times, cpu = play(form, script)
    return OurRun(form, loads, times, cpu)


def _percentile(values: Sequence[float], share: float) -> float:
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * share))]


class Bench:
    """One run of the benchmark: collects the rows."""

    def __init__(self, *, quick: bool) -> None:
        self.quick = quick
        self.rows: list[Row] = []
        try:
            self.folder: Path | None = prepare()
            self.why = ""
        except PeerMissingError as error:
            self.folder = None
            self.why = str(error)

    def peer(self, subject: Subject, script: Sequence[Step] = (), rounds: int = 3) -> PeerRun | None:
        """Return the peer's run, None where it cannot run the form."""
        if self.folder is None:
            return None
        try:
            return ask(self.folder, subject.xml, script, media=subject.media, rounds=rounds)
        except PeerMissingError as error:
            self.why = str(error)
            return None

    def row(self, name: str, unit: str, mine: float, theirs: float | None, goal: Goal | None, *, equal: bool | None,
            note: str = "") -> None:  # fmt: skip
        """Add a row beside the peer, and say so: a whole run takes many minutes."""
        print(f"{name}: {mine:.3g} {unit}", file=sys.stderr, flush=True)
        remark = note or ("" if theirs is not None else self.why.replace("\n", " ")[-120:])
        self.rows.append(Row(name, unit, mine, theirs, NAME if theirs is not None else "", goal, equal, remark))

    def form(self, subject: Subject, *, rounds: int, answer_goals: bool = False) -> None:
        """Measure load and answers of a form."""
        script = answers_for(load(subject), limit=200 if self.quick else 1500)
        mine = ours(subject, script, rounds)
        theirs = self.peer(subject, script, rounds)
        equal, note = self._equal(mine.form, theirs)
        warm = statistics.median(theirs.loads[1:] or theirs.loads) if theirs else None
        self.row(f"load {subject.name}", "ms", statistics.median(mine.loads), warm, LOAD_GOAL, equal=equal, note=note)
        self._answers(subject, mine, theirs, equal, goal=Goal("<=", 0.06) if answer_goals else None)

    def _answers(
        self, subject: Subject, mine: OurRun, theirs: PeerRun | None, equal: bool | None, *, goal: Goal | None
    ) -> None:
        if not mine.times:
            return
        both = [(a, b) for a, b in zip(mine.times, theirs.times, strict=True) if b is not None] if theirs else []
        mean = statistics.fmean([a for a, _b in both] or mine.times)
        other = statistics.fmean([b for _a, b in both]) if both else None
        self.row(
            f"one answer {subject.name}, mean", "ms", mean, other, goal, equal=equal, note=f"{len(mine.times)} answers"
        )
        p95 = _percentile([b for _a, b in both], 0.95) if both else None
        self.row(f"one answer {subject.name}, p95", "ms", _percentile(mine.times, 0.95), p95, None, equal=equal)

    def _equal(self, form: Form, theirs: PeerRun | None) -> tuple[bool | None, str]:
        if theirs is None:
            return None, ""
        found, excused = differences(form, theirs.state)
        note = f"{len(theirs.state)} nodes compared" + (f", {excused} excused" if excused else "")
        if found:
            note += f"; differs: {found[0]}"
        return not found, note

    def score(self) -> None:
        """Measure changing an answer of the score sheet."""
        subject = Subject("score sheet of 300", generate.score_form(300))
        first = [("answer", f"/data/s{n // 30}/i{n}", "full") for n in range(300)]
        changes = [("answer", f"/data/s{n // 30}/i{n}", "part" if n % 2 else "na") for n in range(0, 300, 3)]
        mine = ours(subject, [*first, *changes], 3)
        theirs = self.peer(subject, [*first, *changes])
        equal, note = self._equal(mine.form, theirs)
        warm = statistics.median(theirs.loads[1:]) if theirs else None
        self.row(f"load {subject.name}", "ms", statistics.median(mine.loads), warm, LOAD_GOAL, equal=equal, note=note)
        other = _percentile([t for t in theirs.times[300:] if t is not None], 0.95) if theirs else None
        p95 = _percentile(mine.times[300:], 0.95)
        self.row("change an answer of the score sheet, p95", "ms", p95, other, Goal("<=", 0.02), equal=equal)

    def repeats(self) -> None:
        """Measure adding the last row and removing the first of many."""
        size = 60 if self.quick else 500
        small, large = (_grown(rows) for rows in (50, size))
        subject = Subject(f"repeat of {size - 1} x 20", generate.repeat_form(size - 1))
        script: list[Step] = [
            ("add", "/data/row", ""),
            ("answer", f"/data/row[{size}]/f0", "7"),
            ("remove", "/data/row[1]", ""),
        ]
        mine = ours(subject, script, 1)
        theirs = self.peer(subject, script, 1)
        equal, note = self._equal(mine.form, theirs)
        self.row(
            f"load {subject.name}",
            "ms",
            mine.loads[0],
            theirs.loads[0] if theirs else None,
            None,
            equal=equal,
            note=note,
        )
        at = theirs.times if theirs else [None, None, None]
        self.row(f"add row {size}", "ms", large, at[0], Goal("<=", 0.0001 if size == 500 else 0.01), equal=equal)
        self.rows.append(Row(f"add row {size} / add row 50", "ratio", large / small, goal=Goal("<=", 4, "ours")))
        self.row(f"answer that feeds the sum of {size}", "ms", mine.times[1], at[1], None, equal=equal)
        self.row(
            f"remove the first of {size}",
            "ms",
            mine.times[2],
            at[2],
            Goal("<=", 0.003 if size == 500 else 0.05),
            equal=equal,
        )

    def cascade(self) -> None:
        """Measure the cascade over a large file."""
        rows = 5_000 if self.quick else 50_000
        data = generate.cascade_csv(rows)
        subject = Subject(f"cascade of {rows}", generate.cascade_form(), {generate.CASCADE_FILE: data})
        script: list[Step] = [("answer", "/data/region", "r3"), ("choices", "/data/district", ""),
                              ("answer", "/data/district", "d80"), ("choices", "/data/village", ""),
                              ("answer", "/data/village", "v580"), ("answer", "/data/district", "d81"),
                              ("choices", "/data/village", ""), ("answer", "/data/village", "v581")]  # fmt: skip
        mine = ours(subject, script, 3)
        theirs = self.peer(subject, script, 2)
        equal, note = self._equal(mine.form, theirs)
        warm = statistics.median(theirs.loads[1:]) if theirs else None
        self.row(
            f"load {subject.name}", "ms", statistics.median(mine.loads), warm, Goal("<=", 0.03), equal=equal, note=note
        )
        at = theirs.times if theirs else [None] * 8
        self.row(
            "first list of villages (answer and list)",
            "ms",
            mine.times[2] + mine.times[3],
            at[3],
            Goal("<=", 50, "ours"),
            equal=equal,
        )
        self.row(
            "next list of villages (answer and list)",
            "ms",
            mine.times[5] + mine.times[6],
            at[6],
            Goal("<=", 1, "ours"),
            equal=equal,
        )

    def memory(self, subject: Subject) -> None:
        """Measure the resident memory of a process with the form ready."""
        theirs = self.peer(subject, (), 1)
        mine = resident(subject)
        self.row(
            f"memory {subject.name}", "MB", mine, theirs.rss / 2**20 if theirs else None, Goal("<=", 0.2), equal=None
        )


def _grown(rows: int) -> float:
    """Return the milliseconds of adding the last of so many rows, all of them filled."""
    form = load(Subject("", generate.repeat_form(0)))
    series = form.node("/data/row")
    took: list[float] = []
    for number in range(1, rows + 1):
        gc.disable()
        took.append(_milliseconds(lambda: form.add_row(series)))
        gc.enable()
        form.answer(form.node(f"/data/row[{number}]/f0"), "3")
    return statistics.median(took[-9:])


def resident(subject: Subject) -> float:
    """Return the resident megabytes of a fresh process in which the form is ready."""
    code = (
        "import sys\nfrom tests.benchmarks.forms import Subject, load\n"
        "form = load(Subject('', sys.stdin.buffer.read()))\n"
        "lines = open('/proc/self/status', encoding='ascii').read().splitlines()\n"
        "print(next(line.split()[1] for line in lines if line.startswith('VmRSS')))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], input=subject.xml, capture_output=True, check=True,
                          cwd=Path(__file__).resolve().parents[2])  # fmt: skip
    return int(done.stdout) / 1024


def reopened(subject: Subject) -> tuple[FormDefinition, float]:
    """Return a definition read from its cache and the milliseconds from its bytes to a fresh instance."""
    data = compile_xform(subject.xml, media=subject.media).dump()
    took = [_milliseconds(lambda: Form.new(load_definition(data), environment())) for _ in range(5)]
    return load_definition(data), statistics.median(took)


def _subjects(*, quick: bool) -> list[Subject]:
    found = []
    for name in BENCH_FORMS[:1] if quick else BENCH_FORMS:
        path = SHARED / "forms/bench" / name
        if path.exists():
            found.append(Subject(name.partition(".")[0], xform_of(path)))
    lists = sorted((SHARED / "checklists").glob("*.xlsx"))[: 1 if quick else None]
    return found + [Subject(path.stem, xform_of(path)) for path in lists]


def run(*, quick: bool = False) -> list[Row]:
    """Run the whole benchmark, or a bounded part of it."""
    bench = Bench(quick=quick)
    rounds = 2 if quick else 4
    for subject in _subjects(quick=quick):
        bench.form(subject, rounds=rounds, answer_goals=subject.name == "whova2022")
        if subject.name == "whova2022":
            bench.memory(subject)
    size = 200 if quick else 1000
    bench.form(Subject(f"{size} questions", generate.chain_form(size)), rounds=rounds, answer_goals=True)
    if not quick:
        bench.form(Subject("5000 questions", generate.chain_form(5000)), rounds=2)
    bench.score()
    bench.repeats()
    bench.cascade()
    bench.rows += reopen_rows(SHARED, reopened, Subject, quick=quick)
    bench.rows += workbook_rows(SHARED, load, Subject, quick=quick)
    return bench.rows


__all__ += ["Subject", "load", "own_state"]
