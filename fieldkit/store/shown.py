"""Reads of a stored record only what TinyDB sees: its name and the value that is shown of each field."""

from __future__ import annotations

from typing import Any

import msgspec

from fieldkit.model.operation import Json
from fieldkit.store.packing import decode

__all__ = ["shown_row"]


class _Version(msgspec.Struct, array_like=True, gc=False):
    """One version of a field: operation, stamp, actor and value."""

    operation: str
    hlc: str
    actor: str
    value: Any


class _Record(msgspec.Struct, gc=False):
    """The members of a record's document that are read; the decoder passes over all others without making objects."""

    id: str
    heads: dict[str, tuple[_Version, ...]]


_decoder = msgspec.json.Decoder(_Record)


def shown_row(group: str, raw: bytes) -> dict[str, Json]:
    """Return the shown values of a record with its name as ``id``, or a plain document as it is.

    The result is that of ``shown_fields`` on the decoded document, in less than half the time.
    """
    if not group.startswith("r:"):
        row: dict[str, Json] = decode(raw)
        return row
    record = _decoder.decode(raw)
    row = {name: versions[0].value for name, versions in record.heads.items()}
    row["id"] = record.id
    return row
