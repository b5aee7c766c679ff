"""Import plans, conflicts, undo, the outbox and the state, on a store of a few lines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from fieldkit.errors import SyncError
from fieldkit.model.clock import HybridClock
from fieldkit.model.document import (
    Document,
    apply,
    conflicts,
    deleted,
    fields,
    prevs,
    record_digest,
    shown,
    vector_of,
)
from fieldkit.model.operation import DELETED, Operation
from fieldkit.sync.conflicts import conflict_id, conflicts_of, find_conflict, resolve
from fieldkit.sync.coverage import Coverage, ranges_of
from fieldkit.sync.drafts import Draft, stamp
from fieldkit.sync.outbox import common_vector, coverage_of, operation_ids, pending, standing
from fieldkit.sync.plan import FUTURE_MS, Staged, plan_import
from fieldkit.sync.state import state_of
from fieldkit.sync.undo import undo_import

A, B, OFFICE = "a" * 16, "b" * 16, "z" * 16
NOW = 10 * FUTURE_MS


class Shelf:
    """A store in memory."""

    def __init__(self, device: str) -> None:
        self.device = device
        self.documents: dict[str, Document] = {}
        self.log: list[Operation] = []
        self.coverage = Coverage()
        self.clock = HybridClock()

    def document(self, record: str) -> Document | None:
        return self.documents.get(record)

    def holds(self, device: str, seq: int) -> bool:
        return self.coverage.holds(device, seq)

    def vector(self) -> dict[str, int]:
        return self.coverage.vector()

    def append(self, operations: Iterable[Operation]) -> None:
        for operation in operations:
            if not self.holds(operation.device, operation.seq):
                self.log.append(operation)
                self.coverage.add(ranges_of([(operation.device, operation.seq)]))
                self.documents[operation.record] = apply(self.documents.get(operation.record), operation)
                self.clock.observe(operation.hlc)

    def write(self, record: str, field: str, value: Any, now_ms: int = NOW) -> Operation:
        seen = prevs(self.documents.get(record), field, self.device)
        return self.draft([Draft(record, field, value, seen)], now_ms)[0]

    def draft(self, drafts: Iterable[Draft], now_ms: int = NOW) -> list[Operation]:
        after = self.coverage.vector().get(self.device, 0)
        made = stamp(drafts, device=self.device, after=after, clock=self.clock, now_ms=now_ms, actor="R1/reviewer")
        self.append(made)
        return made


def test_a_plan_says_what_is_new_changed_known_and_in_conflict() -> None:
    laptop, office = Shelf(A), Shelf(OFFICE)
    office.append([laptop.write("subject/s", "band", "plain")])
    laptop.write("visit/v", "answer:f:/data/a", "1")
    laptop.write("subject/s", "band", "hill")
    office.write("subject/s", "band", "lake")
    plan = plan_import(laptop.log, office, now_ms=NOW, ranges=laptop.coverage.ranges)
    assert (plan.new, plan.changed, plan.known, plan.conflicts, plan.status) == (1, 1, 1, 1, "imported")
    by_record = {change.record: change for change in plan.changes}
    assert by_record["subject/s"].conflicts == ("band",)
    assert by_record["visit/v"].fields == ("answer:f:/data/a",)
    assert by_record["visit/v"].kind == "visit"
    assert plan.missing == {}
    assert fields(office.documents["subject/s"]) == {"band": "lake"}, "a plan writes nothing"
    office.append(plan.operations)
    again = plan_import(laptop.log, office, now_ms=NOW)
    assert (again.status, again.operations, again.changes, again.known) == ("known", (), (), 3)


def test_operations_from_the_far_future_are_held_back_and_the_others_are_taken() -> None:
    laptop, office = Shelf(A), Shelf(OFFICE)
    first = laptop.write("note/1", "text", "x")
    ahead = laptop.write("note/2", "text", "y", NOW + FUTURE_MS + 1)
    plan = plan_import([ahead, first], office, now_ms=NOW)
    assert plan.operations == (first,)
    assert plan.future == (ahead,)
    assert plan.status == "quarantined"
    assert plan.ahead_ms == NOW + FUTURE_MS + 1
    assert plan_import([ahead], office, now_ms=NOW + 1).operations == (ahead,)


def test_gaps_are_found() -> None:
    laptop, office = Shelf(A), Shelf(OFFICE)
    log = [laptop.write("note/1", "text", str(number)) for number in range(6)]
    office.append([log[2]])
    plan = plan_import(log[4:], office, now_ms=NOW, ranges=ranges_of([(A, 5), (A, 6)]))
    assert plan.missing == {A: [[1, 2], [4, 4]]}


def test_several_imports_become_one_write() -> None:
    laptop, office = Shelf(A), Shelf(OFFICE)
    one = laptop.write("note/1", "text", "x")
    two = laptop.write("note/1", "text", "y")
    staged = Staged(office)
    first = plan_import([one], staged, now_ms=NOW)
    staged.stage(first.operations)
    second = plan_import([one, two], staged, now_ms=NOW)
    staged.stage(second.operations)
    assert (first.new, second.new, second.changed, second.known) == (1, 0, 1, 1)
    assert staged.operations == [one, two]
    assert staged.vector() == {A: 2}
    assert office.log == []


def dispute() -> tuple[Shelf, Operation, Operation]:
    one, two = Shelf(A), Shelf(B)
    mine = one.write("visit/v", "answer:f:/data/a", "12")
    theirs = two.write("visit/v", "answer:f:/data/a", "9", NOW + 5)
    one.append([theirs])
    return one, mine, theirs


def test_a_conflict_is_listed_and_settled_by_an_operation() -> None:
    shelf, mine, theirs = dispute()
    found = conflicts_of(shelf.documents.values())
    assert len(found) == 1
    assert found[0].id == conflict_id("visit/v", "answer:f:/data/a")
    assert [head.value for head in found[0].heads] == ["9", "12"]
    assert found[0].as_json()["heads"][0] | {"at": ""} == {
        "head": theirs.id, "value": "9", "device": B, "actor": "R1/reviewer", "at": "", "late": False,
    }  # fmt: skip
    assert find_conflict(found, found[0].id[:5]) == found[0]
    shelf.draft([resolve(shelf.documents["visit/v"], "answer:f:/data/a", take=mine.id)])
    assert shown(shelf.documents["visit/v"], "answer:f:/data/a") == "12"
    assert conflicts_of(shelf.documents.values()) == []
    assert len(shelf.documents["visit/v"]["past"]["answer:f:/data/a"]) == 2


def test_a_conflict_takes_another_value_too() -> None:
    shelf, _mine, _theirs = dispute()
    shelf.draft([resolve(shelf.documents["visit/v"], "answer:f:/data/a", value="10")])
    assert shown(shelf.documents["visit/v"], "answer:f:/data/a") == "10"


@pytest.mark.parametrize(("take", "code"), [("nobody:1", "SYNC-082"), ("", "SYNC-082")])
def test_a_version_that_is_none_is_refused(take: str, code: str) -> None:
    shelf, _mine, _theirs = dispute()
    with pytest.raises(SyncError) as caught:
        resolve(shelf.documents["visit/v"], "answer:f:/data/a", take=take)
    assert caught.value.code == code
    with pytest.raises(SyncError) as caught:
        resolve(shelf.documents["visit/v"], "remark", value=1)
    assert caught.value.code == "SYNC-081"
    with pytest.raises(SyncError):
        find_conflict([], "c1")


def test_a_late_edit_of_a_closed_visit_is_settled_without_reopening() -> None:
    one, two = Shelf(A), Shelf(B)
    two.append([one.write("visit/v", "answer:f:/data/a", "12")])
    one.write("visit/v", "state", {"event": "finalise", "vector": vector_of(one.documents["visit/v"])})
    late = two.write("visit/v", "answer:f:/data/a", "9", NOW + 9)
    one.append([late])
    found = conflicts_of(one.documents.values())
    assert [(head.value, head.late) for head in found[0].heads] == [("12", False), ("9", True)]
    one.draft([resolve(one.documents["visit/v"], "answer:f:/data/a", take=late.id)])
    assert shown(one.documents["visit/v"], "answer:f:/data/a") == "9"
    assert conflicts_of(one.documents.values()) == []


@pytest.mark.parametrize("keep", [True, False])
def test_deleting_beside_an_edit_is_settled_either_way(*, keep: bool) -> None:
    one, two = Shelf(A), Shelf(B)
    two.append([one.write("note/n", "text", "x")])
    gone = one.write("note/n", DELETED, {"reason": "twice", "vector": {A: 1}})
    edit = two.write("note/n", "text", "y")
    one.append([edit])
    assert not deleted(one.documents["note/n"])
    one.draft([resolve(one.documents["note/n"], DELETED, take=edit.id if keep else gone.id)])
    assert deleted(one.documents["note/n"]) is not keep
    assert conflicts(one.documents["note/n"]) == []


def test_undo_restores_earlier_values_and_removes_nothing() -> None:
    laptop, office = Shelf(A), Shelf(OFFICE)
    office.append([laptop.write("subject/s", "band", "plain"), laptop.write("subject/s", "kind", "village")])
    before = dict(fields(office.documents["subject/s"]))
    more = [
        laptop.write("subject/s", "band", "hill"),
        laptop.write("subject/s", "parent", "t1"),
        laptop.write("subject/s", "kind", "township"),
        laptop.write("note/n", "text", "only in the bundle"),
        laptop.write("note/m", "text", "edited here afterwards"),
    ]
    office.append(more)
    office.write("subject/s", "kind", "community")
    office.write("note/m", "text", "mine")
    ranges = ranges_of((one.device, one.seq) for one in more)
    records = [
        (document, [one for one in office.log if one.record == name]) for name, document in office.documents.items()
    ]
    undo = undo_import(records, ranges, "f" * 64)
    assert [(kept.record, kept.field) for kept in undo.kept] == [("subject/s", "kind"), ("note/m", "")]
    count = len(office.log)
    office.draft(undo.drafts)
    assert len(office.log) == count + len(undo.drafts)
    after = fields(office.documents["subject/s"])
    assert (after["band"], after["parent"], after["kind"]) == (before["band"], None, "community")
    assert deleted(office.documents["note/n"])
    assert shown(office.documents["note/m"], "text") == "mine"
    assert plan_import(laptop.log, office, now_ms=NOW).status == "known"


def test_saved_exported_acknowledged_is_derived() -> None:
    laptop = Shelf(A)
    for number in range(4):
        laptop.write("visit/v", f"answer:f:/data/{number % 3}", str(number))
    laptop.write("note/n", "text", "x")
    visit = laptop.documents["visit/v"]
    assert sorted(operation_ids(visit)) == [(A, seq) for seq in range(1, 5)]
    exported = coverage_of([{"ranges": {A: [[1, 2]]}}, {"ranges": {A: [[3, 4]]}}])
    none = Coverage()
    assert standing(visit, none, none).status == "saved"
    assert standing(visit, coverage_of([{"ranges": {A: [[1, 2]]}}]), none).status == "saved"
    assert standing(visit, exported, none).status == "exported"
    acknowledged = coverage_of([{"vector": {A: 4}}])
    assert standing(visit, exported, acknowledged).status == "acknowledged"
    assert standing(laptop.documents["note/n"], exported, acknowledged).status == "saved"
    assert [one.seq for one in pending(laptop.log, acknowledged)] == [5]


def test_the_state_is_equal_when_a_record_was_purged() -> None:
    laptop = Shelf(A)
    laptop.write("visit/v", "a", 1)
    laptop.write("note/n", "text", "x")
    documents = laptop.documents
    whole = state_of(documents.values())
    assert whole.counts == {"note": 1, "operations": 2, "visit": 1}
    left = state_of([documents["note/n"]], {"visit/v": record_digest(documents["visit/v"])})
    assert left.digest == whole.digest
    assert left.as_json()["purged"] == 1


def test_coverage_joins_ranges_and_counts() -> None:
    coverage = Coverage({A: [[4, 6]]})
    coverage.add({A: [[1, 2], [3, 3]], B: [[2, 2]]})
    assert coverage.ranges == {A: [[1, 6]], B: [[2, 2]]}
    assert coverage.vector() == {A: 6}
    assert coverage.gaps() == {B: [[1, 1]]}
    assert coverage.count() == 7
    assert not coverage.holds(B, 1)
    assert not coverage.holds(A, 7)


def test_what_all_receivers_hold_need_not_go_out_again() -> None:
    assert common_vector([{A: 9, B: 4}, {A: 5, OFFICE: 7}]) == {A: 5}
    assert common_vector([]) == {}
