"""Visits as lines of a list; no form is opened for it."""

from __future__ import annotations

from collections.abc import Mapping

from fieldkit.model.document import Document, conflicts, deleted, fields
from fieldkit.model.ids import id_of, record_name
from fieldkit.services.desk import Desk
from fieldkit.services.lines import VisitLine
from fieldkit.services.records import Records
from fieldkit.visit.record import FormPin, VisitRecord

__all__ = ["VisitList"]

_MOST = 50
"""Visits of one state that the first screen looks at."""


class VisitList:
    """Lists visits from their documents and from what was remembered of them."""

    def __init__(self, desk: Desk, records: Records) -> None:
        self._desk = desk
        self._records = records

    def list(self, subject: str = "", state: str = "") -> tuple[VisitLine, ...]:
        """Return visits, the last touched first."""
        wanted = self._records.resolve("subject", subject) if subject else ""
        findings = None if wanted else self._findings_by_visit()
        if wanted:
            found = self._records.find("visit", "subject", wanted)
        else:
            found = self._records.find("visit", "state", state) if state else self._records.documents("visit")
        lines = [self._line(document, findings) for document in found]
        lines.sort(key=lambda line: (line.changed, line.number), reverse=True)
        return tuple(line for line in lines if not state or line.state == state)

    def in_state(self, state: str) -> tuple[VisitLine, ...]:
        """Return the visits of one state; of very many only those that came here last."""
        self._desk.writer.settle()
        numbers = self._desk.store.numbers("visit", "state", state)[-_MOST:]
        return tuple(self._line(document) for document in self._desk.writer.documents_at("visit", numbers))

    def count(self, state: str) -> int:
        """Return how many visits are in a state; none of them is read."""
        return self._desk.writer.tally("visit", "state", state)

    def newest(self, count: int) -> tuple[VisitLine, ...]:
        """Return the visits that began last, the last touched first."""
        found = self._desk.writer.highest("visit", "started", count)
        lines = [self._line(document) for document in found if not deleted(document)]
        return tuple(sorted(lines, key=lambda line: line.changed, reverse=True))

    def named(self, number: str, most: int) -> tuple[VisitLine, ...]:
        """Return visits whose number begins so, at most so many."""
        found = self._desk.store.values("visit", "number", number.casefold(), number.casefold() + "\uffff")
        numbers = [place for _number, places in found[:most] for place in places]
        return tuple(self._line(document) for document in self._desk.writer.documents_at("visit", numbers[:most]))

    def of_subject(self, subject: str, most: int) -> tuple[VisitLine, ...]:
        """Return the visits of a subject that came here last, the newest first, at most so many."""
        numbers = list(reversed(self._desk.store.numbers("visit", "subject", subject)[-most:]))
        return tuple(self._line(document) for document in self._desk.writer.documents_at("visit", numbers))

    def since(self, day: str) -> tuple[VisitLine, ...]:
        """Return the visits that began on a day or later."""
        found = self._desk.writer.newest("visit", "started", day)
        return tuple(self._line(document) for document in found if not deleted(document))

    def line(self, visit: str) -> VisitLine:
        """Return one visit as a line."""
        document = self._records.document("visit", self._records.resolve("visit", visit))
        return self._line(document)

    def _count(self, visit: str) -> int:
        return self._desk.writer.tally("finding", "visit", visit)

    def _findings_by_visit(self) -> Mapping[str, int]:
        self._desk.writer.settle()
        return self._desk.store.value_counts("finding", "visit")

    def _line(self, document: Document, findings: Mapping[str, int] | None = None) -> VisitLine:
        identifier = id_of(document["id"])
        record = VisitRecord(identifier, fields(document))
        meta, state = record.meta, record.state
        kept = self._desk.shelf("places", "visit").get(identifier) or {}
        known = kept if kept.get("n") == document["n"] else {}
        machine = self._desk.machines["visit"]
        subject = self._desk.document(record_name("subject", meta.subject))
        return VisitLine(
            id=identifier,
            number=meta.number,
            subject=meta.subject,
            subject_name=self._records.subject_name(meta.subject),
            kind=str(fields(subject).get("kind") or "") if subject else "",
            forms=tuple(pin.form_id for pin in meta.forms),
            titles=tuple(self._form_title(pin) for pin in meta.forms),
            state=state.state,
            state_label=machine.states[state.state].label if state.state in machine.states else state.state,
            revision=state.revision,
            started=meta.started,
            changed=self._desk.time_of(document["last"][0]),
            actor=str(document["last"][1]).partition("/")[0],
            operations=document["n"],
            campaign=meta.campaign,
            mode=meta.mode,
            answered=known.get("answered"),
            total=known.get("total"),
            required_left=known.get("left"),
            invalid=known.get("invalid"),
            percent=known.get("percent"),
            star=known.get("star"),
            proposal=str(known.get("proposal") or ""),
            findings=self._count(identifier) if findings is None else findings.get(identifier, 0),
            conflicts=len(conflicts(document)),
            own=self._desk.store.device in document["vector"],
        )

    def _form_title(self, pin: FormPin) -> str:
        document = self._desk.document(record_name("form", pin.hash))
        meta = (fields(document).get("meta") or {}) if document else {}
        return str(meta.get("title") or pin.form_id)
