"""The fields that a move must bring, as fields of a sheet: in words, with the codes that may stand in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fieldkit.i18n import N_, _
from fieldkit.model.wording import FIELD_TEXTS
from fieldkit.widgets.sheet import SheetField

if TYPE_CHECKING:
    from fieldkit.model.codes import Codes

__all__ = ["move_fields"]

_LIST = re.compile(r"\blist (\w+)")

_LABELS = {
    "advice": N_("Advice"),
    "body": N_("Body"),
    "clarify_mode": N_("Way of clarifying"),
    "disposition": N_("Disposition"),
    "document_no": N_("Document number"),
    "due": N_("Due"),
    "follow_up": N_("Next look on"),
    "grounds": N_("Grounds"),
    "main_finding": N_("Main finding"),
    "main_visit": N_("Main visit"),
    "outcome": N_("Outcome"),
    "reason": N_("Reason"),
    "remarks": N_("Remarks"),
    "subject_reason": N_("Why the subject differs"),
    "subject_view": N_("View of the subject"),
    "text": N_("Text"),
}
_LONG = frozenset({"advice", "reason", "remarks", "subject_reason", "text"})


def move_fields(names: Sequence[str], codes: Codes) -> list[SheetField]:
    """Return the fields to fill in before a move.

    Args:
        names: What the move must bring.
        codes: The lists of codes.
    """
    return [_field(name, codes) for name in names]


def _field(name: str, codes: Codes) -> SheetField:
    text = FIELD_TEXTS.get(name, "")
    listed = _LIST.search(text)
    options = tuple((code.code, code.label) for code in codes.options(listed[1])) if listed else ()
    label = _(_LABELS[name]) if name in _LABELS else name.replace("_", " ")
    return SheetField(name, label, "", options, required=True, hint="" if options else _(text), multiline=name in _LONG)
