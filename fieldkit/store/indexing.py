"""The indexes of the state: gathered while a run is written, merged with the runs, built where a run has none."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

from fieldkit.store.memory import Memory, indexed_fields, record_group
from fieldkit.store.packing import decode
from fieldkit.store.postings import Buffers, IndexSpec, Postings, build_postings, merge_postings
from fieldkit.store.run import Run, is_stub
from fieldkit.store.state import State

__all__ = [
    "STEP",
    "Gatherer",
    "build_missing",
    "current_groups",
    "current_parts",
    "group_of",
    "merged_indexes",
    "missing_specs",
    "postings_of",
    "specs_of",
]

STEP: Final = 1024
"""Documents that long work takes in one step."""


class Gatherer:
    """Gathers the keys of a group's documents for several indexes, in one pass."""

    def __init__(self, specs: Sequence[IndexSpec], group: str) -> None:
        self._group = group
        self._lists: list[tuple[IndexSpec, dict[bytes, array[int]]]] = [(spec, {}) for spec in specs]

    def add(self, doc_id: int, raw: bytes) -> None:
        """Take in a document as JSON; empty ones and notes of a purge are in no index. Ids come rising."""
        if not raw or not self._lists or is_stub(raw):
            return
        document = indexed_fields(self._group, decode(raw))
        for spec, lists in self._lists:
            for key in spec.keys(document):
                ids = lists.get(key)
                if ids is None:
                    lists[key] = array("I", (doc_id,))
                else:
                    ids.append(doc_id)

    def buffers(self) -> dict[str, Buffers]:
        """Return what was gathered, for each index's key."""
        return {spec.key: build_postings(lists) for spec, lists in self._lists}


def is_current(state: State, group: str) -> bool:
    """Tell whether a group is a kind of records, or a plain table that was not emptied since."""
    if group.startswith("r:"):
        return True
    _p, _epoch, name = group.split(":", 2)
    table = state.plain.get(name)
    return table is not None and table.group(name) == group


def current_groups(state: State, runs: Iterable[Run]) -> list[str]:
    """Return the groups of runs in their order, without those of tables that were emptied since."""
    return [group for group in sorted({name for run in runs for name in run.groups}) if is_current(state, group)]


def specs_of(state: State, group: str) -> list[IndexSpec]:
    """Return the indexes of a group."""
    return list(state.specs.get(group[2:] if group.startswith("r:") else group.split(":", 2)[2], ()))


def missing_specs(state: State, run: Run) -> list[tuple[str, IndexSpec]]:
    """Return the indexes that a run was written without, each with its group: whoever opens it must build them."""
    return [
        (group, spec)
        for group in current_groups(state, [run])
        for spec in specs_of(state, group)
        if not run.has_index(spec.key)
    ]


def build_missing(state: State, run: Run, wanted: IndexSpec | None = None) -> Iterator[None]:
    """Build the indexes that a run was written without from its documents, in small steps, and keep them beside it.

    Args:
        state: Knows the indexes.
        run: The run.
        wanted: Only this index and its like, that are built in the same pass; all where left out.
    """
    found = [(group, spec) for group, spec in missing_specs(state, run) if run.postings(spec.key) is None]
    if wanted is not None:
        found = [(group, spec) for group, spec in found if (spec.kind, spec.how) == (wanted.kind, wanted.how)]
    for group in sorted({group for group, _spec in found}):
        gatherer = Gatherer([spec for its, spec in found if its == group], group)
        start, end = run.groups[group]
        for slot in range(start, end):
            gatherer.add(run.doc_id(slot), run.document(slot))
            if not slot % STEP:
                yield
        for key, buffers in gatherer.buffers().items():
            run.keep_postings(key, Postings(buffers))


def postings_of(state: State, run: Run, spec: IndexSpec) -> Postings:
    """Return a run's index, built now where the run was written without it."""
    found = run.postings(spec.key)
    if found is None:
        for _step in build_missing(state, run, spec):
            pass
        found = run.postings(spec.key)
    assert found is not None, "the index is defined, and the run holds its group"
    return found


def merged_indexes(state: State, runs: Sequence[Run]) -> dict[str, Buffers]:
    """Return the indexes of several runs, the newest first, as those of one."""
    found: dict[str, Buffers] = {}
    for group in current_groups(state, runs):
        holding = [run for run in runs if group in run.groups]
        keeps = [_newest_beside(holding[:place], group, *run.bounds(group)) for place, run in enumerate(holding)]
        for spec in specs_of(state, group):
            found[spec.key] = merge_postings([postings_of(state, run, spec) for run in holding], keeps)
    return found


def group_of(state: State, kind: str) -> str:
    """Return the group of an index's kind: a plain table where there is one of that name, else the records."""
    table = state.plain.get(kind)
    if table is not None and kind not in state.next_ids:
        return table.group(kind)
    return record_group(kind)


def current_parts(state: State, spec: IndexSpec, group: str) -> Iterator[tuple[Any, Callable[[int], bool] | None]]:
    """Yield the parts of an index, each with the test whether an id's newest state lies there (None: all do)."""
    newer: list[Memory | Run] = []

    for memory in state.layers():
        yield memory.index(spec, group), _newest_beside(newer, group, 0, 1 << 62)
        if memory:
            newer.append(memory)
    for run in state.runs:
        if group in run.groups:
            yield postings_of(state, run, spec), _newest_beside(newer, group, *run.bounds(group))
            newer.append(run)


def _newest_beside(newer: Iterable[Memory | Run], group: str, low: int, high: int) -> Callable[[int], bool] | None:
    """Return the test whether no newer layer holds an id between two bounds, None where none holds any."""
    layers = [layer for layer in newer if _overlaps(layer, group, low, high)]

    def test(doc_id: int) -> bool:
        return not any(
            layer.has(group, doc_id) if isinstance(layer, Memory) else layer.slot_of(group, doc_id) >= 0
            for layer in layers
        )

    return test if layers else None


def _overlaps(layer: Memory | Run, group: str, low: int, high: int) -> bool:
    """Tell whether a newer layer can hold a newer state of an id; new records only have higher ids."""
    if isinstance(layer, Memory):
        return layer.lowest.get(group, high + 1) <= high
    if group not in layer.groups:
        return False
    first, last = layer.bounds(group)
    return first <= high and last >= low
