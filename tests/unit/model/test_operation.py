"""Operations, stamps and ids: what is refused, and what a document says."""

from __future__ import annotations

import copy

import pytest

from fieldkit.errors import SyncError
from fieldkit.model.clock import HybridClock, hlc_key, is_hlc
from fieldkit.model.document import (
    apply,
    apply_all,
    conflicts,
    deleted,
    digest,
    fields,
    prevs,
    shown,
    vector_of,
)
from fieldkit.model.ids import device_id, is_device_id, is_record, record_uuid, row_id, split_operation_id
from fieldkit.model.operation import DELETED, Operation, from_json

A, B = "a" * 16, "b" * 16


def operation(device: str, seq: int, field: str, value: object, prev: tuple[str, ...] = (), ms: int = 0) -> Operation:
    return Operation(device, seq, f"{ms or seq}.0", "A1/inspector", "finding/f", field, value, prev)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("device", "A" * 16), ("device", 3), ("seq", 0), ("seq", True), ("seq", 1.0), ("hlc", "12"),
        ("hlc", "-1.0"), ("hlc", "1.٣"), ("record", "visit"), ("record", "../x"), ("record", "visit/"),
        ("field", ""), ("prev", "a"), ("prev", ["x"]), ("prev", [3]), ("prev", None), ("actor", None),
        ("cause", 3),
    ],
)  # fmt: skip
def test_a_wrong_member_is_named(member: str, value: object) -> None:
    source = operation(A, 1, "x", 1).to_json()
    source[member] = value
    with pytest.raises(SyncError) as caught:
        from_json(source)
    assert caught.value.code == "SYNC-010"
    assert caught.value.where["member"] == member


def test_a_missing_value_is_refused_and_null_is_a_value() -> None:
    source = operation(A, 1, "x", None).to_json()
    assert from_json(source).value is None
    del source["value"]
    with pytest.raises(SyncError):
        from_json(source)


def test_the_clock_grows_when_the_wall_clock_jumps_back() -> None:
    clock = HybridClock()
    stamps = [clock.tick(1000), clock.tick(1000), clock.tick(10)]
    clock.observe("5000.3")
    stamps.append(clock.tick(20))
    assert stamps == ["1000.0", "1000.1", "1000.2", "5000.4"]
    assert clock.behind(1000) == 4000
    assert sorted(stamps, key=hlc_key) == stamps
    assert is_hlc("0.0")


def test_ids_have_their_form() -> None:
    assert is_device_id(device_id(bytes(range(10))))
    assert len(row_id(b"12345")) == 8
    assert record_uuid(bytes(16)) == "00000000-0000-4000-8000-000000000000"
    assert split_operation_id(A + ":12") == (A, 12)
    assert is_record("visit/7")
    assert is_record("form/" + "0" * 64)
    for make in (device_id, row_id, record_uuid):
        with pytest.raises(ValueError, match="needs"):
            make(b"")


def test_apply_never_changes_its_argument() -> None:
    first = apply(None, operation(A, 1, "x", 1))
    before = copy.deepcopy(first)
    apply(first, operation(A, 2, "x", 2, (A + ":1",)))
    apply(first, operation(B, 1, "y", 2))
    assert first == before


def test_one_shown_by_the_fixed_rule_and_all_kept() -> None:
    document = apply_all(None, [operation(A, 1, "x", "a", ms=5), operation(B, 1, "x", "b", ms=5)])
    assert document is not None
    assert shown(document, "x") == "b"
    assert conflicts(document) == [
        ("x", [[B + ":1", "5.0", "A1/inspector", "b"], [A + ":1", "5.0", "A1/inspector", "a"]])
    ]
    assert prevs(document, "x", A) == (B + ":1", A + ":1")
    assert vector_of(document) == {A: 1, B: 1}


def test_equal_values_are_no_conflict() -> None:
    document = apply_all(None, [operation(A, 1, "x", 1), operation(B, 1, "x", 1)])
    assert document is not None
    assert conflicts(document) == []
    assert len(document["heads"]["x"]) == 2


def test_a_version_that_arrives_after_its_successor_is_not_shown() -> None:
    later, earlier = operation(A, 2, "x", 2, (A + ":1",)), operation(A, 1, "x", 1)
    document = apply(None, later)
    assert document["unseen"] == {"x": [A + ":1"]}
    document = apply(document, earlier)
    assert fields(document) == {"x": 2}
    assert document["unseen"] == {}
    assert document["n"] == 2
    assert apply(document, earlier) == document


def test_deleting_beside_an_edit_is_a_conflict_and_hides_nothing() -> None:
    made = operation(A, 1, "x", 1)
    gone = operation(A, 2, DELETED, {"reason": "twice", "vector": {A: 1}})
    edit = operation(B, 1, "x", 2, (A + ":1",))
    quiet = apply_all(None, [made, gone])
    assert quiet is not None
    assert deleted(quiet)
    assert conflicts(quiet) == []
    beside = apply_all(None, [made, gone, edit])
    assert beside is not None
    assert not deleted(beside)
    assert [name for name, _versions in conflicts(beside)] == [DELETED]
    settled = apply(beside, operation(A, 3, DELETED, {"reason": "twice", "vector": {A: 2, B: 1}}, (A + ":2",)))
    assert deleted(settled)
    assert conflicts(settled) == []


def test_the_digest_tells_states_apart_and_knows_purged_records() -> None:
    one = apply(None, operation(A, 1, "x", 1))
    two = apply(one, operation(A, 2, "x", 2, (A + ":1",)))
    assert digest([one]) != digest([two])
    assert digest([]) == digest([])
    assert digest([], {"visit/v": "0" * 64}) != digest([])
