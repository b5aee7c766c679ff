"""Commands of conflicts: list, show, resolve."""

from __future__ import annotations

import argparse
import json
from typing import Any

from fieldkit.cli.outcome import Outcome, table
from fieldkit.cli.parser import Command
from fieldkit.cli.session import Session
from fieldkit.i18n import _
from fieldkit.services.lines import ConflictView

__all__ = ["add_commands"]


def add_commands(root: Command) -> None:
    """Add ``conflict …``."""
    group = root.group("conflict", _("fields that copies disagree about"))
    group.add("list", list_conflicts, _("list conflicts"))
    parser = group.add("show", show, _("show a conflict with every value"))
    parser.add_argument("conflict", metavar="ID")
    parser = group.add("resolve", resolve, _("settle a conflict"), writes=True)
    parser.add_argument("conflict", metavar="ID")
    choice = parser.add_mutually_exclusive_group(required=True)
    choice.add_argument("--take", metavar="HEAD", help=_("one of its values"))
    choice.add_argument("--value", metavar="V", help=_("another value"))
    parser.add_argument("--confirm", action="store_true", help=_("save although a number looks personal"))


def list_conflicts(session: Session, _arguments: argparse.Namespace) -> Outcome:
    """List conflicts."""
    found = session.services.conflicts.list()
    rows = [(conflict.id, conflict.title, conflict.label, len(conflict.heads)) for conflict in found]
    return Outcome([_record(conflict) for conflict in found], table(rows))


def show(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Show a conflict."""
    return _shown(session.services.conflicts.view(arguments.conflict))


def resolve(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Settle a conflict."""
    conflicts = session.services.conflicts
    if arguments.take is not None:
        return _shown(conflicts.take(arguments.conflict, arguments.take))
    before = conflicts.view(arguments.conflict)
    value = _value(arguments.value, before)
    return _shown(conflicts.value(arguments.conflict, value, confirm=arguments.confirm))


def _value(text: str, conflict: ConflictView) -> Any:
    """Return a value in the type of the others: plain text where they are texts, else JSON."""
    if all(isinstance(head.value, str) or head.value is None for head in conflict.heads):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _shown(conflict: ConflictView) -> Outcome:
    rows = [(head.head, head.at, head.actor, head.device, head.shown) for head in conflict.heads]
    return Outcome(_record(conflict), [f"{conflict.title} {conflict.label}", *table(rows)])


def _record(conflict: ConflictView) -> dict[str, Any]:
    return {
        "id": conflict.id,
        "kind": "conflict",
        "record": conflict.record,
        "field": conflict.field,
        "title": conflict.title,
        "heads": [
            {"head": head.head, "value": head.value, "device": head.device, "actor": head.actor, "at": head.at}
            for head in conflict.heads
        ],
    }
