"""Times a program in a real pseudo terminal: its start until a text is on the screen, a key until it is answered."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import sys
import tempfile
import termios
import time
from collections.abc import Sequence
from pathlib import Path

__all__ = ["BARE", "ROOT", "keys_of_bare", "keys_of_runner", "until_shown"]

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

_BARE_KEYS = """
import os, sys
from textual.app import App
from textual.widgets import Label
told, file = os.open(sys.argv[1], os.O_WRONLY), open(sys.argv[2], "ab", buffering=0)
class Bare(App):
    def compose(self):
        yield Label("hello from a bare app")
    def on_key(self, event):
        file.write(b"x" * 300 + b"\\n")
        os.fsync(file.fileno())
        os.write(told, b".")
Bare().run()
"""
"""The same with a handler that does nothing but one append and fsync; it says through a pipe when that is done."""

_PAUSE = 0.03
"""Seconds between two keys: a fast typist, and time for all that a key leaves behind."""


class _Terminal:
    """A program in a terminal of 100x30."""

    def __init__(self, command: Sequence[str]) -> None:
        self.process, self.fd = pty.fork()
        if self.process == 0:
            environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT)}
            # An installed package has its bytecode; a checkout gets one beside the tree, and the bare app likewise.
            environment["PYTHONPYCACHEPREFIX"] = str(Path(tempfile.gettempdir()) / "fieldkit-bench-bytecode")
            for name in ("COLUMNS", "LINES", "NO_COLOR", "PYTHONDONTWRITEBYTECODE"):
                environment.pop(name, None)
            os.execvpe(command[0], list(command), environment)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        self.output = b""

    def read(self, seconds: float) -> bool:
        """Take what the program wrote within some seconds; False where it wrote nothing."""
        if not select.select([self.fd], [], [], seconds)[0]:
            return False
        try:
            self.output += os.read(self.fd, 65536)
        except OSError:
            return False
        return True

    def quiet(self, seconds: float) -> None:
        """Read until nothing was written for some seconds."""
        while self.read(seconds):
            pass

    def until(self, wanted: str, seconds: float) -> float:
        """Read until a pattern was written and return the moment.

        Raises:
            RuntimeError: It never was.
        """
        pattern, end = re.compile(wanted.encode()), time.perf_counter() + seconds
        while time.perf_counter() < end:
            if self.read(0.05) and pattern.search(self.output):
                return time.perf_counter()
        sys.stderr.write(self.output.decode("utf-8", "replace")[-2000:])
        raise RuntimeError(f"never shown: {wanted}")

    def press(self, key: str) -> float:
        """Send a key and return the moment before; what was read until then is forgotten."""
        time.sleep(_PAUSE)
        self.quiet(0)
        self.output = b""
        start = time.perf_counter()
        os.write(self.fd, key.encode())
        return start

    def kill(self) -> None:
        """End the program at once."""
        os.kill(self.process, 9)
        os.waitpid(self.process, 0)
        os.close(self.fd)


def until_shown(command: Sequence[str], wanted: Sequence[str], *, seconds: float = 60) -> dict[str, float]:
    """Run a program at 100x30 and return the seconds until each text was on the screen; then it is killed."""
    terminal = _Terminal(command)
    start = time.perf_counter()
    found: dict[str, float] = {}
    try:
        while len(found) < len(wanted) and time.perf_counter() - start < seconds:
            terminal.read(0.05)
            for text in wanted:
                if text not in found and text.encode() in terminal.output:
                    found[text] = time.perf_counter() - start
    finally:
        terminal.kill()
    missing = [text for text in wanted if text not in found]
    if missing:
        sys.stderr.write(terminal.output.decode("utf-8", "replace")[-2000:])
        raise RuntimeError(f"never shown by {command}: {missing}")
    return found


def keys_of_bare(folder: Path, count: int) -> list[float]:
    """Return the seconds from each key in a bare app to the end of one append and fsync; it paints nothing."""
    pipe = folder / "told"
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe)
    told = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    terminal = _Terminal([sys.executable, "-c", _BARE_KEYS, str(pipe), str(folder / "keys.bin")])
    taken = []
    try:
        terminal.until("hello from a bare app", 20)
        terminal.quiet(1)
        for number in range(count):
            start = terminal.press("12"[number % 2])
            if not select.select([told], [], [], 5)[0]:
                raise RuntimeError("the bare app took no key")
            taken.append(time.perf_counter() - start)
            os.read(told, 1)
    finally:
        terminal.kill()
        os.close(told)
    return taken


def keys_of_runner(command: Sequence[str], count: int) -> list[float]:
    """Return the seconds from each answering key until the terminal shows it as saved.

    Args:
        command: Opens the app on a visit whose questions offer choices 1 and 2, none of them answered so far.
        count: Keys; each answers the question that the one before led to.

    Raises:
        RuntimeError: A key was never shown as saved under the next number.
    """
    terminal = _Terminal(command)
    taken = []
    try:
        terminal.until(r"saved [^#]*#\d+", 30)
        terminal.quiet(1)
        durable = int(re.findall(rb"saved [^#]*#(\d+)", terminal.output)[-1])
        for number in range(1, count + 1):
            start = terminal.press("12"[number % 2])
            taken.append(terminal.until(f"#{durable + number}(?!\\d)", 5) - start)
    finally:
        terminal.kill()
    return taken
