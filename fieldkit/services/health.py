"""What the doctor finds: whatever may keep Fieldkit from working well on this machine, and the same in words."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from fieldkit import __version__
from fieldkit.i18n import N_, _
from fieldkit.services.desk import Desk

__all__ = ["examine", "in_words"]

_LABELS: Mapping[str, str] = {
    "ok": N_("In order"),
    "records": N_("Records"),
    "operations": N_("Operations"),
    "segments": N_("Segments"),
    "version": N_("Version"),
    "python": "Python",
    "system": N_("System"),
    "home": N_("Workspace"),
    "device": N_("Device"),
    "read_only": N_("Read only"),
    "language": N_("Language"),
    "sealed": N_("Sealed"),
    "free_bytes": N_("Free space"),
    "file_system": N_("File system"),
    "problems": N_("Problems"),
}


def examine(desk: Desk, place: Mapping[str, Any], found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a report without answers, names of records or keys.

    Args:
        desk: The workspace.
        place: What the store says of the folder: ``sealed``, ``free_bytes``, ``file_system``, ``problems``.
        found: Problems that others found already, each with ``code`` and ``message``.
    """
    store = desk.store
    counts = [document["n"] for kind in store.kinds() for document in store.documents(kind)]
    own = [dict(problem) for problem in getattr(store, "problems", [])]
    known = {problem.get("code") for problem in own}
    problems = [
        *own,
        *(dict(problem) for problem in place.get("problems", ()) if problem.get("code") not in known),
        *(dict(problem) for problem in found),
        *_terminal_problems(),
        *(
            {"code": "WSP-013", "message": _("The setting {key} is not understood").format(key=doubt.key)}
            for doubt in desk.doubts
        ),
    ]
    return {
        "ok": all(problem.get("severity") == "warning" for problem in problems),
        "records": len(counts),
        "operations": sum(counts),
        "segments": len(list((desk.home / "journal").glob("*.seg"))),
        "problems": problems,
        "version": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "home": str(desk.home),
        "device": store.device,
        "read_only": not os.access(desk.home, os.W_OK),
        "language": desk.settings.language or None,
        "sealed": bool(place.get("sealed")),
        "free_bytes": place.get("free_bytes"),
        "file_system": place.get("file_system") or None,
    }


def _terminal_problems() -> list[dict[str, Any]]:
    problems = []
    # The app puts something of its own in place of sys.stdout, and that names no encoding.
    terminal = getattr(sys.__stdout__, "encoding", None) or ""
    if terminal and terminal.lower().replace("-", "") != "utf8":
        message = _("The terminal writes {name}, not UTF-8").format(name=terminal)
        problems.append({"code": "WSP-011", "message": message})
    if sys.platform == "win32" and "WT_SESSION" not in os.environ:
        message = _("This is not Windows Terminal: typing Chinese may not show")
        problems.append({"code": "WSP-012", "message": message})
    return problems


def in_words(report: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the report as pairs of what and how it is, for people; problems come last, one a pair."""
    rows = [(_(_LABELS.get(name, name)), _shown(name, value)) for name, value in report.items() if name != "problems"]
    rows += [
        (_(_LABELS["problems"]), " ".join(filter(None, (problem.get(key) for key in ("code", "message", "hint")))))
        for problem in report.get("problems", ())
    ]
    return tuple(rows)


def _shown(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name == "free_bytes" and isinstance(value, int):
        return f"{value >> 20} MB"
    return "-" if value is None else str(value)
