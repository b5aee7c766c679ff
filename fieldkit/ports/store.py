"""The store as the services see it: operations in, documents out, and tables that never leave the device."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from fieldkit.model.operation import Operation

__all__ = ["Document", "LocalTable", "OperationStore"]

Document = dict[str, Any]
"""The document of a record: ``id``, ``heads`` by field, ``unseen``, ``n``, ``first``, ``last``."""


class LocalTable(Protocol):
    """A table of plain documents that is never synced (the part of TinyDB's table that we use)."""

    def insert(self, document: Mapping[str, Any]) -> int:
        """Add a document and return its number."""
        ...

    def all(self) -> list[Any]:
        """Return all documents."""
        ...

    def get(self, cond: Any = None, doc_id: int | None = None) -> Any:
        """Return one document by condition or number, or None."""
        ...

    def search(self, cond: Any) -> list[Any]:
        """Return the documents that a condition holds for."""
        ...

    def update(self, fields: Any, cond: Any = None, doc_ids: Iterable[int] | None = None) -> list[int]:
        """Change members of documents."""
        ...

    def remove(self, cond: Any = None, doc_ids: Iterable[int] | None = None) -> list[int]:
        """Remove documents."""
        ...

    def truncate(self) -> None:
        """Remove all documents."""
        ...


class OperationStore(Protocol):
    """Keeps operations durably and the documents that they make."""

    device: str
    """Id of this device, 16 characters."""
    read_only: bool
    """True where nothing can be written."""

    def append(self, operations: Sequence[Operation]) -> None:
        """Write operations as one group; durable when it returns.

        Raises:
            StoreError: The group could not be written; then nothing of it is there.
        """
        ...

    def document(self, record: str) -> Document | None:
        """Return the document of a record, a fresh object, or None."""
        ...

    def documents(self, kind: str) -> Iterator[Document]:
        """Yield the documents of one kind of record."""
        ...

    def kinds(self) -> Sequence[str]:
        """Return the kinds of records that are here, also those that this version does not know."""
        ...

    def operations(self, record: str | None = None) -> Iterator[Operation]:
        """Yield the operations of a record, or all, in the order they were written here."""
        ...

    def since(self, vector: Mapping[str, int]) -> Iterator[Operation]:
        """Yield the operations above a version vector."""
        ...

    def find_equal(self, kind: str, index: str, value: Any) -> Sequence[str]:
        """Return the records of a kind with a value in one of the indexes of ``services.indexes``."""
        ...

    def find_range(
        self, kind: str, index: str, low: Any = None, high: Any = None, *, descending: bool = False
    ) -> Sequence[str]:
        """Return the records whose value in an index lies between two bounds, in the values' order."""
        ...

    def values(self, kind: str, index: str, low: str = "", high: str = "") -> Sequence[tuple[str, Sequence[int]]]:
        """Return the texts of an index in their order, each with the rising numbers of the records that have it.

        Args:
            kind: Kind of record; its records are numbered from 1 as they come.
            index: Name of the index; of a full-text index its words are given.
            low: Only texts from this one on.
            high: Only texts before this one; empty for all that follow.
        """
        ...

    def value_counts(self, kind: str, index: str) -> Mapping[str, int]:
        """Return the texts of an index, each with how many records have it."""
        ...

    def numbers(self, kind: str, index: str, value: Any) -> Sequence[int]:
        """Return the rising numbers of the records with a value in an index."""
        ...

    def highest(self, kind: str, index: str, most: int) -> Sequence[int]:
        """Return the numbers of the records with the greatest texts in an index, the greatest first."""
        ...

    def count_equal(self, kind: str, index: str, value: Any) -> int:
        """Return how many records have a value in an index."""
        ...

    def text_numbers(self, kind: str, index: str, text: str) -> Collection[int]:
        """Return the numbers of the records that hold every word of a text; the last word may be only begun."""
        ...

    def record_names(self, kind: str, numbers: Iterable[int]) -> Sequence[str]:
        """Return the names of records by their numbers."""
        ...

    def documents_at(self, kind: str, numbers: Sequence[int]) -> Sequence[Document]:
        """Return the documents of records by their numbers, in that order."""
        ...

    def size(self, kind: str) -> int:
        """Return how many records of a kind there are, deleted ones included."""
        ...

    def holds(self, device: str, seq: int) -> bool:
        """Tell whether an operation is here."""
        ...

    def vector(self) -> dict[str, int]:
        """Return the highest number of each device below which nothing is missing."""
        ...

    def last_seq(self) -> int:
        """Return the number of this device's last operation."""
        ...

    def last_hlc(self) -> str:
        """Return the greatest stamp of all operations here."""
        ...

    def count(self, record: str) -> int:
        """Return how many operations a record has."""
        ...

    def table(self, name: str) -> Any:
        """Return a local table of plain documents (a ``LocalTable``)."""
        ...

    def purge(self, rows: Mapping[str, Mapping[str, Any]]) -> bool:
        """Remove the operations of records for good; they count as held.

        Args:
            rows: Record -> what stays of it: ``ranges`` of all its operations, its ``last`` stamp, and more.

        Returns:
            False where old files still hold the operations: the next opening writes them anew.

        Raises:
            StoreError: The note could not be written; nothing was removed then.
        """
        ...

    def purged(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the purged records, each with what stayed of it."""
        ...

    def upkeep(self) -> Iterator[str]:
        """Do what keeps the store small and quick, yielding after each step; to stop in between loses nothing.

        Raises:
            StoreError: The disk refused; nothing is lost.
        """
        ...

    def backup(self, path: Path) -> Any:
        """Write a copy of the store."""
        ...

    def close(self) -> None:
        """Give the workspace free."""
        ...
