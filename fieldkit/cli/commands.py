"""The whole tree of commands."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from fieldkit import __version__
from fieldkit.cli.parser import Command, Parser, globals_parser
from fieldkit.i18n import _

__all__ = ["build"]

_MODULES = {
    "app": ("open", "demo"),
    "forms": ("form",),
    "subjects": ("subject",),
    "team": ("actor",),
    "visits": ("visit", "fill"),
    "notes": ("note",),
    "findings": ("finding",),
    "sync": ("export", "import", "outbox", "state"),
    "exchange": ("where", "quarantine"),
    "conflicts": ("conflict",),
    "keys": ("key", "receipt", "qr"),
    "store": ("verify", "backup", "restore", "seal", "unseal", "doctor"),
}
"""Modules of commands with the words that they add."""


def build(words: Sequence[str] | None = None) -> Parser:
    """Return the parser of all commands, or of the one module that the words need.

    Args:
        words: The command line; where its first command is known the others are left out, which saves time.
            None gives all commands.
    """
    shared = globals_parser()
    parser = Parser(
        prog="fieldkit",
        parents=[shared],
        description=_("On-site inspection in the terminal. Without a command the app opens."),
    )
    parser.add_argument("--version", action="version", version=f"fieldkit {__version__}")
    root = Command(parser.add_subparsers(metavar=_("command"), parser_class=Parser, dest="command"), shared)
    for name in _MODULES if words is None else _needed(words):
        import_module(f"fieldkit.cli.{name}").add_commands(root)
    return parser


def _needed(words: Sequence[str]) -> Sequence[str]:
    known = {word: module for module, commands in _MODULES.items() for word in commands}
    values = {"--home", "--lang", "--now", "--actor", "--role", "--passphrase-file"}
    previous = ""
    for word in words:
        if previous not in values and not word.startswith("-"):
            return (known[word],) if word in known else tuple(_MODULES)
        previous = word
    # Without a command the app opens: only help lists them all.
    return tuple(_MODULES) if {"-h", "--help"} & set(words) else ("app",)
