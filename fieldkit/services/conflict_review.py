"""A disagreement with what would follow from each of its values: points, score, stars, refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from fieldkit.errors import VisitError
from fieldkit.i18n import language
from fieldkit.model.document import Document, conflicts, fields
from fieldkit.model.ids import id_of
from fieldkit.services.lines import ConflictHead, ConflictView
from fieldkit.visit.record import VisitRecord
from fieldkit.visit.refs import split_field
from fieldkit.visit.runner_view import build_item
from fieldkit.visit.scoreview import score_view
from fieldkit.visit.session import Session

if TYPE_CHECKING:
    from fieldkit.services.sessions import Sessions
    from fieldkit.visit.view import ItemView, ScoreView

__all__ = ["ConflictReview", "ConflictSide", "review_of"]


class ConflictSide(Struct, frozen=True):
    """One of the values, with what follows if it is chosen."""

    head: ConflictHead
    shown: str
    """The value in words."""
    item: ItemView | None = None
    """The question with this value: points and refusal; None where the field is no answer."""
    score: ScoreView | None = None
    """The score of the form with this value."""


class ConflictReview(Struct, frozen=True):
    """A disagreement, ready to be decided."""

    conflict: ConflictView
    label: str
    """The question or field in words."""
    sides: tuple[ConflictSide, ...]
    item: ItemView | None = None
    """The question as it is shown meanwhile; None where the field is no answer."""
    is_closed: bool = False
    """True where the visit is final or accepted: the choice changes what was signed off."""


def review_of(conflict: ConflictView, document: Document, sessions: Sessions) -> ConflictReview:
    """Return a disagreement with the consequences of each value.

    Args:
        conflict: The disagreement.
        document: The record that holds it.
        sessions: Opens visits.
    """
    kind, form_id, path = split_field(conflict.field)
    if conflict.kind != "visit" or kind != "answer":
        sides = tuple(ConflictSide(head, head.shown) for head in conflict.heads)
        return ConflictReview(conflict, conflict.label, sides)
    identifier = id_of(conflict.record)
    record = VisitRecord(identifier, fields(document))
    around = sessions.around(record.meta, identifier)
    versions = dict(conflicts(document)).get(conflict.field, [])
    findings = tuple(sessions.findings(identifier))
    key = f"{form_id}:{path}"

    def opened(first: str) -> Session:
        chosen = [version for version in versions if version[0] == first]
        supposed: Document = {**document, "heads": {**document["heads"], conflict.field: chosen}}
        session = Session.load(supposed, (), around, findings)
        session.set_language(language())
        return session

    sides = tuple(_side(head, opened(head.head), key, form_id) for head in conflict.heads)
    item = sides[0].item
    return ConflictReview(
        conflict,
        item.label if item else conflict.label,
        sides,
        item,
        is_closed=record.state.state in {"final", "accepted"},
    )


def _side(head: ConflictHead, session: Session, key: str, form_id: str) -> ConflictSide:
    live = session.live.get(form_id)
    try:
        item = build_item(session, key)
    except VisitError:
        return ConflictSide(head, head.shown)
    score = score_view(live) if live is not None else None
    return ConflictSide(head, item.shown or head.shown, item, score)
