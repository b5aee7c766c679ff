"""The visit that is being answered: intents in, views out, every change written at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from fieldkit.errors import VisitError
from fieldkit.i18n import _
from fieldkit.model.texts import refuse_personal
from fieldkit.visit import answering, attaching, navigation, undoing
from fieldkit.visit.effects import Effects
from fieldkit.visit.items import violation_view
from fieldkit.visit.outcome import MoveResult, MoveView, SaveStatus, WhyView
from fieldkit.visit.runner_view import build_item, build_table, runner_view
from fieldkit.visit.session import Session
from fieldkit.visit.view import ItemView, RunnerView, TableView
from fieldkit.visit.why import why

if TYPE_CHECKING:
    from fieldkit.services.desk import Desk
    from fieldkit.services.evidence import Evidence
    from fieldkit.services.findings import Findings
    from fieldkit.services.lines import HistoryLine
    from fieldkit.services.moves import Moves
    from fieldkit.services.sessions import Sessions
    from fieldkit.services.writer import Writer

__all__ = ["Runner"]


class _Others(Protocol):
    """The services that the runner calls."""

    @property
    def desk(self) -> Desk: ...
    @property
    def evidence(self) -> Evidence: ...
    @property
    def findings(self) -> Findings: ...
    @property
    def moves(self) -> Moves: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def writer(self) -> Writer: ...


class Runner:
    """Answers one visit at a time; each intent returns the next view at once."""

    def __init__(self, services: _Others) -> None:
        self._services = services
        self._session: Session | None = None

    # -- opening and looking ---------------------------------------------------------------------

    def open(self, visit: str, key: str = "") -> RunnerView:
        """Open a visit at an item, or where it was left.

        Args:
            visit: Id, number or the start of the id.
            key: Key or ref of an item; empty = where it was left.

        Raises:
            UsageError: REC-001, there is no such visit.
            FormError: Its form is not here or does not open.
            VisitError: VISIT-001 for an unknown item.
        """
        sessions = self._services.sessions
        session = sessions.open(visit)
        self._session = session
        self._services.writer.watched = session.record.name
        place = session.resolve(key) if key else sessions.place(session.record.id)
        if place:
            try:
                navigation.go(session, place)
            except VisitError:
                if key:
                    raise
            session.trail.clear()
        return self.view()

    @property
    def session(self) -> Session:
        """The open visit.

        Raises:
            VisitError: RUN-001, none is open.
        """
        if self._session is None:
            raise VisitError("RUN-001", _("No visit is open"), hint=_("Open one from Today or from a subject."))
        return self._session

    @property
    def is_open(self) -> bool:
        """Tell whether a visit is open."""
        return self._session is not None

    def close(self) -> None:
        """Leave the visit and remember the place."""
        if self._session is not None:
            self._services.sessions.remember(self._session)
            self._session = None

    def view(self) -> RunnerView:
        """Return the runner as it stands."""
        return runner_view(self.session)

    def item(self, key: str) -> ItemView:
        """Return one item with all its choices."""
        return build_item(self.session, key)

    def table(self, key: str) -> TableView:
        """Return one table."""
        return build_table(self.session, key)

    def why(self, key: str, what: str = "") -> WhyView:
        """Return why an item is hidden, refused, computed or proposed."""
        return why(self.session, key, what)

    def history(self, key: str) -> tuple[HistoryLine, ...]:
        """Return who answered an item and wrote its note, the newest first."""
        from fieldkit.services.history import history_of

        document = self.session.document
        fields = {f"answer:{key}": _("answer"), f"remark:{key}": _("note")}
        lines = history_of(self._services.desk, document, fields) if document is not None else ()
        return tuple(line for line in lines if line.field in fields)

    def status(self) -> SaveStatus:
        """Return what the status line says, with the durable operations of this visit."""
        return self._services.writer.status()

    def on_status(self, callback: Callable[[SaveStatus], None]) -> Callable[[], None]:
        """Call back at each change of the status, possibly on the writer's thread; the result ends it."""
        return self._services.writer.on_status(callback)

    # -- going -----------------------------------------------------------------------------------

    def go(self, key: str, *, jump: bool = True) -> RunnerView:
        """Go to an item.

        Args:
            key: Its key or ref.
            jump: True = *back* returns here; False for arrows, which leave no trail.
        """
        trail = len(self.session.trail)
        navigation.go(self.session, self.session.resolve(key))
        if not jump:
            del self.session.trail[trail:]
        return self.view()

    def form(self, form_id: str) -> RunnerView:
        """Go to the first place of another form of the visit."""
        navigation.go_form(self.session, form_id)
        return self.view()

    def step(self, delta: int) -> RunnerView:
        """Go to the next (1) or previous (-1) place."""
        navigation.step(self.session, delta)
        return self.view()

    def advance(self) -> RunnerView:
        """Step on after an answer: into follow-up questions, and not away from a refused value."""
        navigation.advance(self.session)
        return self.view()

    def next_empty(self) -> RunnerView:
        """Jump to the next item that needs an answer."""
        navigation.next_empty(self.session)
        return self.view()

    def next_wrong(self) -> RunnerView:
        """Jump to the next item that is refused, in conflict, or carried over and not confirmed."""
        navigation.next_wrong(self.session)
        return self.view()

    def back(self) -> RunnerView:
        """Return from the last jump."""
        navigation.back(self.session)
        return self.view()

    def section(self, key: str) -> RunnerView:
        """Jump to the first item of a section."""
        navigation.to_section(self.session, key)
        return self.view()

    def set_language(self, code: str) -> RunnerView:
        """Show the forms in another language."""
        self.session.set_language(code)
        return self.view()

    # -- answering -------------------------------------------------------------------------------

    def answer(
        self, key: str, value: str, reason: str = "", *, confirm: bool = False, step: bool = False
    ) -> RunnerView:
        """Answer an item; an empty value clears it.

        Args:
            key: Item.
            value: XML text.
            reason: Why a visit that was fed back changes.
            confirm: A number that looks personal is none.
            step: Step on as ``advance`` does, so that one view shows the answer and where it led.

        Raises:
            VisitError: The item refuses the value, the visit is closed, or a reason is due.
        """
        self._write(answering.answer(self.session, key, value, reason=reason, confirmed=confirm))
        if step:
            navigation.advance(self.session)
        return self.view()

    def broken(self, key: str) -> str:
        """Return why the value of an item breaks its constraint; empty where it does not."""
        violation = violation_view(self.session.find(key)[1])
        return violation.message if violation is not None and violation.condition == "constraint" else ""

    def clear(self, key: str, reason: str = "") -> RunnerView:
        """Take an answer away."""
        return self.answer(key, "", reason)

    def same_as_last(self, key: str, reason: str = "") -> RunnerView:
        """Repeat the answer of the last round; of a whole row as carried over."""
        return self._do(answering.same_as_last(self.session, key, reason=reason))

    def same_as_above(self, key: str, reason: str = "") -> RunnerView:
        """Repeat the answer of the row above."""
        return self._do(answering.same_as_above(self.session, key, reason=reason))

    def rest_not_applicable(self, key: str = "") -> int:
        """Return how many items of the section ``apply_rest`` would leave out."""
        return len(answering.left_to_leave_out(self.session, key or self.session.position))

    def apply_rest(self, key: str = "", reason: str = "") -> RunnerView:
        """Answer the rest of the section with *not applicable*."""
        session = self.session
        return self._do(answering.rest_not_applicable(session, key or session.position, reason=reason))

    def add_row(self, series: str, reason: str = "") -> RunnerView:
        """Add a row to a table and go to it."""
        effects = answering.add_row(self.session, series, reason=reason)
        self._write(effects)
        return self.go(effects.key, jump=False)

    def remove_row(self, row: str, reason: str = "") -> RunnerView:
        """Remove a row; undo brings it back with its answers."""
        return self._do(answering.remove_row(self.session, row, reason=reason))

    def confirm_row(self, row: str) -> RunnerView:
        """Confirm an item, a row or a table that was carried over."""
        return self._do(answering.confirm(self.session, row))

    def remark(self, key: str, text: str, reason: str = "", *, confirm: bool = False) -> RunnerView:
        """Write a note on an item; an empty text takes it away.

        Raises:
            VisitError: PRIV-001 for a number that looks personal; again with ``confirm`` saves it.
        """
        return self._do(attaching.remark(self.session, key, text, confirmed=confirm, reason=reason))

    def attach(
        self, key: str, path: Path | str, code: str = "D", reason: str = "", *, confirm: bool = False
    ) -> RunnerView:
        """Give a file as evidence of an item, or of the visit with an empty key.

        Raises:
            EvidenceError: The file vanished, is too large or cannot be cleaned.
            VisitError: PRIV-001 for a file name with a number that looks personal.
        """
        self.session.refuse_locked()
        refuse_personal(Path(path).name, confirmed=confirm, field="name")
        piece = self._services.evidence.piece(Path(path), code)
        return self._do(attaching.add_evidence(self.session, key, piece, confirmed=confirm, reason=reason))

    def seen(self, key: str, text: str, code: str = "O", reason: str = "", *, confirm: bool = False) -> RunnerView:
        """Note something that was seen and not copied."""
        piece = self._services.evidence.seen_piece(text, code)
        return self._do(attaching.add_evidence(self.session, key, piece, confirmed=confirm, reason=reason))

    def take_back_evidence(self, identifier: str, reason: str = "") -> RunnerView:
        """Take a piece of evidence back."""
        return self._do(attaching.take_back_evidence(self.session, identifier, reason=reason))

    def undo(self, reason: str = "") -> RunnerView:
        """Take back the last write and go there."""
        return self._do(undoing.undo(self.session, reason=reason))

    def redo(self, reason: str = "") -> RunnerView:
        """Make the last undone write again."""
        return self._do(undoing.redo(self.session, reason=reason))

    # -- findings and moves ----------------------------------------------------------------------

    def raise_finding(self, key: str, given: Mapping[str, Any], *, confirm: bool = False) -> str:
        """Raise a finding from an item (or the whole visit with an empty key) and return its id.

        Raises:
            VisitError: PRIV-001 for a number that looks personal.
        """
        session = self.session
        identifier = self._services.findings.add(session.record.id, given, key, confirm=confirm)
        session.set_findings(self._services.sessions.findings(session.record.id))
        session.offer = None
        return identifier

    def ready(self) -> MoveResult:
        """Return everything that still keeps the visit from being ready, without moving it."""
        return self._services.moves.check_visit(self.session.record.id, "ready")

    def moves(self) -> tuple[MoveView, ...]:
        """Return the moves out of the present state, those that are off with their reasons."""
        return self._services.moves.of_visit(self.session.record.id)

    def move(self, event: str, given: Mapping[str, Any] | None = None) -> MoveResult:
        """Make a move; refused with every reason at once."""
        return self._services.moves.visit(self.session.record.id, event, given or {})

    def _do(self, effects: Effects) -> RunnerView:
        self._write(effects)
        return self.view()

    def _write(self, effects: Effects) -> None:
        self._services.sessions.write(self.session, effects)
