"""The state of a whole workspace in one line: equal on every copy that holds the same operations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from msgspec import Struct

from fieldkit.model.document import Document, digest
from fieldkit.model.ids import kind_of

__all__ = ["State", "state_of"]


class State(Struct, frozen=True):
    """Digest and counts of a workspace.

    Attributes:
        digest: SHA-256 of the canonical state, 64 hexadecimal digits.
        counts: Number of records by kind, and of ``operations``.
        purged: Number of records whose operations were removed after their receipt.
    """

    digest: str
    counts: dict[str, int]
    purged: int

    def as_json(self) -> dict[str, object]:
        """Return the state as the command line prints it."""
        return {"digest": self.digest, "counts": self.counts, "purged": self.purged}


def state_of(documents: Iterable[Document], purged: Mapping[str, str] | None = None) -> State:
    """Return the state of all records.

    Args:
        documents: The documents of every kind, in any order.
        purged: Record -> its digest when its operations were removed.
    """
    held = [document for document in documents if document["id"] not in (purged or {})]
    counts: Counter[str] = Counter(kind_of(document["id"]) for document in held)
    counts["operations"] = sum(document["n"] for document in held)
    return State(digest(held, purged), dict(sorted(counts.items())), len(purged or {}))
