"""What records are looked up by: the store keeps these indexes, whatever the number of records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

__all__ = ["INDEXES", "Extract"]

Extract = Callable[[Mapping[str, Any]], Iterable[str]]
"""Gives the values of a document's shown fields that it is found by."""


def _of_meta(name: str) -> Extract:
    def extract(fields: Mapping[str, Any]) -> Iterable[str]:
        meta = fields.get("meta")
        value = meta.get(name) if isinstance(meta, Mapping) else None
        return (str(value).casefold(),) if value else ()

    return extract


INDEXES: Mapping[tuple[str, str], Extract] = {
    ("visit", "number"): _of_meta("number"),
    ("visit", "subject"): _of_meta("subject"),
    ("finding", "number"): _of_meta("number"),
    ("finding", "visit"): _of_meta("visit"),
    ("finding", "subject"): _of_meta("subject"),
    ("note", "number"): _of_meta("number"),
    ("note", "subject"): _of_meta("subject"),
}
"""Kind of record and name of the index to its values, in small letters."""
