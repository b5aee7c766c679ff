"""A visit on a bench: a session with a writer that stamps at once and remembers every operation."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache

from fieldkit.forms import FormDefinition, FormEnvironment, compile_xform
from fieldkit.model.clock import HybridClock
from fieldkit.model.codes import Codes, load_codes
from fieldkit.model.document import Document, apply, apply_all, prevs
from fieldkit.model.operation import Operation
from fieldkit.model.scheme import Scheme, load_scheme
from fieldkit.model.states import Machines, load_machines
from fieldkit.resources import data_path
from fieldkit.review.findings import Finding
from fieldkit.review.lifecycle import Decision, Rulebook
from fieldkit.review.visitmoves import VisitCase, move_visit
from fieldkit.visit import answering, undoing
from fieldkit.visit.effects import Draft, Effects
from fieldkit.visit.lastround import LastRound
from fieldkit.visit.maker import EngineForms
from fieldkit.visit.nodes import Node
from fieldkit.visit.record import FormPin
from fieldkit.visit.scoreview import score_view
from fieldkit.visit.session import Session, Surroundings
from fieldkit.visit.starting import Beginning, begin
from fieldkit.visit.view import ScoreView
from tests.builders.checklists import NOW, ZONE, definition

DEVICE = "abcdefghijklmnop"
ACTOR = "A01/team_lead"


@cache
def machines() -> Machines:
    """Return the shipped state machines."""
    return load_machines(data_path("states.json").read_text(encoding="utf-8"))


@cache
def codes() -> Codes:
    """Return the shipped code lists."""
    return load_codes(data_path("codes.tsv").read_text(encoding="utf-8"))


@cache
def scheme() -> Scheme:
    """Return the shipped scheme."""
    return load_scheme(data_path("schemes", "default.json").read_text(encoding="utf-8"))


def rulebook() -> Rulebook:
    """Return everything that moves are judged by."""
    return Rulebook(machines(), codes(), scheme())


def compiled(body: str) -> FormDefinition:
    """Return the definition of an XForm."""
    return compile_xform(body.encode("utf-8"))


class Bench:
    """One visit with everything that was written."""

    def __init__(
        self,
        *forms: str | FormDefinition,
        last: Mapping[str, LastRound] | None = None,
        device: str = DEVICE,
        now: datetime = NOW,
    ) -> None:
        self.definitions = {
            one.form_id: one for one in (definition(form) if isinstance(form, str) else form for form in forms)
        }
        self.device = device
        self.now = now
        self.operations: list[Operation] = []
        self.findings: list[Finding] = []
        self.clock = HybridClock()
        self.rows = itertools.count(1)
        self.last = dict(last or {})
        pins = tuple(FormPin(one.form_id, one.version, one.hash) for one in self.definitions.values())
        beginning = Beginning("v1", "V-d01-1", "B-1", pins, prefill={"subject_id": "B-1"})
        self.session, effects = begin(beginning, self.around())
        self.write(effects.writes)

    def around(self) -> Surroundings:
        """Return what the session is given."""
        numbers = itertools.count(1)
        environment = FormEnvironment(
            clock=lambda: self.now, timezone=ZONE, random=lambda: 0.5, uuid=lambda: f"{next(numbers):032x}"
        )
        return Surroundings(
            maker=EngineForms(self.definitions, environment),
            scheme=scheme(),
            device=self.device,
            row_id=lambda: f"row{next(self.rows)}",
            now=lambda: self.now.isoformat(timespec="seconds"),
            last=self.last,
        )

    def write(self, writes: Sequence[Draft]) -> list[Operation]:
        """Stamp drafts as the writer does and hand them back."""
        made: list[Operation] = []
        documents: dict[str, Document | None] = {}
        for draft in writes:
            if draft.record not in documents:
                known = [operation for operation in self.operations if operation.record == draft.record]
                documents[draft.record] = apply_all(None, known)
            document = documents[draft.record]
            operation = Operation(
                device=self.device,
                seq=len(self.operations) + len(made) + 1,
                hlc=self.clock.tick(int(self.now.timestamp() * 1000)),
                actor=ACTOR,
                record=draft.record,
                field=draft.field,
                value=draft.value,
                prev=prevs(document, draft.field, self.device),
                cause=f"with {made[0].id}" if draft.cause == "with" and made else draft.cause,
            )
            made.append(operation)
            documents[draft.record] = apply(document, operation)
        self.operations += made
        self.session.written(made, documents.get(self.session.record.name, self.session.document))
        return made

    def reopen(self) -> Bench:
        """Open the visit again from its operations, as after a restart."""
        document = apply_all(None, [one for one in self.operations if one.record == "visit/v1"])
        assert document is not None
        self.session = Session.load(document, self.operations, self.around())
        return self

    # -- intents ---------------------------------------------------------------------------------

    def key(self, name: str, row: int = 1, form_id: str = "") -> str:
        """Return the key of an item by its name, in the row counted from 1."""
        live = self.session.live[form_id or self.session.form_ids[0]]
        found = [node for node in live.form.nodes() if node.name == name]
        return live.key(found[row - 1])

    def node(self, name: str, row: int = 1) -> Node:
        """Return an item by its name."""
        return self.session.find(self.key(name, row))[1]

    def answer(self, name: str, value: object, row: int = 1, *, reason: str = "", confirmed: bool = False) -> Effects:
        """Answer an item by its name."""
        effects = answering.answer(self.session, self.key(name, row), str(value), reason=reason, confirmed=confirmed)
        self.write(effects.writes)
        return effects

    def answers(self, **values: object) -> None:
        """Answer several items."""
        for name, value in values.items():
            self.answer(name, value)

    def add_rows(self, name: str, count: int) -> None:
        """Bring a repeat to a number of rows."""
        key = self.key(name)
        while len(self.session.find(key)[1].rows) < count:
            self.write(answering.add_row(self.session, key).writes)

    def undo(self) -> Effects:
        """Undo the last write."""
        effects = undoing.undo(self.session)
        self.write(effects.writes)
        return effects

    def redo(self) -> Effects:
        """Redo the last undone write."""
        effects = undoing.redo(self.session)
        self.write(effects.writes)
        return effects

    def move(self, event: str, roles: tuple[str, ...] = ("inspector", "team_lead"), **fields: object) -> Decision:
        """Move the visit."""
        case = VisitCase(self.session, rulebook(), self.findings)
        decision = move_visit(case, event, fields, roles)
        if decision.ok:
            self.session.commit(decision.writes)
            self.write(decision.writes)
        return decision

    # -- results ---------------------------------------------------------------------------------

    def score(self) -> ScoreView:
        """Return the live score of the first form."""
        found = score_view(self.session.live[self.session.form_ids[0]])
        assert found is not None
        return found

    def values(self) -> dict[str, str]:
        """Return every stored value by key, to compare two moments."""
        return {
            live.key(node): node.stored
            for live in self.session.live.values()
            for node in live.form.nodes()
            if node.kind in ("question", "note", "model")
        }

    def judge(self, degree: str = "full", *, count_share: float = 1.0) -> None:
        """Answer every shown item with points: degrees alike, good answers, counts at a share of the target."""
        live = self.session.live[self.session.form_ids[0]]
        for node in list(live.form.nodes()):
            kind = node.attributes.get("{urn:fieldkit:xf}score")
            weight = float(node.attributes.get("{urn:fieldkit:xf}weight") or 0)
            if not kind or not weight or not node.relevant:
                continue
            if kind == "deg":
                value = degree
            elif kind == "yn":
                value = node.attributes["{urn:fieldkit:xf}good"]
            else:
                value = f"{float(node.attribute_value('{urn:fieldkit:xf}target')) * count_share:g}"
            self.write(answering.answer(self.session, live.key(node), value).writes)

    def period(self) -> None:
        """Check a whole year."""
        self.answers(visit_date="2026-01-09", visit_mode="ann", p_start="2025-01-01", p_end="2026-01-01")

    def ballot(self, cast: int, good: int, mid: int, bad: int) -> None:
        """Fill in the ballot, as many issued as returned."""
        self.answers(sat_due=cast, sat_cast=cast, sat_good=good, sat_mid=mid, sat_bad=bad)
