"""The public TinyDB interface over the journal, without its whole-file reads and writes."""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterable, Iterator, Mapping, MutableMapping
from typing import Any, NoReturn, cast

from tinydb import TinyDB
from tinydb.queries import QueryLike
from tinydb.storages import Storage
from tinydb.table import Document as TinyDocument
from tinydb.table import Table

from fieldkit.errors import StoreError
from fieldkit.i18n import _
from fieldkit.store.engine import Change, Engine
from fieldkit.store.indexing import group_of
from fieldkit.store.lookup import candidates, equality
from fieldkit.store.memory import record_group
from fieldkit.store.packing import check_json, decode, decode_document, encode, encode_document
from fieldkit.store.patch import make_patch
from fieldkit.store.shown import documents_with, shown_row

__all__ = ["LogStorage", "LogTable", "LogTinyDB", "RecordTable"]

_CHUNK = 128
"""Records that are fetched together."""


class LogStorage(Storage):
    """TinyDB's idea of a storage over an engine; whole-database calls become single durable lines."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def read(self) -> dict[str, dict[str, Any]] | None:
        """Return all plain tables as TinyDB's nested dictionaries, None where there are none."""
        state = self.engine.state
        names = state.plain_names()
        if not names:
            return None
        return {name: dict(_Rows(self.engine, name).items()) for name in names}

    def write(self, data: dict[str, dict[str, Any]]) -> None:
        """Make the plain tables equal to ``data``, as one atomic write of what differs."""
        with self.engine.plain_lock:
            changes: list[Change] = [
                Change(b"t", [name]) for name in self.engine.state.plain_names() if name not in data
            ]
            for name, rows in data.items():
                wanted = {int(doc_id): _jsonable(document) for doc_id, document in rows.items()}
                changes.extend(_differences(self.engine, name, wanted))
            self.engine.change(changes)

    def close(self) -> None:
        """Close the engine."""
        self.engine.close()


def _differences(engine: Engine, name: str, wanted: dict[int, dict[str, Any]]) -> Iterator[Change]:
    state = engine.state
    here = set(state.plain_ids(name))
    if name not in state.plain_names():
        yield Change(b"n", [name, 1])
    for doc_id in here - wanted.keys():
        yield Change(b"d", [name, doc_id])
    for doc_id, document in wanted.items():
        raw = state.plain_raw(name, doc_id)
        if raw is None or raw != encode_document(document):
            yield Change(b"p", [name, doc_id, document])


def _jsonable(document: Mapping[Any, Any]) -> dict[str, Any]:
    """Return the document as JSON gives it back: texts as keys, lists for tuples."""
    check_json(document if isinstance(document, dict) else dict(document))
    return cast("dict[str, Any]", decode(encode(dict(document))))


class _Rows(Mapping[str, Any]):
    """A plain table as TinyDB reads it: string ids to documents, each decoded when it is asked for."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self._name = name

    def __getitem__(self, key: str) -> Any:
        raw = self._engine.state.plain_raw(self._name, int(key)) if key.isdecimal() else None
        if raw is None:
            raise KeyError(key)
        return decode_document(raw)

    def __iter__(self) -> Iterator[str]:
        return map(str, self._engine.state.plain_ids(self._name))

    def __len__(self) -> int:
        return self._engine.state.plain_count(self._name)


class _Draft(MutableMapping[int, Any]):
    """A plain table while one of TinyDB's updaters changes it: remembers what it gave out and what it took."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self._name = name
        self._before: dict[int, bytes] = {}
        self._live: dict[int, Any] = {}
        self._gone: set[int] = set()
        self._is_cleared = False

    def __getitem__(self, key: int) -> Any:
        if key in self._live:
            return self._live[key]
        raw = None if self._is_cleared or key in self._gone else self._engine.state.plain_raw(self._name, key)
        if raw is None:
            raise KeyError(key)
        self._before[key] = raw
        self._live[key] = decode_document(raw)
        return self._live[key]

    def __setitem__(self, key: int, value: Any) -> None:
        if key not in self._live and key not in self._gone and not self._is_cleared:
            raw = self._engine.state.plain_raw(self._name, key)
            if raw is not None:
                self._before[key] = raw
        self._live[key] = value
        self._gone.discard(key)

    def __delitem__(self, key: int) -> None:
        if key not in self:
            raise KeyError(key)
        if key not in self._before and not self._is_cleared:
            raw = self._engine.state.plain_raw(self._name, key)
            if raw is not None:
                self._before[key] = raw
        self._live.pop(key, None)
        self._gone.add(key)

    def __contains__(self, key: object) -> bool:
        if key in self._live:
            return True
        if self._is_cleared or key in self._gone or not isinstance(key, int):
            return False
        return self._engine.state.plain_raw(self._name, key) is not None

    def __iter__(self) -> Iterator[int]:
        stored = [] if self._is_cleared else list(self._engine.state.plain_ids(self._name))
        known = set(stored)
        yield from (key for key in stored if key not in self._gone)
        yield from (key for key in self._live if key not in known)

    def __len__(self) -> int:
        return sum(1 for _key in self)

    def clear(self) -> None:
        """Forget every row: the table starts over."""
        self._is_cleared = True
        self._live.clear()
        self._before.clear()
        self._gone.clear()

    def changes(self) -> list[Change]:
        """Return what happened to the table since it was handed out."""
        found: list[Change] = [Change(b"c", [self._name])] if self._is_cleared else []
        found.extend(Change(b"d", [self._name, key]) for key in sorted(self._gone) if key in self._before)
        for key, value in self._live.items():
            document = _jsonable(value)
            raw = self._before.get(key)
            if raw is None:
                found.append(Change(b"p", [self._name, key, document]))
                continue
            steps = make_patch(decode_document(raw), document)
            if not steps:
                continue
            patch = Change(b"u", [self._name, key, steps])
            small = len(encode(steps)) < len(raw) // 2
            found.append(patch if small else Change(b"p", [self._name, key, document]))
        return found


def _matching(table: Table, engine: Engine, ids: list[int], cond: QueryLike) -> list[TinyDocument]:
    """Return those of the documents that an index named which match, each decoded once."""
    group = group_of(engine.state, table.name)
    make, wanted = table.document_class, equality(cond)
    rows = engine.state.rows(group, ids)
    if wanted is not None:
        return documents_with(rows, *wanted, make)
    return [make(row, doc_id) for doc_id, row in rows if cond(row)]


class LogTable(Table):
    """A TinyDB table whose calls are durable and atomic when they return; results are never shared."""

    def __init__(
        self,
        storage: Storage,
        name: str,
        cache_size: int = Table.default_query_cache_capacity,
        persist_empty: bool = False,
    ) -> None:
        self._engine = cast("LogStorage", storage).engine
        self._seen_version = -1
        super().__init__(storage, name, cache_size, persist_empty)

    def search(self, cond: QueryLike) -> list[TinyDocument]:
        """Return the documents that match, each an object of the caller's own."""
        if self._seen_version != self._engine.plain_version:
            self.clear_cache()
            self._seen_version = self._engine.plain_version
        cached = self._query_cache.get(cond)
        ids = None if cached is not None else candidates(self._engine.state, self.name, cond)
        if ids is None:
            return [self._copy(document) for document in super().search(cond)]
        return _matching(self, self._engine, ids, cond)

    def _copy(self, document: TinyDocument) -> TinyDocument:
        return self.document_class(decode(encode(dict(document))), document.doc_id)

    def _read_table(self) -> dict[str, Mapping[str, Any]]:
        return cast("dict[str, Mapping[str, Any]]", _Rows(self._engine, self.name))

    def _update_table(self, updater: Callable[[dict[int, Mapping[str, Any]]], None]) -> None:
        with self._engine.plain_lock:
            draft = _Draft(self._engine, self.name)
            updater(cast("dict[int, Mapping[str, Any]]", draft))
            changes = draft.changes()
            if not changes and self.name not in self._engine.state.plain_names():
                changes = [Change(b"n", [self.name, 1])]
            self._engine.change(changes)
            self.clear_cache()

    def insert(self, document: Mapping[str, Any]) -> int:
        """Insert a document and return its id once it is durable."""
        with self._engine.plain_lock:
            self._next_id = None
            return super().insert(document)

    def insert_multiple(self, documents: Iterable[Mapping[str, Any]]) -> list[int]:
        """Insert documents as one atomic write."""
        with self._engine.plain_lock:
            self._next_id = None
            return super().insert_multiple(documents)

    def _get_next_id(self) -> int:
        following: int | None = self._next_id
        if following is None:
            following = self._engine.state.next_id(self.name)
        self._next_id = following + 1  # type: ignore[assignment]  # TinyDB declares it as None only
        return following


class LogTinyDB(TinyDB):
    """TinyDB over an engine: ``LogTinyDB(engine)``."""

    table_class = LogTable

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        super().__init__(engine, storage=LogStorage)

    def tables(self) -> set[str]:
        """Return the names of the plain tables."""
        return set(self.engine.state.plain_names())

    def drop_tables(self) -> None:
        """Remove every plain table."""
        with self.engine.plain_lock:
            self.engine.change([Change(b"t", [name]) for name in self.engine.state.plain_names()])
        self._tables.clear()

    def drop_table(self, name: str) -> None:
        """Remove one plain table."""
        self._tables.pop(name, None)
        with self.engine.plain_lock:
            if name in self.engine.state.plain_names():
                self.engine.change([Change(b"t", [name])])


class _Records(Mapping[str, Any]):
    """The records of one kind as TinyDB reads them: the shown value of each field, and the record's name as ``id``."""

    def __init__(self, engine: Engine, kind: str) -> None:
        self._engine = engine
        self._kind = kind

    def __getitem__(self, key: str) -> Any:
        group = record_group(self._kind)
        raw = self._engine.state.raw(group, int(key)) if key.isdecimal() else None
        if raw is None:
            raise KeyError(key)
        return shown_row(group, raw)

    def __iter__(self) -> Iterator[str]:
        return map(str, self._engine.state.record_ids(self._kind))

    def items(self) -> ItemsView[str, Any]:
        """Return ids and records, fetched in chunks."""
        return _RecordItems(self)

    def rows(self) -> Iterator[tuple[str, Any]]:
        """Yield ids and records in order."""
        state, group = self._engine.state, record_group(self._kind)
        ids = state.record_ids(self._kind)
        for start in range(0, len(ids), _CHUNK):
            for doc_id, raw in state.raws(group, ids[start : start + _CHUNK]):
                yield str(doc_id), shown_row(group, raw)

    def __len__(self) -> int:
        return self._engine.state.count_records(self._kind)


class _RecordItems(ItemsView[str, Any]):
    """Items of a kind's records without a look-up for each."""

    def __init__(self, records: _Records) -> None:
        super().__init__(records)
        self._records = records

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        return self._records.rows()


class RecordTable(Table):
    """The documents of one kind of record, to read with TinyDB's interface; only operations change them."""

    def __init__(self, storage: Storage, name: str) -> None:
        self._engine = cast("LogStorage", storage).engine
        super().__init__(storage, name, cache_size=0)

    def search(self, cond: QueryLike) -> list[TinyDocument]:
        """Return the records that match, through an index where one fits."""
        ids = candidates(self._engine.state, self.name, cond)
        return super().search(cond) if ids is None else _matching(self, self._engine, ids, cond)

    def _read_table(self) -> dict[str, Mapping[str, Any]]:
        return cast("dict[str, Mapping[str, Any]]", _Records(self._engine, self.name))

    def _update_table(self, updater: Callable[[dict[int, Mapping[str, Any]]], None]) -> NoReturn:  # noqa: ARG002
        raise StoreError(
            "STORE-021",
            _("The table {name} is made of operations and cannot be written directly").format(name=self.name),
            hint=_("Write an operation through the service of this record; TinyDB calls may only read here."),
        )
