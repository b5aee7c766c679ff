"""The arguments of the command line: global options anywhere, one small parser for each command."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from fieldkit.errors import UsageError
from fieldkit.i18n import N_, _, ngettext

__all__ = ["Command", "Group", "Parser", "arrange", "leaf_of"]

Group = argparse._SubParsersAction  # noqa: SLF001 - argparse gives its type no public name

_ARGPARSE_TEXTS = (
    N_("usage: "),
    N_("positional arguments"),
    N_("options"),
    N_("show this help message and exit"),
    N_("show program's version number and exit"),
    N_("argument %(argument_name)s: %(message)s"),
    N_("the following arguments are required: %s"),
    N_("one of the arguments %s is required"),
    N_("not allowed with argument %s"),
    N_("unrecognized arguments: %s"),
    N_("invalid choice: %(value)r (choose from %(choices)s)"),
    N_("invalid %(type)s value: %(value)r"),
    N_("ignored explicit argument %r"),
    N_("expected one argument"),
    N_("expected at most one argument"),
    N_("expected at least one argument"),
    N_("expected %s argument"),
)
"""What argparse itself says; it asks the interpreter's catalogue, which follows the environment and not ``--lang``."""


class Parser(argparse.ArgumentParser):
    """A parser that raises instead of leaving, takes no shortened options, and speaks the chosen language."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        vars(argparse).update({"_": _, "ngettext": ngettext})
        options.setdefault("allow_abbrev", False)
        super().__init__(*arguments, **options)

    def error(self, message: str) -> NoReturn:
        """Refuse wrong arguments.

        Raises:
            UsageError: CLI-001, always.
        """
        raise UsageError(
            "CLI-001", message, hint=_("See: {program} --help").format(program=self.prog), where={"command": self.prog}
        )


def globals_parser(*, with_role: bool = True) -> Parser:
    """Return the options that stand before or after any command."""
    parser = Parser(add_help=False, argument_default=argparse.SUPPRESS)
    group = parser.add_argument_group(_("everywhere"))
    group.add_argument("--home", metavar="DIR", help=_("the workspace, everything in one folder"))
    group.add_argument("--lang", choices=("zh_CN", "en"), help=_("language of the messages"))
    group.add_argument("--now", metavar="ISO8601", help=_("fix the clock, with offset (drills and tests)"))
    group.add_argument("--actor", metavar="CODE", help=_("who acts"))
    if with_role:
        group.add_argument("--role", metavar="ROLE", help=_("which of their roles"))
    group.add_argument("--json", action="store_true", help=_("one JSON document on standard output"))
    group.add_argument("--passphrase-file", metavar="FILE", help=_("passphrase of a sealed workspace"))
    return parser


class Command:
    """Adds commands to a parser: the same options everywhere, one handler each."""

    def __init__(self, group: Any, shared: Parser) -> None:
        self._group = group
        self._shared = shared

    def add(
        self, name: str, run: Callable[..., Any], help_text: str, *, writes: bool = False, opens: bool = True
    ) -> argparse.ArgumentParser:
        """Add a command and return its parser.

        Args:
            name: Word of the command.
            run: Its handler, called with the session and the arguments.
            help_text: One line.
            writes: True where the workspace must be writable.
            opens: False where it needs no workspace.
        """
        shared = globals_parser(with_role=False) if run.__name__ == "actor_add" else self._shared
        parser: argparse.ArgumentParser = self._group.add_parser(
            name, parents=[shared], help=help_text, description=help_text
        )
        parser.set_defaults(run=run, writes=writes, opens=opens)
        return parser

    def group(self, name: str, help_text: str) -> Command:
        """Add a word under which several commands stand."""
        parser = self._group.add_parser(name, parents=[self._shared], help=help_text, description=help_text)
        below = parser.add_subparsers(metavar=_("command"), parser_class=Parser, required=True, dest=f"{name}_command")
        return Command(below, self._shared)


def _children(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:  # noqa: SLF001 - argparse offers no public way to its subparsers
        if isinstance(action, Group):
            return dict(action.choices)
    return {}


def _options(parser: argparse.ArgumentParser) -> dict[str, argparse.Action]:
    return parser._option_string_actions  # noqa: SLF001 - nor to its options


def leaf_of(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> tuple[argparse.ArgumentParser, int]:
    """Return the parser of the command that is named, and how many arguments lead to it."""
    index = 0
    while children := _children(parser):
        while index < len(arguments) and arguments[index].startswith("-"):
            index += 1 + _values(_options(parser).get(arguments[index].split("=", 1)[0]), arguments[index])
        if index >= len(arguments) or arguments[index] not in children:
            break
        parser = children[arguments[index]]
        index += 1
    return parser, index


def _values(action: argparse.Action | None, argument: str) -> int:
    return 0 if action is None or action.nargs == 0 or "=" in argument else 1


def arrange(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> list[str]:
    """Return the arguments with options before values, so that both may stand in any order.

    Values that begin with a dash, such as ``-5``, stay values.
    """
    leaf, start = leaf_of(parser, arguments)
    if _children(leaf):
        return list(arguments)
    options = _options(leaf)
    ahead: list[str] = []
    behind: list[str] = []
    rest = list(arguments[start:])
    while rest:
        argument = rest.pop(0)
        action = options.get(argument.split("=", 1)[0])
        if argument == "--":
            behind += rest
            break
        if action is None and not argument.startswith("--"):
            behind.append(argument)
        else:
            ahead.append(argument)
            ahead += _taken(action, argument, rest)
    return [*arguments[:start], *ahead, *(["--", *behind] if behind else [])]


def _taken(action: argparse.Action | None, argument: str, rest: list[str]) -> list[str]:
    """Take the values of an option from the front of the rest; several where each looks like the first."""
    if not _values(action, argument) or not rest:
        return []
    taken = [rest.pop(0)]
    if action is not None and action.nargs == "+":
        mark = str(action.metavar or "").partition("=")[1] or str(action.metavar or "").partition(":")[1]
        while rest and not rest[0].startswith("-") and mark and mark in rest[0]:
            taken.append(rest.pop(0))
    return taken
