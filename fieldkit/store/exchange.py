"""Everything out to stock TinyDB's JSON and back in: nobody is locked in."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

from fieldkit.errors import FieldkitError, StoreError
from fieldkit.i18n import _
from fieldkit.model.document import fields
from fieldkit.model.operation import Json, from_json
from fieldkit.store.engine import Change, Engine
from fieldkit.store.packing import encode
from fieldkit.store.tables import LogTinyDB

__all__ = ["export_tinydb", "import_tinydb", "read_tables"]

_OPERATIONS: Final = "_operations"


def export_tinydb(engine: Engine, db: LogTinyDB, path: Path) -> dict[str, Json]:
    """Write one JSON file that stock TinyDB opens: each kind and plain table as a table, and ``_operations``.

    Returns:
        ``{path, tables, documents, operations}``.
    """
    tables: dict[str, dict[str, Any]] = {}
    for kind in engine.state.kinds():
        rows = engine.state.documents(kind)
        tables[kind] = {str(doc_id): {**fields(document), "id": document["id"]} for doc_id, document in rows}
    for name in sorted(db.tables()):
        tables[name] = {str(row.doc_id): dict(row) for row in db.table(name)}
    documents = sum(map(len, tables.values()))
    operations = {str(number): item.to_json() for number, item in enumerate(engine.journal.operations(), 1)}
    tables[_OPERATIONS] = operations
    engine.disk.write_whole(path, encode(tables))
    return {
        "path": str(path),
        "tables": len(tables) - 1,
        "documents": documents,
        "operations": len(operations),
    }


def import_tinydb(engine: Engine, path: Path, kinds: Collection[str]) -> dict[str, Json]:
    """Take plain tables and operations from a TinyDB JSON file, as one atomic write each.

    Tables whose names are kinds of records come only through their operations. Documents keep their ids; a document
    whose id is taken gets the next one.

    Returns:
        ``{tables, documents, operations, skipped}``; ``skipped`` names the tables of records.

    Raises:
        StoreError: STORE-044, the file is no TinyDB JSON.
    """
    tables = read_tables(path)
    rows = tables.pop(_OPERATIONS, {})
    try:
        operations = [from_json(row) for row in rows.values()]
    except FieldkitError as error:
        raise _no_tinydb(path, error.message) from error
    skipped = [name for name in tables if name in kinds or name in engine.state.kinds()]
    added = len(engine.append(operations)) if operations else 0
    documents = 0
    with engine.plain_lock:
        changes: list[Change] = []
        for name, content in tables.items():
            if name not in kinds and name not in skipped:
                following = max([engine.state.next_id(name), *(int(key) + 1 for key in content)])
                for key, document in content.items():
                    taken = engine.state.plain_raw(name, int(key)) is not None
                    changes.append(Change(b"p", [name, following if taken else int(key), document]))
                    following += taken
                documents += len(content)
        engine.change(changes)
    return {
        "tables": len(tables) - len(skipped),
        "documents": documents,
        "operations": added,
        "skipped": [*skipped],
    }


def read_tables(path: Path) -> dict[str, dict[str, Any]]:
    """Return the tables of a TinyDB JSON file.

    Raises:
        StoreError: STORE-044, the file is no TinyDB JSON.
    """
    try:
        tables = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _no_tinydb(path, str(error)) from error
    is_tinydb = isinstance(tables, dict) and all(
        isinstance(rows, dict) and all(key.isdecimal() and isinstance(row, dict) for key, row in rows.items())
        for rows in tables.values()
    )
    if not is_tinydb:
        raise _no_tinydb(path, "")
    return dict(tables)


def _no_tinydb(path: Path, cause: str) -> StoreError:
    return StoreError(
        "STORE-044",
        _("This is no TinyDB file: {file}").format(file=path),
        hint=_("A TinyDB file is one JSON object: tables, in them documents by number."),
        where={"file": str(path), "cause": cause},
    )
