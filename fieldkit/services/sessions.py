"""Visits opened for work: documents and definitions in, live sessions out; drafts of intents are written here."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fieldkit.i18n import language
from fieldkit.model.document import Document, fields
from fieldkit.model.ids import id_of, record_name
from fieldkit.review.findings import finding_line, read_finding
from fieldkit.services.desk import Desk
from fieldkit.services.records import Records
from fieldkit.services.writer import Drafted
from fieldkit.visit.lastround import LastRound, choose_last, last_round
from fieldkit.visit.markup import plain_text
from fieldkit.visit.nodes import series_of
from fieldkit.visit.record import VisitMeta, VisitRecord
from fieldkit.visit.runner_view import visit_progress
from fieldkit.visit.scoreview import score_view
from fieldkit.visit.session import Session, Surroundings
from fieldkit.visit.view import FindingLine, ScoreView

if TYPE_CHECKING:
    from fieldkit.services.forms import Forms
    from fieldkit.visit.effects import Effects
    from fieldkit.visit.maker import EngineForms

__all__ = ["Sessions"]


class Sessions:
    """Opens visits and writes what is done in them."""

    def __init__(self, desk: Desk, records: Records, forms: Forms) -> None:
        self._desk = desk
        self._records = records
        self._forms = forms
        self._open: Session | None = None
        self._spoken = ""

    def open(self, visit: str) -> Session:
        """Return a visit ready for work; the one opened last is kept as long as nobody else changed it.

        Raises:
            UsageError: REC-001, there is no such visit.
            FormError: Its form is not here or does not open.
        """
        kept = self._open
        if kept is None or kept.record.id != visit:
            visit = self._records.resolve("visit", visit)
        if kept is not None and kept.record.id == visit and kept.document is not None:
            # Another inspector may sit at the keyboard since: their roles decide what an answer may reopen.
            same_roles = kept.around.roles == self._desk.acting().roles
            same_words = self._spoken == language()
            if same_roles and same_words and kept.document["n"] == self._desk.writer.count(kept.record.name):
                return kept
            self._open = None
        identifier = visit
        document = self._records.document("visit", identifier)
        session = self._load(identifier, document)
        self._open, self._spoken = session, language()
        return session

    def adopt(self, session: Session) -> None:
        """Keep a visit that was just begun, so that opening it costs nothing."""
        session.set_language(language())
        self._open, self._spoken = session, language()

    def forget(self) -> None:
        """Let go of the visit opened last."""
        self._open = None

    def record(self, visit: str) -> VisitRecord:
        """Return the fields of a visit without opening its forms.

        Raises:
            UsageError: REC-001, there is no such visit.
        """
        identifier = self._records.resolve("visit", visit)
        return VisitRecord(identifier, fields(self._records.document("visit", identifier)))

    def label(self, visit: str, key: str) -> str:
        """Return an item of a visit in words; empty without a key.

        Raises:
            UsageError: REC-001, there is no such visit.
            FormError: Its form is not here or does not open.
            VisitError: VISIT-001 for an unknown item.
        """
        if not key:
            return ""
        _live, node = self.open(visit).find(key)
        item = series_of(node) if node.kind == "row" else node
        return plain_text(item.label) or item.name

    def write(self, session: Session, effects: Effects, more: Sequence[Drafted] = ()) -> None:
        """Write what an intent did, with further drafts in the same write."""
        try:
            operations = self._desk.write((*effects.writes, *more))
            session.written(operations, self._desk.document(session.record.name))
        except BaseException:
            # What the session shows was not made durable: open it afresh the next time.
            self.forget()
            raise

    def _load(self, identifier: str, document: Document) -> Session:
        record = VisitRecord(identifier, fields(document))
        meta = record.meta
        around = self.around(meta, identifier)
        operations = self._desk.writer.operations(record.name)
        session = Session.load(document, operations, around, self.findings(identifier))
        session.set_language(language())
        return session

    # -- surroundings ----------------------------------------------------------------------------

    def around(self, meta: VisitMeta, own: str, *, scored: bool = False) -> Surroundings:
        """Return what a session is given from outside.

        Args:
            meta: Subject, forms and beginning of the visit.
            own: Its id.
            scored: Also compute the score of the last round.
        """
        desk = self._desk
        maker = self.maker({pin.form_id: pin.hash for pin in meta.forms})
        last = {}
        for pin in meta.forms:
            found = self.last_round(meta, own, pin.form_id, scored=scored)
            if found is not None:
                last[pin.form_id] = found
        return Surroundings(
            maker=maker,
            scheme=desk.scheme,
            device=desk.store.device,
            row_id=desk.ids.row,
            now=desk.now_text,
            roles=desk.acting().roles,
            last=last,
            subject_name=self._records.subject_name(meta.subject),
        )

    def maker(self, forms: Mapping[str, str]) -> EngineForms:
        """Return the live forms of some versions.

        Args:
            forms: Form id to hash.
        """
        from fieldkit.forms import FormEnvironment
        from fieldkit.visit.maker import EngineForms

        desk = self._desk
        zone = desk.clock.now().tzinfo
        assert zone is not None
        environment = FormEnvironment(
            clock=desk.clock.now,
            timezone=zone,
            random=random.Random(desk.ids.seed()).random,  # noqa: S311 - chance of forms, no secret
            uuid=desk.ids.record,
            properties={"deviceid": desk.store.device, "username": desk.acting().code},
        )
        return EngineForms({form_id: self._forms.definition(value) for form_id, value in forms.items()}, environment)

    def last_round(self, meta: VisitMeta, own: str, form_id: str, *, scored: bool = False) -> LastRound | None:
        """Return the answers of the newest earlier visit of the same subject and form, or None."""
        candidates = dict(self._visits_of(meta.subject))
        started = meta.started or self._desk.now_text()
        chosen = choose_last(candidates.items(), meta.subject, form_id, started, own)
        if chosen is None:
            return None
        score = self.score(chosen, form_id) if scored else None
        return last_round(
            chosen,
            candidates[chosen],
            form_id,
            score="" if score is None or score.percent is None else f"{score.percent:g}",
            star="" if score is None or score.star is None else str(score.star),
        )

    def _visits_of(self, subject: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for document in self._records.find("visit", "subject", subject):
            yield id_of(document["id"]), fields(document)

    def score(self, visit: str, form_id: str) -> ScoreView | None:
        """Return the score of one form of a visit, computed anew from its answers."""
        identifier = self._records.resolve("visit", visit)
        document = self._records.document("visit", identifier)
        record = VisitRecord(identifier, fields(document))
        maker = self.maker({pin.form_id: pin.hash for pin in record.meta.forms})
        around = Surroundings(
            maker, self._desk.scheme, self._desk.store.device, self._desk.ids.row, self._desk.now_text
        )
        session = Session.load(document, (), around)
        live = session.live.get(form_id)
        return score_view(live) if live is not None else None

    # -- findings and places ---------------------------------------------------------------------

    def findings(self, visit: str) -> Iterable[FindingLine]:
        """Yield the findings of a visit as lines."""
        states = self._desk.machines["finding"].states
        for document in self._records.find("finding", "visit", visit):
            finding = read_finding(id_of(document["id"]), fields(document))
            state = states.get(finding.state)
            yield finding_line(finding, state.label if state else finding.state)

    def remember(self, session: Session) -> None:
        """Keep where somebody stands in a visit, and its counters for lists."""
        progress = visit_progress(session)
        scores = [score_view(live) for live in session.live.values()]
        score = next((found for found in scores if found is not None), None)
        entry: dict[str, Any] = {
            "key": session.position,
            "n": (session.document or {}).get("n", 0),
            "answered": progress.answered,
            "total": progress.total,
            "left": progress.required_left,
            "invalid": progress.invalid,
            "percent": score.percent if score else None,
            "star": score.star if score else None,
            "proposal": score.proposal if score else "",
        }
        self._desk.shelf("places", "visit").put(session.record.id, entry)

    def place_is_current(self, visit: str) -> bool:
        """Tell whether nothing was written to a visit since its place was kept."""
        entry = self._desk.shelf("places", "visit").get(visit)
        document = self._desk.document(record_name("visit", visit))
        return entry is not None and document is not None and int(entry.get("n", 0)) >= int(document["n"])

    def place(self, visit: str) -> str:
        """Return the key of the item where somebody left a visit; empty where that is not known."""
        entry = self._desk.shelf("places", "visit").get(visit)
        return str(entry["key"]) if entry else ""
