"""Laws of the merge: any order, repeats and splits give the same record, and no version is lost."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkit.model.document import apply_all, conflicts, digest, shown, vector_of
from fieldkit.model.operation import RESOLVE, Operation, from_json, order_key
from tests.histories import Laptop, documents_of, history

HISTORIES = int(os.environ.get("FIELDKIT_HISTORIES", "300"))


def heads_by_definition(operations: Sequence[Operation], field: str) -> list[str]:
    own = [operation for operation in operations if operation.field == field]
    named = {name for operation in own for name in operation.prev}
    heads = {operation.id: operation for operation in own if operation.id not in named}
    return [entry.id for entry in sorted(heads.values(), key=order_key, reverse=True)]


@pytest.mark.parametrize("seed", range(0, HISTORIES, 50))
def test_any_order_with_repeats_converges(seed: int) -> None:
    """Deliveries in random order with repeats give equal documents and digests."""
    for number in range(seed, min(seed + 50, HISTORIES)):
        chance = random.Random(number)
        operations = history(chance)
        expected = documents_of(operations)
        for _round in range(4):
            delivery = [*operations, *chance.choices(operations, k=len(operations) // 2)] if operations else []
            chance.shuffle(delivery)
            found = documents_of(delivery)
            assert found == expected
            assert digest(found.values()) == digest(expected.values())


@pytest.mark.parametrize("seed", range(60))
def test_heads_are_those_that_no_other_names(seed: int) -> None:
    """Without closings the heads are exactly those of the definition, shown by the greatest stamp."""
    operations = history(random.Random(seed), closing=False)
    for record, document in documents_of(operations).items():
        own = [operation for operation in operations if operation.record == record]
        for field in {operation.field for operation in own}:
            assert [head[0] for head in document["heads"][field]] == heads_by_definition(own, field)
        assert document["n"] == len(own)


@pytest.mark.parametrize("seed", range(60))
def test_every_version_is_kept_and_review_ends_all_conflicts(seed: int) -> None:
    """No operation vanishes from a visit, and one settling operation per field leaves no conflict."""
    operations = history(random.Random(seed))
    documents = documents_of(operations)
    reviewer = Laptop("z" * 16, 0)
    reviewer.read(operations)
    for record, document in documents.items():
        if record.startswith("visit/"):
            kept = {
                entry[0] for part in ("heads", "past", "late") for field in document[part].values() for entry in field
            }
            assert kept == {operation.id for operation in operations if operation.record == record}
        for field, versions in conflicts(document):
            names = tuple(version[0] for version in versions)
            settle = Operation(
                reviewer.device,
                reviewer.seq + 1,
                reviewer.clock.tick(0),
                "R1/reviewer",
                record,
                field,
                versions[-1][3],
                names,
                RESOLVE,
            )
            reviewer.seq += 1
            reviewer.read([settle])
            assert shown(reviewer.documents[record], field) == versions[-1][3]
        assert conflicts(reviewer.documents[record]) == []


@given(st.permutations(range(6)), st.lists(st.integers(0, 5), max_size=6))
@settings(max_examples=50, deadline=None)
def test_late_edit_is_kept_but_not_shown(order: list[int], repeats: list[int]) -> None:
    """An edit by someone who did not know of the closing never becomes the value, in no order of arrival."""
    inspector, other = Laptop("a" * 16, 0), Laptop("b" * 16, 0)
    first = inspector.write("visit/v", "answer:x:/data/a", "3", 1_000)
    start = inspector.write("visit/v", "state", {"event": "start"}, 1_001)
    other.read([first, start])
    closing = inspector.write(
        "visit/v", "state", {"event": "finalise", "vector": vector_of(inspector.documents["visit/v"])}, 2_000
    )
    late = other.write("visit/v", "answer:x:/data/a", "9", 3_000)
    reopening = inspector.write("visit/v", "state", {"event": "reopen"}, 4_000)
    known = inspector.write("visit/v", "answer:x:/data/b", "1", 5_000)
    operations = [first, start, closing, late, reopening, known]
    document = apply_all(None, [operations[index] for index in [*order, *repeats]])
    assert document is not None
    assert shown(document, "answer:x:/data/a") == "3"
    assert shown(document, "answer:x:/data/b") == "1"
    assert [(field, [version[3] for version in versions]) for field, versions in conflicts(document)] == [
        ("answer:x:/data/a", ["3", "9"])
    ]


def test_an_edit_after_the_reopening_was_seen_is_no_late_edit() -> None:
    """The first operation after a reopening names it, and all later ones of that device count."""
    inspector, other = Laptop("a" * 16, 0), Laptop("b" * 16, 0)
    operations = [
        inspector.write("visit/v", "a", 1, 1),
        inspector.write("visit/v", "state", {"event": "start"}, 2),
    ]
    operations.append(inspector.write("visit/v", "state", {"event": "finalise", "vector": {"a" * 16: 2}}, 3))
    operations.append(inspector.write("visit/v", "state", {"event": "reopen"}, 4))
    other.read(operations)
    operations.append(other.write("visit/v", "b", 7, 5))
    operations.append(other.write("visit/v", "a", 8, 6))
    assert operations[3].id in operations[4].prev
    assert operations[3].id not in operations[5].prev
    for seed in range(20):
        delivery = list(operations)
        random.Random(seed).shuffle(delivery)
        document = apply_all(None, delivery)
        assert document is not None
        assert shown(document, "a") == 8
        assert conflicts(document) == []


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(json_values, st.dictionaries(st.text(min_size=1), json_values, max_size=4))
@settings(max_examples=100, deadline=None)
def test_unknown_members_survive_the_round_trip(value: object, extra: dict[str, object]) -> None:
    """Whatever a newer version writes into an operation is kept and passed on."""
    known = {
        "device": "a" * 16,
        "seq": 7,
        "hlc": "1.0",
        "actor": "A1/reviewer",
        "record": "visit/v",
        "field": "x",
        "value": value,
        "prev": ["b" * 16 + ":3"],
    }
    source = {**extra, **known}
    source.pop("cause", None)
    assert json.loads(json.dumps(from_json(source).to_json())) == source
