"""Commands of the team: add, list, use."""

from __future__ import annotations

import argparse

from fieldkit.cli.outcome import Outcome, table
from fieldkit.cli.parser import Command
from fieldkit.cli.session import Session
from fieldkit.i18n import _
from fieldkit.services.lines import ActorLine

__all__ = ["add_commands"]


def add_commands(root: Command) -> None:
    """Add ``actor …``."""
    group = root.group("actor", _("who is in the team, and who is at the keyboard"))
    parser = group.add("add", actor_add, _("add somebody, or change their roles"), writes=True)
    parser.add_argument("code", metavar="CODE")
    parser.add_argument("--role", dest="roles", metavar="R[,R]", required=True, action="append")
    group.add("list", list_actors, _("list the team"))
    parser = group.add("use", use, _("put somebody at the keyboard"), writes=True)
    parser.add_argument("code", metavar="CODE")


def actor_add(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Add somebody to the team."""
    roles = [role.strip() for text in arguments.roles for role in text.split(",") if role.strip()]
    line = session.services.actors.add(arguments.code, roles)
    return Outcome(_record(line), [f"{line.code} {line.roles_label}"])


def list_actors(session: Session, _arguments: argparse.Namespace) -> Outcome:
    """List the team."""
    lines = session.services.actors.list()
    rows = [("*" if line.current else "", line.code, line.roles_label) for line in lines]
    return Outcome([_record(line) for line in lines], table(rows))


def use(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Put somebody at the keyboard."""
    session.services.actors.use(arguments.code)
    line = next(line for line in session.services.actors.list() if line.code == arguments.code)
    return Outcome(_record(line), [f"{line.code} {line.roles_label}"])


def _record(line: ActorLine) -> dict[str, object]:
    return {"id": line.code, "kind": "actor", "roles": list(line.roles), "current": line.current}
