"""Drives the form engine for recorded scenarios: references, positions and dumps as the recordings have them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from fieldkit.errors import FormError
from fieldkit.forms import Choice, Form, FormDefinition, FormEnvironment, FormNode, compile_xform
from tests.conformance.positions import Event, events

__all__ = ["LiveForm", "Session"]


class Session:
    """The environment of one case: clock, chance, and the attachments of its form."""

    def __init__(self, case: dict[str, Any]) -> None:
        self.case_now = case["now"]
        self.moment = _moment(case["now"])
        self.zone = ZoneInfo(case["tz"])
        self.resources: dict[str, dict[str, Any]] = case.get("resources") or {}
        self._numbers = itertools.count(1)

    def set_clock(self, now: str | None) -> None:
        """Set the clock to the moment of a step, or back to that of the case."""
        self.moment = _moment(now or self.case_now)

    def environment(self, properties: Mapping[str, str]) -> FormEnvironment:
        """Return what the engine asks of the device."""
        return FormEnvironment(
            clock=lambda: self.moment,
            timezone=self.zone,
            random=lambda: 0.5,
            uuid=lambda: f"00000000-0000-4000-8000-{next(self._numbers):012x}",
            properties=properties,
        )

    def open(self, step: dict[str, Any]) -> LiveForm:
        """Compile the form of an ``init`` step and open it.

        Raises:
            FormError: The form cannot be opened.
        """
        media = {url: found["body"].encode("utf-8") for url, found in self.resources.items() if found["status"] == 200}
        is_strict = step.get("missing_resource") != "BLANK"
        definition = compile_xform(step["form"].encode("utf-8"), media=media, strict_media=is_strict)
        env = self.environment(step.get("preload_properties") or {})
        edited = step.get("edit_instance_xml")
        if edited:
            return LiveForm(Form.edit(definition, env, edited.encode("utf-8")), definition, env)
        return LiveForm(Form.new(definition, env), definition, env)


class LiveForm:
    """One form instance with the position of the traversal."""

    def __init__(self, form: Form, definition: FormDefinition, env: FormEnvironment) -> None:
        self.form = form
        self.definition = definition
        self.env = env
        self.place = 0
        self._row_ids = itertools.count(1)

    def again(self, operation: str) -> LiveForm:
        """Return a fresh, a resumed or an edited instance of the same form.

        The recording engine prepares a submission for the latter two, which stores the end of filling.
        """
        if operation != "new_instance":
            self.form.finalise()
        match operation:
            case "new_instance":
                form = Form.new(self.definition, self.env)
            case "reload":
                form = Form.resume(self.definition, self.env, self.form.xml().encode("utf-8"))
            case _:
                form = Form.edit(self.definition, self.env, self.form.xml().encode("utf-8"))
        return LiveForm(form, self.definition, self.env)

    def answer(self, ref: str, value: str) -> str:
        """Answer a question, move there and return its value."""
        node = self.form.node(ref)
        self.form.answer(node, value)
        self._go_to(ref)
        return self.form.node(ref).value

    def add_row(self, ref: str) -> str:
        """Append a row, move there and return its reference."""
        change = self.form.add_row(self.form.node(ref), row_id=f"r{next(self._row_ids)}")
        created = change.rows_added[0].ref
        self._go_to(created)
        return created

    def remove_row(self, ref: str) -> None:
        """Remove a row."""
        self.form.remove_row(self.form.node(ref))

    def set_language(self, language: str) -> None:
        """Switch the language of the form."""
        self.form.set_language(language)

    def languages(self) -> list[str | None]:
        """Return the languages, the default one first; None alone for a form without translations."""
        return list(self.definition.languages) or [None]

    def language(self) -> str | None:
        """Return the active language."""
        return self.form.language if self.definition.languages else None

    def event(self) -> Event:
        """Return the event at the position."""
        found = events(self.form)
        return found[min(self.place, len(found) - 1)]

    def step(self, by: int) -> Event:
        """Move the position and return the event there."""
        self.place = max(0, min(self.place + by, len(events(self.form)) - 1))
        return self.event()

    def has_position(self, ref: str) -> bool:
        """Tell whether there is an event for a reference."""
        return any(event.ref == ref for event in events(self.form))

    def _go_to(self, ref: str) -> None:
        for place, event in enumerate(events(self.form)):
            if event.ref == ref:
                self.place = place
                return

    def xml(self) -> str:
        """Return the submission."""
        return self.form.xml()

    def finalise(self) -> None:
        """Store what the form asks to be stored at the end of filling."""
        self.form.finalise()

    def fault_count(self) -> int:
        """Return how many expressions the engine has reported as faulty; it goes on, where the recording's raises."""
        return len(self.form.faults)

    def has_row_attributes(self) -> bool:
        """Tell whether an instance of a repeat has attributes of its own."""
        return any(node.kind == "row" and node.xml_attributes() for node in self.form.nodes())

    def attribute(self, ref: str, name: str) -> str | None:
        """Return an XML attribute of a node."""
        return self.form.node(ref).xml_attributes().get(name)

    def row_count(self, ref: str) -> int:
        """Return the number of rows of a series."""
        return len(self.form.node(ref).children)

    def can_change(self, ref: str) -> bool:
        """Tell whether a person may add and remove rows; not where there is no such series at present."""
        try:
            return not self.form.node(ref).counted
        except FormError:
            return False

    def choices(self, ref: str) -> list[dict[str, Any]]:
        """Return the choices of a question."""
        return [_choice(choice) for choice in self.form.node(ref).choices()]

    def choice_labels(self, ref: str, *, is_all: bool) -> list[str]:
        """Return the labels of all choices or of the selected ones."""
        node = self.form.node(ref)
        selected = node.value.split()
        return [choice.label for choice in node.choices() if is_all or choice.value in selected]

    def text(self, ref: str, what: str) -> str | None:
        """Return label or hint of a question."""
        node = self.form.node(ref)
        return (node.label if what == "label" else node.hint) or None

    def media(self, ref: str) -> dict[str, str]:
        """Return the addresses of a label's image, audio and video."""
        return dict(self.form.node(ref).media)

    def violations(self) -> list[dict[str, Any]]:
        """Return all violations in document order."""
        return [{"ref": one.ref, "condition": one.condition, "message": one.message} for one in self.form.validate()]

    def first_violation(self) -> tuple[str, str | None]:
        """Return the outcome of validation and the reference of the first failing node."""
        found = self.violations()
        if not found:
            return "ANSWER_OK", None
        is_required = found[0]["condition"] == "required"
        name = "ANSWER_REQUIRED_BUT_EMPTY" if is_required else "ANSWER_CONSTRAINT_VIOLATED"
        return name, found[0]["ref"]

    def node_state(self, ref: str) -> dict[str, Any]:
        """Return the recorded fields of one node."""
        return _state(self.form.node(ref))

    def state(self) -> dict[str, dict[str, Any]]:
        """Return the recorded fields of all nodes by reference."""
        return {node.ref: _state(node) for node in self.form.nodes()}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _choice(choice: Choice) -> dict[str, Any]:
    return {"value": choice.value, "label": choice.label, "properties": dict(choice.properties)}


def _state(node: FormNode) -> dict[str, Any]:
    state: dict[str, Any] = {"relevant": node.relevant, "readonly": node.readonly, "label": node.label}
    if node.kind == "series":
        state["count"] = len(node.children)
    if node.kind in {"question", "note", "model"}:
        state.update(value=node.value, required=node.required, type=node.type)
    if node.violation is not None:
        state["violation"] = {"condition": node.violation.condition, "message": node.violation.message}
    if node.control in {"select", "select1", "rank"}:
        state["choices"] = [_choice(choice) for choice in node.choices()]
    return state
