"""Starts the terminal app, and the border at which a crash ends calmly: flush, a report without answers, exit 70."""

from __future__ import annotations

import gc
import os
import sys
import traceback
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fieldkit import __version__
from fieldkit.errors import FieldkitError
from fieldkit.i18n import _, language, set_language
from fieldkit.settings import SettingsFile

if TYPE_CHECKING:
    from fieldkit.screens.shell import FieldkitApp
    from fieldkit.services.house import Services

__all__ = ["crash_report", "run"]

EXIT_CRASH = 70


def run(home: Path, *, visit: str = "", ref: str = "", **options: Any) -> int:
    """Run the app on a workspace until it is left.

    Args:
        home: Folder of the workspace.
        visit: Visit to open at once.
        ref: Key or ref of an item of it.
        options: Options of ``fieldkit.bootstrap.open_services``: ``now``, ``lang``, ``actor``, ``role``,
            ``passphrase``.

    Returns:
        The exit code: 0, 3 where the workspace could not be opened, 70 after a crash.
    """
    if "SSH_CONNECTION" in os.environ:
        os.environ.setdefault("TEXTUAL_FPS", "15")
        os.environ.setdefault("TEXTUAL_SMOOTH_SCROLL", "0")
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    # Nothing that a start makes is rubbish: looking for cycles in it costs a tenth of the time to the first data.
    gc.disable()
    from fieldkit.screens.shell import FieldkitApp  # the library reads its environment when it loads
    from fieldkit.screens.terminal_input import accept_any_bytes

    accept_any_bytes()
    # The first page stands before the workspace is open, and speaks its language already.
    set_language(options.get("lang") or SettingsFile.of(home).load()[0].language or language())

    def factory(read_only: bool) -> Services:
        from fieldkit.bootstrap import open_services

        return open_services(home, read_only=read_only, **options)

    app = FieldkitApp(factory, open_visit=visit, open_key=ref, demo=_demo)
    crash: Exception | None = None
    code: int | None = None
    try:
        code = app.run()
    except Exception as error:  # noqa: BLE001 - the border: whatever it was, what is written stays written
        crash = error
    finally:
        gc.enable()
    crash = app.crash or crash
    safe = _close(app)
    if crash is not None:
        path = crash_report(home, crash)
        sys.stderr.write(_("Fieldkit stopped unexpectedly. A report without answers: {path}").format(path=path) + "\n")
        if safe:
            sys.stderr.write(_("Your visit is safe up to {saved}.").format(saved=safe) + "\n")
        return EXIT_CRASH
    if app.failure is not None:
        sys.stderr.write(f"{app.failure.message} [{app.failure.code}]\n")
        if app.failure.hint:
            sys.stderr.write(app.failure.hint + "\n")
        return app.failure.exit_code
    return code or 0


def _demo() -> Services:
    """Make the demo in a folder of its own."""
    import tempfile

    from fieldkit.bootstrap import make_demo, open_services

    home = Path(tempfile.mkdtemp(prefix="fieldkit-demo-"))
    make_demo(home)
    return open_services(home)


def _close(app: FieldkitApp) -> str:
    """Save what is waiting and close the workspace; return the last words of the status."""
    if not app.ready:
        return ""
    safe = ""
    try:
        app.services.writer.flush(timeout=10)
    except FieldkitError as error:
        sys.stderr.write(f"{error.message} [{error.code}]\n")
    status = app.services.runner.status()
    if status.at:
        safe = f"{status.at:%H:%M:%S} #{status.count}"
    if app.crash is None and not app.services.desk.store.read_only:
        app.services.workspace.stopped()
    app.services.close()
    return safe


def crash_report(home: Path, error: BaseException) -> Path:
    """Write what happened, with file names and line numbers and without any value, and return the file.

    Args:
        home: Folder of the workspace.
        error: What was raised.
    """
    # A worker's failure wraps what was raised; the report is about that.
    inner = getattr(error, "error", None)
    error = inner if isinstance(inner, BaseException) else error
    frames = traceback.extract_tb(error.__traceback__)
    lines = [
        f"fieldkit {__version__}  python {sys.version.split()[0]}  {sys.platform}",
        f"{type(error).__module__}.{type(error).__qualname__}",
        *(f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames),
    ]
    path = home / f"crash-{datetime.now().astimezone():%Y%m%dT%H%M%S}.txt"
    try:
        home.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError:
        sys.stderr.write("\n".join(lines) + "\n")
    return path
