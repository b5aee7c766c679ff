"""Answers that fill a form: candidates by type, kept where the form accepts them."""

from __future__ import annotations

from collections.abc import Iterator

from fieldkit.forms import Form, FormNode
from tests.benchmarks.forms_peer import Step

__all__ = ["answers_for", "fill"]

_CANDIDATES: dict[str, tuple[str, ...]] = {
    "int": ("3", "1", "10", "0", "18", "30", "50", "100", "200", "1000", "2020", "12"),
    "decimal": ("1.5", "37.5", "10.5", "50.5", "0.5", "100.5", "3", "200"),
    "date": ("2025-06-15", "2020-01-01", "1990-01-01", "2030-01-01", "2025-01-01"),
    "time": ("10:30:00",),
    "dateTime": ("2025-06-15T10:00:00.000+00:00", "2020-01-01T10:00:00.000+00:00"),
    "geopoint": ("1.5 2.5 0.0 0.0",),
    "geotrace": ("1.5 2.5 0.0 0.0;2.5 3.5 0.0 0.0",),
    "geoshape": ("1.5 2.5 0.0 0.0;2.5 3.5 0.0 0.0;3.5 3.5 0.0 0.0;1.5 2.5 0.0 0.0",),
    "boolean": ("true",),
    "string": ("abc", "12345", "Abc def", "0712345678", "1234567890", "123456789", "A1", "12", "10", "user@example.org",
               "01/01/2020", "AB123", "1234", "123456"),
}  # fmt: skip


def _candidates(node: FormNode) -> list[str]:
    if node.control in ("select1", "select"):
        return [choice.value for choice in list(node.choices())[:12]]
    if node.control == "rank":
        return [" ".join(choice.value for choice in node.choices())]
    if node.control == "trigger":
        return ["OK"]
    if node.control == "range":
        return [node.parameters.get("start", "1")]
    if node.control == "upload":
        return []
    return list(_CANDIDATES.get(node.type, _CANDIDATES["string"]))


def _open(form: Form, done: set[str]) -> Iterator[FormNode]:
    for node in list(form.nodes()):
        if node.kind == "question" and not node.readonly and not node.calculated and node.path not in done:
            yield node


def fill(form: Form, *, limit: int = 100_000) -> tuple[list[Step], list[str]]:
    """Answer every question that can be reached; return the steps and the questions without a valid answer.

    Uploads are left out (they hold files), and so are questions without any choice.
    """
    steps: list[Step] = []
    unmet: list[str] = []
    done: set[str] = set()
    for _ in range(4):
        before = len(done)
        for node in _open(form, done):
            if len(steps) >= limit:
                return steps, unmet
            if not node.element.scope.alive or not node.relevant:
                continue
            done.add(node.path)
            candidates = _candidates(node)
            for value in candidates:
                form.answer(node, value)
                steps.append(("answer", node.ref, value))
                if not node.element.scope.alive or not node.relevant or (node.value and node.violation is None):
                    break
            else:
                if candidates:
                    unmet.append(node.ref)
        if len(done) == before:
            break
    return steps, unmet


def answers_for(form: Form, limit: int) -> list[Step]:
    """Return a script of answers that fills a form."""
    return fill(form, limit=limit)[0]
