"""The writer: saved means durable, failed says why and keeps trying, readers see at once what was written."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fieldkit.errors import StoreError
from fieldkit.model.document import Document, apply, fields, shown
from fieldkit.model.operation import Operation
from fieldkit.services.clockwork import FixedClock
from fieldkit.services.indexes import INDEXES
from fieldkit.services.writer import WITH, Draft, Writer
from fieldkit.visit.outcome import SaveStatus

DEVICE = "abcdefghijklmnop"
ACTOR = "A01/inspector"


class FaultyStore:
    """A store in memory whose disk can be full or slow."""

    device = DEVICE
    read_only = False

    def __init__(self) -> None:
        self.kept: list[Operation] = []
        self.groups: list[int] = []
        self.full = False
        self.gate = threading.Event()
        self.gate.set()

    def append(self, operations: Sequence[Operation]) -> None:
        """Append, unless the disk is full."""
        self.gate.wait(5)
        if self.full:
            raise StoreError("STORE-010", "disk full")
        self.kept += operations
        self.groups.append(len(operations))

    def purge(self, rows: Mapping[str, Mapping[str, Any]]) -> bool:
        """Forget the operations of some records."""
        self.kept = [operation for operation in self.kept if operation.record not in rows]
        return True

    def purged(self) -> Mapping[str, Mapping[str, Any]]:
        """Return what was purged: nothing is noted here."""
        return {}

    def document(self, record: str) -> Document | None:
        """Return what the operations make of a record."""
        document = None
        for operation in self.kept:
            if operation.record == record:
                document = apply(document, operation)
        return document

    def documents(self, kind: str) -> Iterator[Document]:
        """Yield the records of a kind."""
        for record in dict.fromkeys(operation.record for operation in self.kept):
            if record.startswith(f"{kind}/"):
                document = self.document(record)
                assert document is not None
                yield document

    def operations(self, record: str | None = None) -> Iterator[Operation]:
        """Yield operations."""
        return (operation for operation in self.kept if record is None or operation.record == record)

    def find_equal(self, kind: str, index: str, value: Any) -> Sequence[str]:
        """Look through everything: there are no indexes."""
        return [document["id"] for document in self.documents(kind) if value in INDEXES[kind, index](fields(document))]

    def find_range(
        self, kind: str, index: str, low: Any = None, high: Any = None, *, descending: bool = False
    ) -> Sequence[str]:
        """Look through everything: there are no indexes."""
        values = {
            document["id"]: min(INDEXES[kind, index](fields(document)), default="") for document in self.documents(kind)
        }
        found = [name for name, value in values.items() if (low or "") <= value and (high is None or value <= high)]
        return sorted(found, key=lambda name: values[name], reverse=descending)

    def values(self, kind: str, index: str, low: str = "", high: str = "") -> Sequence[tuple[str, Sequence[int]]]:
        """Look through everything: there are no indexes."""
        found: dict[str, list[int]] = {}
        for number, document in enumerate(self.documents(kind), 1):
            for value in INDEXES[kind, index](fields(document)):
                if low <= value and (not high or value < high):
                    found.setdefault(value, []).append(number)
        return sorted(found.items())

    def value_counts(self, kind: str, index: str) -> Mapping[str, int]:
        """Count everything."""
        return {value: len(numbers) for value, numbers in self.values(kind, index)}

    def numbers(self, kind: str, index: str, value: Any) -> Sequence[int]:
        """Look through everything."""
        return dict(self.values(kind, index)).get(value, ())

    def highest(self, kind: str, index: str, most: int) -> Sequence[int]:
        """Look through everything."""
        return [number for _value, numbers in reversed(self.values(kind, index)) for number in numbers][:most]

    def count_equal(self, kind: str, index: str, value: Any) -> int:
        """Look through everything."""
        return len(self.numbers(kind, index, value))

    def text_numbers(self, kind: str, index: str, text: str) -> Collection[int]:
        """No test asks for words."""
        raise NotImplementedError(kind, index, text)

    def record_names(self, kind: str, numbers: Iterable[int]) -> Sequence[str]:
        """Count through everything."""
        names = [document["id"] for document in self.documents(kind)]
        return [names[number - 1] for number in numbers]

    def documents_at(self, kind: str, numbers: Sequence[int]) -> Sequence[Document]:
        """Count through everything."""
        documents = list(self.documents(kind))
        return [documents[number - 1] for number in numbers]

    def size(self, kind: str) -> int:
        """Count through everything."""
        return len(list(self.documents(kind)))

    def holds(self, device: str, seq: int) -> bool:
        """Tell whether an operation is here."""
        return any((operation.device, operation.seq) == (device, seq) for operation in self.kept)

    def count(self, record: str) -> int:
        """Count a record's operations."""
        return sum(operation.record == record for operation in self.kept)

    def last_seq(self) -> int:
        """Return the last number."""
        return len(self.kept)

    def last_hlc(self) -> str:
        """Return the greatest stamp."""
        return self.kept[-1].hlc if self.kept else "0.0"

    def kinds(self) -> Sequence[str]:
        """Return the kinds."""
        return sorted({operation.record.partition("/")[0] for operation in self.kept})

    def since(self, vector: Mapping[str, int]) -> Iterator[Operation]:
        """Yield nothing: no test asks."""
        del vector
        return iter(())

    def vector(self) -> dict[str, int]:
        """Return the vector."""
        return {DEVICE: len(self.kept)}

    def upkeep(self) -> Iterator[str]:
        """Nothing is kept up."""
        return iter(())

    def table(self, name: str) -> Any:
        """There are no tables."""
        raise NotImplementedError(name)

    def backup(self, path: Path) -> Any:
        """There is no backup."""
        raise NotImplementedError(path)

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def store() -> FaultyStore:
    """Return an empty store."""
    return FaultyStore()


def writer_of(store: FaultyStore, *, threaded: bool) -> Writer:
    """Return a writer whose clock stands."""
    return Writer(store, FixedClock(datetime(2026, 1, 10, tzinfo=UTC)), threaded=threaded)


def note(text: str, record: str = "note/1", field: str = "text", cause: str = "") -> Draft:
    """Return a draft."""
    return Draft(record, field, text, cause)


class TestStamping:
    def test_numbers_are_without_gaps_and_stamps_grow_while_the_clock_stands(self, store: FaultyStore) -> None:
        """Order is kept by the logical clock."""
        writer = writer_of(store, threaded=False)
        made = [
            *writer.write([note("a"), note("b", field="tag", cause=WITH)], ACTOR),
            *writer.write([note("c")], ACTOR),
        ]
        assert [operation.seq for operation in made] == [1, 2, 3]
        assert len({operation.hlc for operation in made}) == 3
        assert made[1].cause == f"with {made[0].id}"

    def test_a_later_value_names_the_one_it_replaces(self, store: FaultyStore) -> None:
        """Also within one group."""
        writer = writer_of(store, threaded=False)
        first, second = writer.write([note("a"), note("b")], ACTOR)
        assert second.prev == (first.id,)
        (third,) = writer.write([note("c")], ACTOR)
        assert third.prev == (second.id,)
        assert third.actor == ACTOR

    def test_several_groups_keep_their_own_causes(self, store: FaultyStore) -> None:
        """One flush, two groups."""
        writer = writer_of(store, threaded=False)
        made = writer.write_many(
            [[note("a"), note("b", field="x", cause=WITH)], [note("c"), note("d", field="x", cause=WITH)]], ACTOR
        )
        assert [operation.cause for operation in made] == ["", f"with {made[0].id}", "", f"with {made[2].id}"]
        assert store.groups == [4]

    def test_what_closes_a_visit_states_all_that_it_had_seen(self, store: FaultyStore) -> None:
        """The vector holds the closing operation itself."""
        writer = writer_of(store, threaded=False)
        value = {"state": "final", "event": "finalise"}
        made = writer.write([Draft("visit/1", "meta", {}), Draft("visit/1", "state", value, WITH)], ACTOR)
        assert made[1].value["vector"] == {DEVICE: 2}


class TestWithoutThread:
    def test_a_failure_raises_and_nothing_of_it_is_there(self, store: FaultyStore) -> None:
        """The next write takes the same number."""
        writer = writer_of(store, threaded=False)
        store.full = True
        with pytest.raises(StoreError):
            writer.write([note("a")], ACTOR)
        assert writer.document("note/1") is None
        store.full = False
        assert writer.write([note("b")], ACTOR)[0].seq == 1

    def test_nothing_to_write_writes_nothing(self, store: FaultyStore) -> None:
        """An empty intent is no operation."""
        assert writer_of(store, threaded=False).write([], ACTOR) == ()
        assert store.groups == []


class TestWithThread:
    def test_readers_see_at_once_what_is_saved_later(self, store: FaultyStore) -> None:
        """Saving is not saved."""
        writer = writer_of(store, threaded=True)
        writer.watched = "note/1"
        store.gate.clear()
        writer.write([note("a")], ACTOR)
        assert shown(writer.document("note/1"), "text") == "a"
        assert [shown(document, "text") for document in writer.documents("note")] == ["a"]
        assert writer.status().kind == "saving"
        assert [operation.value for operation in writer.operations("note/1")] == ["a"]
        store.gate.set()
        writer.flush(5)
        assert writer.status() == SaveStatus("saved", datetime(2026, 1, 10, tzinfo=UTC), 1)
        writer.close()

    def test_a_workspace_open_for_reading_refuses_at_once(self, store: FaultyStore) -> None:
        """Nobody is told that something was saved which cannot be: the refusal comes from the write itself."""
        store.read_only = True
        store.full = True
        writer = writer_of(store, threaded=True)
        with pytest.raises(StoreError):
            writer.write([note("lost?")], ACTOR)
        assert writer.document("note/1") is None
        assert writer.status().kind != "failed"
        writer.close()

    def test_records_are_found_by_number_before_they_are_durable(self, store: FaultyStore) -> None:
        """The index of the store and what is on its way make one answer."""
        writer = writer_of(store, threaded=True)
        writer.write([Draft("note/1", "meta", {"number": "N-d01-1"})], ACTOR)
        writer.flush(5)
        store.gate.clear()
        writer.write([Draft("note/2", "meta", {"number": "N-d01-2"})], ACTOR)
        assert [document["id"] for document in writer.find("note", "number", "n-d01-2")] == ["note/2"]
        assert [document["id"] for document in writer.find("note", "number", "N-d01-1")] == ["note/1"]
        store.gate.set()
        writer.close()

    def test_saved_is_said_only_after_the_store_has_it(self, store: FaultyStore) -> None:
        """Each report of saved counts what is durable then."""
        writer = writer_of(store, threaded=True)
        writer.watched = "note/1"
        seen: list[tuple[str, int, int]] = []
        end = writer.on_status(lambda status: seen.append((status.kind, status.count, store.count("note/1"))))
        for number in range(20):
            writer.write([note(str(number))], ACTOR)
        writer.flush(5)
        writer.close()
        end()
        assert seen[-1] == ("saved", 20, 20)
        assert all(count <= durable for kind, count, durable in seen if kind == "saved")

    def test_a_quick_medium_has_it_at_a_glance(self, store: FaultyStore, monkeypatch: pytest.MonkeyPatch) -> None:
        """The one who wrote is told in the own thread, as saved in the end: one paint shows answer and number."""
        monkeypatch.setattr("fieldkit.services.writer._GLANCE_SECONDS", 5.0)
        writer = writer_of(store, threaded=True)
        writer.watched = "note/1"
        seen: list[tuple[str, int, int]] = []
        writer.on_status(lambda status: seen.append((status.kind, status.count, threading.get_ident())))
        for number in range(3):
            writer.write([note(str(number))], ACTOR)
            writer.glance()
            assert (writer.pending, writer.status().kind) == (0, "saved")
            assert seen[-1] == ("saved", number + 1, threading.get_ident())
        writer.close()

    def test_a_slow_medium_is_not_waited_for_again(self, store: FaultyStore, monkeypatch: pytest.MonkeyPatch) -> None:
        """After one write that was not quick, the next ones return at once and say that they are saving."""
        writer = writer_of(store, threaded=True)
        store.gate.clear()
        writer.write([note("slow")], ACTOR)
        assert writer.status().kind == "saving"
        threading.Timer(0.05, store.gate.set).start()
        writer.flush(5)
        store.gate.clear()
        monkeypatch.setattr("fieldkit.services.writer._GLANCE_SECONDS", 60.0)
        writer.write([note("next")], ACTOR)
        writer.glance()
        assert (writer.status().kind, writer.pending) == ("saving", 1)
        store.gate.set()
        writer.flush(5)
        assert writer.status().kind == "saved"
        writer.close()

    def test_a_failure_stays_with_its_cause_and_is_tried_again(self, store: FaultyStore) -> None:
        """Nothing that waits is lost, and the order stays."""
        writer = writer_of(store, threaded=True)
        failed = threading.Event()
        writer.on_status(lambda status: failed.set() if status.kind == "failed" else None)
        store.full = True
        writer.write([note("a")], ACTOR)
        assert failed.wait(5)
        assert (writer.status().kind, writer.status().cause) == ("failed", "disk full")
        with pytest.raises(StoreError):
            writer.flush(1)
        writer.write([note("b")], ACTOR)
        assert writer.pending == 2
        store.full = False
        writer.retry()
        writer.flush(5)
        assert [operation.value for operation in store.kept] == ["a", "b"]
        assert writer.status().kind == "saved"
        writer.close()

    def test_leaving_saves_what_waits(self, store: FaultyStore) -> None:
        """Close ends the thread after the last write."""
        writer = writer_of(store, threaded=True)
        for number in range(5):
            writer.write([note(str(number))], ACTOR)
        writer.close()
        assert len(store.kept) == 5
