"""The moves of a visit with all their guards, and what each of them writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from fieldkit.i18n import _, ngettext
from fieldkit.model.document import conflicts, record_digest, vector_of
from fieldkit.model.states import Refusal, Request
from fieldkit.review.findingmoves import finding_guards, state_draft
from fieldkit.review.findings import Finding
from fieldkit.review.lifecycle import Decision, Guard, Move, Rulebook, decide, judge, list_moves
from fieldkit.visit.effects import Draft
from fieldkit.visit.items import violation_view
from fieldkit.visit.liveform import LiveForm
from fieldkit.visit.nodes import Node
from fieldkit.visit.outcome import MoveReason, MoveView
from fieldkit.visit.outline import rows_of
from fieldkit.visit.session import Session

__all__ = ["SAMPLES", "VisitCase", "move_visit", "visit_moves"]

SAMPLES: Mapping[str, Mapping[str, str]] = {
    "branch_std": {"/data/d/rec": "records_min"},
    "village_econ": {"/data/c/siyi": "matters_min"},
}
"""Repeats whose rows are a sample: form and path to the scheme's parameter under ``sampling``."""

DIRECTIONS: Mapping[str, tuple[str, str]] = {"spot_research": ("/data/iv", "iv_d")}
"""Forms that need talks in every direction: the repeat of talks and its question of the direction."""


class VisitCase(Struct, frozen=True):
    """A visit that somebody wants to move."""

    session: Session
    rules: Rulebook
    findings: Sequence[Finding] = ()
    """Findings of this visit."""
    conflicts_elsewhere: Sequence[str] = field(default=())
    """Names of other records of the visit that hold two values."""


def visit_moves(case: VisitCase, roles: Sequence[str]) -> tuple[MoveView, ...]:
    """Return the next moves of a visit, numbered, those that are off with every reason."""
    state = case.session.record.state.state
    return list_moves(case.rules, "visit", state, roles, _guards(case))


def move_visit(
    case: VisitCase, event: str, fields: Mapping[str, object], roles: Sequence[str], *, confirmed: bool = False
) -> Decision:
    """Return what becomes of a move of the visit.

    ``finalise`` also submits heard findings, and confirmed ones that need no exchange of views; the others
    are warnings. ``discard`` voids draft findings.

    Args:
        case: The visit.
        event: Event or another name of it.
        fields: What the event brings, as typed.
        roles: Roles of the actor that may be used, in their order.
        confirmed: A number in a text is no personal one.

    Raises:
        UsageError: VISIT-101 for an event that no state of a visit knows.
    """
    request = Request(case.session.record.state.state, event, tuple(roles), fields)
    return decide(case.rules, "visit", request, _guards(case), lambda move: _effect(case, move), confirmed=confirmed)


# -- guards ----------------------------------------------------------------------------------------


def _guards(case: VisitCase) -> dict[str, Guard]:
    return {
        "required_filled": lambda _move: list(_required_left(case.session)),
        "constraints_pass": lambda _move: list(_refused_values(case.session)),
        "samples_met": lambda move: _samples(case, move),
        "directions_covered": lambda _move: list(_directions(case)),
        "heads_resolved": lambda _move: _open_heads(case),
        "remarks_given": _remarks,
    }


def _items(live: LiveForm) -> Iterator[Node]:
    for node in live.form.nodes():
        if node.kind == "question" and node.relevant:
            yield node


def _where(session: Session, live: LiveForm, node: Node) -> str:
    title = f"{session.around.maker.title(live.form_id)}: " if len(session.live) > 1 else ""
    row = node.row
    place = f" [{row.position}]" if row is not None else ""
    return f"{title}{node.label or node.name}{place}"


def _required_left(session: Session) -> Iterator[Refusal]:
    for live in session.live.values():
        if live.tally.all.left or live.tally.all.carried:
            yield from _left_of(session, live)


def _left_of(session: Session, live: LiveForm) -> Iterator[Refusal]:
    for node in _items(live):
        share = live.tally.share(node.path)
        if share is None:
            continue
        where = _where(session, live, node)
        if share.left:
            message = _("{item} needs an answer").format(item=where)
            yield Refusal("required_filled", message, session.ref(live, node), live.key(node))
        if share.carried:
            message = _("{item} is carried over and not confirmed").format(item=where)
            yield Refusal("carried_over", message, session.ref(live, node), live.key(node))


def _refused_values(session: Session) -> Iterator[Refusal]:
    for live in session.live.values():
        if not live.tally.all.wrong:
            continue
        for node in _items(live):
            share = live.tally.share(node.path)
            if share is None or not share.wrong:
                continue
            violation = violation_view(node)
            message = _("{item}: {value} is refused: {why}").format(
                item=_where(session, live, node),
                value=node.value[:40],
                why=violation.message if violation else "",
            )
            yield Refusal("constraints_pass", message, session.ref(live, node), live.key(node))


def _samples(case: VisitCase, move: Move) -> Sequence[Refusal]:
    if str(move.fields.get("reason") or "").strip():
        return ()
    session, found = case.session, []
    for form_id, live in session.live.items():
        for path, parameter in SAMPLES.get(form_id, {}).items():
            least = int(case.rules.scheme.number(f"sampling.{parameter}", 0))
            series = live.node(path) if live.has(path) else None
            if series is None or not series.relevant or len(rows_of(series)) >= least:
                continue
            message = _("{item}: {count} of {least} sampled; take more, or give a reason").format(
                item=series.label or series.name, count=len(rows_of(series)), least=least
            )
            found.append(Refusal("samples_met", message, session.ref(live, series), live.key(series)))
    return found


def _directions(case: VisitCase) -> Iterator[Refusal]:
    session, codes = case.session, case.rules.codes
    wanted = case.rules.scheme.get("sampling.talk_directions", [])
    for form_id, (path, question) in DIRECTIONS.items():
        live = session.live.get(form_id)
        if live is None or not live.has(path):
            continue
        series = live.node(path)
        had = {cell.value for row in rows_of(series) for cell in row.children if cell.name == question}
        for direction in wanted:
            if direction not in had:
                message = _("No talk in the direction: {direction}").format(
                    direction=codes.label("talk_direction", direction)
                )
                yield Refusal("directions_covered", message, session.ref(live, series), live.key(series))


def _open_heads(case: VisitCase) -> Sequence[Refusal]:
    document = case.session.document
    own = conflicts(document) if document else []
    found = [
        Refusal("heads_resolved", _("{field} holds two values; choose one").format(field=name), ref=name)
        for name, _heads in own
    ]
    return found + [
        Refusal("heads_resolved", _("{field} holds two values; choose one").format(field=name), ref=name)
        for name in case.conflicts_elsewhere
    ]


def _remarks(move: Move) -> Sequence[Refusal]:
    remarks = move.fields.get("remarks")
    if remarks and all(str(entry.get("text") or "").strip() for entry in remarks):
        return ()
    if not remarks:
        return ()  # that the field is missing is said already
    return (Refusal("remarks_given", _("Each remark needs a text"), ref="remarks"),)


# -- effects ---------------------------------------------------------------------------------------


def _effect(case: VisitCase, move: Move) -> tuple[Sequence[Draft], Sequence[MoveReason]]:
    session = case.session
    event = move.transition.event
    state = session.record.state
    value: dict[str, Any] = {
        "state": move.transition.target,
        "event": event,
        "at": session.around.now(),
        "revision": state.revision,
        **move.fields,
    }
    sheets = list(state.sheets)
    if event == "reopen" and state.state in ("final", "returned"):
        value["revision"] = state.revision + 1
    if event == "feedback":
        value["sheet"] = sheet_number(session.record.meta.number, state.revision, sheets)
        sheets.append(value["sheet"])
    if sheets:
        value["sheets"] = sheets
    drafts = [Draft(session.record.name, "state", value)]
    warnings: list[MoveReason] = []
    if event == "finalise":
        value["revision"] = max(1, state.revision)
        if session.document is not None:
            value["digest"] = record_digest(session.document)
            value["vector"] = vector_of(session.document)
        submitted, warnings = _submit_findings(case)
        drafts.extend(submitted)
    if event == "discard":
        drafts.extend(
            state_draft(finding, "void", "void", session.around.now(), {"reason": value.get("reason", "")})
            for finding in case.findings
            if finding.state == "draft"
        )
    return drafts, warnings


def sheet_number(number: str, revision: int, earlier: Sequence[str]) -> str:
    """Return the number of a feedback sheet: visit, revision, and a count from the second of a revision on."""
    base = f"{number}-R{max(1, revision)}"
    same = sum(1 for sheet in earlier if sheet == base or sheet.startswith(f"{base}-"))
    return f"{base}-{same + 1}" if same else base


def _submit_findings(case: VisitCase) -> tuple[list[Draft], list[MoveReason]]:
    """Return the drafts that submit findings as the system, and a warning for each that stays."""
    drafts, warnings = [], []
    for finding in case.findings:
        if finding.state not in ("draft", "confirmed", "heard"):
            continue
        if finding.state != "draft":
            request = Request(finding.state, "submit", ("system",))
            judged = judge(case.rules, "finding", request, finding_guards(finding, ()))
            if isinstance(judged, Move):
                drafts.append(state_draft(finding, "submitted", "submit", case.session.around.now(), {}))
                continue
        state = case.rules.machines["finding"].states[finding.state].label
        message = _("Finding {number} stays: it is {state}").format(number=finding.number or finding.id, state=state)
        warnings.append(MoveReason("finding_not_submitted", message, finding.ref or None, finding.item))
    if warnings:
        count = len(warnings)
        text = ngettext(
            "{count} finding is not submitted; confirm it, exchange views, submit it later",
            "{count} findings are not submitted; confirm them, exchange views, submit them later",
            count,
        ).format(count=count)
        warnings.append(MoveReason("findings_left", text))
    return drafts, warnings
