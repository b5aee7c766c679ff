"""Findings: raised, edited while draft, listed by query and facets, shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fieldkit.errors import FieldkitError, UsageError
from fieldkit.i18n import N_, _
from fieldkit.model.document import Document, conflicts, fields
from fieldkit.model.ids import id_of, record_name
from fieldkit.review.findings import (
    ATTRIBUTES,
    Finding,
    FindingEvidence,
    NewFinding,
    draft_edit,
    draft_finding,
    read_finding,
)
from fieldkit.services.desk import Desk
from fieldkit.services.finding_view import FindingView
from fieldkit.services.history import history_of
from fieldkit.services.lines import FieldOption, FieldView
from fieldkit.services.records import Records
from fieldkit.visit.outcome import MoveView
from fieldkit.visit.view import EvidenceView

if TYPE_CHECKING:
    from fieldkit.services.finding_list import FindingList, FindingPages
    from fieldkit.services.finding_view import FindingRow, FindingsView
    from fieldkit.services.sessions import Sessions
    from fieldkit.visit.liveform import LiveForm
    from fieldkit.visit.nodes import Node
    from fieldkit.visit.session import Session

__all__ = ["LABELS", "LISTS", "Findings"]

LABELS: Mapping[str, str] = {
    "statement": N_("Statement"),
    "criterion": N_("Criterion"),
    "fact": N_("Fact"),
    "severity": N_("Severity"),
    "severity_reason": N_("Reason for the severity"),
    "type": N_("Type"),
    "category": N_("Category"),
    "cause": N_("Cause"),
    "confidentiality": N_("Confidentiality"),
    "source": N_("Source"),
    "evidence": N_("Evidence"),
    "state": N_("State"),
    "disposition": N_("Disposition"),
    "due": N_("Due"),
    "meta": N_("Raised"),
    "subject_view": N_("View of the subject"),
    "subject_reason": N_("Why the subject differs"),
}
"""Fields of a finding in words."""

LISTS: Mapping[str, str] = {
    "severity": "severity",
    "type": "finding_type",
    "category": "category",
    "cause": "cause",
    "confidentiality": "confidentiality",
    "source": "finding_source",
    "disposition": "disposition",
}
"""Fields that hold codes, and their lists."""

_DEFAULT_SEVERITY = "S3"
_DEFAULT_CATEGORY = "other"
_PIECE = re.compile(r"([A-Za-z]):\s*(.*)", re.DOTALL)


class Findings:
    """Writes, lists and shows findings."""

    def __init__(self, desk: Desk, records: Records, sessions: Callable[[], Sessions]) -> None:
        """Keep what findings are made with.

        Args:
            desk: Store, writer, codes.
            records: Names of records.
            sessions: Gives the visits opened for answering; lists of findings do without the engine of forms.
        """
        self._desk = desk
        self._records = records
        self._sessions = sessions

    # -- writing ---------------------------------------------------------------------------------

    def add(
        self,
        visit: str,
        given: Mapping[str, Any],
        ref: str = "",
        evidence: Sequence[FindingEvidence] = (),
        *,
        confirm: bool = False,
    ) -> str:
        """Raise a finding and return its id; an item fills in criterion, fact, severity, category and evidence.

        Args:
            visit: The visit.
            given: Attributes that are given, by name.
            ref: Ref or key of the item it comes from; empty = the whole visit.
            evidence: Codes with texts.
            confirm: Save although a number in a text looks personal.

        Raises:
            VisitError: VISIT-030 without statement, VISIT-031 for an unknown code, PRIV-001.
        """
        identifier = self._records.resolve("visit", visit)
        record = self._sessions().record(identifier)
        proposed: dict[str, str] = {"severity": _DEFAULT_SEVERITY, "category": _DEFAULT_CATEGORY}
        pieces = list(evidence)
        item = place = form_id = ""
        if ref:
            session = self._sessions().open(identifier)
            item = session.resolve(ref)
            live, node = session.find(item)
            place, form_id = session.ref(live, node), live.form_id
            proposed.update(self._proposed(session, live, node))
            pieces += [
                FindingEvidence(piece.code, piece.text or piece.name, piece.id)
                for piece in session.record.evidence(item)
            ]
        attributes = {**proposed, **{name: str(value) for name, value in given.items() if value not in (None, "")}}
        new = NewFinding(
            id=self._desk.ids.record(),
            number=self._desk.next_number("F"),
            visit=identifier,
            subject=record.meta.subject,
            created=self._desk.now_text(),
            item=item,
            ref=place,
            form_id=form_id,
        )
        try:
            self._desk.write(draft_finding(new, attributes, pieces, self._desk.codes, confirmed=confirm))
        except FieldkitError:
            self._desk.give_back("F")
            raise
        return new.id

    def _proposed(self, session: Session, live: LiveForm, node: Node) -> dict[str, str]:
        from fieldkit.visit.nodes import attribute
        from fieldkit.visit.offering import offer_view

        severity = live.proposals([node]).get(node.path, "")
        offer = offer_view(session, live, node, severity or attribute(node, "severity") or _DEFAULT_SEVERITY)
        proposed = {"criterion": offer.criterion, "fact": offer.fact}
        if self._desk.codes.has("severity", offer.severity):
            proposed["severity"] = offer.severity
        if self._desk.codes.has("category", offer.category):
            proposed["category"] = offer.category
        return proposed

    def edit(
        self,
        finding: str,
        changes: Mapping[str, Any],
        evidence: Sequence[FindingEvidence] | None = None,
        *,
        confirm: bool = False,
    ) -> str:
        """Change a draft finding and return its id.

        Raises:
            VisitError: VISIT-032 where it is no draft any more, VISIT-030, VISIT-031, PRIV-001.
        """
        current = self.read(finding)
        given = {name: str(value) for name, value in changes.items() if value is not None}
        self._desk.write(draft_edit(current, given, evidence, self._desk.codes, confirmed=confirm))
        return current.id

    def rest_on(self, finding: str, pieces: Sequence[FindingEvidence], *, confirm: bool = False) -> str:
        """Add to what a draft finding rests on, and return its id.

        Raises:
            VisitError: VISIT-032 where it is no draft any more, VISIT-031, PRIV-001.
        """
        current = self.read(finding)
        return self.edit(current.id, {}, (*current.evidence, *pieces), confirm=confirm)

    def offered(self, finding: str) -> tuple[EvidenceView, ...]:
        """Return the evidence of the finding's item that it does not rest on yet."""
        current = self.read(finding)
        if not current.visit:
            return ()
        known = {piece.id for piece in current.evidence}
        given = self._sessions().record(current.visit).evidence(current.item)
        return tuple(piece for piece in given if piece.id not in known)

    def _rests_on(self, current: Finding) -> tuple[EvidenceView, ...]:
        """Return what a finding rests on; pieces of its visit whole, others as seen and not copied."""
        known: dict[str, EvidenceView] = {}
        if current.visit and any(piece.id for piece in current.evidence):
            known = {piece.id: piece for piece in self._sessions().record(current.visit).all_evidence()}
        return tuple(
            known.get(piece.id) or EvidenceView(id=piece.id, code=piece.code, text=piece.text, seen=True)
            for piece in current.evidence
        )

    def pieces(self, words: Sequence[str]) -> Sequence[FindingEvidence]:
        """Return evidence given as ``CODE:TEXT``.

        Raises:
            UsageError: FND-001, a word has another form.
        """
        found = []
        for word in words:
            match = _PIECE.fullmatch(word.strip())
            if match is None and not self._desk.codes.has("evidence", word.strip()):
                raise UsageError(
                    "FND-001",
                    _("{word} is no evidence of the form CODE:TEXT").format(word=word),
                    hint=_("Write for example D:minutes of March."),
                    where={"evidence": word},
                )
            code, text = match.groups() if match else (word.strip(), "")
            found.append(FindingEvidence(code.upper(), text))
        return found

    # -- reading ---------------------------------------------------------------------------------

    def read(self, finding: str) -> Finding:
        """Return a finding.

        Raises:
            UsageError: REC-001, there is none.
        """
        identifier = self._records.resolve("finding", finding)
        return read_finding(identifier, fields(self._records.document("finding", identifier)))

    def of_visit(self, visit: str) -> Sequence[dict[str, Any]]:
        """Return the findings of a visit as the command line prints them."""
        return [self._record(document) for document in self._records.find("finding", "visit", visit)]

    def show(self, finding: str) -> dict[str, Any]:
        """Return a finding as the command line prints it."""
        return self._record(self._records.document("finding", self._records.resolve("finding", finding)))

    def list(self, query: str = "", find: str = "", sort: str = "severity", limit: int = 500) -> FindingsView:
        """Return findings by query and text with the facets of what matches.

        Args:
            query: Terms such as ``severity:S2 -state:void``.
            find: Text, pinyin or initials.
            sort: Field to sort by.
            limit: At most so many rows.
        """
        return self.pages(query, find, sort).count().view(0, limit)

    def pages(self, query: str = "", find: str = "", sort: str = "severity") -> FindingPages:
        """Return a list that is read page by page and counted when there is time."""
        return self._lister().open(query, find, sort)

    def listed(self, query: str = "", find: str = "", limit: int = 0) -> Sequence[dict[str, Any]]:
        """Return findings by query and text as the command line prints them.

        Raises:
            UsageError: The query cannot be understood.
        """
        return [self._record(document) for document in self._lister().matching(query, find, limit)]

    def of_subject(self, subject: str, limit: int) -> tuple[FindingRow, ...]:
        """Return the last findings of a subject as lines, the gravest first among them."""
        self._desk.writer.settle()
        numbers = self._desk.store.numbers("finding", "subject", subject)
        rows = self._lister().rows(list(reversed(numbers[-limit:])))
        return tuple(sorted(rows, key=lambda row: row.severity or "~"))

    def _lister(self) -> FindingList:
        from fieldkit.services.finding_list import FindingList

        return FindingList(self._desk, self._records)

    def view(self, finding: str, moves: Sequence[MoveView] = (), warnings: Sequence[str] = ()) -> FindingView:
        """Return one finding, whole.

        Args:
            finding: Its id or number.
            moves: The moves out of its state, from the service of moves.
            warnings: What a person should know.
        """
        current = self.read(finding)
        document = self._records.document("finding", current.id)
        machine = self._desk.machines["finding"]
        editable = machine.states[current.state].editable if current.state in machine.states else False
        return FindingView(
            row=self._lister().row(document),
            fields=self.fields(current.id),
            evidence=self._rests_on(current),
            moves=tuple(moves),
            warnings=tuple(warnings),
            history=history_of(self._desk, document, {name: _(label) for name, label in LABELS.items()}, self._word),
            criterion=current.criterion,
            key=current.item,
            item=current.ref,
            editable=editable,
            locked="" if editable else _("Only a draft can be edited; the move rework makes it one again"),
        )

    def fields(self, finding: str = "", proposed: Mapping[str, str] | None = None) -> tuple[FieldView, ...]:
        """Return the fields to fill in, of a finding or of a new one.

        Args:
            finding: Id of the finding; empty = a new one.
            proposed: Values that a new one begins with.
        """
        document = self._records.document("finding", self._records.resolve("finding", finding)) if finding else None
        values: Mapping[str, Any] = fields(document) if document else {
            "severity": _DEFAULT_SEVERITY, "type": "problem", "category": _DEFAULT_CATEGORY, "source": "visit",
            "confidentiality": "normal", **(proposed or {}),
        }  # fmt: skip
        return tuple(self._field(name, str(values.get(name) or ""), document) for name in ATTRIBUTES)

    def _word(self, name: str, value: str) -> str:
        """Return a code that stands in a field in words; anything else as it is."""
        states = self._desk.machines["finding"].states
        if name == "state" and value in states:
            return states[value].label
        return self._desk.codes.label(LISTS.get(name, name), value)

    def _field(self, name: str, value: str, document: Document | None) -> FieldView:
        listed = LISTS.get(name)
        options = self._desk.codes.options(listed) if listed else ()
        heads = document["heads"].get(name, ()) if document else ()
        return FieldView(
            name=name,
            label=_(LABELS[name]),
            value=value,
            shown=self._desk.codes.label(listed, value) if listed and value else value,
            options=tuple(FieldOption(option.code, option.label) for option in options),
            required=name == "statement",
            multiline=name in {"statement", "fact", "criterion"},
            conflict=len({str(head[3]) for head in heads}) > 1,
        )

    def _record(self, document: Document) -> dict[str, Any]:
        finding = read_finding(id_of(document["id"]), fields(document))
        record: dict[str, Any] = {
            "id": finding.id,
            "kind": "finding",
            "number": finding.number,
            "visit": finding.visit,
            "subject": finding.subject,
            "ref": finding.ref or None,
            "form_id": finding.form_id or None,
            "type": finding.type,
            "severity": finding.severity,
            "category": finding.category or None,
            "state": finding.state,
            "criterion": finding.criterion,
            "fact": finding.fact,
            "evidence": [piece.as_json() for piece in finding.evidence],
            "statement": finding.statement,
            "cause": finding.cause or None,
            "confidentiality": finding.confidentiality,
            "source": finding.source,
            "disposition": finding.disposition or None,
            "due": finding.due or None,
            "created": finding.created,
            "changed": self._desk.time_of(document["last"][0]),
            "actor": str(document["last"][1]).partition("/")[0],
            "conflicts": len(conflicts(document)),
        }
        for name, listed in LISTS.items():
            code = self._desk.codes.lists.get(listed, {}).get(str(record.get(name) or ""))
            if code is not None:
                record[f"{name}_zh"], record[f"{name}_en"] = code.zh, code.en
        subject = self._desk.document(record_name("subject", finding.subject))
        names = fields(subject) if subject else {}
        record["subject_zh"], record["subject_en"] = names.get("name_zh") or "", names.get("name_en") or ""
        return record
