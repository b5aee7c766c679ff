"""Real media and a poor machine: a full file system, a read-only one, no memory, two processes, clocks that jump."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldkit.errors import StoreError
from fieldkit.model.operation import Operation
from fieldkit.store import Options, Store, open_store
from tests.crash.scale import report, scaled, scratch
from tests.crash.workload import PLAIN, Workload, picture


@pytest.fixture
def work() -> Iterator[Path]:
    """Return a folder in memory."""
    folder = scratch()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def little(tmp_path: Path) -> Iterator[Path]:
    """Return a mounted file system of 512 KB, or skip where none can be mounted."""
    place = tmp_path / "little"
    place.mkdir()
    if sys.platform != "linux" or os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("needs the right to mount a small file system")
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(place)], check=False, capture_output=True
    )
    if done.returncode:
        pytest.skip("needs the right to mount a small file system")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def operation(store: Store, size: int = 200) -> Operation:
    """Return the next operation."""
    seq = store.last_seq() + 1
    return Operation(store.device, seq, f"{seq}.0", "A01/inspector", f"visit/v{seq % 5}", "remark:f:/d/a", "x" * size)


def test_a_really_full_disk_refuses_and_goes_on_when_there_is_room(little: Path) -> None:
    """First the ballast goes, then refusals; nothing acknowledged is lost; with room the same handle goes on."""
    options = Options(ballast_bytes=32 << 10, segment_bytes=40_000, memory_bytes=60_000, tail_lines=10)
    (little / "other").write_bytes(bytes(20_000))
    store = open_store(little / "home", options=options)
    assert (little / "home" / "ballast.bin").exists()
    acknowledged = refused = 0
    while refused < 5:
        try:
            store.append([operation(store)])
            acknowledged += 1
        except StoreError as error:
            assert error.code == "STORE-010"  # noqa: PT017 - which code depends on the moment
            refused += 1
    assert not (little / "home" / "ballast.bin").exists()
    assert acknowledged > 300
    assert len(list(store.operations())) == acknowledged
    (little / "other").unlink()
    store.append([operation(store)])
    store.close()
    with open_store(little / "home", options=options) as store:
        assert len(list(store.operations())) == acknowledged + 1
        assert store.verify()["ok"]


def test_a_read_only_medium_opens_for_reading(little: Path) -> None:
    """Everything can be read; writing is refused with its code."""
    workload = Workload(little / "home", 41, PLAIN)
    for _step in range(15):
        workload.step()
    expected = picture(workload.store)
    workload.store.close()
    subprocess.run(["mount", "-o", "remount,ro", str(little)], check=True)
    with open_store(little / "home", options=PLAIN) as store:
        assert store.read_only
        assert store.lock_holder is None
        assert picture(store) == expected
        with pytest.raises(StoreError) as caught:
            store.append([operation(store)])
    assert caught.value.code == "STORE-013"


def test_a_file_size_limit_is_a_full_disk(work: Path) -> None:
    """A process that may not write further refuses and keeps what it had."""
    if sys.platform == "win32":
        pytest.skip("needs limits of POSIX")
    code = """
import resource, signal, sys
from pathlib import Path
from fieldkit.errors import StoreError
from fieldkit.model.operation import Operation
from fieldkit.store import Options, open_store
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = open_store(Path(sys.argv[1]), options=Options(ballast_bytes=0))
resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, resource.RLIM_INFINITY))
count = 0
try:
    while True:
        store.append([Operation(store.device, count + 1, f"{count}.0", "A01/x", "visit/v", "f", "x" * 100)])
        count += 1
except StoreError as error:
    print(error.code, count, len(list(store.operations())))
"""
    done = subprocess.run([sys.executable, "-c", code, str(work / "home")], capture_output=True, text=True, check=True)
    refusal, count, seen = done.stdout.split()
    assert refusal == "STORE-010"
    assert count == seen
    with open_store(work / "home") as store:
        assert len(list(store.operations())) == int(count)


NO_MEMORY = """
import os, sys
from pathlib import Path
import _testcapi
from fieldkit.model.operation import Operation
from fieldkit.store import Options, open_store

def trial(home, start, end):
    store = open_store(home, options=Options(ballast_bytes=0, segment_bytes=3000))
    for place in range(start, end):
        seq = store.last_seq() + 1
        item = Operation(store.device, seq, f"{place}.0", f"A{place}/x", f"visit/v{place}", "f", ["x" * 50, place])
        batch, said = [item], b"ok %s %d\\n" % (store.device.encode(), seq)
        _testcapi.set_nomemory(place * 37 % 251, place * 37 % 251 + 1)
        try:
            store.append(batch)
        except Exception:  # without memory CPython and libraries raise whatever they like
            said = b"failed\\n"
        finally:
            _testcapi.remove_mem_hooks()
        os.write(1, said)
        if said == b"failed\\n":
            os._exit(3)
    os._exit(0)

for line in sys.stdin:
    home, start, end = line.rstrip("\\n").split("\\t")
    child = os.fork()  # what is imported already need not be imported again for each trial
    if not child:
        trial(Path(home), int(start), int(end))
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.write(1, b"exit %d\\n" % status)
"""


def without_memory(process: subprocess.Popen[str], home: Path, start: int, end: int) -> tuple[list[str], int]:
    """Let a fresh process save while an allocation fails; return what it acknowledged, and its exit code."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{home}\t{start}\t{end}\n")
    process.stdin.flush()
    said = []
    while not (line := process.stdout.readline()).startswith("exit"):
        assert line, "the process that starts the trials is gone"
        said.append(line.rstrip())
    return said, int(line.split()[1])


def test_no_memory_at_the_kth_allocation_loses_nothing(work: Path) -> None:
    """An acknowledged operation is there, whichever allocation failed before, even where a library falls over."""
    pytest.importorskip("_testcapi", reason="needs CPython's test module")
    if not hasattr(os, "fork"):
        pytest.skip("needs fork")
    options = Options(ballast_bytes=0, segment_bytes=3000)
    acknowledged: set[tuple[str, int]] = set()
    fired = count = 0
    step = scaled(9, 1)
    process = subprocess.Popen(
        [sys.executable, "-c", NO_MEMORY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    for start in range(0, scaled(90, 3500), step):
        if start % 250 == 0:
            # A new workspace from time to time: reading all of it after each trial stays quick.
            home = work / f"home-{start}"
            acknowledged.clear()
        said, code = without_memory(process, home, start, start + step)
        assert code in (0, 3, -11)
        fired += code != 0
        news = {(line.split()[1], int(line.split()[2])) for line in said if line.startswith("ok")}
        acknowledged |= news
        count += len(news)
        with open_store(home, options=options) as store:
            assert acknowledged <= {(item.device, item.seq) for item in store.operations()}
            assert store.verify()["ok"]
    process.communicate()
    assert fired > 0, "no allocation ever failed: this test proves nothing"
    assert count
    report(faults=fired, acknowledged=count, lost=0)


def test_two_processes_never_write_at_once(work: Path) -> None:
    """Of several that start together one writes; the others read, and are told who writes."""
    code = """
import sys, time
from pathlib import Path
from fieldkit.store import open_store
store = open_store(Path(sys.argv[1]))
print("reads" if store.read_only else "writes", flush=True)
sys.stdin.read()
store.close()
"""
    open_store(work / "home").close()
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(work / "home")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _process in range(3)
    ]
    said = [process.stdout.readline().strip() for process in processes if process.stdout is not None]
    for process in processes:
        process.communicate()
    assert sorted(said) == ["reads", "reads", "writes"]


def test_a_lock_left_by_a_killed_process_does_not_bind(work: Path) -> None:
    """The system gives the lock back with the process."""
    code = """
import os, sys
from pathlib import Path
from fieldkit.store import open_store
open_store(Path(sys.argv[1]))
os._exit(9)
"""
    subprocess.run([sys.executable, "-c", code, str(work / "home")], check=False)
    with open_store(work / "home") as store:
        assert not store.read_only


def test_clocks_may_jump(work: Path) -> None:
    """Stamps of any order are kept; the greatest one counts."""
    with open_store(work / "home") as store:
        for seq, stamp in enumerate(["1790000000000.0", "5.0", "1790000000000.3", "1700000000000.9"], 1):
            store.append([Operation(store.device, seq, stamp, "A01/x", "visit/v", "f", seq)])
        assert store.last_hlc() == "1790000000000.3"
    with open_store(work / "home") as store:
        assert store.last_hlc() == "1790000000000.3"
        assert store.vector() == {store.device: 4}


def test_writers_that_wait_share_one_sync(work: Path) -> None:
    """Group commit is counted, not guessed from times: sixteen writers need far fewer syncs than operations."""
    import time

    from fieldkit.store.disk import Disk

    class SlowDisk(Disk):
        def fsync(self, fd: int) -> None:
            time.sleep(0.002)

    with open_store(work / "home", options=PLAIN, disk=SlowDisk()) as store:
        store.append([operation(store)])
        before = store.engine.journal.syncs

        def write(device: str) -> None:
            for seq in range(1, 21):
                store.append([Operation(device, seq, f"{seq}.0", "A01/x", f"visit/{device}", "f", seq)])

        threads = [threading.Thread(target=write, args=(letter * 16,)) for letter in "abcdefghijklmnop"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(list(store.operations())) == 321
        assert store.engine.journal.syncs - before <= 320 // 3
        assert store.verify()["ok"]
