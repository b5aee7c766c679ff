"""Documents are read by the quicker reader, and exactly: also numbers that it would round."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tinydb import where

from fieldkit.model.operation import Operation
from fieldkit.store import IndexSpec, Options, Store, open_store
from fieldkit.store.packing import decode, decode_document, encode, encode_document, has_long_number

OPTIONS = Options(ballast_bytes=0, tail_lines=1)
LONG = (2**64 + 1, -(2**63) - 1, 123456789012345678901234567890, -(10**40))

json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(2**80), 2**80)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text('a中"\\\n', max_size=4), inner, max_size=4),
    max_leaves=12,
)


def heads_of(store: Store) -> dict[str, Any]:
    document = store.document("visit/v1")
    assert document is not None
    heads: dict[str, Any] = document["heads"]
    return heads


@given(st.dictionaries(st.text("abc中", max_size=3), json, max_size=4))
def test_both_readers_agree(document: dict[str, Any]) -> None:
    raw = encode_document(document, long_numbered=has_long_number(document))
    assert repr(decode_document(raw)) == repr(decode(encode(document))) == repr(decode(raw))


@pytest.mark.parametrize("value", LONG)
def test_a_long_number_is_seen_wherever_it_stands(value: int) -> None:
    for holder in (value, [1, value], {"a": {"b": [0, value]}}):
        assert has_long_number(holder)
    assert not any(map(has_long_number, (2**63 - 1, -(2**63), "1" * 40, 1e300, True, [{"a": 1}])))


@pytest.mark.parametrize("value", LONG)
def test_a_long_number_lives_through_restart_and_further_operations(tmp_path: Path, value: int) -> None:
    device = ""
    for number, (field, content) in enumerate([("n", value), ("other", [{"deep": value}]), ("more", 1)], 1):
        with open_store(tmp_path, options=OPTIONS) as store:
            device = device or store.device
            stamp = f"{1_790_000_000_000 + number}.0"
            store.append([Operation(device, number, stamp, "A01/x", "visit/v1", field, content)])
            heads = heads_of(store)
            assert [versions[0][3] for versions in heads.values()] == [value, [{"deep": value}], 1][:number]
        with open_store(tmp_path, read_only=True, create=False, options=OPTIONS) as store:
            assert heads_of(store) == heads
            assert [document["heads"] for document in store.documents("visit")] == [heads]


@pytest.mark.parametrize("value", LONG)
def test_a_long_number_is_found_through_an_index(tmp_path: Path, value: int) -> None:
    spec = IndexSpec("word", "visit", lambda document: [document.get("word")])
    with open_store(tmp_path, options=OPTIONS) as store:
        store.define_index(spec)
        for number, (field, content) in enumerate([("word", "a"), ("n", value)], 1):
            stamp = f"{1_790_000_000_000 + number}.0"
            store.append([Operation(store.device, number, stamp, "A01/x", "visit/v1", field, content)])
        store.engine.flush()
        assert store.engine.state.runs
        assert [row["n"] for row in store.table("visit").search(where("word") == "a")] == [value]


@pytest.mark.parametrize("value", LONG)
def test_a_long_number_lives_in_a_plain_table(tmp_path: Path, value: int) -> None:
    with open_store(tmp_path, options=OPTIONS) as store:
        table = store.table("plain")
        number = table.insert({"n": value, "texts": ["x"] * 40})
        assert table.get(doc_id=number) == {"n": value, "texts": ["x"] * 40}
        table.update({"more": [value]}, doc_ids=[number])
    with open_store(tmp_path, options=OPTIONS) as store:
        table = store.table("plain")
        assert table.all() == [{"n": value, "texts": ["x"] * 40, "more": [value]}]
        table.update({"n": 1, "more": []}, doc_ids=[number])
        assert table.all() == [{"n": 1, "texts": ["x"] * 40, "more": []}]
