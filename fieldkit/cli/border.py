"""The border of the command line: arguments in, exit code out, and never a traceback for a person."""

from __future__ import annotations

import argparse
import io
import os
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

from fieldkit.cli.outcome import Outcome, print_error, print_outcome, say
from fieldkit.cli.parser import Parser, arrange
from fieldkit.cli.session import Session
from fieldkit.errors import FieldkitError
from fieldkit.i18n import _, locale_language, set_language

__all__ = ["run"]

INTERNAL_ERROR = 70


def run(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code: 0, 1, 2, 3 or 70."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in words
    _speak(words)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    session: Session | None = None
    try:
        session = Session(_parse(words))
        return _run(session)
    except FieldkitError as error:
        return print_error(error, as_json=as_json)
    except BrokenPipeError:
        # Whoever read our output has gone: point it nowhere, so that leaving stays silent.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        say(_("stopped"))
        return 1
    except Exception:  # noqa: BLE001 - the border: a crash file and exit 70 instead of a traceback
        return _crash(session, as_json=as_json)
    finally:
        if session is not None:
            session.close()


def _speak(words: list[str]) -> None:
    chosen = ""
    for index, word in enumerate(words):
        if word == "--lang" and index + 1 < len(words):
            chosen = words[index + 1]
        elif word.startswith("--lang="):
            chosen = word.partition("=")[2]
    set_language(chosen or locale_language())


def _parse(words: list[str]) -> argparse.Namespace:
    from fieldkit.cli.commands import build

    parser: Parser = build(words)
    return parser.parse_args(arrange(parser, words))


def _run(session: Session) -> int:
    command = getattr(session.arguments, "run", None)
    if command is None:
        from fieldkit.cli.app import open_app

        command = open_app
    outcome: Outcome = command(session, session.arguments)
    return print_outcome(outcome, as_json=session.as_json)


def _crash(session: Session | None, *, as_json: bool) -> int:
    home = session.home if session is not None else Path.cwd()
    folder = home if home.is_dir() else Path.cwd()
    path = folder / f"crash-{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{os.getpid()}.txt"
    try:
        path.write_text(traceback.format_exc(), encoding="utf-8")
        place = str(path)
    except OSError:
        traceback.print_exc()
        place = ""
    error = FieldkitError(
        "CLI-070",
        _("Fieldkit stopped unexpectedly"),
        hint=_("What was saved is safe. The details are in {file}").format(file=place or "-"),
        where={"file": place},
    )
    print_error(error, as_json=as_json)
    return INTERNAL_ERROR
