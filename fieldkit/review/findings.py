"""A finding as a typed record: read from its document, drafted from an item, changed while it is a draft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from fieldkit.errors import VisitError
from fieldkit.i18n import _
from fieldkit.model.codes import Codes
from fieldkit.model.scheme import Scheme
from fieldkit.model.texts import refuse_personal
from fieldkit.visit.effects import WITH, Draft
from fieldkit.visit.view import FindingLine

__all__ = [
    "ATTRIBUTES",
    "Finding",
    "FindingEvidence",
    "NewFinding",
    "draft_edit",
    "draft_finding",
    "finding_line",
    "read_finding",
    "sources_of",
]

ATTRIBUTES = (
    "statement",
    "criterion",
    "fact",
    "severity",
    "type",
    "category",
    "cause",
    "confidentiality",
    "source",
    "severity_reason",
)
"""Attributes that an inspector writes; each is a field of its own, so that two people may edit two of them."""

_LISTS = {
    "severity": "severity",
    "type": "finding_type",
    "category": "category",
    "cause": "cause",
    "confidentiality": "confidentiality",
    "source": "finding_source",
}
_TEXTS = ("statement", "criterion", "fact", "severity_reason")


class FindingEvidence(Struct, frozen=True):
    """What a finding rests on: a code with a text, or a piece of evidence of the visit."""

    code: str
    text: str = ""
    id: str = ""

    def as_json(self) -> dict[str, str]:
        """Return it as the finding's record holds it."""
        return {"code": self.code, "text": self.text, "id": self.id}


class Finding(Struct, frozen=True):
    """A finding as it stands."""

    id: str
    number: str = ""
    visit: str = ""
    subject: str = ""
    item: str = ""
    """Key of the item it came from; empty = the whole visit."""
    ref: str = ""
    form_id: str = ""
    created: str = ""
    statement: str = ""
    criterion: str = ""
    fact: str = ""
    severity: str = ""
    severity_reason: str = ""
    type: str = "problem"
    category: str = ""
    cause: str = ""
    confidentiality: str = "normal"
    source: str = "visit"
    evidence: tuple[FindingEvidence, ...] = ()
    state: str = "draft"
    event: str = ""
    disposition: str = ""
    due: str = ""
    state_data: Mapping[str, Any] | None = None


class NewFinding(Struct, frozen=True):
    """What a finding is made of when it is raised."""

    id: str
    number: str
    visit: str
    subject: str
    created: str
    item: str = ""
    ref: str = ""
    form_id: str = ""


def read_finding(identifier: str, values: Mapping[str, Any]) -> Finding:
    """Return a finding from the shown values of its fields; a missing one has its plain default.

    Args:
        identifier: Id of the finding.
        values: Field to value.
    """
    meta = values.get("meta")
    data: Mapping[str, Any] = meta if isinstance(meta, Mapping) else {}
    state = values.get("state")
    state_data: Mapping[str, Any] = state if isinstance(state, Mapping) else {}
    texts = {name: str(values.get(name) or "") for name in ATTRIBUTES}
    return Finding(
        id=identifier,
        **{
            name: str(data.get(name) or "")
            for name in ("number", "visit", "subject", "item", "ref", "form_id", "created")
        },
        statement=texts["statement"],
        criterion=texts["criterion"],
        fact=texts["fact"],
        severity=texts["severity"],
        severity_reason=texts["severity_reason"],
        type=texts["type"] or "problem",
        category=texts["category"],
        cause=texts["cause"],
        confidentiality=texts["confidentiality"] or "normal",
        source=texts["source"] or "visit",
        evidence=_read_evidence(values.get("evidence")),
        state=str(state_data.get("state") or "draft"),
        event=str(state_data.get("event") or ""),
        disposition=str(values.get("disposition") or ""),
        due=str(values.get("due") or ""),
        state_data=state_data,
    )


def _read_evidence(value: object) -> tuple[FindingEvidence, ...]:
    entries = value if isinstance(value, list) else []
    return tuple(
        FindingEvidence(str(entry.get("code") or ""), str(entry.get("text") or ""), str(entry.get("id") or ""))
        for entry in entries
        if isinstance(entry, Mapping)
    )


def finding_line(finding: Finding, state_label: str) -> FindingLine:
    """Return a finding as one line of the runner.

    Args:
        finding: The finding.
        state_label: Its state in the language of the interface.
    """
    return FindingLine(
        id=finding.id,
        number=finding.number,
        severity=finding.severity,
        state=finding.state,
        type=finding.type,
        category=finding.category,
        statement=finding.statement,
        key=finding.item,
        ref=finding.ref,
        criterion=finding.criterion,
        state_label=state_label,
    )


def sources_of(finding: Finding, scheme: Scheme) -> frozenset[str]:
    """Return the different sources that a finding's evidence comes from."""
    return frozenset(scheme.source_of(piece.code) for piece in finding.evidence if piece.code)


def draft_finding(
    new: NewFinding,
    attributes: Mapping[str, str],
    evidence: Sequence[FindingEvidence],
    codes: Codes,
    *,
    confirmed: bool = False,
) -> tuple[Draft, ...]:
    """Return the drafts that raise a finding.

    Raises:
        VisitError: VISIT-030 for a finding without statement, VISIT-031 for an unknown code, PRIV-001.
    """
    given = {"type": "problem", "confidentiality": "normal", "source": "visit", **attributes}
    if not given.get("statement", "").strip():
        raise VisitError(
            "VISIT-030",
            _("A finding needs a statement"),
            hint=_("Say in one sentence what is wrong: where, when, how many."),
        )
    _check(given, evidence, codes, confirmed=confirmed)
    record = f"finding/{new.id}"
    meta = {
        "number": new.number,
        "visit": new.visit,
        "subject": new.subject,
        "item": new.item,
        "ref": new.ref,
        "form_id": new.form_id,
        "created": new.created,
    }
    drafts = [Draft(record, "meta", meta)]
    drafts += [Draft(record, name, given[name].strip(), WITH) for name in ATTRIBUTES if given.get(name)]
    drafts.append(Draft(record, "evidence", [piece.as_json() for piece in evidence], WITH))
    state = {"state": "draft", "event": "start", "at": new.created}
    drafts.append(Draft(record, "state", state, WITH))
    return tuple(drafts)


def draft_edit(
    finding: Finding,
    attributes: Mapping[str, str],
    evidence: Sequence[FindingEvidence] | None,
    codes: Codes,
    *,
    confirmed: bool = False,
) -> tuple[Draft, ...]:
    """Return the drafts that change a draft finding; what is equal already is not written.

    Args:
        finding: The finding as it stands.
        attributes: New values by attribute.
        evidence: All evidence from now on, or None to leave it.
        codes: The code lists.
        confirmed: A number in a text is no personal one.

    Raises:
        VisitError: VISIT-032 where it is no draft any more, VISIT-030, VISIT-031, PRIV-001.
    """
    if finding.state != "draft":
        raise VisitError(
            "VISIT-032",
            _("Finding {number} is no draft any more").format(number=finding.number or finding.id),
            hint=_("The move rework makes it a draft again."),
            where={"state": finding.state},
        )
    if "statement" in attributes and not attributes["statement"].strip():
        raise VisitError("VISIT-030", _("A finding needs a statement"), hint=_("Void it if it does not hold."))
    _check(attributes, evidence or (), codes, confirmed=confirmed)
    record = f"finding/{finding.id}"
    drafts = [
        Draft(record, name, attributes[name].strip())
        for name in ATTRIBUTES
        if name in attributes and attributes[name].strip() != getattr(finding, name)
    ]
    if evidence is not None and tuple(evidence) != finding.evidence:
        drafts.append(Draft(record, "evidence", [piece.as_json() for piece in evidence]))
    return tuple(
        draft if place == 0 else Draft(draft.record, draft.field, draft.value, WITH)
        for place, draft in enumerate(drafts)
    )


def _check(
    attributes: Mapping[str, str], evidence: Sequence[FindingEvidence], codes: Codes, *, confirmed: bool
) -> None:
    for name, value in attributes.items():
        listed = _LISTS.get(name)
        if listed and value and not codes.has(listed, value):
            raise _unknown_code(name, value, codes.values(listed))
        if name in _TEXTS:
            refuse_personal(value, confirmed=confirmed, field=name)
    for piece in evidence:
        if not codes.has("evidence", piece.code):
            raise _unknown_code("evidence", piece.code, codes.values("evidence"))
        refuse_personal(piece.text, confirmed=confirmed, field="evidence")


def _unknown_code(name: str, value: str, known: Sequence[str]) -> VisitError:
    return VisitError(
        "VISIT-031",
        _("{value} is no code of {field}").format(value=value, field=name),
        hint=_("Known: {codes}").format(codes=", ".join(known)),
        where={"field": name, "value": value},
    )
