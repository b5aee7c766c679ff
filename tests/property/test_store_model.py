"""Our TinyDB against the stock one in memory, step by step, while runs are written, merged and thrown away."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tinydb import TinyDB, where
from tinydb.operations import delete, increment
from tinydb.storages import MemoryStorage
from tinydb.table import Document

from fieldkit.model.document import Document as RecordDocument
from fieldkit.model.document import apply
from fieldkit.model.operation import Operation
from fieldkit.store import IndexSpec, Options, open_store

OPTIONS = Options(segment_bytes=1500, ballast_bytes=0, memory_bytes=3000, tail_lines=3, dead_lines=3)
BY_KIND = IndexSpec("k", "a", lambda document: [document.get("k")])
SEVERITY = IndexSpec("severity", "finding", lambda document: [document.get("severity")])

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.floats(-2, 2), st.text("ab中文\n\u202e", max_size=4)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=2),
    max_leaves=4,
)
documents = st.dictionaries(st.sampled_from(["k", "n", "deep", "text"]), values, max_size=4)
names = st.sampled_from(["a", "b"])
small = st.integers(0, 3)


def _is_whole(value: object) -> bool:
    return type(value) is int


class StoreAgainstStock(RuleBasedStateMachine):
    """Every call goes to both; afterwards both hold the same."""

    @initialize()
    def begin(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="fk-model-"))
        self.store = open_store(self.home, options=OPTIONS)
        self.store.define_index(BY_KIND)
        self.store.define_index(SEVERITY)
        self.stock = TinyDB(storage=MemoryStorage)
        self.records: dict[str, RecordDocument] = {}
        self.written: list[Operation] = []

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            shutil.rmtree(self.home)

    @rule(name=names, document=documents)
    def insert(self, name: str, document: dict[str, Any]) -> None:
        doc_id = self.store.table(name).insert(document)
        self.stock.table(name).insert(Document(document, doc_id))

    @rule(name=names, several=st.lists(documents, max_size=4))
    def insert_multiple(self, name: str, several: list[dict[str, Any]]) -> None:
        ids = self.store.table(name).insert_multiple(several)
        self.stock.table(name).insert_multiple([Document(one, key) for one, key in zip(several, ids, strict=True)])

    @rule(name=names, fields=documents, value=small)
    def update(self, name: str, fields: dict[str, Any], value: int) -> None:
        assert self.store.table(name).update(fields, where("k") == value) == self.stock.table(name).update(
            fields, where("k") == value
        )

    @rule(name=names)
    def update_by_operation(self, name: str) -> None:
        numbers = where("n").test(_is_whole)
        assert self.store.table(name).update(increment("n"), numbers) == self.stock.table(name).update(
            increment("n"), numbers
        )
        deep = where("deep").exists()
        assert self.store.table(name).update(delete("deep"), deep) == self.stock.table(name).update(
            delete("deep"), deep
        )

    @rule(name=names, value=small)
    def remove(self, name: str, value: int) -> None:
        assert self.store.table(name).remove(where("k") == value) == self.stock.table(name).remove(where("k") == value)

    @rule(name=names, document=documents, value=small)
    def upsert(self, name: str, document: dict[str, Any], value: int) -> None:
        condition = where("k") == value
        if self.stock.table(name).contains(condition):
            assert self.store.table(name).upsert(document, condition) == self.stock.table(name).upsert(
                document, condition
            )

    @rule(name=names)
    def truncate(self, name: str) -> None:
        self.store.table(name).truncate()
        self.stock.table(name).truncate()

    @rule(name=names)
    def drop(self, name: str) -> None:
        self.store.drop_table(name)
        self.stock.drop_table(name)

    @rule(
        record=st.sampled_from(["finding/1", "finding/2", "visit/1"]),
        field=st.sampled_from(["severity", "x"]),
        value=values,
        count=st.integers(1, 30),
    )
    def operations(self, record: str, field: str, value: Any, count: int) -> None:
        first = self.store.last_seq() + 1
        batch = [
            Operation(
                self.store.device, first + place, f"{1000 + first}.{place}", "A01/inspector", record, field, value, ()
            )
            for place in range(count)
        ]
        self.store.append(batch)
        self.written.extend(batch)
        for operation in batch:
            self.records[record] = apply(self.records.get(record), operation)

    @rule(forget=st.booleans())
    def open_again(self, forget: bool) -> None:
        self.store.close()
        if forget:
            shutil.rmtree(self.home / "state", ignore_errors=True)
        self.store = open_store(self.home, options=OPTIONS)
        self.store.define_index(BY_KIND)
        self.store.define_index(SEVERITY)
        assert self.store.problems == []

    @rule()
    def compact(self) -> None:
        self.store.maintain()

    @invariant()
    def holds_the_same(self) -> None:
        if not hasattr(self, "store"):
            return
        for name in ("a", "b"):
            ours, stock = self.store.table(name), self.stock.table(name)
            assert {row.doc_id: row for row in ours.all()} == {row.doc_id: row for row in stock.all()}
            assert len(ours) == len(stock)
            for value in (0, 1):
                condition = where("k") == value
                assert sorted(row.doc_id for row in ours.search(condition)) == sorted(
                    row.doc_id for row in stock.search(condition)
                )
        assert list(self.store.operations()) == self.written
        for record, document in self.records.items():
            assert self.store.document(record) == document
            assert list(self.store.operations(record)) == [item for item in self.written if item.record == record]
        for wanted in ("a", None, True, 1):
            found = [row["id"] for row in self.store.table("finding").search(where("severity") == wanted)]
            expected = [row["id"] for row in self.store.table("finding").all() if row.get("severity", "-") == wanted]
            assert sorted(found) == sorted(expected)


StoreAgainstStock.TestCase.settings = settings(
    max_examples=40,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestStoreAgainstStock = StoreAgainstStock.TestCase
