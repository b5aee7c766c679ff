"""Commands of findings: add, edit, list, show, move."""

from __future__ import annotations

import argparse
from typing import Any

from fieldkit.cli.outcome import Outcome, table
from fieldkit.cli.parser import Command
from fieldkit.cli.reading import finding_lines
from fieldkit.cli.session import Session
from fieldkit.cli.subjects import pairs
from fieldkit.i18n import _

__all__ = ["add_commands"]

_ATTRIBUTES = (
    "statement",
    "criterion",
    "fact",
    "severity",
    "type",
    "category",
    "confidentiality",
    "cause",
    "source",
    "severity_reason",
)


def add_commands(root: Command) -> None:
    """Add ``finding …``."""
    group = root.group("finding", _("findings"))
    parser = group.add("add", add, _("raise a finding"), writes=True)
    parser.add_argument("--visit", required=True, metavar="V")
    parser.add_argument("--ref", default="", metavar="REF")
    _add_attributes(parser)
    parser = group.add("edit", edit, _("change a draft"), writes=True)
    parser.add_argument("finding", metavar="ID")
    _add_attributes(parser)
    parser = group.add("list", list_findings, _("list or find findings"))
    parser.add_argument("--query", default="", metavar="Q", help=_("for example severity>=S2 -state:void"))
    parser.add_argument("--find", default="", metavar="TEXT")
    parser.add_argument("--limit", type=int, default=0, metavar="N")
    parser = group.add("show", show, _("show a finding"))
    parser.add_argument("finding", metavar="ID")
    parser = group.add("move", move, _("make a move of a finding"), writes=True)
    parser.add_argument("finding", metavar="ID")
    parser.add_argument("event", metavar="EVENT")
    parser.add_argument("--set", dest="fields", metavar="k=v", action="extend", nargs="+", default=[])
    parser.add_argument("--confirm", action="store_true")


def _add_attributes(parser: argparse.ArgumentParser) -> None:
    for name in _ATTRIBUTES:
        parser.add_argument(f"--{name.replace('_', '-')}", dest=name, metavar="T")
    parser.add_argument("--evidence", metavar="CODE:TEXT", action="extend", nargs="+", default=None)
    parser.add_argument("--confirm", action="store_true", help=_("save although a number looks personal"))


def _given(arguments: argparse.Namespace) -> dict[str, Any]:
    return {name: getattr(arguments, name) for name in _ATTRIBUTES if getattr(arguments, name) is not None}


def add(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Raise a finding."""
    findings = session.services.findings
    pieces = findings.pieces(arguments.evidence or ())
    identifier = findings.add(arguments.visit, _given(arguments), arguments.ref, pieces, confirm=arguments.confirm)
    return _shown(session, identifier)


def edit(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Change a draft."""
    findings = session.services.findings
    pieces = None if arguments.evidence is None else findings.pieces(arguments.evidence)
    return _shown(session, findings.edit(arguments.finding, _given(arguments), pieces, confirm=arguments.confirm))


def list_findings(session: Session, arguments: argparse.Namespace) -> Outcome:
    """List or find findings."""
    found = session.services.findings.listed(arguments.query, arguments.find, arguments.limit)
    states, codes = session.services.desk.machines["finding"].states, session.services.desk.codes
    rows = [
        (
            item["number"],
            codes.label("severity", item["severity"]),
            states[item["state"]].label if item["state"] in states else item["state"],
            item["subject"],
            item["statement"],
        )
        for item in found
    ]
    return Outcome(found, table(rows))


def show(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Show a finding."""
    return _shown(session, arguments.finding)


def move(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Make a move of a finding."""
    services = session.services
    result = services.moves.finding(
        arguments.finding, arguments.event, pairs(arguments.fields), confirm=arguments.confirm
    )
    document = {**services.findings.show(arguments.finding), "reasons": [item.as_json() for item in result.reasons]}
    lines = [f"{document['number']} {result.state}", *(f"  {item.code}: {item.message}" for item in result.reasons)]
    return Outcome(document, lines, 0 if result.ok else 1)


def _shown(session: Session, identifier: str) -> Outcome:
    document = session.services.findings.show(identifier)
    return Outcome(document, finding_lines(session.services, identifier))
