"""Answers any question with a value that its type, choices and constraint allow."""

from __future__ import annotations

from collections.abc import Iterator

from fieldkit.forms import Form, FormNode

__all__ = ["fill", "open_questions", "reachable", "valid_answer"]

_BY_TYPE = {
    "int": ("1", "5", "0", "10", "20", "30", "50", "100", "12", "18", "2024", "9", "3", "-1", "1000", "123456789"),
    "decimal": ("1.5", "1", "0.1", "10", "36.6", "0", "100", "50", "12.5", "1000"),
    "date": (
        "2024-05-17", "2026-01-09", "2026-01-10", "2026-01-11", "1980-02-03", "2025-12-20", "2025-10-01", "2025-06-01",
        "2019-01-01", "2030-01-01",
    ),
    "time": ("10:30:00.000+08:00",),
    "dateTime": ("2024-05-17T10:30:00.000+08:00", "2026-01-09T10:30:00.000+08:00"),
    "geopoint": ("26.1 119.3 0 5",),
    "geotrace": ("26.1 119.3 0 5; 26.2 119.3 0 5; 26.2 119.4 0 5",),
    "geoshape": ("26.1 119.3 0 5; 26.2 119.3 0 5; 26.2 119.4 0 5; 26.1 119.3 0 5",),
    "binary": ("file.jpg",),
    "barcode": ("6901234567892",),
}  # fmt: skip
_TEXTS = (
    "Text",
    "A1",
    "12345",
    "0712345678",
    "+27820000000",
    "1234567890",
    "abc@example.org",
    "yes",
    "A" * 12,
    "12",
    "2",
)


def valid_answer(form: Form, node: FormNode) -> str | None:
    """Answer a question so that it has no violation; return the value, or None where no candidate fits."""
    for value in _candidates(node):
        if node.refuses(value) is not None:
            continue
        form.answer(node, value)
        if node.violation is None:
            return value
    return None


def _candidates(node: FormNode) -> Iterator[str]:
    if node.control in {"select1", "select", "rank"}:
        choices = [choice.value for choice in node.choices()]
        if node.control == "rank":
            yield " ".join(choices)
            return
        yield from choices
        if node.control == "select":
            yield " ".join(choices)
            yield " ".join(choices[:2])
        return
    if node.control == "trigger":
        yield "OK"
        return
    if node.control == "range":
        yield from (node.parameters.get(name, "1") for name in ("start", "end", "step"))
    yield from _BY_TYPE.get(node.type, _TEXTS)


def reachable(form: Form) -> list[FormNode]:
    """Return the questions that a person could answer as the form stands."""
    return [
        node
        for node in form.nodes()
        if node.kind == "question" and node.relevant and node.control and not node.readonly and not node.calculated
    ]


def has_no_choices(node: FormNode) -> bool:
    """Tell whether a select has nothing to choose from, because its file is missing."""
    return node.control in {"select1", "select", "rank"} and not node.choices()


def open_questions(form: Form) -> list[FormNode]:
    """Return the questions that can be answered and have no valid answer yet."""
    return [
        node
        for node in reachable(form)
        if (node.value == "" or node.violation is not None) and not has_no_choices(node)
    ]


def fill(form: Form) -> list[FormNode]:
    """Answer every question that can be reached, with a row in each table; return those that take no valid answer."""
    for series in [node for node in form.nodes() if node.kind == "series" and not node.counted and not node.rows]:
        form.add_row(series, "r1")
    # Answers open further questions, so it goes round until none is left.
    for __ in range(20):
        waiting = open_questions(form)
        if not waiting:
            break
        for node in waiting:
            valid_answer(form, node)
    return open_questions(form)
