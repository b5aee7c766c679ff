"""The whole tree of commands."""

from __future__ import annotations

from fieldkit import __version__
from fieldkit.cli import app, conflicts, findings, forms, keys, notes, store, subjects, sync, team, visits
from fieldkit.cli.parser import Command, Parser, globals_parser
from fieldkit.i18n import _

__all__ = ["build"]


def build() -> Parser:
    """Return the parser of all commands."""
    shared = globals_parser()
    parser = Parser(
        prog="fieldkit",
        parents=[shared],
        description=_("On-site inspection in the terminal. Without a command the app opens."),
    )
    parser.add_argument("--version", action="version", version=f"fieldkit {__version__}")
    root = Command(parser.add_subparsers(metavar=_("command"), parser_class=Parser, dest="command"), shared)
    for module in (app, forms, subjects, team, visits, notes, findings, sync, conflicts, keys, store):
        module.add_commands(root)
    return parser
