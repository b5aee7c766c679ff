"""The sections of the form benchmark: each measures one thing on both sides and adds its rows."""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from fieldkit.forms import Form
from tests.benchmarks import forms_generate as generate
from tests.benchmarks.forms_answers import answers_for
from tests.benchmarks.forms_equality import differences
from tests.benchmarks.forms_measure import OurRun, Subject, fresh, load, milliseconds, ours, play
from tests.benchmarks.forms_peer import NAME, PeerMissingError, PeerRun, Step, ask, prepare
from tests.benchmarks.pace import Pace
from tests.benchmarks.report import Goal, Row

__all__ = ["Bench"]

LOAD_GOAL = Goal("<=", 0.06)
ANSWER_GOAL = Goal("<=", 0.06)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which a share of the values lies."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * share))]


class Bench:
    """One run of the benchmark: collects the rows, and goes on where a section fails."""

    def __init__(self, *, quick: bool) -> None:
        self.quick = quick
        self.pace = Pace(patience=0 if quick else 90)
        self.rows: list[Row] = []
        self.begun = time.monotonic()
        self.why = self.missing = ""
        self.folder: Path | None = None
        try:
            self.folder = prepare()
        except PeerMissingError as error:
            self.missing = str(error)

    def section(self, name: str, action: Callable[[], object]) -> None:
        """Run one section; what goes wrong in it becomes a row that does not hold."""
        start = time.monotonic()
        self._say(f"{name} …")
        try:
            action()
        except Exception as error:  # noqa: BLE001 - one section must not take the others with it
            self._say(f"{name} failed: {error!r}")
            self.rows.append(Row(name, "-", None, equal=False, note=f"failed: {type(error).__name__}: {error}"[:300]))
        self._say(f"{name}: {time.monotonic() - start:.1f} s")

    def _say(self, text: str) -> None:
        minutes, seconds = divmod(int(time.monotonic() - self.begun), 60)
        print(f"[{minutes:02d}:{seconds:02d}] {text}", file=sys.stderr, flush=True)

    def peer(self, subject: Subject, script: Sequence[Step] = (), rounds: int = 3) -> PeerRun | None:
        """Return the peer's run, None where it cannot run the form; ``why`` says the reason."""
        if self.folder is None:
            self.why = self.missing
            return None
        try:
            return ask(self.folder, subject.xml, script, media=subject.media, rounds=rounds)
        except PeerMissingError as error:
            self.why = str(error).replace("\n", " ")
            return None

    def row(self, name: str, unit: str, mine: float, theirs: float | None, goal: Goal | None, *, equal: bool | None,
            note: str = "") -> None:  # fmt: skip
        """Add a row beside the peer; without a peer's figure its note says why there is none."""
        remark = "; ".join(part for part in (note, "" if theirs is not None else self.why) if part)
        self.rows.append(Row(name, unit, mine, theirs, NAME if theirs is not None else "", goal, equal, remark))

    def form(self, subject: Subject, *, rounds: int, answer_goals: bool = False) -> None:
        """Measure load and answers of a form; ours runs before and after the peer: a machine changes its pace."""
        script = answers_for(load(subject), limit=200 if self.quick else 1500)
        plays = 1 if self.quick else 3
        self.pace.calm()
        mine = ours(subject, script, rounds, plays=plays)
        self.pace.calm()
        theirs = self.peer(subject, script, rounds)
        self.pace.calm()
        again = ours(subject, script, rounds, plays=plays)
        mine.loads += again.loads
        mine.anew += again.anew
        mine.cpu += again.cpu
        equal, note = self._equal(subject, script, mine.form, theirs)
        self._loads(subject, mine, theirs, equal, note)
        self._answers(subject, mine, theirs, equal, goal=ANSWER_GOAL if answer_goals else None)

    def _loads(self, subject: Subject, mine: OurRun, theirs: PeerRun | None, equal: bool | None, note: str) -> None:
        warm = _warm(theirs)
        parsed = statistics.median(mine.anew)
        said = f"{parsed:.3g} ms" + (f" (ratio {parsed / warm:.3f})" if warm else "") + " where ours parses anew"
        rounds = f"{len(mine.loads)} loads, peer's {len(theirs.loads)}" if theirs else f"{len(mine.loads)} loads"
        remark = "; ".join(part for part in (f"XForm text to ready, both keep parsed expressions: {said}", rounds, note)
                           if part)  # fmt: skip
        self.row(f"load {subject.name}, warm", "ms", statistics.median(mine.loads), warm, LOAD_GOAL, equal=equal,
                 note=remark)  # fmt: skip
        first = statistics.median(fresh(subject).load for _ in range(1 if self.quick else 3))
        self.row(f"load {subject.name}, first of a process", "ms", first, theirs.loads[0] if theirs else None,
                 None, equal=equal, note="imports excluded, all expressions parsed")  # fmt: skip

    def _answers(
        self, subject: Subject, mine: OurRun, theirs: PeerRun | None, equal: bool | None, *, goal: Goal | None
    ) -> None:
        if not mine.times:
            return
        shared = list(zip(mine.times, theirs.times, strict=False)) if theirs else []
        both = [(a, b) for a, b in shared if b is not None]
        note = f"{len(both) or len(mine.times)} of {len(mine.times)} answers"
        name = f"one answer {subject.name}"
        other = theirs.cpu / len(both) if theirs and both else None
        cpu = statistics.median(mine.cpu) / len(mine.times)
        self.row(f"{name}, CPU", "ms", cpu, other, goal, equal=equal, note=f"{note}; median of {len(mine.cpu)} times")
        mean = statistics.fmean([b for _a, b in both]) if both else None
        self.row(f"{name}, mean", "ms", statistics.fmean([a for a, _b in both] or mine.times), mean, None, equal=equal)
        p95 = percentile([b for _a, b in both], 0.95) if both else None
        self.row(f"{name}, p95", "ms", percentile([a for a, _b in both] or mine.times, 0.95), p95, None, equal=equal)

    def _equal(
        self, subject: Subject, script: Sequence[Step], form: Form, theirs: PeerRun | None
    ) -> tuple[bool | None, str]:
        """Compare both states after the steps that the peer had time for."""
        if theirs is None:
            return None, ""
        done = len(theirs.times)
        if done < len(script):
            form = load(subject)
            play(form, script[:done])
        found, excused = differences(form, theirs.state)
        note = f"{len(theirs.state)} nodes compared" + (f", {excused} excused" if excused else "")
        if done < len(script):
            note += f" after {done} of {len(script)} steps, for which the peer had time"
        if found:
            note += f"; {len(found)} differ: {found[0]}"
        return not found, note

    def score(self) -> None:
        """Measure changing an answer of the score sheet: few of a hundred are slow, so by turns and more than once."""
        subject = Subject("score sheet of 300", generate.score_form(300))
        first = [("answer", f"/data/s{n // 30}/i{n}", "full") for n in range(300)]
        changes = [("answer", f"/data/s{n // 30}/i{n}", "part" if n % 2 else "na") for n in range(0, 300, 3)]
        script = [*first, *changes]
        turns = [(ours(subject, script, 3), self.peer(subject, script)) for _turn in range(1 if self.quick else 5)]
        mine, theirs = turns[-1]
        equal, note = self._equal(subject, script, mine.form, theirs)
        self._loads(subject, mine, theirs, equal, note)
        own = [percentile(run.times[300:], 0.95) for run, _other in turns]
        slow = [[taken for taken in run.times[300:] if taken is not None] for _own, run in turns if run]
        other = [percentile(taken, 0.95) for taken in slow if taken]
        self.row("change an answer of the score sheet, p95", "ms", statistics.median(own),
                 statistics.median(other) if other else None, Goal("<=", 0.02), equal=equal,
                 note=f"median of {len(turns)} turns")  # fmt: skip

    def repeats(self) -> None:
        """Measure adding the last row and removing the first of many."""
        size = 60 if self.quick else 500
        small, large = (grown(rows) for rows in (50, size))
        subject = Subject(f"repeat of {size - 1} x 20", generate.repeat_form(size - 1))
        script: list[Step] = [
            ("add", "/data/row", ""),
            ("answer", f"/data/row[{size}]/f0", "7"),
            ("remove", "/data/row[1]", ""),
        ]
        mine = ours(subject, script, 1)
        theirs = self.peer(subject, script, 1)
        equal, note = self._equal(subject, script, mine.form, theirs)
        at = [*(theirs.times if theirs else ()), None, None, None]
        full = size == 500
        self.row(f"load {subject.name}", "ms", mine.loads[0], theirs.loads[0] if theirs else None, LOAD_GOAL,
                 equal=equal, note=f"1 load; {note}")  # fmt: skip
        self.row(f"add row {size}", "ms", large, at[0], Goal("<=", 0.0001 if full else 0.01), equal=equal)
        self.rows.append(Row(f"add row {size} / add row 50", "ratio", large / small, goal=Goal("<=", 4, "ours"),
                             note=f"row 50 takes {small:.3g} ms"))  # fmt: skip
        self.row(f"answer that feeds the sum of {size}", "ms", mine.times[1], at[1], None, equal=equal)
        self.row(f"remove the first of {size}", "ms", mine.times[2], at[2], Goal("<=", 0.003 if full else 0.05),
                 equal=equal)  # fmt: skip

    def cascade(self) -> None:
        """Measure the cascade over a large file."""
        rows = 5_000 if self.quick else 50_000
        data = generate.cascade_csv(rows)
        subject = Subject(f"cascade of {rows}", generate.cascade_form(), {generate.CASCADE_FILE: data})
        script: list[Step] = [("answer", "/data/region", "r3"), ("choices", "/data/district", ""),
                              ("answer", "/data/district", "d80"), ("choices", "/data/village", ""),
                              ("answer", "/data/village", "v580")]  # fmt: skip
        for district in range(81, 90):
            script += [("answer", "/data/district", f"d{district}"), ("choices", "/data/village", ""),
                       ("answer", "/data/village", f"v{500 + district}")]  # fmt: skip
        mine = ours(subject, script, 3)
        theirs = self.peer(subject, script, 2)
        equal, note = self._equal(subject, script, mine.form, theirs)
        self.row(f"load {subject.name}", "ms", statistics.median(mine.anew), _warm(theirs), Goal("<=", 0.03),
                 equal=equal, note=f"the file read and all expressions parsed each time; {note}")  # fmt: skip
        at = theirs.times if theirs else []
        self.row("first list of villages, answer before it included", "ms", mine.times[2] + mine.times[3],
                 _sum(at[2:4]), Goal("<=", 50, "ours"), equal=equal)  # fmt: skip
        places = range(5, len(script), 3)
        warm = statistics.median(mine.times[place] + mine.times[place + 1] for place in places)
        sums = [_sum(at[place : place + 2]) for place in places]
        known = [took for took in sums if took is not None]
        self.row("next list of villages, answer before it included", "ms", warm,
                 statistics.median(known) if known else None, Goal("<=", 1, "ours"), equal=equal,
                 note=f"median of {len(places)}; slowest "
                 f"{max(mine.times[place] + mine.times[place + 1] for place in places):.3g} ms")  # fmt: skip

    def memory(self, subject: Subject) -> None:
        """Measure the resident memory of a process with the form ready."""
        theirs = self.peer(subject, (), 1)
        self.row(f"memory {subject.name}", "MB", fresh(subject).resident, theirs.rss / 2**20 if theirs else None,
                 Goal("<=", 0.2), equal=None)  # fmt: skip


def _warm(theirs: PeerRun | None) -> float | None:
    return statistics.median(theirs.loads[1:] or theirs.loads) if theirs else None


def _sum(times: Sequence[float | None]) -> float | None:
    known = [took for took in times if took is not None]
    return sum(known) if len(known) == len(times) and known else None


def grown(rows: int) -> float:
    """Return the milliseconds of adding the last of so many rows, all of them filled."""
    form = load(Subject("", generate.repeat_form(0)))
    series = form.node("/data/row")
    took: list[float] = []
    for number in range(1, rows + 1):
        gc.disable()
        took.append(milliseconds(lambda: form.add_row(series)))
        gc.enable()
        form.answer(form.node(f"/data/row[{number}]/f0"), "3")
    return statistics.median(took[-9:])
