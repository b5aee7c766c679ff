"""Commands of forms: check, add, list, show."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from fieldkit.cli.outcome import Outcome, table
from fieldkit.cli.parser import Command
from fieldkit.cli.session import Session
from fieldkit.i18n import _

__all__ = ["add_commands"]


def add_commands(root: Command) -> None:
    """Add ``form …``."""
    group = root.group("form", _("checklists"))
    parser = group.add("check", check, _("compile forms without adding them"), opens=False)
    parser.add_argument("files", metavar="FILE", nargs="+")
    parser = group.add("add", add, _("add an XLSForm workbook or an XForm"), writes=True)
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--media", metavar="DIR", help=_("folder with the form's files"))
    group.add("list", list_forms, _("list all forms"))
    parser = group.add("show", show, _("show a form"))
    parser.add_argument("form", metavar="ID")


def check(_session: Session, arguments: argparse.Namespace) -> Outcome:
    """Compile forms without adding them."""
    from fieldkit.io.formcheck import check as check_file

    results: list[dict[str, Any]] = []
    lines: list[str] = []
    for name in arguments.files:
        result: dict[str, Any] = check_file(Path(name)).as_json()
        results.append(result)
        lines.append(
            _("{file}: {verdict}, {form} {version}, {questions} questions").format(
                file=name,
                verdict=_("good") if result["ok"] else _("refused"),
                form=result["form_id"] or "-",
                version=result["version"] or "-",
                questions=result["questions"],
            )
        )
        lines += [_problem_line(problem) for problem in result["problems"]]
    return Outcome(results, lines, 0 if all(result["ok"] for result in results) else 1)


def _problem_line(problem: dict[str, Any]) -> str:
    place = " ".join(str(problem[name]) for name in ("sheet", "row", "column") if problem.get(name))
    hint = f" ({problem['hint']})" if problem.get("hint") else ""
    return f"  {problem['severity']} {problem['code']} {place}: {problem['message']}{hint}"


def add(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Add a form."""
    media = Path(arguments.media) if arguments.media else None
    info = session.services.forms.add(Path(arguments.file), media)
    return Outcome(
        info.as_json(),
        [
            _("{form} {version}: {title}, {questions} questions").format(
                form=info.form_id, version=info.version, title=info.title, questions=info.questions
            )
        ],
    )


def list_forms(session: Session, _arguments: argparse.Namespace) -> Outcome:
    """List all forms."""
    forms = session.services.forms.list()
    rows = [(info.form_id, info.version, info.hash[:12], info.questions, info.title) for info in forms]
    return Outcome([info.as_json() for info in forms], table(rows))


def show(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Show a form."""
    document = session.services.forms.show(arguments.form)
    return Outcome(document, [f"{key}: {value}" for key, value in document.items() if not isinstance(value, list)])
