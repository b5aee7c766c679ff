"""Drives the command line in this process, and fills checklists through it."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fieldkit.cli import main
from fieldkit.forms import FormNode
from tests.builders.checklists import Filled

NOW = "2026-01-10T09:30:00+08:00"
"""Moment of a run; the forms of the builders stand at the same one."""

SUBJECTS = Path(__file__).resolve().parents[2] / "data" / "demo" / "subjects.csv"


class Cli:
    """One workspace as somebody at the keyboard uses it.

    Attributes:
        code: Exit code of the last command.
        errors: What the last command wrote to standard error.
    """

    def __init__(self, home: Path, *, now: str = NOW) -> None:
        self.home = home
        self.now = now
        self.code = 0
        self.errors = ""

    def text(self, *words: object, stdin: str = "") -> str:
        """Run a command and return what it printed."""
        arguments = ["--home", str(self.home), "--now", self.now, "--lang", "en", *map(str, words)]
        output, errors = io.StringIO(), io.StringIO()
        before = sys.stdin
        sys.stdin = io.StringIO(stdin)
        try:
            with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
                self.code = main(arguments)
        finally:
            sys.stdin = before
        self.errors = errors.getvalue()
        return output.getvalue()

    def any(self, *words: object) -> Any:
        """Run a command and return its JSON document, whatever the exit code."""
        return json.loads(self.text(*words, "--json"))

    def __call__(self, *words: object) -> Any:
        """Run a command that must succeed and return its JSON document."""
        document = self.any(*words)
        assert self.code == 0, (words, self.code, document, self.errors)
        return document

    def error(self, *words: object, code: int = 1) -> dict[str, Any]:
        """Run a command that must be refused and return its error."""
        document = self.any(*words)
        assert self.code == code, (words, self.code, document)
        error = document["error"]
        assert error["message"]
        return dict(error)

    def answer(self, visit: str, pairs: list[tuple[str, str]]) -> list[dict[str, Any]]:
        """Answer items line by line through standard input and return the lines that came back."""
        lines = "".join(f"{ref}\t{value}\n" for ref, value in pairs)
        return [
            json.loads(line)
            for line in self.text("visit", "answer", visit, "--stdin", "--json", stdin=lines).splitlines()
        ]

    def fill(self, visit: str, form: Filled, prefix: str = "") -> None:
        """Give a visit the answers of a form that was filled elsewhere."""
        for ref, count in series_of(form):
            while self("visit", "repeat", visit, f"{prefix}{ref}", "--add")["count"] < count:
                pass
        results = self.answer(visit, [(f"{prefix}{ref}", value) for ref, value in answers_of(form)])
        refused = [result for result in results if "error" in result]
        assert not refused, refused


def answerable(form: Filled) -> Iterator[FormNode]:
    """Yield the questions that take an answer now."""
    for node in form.form.nodes():
        if node.kind == "question" and node.relevant and not node.readonly and not node.calculated and node.control:
            yield node


def answers_of(form: Filled) -> list[tuple[str, str]]:
    """Return ref and value of every answer."""
    return [(node.ref, node.value) for node in answerable(form) if node.value]


def series_of(form: Filled) -> list[tuple[str, int]]:
    """Return ref and number of rows of the repeats that have more than one row."""
    found = [node for node in form.form.nodes() if node.kind == "series" and node.relevant]
    return [(node.ref, len(node.rows)) for node in found if len(node.rows) > 1 and not node.counted]


def complete(form: Filled) -> Filled:
    """Give every required question that is still empty the first value that the form takes."""
    for _pass in range(6):
        left = [node for node in answerable(form) if node.required and not node.value]
        if not left:
            break
        for node in left:
            for value in _values(node):
                form.form.answer(node, value)
                if node.violation is None:
                    break
    return form


def _values(node: FormNode) -> list[str]:
    choices = [choice.value for choice in node.choices()]
    if choices:
        return choices
    return {
        "int": ["1", "0", "5", "20"],
        "decimal": ["1", "0", "5"],
        "date": ["2025-06-01", "2026-01-09", "2026-03-01"],
    }.get(node.type, ["seen"])


def branch(*, veto: str = "", ballot: tuple[int, int, int, int] = (40, 30, 6, 4), **changes: object) -> Filled:
    """Return a complete branch checklist with everything in order but what is given."""
    form = Filled("branch_std")
    form.period()
    form.answers(btype="village", m_full=20, m_prob=0, groups_n=2)
    form.answers(b_vac_m=0, b_elect="2023-05-01", e_none=0, e_mob=3, e_pair=4, f_in=10, f_done=9, g_area=240)
    form.rows("rec", 3)
    form.judge()
    form.ballot(*ballot)
    form.answers(**{"honour": "none", **changes})
    if veto:
        form.answer("veto", veto)
    return complete(form)


def village(**changes: object) -> Filled:
    """Return a complete village checklist."""
    form = Filled("village_econ")
    form.period()
    form.rows("siyi", 2)
    form.judge()
    complete(form)
    if form.node("co_d1").relevant:
        form.answers(co_d1=60, co_d2=30, co_d3=10)
    form.answers(**changes)
    return complete(form)
