"""Documents of records are read by the quicker reader, and exactly: also numbers that it would round."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.model.operation import Operation
from fieldkit.store import Options, Store, open_store
from fieldkit.store.packing import decode, decode_record, encode, encode_record, has_long_number

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
    raw = encode_record(document, long_numbered=has_long_number(document))
    assert repr(decode_record(raw)) == repr(decode(encode(document))) == repr(decode(raw))


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
