"""Long lists of an index without the few documents that a newer file holds."""

from __future__ import annotations

from pathlib import Path

from fieldkit.model.operation import Operation
from fieldkit.store import IndexSpec, Options, Store, open_store
from fieldkit.store.columns import count, numbers, values

STATE = IndexSpec("state", "finding", lambda document: [document.get("state")])
RECORDS = 2000


def write(store: Store, changes: dict[int, str]) -> None:
    """Give findings a state, and write it as a run of its own."""
    seq = store.last_seq()
    store.append(
        [
            Operation(store.device, seq + place, f"{seq + place}.0", "A01/x", f"finding/f{number:05d}", "state", state)
            for place, (number, state) in enumerate(changes.items(), 1)
        ]
    )
    store.engine.flush()


def test_a_few_newer_documents_are_left_out_of_a_long_list(tmp_path: Path) -> None:
    """At its beginning, in its middle, side by side, and at its end."""
    with open_store(tmp_path / "home", options=Options(ballast_bytes=0)) as store:
        store.define_index(STATE)
        write(store, dict.fromkeys(range(RECORDS), "open"))
        for changed in ({0: "closed"}, {700: "closed", 701: "closed", 1500: "open"}, {RECORDS - 1: "closed"}):
            write(store, changed)
            assert len(store.engine.state.runs) > 1
            states = {record["id"]: record["heads"]["state"][0][3] for record in store.documents("finding")}
            state = store.engine.state
            for wanted in ("open", "closed"):
                ids = [number for number, text in zip(state.record_ids("finding"), states.values(), strict=True)
                       if text == wanted]  # fmt: skip
                assert list(numbers(state, STATE, wanted)) == ids
                assert count(state, STATE, wanted) == len(ids)
            assert {text: len(ids) for text, ids in values(state, STATE)} == {
                text: list(states.values()).count(text) for text in ("open", "closed")
            }
