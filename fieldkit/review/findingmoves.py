"""The moves of a finding with all their guards, and what each of them writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from msgspec import Struct, field

from fieldkit.i18n import _
from fieldkit.model.scheme import Scheme
from fieldkit.model.states import Refusal, Request
from fieldkit.review.advice import advice
from fieldkit.review.findings import Finding, sources_of
from fieldkit.review.lifecycle import Decision, Guard, Move, Rulebook, decide, list_moves
from fieldkit.visit.effects import WITH, Draft
from fieldkit.visit.outcome import MoveReason, MoveView

__all__ = ["FindingCase", "finding_guards", "finding_moves", "move_finding", "state_draft"]

_LEDGER = frozenset({"rectify", "fix_at_once", "tolerate"})
_LEAD_MAY = frozenset({"fix_at_once", "remind"})
_NO_EXCHANGE = frozenset({"good_practice", "early_sign"})
_FIELDS_OF_ITS_OWN = ("disposition", "due", "preset", "main_finding", "subject_view")
"""What a move brings that lists and queries ask for: kept in a field of its own beside the state."""


class FindingCase(Struct, frozen=True):
    """A finding that somebody wants to move."""

    finding: Finding
    rules: Rulebook
    now: str
    """The present moment, ISO 8601 with offset."""
    others: Mapping[str, Finding] = field(default_factory=dict)
    """Other findings by id and by number, for merging."""


def finding_moves(case: FindingCase, roles: Sequence[str]) -> tuple[MoveView, ...]:
    """Return the next moves of a finding, numbered, those that are off with every reason."""
    guards = finding_guards(case.finding, case.others)
    return list_moves(case.rules, "finding", case.finding.state, roles, guards)


def move_finding(
    case: FindingCase, event: str, fields: Mapping[str, object], roles: Sequence[str], *, confirmed: bool = False
) -> Decision:
    """Return what becomes of a move of a finding.

    Args:
        case: The finding.
        event: Event or another name of it.
        fields: What the event brings, as typed.
        roles: Roles of the actor that may be used, in their order.
        confirmed: A number in a text is no personal one.

    Raises:
        UsageError: VISIT-101 for an event that no state of a finding knows.
    """
    guards = finding_guards(case.finding, case.others)
    request = Request(case.finding.state, event, _usable(case, event, tuple(roles)), fields)
    return decide(case.rules, "finding", request, guards, lambda move: _effect(case, move), confirmed=confirmed)


def _usable(case: FindingCase, event: str, roles: tuple[str, ...]) -> tuple[str, ...]:
    """Put the role first that may decide most: S1 is for the approver, most dispositions for a reviewer."""
    if event != "dispose":
        return roles
    order = ("approver", "reviewer", "team_lead") if case.finding.severity == "S1" else ("reviewer", "approver")
    return (*(role for role in order if role in roles), *(role for role in roles if role not in order))


def state_draft(finding: Finding, state: str, event: str, at: str, fields: Mapping[str, Any]) -> Draft:
    """Return the draft that gives a finding its next state."""
    value = {"state": state, "event": event, "at": at, **fields}
    return Draft(f"finding/{finding.id}", "state", value)


# -- guards ----------------------------------------------------------------------------------------


def finding_guards(finding: Finding, others: Mapping[str, Finding] | Sequence[Finding]) -> dict[str, Guard]:
    """Return the guards of a finding by their code."""
    known = others if isinstance(others, Mapping) else {other.id: other for other in others}
    return {
        "basis_fact_statement": lambda _move: _basis(finding),
        "s1_two_sources": lambda move: _two_sources(finding, move.rules.scheme),
        "exchange_not_needed": lambda _move: _exchange(finding),
        "approver_if_s1": lambda move: _approver(finding, move, ("S1",)),
        "approver_if_s1_s2": lambda move: _approver(finding, move, ("S1", "S2")),
        "lead_disposition": _lead,
        "main_is_other": lambda move: _main(finding, move, known),
        "goes_to_ledger": lambda _move: _goes(finding, to_ledger=True),
        "goes_to_file": lambda _move: _goes(finding, to_ledger=False),
        "is_reminder": lambda _move: _disposed_as(finding, "remind"),
        "is_clarified": lambda _move: _disposed_as(finding, "clarify"),
    }


def _basis(finding: Finding) -> Sequence[Refusal]:
    missing = []
    if not finding.criterion.strip():
        missing.append((_("criterion"), "criterion"))
    if not finding.fact.strip() and not finding.evidence:
        missing.append((_("fact or evidence"), "fact"))
    if not finding.statement.strip():
        missing.append((_("statement"), "statement"))
    return [
        Refusal("basis_fact_statement", _("The finding lacks: {what}").format(what=what), ref=name)
        for what, name in missing
    ]


def _two_sources(finding: Finding, scheme: Scheme) -> Sequence[Refusal]:
    if finding.severity != "S1":
        return ()
    least, given = scheme.min_sources("S1"), len(sources_of(finding, scheme))
    if given >= least:
        return ()
    message = _("Severity S1 needs evidence from {least} different sources; there is {given}").format(
        least=least, given=given
    )
    return (Refusal("s1_two_sources", message, ref="evidence"),)


def _exchange(finding: Finding) -> Sequence[Refusal]:
    if finding.type in _NO_EXCHANGE or finding.confidentiality == "internal":
        return ()
    message = _("Views must be exchanged with the subject first (move exchange_views)")
    return (Refusal("exchange_not_needed", message),)


def _approver(finding: Finding, move: Move, grades: Sequence[str]) -> Sequence[Refusal]:
    if finding.severity not in grades or move.role in ("approver", ""):
        return ()
    code = "approver_if_s1" if grades == ("S1",) else "approver_if_s1_s2"
    message = _("Severity {severity} is decided by an approver").format(severity=finding.severity)
    return (Refusal(code, message),)


def _lead(move: Move) -> Sequence[Refusal]:
    disposition = move.fields.get("disposition")
    if move.role != "team_lead" or not disposition or disposition in _LEAD_MAY:
        return ()
    message = _("A team lead may decide only: fix at once, remind")
    return (Refusal("lead_disposition", message, ref="disposition"),)


def _main(finding: Finding, move: Move, known: Mapping[str, Finding]) -> Sequence[Refusal]:
    wanted = str(move.fields.get("main_finding") or "")
    if not wanted:
        return ()  # that the field is missing is said already
    main = known.get(wanted)
    why = ""
    if main is None:
        why = _("There is no finding {id}").format(id=wanted)
    elif main.id == finding.id:
        why = _("A finding cannot be merged into itself")
    elif main.subject != finding.subject:
        why = _("The main finding is about another subject")
    elif main.state in ("merged", "void"):
        why = _("The main finding is merged or void itself")
    return (Refusal("main_is_other", why, ref="main_finding"),) if why else ()


def _goes(finding: Finding, *, to_ledger: bool) -> Sequence[Refusal]:
    if (finding.disposition in _LEDGER) is to_ledger:
        return ()
    code = "goes_to_ledger" if to_ledger else "goes_to_file"
    return (Refusal(code, _("The disposition leads elsewhere"), ref="disposition"),)


def _disposed_as(finding: Finding, disposition: str) -> Sequence[Refusal]:
    if finding.disposition == disposition:
        return ()
    code = "is_reminder" if disposition == "remind" else "is_clarified"
    message = _("The disposition is {disposition}").format(disposition=finding.disposition or _("none"))
    return (Refusal(code, message, ref="disposition"),)


# -- effects ---------------------------------------------------------------------------------------


def _effect(case: FindingCase, move: Move) -> tuple[Sequence[Draft], Sequence[MoveReason]]:
    finding, transition = case.finding, move.transition
    fields = dict(move.fields)
    if transition.event in ("dispose", "rectify"):
        fields.setdefault("disposition", "rectify")
        due = _due(case, fields)
        if due:
            fields["due"] = due
    if transition.event == "merge":
        main = case.others.get(str(fields.get("main_finding")))
        fields["main_finding"] = main.id if main is not None else fields.get("main_finding")
    drafts = [state_draft(finding, transition.target, transition.event, case.now, fields)]
    record = f"finding/{finding.id}"
    drafts += [
        Draft(record, name, fields[name], WITH) for name in _FIELDS_OF_ITS_OWN if fields.get(name) not in (None, "")
    ]
    return drafts, _warnings(case, transition.event)


def _due(case: FindingCase, fields: Mapping[str, Any]) -> str:
    """Return the due date: as given, else what the preset gives from today."""
    if fields.get("due"):
        return str(fields["due"])
    preset = fields.get("preset") or ("fix_at_once" if fields.get("disposition") == "fix_at_once" else "")
    days = case.rules.scheme.get(f"ledger.preset_days.{preset}") if preset else None
    if not isinstance(days, int):
        return ""
    return (date.fromisoformat(case.now[:10]) + timedelta(days=days)).isoformat()


def _warnings(case: FindingCase, event: str) -> Sequence[MoveReason]:
    return advice(case.finding, case.others.values(), case.rules.scheme) if event == "confirm" else ()
