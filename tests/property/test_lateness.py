"""Late edits of closed visits: the documents agree with the rule computed from scratch, in every order."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from fieldkit.model.clock import hlc_key
from fieldkit.model.document import apply_all, fields
from fieldkit.model.lateness import REOPENINGS
from fieldkit.model.operation import Operation, order_key
from tests.histories import history


def is_late(operation: Operation, operations: Sequence[Operation]) -> bool:
    """Return whether an edit came after a closing that its device did not know to be reopened."""
    if operation.field == "state":
        return False
    states = [one for one in operations if one.field == "state"]
    for closing in states:
        vector = closing.value.get("vector")
        if vector is None or operation.seq <= vector.get(operation.device, 0):
            continue
        later = [one for one in states if one.value["event"] in REOPENINGS and hlc_key(one.hlc) > hlc_key(closing.hlc)]
        if not any(knew(operation, reopening, operations) for reopening in later):
            return True
    return False


def knew(operation: Operation, reopening: Operation, operations: Sequence[Operation]) -> bool:
    """Return whether a device had seen a reopening when it wrote something."""
    if reopening.device == operation.device:
        return reopening.seq < operation.seq
    return any(
        one.device == operation.device and one.seq <= operation.seq and reopening.id in one.prev for one in operations
    )


@pytest.mark.parametrize("seed", range(150))
def test_documents_agree_with_the_rule_from_scratch(seed: int) -> None:
    chance = random.Random(5000 + seed)
    operations = [one for one in history(chance, longest=120) if one.record == "visit/v1"]
    late = {one.id for one in operations if is_late(one, operations)}
    expected = {}
    for name in {one.field for one in operations}:
        own = [one for one in operations if one.field == name and one.id not in late]
        named = {previous for one in own for previous in one.prev}
        heads = sorted((one for one in own if one.id not in named), key=order_key)
        if heads:
            expected[name] = heads[-1].value
    delivery = operations * 2
    chance.shuffle(delivery)
    document = apply_all(None, delivery)
    if not operations:
        assert document is None
        return
    assert document is not None
    assert {entry[0] for entries in document["late"].values() for entry in entries} == late
    assert fields(document) == expected


def test_the_histories_have_late_edits_and_reopenings() -> None:
    """The law above is about something: many of its histories have late edits, many know of a reopening."""
    late = knowing = 0
    for seed in range(150):
        operations = [one for one in history(random.Random(5000 + seed), longest=120) if one.record == "visit/v1"]
        late += any(is_late(one, operations) for one in operations)
        reopenings = {one.id for one in operations if one.field == "state" and one.value["event"] in REOPENINGS}
        knowing += any(reopenings & set(one.prev) for one in operations if one.field != "state")
    assert late > 30
    assert knowing > 10
