"""Evidence as the command line prints it."""

from __future__ import annotations

from typing import Any

from fieldkit.errors import VisitError
from fieldkit.visit.session import Session
from fieldkit.visit.view import EvidenceView

__all__ = ["evidence_json"]


def evidence_json(session: Session, view: EvidenceView) -> dict[str, Any]:
    """Return a piece of evidence; its item as a ref with positions."""
    try:
        ref = session.ref(*session.find(view.key)) if view.key else None
    except VisitError:
        # The row it belonged to was removed: the evidence stays, its key says where it was.
        ref = None
    return {
        "id": view.id,
        "code": view.code,
        "sha256": view.sha256 or None,
        "bytes": view.bytes,
        "name": view.name or None,
        "type": view.type or None,
        "seen": view.seen,
        "text": view.text or None,
        "ref": ref,
        "key": view.key or None,
    }
