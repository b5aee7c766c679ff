"""The demo workspace: one county, two rounds of visits, findings in several states, no persons."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fieldkit.i18n import language
from fieldkit.review.findings import FindingEvidence
from fieldkit.services.clockwork import FixedClock
from fieldkit.services.demo_answers import Answers
from fieldkit.visit.liveform import LiveForm
from fieldkit.visit.nodes import Node
from fieldkit.visit.session import Session

if TYPE_CHECKING:
    from fieldkit.services.house import Services

__all__ = ["Demo"]

_ENDS = ("open", "ready", "fed", "final", "returned", "accepted")
_FINDING_ENDS = ("submitted", "heard", "confirmed", "draft", "void")


class Demo:
    """Builds the demo through the services, as people would."""

    def __init__(self, services: Services, plan_file: Path, clock: FixedClock, seed: int) -> None:
        self._services = services
        self._plan: Mapping[str, Any] = json.loads(plan_file.read_text(encoding="utf-8"))
        self._subjects = plan_file.with_name("subjects.csv")
        self._texts: Mapping[str, Any] = self._plan["texts"][language()]
        self._clock = clock
        self._now = clock.now()
        self._seed = seed
        self._chance = random.Random(seed)  # noqa: S311 - the same demo for the same seed

    def build(self) -> dict[str, int]:
        """Fill the workspace and return how much there is of everything."""
        services = self._services
        roster = {code: tuple(roles) for code, roles in self._plan["actors"].items()}
        services.desk.save_settings({"demo": True, "device": self._plan["device"], "actors": roster, "actor": "A01"})
        self._clock.set(self._now - timedelta(days=200))
        services.subjects.import_file(self._subjects)
        for number, each in enumerate(self._plan["rounds"]):
            self._round(number, each)
        self._clock.set(self._now)
        self._notes()
        kinds = ("subject", "form", "campaign", "visit", "finding")
        return {f"{kind}s": sum(1 for _document in services.records.documents(kind)) for kind in kinds}

    def _round(self, number: int, each: Mapping[str, Any]) -> None:
        for place, visit in enumerate(each["visits"]):
            moment = self._now - timedelta(days=each["days_ago"] - place * 0.6)
            self._clock.set(min(moment, self._now - timedelta(minutes=40 - place)))
            self._visit(f"{self._seed}-{number}-{place}", each, visit)

    def _visit(self, seed: str, each: Mapping[str, Any], plan: Mapping[str, Any]) -> None:
        services = self._services
        services.desk.actor_code = self._chance.choice(("A01", "A02"))
        visit = services.visits.start(plan["subject"], plan["forms"], each["campaign"], plan["mode"])
        session = services.sessions.open(visit)
        day: date = self._clock.now().date()
        fixed = {**self._plan["fixed"], "visit_date": day.isoformat(), "visit_mode": plan["mode"]}
        answers = Answers(seed, day, plan["good"], self._texts["answer"], fixed)
        groups = list(answers.fill(session, self._plan["rows"], float(plan.get("share", 1))))
        operations = services.writer.write_many(groups, services.desk.actor_text())
        session.written(operations, services.desk.document(session.record.name))
        findings = self._findings(session, plan["findings"])
        services.desk.actor_code = "A01"
        self._finish(visit, plan["end"], findings)
        services.sessions.remember(services.sessions.open(visit))
        services.desk.actor_code = ""

    # -- findings --------------------------------------------------------------------------------

    def _findings(self, session: Session, count: int) -> list[str]:
        made: list[str] = []
        for place, (live, node) in enumerate(self._proposing(session)[:count]):
            statement = self._chance.choice(self._texts["statement"])
            made.append(self._raise(session, session.ref(live, node), {"statement": statement}, place))
        if count and self._chance.random() < 0.4:
            given = {
                "statement": self._texts["good"][0],
                "type": "good_practice",
                "severity": "S4",
                "criterion": self._texts["good"][0],
            }
            made.append(self._raise(session, "", given, 0))
        return made

    def _raise(self, session: Session, ref: str, given: Mapping[str, Any], place: int) -> str:
        texts: Sequence[str] = self._texts["evidence"]
        pieces = [FindingEvidence(code, texts[(place + number) % len(texts)]) for number, code in enumerate(("D", "O"))]
        return self._services.findings.add(session.record.id, given, ref, pieces)

    @staticmethod
    def _proposing(session: Session) -> list[tuple[LiveForm, Node]]:
        found = []
        for live in session.live.values():
            nodes = {node.path: node for node in live.form.nodes() if node.kind == "question" and node.relevant}
            found += [(live, nodes[path]) for path in live.proposals(nodes.values())]
        return found

    # -- moves -----------------------------------------------------------------------------------

    def _finish(self, visit: str, end: str, findings: Sequence[str]) -> None:
        moves = self._services.moves
        for place, finding in enumerate(findings):
            self._hear(finding, _FINDING_ENDS[place % len(_FINDING_ENDS)])
        wanted = _ENDS.index(end)
        if wanted >= _ENDS.index("ready"):
            moves.visit(visit, "ready", {"reason": self._texts["reason"]})
        if end == "fed":
            moves.visit(visit, "feedback", {})
        if wanted >= _ENDS.index("final"):
            moves.visit(visit, "finalise", {})
        if end in {"returned", "accepted"}:
            self._services.desk.actor_code = "R01"
            remarks = [{"text": self._texts["return"]}]
            moves.visit(
                visit, "accept" if end == "accepted" else "return", {"remarks": remarks} if end == "returned" else {}
            )
            self._services.desk.actor_code = "A01"

    def _hear(self, finding: str, end: str) -> None:
        moves = self._services.moves
        if end == "void":
            moves.finding(finding, "void", {"reason": self._texts["reason"]})
            return
        if end != "draft":
            moves.finding(finding, "confirm", {})
        if end in {"heard", "submitted"}:
            moves.finding(finding, "exchange_views", {"subject_view": "agree"})

    def _notes(self) -> None:
        subjects = [line.id for line in self._services.subjects.list("village").rows]
        for place, text in enumerate(self._texts["note"]):
            about = {
                "subject": subjects[place % len(subjects)],
                "tags": ["demo"] if place % 2 else [],
                "hearsay": place == 2,
            }
            self._services.notes.add(text, about)


def moment_of(now: datetime | None) -> datetime:
    """Return the moment that the demo ends at: a fixed one, or the present one to the minute."""
    return (now or datetime.now().astimezone()).replace(second=0, microsecond=0)
