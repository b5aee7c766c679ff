"""Words and values are found in the newest state of each record, in however many files that state lies."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from tinydb import where
from tinydb.table import Document

from fieldkit.model.operation import Operation
from fieldkit.store import IndexSpec, Options, Store, ciphers, open_store
from fieldkit.store.care import seal_workspace
from fieldkit.store.lookup import newest_with_words, with_words
from fieldkit.store.memory import record_group, shown_fields
from fieldkit.store.packing import decode
from fieldkit.store.shown import shown_row
from fieldkit.store.state import State

WORDS = IndexSpec("statement", "finding", lambda document: [str(document.get("statement", ""))], how="text")
STATE = IndexSpec("state", "finding", lambda document: [document.get("state")])
SAID = IndexSpec("statement", "finding", lambda document: [document.get("statement")])
TEXTS = ("台账未更新", "台账齐全 taizhang", "灭火器过期 mie", "未更新记录 taiji", "档案")
RECORDS = 9000


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Return a store whose findings lie in several runs and in memory, many of them written more than once."""
    home, roll = tmp_path_factory.mktemp("lookup") / "home", random.Random(5)
    with open_store(home, options=Options(ballast_bytes=0, memory_bytes=1 << 30)) as opened:
        opened.define_index(WORDS)
        opened.define_index(STATE)
        seq = 0
        for part in range(5):
            batch = []
            numbers = range(RECORDS) if part == 0 else roll.sample(range(RECORDS + part * 40), 300)
            for number in numbers:
                for field, value in (("statement", roll.choice(TEXTS)), ("state", roll.choice(["open", "closed", 3]))):
                    seq += 1
                    batch.append(
                        Operation(opened.device, seq, f"{seq}.0", "A01/x", f"finding/f{number:05d}", field, value)
                    )
            opened.append(batch)
            if part < 4:
                opened.engine.flush()
        assert len(opened.engine.state.runs) > 1
        yield opened


def expected(store: Store, *pieces: str) -> list[int]:
    """Return by looking through everything, the highest first, which findings hold all the pieces."""
    rows = [
        (number, shown_fields("r:finding", document)) for number, document in store.engine.state.documents("finding")
    ]
    return [number for number, row in reversed(rows) if all(piece in str(row["statement"]) for piece in pieces)]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("台账 未更新", ("台账", "未更新")),
        ("台账", ("台账",)),
        ("台", ("台",)),
        ("tai", ("tai",)),
        ("taizhang 台账", ("taizhang", "台账")),
        ("台 t", ("台", "t")),
        ("灭火器 mi", ("灭火器", "mi")),
        ("档案 taizhang", ("档案", "taizhang")),
        ("nothing", ("nothing",)),
    ],
)
def test_words_are_found_all_or_the_newest_ones(store: Store, text: str, pieces: tuple[str, ...]) -> None:
    """A limit takes the first of what is found without it."""
    wanted = expected(store, *pieces)
    state = store.engine.state
    assert with_words(state, WORDS, text) == set(wanted)
    for limit in (1, 50, 1000, RECORDS * 2):
        assert newest_with_words(state, WORDS, text, limit) == wanted[:limit]


def test_nothing_looked_for_is_nothing_found(store: Store) -> None:
    """Signs that are no words ask for nothing."""
    assert with_words(store.engine.state, WORDS, " ,") == set()
    assert newest_with_words(store.engine.state, WORDS, "", 5) == []


@pytest.mark.parametrize("value", ["open", 3, 3.0, "3", None, "absent"])
def test_a_query_through_an_index_finds_what_a_look_through_everything_finds(store: Store, value: object) -> None:
    """Alone and joined with another condition; the rows are whole."""
    table = store.table("finding")
    rows = {number: shown_fields("r:finding", document) for number, document in store.engine.state.documents("finding")}
    wanted = {number: row for number, row in rows.items() if row["state"] == value}
    assert {row.doc_id: dict(row) for row in table.search(where("state") == value)} == wanted
    joined = (where("state") == value) & (where("statement") == TEXTS[0])
    assert {row.doc_id for row in table.search(joined)} == {
        number for number, row in wanted.items() if row["statement"] == TEXTS[0]
    }


def test_what_is_read_for_a_query_is_the_whole_row(store: Store) -> None:
    """The quick reading of a record and the reading of its document agree."""
    state, group = store.engine.state, record_group("finding")
    for _number, raw in state.raws(group, range(1, 200)):
        assert shown_row(group, raw) == shown_fields(group, decode(raw))


@pytest.mark.parametrize("passphrase", ["", "a long enough passphrase"])
def test_shown_values_lie_beside_small_records(
    tmp_path: Path, passphrase: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are what is shown; large, purged and newly written records are read from their documents."""
    monkeypatch.setitem(ciphers._COST, "n", 16)
    home = tmp_path / "home"
    options = Options(ballast_bytes=0, memory_bytes=1 << 30)
    with open_store(home, options=options) as opened:
        texts = {"f1": "台账", "f2": "x" * 5000, "f3": '灯 "\\\u2028'}
        write(opened, texts)
    if passphrase:
        seal_workspace(home, passphrase)
    with open_store(home, options=options, passphrase=passphrase) as opened:
        opened.engine.flush()
        state, group = opened.engine.state, record_group("finding")
        ids = state.record_ids("finding")
        assert dict(shown(state, group, ids)) == {f"finding/{name}": text for name, text in texts.items()}
        assert state._short(group, [ids[0], ids[2]]) is not None
        assert state._short(group, ids) is None
        write(opened, {"f1": "新台账"})
        assert dict(shown(state, group, ids))["finding/f1"] == "新台账"
        assert state._short(group, [ids[0]]) is None


def test_a_query_never_shows_a_damaged_row(tmp_path: Path) -> None:
    """Whatever byte of an entry is wrong, length and checksums included, the row comes back from the journal."""
    options = Options(ballast_bytes=0, memory_bytes=1 << 30, tail_lines=1)
    with open_store(tmp_path, options=options) as opened:
        write(opened, {"f1": "台账", "f2": "灯"})
        opened.define_index(SAID)
    with open_store(tmp_path, options=options) as opened:
        opened.define_index(SAID)
        run = opened.engine.state.runs[0]
        path, (start, end) = run.path, (run._offsets[0], run._offsets[1])
        whole = path.read_bytes()
        found = opened.table("finding").search(where("statement") == "台账")
    assert [row["id"] for row in found] == ["finding/f1"]
    assert end - start > 100
    for place in range(start, end):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x11]) + whole[place + 1 :])
        with open_store(tmp_path, read_only=True, create=False, options=options) as opened:
            opened.define_index(SAID)
            assert opened.table("finding").search(where("statement") == "台账") == found, place - start


def write(store: Store, texts: dict[str, str]) -> None:
    """Give findings a statement."""
    seq = store.last_seq()
    store.append(
        [
            Operation(store.device, seq + place, f"{1_790_000_000_000 + seq + place}.0", "A01/x", f"finding/{name}",
                      "statement", text)
            for place, (name, text) in enumerate(texts.items(), 1)
        ]
    )  # fmt: skip


def shown(state: State, group: str, ids: Sequence[int]) -> list[tuple[object, object]]:
    """Return id and statement of records as queries see them."""
    return [(row["id"], row["statement"]) for _number, row in state.rows(group, ids)]


def test_rows_are_of_the_tables_own_class(store: Store) -> None:
    """TinyDB's documents with their numbers, or those of a class that a caller has put in their place."""

    class Own(Document):
        """A caller's class."""

    table = store.table("finding")
    plain = table.search(where("state") == "open")
    assert plain
    assert {type(row) for row in plain} == {Document}
    table.document_class = Own
    try:
        own = table.search(where("state") == "open")
    finally:
        del table.document_class
    assert {type(row) for row in own} == {Own}
    assert [(row.doc_id, dict(row)) for row in own] == [(row.doc_id, dict(row)) for row in plain]
