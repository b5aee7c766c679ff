"""One form measured on our side: loads, steps, memory, each as the peer does them."""

from __future__ import annotations

import gc
import json
import pickle
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from pathlib import Path

from fieldkit.forms import Form, FormDefinition, FormEnvironment, compile_xform, lexical, load_definition, sources
from fieldkit.forms.xpath import compiled
from tests.benchmarks.forms_peer import Step

__all__ = ["Fresh", "OurRun", "Subject", "environment", "forget", "fresh", "load", "ours", "play", "reopened"]

ROOT = Path(__file__).resolve().parents[2]
_WINDOW = 1.0
"""Seconds over which a load is repeated: a machine's slow moment is longer than a few loads of a small form."""

_TINY = (
    b'<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head><model><instance>'
    b'<data id="tiny"><a/></data></instance><bind nodeset="/data/a" type="int" relevant="1 = 1"/></model></h:head>'
    b'<h:body><input ref="/data/a"><label>A</label></input></h:body></h:html>'
)
"""Loaded first in a fresh process, so that our modules are imported, as the peer's are before its first load."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One form of the benchmark."""

    name: str
    xml: bytes
    media: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(slots=True)
class OurRun:
    """What our engine took for a form and a script.

    Attributes:
        form: The form after all steps.
        loads: Milliseconds of each load, with what the process keeps of earlier loads, as the peer keeps it.
        anew: Milliseconds of each load that parses every expression again.
        times: Milliseconds of each step, when they were played last.
        cpu: CPU milliseconds of all steps, each time they were played.
    """

    form: Form
    loads: list[float]
    anew: list[float]
    times: list[float]
    cpu: list[float]


def environment() -> FormEnvironment:
    """Return a device with the real clock, as the peer has it."""
    numbers = count(1)
    return FormEnvironment(
        clock=lambda: datetime.now(UTC),
        timezone=timezone(timedelta(0)),
        random=lambda: 0.5,
        uuid=lambda: f"00000000-0000-4000-8000-{next(numbers):012d}",
    )


def milliseconds(action: Callable[[], object]) -> float:
    """Return how long an action takes."""
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1000


def forget() -> None:
    """Forget every expression that the process has parsed or compiled."""
    compiled._cache.clear()
    sources._trees.clear()
    sources._compiled.clear()
    lexical.simple_reads.cache_clear()


def load(subject: Subject) -> Form:
    """Read the XForm's text, compile it and make a fresh instance whose values are computed."""
    return Form.new(compile_xform(subject.xml, media=subject.media), environment())


def play(form: Form, script: Sequence[Step]) -> tuple[list[float], float]:
    """Run a script; return the milliseconds of each step and the CPU milliseconds of all.

    What a screen would show of the node is read inside the timing: value, validity, label, choices.
    """
    times: list[float] = []
    spent = 0.0
    for kind, ref, value in script:
        node = form.node(ref)
        cpu = time.process_time()
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
        spent += time.process_time() - cpu
    return times, spent * 1000


def ours(subject: Subject, script: Sequence[Step], rounds: int, *, plays: int = 1) -> OurRun:
    """Measure our engine: loads, at least so many rounds, and the steps as the peer's script plays them."""
    load(subject)
    loads: list[float] = []
    anew: list[float] = []
    begun = time.monotonic()
    while len(loads) < rounds or (rounds > 1 and time.monotonic() - begun < _WINDOW):
        gc.collect()
        loads.append(milliseconds(lambda: load(subject)))
        forget()
        gc.collect()
        anew.append(milliseconds(lambda: load(subject)))
    cpu: list[float] = []
    for _ in range(plays):
        # On the form that was loaded last, after a collection; what the steps use first is compiled within them.
        forget()
        load(subject)
        form = load(subject)
        gc.collect()
        times, spent = play(form, script)
        cpu.append(spent)
    return OurRun(form, loads, anew, times, cpu)


@dataclass(frozen=True, slots=True)
class Fresh:
    """A form that is the first one of its process.

    Attributes:
        load: Milliseconds from its text to an instance that is ready.
        resident: Megabytes that the process then holds.
    """

    load: float
    resident: float


def fresh(subject: Subject) -> Fresh:
    """Load a form in a new process."""
    job = pickle.dumps((subject.name, subject.xml, dict(subject.media)))
    done = subprocess.run([sys.executable, "-m", __name__], input=job, capture_output=True, check=True, cwd=ROOT)
    return Fresh(**json.loads(done.stdout))


def _child() -> None:
    name, xml, media = pickle.loads(sys.stdin.buffer.read())
    load(Subject("tiny", _TINY))
    subject = Subject(name, xml, media)
    kept: list[Form] = []
    took = milliseconds(lambda: kept.append(load(subject)))
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    resident = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024
    print(json.dumps({"load": took, "resident": resident}))


def reopened(subject: Subject) -> tuple[FormDefinition, float]:
    """Return a definition read from its cache and the milliseconds from its bytes to a fresh instance."""
    data = compile_xform(subject.xml, media=subject.media).dump()
    took: list[float] = []
    begun = time.monotonic()
    while len(took) < 5 or time.monotonic() - begun < _WINDOW:
        forget()
        gc.collect()
        took.append(milliseconds(lambda: Form.new(load_definition(data), environment())))
    return load_definition(data), statistics.median(took)


if __name__ == "__main__":
    _child()
