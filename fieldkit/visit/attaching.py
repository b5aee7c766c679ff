"""The intents remark and evidence: what stands beside an answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from fieldkit.errors import VisitError
from fieldkit.i18n import _
from fieldkit.model.texts import refuse_personal
from fieldkit.visit.answering import stored_drafts
from fieldkit.visit.effects import Draft, Effects
from fieldkit.visit.nodes import item_kind
from fieldkit.visit.refs import field_name
from fieldkit.visit.session import Session
from fieldkit.visit.view import ItemKind

__all__ = ["Piece", "add_evidence", "remark", "take_back_evidence"]


class Piece(Struct, frozen=True):
    """A piece of evidence as it is given: a file that was stored, or something seen and not copied."""

    id: str
    code: str
    name: str = ""
    sha256: str = ""
    bytes: int = 0
    type: str = ""
    seen: bool = False
    text: str = ""

    def as_field(self, key: str) -> dict[str, Any]:
        """Return the piece as the visit's record holds it."""
        return {
            "code": self.code,
            "item": key,
            "name": self.name,
            "sha256": self.sha256,
            "bytes": self.bytes,
            "type": self.type,
            "seen": self.seen,
            "text": self.text,
        }


def remark(session: Session, key: str, text: str, *, confirmed: bool = False, reason: str = "") -> Effects:
    """Write a note on an item; an empty text takes it away.

    Raises:
        VisitError: PRIV-001 for a number that looks personal; VISIT-020 to VISIT-022 as for an answer.
    """
    live, node = session.find(key)
    refuse_personal(text, confirmed=confirmed)
    name = field_name("remark", live.form_id, node.path)
    if session.record.text("remark", live.form_id, node.path) == text.strip():
        return session.commit((), Effects(key=key))
    drafts = [*session.reopening(reason, confirmed=confirmed), session.draft(name, text.strip() or None)]
    return session.commit(drafts, Effects(key=key))


def add_evidence(session: Session, key: str, piece: Piece, *, confirmed: bool = False, reason: str = "") -> Effects:
    """Give evidence for an item, or for the whole visit with an empty key.

    A file for an item of kind file answers it with the file's name.

    Raises:
        VisitError: VISIT-026 for something seen without a text; PRIV-001; VISIT-020 to VISIT-022.
    """
    if piece.seen and not piece.text.strip():
        raise VisitError(
            "VISIT-026",
            _("Something seen and not copied needs a text"),
            hint=_("Write what was seen and where."),
        )
    refuse_personal(piece.text, confirmed=confirmed)
    refuse_personal(piece.name, confirmed=confirmed, field="name")
    drafts = session.reopening(reason, confirmed=confirmed)
    drafts.append(session.draft(f"evidence:{piece.id}", piece.as_field(key)))
    if not key:
        return session.commit(drafts, Effects(message=_("Evidence added to the visit")))
    live, node = session.find(key)
    if item_kind(node) is ItemKind.FILE and not piece.seen and node.relevant and not node.readonly:
        with session.changing(live) as form:
            change = form.answer(node, piece.name)
        drafts.append(session.draft(field_name("answer", live.form_id, node.path), piece.name))
        drafts.extend(stored_drafts(session, live, change))
        live.follow(change)
    effects = session.commit(drafts, Effects(key=key))
    live.recount(node)
    return effects


def take_back_evidence(session: Session, identifier: str, *, reason: str = "") -> Effects:
    """Take a piece of evidence back; the file stays where it is stored.

    Raises:
        VisitError: VISIT-027 where the visit has no such evidence; VISIT-020 to VISIT-022.
    """
    name = f"evidence:{identifier}"
    held = session.record.values.get(name)
    if not isinstance(held, Mapping):
        raise VisitError(
            "VISIT-027",
            _("There is no evidence {id} in this visit").format(id=identifier),
            hint=_("Take it from the list of the visit's evidence."),
        )
    key = str(held.get("item") or "")
    drafts: list[Draft] = [*session.reopening(reason), session.draft(name, None)]
    if not key:
        return session.commit(drafts)
    live, node = session.find(key)
    if item_kind(node) is ItemKind.FILE and node.stored == held.get("name"):
        with session.changing(live) as form:
            change = form.answer(node, "")
        drafts.append(session.draft(field_name("answer", live.form_id, node.path), ""))
        drafts.extend(stored_drafts(session, live, change))
        live.follow(change)
    effects = session.commit(drafts, Effects(key=key))
    live.recount(node)
    return effects
