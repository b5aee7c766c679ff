"""Commands of field notes: add, list."""

from __future__ import annotations

import argparse

from fieldkit.cli.outcome import Outcome, table
from fieldkit.cli.parser import Command
from fieldkit.cli.session import Session
from fieldkit.i18n import _

__all__ = ["add_commands"]


def add_commands(root: Command) -> None:
    """Add ``note …``."""
    group = root.group("note", _("field notes"))
    parser = group.add("add", add, _("write a note"), writes=True)
    parser.add_argument("--text", required=True, metavar="T")
    parser.add_argument("--subject", default="", metavar="S")
    parser.add_argument("--visit", default="", metavar="V")
    parser.add_argument("--tag", action="append", default=[], metavar="TAG")
    parser.add_argument("--link", default="", metavar="ID", help=_("finding, or key of a question"))
    parser.add_argument("--hearsay", action="store_true")
    parser.add_argument("--confirm", action="store_true", help=_("save although a number looks personal"))
    parser = group.add("list", list_notes, _("list or find notes"))
    parser.add_argument("--find", default="", metavar="TEXT")
    parser.add_argument("--subject", default="", metavar="S")
    parser.add_argument("--visit", default="", metavar="V")


def add(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Write a note."""
    about = {
        "subject": arguments.subject,
        "visit": arguments.visit,
        "tags": [tag for text in arguments.tag for tag in text.split(",")],
        "hearsay": arguments.hearsay,
        "link": arguments.link,
    }
    notes = session.services.notes
    identifier = notes.add(arguments.text, about, confirm=arguments.confirm)
    document = notes.show(identifier)
    return Outcome(document, [f"{document['number']} {document['text']}"])


def list_notes(session: Session, arguments: argparse.Namespace) -> Outcome:
    """List or find notes."""
    services = session.services
    visit = services.records.resolve("visit", arguments.visit) if arguments.visit else ""
    view = services.notes.list(arguments.find, arguments.subject, visit)
    rows = [(line.at[:16], line.actor, line.subject_name, " ".join(line.tags), line.text) for line in view.rows]
    return Outcome([services.notes.show(line.id) for line in view.rows], table(rows))
