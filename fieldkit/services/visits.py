"""Visits: started, answered from outside the runner, listed and shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from fieldkit.errors import UsageError, VisitError
from fieldkit.i18n import _
from fieldkit.model.ids import kind_of
from fieldkit.services.desk import Desk
from fieldkit.services.evidence_lines import evidence_json
from fieldkit.services.forms import FormInfo, Forms
from fieldkit.services.lines import VisitLine
from fieldkit.services.records import Records
from fieldkit.services.sessions import Sessions
from fieldkit.services.visit_list import VisitList
from fieldkit.visit import answering, undoing
from fieldkit.visit.effects import Effects
from fieldkit.visit.items import violation_view
from fieldkit.visit.liveform import LiveForm
from fieldkit.visit.nodes import Node, leaves
from fieldkit.visit.outline import rows_of
from fieldkit.visit.record import FormPin, VisitMeta
from fieldkit.visit.refs import field_name
from fieldkit.visit.runner_view import form_progress
from fieldkit.visit.scoreview import score_view
from fieldkit.visit.session import Session
from fieldkit.visit.starting import Beginning, begin

__all__ = ["Visits"]


class Visits:
    """The visits of this workspace."""

    def __init__(self, desk: Desk, records: Records, forms: Forms, sessions: Sessions) -> None:
        self._desk = desk
        self._records = records
        self._forms = forms
        self._sessions = sessions
        self._lister = VisitList(desk, records)

    # -- starting --------------------------------------------------------------------------------

    def start(self, subject: str, forms: Sequence[str], campaign: str = "", mode: str = "") -> str:
        """Begin a visit of a subject with one or several forms and return its id.

        Raises:
            UsageError: The subject, a form or the mode is unknown, or a form is named twice.
            FormError: A form does not open.
        """
        identifier = self._records.resolve("subject", subject)
        infos = [self._forms.find(name) for name in forms]
        self._check(infos, mode)
        self._desk.write([draft for info in infos for draft in self._forms.drafts(info)])
        pins = tuple(FormPin(info.form_id, info.version, info.hash) for info in infos)
        visit = self._desk.ids.record()
        meta = VisitMeta("", identifier, pins, campaign, mode, self._desk.now_text())
        beginning = Beginning(
            id=visit,
            number=self._desk.next_number("V"),
            subject=identifier,
            forms=pins,
            campaign=campaign,
            mode=mode,
            prefill={"subject_id": identifier},
        )
        session, effects = begin(beginning, self._sessions.around(meta, visit, scored=True))
        self._sessions.write(session, effects)
        self._sessions.adopt(session)
        return visit

    def _check(self, infos: Sequence[FormInfo], mode: str) -> None:
        twice = [form_id for form_id, count in Counter(info.form_id for info in infos).items() if count > 1]
        if not infos or twice:
            raise UsageError(
                "VST-001",
                _("A visit needs at least one form, each only once"),
                hint=_("Name them with --form, for example branch_std."),
                where={"forms": twice},
            )
        if mode and not self._desk.codes.has("visit_mode", mode):
            raise UsageError(
                "VST-002",
                _("There is no visit mode {mode}").format(mode=mode),
                hint=_("Modes: {modes}").format(modes=", ".join(self._desk.codes.values("visit_mode"))),
                where={"mode": mode},
            )

    # -- answering -------------------------------------------------------------------------------

    def answer(self, visit: str, ref: str, value: str, reason: str = "", *, confirm: bool = False) -> dict[str, Any]:
        """Answer one item and return how it stands now, as the command line prints it.

        Raises:
            VisitError: The item refuses the value, or the visit is closed.
        """
        session = self._sessions.open(visit)
        key = session.resolve(ref)
        effects = answering.answer(session, key, value, reason=reason, confirmed=confirm)
        self._sessions.write(session, effects)
        live, node = session.find(key)
        return {
            "ref": session.ref(live, node),
            **_state_of(node),
            "changed": [session.ref(*session.find(other)) for other in effects.changed],
            "operations": self._desk.writer.durable(session.record.name),
        }

    def add_row(self, visit: str, ref: str, reason: str = "") -> dict[str, Any]:
        """Add a row to a repeat and return how many there are.

        Raises:
            VisitError: VISIT-018 no table, VISIT-019 the form decides the number, VISIT-020 closed.
        """
        session = self._sessions.open(visit)
        key = session.resolve(ref)
        self._sessions.write(session, answering.add_row(session, key, reason=reason))
        return self._rows(session, key)

    def remove_row(self, visit: str, ref: str, place: int, reason: str = "") -> dict[str, Any]:
        """Remove a row of a repeat by its place from 1 and return how many are left.

        Raises:
            VisitError: As ``add_row``, or VST-003 where there is no such row.
        """
        session = self._sessions.open(visit)
        key = session.resolve(ref)
        live, series = session.find(key)
        rows = rows_of(series) if series.kind == "series" else []
        if series.kind == "series" and not 0 < place <= len(rows):
            raise VisitError(
                "VST-003",
                _("{item} has no row {place}").format(item=series.label or series.name, place=place),
                hint=_("It has {count} rows.").format(count=len(rows)),
                where={"ref": ref, "row": place},
            )
        target = live.key(rows[place - 1]) if rows else key
        self._sessions.write(session, answering.remove_row(session, target, reason=reason))
        return self._rows(session, key)

    @staticmethod
    def _rows(session: Session, key: str) -> dict[str, Any]:
        live, series = session.find(key)
        return {"ref": session.ref(live, series), "count": len(rows_of(series))}

    def undo(self, visit: str, reason: str = "") -> dict[str, Any]:
        """Take back the last write of this device in a visit.

        Raises:
            VisitError: VISIT-024 where nothing is left to undo.
        """
        return {"undone": self._step(visit, undoing.undo, reason)}

    def redo(self, visit: str, reason: str = "") -> dict[str, Any]:
        """Make the last undone write again.

        Raises:
            VisitError: VISIT-025 where nothing is left to redo.
        """
        return {"redone": self._step(visit, undoing.redo, reason)}

    def _step(self, visit: str, step: Callable[..., Effects], reason: str) -> dict[str, Any]:
        session = self._sessions.open(visit)
        effects = step(session, reason=reason)
        self._sessions.write(session, effects)
        if not effects.key:
            return {"ref": None, "value": effects.value}
        return {"ref": session.ref(*session.find(effects.key)), "value": effects.value}

    # -- lists -----------------------------------------------------------------------------------

    def resolve(self, text: str) -> str:
        """Return the id of a visit named by id, number or the start of its id."""
        return self._records.resolve("visit", text)

    def list(self, subject: str = "", state: str = "") -> tuple[VisitLine, ...]:
        """Return visits, the last touched first."""
        return self._lister.list(subject, state)

    def line(self, visit: str) -> VisitLine:
        """Return one visit as a line."""
        return self._lister.line(visit)

    # -- one visit -------------------------------------------------------------------------------

    def sheets(self, visit: str) -> tuple[str, ...]:
        """Return the numbers of the feedback sheets of a visit, oldest first."""
        return self._sessions.open(visit).record.state.sheets

    def show(self, visit: str, findings: Callable[[str], Sequence[dict[str, Any]]]) -> dict[str, Any]:
        """Return a visit with every answer as the command line prints it.

        Args:
            visit: Its id, number or the start of its id.
            findings: Gives the findings of a visit, as the command line prints them.
        """
        session = self._sessions.open(visit)
        record = session.record
        meta, state = record.meta, record.state
        return {
            "visit": record.id,
            "id": record.id,
            "kind": kind_of(record.name),
            "number": meta.number,
            "subject": meta.subject,
            "subject_name": self._records.subject_name(meta.subject),
            "state": state.state,
            "revision": state.revision,
            "sheets": list(state.sheets),
            "operations": self._desk.writer.durable(record.name),
            "campaign": meta.campaign or None,
            "mode": meta.mode or None,
            "started": meta.started,
            "forms": [self._form(session, pin) for pin in meta.forms],
            "findings": findings(record.id),
            "evidence": [evidence_json(session, view) for view in record.all_evidence()],
        }

    @staticmethod
    def _form(session: Session, pin: FormPin) -> dict[str, Any]:
        live = session.live[pin.form_id]
        progress = form_progress(live)
        return {
            "form_id": pin.form_id,
            "version": pin.version,
            "hash": pin.hash,
            "answers": {node.ref: _answer(session, live, node) for node in leaves(live.form.root)},
            "score": _score(live),
            "progress": {
                "answered": progress.answered,
                "required_left": progress.required_left,
                "invalid": progress.invalid,
            },
        }


def _state_of(node: Node) -> dict[str, Any]:
    violation = violation_view(node)
    return {
        "value": node.value,
        "relevant": node.relevant,
        "required": node.required,
        "readonly": node.readonly,
        "violation": None if violation is None else {"condition": violation.condition, "message": violation.message},
    }


def _answer(session: Session, live: LiveForm, node: Node) -> dict[str, Any]:
    answer = {**_state_of(node), "label": node.label}
    remark = session.record.text("remark", live.form_id, node.path)
    if remark:
        answer["remark"] = remark
    if session.record.is_carried(live.form_id, node.path):
        answer["carried"] = True
    if session.conflict(field_name("answer", live.form_id, node.path)):
        answer["conflict"] = True
    return answer


def _score(live: LiveForm) -> dict[str, Any] | None:
    score = score_view(live)
    if score is None:
        return None
    return {
        "got": score.got,
        "max": score.max,
        "percent": score.percent,
        "composite": score.composite,
        "star": score.star,
        "proposal": score.proposal or None,
    }
