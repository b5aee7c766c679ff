"""Commands of sync: export, import, outbox, state."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from fieldkit.cli.outcome import Outcome, say, table
from fieldkit.cli.parser import Command
from fieldkit.cli.session import Session
from fieldkit.errors import UsageError
from fieldkit.i18n import N_, _
from fieldkit.model.ids import id_of
from fieldkit.services.sync_view import ImportResult

__all__ = ["add_commands"]

_STATUS = {
    "saved": N_("saved"),
    "exported": N_("exported"),
    "acknowledged": N_("acknowledged"),
    "imported": N_("imported"),
    "known": N_("known"),
    "quarantined": N_("quarantined"),
    "refused": N_("refused"),
}


def _word(status: str) -> str:
    return _(_STATUS.get(status, status))


def add_commands(root: Command) -> None:
    """Add ``export``, ``import``, ``outbox`` and ``state``."""
    parser = root.add("export", export, _("write bundles with what is not acknowledged"), writes=True)
    parser.add_argument("--to", metavar="DIR|URL", help=_("folder, stick or server"))
    parser.add_argument("--recipient", metavar="AGE_KEY", action="append", default=[])
    parser.add_argument("--all", action="store_true", help=_("also what is acknowledged"))
    parser.add_argument(
        "--format", choices=("bundle", "openrosa"), default="bundle", help=_("openrosa: final visits as submissions")
    )
    parser = root.add("import", import_bundles, _("import bundles"), writes=True)
    parser.add_argument("sources", metavar="FILE", nargs="*")
    parser.add_argument("--undo", metavar="BUNDLE", help=_("take a whole import back"))
    parser.add_argument("--require-trust", action="store_true", help=_("only from devices that are trusted"))
    parser.add_argument("--preview", action="store_true", help=_("only say what would change"))
    root.add("outbox", outbox, _("what is saved, exported, acknowledged"))
    root.add("state", state, _("digest and counts of the workspace"))
    parser = root.add("purge", purge, _("remove visits that the office has acknowledged; a summary stays"), writes=True)
    parser.add_argument("--visit", metavar="V", action="append", default=[])
    parser.add_argument("more", metavar="V", nargs="*")


def export(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Write bundles."""
    if arguments.format == "openrosa":
        return _submissions(session, arguments.to)
    sync = session.services.sync
    if arguments.to and sync.is_address(arguments.to):
        result = sync.send(arguments.to, everything=arguments.all, recipients=arguments.recipient)
    else:
        folder = Path(arguments.to) if arguments.to else None
        result = sync.export(folder, everything=arguments.all, recipients=arguments.recipient)
    for warning in result.warnings:
        say(warning)
    document = {
        "bundles": [bundle.as_json() for bundle in result.bundles],
        "operations": result.operations,
        "bytes": result.bytes,
    }
    lines = [
        _("{file}  {operations} operations, {bytes} bytes, check digits {digits}").format(
            file=bundle.file, operations=bundle.operations, bytes=bundle.bytes, digits=bundle.digits
        )
        for bundle in result.bundles
    ]
    return Outcome(document, lines or [_("Nothing to send: everything is acknowledged")])


def _submissions(session: Session, target: str | None) -> Outcome:
    """Write final visits as OpenRosa submissions, or send them to a server."""
    from fieldkit.services.submissions import sends_to_server

    if target is not None and sends_to_server(target):
        rows = session.services.submissions.push(target)
    else:
        rows = session.services.submissions.write(Path(target) if target else session.services.sync.folder())
    failed = sum(row.status == "failed" for row in rows)
    document = {"bundles": [], "operations": 0, "bytes": 0, "submissions": [row.as_json() for row in rows]}
    lines = [
        _("{visit} {form}: {status} {reason}").format(
            visit=row.visit, form=row.form_id, status=row.status, reason=row.reason or row.file
        ).rstrip()
        for row in rows
    ]  # fmt: skip
    return Outcome(document, lines or [_("No final visit is waiting")], 1 if failed else 0)


def import_bundles(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Import bundles."""
    if arguments.undo:
        document = session.services.sync.undo_import(arguments.undo)
        return Outcome(document, [*document["undone"]], 1 if document["kept"] else 0)
    if not arguments.sources:
        raise UsageError("CLI-009", _("Say which bundles or folders to import"), hint=_("fieldkit import FILE…"))
    sources = [Path(source) for source in arguments.sources]
    if arguments.preview:
        return _preview(session, sources)
    result = _imported(session, arguments)
    lines = [
        _("{bundle}: {status}, {new} new, {changed} changed, {conflicts} conflicts {reason}").format(
            bundle=row.bundle, status=_word(row.status), new=row.new, changed=row.changed, conflicts=row.conflicts,
            reason=row.reason,
        ).rstrip()
        for row in result.rows
    ]  # fmt: skip
    return Outcome([row.as_json() for row in result.rows], lines, 0 if result.ok else 1)


def _imported(session: Session, arguments: argparse.Namespace) -> ImportResult:
    sync = session.services.sync
    paths = [Path(source) for source in arguments.sources if not sync.is_address(source)]
    rows = list(sync.import_(paths, require_trust=arguments.require_trust).rows) if paths else []
    for address in arguments.sources:
        if sync.is_address(address):
            received = sync.receive(address, require_trust=arguments.require_trust)
            rows += received.rows
            for notice in received.notices:
                say(notice)
    return ImportResult(tuple(rows))


def _preview(session: Session, sources: list[Path]) -> Outcome:
    preview = session.services.sync.preview(sources)
    document: list[dict[str, Any]] = [
        {
            "bundle": Path(bundle.file).name,
            "status": bundle.status,
            "digits": bundle.digits,
            "device": bundle.device,
            "created": bundle.created,
            "operations": bundle.operations,
            "new": bundle.new,
            "changed": bundle.changed,
            "conflicts": bundle.conflicts,
            "reason": bundle.reason or None,
            "changes": [
                {"record": change.record, "change": change.change, "operations": change.operations}
                for change in bundle.changes
            ],
        }
        for bundle in preview.bundles
    ]
    rows = [
        (bundle.digits, _word(bundle.status), bundle.new, bundle.changed, bundle.conflicts)
        for bundle in preview.bundles
    ]
    return Outcome(document, table(rows))


def outbox(session: Session, _arguments: argparse.Namespace) -> Outcome:
    """List where each record is."""
    found = session.services.sync.outbox()
    document = [
        {
            "id": line.record,
            "kind": line.kind,
            "number": line.number,
            "status": line.status,
            "operations": line.operations,
            "exported": line.exported,
            "acknowledged": line.acknowledged,
        }
        for line in found
    ]
    rows = [(_word(line.status), line.number, f"{line.exported}/{line.operations}", line.title) for line in found]
    return Outcome(document, table(rows))


def purge(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Remove acknowledged visits."""
    result = session.services.purging.run([*arguments.visit, *arguments.more], closed_only=False)
    if result.is_pending:
        say(_("The disk refused to write old files anew; the next opening removes what they still hold"))
    document = {
        "purged": [id_of(record) for record in result.purged],
        "kept": [
            {"record": line.record, "reason": line.reason, "message": line.message, "visit": id_of(line.record)}
            for line in result.kept
        ],
        "evidence": result.evidence,
    }
    lines = [_("{visit}: purged").format(visit=id_of(record)) for record in result.purged]
    lines += [_("{visit}: kept, {reason}").format(visit=line.number, reason=line.message) for line in result.kept]
    return Outcome(document, lines or [_("There is no visit here")], 1 if result.kept else 0)


def state(session: Session, _arguments: argparse.Namespace) -> Outcome:
    """Print digest and counts."""
    document = session.services.sync.state()
    lines = [document["digest"], *(f"{kind}: {count}" for kind, count in document["counts"].items())]
    return Outcome(document, lines)
