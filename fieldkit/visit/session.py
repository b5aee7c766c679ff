"""One inspection in progress: intents in, drafts of operations and view values out; nothing here does I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from msgspec import Struct, field

from fieldkit.errors import FormError, VisitError
from fieldkit.forms import Form
from fieldkit.i18n import _
from fieldkit.model.document import Document, fields
from fieldkit.model.operation import Operation
from fieldkit.model.scheme import Scheme
from fieldkit.model.texts import refuse_personal
from fieldkit.visit.effects import Draft, Effects, grouped
from fieldkit.visit.engine import FormMaker
from fieldkit.visit.history import History
from fieldkit.visit.lastround import LastRound
from fieldkit.visit.liveform import LiveForm
from fieldkit.visit.nodes import Node
from fieldkit.visit.record import VisitRecord, state_word
from fieldkit.visit.refs import Key, form_and_ref, split_field, split_key, unknown_item
from fieldkit.visit.restoring import restored
from fieldkit.visit.view import ConflictLine, FindingLine, FindingOffer, ItemView

__all__ = ["REOPENING", "Session", "Surroundings"]

REOPENING = ("ready", "fed", "returned")
"""States in which an answer reopens the visit, in the same write."""


class Surroundings(Struct, frozen=True):
    """What a session is given from outside."""

    maker: FormMaker
    scheme: Scheme
    device: str
    row_id: Callable[[], str]
    """Makes the id of a row that a person adds."""
    now: Callable[[], str]
    """The present moment, ISO 8601 with offset, to the second."""
    roles: tuple[str, ...] = ("inspector", "team_lead")
    """Roles of the actor that may be used."""
    last: Mapping[str, LastRound] = field(default_factory=dict)
    """Answers of the last round by form."""
    subject_name: str = ""


class Session:
    """A visit opened for work.

    Attributes:
        record: Shown values of the visit's fields.
        live: Live form by its id, in the order of the visit.
        position: Key of the current item.
        message: What the last intent has to say.
        offer: Finding that the last answer proposes.
        shelved: Views of items by key, as long as nothing that they show may have changed.
    """

    def __init__(
        self,
        document: Document | None,
        operations: Iterable[Operation],
        around: Surroundings,
        record: VisitRecord,
    ) -> None:
        self.around = around
        self.document = document
        self.record = record
        self.history = History(record.name, around.device, operations)
        self.live: dict[str, LiveForm] = {}
        self.findings: dict[str, FindingLine] = {}
        self.position = ""
        self.trail: list[str] = []
        self.message = ""
        self.offer: FindingOffer | None = None
        self.opened: tuple[str, ...] = ()
        self.language = ""
        self.shelved: dict[str, ItemView] = {}

    @classmethod
    def load(
        cls,
        document: Document,
        operations: Iterable[Operation],
        around: Surroundings,
        findings: Iterable[FindingLine] = (),
    ) -> Session:
        """Open a visit from its document and its operations."""
        record = VisitRecord(str(document["id"]).partition("/")[2], fields(document))
        session = cls(document, operations, around, record)
        for pin in record.meta.forms:
            form = restored(around.maker, record, pin.form_id)
            session.live[pin.form_id] = LiveForm(pin.form_id, form, record, around.scheme)
        session.set_findings(findings)
        session.position = session.first_position()
        return session

    # -- finding things --------------------------------------------------------------------------

    @property
    def form_ids(self) -> tuple[str, ...]:
        """Ids of the visit's forms in their order."""
        return tuple(self.live)

    def resolve(self, text: str) -> str:
        """Return the key of a ref ``[FORM_ID:]/data/group/rep[2]/name`` or of a key.

        Raises:
            VisitError: VISIT-001 for an unknown item, VISIT-002 where the form is left open.
        """
        form_id, path = form_and_ref(text, self.form_ids)
        live = self.live[form_id]
        return live.key(live.node(path))

    def find(self, key: str) -> tuple[LiveForm, Node]:
        """Return the form and the node of a key.

        Raises:
            VisitError: VISIT-001 where the visit has no such item.
        """
        parts: Key = split_key(key)
        live = self.live.get(parts.form_id)
        if live is None:
            raise unknown_item(key)
        return live, live.node(parts.path)

    def ref(self, live: LiveForm, node: Node) -> str:
        """Return a node as people write it, with the form where the visit holds several."""
        return node.ref if len(self.live) == 1 else f"{live.form_id}:{node.ref}"

    def first_position(self) -> str:
        """Return the key of the first item of the visit; empty where the forms have none."""
        for live in self.live.values():
            for node in live.outline.items():
                if node.relevant:
                    return live.key(node)
        return ""

    # -- state -----------------------------------------------------------------------------------

    def refuse_locked(self) -> None:
        """Refuse changes where the state of the visit allows none.

        Raises:
            VisitError: VISIT-020.
        """
        state = self.record.state.state
        if state != "open" and state not in REOPENING:
            raise VisitError(
                "VISIT-020",
                _("Visit {number} is {state}; its answers cannot change").format(
                    number=self.record.meta.number, state=state_word(state)
                ),
                hint=_("A final visit is reopened by the move reopen, as its next revision."),
                where={"state": state},
            )

    def reopening(self, reason: str = "", *, confirmed: bool = False) -> list[Draft]:
        """Return the drafts that make the visit open before an answer; none where it is open.

        Args:
            reason: Why a visit that was fed back changes.
            confirmed: A number in the reason is no personal one.

        Raises:
            VisitError: VISIT-020 where nothing may change, VISIT-021 where a reason is due, VISIT-022 where
                the actor's roles do not allow it, PRIV-001 for a number that looks personal in the reason.
        """
        self.refuse_locked()
        state = self.record.state
        if state.state == "open":
            return []
        refuse_personal(reason, confirmed=confirmed, field="reason")
        if not {"inspector", "team_lead"} & set(self.around.roles):
            raise VisitError(
                "VISIT-022",
                _("Answering reopens the visit; that is for an inspector or a team lead"),
                hint=_("Choose one of these roles."),
                where={"state": state.state},
            )
        if state.state == "fed" and not reason.strip():
            raise VisitError(
                "VISIT-021",
                _("The feedback sheet was given out; changing an answer needs a reason"),
                hint=_("Say why, with --reason TEXT."),
                where={"state": state.state},
            )
        revision = state.revision + 1 if state.state == "returned" else state.revision
        value: dict[str, Any] = {
            "state": "open",
            "event": "reopen",
            "at": self.around.now(),
            "revision": revision,
        }
        if reason.strip():
            value["reason"] = reason.strip()
        if state.sheets:
            value["sheets"] = list(state.sheets)
        return [Draft(self.record.name, "state", value)]

    @property
    def reason_due(self) -> bool:
        """Tell whether the next answer must bring a reason."""
        return self.record.state.state == "fed"

    # -- writing ---------------------------------------------------------------------------------

    def draft(self, field_name: str, value: Any) -> Draft:
        """Return a draft of one field of this visit."""
        return Draft(self.record.name, field_name, value)

    def commit(self, drafts: Iterable[Draft], effects: Effects | None = None) -> Effects:
        """Take drafts as one write and remember what the intent has to say."""
        writes = grouped(drafts)
        self.shelved.clear()
        for draft in writes:
            if draft.record == self.record.name:
                self.record.put(draft.field, draft.value)
        told = effects or Effects()
        self.message, self.offer, self.opened = told.message, told.offer, told.opened
        return Effects(writes, told.key, told.value, told.message, told.offer, told.changed, told.opened)

    def written(self, operations: Sequence[Operation], document: Document | None) -> None:
        """Take note of the operations that the drafts became, whose ids undo needs, and of the visit with them."""
        self.shelved.clear()
        self.document = document
        self.history.add([operation for operation in operations if operation.record == self.record.name])

    def set_findings(self, findings: Iterable[FindingLine]) -> None:
        """Tell the session the findings of this visit."""
        self.findings = {line.id: line for line in findings}
        self.shelved.clear()

    def findings_of(self, key: str) -> tuple[FindingLine, ...]:
        """Return the findings that were raised from an item."""
        return tuple(line for line in self.findings.values() if line.key == key)

    def conflict(self, field_name: str) -> tuple[ConflictLine, ...]:
        """Return the values that copies hold of a field where they differ; empty where they agree."""
        heads = (self.document or {}).get("heads", {}).get(field_name, ())
        if len(heads) < 2 or all(head[3] == heads[0][3] for head in heads):
            return ()
        return tuple(
            ConflictLine(head[0], str(head[3] or ""), head[0].partition(":")[0], head[2], head[1]) for head in heads
        )

    @contextmanager
    def changing(self, live: LiveForm) -> Iterator[Form]:
        """Lend a live form for a change; one that it cannot work out leaves it as the record has it.

        Raises:
            FormError: What the form raised, FORM-126 or FORM-127: nothing of the change is written.
        """
        try:
            yield live.form
        except FormError:
            self.shelved.clear()
            self._load_again(live)
            raise

    def reload(self, changed: Iterable[str]) -> None:
        """Build the live forms of changed fields again from the record, without events."""
        self.shelved.clear()
        forms = {split_field(name)[1] for name in changed if name.startswith(("answer:", "row:"))}
        for form_id in forms & set(self.live):
            self._load_again(self.live[form_id])

    def _load_again(self, live: LiveForm) -> None:
        live.load(restored(self.around.maker, self.record, live.form_id))
        if self.language:
            live.form.set_language(self.language_of(live.form_id, self.language))

    # -- languages -------------------------------------------------------------------------------

    def language_of(self, form_id: str, code: str) -> str:
        """Return the form's own name of a language; its first one where it does not speak it."""
        known = self.around.maker.languages(form_id)
        short = code.replace("-", "_").partition("_")[0].lower()
        for name in known:
            if name == code or f"({short}" in name.lower() or name.lower() == short:
                return name
        return known[0] if known else ""

    def set_language(self, code: str) -> None:
        """Show every form in a language, given as a form names it or as ``zh_CN`` or ``en``."""
        self.language = code
        self.shelved.clear()
        for form_id, live in self.live.items():
            name = self.language_of(form_id, code)
            if name:
                live.form.set_language(name)
