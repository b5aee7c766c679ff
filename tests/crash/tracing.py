"""A disk that writes down every call, and every state in which a power cut could have left the medium.

The model is stricter than common file systems: a file's unsynced writes survive in any subset of sectors, or as length
without content; a new, renamed or removed name survives only in the order of its folder, up to any point; syncing a
file does not sync its name.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from fieldkit.store.disk import Disk

__all__ = ["Trace", "TracingDisk", "states"]

_SECTOR = 512


@dataclass
class Trace:
    """What happened, in order.

    Attributes:
        root: Folder that the paths are relative to.
        before: Files that were there before, with their content.
        events: Calls of the disk, and ``begin`` and ``ack`` of each step.
    """

    root: Path
    before: dict[str, bytes] = field(default_factory=dict)
    events: list[tuple[object, ...]] = field(default_factory=list)


class TracingDisk(Disk):
    """Does every call and writes it down."""

    def __init__(self, root: Path) -> None:
        self.trace = Trace(
            root, {self._name(path, root): path.read_bytes() for path in root.rglob("*") if path.is_file()}
        )
        self._fds: dict[int, list[int]] = {}
        self._files: dict[str, int] = {name: -place - 1 for place, name in enumerate(self.trace.before)}
        self._next = 1

    @staticmethod
    def _name(path: Path, root: Path) -> str:
        return path.relative_to(root).as_posix()

    def note(self, *event: object) -> None:
        """Write down an event."""
        self.trace.events.append(event)

    def create(self, path: Path) -> int:
        fd = super().create(path)
        name = self._name(path, self.trace.root)
        self._files[name] = self._next
        self._fds[fd] = [self._next, 0]
        self.note("create", name, self._next)
        self._next += 1
        return fd

    def open_append(self, path: Path, size: int) -> int:
        fd = super().open_append(path, size)
        self._fds[fd] = [self._files[self._name(path, self.trace.root)], size]
        return fd

    def write_some(self, fd: int, data: memoryview) -> int:
        written = super().write_some(fd, data)
        entry = self._fds[fd]
        self.note("write", entry[0], entry[1], bytes(data[:written]))
        entry[1] += written
        return written

    def fsync(self, fd: int) -> None:
        self.note("fsync", self._fds[fd][0])

    def truncate(self, fd: int, size: int) -> None:
        super().truncate(fd, size)
        self._fds[fd][1] = size
        self.note("truncate", self._fds[fd][0], size)

    def seek(self, fd: int, offset: int) -> None:
        super().seek(fd, offset)
        self._fds[fd][1] = offset

    def replace(self, source: Path, target: Path) -> None:
        super().replace(source, target)
        old, new = self._name(source, self.trace.root), self._name(target, self.trace.root)
        for name in list(self._files):
            if name == old or name.startswith(old + "/"):
                self._files[new + name[len(old) :]] = self._files.pop(name)
        self.note("rename", old, new)

    def remove(self, path: Path) -> None:
        if path.exists():
            super().remove(path)
            self._files.pop(self._name(path, self.trace.root), None)
            self.note("remove", self._name(path, self.trace.root))

    def sync_folder(self, path: Path) -> None:
        if path == self.trace.root or self.trace.root in path.parents:
            self.note("sync", self._name(path, self.trace.root) if path != self.trace.root else ".")


class _File:
    def __init__(self, content: bytes = b"") -> None:
        self.durable = bytearray(content)
        self.pending: list[tuple[object, ...]] = []

    def settle(self) -> None:
        for change in self.pending:
            _apply(self.durable, change)
        self.pending.clear()

    def survive(self, roll: random.Random) -> bytes:
        """Return what a power cut could leave of the file."""
        content = bytearray(self.durable)
        if not self.pending:
            return bytes(content)
        way = roll.choice(["nothing", "all", "beginning", "sectors", "sectors", "length"])
        if way == "nothing":
            return bytes(content)
        changes = self.pending if way != "beginning" else self.pending[: roll.randint(0, len(self.pending))]
        for place, change in enumerate(changes):
            if change[0] == "truncate":
                if roll.random() < 0.7:
                    _apply(content, change)
            elif way == "all" or (way == "beginning" and place < len(changes) - 1):
                _apply(content, change)
            else:
                _partly(content, change, way, roll)
        return bytes(content)


def _apply(content: bytearray, change: tuple[object, ...]) -> None:
    if change[0] == "truncate":
        size = change[1]
        assert isinstance(size, int)
        del content[size:]
        content.extend(bytes(size - len(content)))
    else:
        offset, data = change[1], change[2]
        assert isinstance(offset, int)
        assert isinstance(data, bytes)
        if len(content) < offset:
            content.extend(bytes(offset - len(content)))
        content[offset : offset + len(data)] = data


def _partly(content: bytearray, change: tuple[object, ...], way: str, roll: random.Random) -> None:
    offset, data = change[1], change[2]
    assert isinstance(offset, int)
    assert isinstance(data, bytes)
    end = offset + len(data)
    if way == "beginning":
        _apply(content, ("write", offset, data[: roll.randint(0, len(data))]))
        return
    if len(content) < end:
        content.extend(bytes(end - len(content)))
    if way == "length":
        return
    start = offset
    while start < end:
        stop = min(end, (start // _SECTOR + 1) * _SECTOR)
        if roll.random() < 0.5:
            content[start:stop] = data[start - offset : stop - offset]
        start = stop


class _Medium:
    """The medium: what is durable, and what waits."""

    def __init__(self, before: dict[str, bytes]) -> None:
        self.files = {-place - 1: _File(content) for place, content in enumerate(before.values())}
        self.names: dict[str, int] = {name: -place - 1 for place, name in enumerate(before)}
        self.waiting: dict[str, list[tuple[object, ...]]] = {}

    def happen(self, event: tuple[object, ...]) -> None:
        kind = event[0]
        if kind == "create":
            identifier = event[2]
            assert isinstance(identifier, int)
            self.files[identifier] = _File()
            self._wait(str(event[1]), event)
        elif kind in ("rename", "remove"):
            self._wait(str(event[-1]), event)
        elif kind in ("write", "truncate"):
            self.files[self._id(event)].pending.append((kind, *event[2:]))
        elif kind == "fsync":
            self.files[self._id(event)].settle()
        elif kind == "sync":
            for change in self.waiting.pop(str(event[1]), []):
                _rename(self.names, change)

    @staticmethod
    def _id(event: tuple[object, ...]) -> int:
        identifier = event[1]
        assert isinstance(identifier, int)
        return identifier

    def _wait(self, name: str, event: tuple[object, ...]) -> None:
        self.waiting.setdefault(str(PurePosixPath(name).parent), []).append(event)

    def cut(self, roll: random.Random) -> dict[str, bytes]:
        """Return the files that a power cut now could leave."""
        names = dict(self.names)
        for changes in self.waiting.values():
            for change in changes[: roll.choice([0, len(changes), roll.randint(0, len(changes))])]:
                _rename(names, change)
        return {name: self.files[identifier].survive(roll) for name, identifier in names.items()}


def _rename(names: dict[str, int], change: tuple[object, ...]) -> None:
    if change[0] == "create":
        identifier = change[2]
        assert isinstance(identifier, int)
        names[str(change[1])] = identifier
    elif change[0] == "remove":
        names.pop(str(change[1]), None)
    else:
        old, new = str(change[1]), str(change[2])
        for name in [name for name in names if name == old or name.startswith(old + "/")]:
            names[new + name[len(old) :]] = names.pop(name)


def states(trace: Trace, count: int, seed: int) -> Iterator[tuple[dict[str, bytes], int, int]]:
    """Yield possible states after a power cut, each with the steps that had begun and that were acknowledged."""
    roll = random.Random(seed)
    moments = sorted(roll.randint(0, len(trace.events)) for _place in range(count))
    medium = _Medium(trace.before)
    begun = acknowledged = done = 0
    for moment in moments:
        for event in trace.events[done:moment]:
            if event[0] == "begin":
                begun += 1
            elif event[0] == "ack":
                acknowledged += 1
            else:
                medium.happen(event)
        done = moment
        yield medium.cut(roll), begun, acknowledged
