"""Long lists in the real app: first paint and keys over a large workspace, in a pseudo terminal.

``python -m tests.benchmarks lists`` builds 100,000 visits of 60 answers and 1,000,000 findings first (many minutes);
``--quick`` a hundredth of it. ``FIELDKIT_BENCH_HOME`` names a workspace made by ``tests.benchmarks.lists_work``.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import shutil
import statistics
import struct
import sys
import tempfile
import termios
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pyte

from tests.benchmarks.lists_work import Size, build
from tests.benchmarks.report import Goal, Row
from tests.benchmarks.runner_pty import ROOT

__all__ = ["run"]

_FULL = Size(100_000, 1_000_000, 2_000)
_QUICK = Size(1_000, 10_000, 200)
_WIDTH, _HEIGHT = 120, 34
_SECONDS = 60.0
_DOWN, _UP, _END, _HOME = b"\x1b[6~", b"\x1b[5~", b"\x1b[F", b"\x1b[H"


class _Terminal:
    """The app in a terminal that is read as a person reads it."""

    def __init__(self, home: Path) -> None:
        self._screen = pyte.Screen(_WIDTH, _HEIGHT)
        self._stream = pyte.ByteStream(self._screen)
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            environment = {
                **os.environ,
                "TERM": "xterm-256color",
                "PYTHONPATH": str(ROOT),
                "TEXTUAL_ANIMATIONS": "none",
            }
            environment["PYTHONPYCACHEPREFIX"] = str(Path(tempfile.gettempdir()) / "fieldkit-bench-bytecode")
            os.execvpe(
                sys.executable, [sys.executable, "-m", "fieldkit", "--home", str(home), "--lang", "en"], environment
            )
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", _HEIGHT, _WIDTH, 0, 0))

    def rows(self) -> list[str]:
        """Return the lines of the screen."""
        return list(self._screen.display)

    def until(self, shown: Callable[[list[str]], bool], keys: bytes = b"") -> float:
        """Press keys and return the seconds until the screen shows something."""
        start = arrived = time.perf_counter()
        if keys:
            os.write(self._terminal, keys)
        while not shown(self.rows()):
            if time.perf_counter() - start > _SECONDS:
                raise RuntimeError("never shown:\n" + "\n".join(self.rows()))
            ready, _write, _error = select.select([self._terminal], [], [], 0.05)
            if ready:
                data = os.read(self._terminal, 1 << 16)
                arrived = time.perf_counter()
                self._stream.feed(data)
        return arrived - start

    def rest(self, seconds: float) -> None:
        """Let the app be for a while."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            if select.select([self._terminal], [], [], 0.02)[0]:
                self._stream.feed(os.read(self._terminal, 1 << 16))

    def memory(self) -> tuple[float, float]:
        """Return the megabytes that the process holds itself, and those with mapped files."""
        found = psutil.Process(self.pid).memory_full_info()
        return found.uss / 1e6, found.rss / 1e6

    def close(self) -> None:
        """End the app."""
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)
        os.close(self._terminal)


def _cursor(rows: list[str]) -> str:
    return next((row for row in rows[2:] if "|  > " in row), "")


def _whole(rows: list[str]) -> str:
    """Return the number of findings while all of them are listed."""
    found = re.search(r"(\d+) of \1 ", rows[0])
    return found[1] if found else ""


def _moved(terminal: _Terminal, key: bytes) -> float:
    before = _cursor(terminal.rows())
    return terminal.until(lambda rows: _cursor(rows) not in {"", before}, key)


def _in_app(home: Path, keys: int) -> list[Row]:
    terminal = _Terminal(home)
    try:
        start = terminal.until(lambda rows: any("Chengxi City" in row for row in rows))
        terminal.rest(2)
        paint = terminal.until(lambda rows: bool(_whole(rows)) and bool(_cursor(rows)), b"gf")
        total = _whole(terminal.rows())
        counted = terminal.until(lambda rows: any("Severity" in row for row in rows))
        terminal.rest(1)
        pages = [_moved(terminal, _DOWN) for _press in range(keys)]
        jumps = [_moved(terminal, key) for key in (_END, _HOME) * 3]
        pages += [_moved(terminal, _DOWN), *(_moved(terminal, key) for key in (_END, _UP, _UP, _UP))][1:]
        terminal.until(lambda rows: bool(_cursor(rows)), _HOME)
        narrowed = terminal.until(lambda rows: not _whole(rows) and bool(_cursor(rows)), b"3")
        own, resident = terminal.memory()
    finally:
        terminal.close()
    pages.sort()
    return [
        Row("start of the app to the first subject's name", "s", start),
        Row("findings list, first paint", "s", paint, goal=Goal("<=", 0.5, "ours"), note=f"{total} findings"),
        Row("facets counted after that", "s", counted),
        Row("page key, median", "ms", statistics.median(pages) * 1e3, goal=Goal("<=", 50, "ours")),
        Row("page key, 95 of 100", "ms", pages[int(len(pages) * 0.95)] * 1e3),
        Row("jump to the end or the top, median", "ms", statistics.median(jumps) * 1e3),
        Row("filter by severity, first paint", "ms", narrowed * 1e3),
        Row("memory of its own", "MB", own),
        Row("memory with mapped files", "MB", resident),
    ]


def run(*, quick: bool = False) -> list[Row]:
    """Return all rows of the benchmark."""
    size = _QUICK if quick else _FULL
    given = os.environ.get("FIELDKIT_BENCH_HOME", "")
    folder = Path(tempfile.mkdtemp(prefix="fk-lists-"))
    try:
        home = Path(given) if given else folder / "home"
        start = time.process_time()
        rows = [] if given else [Row("operations written", "count", build(home, size))]
        if not given:
            rows.append(Row("CPU to build the workspace", "s", time.process_time() - start))
        on_disk = sum(path.stat().st_size for path in home.rglob("*") if path.is_file())
        rows.append(Row("workspace on disk", "MB", on_disk / 1e6))
        return [*rows, *_in_app(home, 30 if quick else 100)]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
