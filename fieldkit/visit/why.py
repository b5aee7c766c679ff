"""Why an item is hidden, refused, computed or proposed: its expression with the values that it read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fieldkit.i18n import _
from fieldkit.visit.items import violation_view
from fieldkit.visit.liveform import LiveForm
from fieldkit.visit.nodes import FK, Node, attribute
from fieldkit.visit.outcome import WhyLine, WhyView
from fieldkit.visit.raising import constant_severity, proposed_severity
from fieldkit.visit.scoring import points_view
from fieldkit.visit.session import Session

__all__ = ["reasons_to_ask", "why"]

_MAX_DEPTH = 6


def reasons_to_ask(node: Node) -> str:
    """Return what an item most likely has to explain now: hidden, refused, calculated, proposed or required."""
    if not node.relevant:
        return "relevant"
    if node.violation is not None:
        return node.violation.condition
    if node.calculated:
        return "calculate"
    if node.readonly:
        return "readonly"
    if attribute(node, "severity") or attribute(node, "score"):
        return "severity"
    return "required" if node.required else "relevant"


def why(session: Session, key: str, what: str = "") -> WhyView:
    """Return an explanation as lines.

    Args:
        session: The visit.
        key: The item.
        what: ``relevant``, ``constraint``, ``required``, ``readonly``, ``calculate`` or ``severity``; empty =
            what the item most likely has to explain.

    Raises:
        VisitError: VISIT-001 for an unknown item.
    """
    live, node = session.find(key)
    asked = what or reasons_to_ask(node)
    lines: list[WhyLine] = []
    if asked == "severity":
        lines.extend(_severity_lines(session, live, node))
    elif asked == "relevant":
        lines.extend(_relevance_lines(live, node))
    else:
        violation = violation_view(node)
        if violation is not None and violation.condition == asked:
            lines.append(WhyLine(violation.message))
        lines.extend(_expression_lines(live, node, asked))
    if not lines:
        lines.append(WhyLine(_nothing_said(asked)))
    return WhyView(key, asked, _title(node, asked), tuple(lines))


def _title(node: Node, what: str) -> str:
    label = node.label or node.name
    titles = {
        "relevant": _("{item} is shown") if node.relevant else _("{item} is hidden"),
        "constraint": _("{item}: what is allowed"),
        "required": _("{item}: whether an answer is needed"),
        "readonly": _("{item}: whether it can only be read"),
        "calculate": _("{item} is calculated"),
        "severity": _("{item}: points and finding"),
    }
    return titles.get(what, "{item}").format(item=label)


def _nothing_said(what: str) -> str:
    texts = {
        "relevant": _("No condition: it is always shown"),
        "constraint": _("No condition: any value of its type is allowed"),
        "required": _("It may stay empty"),
        "readonly": _("It can be answered"),
        "calculate": _("It is not calculated"),
    }
    return texts.get(what, _("There is nothing to explain"))


def _relevance_lines(live: LiveForm, node: Node) -> Iterator[WhyLine]:
    """Yield the condition of the item and of every group around it that has one."""
    current: Any = node
    while current is not None:
        found = list(_expression_lines(live, current, "relevant"))
        if found and current is not node:
            label = current.label or current.name
            yield WhyLine(_("in {group}:").format(group=label), key=live.key(current))
        yield from found
        current = current.parent


def _expression_lines(live: LiveForm, node: Node, what: str) -> Iterator[WhyLine]:
    explanation = node.explain(what)
    if explanation is None or not explanation.expression:
        return
    yield from _explained(live, explanation, 0)


def _explained(live: LiveForm, explanation: Any, depth: int) -> Iterator[WhyLine]:
    yield WhyLine(explanation.expression, explanation.value, depth=depth)
    for text, value, ref in explanation.operands:
        key = live.key(live.node(ref)) if ref and live.has(ref) else ""
        label = _operand_text(live, text, ref)
        yield WhyLine(label, value or _("empty"), key=key, depth=depth + 1)
    if depth < _MAX_DEPTH:
        for nested in explanation.nested:
            yield from _explained(live, nested, depth + 1)


def _operand_text(live: LiveForm, text: str, ref: str) -> str:
    if not ref or not live.has(ref):
        return text
    node = live.node(ref)
    return f"{node.name} ({node.label})" if node.label else node.name


def _severity_lines(session: Session, live: LiveForm, node: Node) -> Iterator[WhyLine]:
    points = points_view(node)
    if points is not None:
        got = _("not counted") if points.got is None else f"{points.got:g}"
        yield WhyLine(_("points"), f"{got} / {points.max:g}")
        if points.target is not None:
            yield WhyLine(_("target"), f"{points.target:g}", depth=1)
            for line in _expression_lines(live, node, FK + "target"):
                yield WhyLine(line.text, line.value, line.key, line.depth + 2)
    severity = proposed_severity(node, session.around.scheme)
    constant = constant_severity(node)
    if severity:
        yield WhyLine(_("proposed severity"), severity)
    if constant:
        yield WhyLine(_("severity at full failure; at half failure one grade lower"), constant, depth=1)
    elif attribute(node, "severity"):
        for line in _expression_lines(live, node, FK + "severity"):
            yield WhyLine(line.text, line.value, line.key, line.depth + 1)
