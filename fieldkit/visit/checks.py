"""What an item takes: refuses what is no answer, and gives the answer as it is stored."""

from __future__ import annotations

from fieldkit.errors import VisitError
from fieldkit.i18n import _
from fieldkit.model.texts import refuse_personal
from fieldkit.visit.nodes import Node, item_kind
from fieldkit.visit.values import expected_of, normal_value, number_of
from fieldkit.visit.view import ItemKind

__all__ = ["ACKNOWLEDGED", "accepted_value", "refuse_locked_item"]

ACKNOWLEDGED = "OK"
"""What an acknowledged item stores."""

_YES = frozenset({"ok", "true", "1", "yes"})
_FREE_TEXT = frozenset({ItemKind.TEXT, ItemKind.MULTILINE})
_CHOSEN = frozenset({ItemKind.SELECT_ONE, ItemKind.SELECT_MULTIPLE, ItemKind.RANK})


def _error(code: str, message: str, hint: str, node: Node) -> VisitError:
    return VisitError(code, message, hint=hint, where={"ref": node.ref})


def refuse_locked_item(node: Node) -> None:
    """Refuse nodes that take no answer now.

    Raises:
        VisitError: VISIT-003 for groups and tables, VISIT-012 hidden, VISIT-013 a note, VISIT-014
            calculated, VISIT-015 filled by the tool, VISIT-016 readonly.
    """
    label = node.label or node.name
    if node.kind in ("group", "series", "row"):
        raise _error(
            "VISIT-003",
            _("{item} is no question but holds several").format(item=label),
            _("Name one of the questions in it."),
            node,
        )
    if item_kind(node) is ItemKind.NOTE:
        raise _error(
            "VISIT-013",
            _("{item} is a note and takes no answer").format(item=label),
            _("Go on to the next item."),
            node,
        )
    if node.calculated:
        raise _error(
            "VISIT-014",
            _("{item} is calculated from other answers").format(item=label),
            _("Change the answers it depends on; F6 shows which ones."),
            node,
        )
    if node.kind == "model":
        raise _error(
            "VISIT-015",
            _("{item} is filled by the tool").format(item=label),
            _("It is taken from the task or the last round."),
            node,
        )
    if not node.relevant:
        raise _error(
            "VISIT-012",
            _("{item} is hidden by the form now").format(item=label),
            _("F6 shows the condition with its values; an answer kept there comes back with it."),
            node,
        )
    if node.readonly:
        raise _error(
            "VISIT-016",
            _("{item} can only be read").format(item=label),
            _("F6 shows why."),
            node,
        )


def accepted_value(node: Node, value: str, *, confirmed: bool = False) -> str:
    """Return a value as the item stores it; empty clears the answer.

    Args:
        node: The item.
        value: XML text.
        confirmed: A person has said that a number in a free text is no personal one.

    Raises:
        VisitError: The item takes no answer now (VISIT-003, VISIT-012 to VISIT-016), VISIT-011 no value of
            the type, VISIT-017 a choice that is not offered, PRIV-001 a number that looks personal.
    """
    refuse_locked_item(node)
    kind = item_kind(node)
    if kind is ItemKind.ACKNOWLEDGE:
        return _acknowledged(node, value)
    if kind in _CHOSEN:
        return _chosen(node, kind, value)
    if not value:
        return ""
    if kind in _FREE_TEXT and node.type == "string":
        refuse_personal(value, confirmed=confirmed, field=node.ref)
    normal = normal_value(node.type, value)
    if normal is None:
        raise _error(
            "VISIT-011",
            _("{value} is no {expected}").format(value=value.strip()[:40], expected=expected_of(node.type)),
            _("{item} takes: {expected}.").format(item=node.label or node.name, expected=expected_of(node.type)),
            node,
        )
    if kind is ItemKind.RANGE:
        _refuse_outside(node, normal)
    return normal


def _refuse_outside(node: Node, value: str) -> None:
    """Refuse a number that the slider of a range cannot reach; a range without numbers as its ends takes all."""
    ends = [number_of(node.parameters.get(name, "")) for name in ("start", "end")]
    number, known = number_of(value), [end for end in ends if end is not None]
    if number is None or len(known) < len(ends) or min(known) <= number <= max(known):
        return
    start, end = node.parameters["start"], node.parameters["end"]
    raise _error(
        "VISIT-011",
        _("{value} is outside the scale").format(value=value),
        _("Type a number from {start} to {end}.").format(start=start, end=end),
        node,
    )


def _acknowledged(node: Node, value: str) -> str:
    text = value.strip()
    if text and text.lower() not in _YES:
        raise _error(
            "VISIT-011",
            _("{value} is no {expected}").format(value=text[:40], expected=ACKNOWLEDGED),
            _("Write OK, or nothing to take it back."),
            node,
        )
    return ACKNOWLEDGED if text else ""


def _chosen(node: Node, kind: ItemKind, value: str) -> str:
    wanted = [value.strip()] if kind is ItemKind.SELECT_ONE else value.split()
    offered = node.choices()
    unknown = [one for one in wanted if one and offered.place(one) < 0]
    if unknown:
        raise _error(
            "VISIT-017",
            _("{value} is not offered at {item}").format(value=", ".join(unknown)[:80], item=node.label or node.name),
            _("Offered now: {choices}").format(choices=", ".join(choice.value for choice in offered[:20])),
            node,
        )
    return " ".join(dict.fromkeys(wanted)) if kind is not ItemKind.SELECT_ONE else wanted[0]
