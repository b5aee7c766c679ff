"""How one record reads on the terminal: words instead of field names and codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from fieldkit.cli.outcome import table
from fieldkit.i18n import N_, _, in_language

if TYPE_CHECKING:
    from fieldkit.services.house import Services
    from fieldkit.services.lines import FieldView

__all__ = ["finding_lines", "key_lines", "subject_lines", "visit_lines"]

_KINDS = {"device": N_("device"), "office": N_("office")}
_KEYS = {
    "kind": N_("Kind"),
    "device": N_("Device"),
    "name": N_("Name"),
    "fingerprint": N_("Fingerprint"),
    "recipients": N_("Sealed for"),
    "trust": N_("Trust"),
    "card": N_("Card"),
}


def _given(fields: Iterable[FieldView]) -> list[tuple[str, str]]:
    return [(field.label, field.shown) for field in fields if field.shown]


def subject_lines(services: Services, identifier: str) -> list[str]:
    """Return a subject as lines: each column that has a value, and when it was changed."""
    document = services.subjects.show(identifier)
    fields = services.subjects.fields(document["kind"], document["id"])
    return table([*_given(fields), (_("Changed"), document["changed"][:16])])


def finding_lines(services: Services, identifier: str) -> list[str]:
    """Return a finding as lines: number, state, where it was raised, its fields and evidence."""
    view = services.findings.view(identifier)
    row = view.row
    rows = [
        (_("Number"), row.number),
        (_("State"), row.state_label),
        (_("Subject"), f"{row.subject} {row.subject_name}"),
        (_("Visit"), row.visit_number),
        (_("Item"), view.item),
        *_given(view.fields),
        *((_("Evidence"), f"{piece.code} {piece.text}") for piece in view.evidence),
        (_("Due"), row.due),
        (_("Raised"), row.created[:16]),
    ]
    return table(pair for pair in rows if pair[1])


def visit_lines(services: Services, document: Mapping[str, Any]) -> list[str]:
    """Return a visit as lines: where it stands, its scores, and every answer with its reference.

    Args:
        services: The services.
        document: What ``visit show --json`` prints.
    """
    line = services.visit_list.line(document["visit"])
    lines = [f"{line.number} {line.subject_name} {line.state_label} #{document['operations']}"]
    for title, form in zip(line.titles, document["forms"], strict=True):
        progress, score = form["progress"], form["score"]
        parts = [
            f"{form['form_id']} {form['version']} {in_language(title)}",
            _("{answered} answered, {left} required left, {invalid} refused").format(
                answered=progress["answered"], left=progress["required_left"], invalid=progress["invalid"]
            ),
        ]
        if score is not None and score["percent"] is not None:
            parts.append(_("score {percent}").format(percent=score["percent"]))
        lines.append(" | ".join(parts))
        answers = [
            ("  " + ref, entry["value"], entry["label"] or "")
            for ref, entry in form["answers"].items()
            if entry["value"]
        ]
        lines += table(answers)
    findings = [
        (f"  {item['number']}", services.desk.codes.label("severity", item["severity"]), item["statement"])
        for item in document["findings"]
    ]
    return [*lines, *([_("Findings"), *table(findings)] if findings else [])]


def key_lines(document: Mapping[str, Any]) -> list[str]:
    """Return the public side of a key as lines."""
    rows = []
    for name, label in _KEYS.items():
        value = document.get(name)
        if not value:
            continue
        text = " ".join(value) if isinstance(value, list | tuple) else str(value)
        rows.append((_(label), _(_KINDS[text]) if name == "kind" and text in _KINDS else text))
    return table(rows)
