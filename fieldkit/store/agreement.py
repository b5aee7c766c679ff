"""Whether what runs hold and count agrees with itself: else the journal is read from its head."""

from __future__ import annotations

from fieldkit.store.memory import record_group
from fieldkit.store.purging import removed_operations
from fieldkit.store.state import State

__all__ = ["fault_of_counters", "fault_of_records"]


def fault_of_counters(state: State) -> str:
    """Return in what way the counters just loaded do not fit the runs, empty where they do."""
    if state.held.total() != state.operations:
        return "operations and their numbers differ"
    kinds = {group[2:] for run in state.runs for group in run.groups if group.startswith("r:")}
    if kinds != {kind for kind, following in state.next_ids.items() if following > 1}:
        return "kinds of records differ"
    for kind in kinds:
        group = record_group(kind)
        if max(run.bounds(group)[1] for run in state.runs if group in run.groups) != state.next_ids[kind] - 1:
            return f"records of {kind} are missing"
    return "no record for the operations" if state.operations and not kinds else ""


def fault_of_records(state: State) -> str:
    """Return in what way records and operations do not fit together, empty where they do; reads all records."""
    found, before = 0, state.operations
    for kind in state.kinds():
        for number in state.record_ids(kind):
            name = state.record_name(kind, number)
            count = 0 if name is None else state.count_operations(name)
            count += removed_operations(state, kind, number) if kind in state.purged else 0
            if count == 0:
                return f"record {number} of {kind} is missing"
            found += count
    if found == before or state.operations != before:
        return ""
    return f"{found} operations in records, {before} held"
