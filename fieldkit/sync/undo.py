"""Undoing a whole import: operations that restore the earlier values; nothing is removed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from fieldkit.model.document import Document, apply_all, shown, vector_of
from fieldkit.model.ids import split_operation_id
from fieldkit.model.operation import DELETED, RESOLVE, Operation, order_key
from fieldkit.sync.coverage import Coverage
from fieldkit.sync.drafts import Draft

__all__ = ["Kept", "Undo", "undo_import"]


class Kept(Struct, frozen=True):
    """A field that stays as it is.

    Attributes:
        record: The record.
        field: Its field; empty where the whole record stays.
        reason: ``changed_since``: somebody wrote it after the import.
    """

    record: str
    field: str
    reason: str


class Undo(Struct, frozen=True):
    """What takes an import back.

    Attributes:
        drafts: Operations to write.
        kept: Fields of the import that somebody changed since; they stay.
    """

    drafts: tuple[Draft, ...]
    kept: tuple[Kept, ...]


def undo_import(
    records: Iterable[tuple[Document, Iterable[Operation]]], ranges: Mapping[str, list[list[int]]], name: str
) -> Undo:
    """Return the operations that restore what the records showed before an import.

    Args:
        records: Each record that the import touched, with all of its operations.
        ranges: The operations that were new with that import.
        name: Hash of the bundle, named in the cause of each operation.
    """
    imported = Coverage(ranges)
    cause = f"{RESOLVE} undo:{name[:16]}"
    drafts: list[Draft] = []
    kept: list[Kept] = []
    for document, operations in records:
        held = sorted(operations, key=order_key)
        ours = [one for one in held if not imported.holds(one.device, one.seq) and one.cause != cause]
        touched = sorted({one.field for one in held if imported.holds(one.device, one.seq)})
        if held and imported.holds(held[0].device, held[0].seq):
            if ours:
                kept.append(Kept(document["id"], "", "changed_since"))
            else:
                drafts += _buried(document, cause)
            continue
        earlier = apply_all(None, ours)
        assert earlier is not None
        since = [field for field in touched if not _is_imported(document, field, imported)]
        kept += [Kept(document["id"], field, "changed_since") for field in since]
        drafts += [_restored(document, earlier, field, cause) for field in touched if field not in since]
    return Undo(tuple(drafts), tuple(kept))


def _is_imported(document: Document, field: str, imported: Coverage) -> bool:
    """Tell whether something that the import brought is still shown or competes."""
    versions: list[Any] = document["heads"].get(field, [])
    return any(imported.holds(*split_operation_id(version[0])) for version in versions)


def _buried(document: Document, cause: str) -> list[Draft]:
    """A record that only this import brought is deleted, as everything else by an operation."""
    if shown(document, DELETED):
        return []
    value = {"reason": "import undone", "vector": vector_of(document)}
    return [Draft(document["id"], DELETED, value, _names(document, DELETED), cause)]


def _restored(document: Document, earlier: Document, field: str, cause: str) -> Draft:
    return Draft(document["id"], field, shown(earlier, field), _names(document, field), cause)


def _names(document: Document, field: str) -> tuple[str, ...]:
    return tuple(version[0] for version in document["heads"].get(field, ()))
