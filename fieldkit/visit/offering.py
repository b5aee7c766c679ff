"""The finding that an answer offers, filled in: criterion, fact, severity, category, missing sources."""

from __future__ import annotations

from fieldkit.visit.liveform import LiveForm
from fieldkit.visit.nodes import Node, attribute
from fieldkit.visit.session import Session
from fieldkit.visit.shown import shown_value
from fieldkit.visit.view import FindingOffer

__all__ = ["offer_of", "offer_view"]


def offer_view(session: Session, live: LiveForm, node: Node, severity: str) -> FindingOffer:
    """Return a finding of an item as it would be filled in.

    Args:
        session: The visit.
        live: The form.
        node: The item.
        severity: ``S1`` to ``S4``.
    """
    scheme = session.around.scheme
    sources = {scheme.source_of(piece.code) for piece in session.record.evidence(live.key(node))}
    return FindingOffer(
        key=live.key(node),
        ref=session.ref(live, node),
        severity=severity,
        category=attribute(node, "category"),
        criterion=node.label,
        fact=shown_value(node),
        veto=attribute(node, "veto") == "yes",
        missing_sources=max(0, scheme.recommended_sources(severity) - len(sources)),
    )


def offer_of(session: Session, live: LiveForm, node: Node, before: str) -> FindingOffer | None:
    """Return what an answer just given offers, or None.

    Nothing is offered where the same severity was proposed before, or a finding of the item stands already.

    Args:
        session: The visit.
        live: The form.
        node: The item just answered.
        before: Severity that was proposed before the answer.
    """
    severity = live.proposals([node]).get(node.path, "")
    if not severity or severity == before:
        return None
    if any(line.state not in ("void", "merged") for line in session.findings_of(live.key(node))):
        return None
    return offer_view(session, live, node, severity)
