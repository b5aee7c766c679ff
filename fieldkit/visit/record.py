"""The record of a visit read: what its fields say about state, answers, rows, remarks and evidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from fieldkit.i18n import N_, _
from fieldkit.visit.refs import field_name, split_field

if TYPE_CHECKING:
    from fieldkit.visit.view import EvidenceView

__all__ = ["FormPin", "VisitMeta", "VisitRecord", "VisitState", "state_of", "state_word"]


class FormPin(Struct, frozen=True):
    """A form as the visit uses it: the version that it began with."""

    form_id: str
    version: str
    hash: str


class VisitMeta(Struct, frozen=True):
    """What was fixed when the visit began."""

    number: str
    subject: str
    forms: tuple[FormPin, ...]
    campaign: str
    mode: str
    started: str

    @classmethod
    def read(cls, value: object) -> VisitMeta:
        """Return the meta field of a visit; a missing member is empty."""
        data: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
        forms = data.get("forms")
        return cls(
            number=str(data.get("number") or ""),
            subject=str(data.get("subject") or ""),
            forms=tuple(
                FormPin(str(pin.get("form_id", "")), str(pin.get("version", "")), str(pin.get("hash", "")))
                for pin in (forms if isinstance(forms, list) else [])
                if isinstance(pin, Mapping)
            ),
            campaign=str(data.get("campaign") or ""),
            mode=str(data.get("mode") or ""),
            started=str(data.get("started") or ""),
        )


class VisitState(Struct, frozen=True):
    """Where the visit stands."""

    state: str
    event: str
    at: str
    revision: int
    sheets: tuple[str, ...]
    """Numbers of the feedback sheets given out, oldest first."""
    data: Mapping[str, Any]
    """The whole field, with what the last event brought."""


_STATE_WORDS = {
    "open": N_("in progress"),
    "ready": N_("ready"),
    "fed": N_("fed back on site"),
    "final": N_("final"),
    "returned": N_("returned"),
    "accepted": N_("accepted"),
    "void": N_("void"),
}


def state_word(state: str) -> str:
    """Return the state of a visit in the language of the interface; the code itself where it is unknown."""
    return _(_STATE_WORDS.get(state, state))


def state_of(value: object) -> VisitState:
    """Return the state field of a visit; a visit without one is open."""
    data: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
    sheets = data.get("sheets")
    revision = data.get("revision")
    return VisitState(
        state=str(data.get("state") or "open"),
        event=str(data.get("event") or "start"),
        at=str(data.get("at") or ""),
        revision=revision if isinstance(revision, int) else 0,
        sheets=tuple(str(sheet) for sheet in sheets) if isinstance(sheets, list) else (),
        data=data,
    )


class VisitRecord:
    """The shown values of a visit's fields, kept current while it is answered.

    Attributes:
        id: Id of the visit.
        values: Field to its shown value.
    """

    def __init__(self, identifier: str, values: Mapping[str, Any]) -> None:
        self.id = identifier
        self.values: dict[str, Any] = dict(values)
        self._meta: VisitMeta | None = None
        self._state: VisitState | None = None
        self._evidence: dict[str, dict[str, EvidenceView]] = {}
        for name in self.values:
            if name.startswith("evidence:"):
                self._index_evidence(name)

    @property
    def name(self) -> str:
        """Name of the record, ``visit/ID``."""
        return f"visit/{self.id}"

    @property
    def meta(self) -> VisitMeta:
        """What was fixed when the visit began."""
        if self._meta is None:
            self._meta = VisitMeta.read(self.values.get("meta"))
        return self._meta

    @property
    def state(self) -> VisitState:
        """Where the visit stands."""
        if self._state is None:
            self._state = state_of(self.values.get("state"))
        return self._state

    def put(self, field: str, value: Any) -> None:
        """Set the shown value of a field."""
        if field.startswith("evidence:"):
            self._forget_evidence(field)
        self.values[field] = value
        if field in ("meta", "state"):
            self._meta = self._state = None
        if field.startswith("evidence:"):
            self._index_evidence(field)

    def of_form(self, kind: str, form_id: str) -> Iterator[tuple[str, Any]]:
        """Yield path and value of every field of one kind of a form."""
        prefix = f"{kind}:{form_id}:"
        for name, value in self.values.items():
            if name.startswith(prefix):
                yield name[len(prefix) :], value

    def text(self, kind: str, form_id: str, path: str) -> str:
        """Return a text field such as a remark; empty where there is none."""
        value = self.values.get(field_name(kind, form_id, path))
        return value if isinstance(value, str) else ""

    def is_carried(self, form_id: str, path: str) -> bool:
        """Tell whether an answer was taken over and is not confirmed."""
        return self.values.get(field_name("carried", form_id, path)) is True

    def evidence(self, key: str) -> tuple[EvidenceView, ...]:
        """Return the evidence of an item; of the whole visit for an empty key."""
        return tuple(self._evidence.get(key, {}).values())

    def all_evidence(self) -> Iterator[EvidenceView]:
        """Yield every piece of evidence that was not taken back."""
        for pieces in self._evidence.values():
            yield from pieces.values()

    def _forget_evidence(self, field: str) -> None:
        for pieces in self._evidence.values():
            pieces.pop(field, None)

    def _index_evidence(self, field: str) -> None:
        data = self.values[field]
        if isinstance(data, Mapping):
            view = _evidence_view(split_field(field)[2], data)
            self._evidence.setdefault(view.key, {})[field] = view


def _evidence_view(identifier: str, data: Mapping[str, Any]) -> EvidenceView:
    from fieldkit.visit.view import EvidenceView

    size = data.get("bytes")
    return EvidenceView(
        id=identifier,
        code=str(data.get("code") or ""),
        name=str(data.get("name") or ""),
        bytes=size if isinstance(size, int) else 0,
        type=str(data.get("type") or ""),
        sha256=str(data.get("sha256") or ""),
        seen=bool(data.get("seen")),
        text=str(data.get("text") or ""),
        key=str(data.get("item") or ""),
    )
