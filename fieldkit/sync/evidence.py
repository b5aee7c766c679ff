"""Files of evidence: they travel beside bundles under their hash, and a record is complete when they are here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import Struct

from fieldkit.model.operation import Operation

__all__ = ["EVIDENCE_SUFFIX", "Piece", "evidence_in", "evidence_of", "owed"]

EVIDENCE_SUFFIX = ".fke"
"""Ending of a file of evidence beside a bundle; before it stands the SHA-256 of its content."""

_FIELD = "evidence:"
_HASH_LENGTH = 64


class Piece(Struct, frozen=True):
    """A file that a record refers to.

    Attributes:
        sha256: Hash of its content.
        size: Its size in bytes, 0 where that is not known.
        name: The name it was given.
    """

    sha256: str
    size: int
    name: str


def evidence_of(document: Mapping[str, Any]) -> list[Piece]:
    """Return the files that a visit refers to, competing versions included."""
    found = [
        piece
        for part in ("heads", "late")
        for field, versions in document.get(part, {}).items()
        if field.startswith(_FIELD)
        for version in versions
        if (piece := _piece(version[3])) is not None
    ]
    return list(dict.fromkeys(found))


def evidence_in(operations: Iterable[Operation]) -> list[Piece]:
    """Return the files that some operations refer to: what travels beside their bundle."""
    found = [
        piece
        for operation in operations
        if operation.field.startswith(_FIELD) and (piece := _piece(operation.value)) is not None
    ]
    return list(dict.fromkeys(found))


def owed(document: Mapping[str, Any], exists: Callable[[str], bool]) -> list[Piece]:
    """Return the files that a record still lacks here; it is complete when there are none."""
    return [piece for piece in evidence_of(document) if not exists(piece.sha256)]


def _piece(value: object) -> Piece | None:
    if not isinstance(value, Mapping):
        return None
    sha256, size = value.get("sha256"), value.get("bytes", 0)
    if not isinstance(sha256, str) or len(sha256) != _HASH_LENGTH or not set(sha256) <= set("0123456789abcdef"):
        return None
    return Piece(sha256, size if type(size) is int else 0, str(value.get("name", "")))
