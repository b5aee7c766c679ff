"""A write, the closing of a segment or its compaction between any two steps of a reader changes nothing for it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from tinydb import where

from fieldkit.model.operation import Operation
from fieldkit.store import Options, Store, journal, open_store, segment
from fieldkit.store.disk import Disk

GROWING = Options(ballast_bytes=0)
TURNING = Options(segment_bytes=1500, ballast_bytes=0, dead_lines=1)
READERS = {journal.__file__, segment.__file__}


def write(store: Store) -> None:
    """Save one more answer of the record, a short one and a long one by turns."""
    seq = store.last_seq() + 1
    stamp = f"{1_790_000_000_000 + seq}.0"
    store.append([Operation(store.device, seq, stamp, "A01/x", "visit/v0", f"f{seq % 5}", "x" * (60 + seq))])


def write_and_compact(store: Store) -> None:
    """Save an answer and documents that replace each other, and give their room back."""
    table = store.table("outbox")
    for text in ("a", "b", "c"):
        table.upsert({"key": 1, "text": text * 200}, cond=lambda _document: True)
    write(store)
    store.maintain()


@contextmanager
def after_steps(steps: int, act: Callable[[], None]) -> Iterator[list[str]]:
    """Do something once, before the reader's line with that number; yield where it was done."""
    left = steps
    done: list[str] = []

    def trace(frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal left
        if frame.f_code.co_filename not in READERS:
            return None
        if event == "line" and not done:
            left -= 1
            if left < 0:
                sys.settrace(None)
                done.append(f"{frame.f_code.co_name}:{frame.f_lineno}")
                act()
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield done
    finally:
        sys.settrace(before)


def read_between(home: Path, options: Options, act: Callable[[Store], None], first: int = 8) -> set[str]:
    """Read the last operations of a record with an interruption at every step, and return where they were."""
    places: set[str] = set()
    with open_store(home, options=options) as store:
        for _number in range(first):
            write(store)
        for steps in range(1000):
            numbers = store.engine.state.lines_of("visit/v0")[-3:]
            last = store.last_seq()
            with after_steps(steps, lambda: act(store)) as done:
                seen = [store.engine.journal.operation(number).seq for number in reversed(numbers)]
            assert seen == [last, last - 1, last - 2], (steps, done)
            if not done:
                break
            places.update(done)
        else:
            raise AssertionError("the reader never came to its end")
        assert store.verify()["ok"]
    return places


@pytest.mark.parametrize("first", [8, 9])
def test_an_answer_is_saved_between_any_two_steps_of_a_reader(tmp_path: Path, first: int) -> None:
    """The file is longer than what the reader mapped a moment ago."""
    places = read_between(tmp_path, GROWING, write, first)
    assert {place.partition(":")[0] for place in places} >= {"operation", "find", "offset_of", "line_at", "content"}


def test_segments_are_closed_and_compacted_between_any_two_steps_of_a_reader(tmp_path: Path) -> None:
    """The file that the reader is in goes, and another one stands for it."""
    places = read_between(tmp_path, TURNING, write_and_compact)
    assert {place.partition(":")[0] for place in places} >= {"operation", "segment_of", "dictionary", "find"}


class MeanwhileDisk(Disk):
    """Does something once, before a segment's length is asked."""

    def __init__(self, act: Callable[[], None]) -> None:
        self.act: Callable[[], None] | None = act

    def size(self, path: Path) -> int:
        """Return the bytes of a file."""
        act = self.act
        if act is not None and path.suffix == ".seg":
            self.act = None
            act()
        return super().size(path)


def test_a_workspace_opens_for_reading_while_another_process_compacts_it(tmp_path: Path) -> None:
    """A segment whose name was read a moment ago has made room for a smaller one."""
    with open_store(tmp_path, options=TURNING) as store:
        for text in "abcdefgh":
            store.table("outbox").upsert({"key": 1, "text": text * 200}, where("key") == 1)
        write(store)
        write(store)
        disk = MeanwhileDisk(store.maintain)
        with open_store(tmp_path, read_only=True, options=TURNING, disk=disk) as other:
            assert disk.act is None
            assert [operation.seq for operation in other.operations()] == [1, 2]
            assert other.table("outbox").all() == [{"key": 1, "text": "h" * 200}]
        assert list((tmp_path / "journal").glob("*-0001.seg"))
