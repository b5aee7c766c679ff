"""Commands that open the app, and the demo workspace."""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from fieldkit.cli.outcome import Outcome, say
from fieldkit.cli.parser import Command
from fieldkit.cli.session import Session
from fieldkit.errors import StoreError
from fieldkit.i18n import _

__all__ = ["add_commands", "open_app"]


def add_commands(root: Command) -> None:
    """Add ``open`` and ``demo``."""
    parser = root.add("open", open_visit, _("open the app at a visit"), opens=False)
    parser.add_argument("visit", metavar="VISIT")
    parser.add_argument("--ref", metavar="REF", default="", help=_("item to begin at"))
    parser = root.add("demo", demo, _("make a demo workspace and open it"), opens=False)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-open", action="store_true")


def open_app(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Open the app on the workspace."""
    return _start(session, session.home, arguments)


def open_visit(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Open the app in the runner of a visit."""
    return _start(session, session.home, arguments, visit=arguments.visit, ref=arguments.ref)


def demo(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Make a demo workspace and open it."""
    from fieldkit.bootstrap import make_demo

    home = _demo_home(getattr(arguments, "home", None))
    made = make_demo(home, arguments.seed, now=session.now, lang=getattr(arguments, "lang", None))
    lines = [
        _("Demo workspace in {home}").format(home=home),
        _("{subjects} subjects, {visits} visits, {findings} findings").format(**made),
        _("Open it with: fieldkit --home {home}").format(home=home),
    ]
    if not arguments.no_open and not session.as_json:
        # They stay in the terminal when the app has ended, or was killed.
        for line in lines:
            say(line)
        return _start(session, home, arguments)
    return Outcome({"home": str(home), **made}, lines)


def _demo_home(chosen: str | None) -> Path:
    """Return the folder that was chosen; a workspace that the environment names and that is at work stays alone."""
    named = chosen or os.environ.get("FIELDKIT_HOME")
    if named and (chosen or not (Path(named) / "workspace.json").exists()):
        return Path(named)
    return Path(tempfile.mkdtemp(prefix="fieldkit-demo-"))


def _start(session: Session, home: Path, arguments: argparse.Namespace, visit: str = "", ref: str = "") -> Outcome:
    try:
        from fieldkit.app import run
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("fieldkit"):
            raise
        raise StoreError(
            "CLI-004",
            _("The screens need the library {name}").format(name=error.name),
            hint=_("Install Fieldkit again."),
        ) from error
    code = run(
        home,
        visit=visit,
        ref=ref,
        now=session.now,
        lang=getattr(arguments, "lang", None),
        actor=getattr(arguments, "actor", None),
        role=getattr(arguments, "role", None),
        passphrase=session.passphrase,
    )
    return Outcome({}, (), int(code or 0), printed=True)
