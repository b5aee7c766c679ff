"""Times a program in a real pseudo terminal: from its start until a text is on the screen."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import sys
import tempfile
import termios
import time
from collections.abc import Sequence
from pathlib import Path

__all__ = ["BARE", "until_shown"]

ROOT = Path(__file__).resolve().parents[2]
BARE = """
from textual.app import App
from textual.widgets import Label
class Bare(App):
    def compose(self):
        yield Label("hello from a bare app")
Bare().run()
"""
"""A bare app of the same library that shows one label."""


def until_shown(command: Sequence[str], wanted: Sequence[str], *, seconds: float = 60) -> dict[str, float]:
    """Run a program at 100x30 and return the seconds until each text was on the screen; then it is killed."""
    process, terminal = pty.fork()
    if process == 0:
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT)}
        # An installed package has its bytecode; a checkout gets one beside the tree, and the bare app likewise.
        environment["PYTHONPYCACHEPREFIX"] = str(Path(tempfile.gettempdir()) / "fieldkit-bench-bytecode")
        for name in ("COLUMNS", "LINES", "NO_COLOR", "PYTHONDONTWRITEBYTECODE"):
            environment.pop(name, None)
        os.execvpe(command[0], list(command), environment)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    start = time.perf_counter()
    found: dict[str, float] = {}
    output = b""
    try:
        while len(found) < len(wanted) and time.perf_counter() - start < seconds:
            ready, _write, _error = select.select([terminal], [], [], 0.05)
            if not ready:
                continue
            try:
                output += os.read(terminal, 65536)
            except OSError:
                break
            for text in wanted:
                if text not in found and text.encode() in output:
                    found[text] = time.perf_counter() - start
    finally:
        os.kill(process, 9)
        os.waitpid(process, 0)
        os.close(terminal)
    missing = [text for text in wanted if text not in found]
    if missing:
        sys.stderr.write(output.decode("utf-8", "replace")[-2000:])
        raise RuntimeError(f"never shown by {command}: {missing}")
    return found
