"""Replays one recorded scenario: a form, operations on it, and what tests looked at."""

from __future__ import annotations

from typing import Any

from fieldkit.errors import FieldkitError
from tests.conformance.live_form import LiveForm, Session
from tests.conformance.outcome import Outcome, failed, passed, skipped
from tests.conformance.recorded_state import RecordedState, same_choices, same_violation
from tests.conformance.recorded_xml import same_text, xml_difference

__all__ = ["replay"]


class _DifferenceError(Exception):
    """Something that was compared is not equal."""


def replay(case: dict[str, Any], level: int) -> Outcome:
    """Replay a case and compare what its level asks for."""
    player = _Player(case, level)
    for number, step in enumerate(case["steps"]):
        name = step.get("op") or f"obs {step['obs']}"
        try:
            player.play(step)
        except _DifferenceError as difference:
            return failed(f"step {number} {name}: {difference}")
        except FieldkitError as error:
            return failed(f"step {number} {name}: raised {error.code} {error.message} {error.where}")
        if player.is_over or player.unknown:
            break
    if player.unknown:
        return skipped(f"no replay for {', '.join(sorted(player.unknown))}")
    return passed("" if player.compared else "nothing to compare")


class _Player:
    """Plays the steps of one case on its forms."""

    def __init__(self, case: dict[str, Any], level: int) -> None:
        self.case = case
        self.level = level
        self.session = Session(case)
        self.forms: dict[int, LiveForm] = {}
        self.states: dict[int, RecordedState] = {}
        self.compared = 0
        self.is_over = False
        self.unknown: set[str] = set()

    def play(self, step: dict[str, Any]) -> None:
        """Play one step and compare its results."""
        self.session.set_clock(step.get("now"))
        if step.get("error"):
            self._play_error(step)
            return
        if "obs" in step:
            self._observe(step)
            return
        if step["op"] in {"init", "new_instance", "reload", "edit_instance"}:
            self._open(step)
        else:
            self._operate(step)

    def _play_error(self, step: dict[str, Any]) -> None:
        self.compared += 1
        self.is_over = step.get("op") == "init"
        try:
            if self.is_over:
                reported = self.session.open(step).fault_count() > 0
            elif "obs" in step:
                self._observe(step)
                reported = False
            else:
                form = self.forms[step["s"]]
                before = form.fault_count()
                self._act(form, step)
                reported = form.fault_count() > before
        except FieldkitError:
            return
        if reported:
            return
        raise _DifferenceError(f"should have raised: {step.get('message', '')}")

    def _open(self, step: dict[str, Any]) -> None:
        form = self.session.open(step) if step["op"] == "init" else self.forms[step["s"]].again(step["op"])
        self.forms[step["as"]] = form
        self.states[step["as"]] = RecordedState()
        if self.level >= 3 and "languages" in step:
            self.equal("languages", step["languages"], form.languages())
            self.equal("language", step.get("language"), form.language())
        self._after(step, step["as"])

    def _operate(self, step: dict[str, Any]) -> None:
        self._act(self.forms[step["s"]], step)
        self._after(step, step["s"])

    def _act(self, form: LiveForm, step: dict[str, Any]) -> None:
        match step["op"]:
            case "answer":
                result = form.answer(step["ref"], step["value"])
                if self.level >= 3 and "result" in step:
                    self.equal("result", step["result"], result)
            case "add_repeat":
                created = form.add_row(step["ref"])
                self.equal("created", step.get("created", created), created)
                self.compared += 1
            case "remove_repeat":
                form.remove_row(step["ref"])
            case "set_language":
                form.set_language(step["language"])
            case "goto_start":
                form.place = 0
            case "next" | "prev":
                event = form.step(1 if step["op"] == "next" else -1)
                self.compared += 1
                self.equal("event", (step["event"], step["ref"]), (event.name, event.ref))
            case other:
                self.unknown.add(other)

    def _after(self, step: dict[str, Any], number: int) -> None:
        form = self.forms[number]
        if self.level >= 2 and "xml" in step and not self._has_lost_attributes(form):
            self._same_xml(step["xml"], form.xml())
        if self.level >= 3 and ("state" in step or not self.case.get("state_truncated")):
            recorded = self.states[number]
            recorded.apply(step.get("state", {}))
            if step["op"] not in {"next", "prev", "goto_start"}:
                difference = recorded.difference(form.state())
                if difference:
                    raise _DifferenceError(difference)

    def _has_lost_attributes(self, form: LiveForm) -> bool:
        """Tell whether the recorded XML lacks attributes of repeat instances, a known defect of the data."""
        return "doubt" in self.case and form.has_row_attributes()

    def equal(self, name: str, expected: object, given: object) -> None:
        """Compare two values; texts may hold a UUID."""
        if isinstance(expected, str) and isinstance(given, str):
            holds = same_text(expected, given)
        else:
            holds = expected == given
        if not holds:
            raise _DifferenceError(f"{name}: expected {expected!r}, given {given!r}")

    def _same_xml(self, expected: str, given: str) -> None:
        difference = xml_difference(expected, given)
        if difference:
            raise _DifferenceError(f"xml {difference}")

    def _observe(self, step: dict[str, Any]) -> None:
        form = self.forms[step["s"]]
        self.compared += 1
        match step["obs"]:
            case "value":
                self._observe_node(form, step, step)
            case "node":
                self._observe_node(form, step, step["node"])
            case "attribute":
                self.equal("attribute", step["value"], form.attribute(step["ref"], step["attribute"]))
            case "choices":
                given = form.choices(step["ref"])
                if not same_choices(step["choices"], given):
                    raise _DifferenceError(f"choices of {step['ref']}: expected {step['choices']}, given {given}")
            case "repeat_count":
                self.equal(f"count of {step['ref']}", step["value"], form.row_count(step["ref"]))
            case "can_change_repeat":
                self.equal(f"can change {step['ref']}", step["value"], form.can_change(step["ref"]))
            case "xml":
                if not self._has_lost_attributes(form):
                    self._same_xml(step["xml"], form.xml())
            case "submission":
                self._observe_submission(form, step)
            case "first_violation":
                self.equal("first violation", (step["outcome"], step["ref"]), form.first_violation())
            case _:
                self._observe_position(form, step)

    def _observe_position(self, form: LiveForm, step: dict[str, Any]) -> None:
        match step["obs"]:
            case "position_ref":
                self.equal("position", step["value"], form.event().ref)
            case "position_exists":
                self.equal(f"position of {step['ref']}", step["found"], form.has_position(step["ref"]))
            case "position_node":
                event = form.event()
                self.equal("position", (step["event"], step["ref"]), (event.name, event.ref))
                if step.get("node") and step["ref"]:
                    self._observe_node(form, step, step["node"])
            case "at_end" | "at_question":
                wanted = "END_OF_FORM" if step["obs"] == "at_end" else "QUESTION"
                self.equal(step["obs"], step["value"], form.event().name == wanted)
            case "label" | "hint":
                self._observe_text(form, step)
            case "selected_labels" | "choice_labels":
                is_all = step["obs"] == "choice_labels"
                self.equal(step["obs"], step["value"], form.choice_labels(step["ref"], is_all=is_all))
            case other:
                self.unknown.add(f"obs {other}")

    def _observe_text(self, form: LiveForm, step: dict[str, Any]) -> None:
        wanted = step["value"]
        given: object = form.text(step["ref"], step["obs"])
        if isinstance(wanted, dict):
            self.equal(
                f"media of the {step['obs']}", {**wanted, "text": None}, {**form.media(step["ref"]), "text": None}
            )
            wanted = wanted.get("text")
        self.equal(step["obs"], wanted or None, given)

    def _observe_node(self, form: LiveForm, step: dict[str, Any], wanted: dict[str, Any]) -> None:
        given = form.node_state(step["ref"])
        for name in ("value", "relevant", "readonly", "required"):
            if name in wanted:
                self.equal(f"{name} of {step['ref']}", wanted[name], given.get(name))
        if "type" in wanted:
            self.equal(f"type of {step['ref']}", wanted["type"], given.get("type"))
        if "count" in wanted:
            self.equal(f"count of {step['ref']}", wanted["count"], given.get("count"))
        if "label" in wanted and isinstance(wanted["label"], str):
            self.equal(f"label of {step['ref']}", wanted["label"], given.get("label"))
        if not same_violation(wanted.get("violation"), given.get("violation")):
            raise _DifferenceError(
                f"violation of {step['ref']}: expected {wanted.get('violation')}, given {given.get('violation')}"
            )
        if "choices" in wanted and not same_choices(wanted["choices"], given.get("choices", [])):
            raise _DifferenceError(
                f"choices of {step['ref']}: expected {wanted['choices']}, given {given.get('choices')}"
            )

    def _observe_submission(self, form: LiveForm, step: dict[str, Any]) -> None:
        payload = step["payload"]
        form.finalise()
        violations = form.violations()
        self.equal("status", payload["status"], "pending" if violations else "ready")
        wanted = payload.get("violations") or []
        if [one["ref"] for one in wanted] != [one["ref"] for one in violations] or not all(
            same_violation(one, two) for one, two in zip(wanted, violations, strict=True)
        ):
            raise _DifferenceError(f"violations: expected {wanted}, given {violations}")
        self._same_xml(step["xml"], form.xml())
