"""Commands of the register: import, add, edit, list, show."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from fieldkit.cli.outcome import Outcome, table
from fieldkit.cli.parser import Command
from fieldkit.cli.reading import subject_lines
from fieldkit.cli.session import Session
from fieldkit.errors import UsageError
from fieldkit.i18n import _
from fieldkit.model.register import COLUMNS

__all__ = ["add_commands", "pairs"]


def add_commands(root: Command) -> None:
    """Add ``subject …``."""
    group = root.group("subject", _("the register of subjects"))
    parser = group.add("import", import_file, _("import a list in CSV or XLSX"), writes=True)
    parser.add_argument("file", metavar="FILE")
    parser = group.add("add", add, _("add a subject"), writes=True)
    parser.add_argument("cells", metavar="k=v", nargs="*")
    for column in COLUMNS:
        parser.add_argument(f"--{column.replace('_', '-')}", dest=f"column_{column}", metavar="TEXT")
    parser.add_argument("--confirm", action="store_true", help=_("save although a number looks personal"))
    parser = group.add("edit", edit, _("change columns of a subject"), writes=True)
    parser.add_argument("subject", metavar="ID")
    parser.add_argument("cells", metavar="k=v", nargs="+")
    parser.add_argument("--confirm", action="store_true", help=_("save although a number looks personal"))
    parser = group.add("list", list_subjects, _("list or find subjects"))
    parser.add_argument("--kind", default="", metavar="K")
    parser.add_argument("--find", default="", metavar="TEXT", help=_("code, Chinese, pinyin or initials"))
    parser = group.add("show", show, _("show a subject"))
    parser.add_argument("subject", metavar="ID")


def pairs(words: Sequence[str], known: Sequence[str] = ()) -> dict[str, str]:
    """Return ``k=v`` words as a mapping.

    Raises:
        UsageError: CLI-005 for a word without ``=``, CLI-006 for a name that is not known.
    """
    values: dict[str, str] = {}
    for word in words:
        name, sign, value = word.partition("=")
        if not sign or not name:
            raise UsageError(
                "CLI-005",
                _("{word} is not of the form name=value").format(word=word),
                hint=_("Write for example band=hill."),
                where={"argument": word},
            )
        if known and name not in known:
            raise UsageError(
                "CLI-006",
                _("There is no field {name}").format(name=name),
                hint=_("Known: {names}").format(names=", ".join(known)),
                where={"argument": word},
            )
        values[name] = value
    return values


def import_file(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Import a list of subjects."""
    done = session.services.subjects.import_file(Path(arguments.file))
    lines = [
        _("{added} added, {changed} changed, {unchanged} unchanged, {refused} refused").format(
            added=done.added, changed=done.changed, unchanged=done.unchanged, refused=len(done.refused)
        )
    ]
    lines += [
        _("row {row} {column}: {code} {message}").format(
            row=row.row, column=row.column, code=row.code, message=row.message
        )
        for row in done.refused
    ]
    document = {
        "added": done.added,
        "changed": done.changed,
        "unchanged": done.unchanged,
        "refused": [row.as_json() for row in done.refused],
    }
    return Outcome(document, lines, 1 if done.refused else 0)


def add(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Add a subject."""
    given = {column: getattr(arguments, f"column_{column}") for column in COLUMNS}
    values = {column: text for column, text in given.items() if text is not None}
    values.update(pairs(arguments.cells, COLUMNS))
    identifier = session.services.subjects.add(values, confirm=arguments.confirm)
    return _shown(session, identifier)


def edit(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Change a subject."""
    identifier = session.services.subjects.edit(
        arguments.subject, pairs(arguments.cells, COLUMNS), confirm=arguments.confirm
    )
    return _shown(session, identifier)


def list_subjects(session: Session, arguments: argparse.Namespace) -> Outcome:
    """List or find subjects.

    Raises:
        UsageError: CLI-010, there is no kind of this name.
    """
    kinds = session.services.desk.codes.lists["subject_kind"]
    if arguments.kind and arguments.kind not in kinds:
        raise UsageError(
            "CLI-010",
            _("There is no kind {name}").format(name=arguments.kind),
            hint=_("Known: {names}").format(names=", ".join(kinds)),
            where={"argument": "--kind"},
        )
    view = session.services.subjects.list(arguments.kind, arguments.find)
    document = [
        {
            "id": line.id,
            "kind": line.kind,
            "name_zh": line.name_zh,
            "name_en": line.name_en,
            "parent": line.parent,
            "band": line.band,
            "visits": line.visits,
            "findings": line.findings,
        }
        for line in view.rows
    ]
    rows = [("  " * line.depth + line.id, line.kind_label, line.name) for line in view.rows]
    return Outcome(document, table(rows))


def show(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Show a subject."""
    return _shown(session, arguments.subject)


def _shown(session: Session, identifier: str) -> Outcome:
    document = session.services.subjects.show(identifier)
    return Outcome(document, subject_lines(session.services, identifier))
