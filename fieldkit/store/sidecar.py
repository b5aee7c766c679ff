"""Keeps the state on disk as runs: written in the background, merged by size, thrown away when in doubt."""

from __future__ import annotations

import threading
from array import array
from collections.abc import Iterator
from heapq import merge
from pathlib import Path
from typing import Final

from msgspec.structs import asdict

from fieldkit.model.operation import Json
from fieldkit.store.agreement import fault_of_counters
from fieldkit.store.committing import Committer
from fieldkit.store.disk import Disk
from fieldkit.store.indexing import (
    STEP,
    Gatherer,
    build_missing,
    current_groups,
    merged_indexes,
    missing_specs,
    specs_of,
)
from fieldkit.store.journal import Journal, Position
from fieldkit.store.memory import Memory
from fieldkit.store.packing import decode, encode
from fieldkit.store.postings import Buffers
from fieldkit.store.run import Run, RunDamagedError, RunWriter, name_in
from fieldkit.store.sealing import RawCipher
from fieldkit.store.state import State

__all__ = ["RUN_FORMAT", "Sidecar"]

RUN_FORMAT: Final = 5
_MANIFEST: Final = "runs.json"
_ROOM: Final = 3
"""Runs are completed only where this many times their size is free."""


class Sidecar:
    """The runs of a workspace.

    Attributes:
        folder: Where they lie.
        generation: Number of the newest run ever written.
        refused: Why the runs that were there are not used, empty where they are or where there were none.
    """

    def __init__(self, folder: Path, workspace: str, disk: Disk, cipher: RawCipher | None, salt: bytes) -> None:
        self.folder = folder
        self.generation = 0
        self.refused = ""
        self._workspace = workspace
        self._disk = disk
        self._cipher = cipher
        self._salt = salt
        self._busy = threading.Lock()

    # Opening

    def load(self, state: State) -> Position | None:
        """Take the runs into a fresh state.

        Returns:
            Where the journal is to be read on, None where there are no runs that fit together.
        """
        for _attempt in range(3):
            try:
                manifest = decode(self._disk.read(self.folder / _MANIFEST))
                self.generation = int(manifest["generation"])
                if manifest["format"] != RUN_FORMAT or manifest["workspace"] != self._workspace:
                    self.refused = "format or workspace"
                    return None
                position = self._take(state, list(manifest["runs"]))
            except (FileNotFoundError, RunDamagedError) as error:
                # A writing process may just have replaced the runs that the list named.
                self.refused = "" if not (self.folder / _MANIFEST).exists() else str(error)
            except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
                self.refused = str(error) or type(error).__name__
                break
            else:
                self.refused = ""
                return position
        # Counters of a refused run would make the journal's operations look as if they were held already.
        state.clear()
        return None

    def _take(self, state: State, names: list[str]) -> Position | None:
        runs = [Run(self.folder / name, self._disk, self._cipher, self._salt) for name in names]
        if not runs:
            return None
        self._check_chain(runs)
        position = runs[0].foot["position"]
        state.load_counters(runs[0].foot["counters"])
        state.runs = runs
        if fault := fault_of_counters(state):
            raise RunDamagedError(fault)
        state.memory = Memory(runs[0].foot["to"])
        return Position(**{**position, "names": tuple(position["names"])})

    def _check_chain(self, runs: list[Run]) -> None:
        expected = runs[0].foot["to"]
        for run in runs:
            foot = run.foot
            if foot["to"] != expected or foot["workspace"] != self._workspace or foot["format"] != RUN_FORMAT:
                raise RunDamagedError(run.path.name)
            expected = foot["from"]
        if expected != 1:
            raise RunDamagedError("first")

    def discard(self) -> None:
        """Remove all runs: the journal makes new ones."""
        self._disk.remove(self.folder / _MANIFEST)
        self.sweep([])

    def sweep(self, runs: list[Run]) -> None:
        """Remove files of the sidecar that no manifest names."""
        kept = {run.path.name for run in runs} | {_MANIFEST}
        if not self.folder.is_dir():
            return
        for path in self.folder.iterdir():
            if path.name not in kept and path.is_file():
                try:
                    self._disk.remove(path)
                except OSError:
                    continue

    # Writing

    def flush(self, state: State, journal: Journal, committer: Committer) -> bool:
        """Write what is in memory as a run; False where there is nothing or another thread does it.

        Raises:
            OSError: No room or a failing medium; the memory is as it was.
        """
        if not self._busy.acquire(blocking=False):
            return False
        try:
            with committer.paused(), state.lock:
                if not state.memory or state.frozen is not None:
                    return False
                position = journal.position()
                frozen = state.frozen = state.memory
                state.memory = Memory(position.number)
                foot = self._foot(frozen.first_line, position, state.counters())
            done = False
            try:
                run = self._write_memory(state, frozen, foot)
                done = True
            finally:
                if not done:
                    with state.lock:
                        if state.frozen is frozen:
                            state.memory.take_back(frozen)
                            state.frozen = None
            with state.lock:
                # Else a damaged run was found meanwhile, and the journal has taken the place of all.
                if state.frozen is frozen:
                    state.runs = [run, *state.runs]
                    state.frozen = None
            self._merge_where_due(state)
            self._write_manifest(state.runs)
            self.sweep(state.runs)
        finally:
            self._busy.release()
        return True

    def _foot(self, first: int, position: Position, counters: dict[str, Json]) -> dict[str, Json]:
        return {
            "format": RUN_FORMAT,
            "workspace": self._workspace,
            "from": first,
            "to": position.number,
            "position": asdict(position),
            "counters": counters,
        }

    def _next_path(self) -> Path:
        self._disk.make_folder(self.folder)
        self.generation += 1
        return self.folder / f"{self.generation:08d}.run"

    def _write_manifest(self, runs: list[Run]) -> None:
        manifest = {
            "format": RUN_FORMAT,
            "workspace": self._workspace,
            "generation": self.generation,
            "runs": [run.path.name for run in runs],
        }
        self._disk.write_whole(self.folder / _MANIFEST, encode(manifest) + b"\n")

    def _write_memory(self, state: State, frozen: Memory, foot: dict[str, Json]) -> Run:
        path = self._next_path()
        writer = RunWriter(path, self._disk, self._cipher, self._salt)
        is_whole = False
        try:
            indexes: dict[str, Buffers] = {}
            for group in sorted([*frozen.by_id, *frozen.plain]):
                gatherer = Gatherer(specs_of(state, group), group)
                for doc_id, record, raw, lines in _rows(state, frozen, group):
                    writer.add(group, doc_id, record, raw, lines)
                    gatherer.add(doc_id, raw)
                indexes |= gatherer.buffers()
            writer.finish(foot, indexes)
            is_whole = True
        finally:
            if not is_whole:
                writer.abandon()
        return Run(path, self._disk, self._cipher, self._salt)

    # Merging

    def _merge_where_due(self, state: State) -> None:
        """Merge the newest runs with the next older one while that is not much larger than they are together."""
        runs = state.runs
        if not runs:
            return
        together, count = runs[0].size, 1
        while count < len(runs) and (together * 2 >= runs[count].size or count >= 8):
            together += runs[count].size
            count += 1
        if count > 1:
            _do_all(self._merge(state, count))

    def merge_all(self, state: State) -> None:
        """Merge all runs into one.

        Raises:
            OSError: No room; the runs stay as they are.
        """
        with self._busy:
            if len(state.runs) > 1:
                _do_all(self._merge_into_one(state))

    def complete(self, state: State) -> Iterator[None]:
        """Write runs that lack an index anew with it, as one and in small steps, where the disk has room to spare.

        Whoever closes the iterator in between leaves the runs as they are.

        Raises:
            OSError: No room; the runs stay as they are.
        """
        needed = _ROOM * sum(run.size for run in state.runs)
        if not any(missing_specs(state, run) for run in state.runs) or self._disk.free(self.folder) < needed:
            return
        with self._busy:
            yield from self._merge_into_one(state)

    def _merge_into_one(self, state: State) -> Iterator[None]:
        yield from self._merge(state, len(state.runs))
        self._write_manifest(state.runs)
        self.sweep(state.runs)

    def _merge(self, state: State, count: int) -> Iterator[None]:
        runs = state.runs[:count]
        for run in runs:
            yield from build_missing(state, run)
        is_oldest = count == len(state.runs)
        path = self._next_path()
        writer = RunWriter(path, self._disk, self._cipher, self._salt)
        is_whole = False
        try:
            for group in current_groups(state, runs):
                for number, (doc_id, record, raw, lines) in enumerate(_merged(runs, group, keep_removed=not is_oldest)):
                    writer.add(group, doc_id, record, raw, lines)
                    if not number % STEP:
                        yield
            foot = {key: runs[0].foot[key] for key in ("format", "workspace", "to", "position", "counters")}
            foot["from"] = runs[-1].foot["from"]
            writer.finish(foot, merged_indexes(state, runs))
            is_whole = True
        finally:
            if not is_whole:
                writer.abandon()
        merged = Run(path, self._disk, self._cipher, self._salt)
        with state.lock:
            # Else a damaged run was found meanwhile, and the journal has taken the place of all.
            if state.runs[:count] == runs:
                state.runs = [merged, *state.runs[count:]]


def _do_all(steps: Iterator[None]) -> None:
    for _step in steps:
        pass


_Row = tuple[int, str | None, bytes, "array[int]"]


def _rows(state: State, frozen: Memory, group: str) -> Iterator[_Row]:
    """Yield a memory's entries of a group for a run: id, record, document, lines."""
    if group.startswith("r:"):
        for doc_id, record in sorted(frozen.by_id[group].items()):
            with state.lock:
                entry = frozen.records[record]
                raw, lines = entry.fold(), entry.all_lines()
            yield doc_id, record, raw, lines
    else:
        for doc_id, raw in sorted(frozen.plain[group].items()):
            yield doc_id, None, raw, array("I")


def _merged(runs: list[Run], group: str, *, keep_removed: bool) -> Iterator[_Row]:
    """Yield the newest entry of each id of a group."""

    def places(index: int) -> Iterator[tuple[int, int, int]]:
        start, end = runs[index].groups.get(group, (0, 0))
        for slot in range(start, end):
            yield runs[index].doc_id(slot), index, slot

    previous = -1
    for doc_id, index, slot in merge(*(places(index) for index in range(len(runs)))):
        if doc_id == previous:
            continue
        previous = doc_id
        document, packed = runs[index].entry(slot)
        if not document and not keep_removed:
            continue
        lines = array("I")
        lines.frombytes(packed)
        yield doc_id, name_in(document) if group.startswith("r:") else None, document, lines
