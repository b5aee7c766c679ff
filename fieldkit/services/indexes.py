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


def _state(preset: str) -> Extract:
    def extract(fields: Mapping[str, Any]) -> Iterable[str]:
        value = fields.get("state")
        return (str(value.get("state") or preset) if isinstance(value, Mapping) else preset,)

    return extract


def _link(fields: Mapping[str, Any]) -> Iterable[str]:
    return ("linked" if fields.get("link") else "loose",)


INDEXES: Mapping[tuple[str, str], Extract] = {
    ("visit", "number"): _of_meta("number"),
    ("visit", "subject"): _of_meta("subject"),
    ("visit", "state"): _state("open"),
    ("visit", "started"): _of_meta("started"),
    ("finding", "number"): _of_meta("number"),
    ("finding", "visit"): _of_meta("visit"),
    ("finding", "subject"): _of_meta("subject"),
    ("finding", "state"): _state("draft"),
    ("note", "number"): _of_meta("number"),
    ("note", "subject"): _of_meta("subject"),
    ("note", "link"): _link,
}
"""Kind of record and name of the index to its values, in small letters."""
