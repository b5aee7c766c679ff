"""kill -9 at any moment: what came through the acknowledgement pipe is there afterwards."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldkit.store import open_store
from tests.crash.scale import report, scaled, scratch
from tests.crash.workload import BUSY

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs kill -9")

CHILD = """
import os, sys
from pathlib import Path
from fieldkit.model.operation import Operation
from fieldkit.store import open_store
from tests.crash.workload import BUSY
store = open_store(Path(sys.argv[1]), options=BUSY, passphrase=sys.argv[2] or None)
pipe = int(sys.argv[3])
number = max([row["n"] for row in store.table("outbox").all()], default=0)
os.write(pipe, b"start\\n")
while True:
    number += 1
    seq = store.last_seq() + 1
    record = f"visit/v{seq % 7}"
    store.append([Operation(store.device, seq, f"{seq}.0", "A01/inspector", record, "answer:f:/d/a", f"value {seq}")])
    os.write(pipe, b"o %s %d\\n" % (store.device.encode(), seq))
    if number % 3 == 0:
        store.table("outbox").insert({"n": number})
        os.write(pipe, b"p %d\\n" % number)
    if number % 11 == 0:
        store.table("outbox").update({"seen": number}, lambda row: row["n"] < number - 20)
        store.maintain()
"""


@pytest.fixture
def work() -> Iterator[Path]:
    """Return a folder in memory."""
    folder = scratch()
    yield folder
    shutil.rmtree(folder)


def run_and_kill(home: Path, passphrase: str, roll: random.Random) -> list[bytes]:
    """Let a process work, kill it, and return what it acknowledged."""
    read_end, write_end = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(home), passphrase, str(write_end)],
        pass_fds=[write_end],
        cwd=Path(__file__).parents[2],
    )
    os.close(write_end)
    received = os.read(read_end, 6)
    assert received == b"start\n"
    time.sleep(roll.uniform(0, 0.12))
    process.send_signal(signal.SIGKILL)
    process.wait()
    data = b""
    while chunk := os.read(read_end, 1 << 16):
        data += chunk
    os.close(read_end)
    return data.split(b"\n")[:-1]


@pytest.mark.parametrize("sealed", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_killed_at_any_moment_nothing_acknowledged_is_lost(work: Path, *, sealed: bool) -> None:
    """The same workspace is worked on, killed and opened again, over and over."""
    home, roll = work / "home", random.Random(8)
    passphrase = ""
    if sealed:
        from fieldkit.store.care import seal_workspace

        passphrase = "a long enough passphrase"
        open_store(home).close()
        seal_workspace(home, passphrase)
    operations: set[tuple[str, int]] = set()
    rows: set[int] = set()
    trials = scaled(3 if sealed else 10, 100 if sealed else 1000)
    for _trial in range(trials):
        for line in run_and_kill(home, passphrase, roll):
            kind, *rest = line.split()
            if kind == b"o":
                operations.add((rest[0].decode(), int(rest[1])))
            else:
                rows.add(int(rest[0]))
        with open_store(home, options=BUSY, passphrase=passphrase or None) as store:
            held = {(item.device, item.seq): item for item in store.operations()}
            assert operations <= held.keys()
            assert all(item.value == f"value {item.seq}" for item in held.values())
            assert rows <= {row["n"] for row in store.table("outbox").all()}
            shown = {document["id"]: document["n"] for document in store.documents("visit")}
            assert sum(shown.values()) == len(held)
    assert len(operations) > 20
    report(kills=trials, acknowledged=len(operations) + len(rows), lost=0)
