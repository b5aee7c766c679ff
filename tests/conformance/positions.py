"""The linear traversal of a form: events in document order over relevant nodes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fieldkit.forms import Form, FormNode

__all__ = ["Event", "events"]


@dataclass(frozen=True, slots=True)
class Event:
    """One place of the traversal; the node is None at the ends."""

    name: str
    node: FormNode | None

    @property
    def ref(self) -> str | None:
        """Reference of the node with positions."""
        return None if self.node is None else self.node.ref


def events(form: Form) -> list[Event]:
    """Return all events of a form as it stands."""
    return [Event("BEGINNING_OF_FORM", None), *_below(form.root), Event("END_OF_FORM", None)]


def _below(node: FormNode) -> Iterator[Event]:
    for child in node.children:
        if not child.relevant and child.kind != "series":
            continue
        match child.kind:
            case "series":
                yield from _series(child)
            case "group":
                if child.body is not None:
                    yield Event("GROUP", child)
                yield from _below(child)
            case "question" | "note":
                yield Event("QUESTION", child)


def _series(series: FormNode) -> Iterator[Event]:
    for row in series.children:
        if row.relevant:
            yield Event("REPEAT", row)
            yield from _below(row)
    if series.relevant and not series.counted:
        yield Event("PROMPT_NEW_REPEAT", series)
