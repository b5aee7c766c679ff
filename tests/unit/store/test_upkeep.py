"""Runs, compaction, indexes, identity: what the store does beside saving."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path

import pytest
from msgspec.structs import replace
from tinydb import where

from fieldkit.errors import StoreError
from fieldkit.model.operation import Operation
from fieldkit.store import IndexSpec, Options, Store, indexing, open_store, sidecar
from fieldkit.store.held import Held
from fieldkit.store.patch import apply_patch, make_patch
from fieldkit.store.postings import text_words, value_key

BUSY = Options(segment_bytes=2000, ballast_bytes=0, memory_bytes=3000, tail_lines=5, dead_lines=5)
CALM = Options(ballast_bytes=0)
SEVERITY = IndexSpec("severity", "finding", lambda document: [document.get("severity")])
DUE = IndexSpec("due", "finding", lambda document: [document.get("due")])
WORDS = IndexSpec("words", "finding", lambda document: [str(document.get("statement", ""))], how="text")


INDEXED = replace(CALM, indexes=(SEVERITY, WORDS))


def put(store: Store, record: str, **fields: object) -> None:
    """Write fields of a record as one group."""
    first = store.last_seq() + 1
    store.append(
        [
            Operation(
                store.device, first + place, f"{1_790_000_000_000 + first + place}.0", "A01/x", record, name, value
            )
            for place, (name, value) in enumerate(fields.items())
        ]
    )


def test_compaction_gives_room_back_and_keeps_every_operation(tmp_path: Path) -> None:
    """Replaced plain documents go, operations stay, ids of removed documents stay used."""
    with open_store(tmp_path, options=BUSY) as store:
        table = store.table("outbox")
        for number in range(60):
            put(store, f"visit/v{number % 3}", state={"n": number})
            table.insert({"n": number})
            table.update({"text": "x" * 40, "n": number}, doc_ids=[number + 1])
            table.update({"text": "y" * 60, "n": number}, doc_ids=[number + 1])
        last = table.all()[-1].doc_id
        table.remove(doc_ids=[last])
        operations = list(store.operations())
        rows = table.all()
        before = sum(path.stat().st_size for path in (tmp_path / "journal").glob("*.seg"))
        for _time in range(3):
            put(store, "visit/v0", state={"n": -1})
            store.maintain()
        operations = list(store.operations())
        generations = [path.name for path in (tmp_path / "journal").glob("*-0001.seg")]
        assert generations
        assert sum(path.stat().st_size for path in (tmp_path / "journal").glob("*.seg")) < before
        assert store.verify()["ok"]
    for folder in ("kept", "state"):
        if folder == "state":
            for path in (tmp_path / "state").iterdir():
                path.unlink()
        with open_store(tmp_path, options=CALM) as store:
            assert list(store.operations()) == operations
            assert list(store.operations("visit/v1")) == [item for item in operations if item.record == "visit/v1"]
            assert store.table("outbox").all() == rows
            doc_id = store.table("outbox").insert({})
            assert doc_id > last
            store.table("outbox").remove(doc_ids=[doc_id])
            last = doc_id


@pytest.mark.parametrize("options", [BUSY, CALM])
def test_indexes_find_the_newest_state_only(tmp_path: Path, options: Options) -> None:
    """Whether a document lies in memory, in a run, or in both."""
    with open_store(tmp_path, options=options) as store:
        for spec in (SEVERITY, DUE, WORDS):
            store.define_index(spec)
        for number in range(40):
            put(
                store, f"finding/f{number:02d}", severity=f"S{number % 3}", due=number, statement=f"台账未更新 {number}"
            )
        put(store, "finding/f04", severity="S0", statement="灭火器过期 mieohuoqi")
        put(store, "finding/f05", due=2.5)
        if options is CALM:
            store.maintain()
            put(store, "finding/f07", severity="S9")
        assert store.find_equal("finding", "severity", "S1") == [
            f"finding/f{n:02d}" for n in range(40) if n % 3 == 1 and not (n == 4 or (n == 7 and options is CALM))
        ]
        assert store.find_range("finding", "due", 1, 4) == [f"finding/f{n:02d}" for n in (1, 2, 5, 3, 4)]
        assert store.find_range("finding", "due", 38, descending=True) == ["finding/f39", "finding/f38"]
        assert store.find_text("finding", "words", "灭火器") == ["finding/f04"]
        assert store.find_text("finding", "words", "未更新 39") == ["finding/f39"]
        assert len(store.find_text("finding", "words", "账")) == 39
        assert store.find_text("finding", "words", "mieo") == ["finding/f04"]
        assert store.find_text("finding", "words", "火 mie 台账") == []
        assert store.find_text("finding", "words", "台", limit=3) == ["finding/f39", "finding/f38", "finding/f37"]
        found = store.table("finding").search((where("severity") == "S0") & (where("due") == 4))
        assert [row["id"] for row in found] == ["finding/f04"]
        with pytest.raises(StoreError):
            store.find_equal("finding", "nothing", 1)


def _fill_findings(store: Store) -> None:
    for number in range(40):
        put(store, f"finding/f{number:02d}", severity=f"S{number % 3}", statement=f"台账未更新 {number}")


def _assert_no_index_is_built(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Open and ask both indexes: what the runs hold is read, nothing is built from documents."""
    with monkeypatch.context() as patch, open_store(home, options=INDEXED) as store:
        patch.setattr(indexing, "build_postings", _refuse_to_build)
        assert store.engine.state.runs
        assert len(store.find_equal("finding", "severity", "S0")) == 14
        assert len(store.find_text("finding", "words", "台账 39")) == 1


def _refuse_to_build(_lists: object) -> None:
    raise AssertionError("an index is built anew")


@pytest.mark.parametrize("loss", ["lost", "damaged", "of another format"])
def test_runs_that_are_made_anew_hold_the_indexes(tmp_path: Path, loss: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is rebuilt at an opening is complete: the next start has nothing to build."""
    with monkeypatch.context() as patch:
        if loss == "of another format":
            patch.setattr(sidecar, "RUN_FORMAT", sidecar.RUN_FORMAT - 1)
        with open_store(tmp_path, options=replace(BUSY, indexes=(SEVERITY, WORDS))) as store:
            _fill_findings(store)
    for path in (tmp_path / "state").iterdir():
        if loss == "lost":
            path.unlink()
        elif loss == "damaged":
            path.write_bytes(path.read_bytes()[:-1])
    with open_store(tmp_path, options=replace(BUSY, indexes=(SEVERITY, WORDS))) as store:
        assert store.engine.state.runs
    _assert_no_index_is_built(tmp_path, monkeypatch)


@pytest.mark.parametrize("known", [(), (SEVERITY,), (SEVERITY, replace(WORDS, version=0))])
def test_upkeep_writes_the_indexes_that_runs_lack(
    tmp_path: Path, known: tuple[IndexSpec, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Runs written before an index was defined, or with another version of it, are completed once."""
    with open_store(tmp_path, options=replace(BUSY, indexes=known)) as store:
        _fill_findings(store)
    with open_store(tmp_path, options=INDEXED) as store:
        before = store.find_text("finding", "words", "台账")
        store.maintain()
        assert store.find_text("finding", "words", "台账") == before
        written = [run.path for run in store.engine.state.runs]
        store.maintain()
        assert [run.path for run in store.engine.state.runs] == written
        assert store.verify()["ok"]
    _assert_no_index_is_built(tmp_path, monkeypatch)


def test_upkeep_that_cannot_or_must_not_go_on_leaves_the_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk without room to spare is left alone, and a key ends the writing; the next idle moment does it."""
    with open_store(tmp_path, options=BUSY) as store:
        _fill_findings(store)
    with open_store(tmp_path, options=INDEXED) as store:
        with monkeypatch.context() as patch:
            patch.setattr(store.engine.disk, "free", lambda _folder: 1000)
            store.maintain()
            before = [run.path.name for run in store.engine.state.runs]
            store.maintain()
        assert [run.path.name for run in store.engine.state.runs] == before
        steps = store.engine.upkeep()
        while not list((tmp_path / "state").glob("*.new")):
            next(steps)
        del steps
        assert [run.path.name for run in store.engine.state.runs] == before
        assert not list((tmp_path / "state").glob("*.new"))
        assert len(store.find_text("finding", "words", "台账")) == 40
        store.maintain()
    _assert_no_index_is_built(tmp_path, monkeypatch)


def test_a_state_that_is_made_anew_during_upkeep_is_whole(tmp_path: Path) -> None:
    """A damaged run is found in the middle: what upkeep was writing is left, whichever of them ends first."""
    for step in range(7):
        home = tmp_path / str(step)
        with open_store(home, options=BUSY) as store:
            _fill_findings(store)
        with open_store(home, options=INDEXED) as store:
            steps = store.upkeep()
            for _step in range(step):
                next(steps, None)
            store.engine.rebuild()
            with suppress(StoreError):
                list(steps)
            assert len(store.find_text("finding", "words", "台账")) == 40
            store.maintain()
            assert store.verify()["ok"]
        with open_store(home, options=INDEXED) as store:
            assert not store.engine.sidecar.refused
            assert len(list(store.documents("finding"))) == 40


def test_since_gives_what_a_vector_does_not_cover(tmp_path: Path) -> None:
    """In the journal's order, however many lines lie before."""
    with open_store(tmp_path, options=BUSY) as store:
        for number in range(50):
            put(store, f"visit/v{number}", a=1, b=2)
        other = "b" * 16
        store.append([Operation(other, seq, f"{seq}.0", "B/x", "visit/v1", "c", seq) for seq in (5, 1, 2)])
        assert [item.seq for item in store.since({store.device: 95})] == [96, 97, 98, 99, 100, 5, 1, 2]
        assert [item.seq for item in store.since({store.device: 100, other: 2})] == [5]
        assert store.vector() == {store.device: 100, other: 2}
        assert store.holds(other, 5)
        assert not store.holds(other, 3)


def test_readers_and_a_writer_at_once(tmp_path: Path) -> None:
    """A reader in another thread sees each record with all operations of some moment, never less than before."""
    problems: list[str] = []
    with open_store(tmp_path, options=BUSY) as store:
        stop = threading.Event()

        def read() -> None:
            seen = 0
            while not stop.is_set():
                document = store.document("visit/v0")
                count = 0 if document is None else document["n"]
                if count < seen or count > len(list(store.operations("visit/v0"))):
                    problems.append(f"{seen} -> {count}")
                seen = count

        thread = threading.Thread(target=read)
        thread.start()
        try:
            for number in range(150):
                put(store, "visit/v0", **{f"f{number % 5}": number})
                if number % 20 == 0:
                    store.maintain()
        finally:
            stop.set()
            thread.join()
        assert store.count("visit/v0") == 150
    assert problems == []


def test_ranges_of_numbers_join_in_any_order() -> None:
    """The set of held operations stays small."""
    held = Held()
    for seq in (5, 1, 3, 4, 2, 9, 8, 2):
        held.add("d", seq)
    assert held.ranges() == {"d": [[1, 5], [8, 9]]}
    assert held.vector() == {"d": 5}
    assert held.last("d") == 9
    assert [seq for seq in range(1, 12) if held.holds("d", seq)] == [1, 2, 3, 4, 5, 8, 9]
    assert Held(held.ranges()).ranges() == held.ranges()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({}, {"a": 1}),
        ({"a": 1}, {"a": 1.0}),
        ({"a": True}, {"a": 1}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"c": 3}}),
        ({"a": [1, True]}, {"a": [1, 1]}),
        ({"a": {"b": {}}}, {"a": {"b": None}}),
    ],
)
def test_a_patch_leads_exactly_to_the_new_document(old: dict[str, object], new: dict[str, object]) -> None:
    """Also where Python takes both for equal."""
    assert repr(apply_patch(old, make_patch(old, new))) == repr(new)


def test_keys_are_ordered_like_values() -> None:
    """Numbers by size, texts by code points."""
    numbers = [-1e308, -5, -1.5, 0, 0.5, 1, 2, 10, 1e300, 10**400]
    assert [value_key(number) for number in numbers] == sorted(value_key(number) or b"" for number in numbers)
    assert value_key(-0.0) == value_key(0) == value_key(False)
    assert value_key([1]) is None


def test_words_of_a_text() -> None:
    """Words in small letters, pairs of Chinese signs, and the last sign of a run alone."""
    assert text_words("节水池 Pump-7") == {"节水", "水池", "池", "pump", "7"}
    assert text_words("") == set()
