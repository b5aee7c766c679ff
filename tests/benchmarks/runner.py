"""The runner's figures beside a bare app of the same library, in one run: start, keys, memory, large forms."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.sax.saxutils import quoteattr

from fieldkit.bootstrap import make_demo, open_services
from fieldkit.services.house import Services
from tests.benchmarks.report import Goal, Row
from tests.benchmarks.runner_pty import BARE, ROOT, keys_of_bare, keys_of_runner, until_shown

__all__ = ["run", "wide_form"]

_HELLO = "hello from a bare app"
_PEER = "bare Textual app"
_ROUNDS = 7


def wide_form(questions: int) -> bytes:
    """Return a form with so many choice questions in one section: the worst case for a page."""
    names = [f"q{number}" for number in range(questions)]
    items = "".join(f"<item><label>{label}</label><value>{label}</value></item>" for label in ("full", "part", "none"))
    binds = "".join(f'<bind nodeset="/data/g/{name}" type="string"/>' for name in names)
    body = "".join(f'<select1 ref="/data/g/{name}"><label>Question {name}</label>{items}</select1>' for name in names)
    title = quoteattr(f"wide{questions}")
    return (
        '<?xml version="1.0"?><h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" '
        f'xmlns:jr="http://openrosa.org/javarosa"><h:head><h:title>wide</h:title>'
        f'<model><instance><data id={title} version="1">'
        f"<g>{''.join(f'<{name}/>' for name in names)}</g><meta><instanceID/></meta></data></instance>{binds}"
        '<bind nodeset="/data/meta/instanceID" type="string" jr:preload="uid"/></model></h:head>'
        f'<h:body><group ref="/data/g"><label>All</label>{body}</group></h:body></h:html>'
    ).encode()


class _Homes:
    """Workspaces of the benchmark."""

    def __init__(self, folder: Path) -> None:
        self.demo = folder / "demo"
        self.work = folder / "work"
        make_demo(self.demo, 1, lang="en")
        services = open_services(self.work, lang="en", threaded=False)
        services.settings.complete_first_run("en", "A01", "d01")
        subject = services.subjects.add(
            {"id": "V1", "kind": "village", "name_zh": "柳林村", "name_en": "Liulin village"}
        )
        self.visits = {count: self._visit(services, folder, subject, count) for count in (50, 300, 1000, 5000)}
        longest = max((form for form in services.forms.list() if form.shipped), key=lambda form: form.questions)
        self.longest = services.visits.start(subject, [longest.form_id])
        services.runner.open(self.longest)
        self.unanswered = [services.visits.start(subject, ["wide300"]) for _round in range(_ROUNDS)]
        services.close()

    @staticmethod
    def _visit(services: Services, folder: Path, subject: str, count: int) -> str:
        path = folder / f"wide{count}.xml"
        path.write_bytes(wide_form(count))
        info = services.forms.add(path)
        return services.visits.start(subject, [info.form_id])


def _inside(job: str, *words: object, rounds: int = 1) -> dict[str, float]:
    """Run a job in a fresh process, several times, and return the medians."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TEXTUAL_ANIMATIONS": "none"}
    command = [sys.executable, "-m", "tests.benchmarks.runner_inside", job, *map(str, words)]
    found: list[dict[str, float]] = []
    for _round in range(rounds):
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=ROOT)
        if done.returncode:
            raise RuntimeError(done.stderr[-3000:])
        found.append(json.loads(done.stdout))
    return {name: statistics.median(entry[name] for entry in found) for name in found[0]}


def _by_turns(first: tuple[object, ...], second: tuple[object, ...], *, rounds: int) -> list[dict[str, float]]:
    """Run two jobs by turns, so that a busy machine is busy for both, and return the medians of each."""
    found = [[_inside(str(job), *words) for job, *words in (first, second)] for _round in range(rounds)]
    return [
        {name: statistics.median(entry[place][name] for entry in found) for name in found[0][place]} for place in (0, 1)
    ]


def _start_rows(homes: _Homes, rounds: int) -> list[Row]:
    bare, own, first, question = [], [], [], []
    fieldkit = [sys.executable, "-m", "fieldkit", "--home", str(homes.demo), "--lang", "en"]
    wide = [sys.executable, "-m", "fieldkit", "--home", str(homes.work), "--lang", "en", "open", homes.visits[1000]]
    until_shown([sys.executable, "-c", BARE], [_HELLO])
    until_shown(fieldkit, ["Chengxi City"])
    until_shown(wide, ["Question q0"])
    for _round in range(rounds):
        bare.append(until_shown([sys.executable, "-c", BARE], [_HELLO])[_HELLO])
        shown = until_shown(fieldkit, ["Opening the workspace", "Chengxi City"])
        own.append(shown["Opening the workspace"])
        first.append(shown["Chengxi City"])
        question.append(until_shown(wide, ["Question q0"])["Question q0"])
    peer = statistics.median(bare)
    heavy = _inside("imported", homes.demo)["heavy"]
    return [
        Row("cold start, own text", "s", statistics.median(own), peer, _PEER, Goal("<=", 1.35)),
        Row(
            "cold start, first subject's name from the store",
            "s",
            statistics.median(first),
            peer,
            _PEER,
            Goal("<=", 1.8),
        ),
        Row("heavy libraries loaded by then", "count", heavy, goal=Goal("<=", 0, "ours")),
        Row(
            "cached form of 1,000 questions, start to first question",
            "s",
            statistics.median(question),
            peer,
            _PEER,
            Goal("<=", 1.8),
        ),
    ]


def _terminal_rows(homes: _Homes, rounds: int, count: int) -> list[Row]:
    """Measure keys as a person meets them: sent to a terminal, until the terminal shows the answer as saved."""
    found: list[list[list[float]]] = [[], []]
    for visit in homes.unanswered[:rounds]:
        command = [sys.executable, "-m", "fieldkit", "--home", str(homes.work), "--lang", "en", "open", visit]
        found[0].append(keys_of_bare(homes.work.parent, count))
        found[1].append(keys_of_runner(command, count))
    peer, ours = ([sorted(taken) for taken in side] for side in found)
    rows = []
    for name, place, most in (("median", count // 2, 2.0), ("p95", int(count * 0.95), 3.0)):
        own, bare = (statistics.median(taken[place] for taken in side) * 1e3 for side in (ours, peer))
        rows.append(
            Row(
                f"key in a terminal to its durable answer shown there, 300 items, {name}",
                "ms",
                own,
                bare,
                "key in a bare app in a terminal, append + fsync, nothing painted",
                Goal("<=", most),
                equal=all(len(taken) == count for taken in ours),
                note=f"median of {rounds} rounds of {count}",
            )
        )
    return rows


def _key_rows(homes: _Homes, rounds: int, count: int) -> list[Row]:
    peer, ours = _by_turns(("key_peer", count), ("key_ours", homes.work, homes.visits[300], count), rounds=rounds)
    few = _inside("cpu_per_key", homes.work, homes.visits[50], 40, rounds=rounds)["cpu"]
    many = _inside("cpu_per_key", homes.work, homes.visits[5000], 40, rounds=rounds)["cpu"]
    name = "bare app's key + append + fsync"
    return [
        *_terminal_rows(homes, rounds, count),
        Row("the same without a terminal, median", "ms", ours["median"] * 1e3, peer["median"] * 1e3, name,
            equal=ours["written"] == count),
        Row("the same without a terminal, p95", "ms", ours["p95"] * 1e3, peer["p95"] * 1e3, name,
            equal=ours["written"] == count),
        Row("CPU per key, 5,000 questions beside 50", "ms", many * 1e3, few * 1e3, "50 questions", Goal("<=", 1.5)),
    ]  # fmt: skip


def _size_rows(homes: _Homes, rounds: int) -> list[Row]:
    bare = _inside("memory_peer", rounds=rounds)["resident"]
    longest = _inside("memory_ours", homes.work, homes.longest, homes.visits[50], rounds=rounds)
    lines = _inside("mount_ours", homes.work, homes.visits[1000], rounds=rounds)
    widgets = _inside("mount_peer", 1000)["cpu"]
    return [
        Row("longest checklist, load from the cache (CPU)", "ms", longest["load"] * 1e3, goal=Goal("<=", 100, "ours")),
        Row("longest checklist open, memory above bare", "MB", longest["resident"] - bare, goal=Goal("<=", 60, "ours")),
        Row("CPU to mount 1,000 questions", "ms", lines["cpu"] * 1e3, widgets * 1e3, "one label and field a question",
            Goal("<=", 0.03), equal=lines["shown"] == 1),
    ]  # fmt: skip


def run(*, quick: bool = False) -> list[Row]:
    """Return all rows of the benchmark."""
    folder = Path(tempfile.mkdtemp(prefix="fk-bench-"))
    try:
        homes = _Homes(folder)
        rounds = 3 if quick else _ROUNDS
        return [
            *_start_rows(homes, rounds),
            *_key_rows(homes, rounds, 60 if quick else 200),
            *_size_rows(homes, 1 if quick else 3),
        ]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
