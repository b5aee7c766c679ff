"""Commands of visits: start, answer, repeat, undo, redo, show, list, attach, seen, move; and fill."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from fieldkit.cli.outcome import Outcome, dump, table
from fieldkit.cli.parser import Command
from fieldkit.cli.reading import visit_lines
from fieldkit.cli.session import Session
from fieldkit.cli.subjects import pairs
from fieldkit.errors import FieldkitError, StoreError, UsageError
from fieldkit.i18n import _, in_language

__all__ = ["add_commands"]


def add_commands(root: Command) -> None:
    """Add ``visit …`` and ``fill``."""
    group = root.group("visit", _("visits"))
    parser = group.add("start", start, _("begin a visit"), writes=True)
    parser.add_argument("--subject", required=True, metavar="S")
    parser.add_argument("--form", required=True, action="append", metavar="F")
    parser.add_argument("--campaign", default="", metavar="C")
    parser.add_argument("--mode", default="", metavar="M", help=_("ann, unann or recheck"))
    _add_answering(group)
    parser = group.add("show", show, _("show a visit with all answers"))
    parser.add_argument("visit", metavar="VISIT")
    parser = group.add("list", list_visits, _("list visits"))
    parser.add_argument("--subject", default="", metavar="S")
    parser.add_argument("--state", default="", metavar="S")
    parser = group.add("attach", attach, _("give a file as evidence"), writes=True)
    parser.add_argument("visit", metavar="VISIT")
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--ref", default="", metavar="REF")
    parser.add_argument("--code", default="D", metavar="CODE")
    parser.add_argument("--confirm", action="store_true", help=_("save although a number looks personal"))
    parser = group.add("seen", seen, _("note evidence that was seen and not copied"), writes=True)
    parser.add_argument("visit", metavar="VISIT")
    parser.add_argument("--text", required=True, metavar="T")
    parser.add_argument("--ref", default="", metavar="REF")
    parser.add_argument("--code", default="O", metavar="CODE")
    parser.add_argument("--confirm", action="store_true")
    parser = group.add("move", move, _("make a move of the visit"), writes=True)
    parser.add_argument("visit", metavar="VISIT")
    parser.add_argument("event", metavar="EVENT")
    parser.add_argument("--set", dest="fields", metavar="k=v", action="extend", nargs="+", default=[])
    parser.add_argument("--confirm", action="store_true", help=_("save although a number looks personal"))
    parser = root.add("fill", fill, _("fill a visit line by line"), writes=True)
    parser.add_argument("visit", metavar="VISIT")
    parser.add_argument("--plain", action="store_true", help=_("for pipes and screen readers"))


def _add_answering(group: Command) -> None:
    parser = group.add("answer", answer, _("answer items"), writes=True)
    parser.add_argument("visit", metavar="VISIT")
    parser.add_argument("answers", metavar="REF VALUE", nargs="*")
    parser.add_argument("--stdin", action="store_true", help=_("read lines REF<TAB>VALUE"))
    parser.add_argument("--reason", default="", metavar="T")
    parser.add_argument("--confirm", action="store_true", help=_("save although a number looks personal"))
    parser = group.add("repeat", repeat, _("add or remove rows"), writes=True)
    parser.add_argument("visit", metavar="VISIT")
    parser.add_argument("ref", metavar="REF")
    choice = parser.add_mutually_exclusive_group(required=True)
    choice.add_argument("--add", action="store_true")
    choice.add_argument("--remove", type=int, metavar="N")
    parser.add_argument("--reason", default="", metavar="T")
    for name, run, text in (("undo", undo, _("take back the last write")), ("redo", redo, _("make it again"))):
        parser = group.add(name, run, text, writes=True)
        parser.add_argument("visit", metavar="VISIT")
        parser.add_argument("--reason", default="", metavar="T")


def start(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Begin a visit."""
    visits = session.services.visits
    forms = [name for text in arguments.form for name in text.split(",")]
    visit = visits.start(arguments.subject, forms, arguments.campaign, arguments.mode)
    line = visits.line(visit)
    return Outcome({"visit": visit, "number": line.number}, [f"{line.number} {visit}"])


def answer(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Answer items given as arguments or line by line."""
    if arguments.stdin:
        return _answer_lines(session, arguments)
    words = arguments.answers
    if not words or len(words) % 2:
        raise UsageError(
            "CLI-007",
            _("Items and values come in pairs: REF VALUE"),
            hint=_('Clear an answer with an empty value: "".'),
        )
    visit = session.services.visits.resolve(arguments.visit)
    results = [
        _one_answer(session, arguments, visit, ref, value) for ref, value in zip(words[::2], words[1::2], strict=True)
    ]
    lines = [_answer_line(result) for result in results]
    return Outcome(results, lines, 1 if any("error" in result for result in results) else 0)


def _one_answer(session: Session, arguments: argparse.Namespace, visit: str, ref: str, value: str) -> dict[str, Any]:
    try:
        return session.services.visits.answer(visit, ref, value, arguments.reason, confirm=arguments.confirm)
    except (StoreError, UsageError):
        raise
    except FieldkitError as error:
        return {"ref": ref, "error": error.as_json()}


def _answer_line(result: dict[str, Any]) -> str:
    if "error" in result:
        return f"{result['ref']}: {result['error']['code']} {result['error']['message']}"
    violation = f"  ! {result['violation']['message']}" if result["violation"] else ""
    return f"{result['ref']} = {result['value']}{violation}"


def _answer_lines(session: Session, arguments: argparse.Namespace) -> Outcome:
    visit = session.services.visits.resolve(arguments.visit)
    code = 0
    for line in iter(sys.stdin.readline, ""):
        text = line.rstrip("\r\n")
        if not text.strip():
            continue
        ref, _tab, value = text.partition("\t")
        result = _one_answer(session, arguments, visit, ref.strip(), value)
        code = max(code, int("error" in result))
        sys.stdout.write(dump(result) + "\n")
        sys.stdout.flush()
    return Outcome(None, (), code, printed=True)


def repeat(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Add or remove a row."""
    visits = session.services.visits
    if arguments.add:
        document = visits.add_row(arguments.visit, arguments.ref, arguments.reason)
    else:
        document = visits.remove_row(arguments.visit, arguments.ref, arguments.remove, arguments.reason)
    return Outcome(document, [f"{document['ref']}: {document['count']}"])


def undo(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Take back the last write."""
    document = session.services.visits.undo(arguments.visit, arguments.reason)
    return Outcome(document, [f"{document['undone']['ref']} = {document['undone']['value']}"])


def redo(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Make the last undone write again."""
    document = session.services.visits.redo(arguments.visit, arguments.reason)
    return Outcome(document, [f"{document['redone']['ref']} = {document['redone']['value']}"])


def show(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Show a visit."""
    services = session.services
    document = services.visits.show(arguments.visit, services.findings.of_visit)
    return Outcome(document, visit_lines(services, document))


def list_visits(session: Session, arguments: argparse.Namespace) -> Outcome:
    """List visits."""
    states = session.services.desk.machines["visit"].states
    if arguments.state and arguments.state not in states:
        raise UsageError(
            "CLI-010",
            _("There is no state {name}").format(name=arguments.state),
            hint=_("Known: {names}").format(names=", ".join(states)),
            where={"argument": "--state"},
        )
    found = session.services.visit_list.list(arguments.subject, arguments.state)
    document = [
        {
            "id": line.id,
            "visit": line.id,
            "kind": "visit",
            "number": line.number,
            "subject": line.subject,
            "subject_name": line.subject_name,
            "forms": list(line.forms),
            "state": line.state,
            "revision": line.revision,
            "started": line.started,
            "changed": line.changed,
            "operations": line.operations,
            "findings": line.findings,
            "conflicts": line.conflicts,
        }
        for line in found
    ]
    rows = [
        (line.number, line.state_label, line.started[:10], line.subject_name, ", ".join(map(in_language, line.titles)))
        for line in found
    ]
    return Outcome(document, table(rows))


def attach(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Give a file as evidence."""
    view = session.services.evidence.attach(
        arguments.visit, Path(arguments.file), arguments.ref, arguments.code, confirm=arguments.confirm
    )
    document = {
        "id": view.id,
        "code": view.code,
        "sha256": view.sha256,
        "bytes": view.bytes,
        "name": view.name,
        "type": view.type,
    }
    return Outcome(document, [f"{view.code} {view.name} {view.bytes} {view.sha256}"])


def seen(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Note something seen and not copied."""
    view = session.services.evidence.seen(
        arguments.visit, arguments.text, arguments.ref, arguments.code, confirm=arguments.confirm
    )
    document = {"id": view.id, "code": view.code, "sha256": None, "bytes": 0, "name": view.text, "text": view.text}
    return Outcome(document, [f"{view.code} {view.text}"])


def move(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Make a move of the visit."""
    result = session.services.moves.visit(
        arguments.visit, arguments.event, pairs(arguments.fields), confirm=arguments.confirm
    )
    document = {
        "visit": session.services.visits.resolve(arguments.visit),
        "state": result.state,
        "reasons": [reason.as_json() for reason in result.reasons],
    }
    lines = [result.state, *(f"  {reason.code}: {reason.message}" for reason in result.reasons)]
    sheets = session.services.visits.sheets(arguments.visit) if result.state == "fed" else ()
    if sheets:
        document["sheet"] = sheets[-1]
        lines.append(_("feedback sheet {number}").format(number=sheets[-1]))
    return Outcome(document, lines, 1 if result.reasons else 0)


def fill(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Fill a visit line by line."""
    from fieldkit.cli.plain import Plain

    return Plain(session.services, sys.stdin, sys.stdout).run(arguments.visit)
