"""What records are looked up by: the store keeps these indexes, whatever the number of records."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Any

__all__ = ["FOLDED", "INDEXES", "TEXTS", "VERSION", "Extract", "folded"]

Extract = Callable[[Mapping[str, Any]], Iterable[str]]
"""Gives the values of a document's shown fields that it is found by; a deleted record has none."""

VERSION = 2
"""Raised whenever an index gives something else: the store makes it anew."""

FOLDED = frozenset({"number", "started"})
"""Indexes whose values are in small letters."""

_DAY = 10


def folded(text: str) -> str:
    """Return a text as it is searched: in small letters, full-width signs as their plain ones."""
    return unicodedata.normalize("NFKC", text).lower()


def _living(extract: Extract) -> Extract:
    def of_living(fields: Mapping[str, Any]) -> Iterable[str]:
        return () if fields.get("_deleted") else extract(fields)

    return of_living


def _meta(fields: Mapping[str, Any], name: str) -> str:
    meta = fields.get("meta")
    return str(meta.get(name) or "") if isinstance(meta, Mapping) else ""


def _of_meta(name: str) -> Extract:
    return _living(lambda fields: (_meta(fields, name),))


def _folded_meta(name: str) -> Extract:
    return _living(lambda fields: (_meta(fields, name).casefold(),))


def _of_field(name: str, preset: str = "") -> Extract:
    return _living(lambda fields: (str(fields.get(name) or preset),))


def _state(preset: str) -> Extract:
    def extract(fields: Mapping[str, Any]) -> Iterable[str]:
        value = fields.get("state")
        return (str(value.get("state") or preset) if isinstance(value, Mapping) else preset,)

    return _living(extract)


def _finding_text(fields: Mapping[str, Any]) -> Iterable[str]:
    yield folded(_meta(fields, "number"))
    yield folded(_meta(fields, "subject"))
    for name in ("statement", "criterion", "fact"):
        yield folded(str(fields.get(name) or ""))
    pieces = fields.get("evidence")
    for piece in pieces if isinstance(pieces, list) else ():
        yield folded(str(piece.get("text") or "")) if isinstance(piece, Mapping) else ""


def _note_text(fields: Mapping[str, Any]) -> Iterable[str]:
    yield folded(str(fields.get("text") or ""))
    yield folded(_meta(fields, "subject"))
    tags = fields.get("tags")
    yield from map(folded, map(str, tags)) if isinstance(tags, list) else ()


INDEXES: Mapping[tuple[str, str], Extract] = {
    ("visit", "number"): _folded_meta("number"),
    ("visit", "subject"): _of_meta("subject"),
    ("visit", "campaign"): _of_meta("campaign"),
    ("visit", "state"): _state("open"),
    ("visit", "started"): _folded_meta("started"),
    ("finding", "number"): _folded_meta("number"),
    ("finding", "visit"): _of_meta("visit"),
    ("finding", "subject"): _of_meta("subject"),
    ("finding", "ref"): _of_meta("ref"),
    ("finding", "created"): _living(lambda fields: (_meta(fields, "created")[:_DAY],)),
    ("finding", "state"): _state("draft"),
    ("finding", "severity"): _of_field("severity"),
    ("finding", "type"): _of_field("type", "problem"),
    ("finding", "category"): _of_field("category"),
    ("finding", "disposition"): _of_field("disposition"),
    ("finding", "due"): _of_field("due"),
    ("finding", "actor"): _living(lambda fields: (str(fields.get("_actor") or "").partition("/")[0],)),
    ("note", "number"): _folded_meta("number"),
    ("note", "subject"): _of_meta("subject"),
    ("note", "created"): _of_meta("created"),
    ("note", "link"): _living(lambda fields: ("linked" if fields.get("link") else "loose",)),
}
"""Kind of record and name of the index to its values; a record without one has the empty text."""

TEXTS: Mapping[tuple[str, str], Extract] = {
    ("finding", "text"): _living(_finding_text),
    ("note", "text"): _living(_note_text),
}
"""Kind of record and name of the index to the texts whose words it is found by."""
