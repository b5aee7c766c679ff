"""Commands that follow the exchange: where a record is, and what is held in quarantine."""

from __future__ import annotations

import argparse

from fieldkit.cli.outcome import Outcome, table
from fieldkit.cli.parser import Command
from fieldkit.cli.session import Session
from fieldkit.i18n import N_, _

__all__ = ["add_commands"]

_STATUS = {
    "saved": N_("saved"),
    "exported": N_("exported"),
    "acknowledged": N_("acknowledged"),
    "imported": N_("imported"),
}


def add_commands(root: Command) -> None:
    """Add ``where`` and ``quarantine``."""
    parser = root.add("where", where, _("in which bundle a record left, and who has acknowledged it"))
    parser.add_argument("record", metavar="RECORD")
    parser = root.add("quarantine", quarantine, _("what is held back, and why"), writes=True)
    parser.add_argument("--release", metavar="ID", action="append", default=[], help=_("let it pass; all = everything"))


def where(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Say where each stretch of a record's operations is."""
    view = session.services.whereabouts.named(arguments.record)
    rows = [
        (
            f"{stretch.device} {stretch.first}-{stretch.last}",
            _(_STATUS[stretch.status]),
            (stretch.acknowledged or stretch.exported or stretch.imported or stretch.saved)[:16],
            stretch.bundle[:16],
            stretch.office or stretch.to,
        )
        for stretch in view.stretches
    ]
    return Outcome(view.as_json(), [view.title, *table(rows)])


def quarantine(session: Session, arguments: argparse.Namespace) -> Outcome:
    """List what is held, or let it pass."""
    arrivals = session.services.arrivals
    if arguments.release:
        ids = [line.id for line in arrivals.held()] if "all" in arguments.release else arguments.release
        arrivals.let_pass(ids)
        session.services.sync.release()
    held = arrivals.held()
    document = [
        {
            "id": line.id,
            "record": line.record,
            "field": line.field,
            "device": line.device,
            "reason": line.reason,
            "message": line.why,
            "bundle": line.bundle,
        }
        for line in held
    ]
    rows = [(line.id, line.title, line.why) for line in held]
    return Outcome(document, table(rows) or [_("Nothing is held back.")], 1 if held else 0)
