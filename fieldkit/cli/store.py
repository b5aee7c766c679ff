"""Commands of the workspace: verify, backup, restore, seal, unseal, doctor."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from typing import Any

from fieldkit.cli.outcome import Outcome, table
from fieldkit.cli.parser import Command
from fieldkit.cli.session import Session, read_secret
from fieldkit.i18n import _

__all__ = ["add_commands"]


def add_commands(root: Command) -> None:
    """Add the commands of the workspace."""
    parser = root.add("verify", verify, _("read everything and report what is wrong"), opens=False)
    parser.add_argument("--repair", action="store_true", help=_("save every readable record into a new journal"))
    parser = root.add("backup", backup, _("write a copy of the workspace"))
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--tinydb", action="store_true", help=_("as one JSON file that TinyDB opens, without evidence"))
    parser = root.add("restore", restore, _("bring a copy back into an empty folder"), opens=False)
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--tinydb", action="store_true", help=_("FILE is the JSON file of a TinyDB"))
    parser = root.add("seal", seal, _("seal the workspace, or change its passphrase"), opens=False)
    parser.add_argument("--new-passphrase-file", metavar="FILE")
    root.add("unseal", unseal, _("write a sealed workspace in plain again"), opens=False)
    root.add("doctor", doctor, _("what may keep Fieldkit from working well here"))


def verify(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Verify the store, or repair it."""
    from fieldkit.store.care import repair_workspace, verify_workspace

    work = repair_workspace if arguments.repair else verify_workspace
    return _report(dict(work(session.home, passphrase=session.passphrase)))


def _report(report: dict[str, Any]) -> Outcome:
    lines = [
        _("{records} records, {operations} operations, {segments} segments: {verdict}").format(
            records=report.get("records", 0),
            operations=report.get("operations", 0),
            segments=report.get("segments", 0),
            verdict=_("good") if report["ok"] else _("problems"),
        )
    ]
    lines += [f"  {problem.get('code', '')} {problem.get('message', '')}" for problem in report["problems"]]
    return Outcome(report, lines, 0 if report["ok"] else 1)


def backup(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Write a copy of the workspace."""
    report = session.services.workspace.backup(Path(arguments.file), tinydb=arguments.tinydb)
    document = {"ok": True, "problems": [], "file": arguments.file, **report}
    return Outcome(
        document,
        [
            _("{operations} operations copied to {file}").format(
                operations=report.get("operations", 0), file=arguments.file
            )
        ],
    )


def restore(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Bring a copy back."""
    from fieldkit.store.care import restore_tinydb, restore_workspace

    bring = restore_tinydb if arguments.tinydb else restore_workspace
    report = dict(bring(Path(arguments.file), session.home))
    document = {"ok": True, "problems": [], **report}
    return Outcome(document, [_("{operations} operations restored to {home}").format(**report)])


def seal(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Seal the workspace, or change its passphrase."""
    from fieldkit.store.care import change_passphrase, seal_workspace, verify_workspace

    passphrase = session.passphrase or session.ask_passphrase()
    if arguments.new_passphrase_file:
        new = read_secret(Path(arguments.new_passphrase_file))
        change_passphrase(session.home, passphrase, new)
        return _report(dict(verify_workspace(session.home, passphrase=new)))
    words = seal_workspace(session.home, passphrase)
    # Compiled forms and the pinyin of names are made again where they are needed, and not in plain.
    shutil.rmtree(session.home / "cache", ignore_errors=True)
    report = dict(verify_workspace(session.home, passphrase=passphrase))
    outcome = _report({**report, "recovery_words": words})
    lines = [_("Write these words down now; they are shown once:"), " ".join(words), *outcome.lines]
    return Outcome(outcome.document, lines, outcome.code)


def unseal(session: Session, _arguments: argparse.Namespace) -> Outcome:
    """Write the workspace in plain again."""
    from fieldkit.store.care import unseal_workspace, verify_workspace

    unseal_workspace(session.home, session.passphrase or session.ask_passphrase())
    return _report(dict(verify_workspace(session.home)))


def doctor(session: Session, _arguments: argparse.Namespace) -> Outcome:
    """Say what may keep Fieldkit from working well here."""
    from fieldkit.services.health import in_words

    report = session.services.workspace.doctor()
    return Outcome(report, table(in_words(report)), 0 if report["ok"] else 1)
