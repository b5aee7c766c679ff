"""Moves of visits and findings: every reason at once, or one write with all that follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fieldkit.model.document import conflicts, fields
from fieldkit.model.ids import id_of
from fieldkit.review.findingmoves import FindingCase, finding_moves, move_finding
from fieldkit.review.findings import Finding, read_finding
from fieldkit.review.lifecycle import Decision, Rulebook
from fieldkit.review.visitmoves import VisitCase, move_visit, visit_moves
from fieldkit.services.desk import Desk
from fieldkit.services.records import Records
from fieldkit.services.sessions import Sessions
from fieldkit.visit.answering import finishing_drafts
from fieldkit.visit.outcome import MoveReason, MoveResult, MoveView

__all__ = ["Moves"]


class Moves:
    """Makes moves, and says which ones are possible."""

    def __init__(self, desk: Desk, records: Records, sessions: Sessions) -> None:
        self._desk = desk
        self._records = records
        self._sessions = sessions
        self._rules = Rulebook(desk.machines, desk.codes, desk.scheme)

    # -- visits ----------------------------------------------------------------------------------

    def of_visit(self, visit: str) -> tuple[MoveView, ...]:
        """Return the moves out of a visit's state, those that are off with every reason."""
        return visit_moves(self._visit_case(visit), self._desk.acting().roles)

    def check_visit(self, visit: str, event: str) -> MoveResult:
        """Return what a move would come to, without making it."""
        return _result(self._decide_visit(visit, event, {}))

    def visit(self, visit: str, event: str, given: Mapping[str, Any], *, confirm: bool = False) -> MoveResult:
        """Make a move of a visit with all that follows from it, as one write.

        Args:
            visit: Id, number or the start of the id.
            event: Event or another name of it.
            given: What the event brings.
            confirm: A number in a text is no personal one.

        Raises:
            UsageError: REC-001 for an unknown visit, VISIT-101 for an event that no visit knows.
        """
        decision = self._decide_visit(visit, event, given, confirm=confirm)
        if decision.ok:
            session = self._sessions.open(visit)
            try:
                ends = finishing_drafts(session) if decision.state == "ready" else ()
                writes = session.commit([*decision.writes, *ends]).writes
                operations = self._desk.write(writes, decision.role)
                session.written(operations, self._desk.document(session.record.name))
            except BaseException:
                # What the session shows was not made durable: open it afresh the next time.
                self._sessions.forget()
                raise
            session.set_findings(self._sessions.findings(session.record.id))
        return _result(decision)

    def _decide_visit(self, visit: str, event: str, given: Mapping[str, Any], *, confirm: bool = False) -> Decision:
        roles = self._desk.acting().roles
        return move_visit(self._visit_case(visit), event, given, roles, confirmed=confirm)

    def _visit_case(self, visit: str) -> VisitCase:
        session = self._sessions.open(visit)
        findings: list[Finding] = []
        disputed: list[str] = []
        for document in self._records.find("finding", "visit", session.record.id):
            values = fields(document)
            finding = read_finding(id_of(document["id"]), values)
            findings.append(finding)
            disputed += [f"{finding.number or finding.id} {field}" for field, _heads in conflicts(document)]
        return VisitCase(session, self._rules, findings, disputed)

    # -- findings --------------------------------------------------------------------------------

    def of_finding(self, finding: str) -> tuple[MoveView, ...]:
        """Return the moves out of a finding's state, those that are off with every reason."""
        return finding_moves(self._finding_case(finding), self._desk.acting().roles)

    def finding(self, finding: str, event: str, given: Mapping[str, Any], *, confirm: bool = False) -> MoveResult:
        """Make a move of a finding, as one write.

        Args:
            finding: Id, number or the start of the id.
            event: Event or another name of it.
            given: What the event brings.
            confirm: A number in a text is no personal one.

        Raises:
            UsageError: REC-001 for an unknown finding, VISIT-101 for an event that no finding knows.
        """
        case = self._finding_case(finding)
        decision = move_finding(case, event, given, self._desk.acting().roles, confirmed=confirm)
        if decision.ok:
            self._desk.write(decision.writes, decision.role)
        return _result(decision)

    def warnings(self, finding: str) -> tuple[str, ...]:
        """Return what a person should know before a finding is confirmed."""
        case = self._finding_case(finding)
        decision = move_finding(case, "confirm", {}, ("team_lead",)) if case.finding.state == "draft" else None
        return tuple(reason.message for reason in (*decision.refused, *decision.warnings)) if decision else ()

    def _finding_case(self, finding: str) -> FindingCase:
        identifier = self._records.resolve("finding", finding)
        current = read_finding(identifier, fields(self._records.document("finding", identifier)))
        others: dict[str, Finding] = {}
        for document in self._records.find("finding", "subject", current.subject):
            other = read_finding(id_of(document["id"]), fields(document))
            others[other.id] = other
            others[other.number] = other
        return FindingCase(current, self._rules, self._desk.now_text(), others)


def _result(decision: Decision) -> MoveResult:
    reasons: tuple[MoveReason, ...] = decision.refused or decision.warnings
    return MoveResult(decision.ok, decision.state, reasons)
