"""Moves of a visit and of its findings: every reason why not at once, or what to write."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from fieldkit.i18n import pick
from fieldkit.model.codes import Codes
from fieldkit.model.scheme import Scheme
from fieldkit.model.states import Machine, Machines, Refusal, Request, Transition
from fieldkit.model.states_fields import read_fields
from fieldkit.visit.effects import Draft, grouped
from fieldkit.visit.outcome import MoveReason, MoveView

__all__ = ["Decision", "Guard", "Move", "Rulebook", "decide", "list_moves"]

Guard = Callable[["Move"], Sequence[Refusal]]
"""Returns why a guard does not hold; empty = it holds."""


class Rulebook(Struct, frozen=True):
    """What every move is judged by."""

    machines: Machines
    codes: Codes
    scheme: Scheme


class Move(Struct, frozen=True):
    """One move with what it brings, as guards see it."""

    name: str
    """Kind of object, such as ``visit``."""
    transition: Transition
    fields: Mapping[str, Any]
    role: str
    """Role that makes it; empty where none of the actor's roles may."""
    rules: Rulebook


class Decision(Struct, frozen=True):
    """What became of a request to move."""

    state: str
    """State afterwards; the old one where it was refused."""
    refused: tuple[MoveReason, ...] = ()
    writes: tuple[Draft, ...] = ()
    role: str = ""
    """Role to stamp on the operations."""
    warnings: tuple[MoveReason, ...] = field(default=())
    """What a person should know although the move is made."""

    @property
    def ok(self) -> bool:
        """Whether the move is made."""
        return not self.refused


def _reasons(refusals: Sequence[Refusal]) -> tuple[MoveReason, ...]:
    return tuple(MoveReason(entry.code, entry.message, entry.ref, entry.key) for entry in refusals)


def _holds(_move: Move) -> Sequence[Refusal]:
    """Hold: a guard about an object that is not there cannot fail."""
    return ()


def judge(
    rules: Rulebook, name: str, request: Request, guards: Mapping[str, Guard], *, confirmed: bool = False
) -> Move | tuple[Refusal, ...]:
    """Return the move that a request makes, or every reason against it at once.

    Args:
        rules: Machines, codes and scheme.
        name: Kind of object.
        request: State, event, roles and fields as typed.
        guards: Guard by its code; one that is missing holds.
        confirmed: A number in a text is no personal one.

    Raises:
        UsageError: VISIT-101 for an event that no state of the object knows.
    """
    machines = rules.machines
    found = machines.find(name, request)
    if isinstance(found, Refusal):
        return (found,)
    fields, wrong = read_fields(machines, rules.codes, request.fields, confirmed=confirmed)
    role_refused = machines.role_refusal(name, found, request.roles)
    move = Move(name, found, fields, found.role_of(request.roles) or "", rules)
    refusals = [*([role_refused] if role_refused else []), *wrong]
    bad = {entry.ref for entry in wrong}
    refusals += [entry for entry in machines.missing_fields(name, found, fields) if entry.ref not in bad]
    for guard in found.guards:
        refusals += guards.get(guard, _holds)(move)
    return tuple(refusals) if refusals else move


def decide(
    rules: Rulebook,
    name: str,
    request: Request,
    guards: Mapping[str, Guard],
    effect: Callable[[Move], tuple[Sequence[Draft], Sequence[MoveReason]]],
    *,
    confirmed: bool = False,
) -> Decision:
    """Return what becomes of a request: refused with all reasons, or drafts of one write.

    Args:
        rules: Machines, codes and scheme.
        name: Kind of object.
        request: The request.
        guards: Guard by its code.
        effect: Returns the drafts of an allowed move, and warnings.
        confirmed: A number in a text is no personal one.

    Raises:
        UsageError: VISIT-101 for an event that no state of the object knows.
    """
    judged = judge(rules, name, request, guards, confirmed=confirmed)
    if not isinstance(judged, Move):
        return Decision(request.state, refused=_reasons(judged))
    drafts, warnings = effect(judged)
    return Decision(judged.transition.target, writes=grouped(drafts), role=judged.role, warnings=tuple(warnings))


def list_moves(
    rules: Rulebook, name: str, state: str, roles: Sequence[str], guards: Mapping[str, Guard]
) -> tuple[MoveView, ...]:
    """Return the moves that lead out of a state, numbered; those that are off say every reason.

    Fields that a move must bring are no reason: they are asked for when it is chosen.
    """
    machine = rules.machines[name]
    views: list[MoveView] = []
    for transition in machine.moves(state):
        if set(transition.roles) <= {"system"}:
            continue
        views.append(_move_view(rules, machine, transition, roles, guards, len(views) + 1))
    return tuple(views)


def _move_view(
    rules: Rulebook,
    machine: Machine,
    transition: Transition,
    roles: Sequence[str],
    guards: Mapping[str, Guard],
    number: int,
) -> MoveView:
    move = Move(machine.code, transition, {}, transition.role_of(roles) or "", rules)
    refused = rules.machines.role_refusal(machine.code, transition, roles)
    refusals: list[Refusal] = [refused] if refused else []
    for guard in transition.guards:
        if guard not in _ABOUT_FIELDS:
            refusals += guards.get(guard, _holds)(move)
    label = rules.codes.label("event", transition.event)
    target = machine.states[transition.target]
    return MoveView(
        number=number,
        event=transition.event,
        label=label if label != transition.event else transition.event.replace("_", " "),
        enabled=not refusals,
        reasons=_reasons(refusals),
        role=rules.machines.role_labels(transition.roles),
        required=transition.required,
        to=transition.target,
        to_label=pick(target.zh, target.en),
        effect=transition.effect,
    )


_ABOUT_FIELDS = frozenset({"remarks_given", "main_is_other", "disposition_fields", "lead_disposition"})
"""Guards that judge what the move brings: they cannot fail before it is chosen."""
