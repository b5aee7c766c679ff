"""A real terminal for tests: tmux on a socket of its own."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
FIELDKIT = (sys.executable, "-m", "fieldkit")


class Terminal:
    """A program in a tmux window."""

    def __init__(self, socket: Path, size: tuple[int, int] = (100, 30)) -> None:
        self._socket = str(socket)
        self._size = size

    def _tmux(self, *words: str, check: bool = True) -> str:
        done = subprocess.run(
            ["tmux", "-S", self._socket, "-u", *words],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=30,
        )
        if check and done.returncode:
            raise RuntimeError(f"tmux {words[0]}: {done.stderr}")
        return done.stdout

    def start(self, command: list[str], **environment: str) -> None:
        """Start a program; it may be started again after it ended."""
        wanted = {
            "TERM": "tmux-256color",
            "PYTHONPATH": str(ROOT),
            "LC_ALL": "C.UTF-8",
            "TEXTUAL_ANIMATIONS": "none",
            **environment,
        }
        words = [
            "env",
            "-u",
            "COLUMNS",
            "-u",
            "LINES",
            *(f"{name}={value}" for name, value in wanted.items()),
            *command,
        ]
        script = f"cd {shlex.quote(str(ROOT))} && {shlex.join(words)}; echo EXIT=$?; exec sleep 3600"
        width, height = self._size
        self._tmux("kill-server", check=False)
        for _attempt in range(50):
            try:
                self._tmux("new-session", "-d", "-x", str(width), "-y", str(height), "sh", "-c", script)
            except RuntimeError:
                time.sleep(0.1)
            else:
                break
        self._tmux("set", "-g", "status", "off")
        self._tmux("set", "-s", "escape-time", "0")
        self._tmux("resize-window", "-x", str(width), "-y", str(height))

    def close(self) -> None:
        """End the program and the terminal."""
        self._tmux("kill-server", check=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def keys(self, *names: str) -> None:
        """Press keys by tmux's names."""
        self._tmux("send-keys", *names)

    def send(self, data: bytes) -> None:
        """Send bytes as they are, text or not."""
        self._tmux("send-keys", "-H", *(f"{byte:02x}" for byte in data))

    def type(self, text: str) -> None:
        """Type characters."""
        self._tmux("send-keys", "-l", "--", text)

    def rows(self) -> list[str]:
        """Return the rows that are shown."""
        return self._tmux("capture-pane", "-p").rstrip("\n").split("\n")

    def text(self) -> str:
        """Return what is shown."""
        return "\n".join(self.rows())

    def cursor(self) -> tuple[int, int]:
        """Return column and row of the terminal's cursor."""
        column, row = self._tmux("display", "-p", "#{cursor_x},#{cursor_y}").strip().split(",")
        return int(column), int(row)

    def resize(self, width: int, height: int) -> None:
        """Give the window another size."""
        self._tmux("resize-window", "-x", str(width), "-y", str(height))

    def pipe(self, log: Path) -> None:
        """Write every byte of the program into a file from now on."""
        log.touch()
        self._tmux("pipe-pane", f"cat >> {shlex.quote(str(log))}")

    def child(self) -> int:
        """Return the process of the program, which runs below the shell of the window."""
        shell = self._tmux("display", "-p", "#{pane_pid}").strip()
        found = Path(f"/proc/{shell}/task/{shell}/children").read_text(encoding="ascii").split()
        return int(found[0])

    def wait(self, condition: Callable[[str], bool], what: str = "", seconds: float = 30) -> str:
        """Wait until the screen satisfies a condition, and return it."""
        end = time.monotonic() + seconds
        while True:
            shown = self.text()
            if condition(shown):
                return shown
            if time.monotonic() > end:
                raise AssertionError(f"never seen: {what}\n{shown}")
            time.sleep(0.03)

    def see(self, text: str, seconds: float = 30) -> str:
        """Wait until a text is shown."""
        return self.wait(lambda shown: text in shown, text, seconds)

    def settled(self, seconds: float = 0.25) -> str:
        """Wait until the screen stands still, and return it."""
        before = self.text()
        end = time.monotonic() + 20
        still = time.monotonic()
        while time.monotonic() < end:
            time.sleep(0.05)
            shown = self.text()
            if shown != before:
                before, still = shown, time.monotonic()
            elif time.monotonic() - still >= seconds:
                break
        return before


def fieldkit(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the product on a workspace."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [*FIELDKIT, "--home", str(home), *words]
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", check=False, env=environment, timeout=120
    )
