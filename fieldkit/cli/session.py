"""One run of the command line: where the workspace is, who acts, what time it is."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from fieldkit.errors import StoreError, UsageError
from fieldkit.i18n import _
from fieldkit.resources import default_home

if TYPE_CHECKING:
    from fieldkit.bootstrap import Opening
    from fieldkit.services.house import Services

__all__ = ["Session", "read_secret"]

SEALED = "STORE-030"
"""Code of the store for a sealed workspace without its passphrase."""


class Session:
    """The options that all commands share, and the services once they are asked for."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.arguments = arguments
        self.as_json: bool = getattr(arguments, "json", False)
        self._services: Services | None = None

    @property
    def home(self) -> Path:
        """Folder of the workspace."""
        chosen = getattr(self.arguments, "home", None)
        if chosen:
            return Path(chosen)
        return default_home()

    @property
    def now(self) -> datetime | None:
        """The fixed moment, or None.

        Raises:
            UsageError: CLI-002 for text that is no moment with offset.
        """
        text = getattr(self.arguments, "now", None)
        if text is None:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            raise UsageError(
                "CLI-002",
                _("--now is no moment with offset: {text}").format(text=text),
                hint=_("Write it like 2026-11-22T09:41:07+08:00."),
                where={"now": text},
            )
        return moment

    @property
    def passphrase(self) -> str | None:
        """The passphrase from a file, or None.

        Raises:
            UsageError: CLI-003 for a file that cannot be read.
        """
        name = getattr(self.arguments, "passphrase_file", None) or os.environ.get("FIELDKIT_PASSPHRASE_FILE")
        return read_secret(Path(name)) if name else None

    @property
    def services(self) -> Services:
        """The services; commands that write get the workspace for writing."""
        if self._services is None:
            from fieldkit.bootstrap import open_services

            home = self.home
            writes = getattr(self.arguments, "writes", False) or not (home / "workspace.json").exists()
            options: Opening = {
                "lang": getattr(self.arguments, "lang", None),
                "actor": getattr(self.arguments, "actor", None),
                "role": getattr(self.arguments, "role", None),
                "now": self.now,
                "read_only": not writes,
                "threaded": False,
                "passphrase": self.passphrase,
            }
            try:
                self._services = open_services(home, **options)
            except StoreError as error:
                if error.code != SEALED or not sys.stdin.isatty():
                    raise
                options["passphrase"] = self.ask_passphrase()
                self._services = open_services(home, **options)
        return self._services

    def reopen_for_writing(self) -> None:
        """Open the workspace again where a command that reads finds that something must be made first."""
        self.close()
        self._services = None
        self.arguments.writes = True

    @staticmethod
    def ask_passphrase() -> str:
        """Ask for the passphrase on the terminal.

        Raises:
            UsageError: CLI-008, there is no terminal.
        """
        if not sys.stdin.isatty():
            raise UsageError(
                "CLI-008",
                _("A passphrase is needed, and there is no terminal to ask it on"),
                hint=_("Give it with --passphrase-file FILE or FIELDKIT_PASSPHRASE_FILE."),
            )
        from getpass import getpass

        return getpass(_("Passphrase: "))

    def close(self) -> None:
        """Give the workspace free."""
        if self._services is not None:
            self._services.close()


def read_secret(path: Path) -> str:
    """Return the first line of a file.

    Raises:
        UsageError: CLI-003, it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8").splitlines()[0]
    except (OSError, IndexError, UnicodeDecodeError) as error:
        raise UsageError(
            "CLI-003",
            _("The passphrase cannot be read from {file}").format(file=path),
            hint=_("Give a file whose first line is the passphrase."),
            where={"file": str(path)},
        ) from error
