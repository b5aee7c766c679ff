"""The state machines of every object, from ``states.toml``: which move may be made, and why not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct, field

from fieldkit.errors import SettingsError, UsageError
from fieldkit.i18n import _, pick

__all__ = [
    "NEVER_CHOSEN",
    "Machine",
    "Machines",
    "Refusal",
    "Request",
    "State",
    "Transition",
    "load_machines",
]

NEVER_CHOSEN = frozenset({"system", "outside", "liaison"})
"""Roles that nobody takes at the keyboard: their acts follow from others or are entered on their behalf."""


class State(Struct, frozen=True):
    """One state of a machine."""

    code: str
    zh: str
    en: str
    initial: bool = False
    final: bool = False
    editable: bool = False

    @property
    def label(self) -> str:
        """Its name in the language of the interface."""
        return pick(self.zh, self.en)


class Transition(Struct, frozen=True):
    """One move: from a state by an event to a state."""

    source: str
    event: str
    target: str
    roles: tuple[str, ...]
    guards: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    required_when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """``"disposition=remind"`` to the further fields that this value asks for."""
    caused_by: str = ""
    behalf: str = ""
    aliases: tuple[str, ...] = ()
    effect: str = ""

    def names(self) -> tuple[str, ...]:
        """Return the event and its other names."""
        return (self.event, *self.aliases)

    def required_for(self, given: Mapping[str, object]) -> tuple[str, ...]:
        """Return every field that the move must bring with these values."""
        more = [
            name
            for condition, names in self.required_when.items()
            if _condition_holds(condition, given)
            for name in names
        ]
        return (*self.required, *(name for name in more if name not in self.required))

    def role_of(self, roles: Iterable[str]) -> str | None:
        """Return the first of the actor's roles that may make the move, or None."""
        return next((role for role in roles if role in self.roles), None)


def _condition_holds(condition: str, given: Mapping[str, object]) -> bool:
    name, _sign, value = condition.partition("=")
    return given.get(name) == value


class Refusal(Struct, frozen=True):
    """One reason why a move is refused.

    The code is the guard's own code, or ``no_such_move``, ``role_not_allowed``, ``field_missing``,
    ``field_invalid``.
    """

    code: str
    message: str
    ref: str | None = None
    key: str = ""

    def as_json(self) -> dict[str, object]:
        """Return the reason as the command line prints it."""
        return {"code": self.code, "message": self.message, "ref": self.ref}


class Request(Struct, frozen=True):
    """A move that somebody wants to make."""

    state: str
    event: str
    roles: tuple[str, ...]
    """Roles of the actor that may be used, in their order."""
    fields: Mapping[str, object] = field(default_factory=dict)


class Machine(Struct, frozen=True):
    """The states and moves of one kind of object."""

    code: str
    zh: str
    en: str
    states: Mapping[str, State]
    transitions: tuple[Transition, ...]
    by_event: Mapping[tuple[str, str], Transition]

    @property
    def label(self) -> str:
        """Its name in the language of the interface."""
        return pick(self.zh, self.en)

    @property
    def initial(self) -> str:
        """Code of the state that a new object has."""
        return next(state.code for state in self.states.values() if state.initial)

    def transition(self, state: str, event: str) -> Transition | None:
        """Return the move that an event (or another name of it) makes from a state, or None."""
        return self.by_event.get((state, event))

    def moves(self, state: str) -> tuple[Transition, ...]:
        """Return the moves that lead out of a state, in the order of the file."""
        return tuple(move for move in self.transitions if move.source == state)

    def events(self) -> frozenset[str]:
        """Return the names of all events of the machine, aliases included."""
        return frozenset(event for _state, event in self.by_event)


class Machines(Struct, frozen=True):
    """All machines with the names of roles, guards and fields."""

    objects: Mapping[str, Machine]
    roles: Mapping[str, tuple[str, str]]
    """Role to its Chinese and English name."""
    guards: Mapping[str, str]
    fields: Mapping[str, str]
    """Field to what it holds, such as ``date`` or ``code of list disposition``."""
    events: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Event to its Chinese and English name; it comes from the lists of codes."""

    def __getitem__(self, name: str) -> Machine:
        return self.objects[name]

    def event_label(self, event: str) -> str:
        """Return an event in the language of the interface; its code where it has no name."""
        zh, en = self.events.get(event, (event, event))
        return pick(zh, en)

    def role_label(self, role: str) -> str:
        """Return a role in the language of the interface, without the remark in brackets."""
        zh, en = self.roles.get(role, (role, role))
        return pick(zh, en).split(" (", 1)[0]

    def role_labels(self, roles: Iterable[str]) -> str:
        """Return several roles in words, joined for a sentence."""
        return _(", ").join(self.role_label(role) for role in roles)

    def find(self, name: str, request: Request) -> Transition | Refusal:
        """Return the move that a request asks for, or why there is none.

        Raises:
            UsageError: VISIT-101 for an event that no state of the object knows.
        """
        machine = self.objects[name]
        found = machine.transition(request.state, request.event)
        if found is not None:
            return found
        if request.event not in machine.events():
            raise UsageError(
                "VISIT-101",
                _("{object} knows no event {event}").format(object=machine.label, event=request.event),
                hint=_("Possible now: {events}").format(events=self._events_text(machine, request.state)),
                where={"object": name, "event": request.event},
            )
        state = machine.states.get(request.state)
        return Refusal(
            "no_such_move",
            _("{object} in state {state}: {role} cannot do {event} here; possible: {events}").format(
                object=machine.label,
                state=state.label if state else request.state,
                role=self.role_labels(request.roles),
                event=request.event,
                events=self._events_text(machine, request.state),
            ),
        )

    @staticmethod
    def _events_text(machine: Machine, state: str) -> str:
        return ", ".join(move.event for move in machine.moves(state)) or _("nothing")

    def role_refusal(self, name: str, move: Transition, roles: Sequence[str]) -> Refusal | None:
        """Return the refusal where none of the roles may make the move."""
        if move.role_of(roles) is not None:
            return None
        machine = self.objects[name]
        return Refusal(
            "role_not_allowed",
            _("{object} in state {state}: {event} is for {allowed}, not for {role}").format(
                object=machine.label,
                state=machine.states[move.source].label,
                event=self.event_label(move.event),
                allowed=self.role_labels(move.roles),
                role=self.role_labels(roles) or _("nobody"),
            ),
        )

    def missing_fields(self, name: str, move: Transition, given: Mapping[str, object]) -> list[Refusal]:
        """Return one refusal for each field that the move must bring and does not."""
        machine = self.objects[name]
        return [
            Refusal(
                "field_missing",
                _("{object}: {event} needs {field} ({what})").format(
                    object=machine.label,
                    event=self.event_label(move.event),
                    field=item,
                    what=_(self.fields.get(item, "")),
                ),
                ref=item,
            )
            for item in move.required_for(given)
            if given.get(item) in (None, "", [], {})
        ]


def load_machines(text: str) -> Machines:
    """Read ``states.json``, the form of ``states.toml`` that is quick to read.

    Raises:
        SettingsError: STATE-001 for text that is no such file or breaks its own rules.
    """
    try:
        data = msgspec.json.decode(text)
        machines = Machines(
            objects={code: _machine(code, entry) for code, entry in data["objects"].items()},
            roles={code: (entry["zh"], entry["en"]) for code, entry in data["roles"].items()},
            guards=dict(data["guards"]),
            fields=dict(data["fields"]),
        )
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError) as error:
        raise _broken(str(error)) from error
    for machine in machines.objects.values():
        _check(machines, machine)
    return machines


def _broken(what: str) -> SettingsError:
    return SettingsError(
        "STATE-001",
        _("The table of states cannot be used: {what}").format(what=what),
        hint=_("Install Fieldkit again: a shipped file was changed."),
    )


def _machine(code: str, entry: Mapping[str, Any]) -> Machine:
    states = {item["code"]: State(**item) for item in entry["states"]}
    transitions = tuple(_transition(item) for item in entry["transitions"])
    by_event: dict[tuple[str, str], Transition] = {}
    for move in transitions:
        for name in move.names():
            if (move.source, name) in by_event:
                raise _broken(f"{code}: {move.source}.{name} twice")
            by_event[move.source, name] = move
    return Machine(code, entry["zh"], entry["en"], states, transitions, by_event)


def _transition(item: Mapping[str, Any]) -> Transition:
    return Transition(
        source=item["from"],
        event=item["event"],
        target=item["to"],
        roles=tuple(item["roles"]),
        guards=tuple(item.get("guards", ())),
        required=tuple(item.get("required", ())),
        required_when={key: tuple(names) for key, names in item.get("required_when", {}).items()},
        caused_by=item.get("caused_by", ""),
        behalf=item.get("behalf", ""),
        aliases=tuple(item.get("aliases", ())),
        effect=item.get("effect", ""),
    )


def _check(machines: Machines, machine: Machine) -> None:
    if sum(state.initial for state in machine.states.values()) != 1:
        raise _broken(f"{machine.code}: one initial state")
    for move in machine.transitions:
        names = [*move.required, *(name for more in move.required_when.values() for name in more)]
        unknown = [
            *(state for state in (move.source, move.target) if state not in machine.states),
            *(role for role in move.roles if role not in machines.roles),
            *(guard for guard in move.guards if guard not in machines.guards),
            *(name for name in names if name not in machines.fields),
        ]
        if unknown:
            raise _broken(f"{machine.code}.{move.event}: {', '.join(unknown)}")
