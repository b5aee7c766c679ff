"""Reads of a stored record only what TinyDB sees: its name and the value that is shown of each field."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from tinydb.table import Document

from fieldkit.model.operation import Json
from fieldkit.store.packing import decode_document, encode, is_long_numbered

__all__ = ["documents_with", "short_row", "shown_row", "shown_rows"]

_SHORT = 2048
"""Bytes up to which a record's document gets its shown values beside it: findings and notes, no visits."""
_VALUE = 3
"""Where the value stands in a version."""


class _Record(msgspec.Struct, gc=False):
    """The members of a record's document that are read; the decoder passes over all others without making objects."""

    id: str
    heads: dict[str, list[list[Any]]]
    """Field -> versions ``[operation id, hlc, actor, value]``; plain lists are made twice as fast as typed ones."""


_decoder = msgspec.json.Decoder(_Record)


def shown_row(group: str, raw: bytes) -> dict[str, Json]:
    """Return the shown values of a record with its name as ``id``, or a plain document as it is.

    The result is that of ``shown_fields`` on the decoded document, in less than half the time.
    """
    if not group.startswith("r:"):
        row: dict[str, Json] = decode_document(raw)
        return row
    record = _decoder.decode(raw)
    row = {name: versions[0][_VALUE] for name, versions in record.heads.items()}
    row["id"] = record.id
    return row


def short_row(group: str, raw: bytes) -> bytes:
    """Return the shown values of a small record as JSON, to lie beside its document; empty for all others."""
    is_short = group.startswith("r:") and len(raw) <= _SHORT and not is_long_numbered(raw)
    return encode(shown_row(group, raw)) if is_short else b""


def shown_rows(short: list[bytes]) -> list[dict[str, Json]]:
    """Return the shown values that ``short_row`` made of several records."""
    rows: list[dict[str, Json]] = decode_document(b"[%b]" % b",".join(short))
    return rows


def documents_with(
    rows: Iterable[tuple[int, dict[str, Json]]], name: str, value: object, make: type[Document]
) -> list[Document]:
    """Return as TinyDB's documents those whose field shows a value."""
    return [make(row, doc_id) for doc_id, row in rows if name in row and row[name] == value]
