"""Real disagreements: listed with every value, and settled by a person."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from fieldkit.i18n import _
from fieldkit.model.document import Document, conflicts
from fieldkit.model.ids import kind_of
from fieldkit.model.operation import Json
from fieldkit.model.texts import refuse_personal
from fieldkit.services.desk import Desk
from fieldkit.services.lines import ConflictHead, ConflictView
from fieldkit.services.records import Records
from fieldkit.sync.conflicts import Conflict, conflicts_of, find_conflict, resolve

if TYPE_CHECKING:
    from fieldkit.services.conflict_review import ConflictReview
    from fieldkit.services.sessions import Sessions

__all__ = ["Conflicts"]


class Conflicts:
    """Lists and settles conflicts."""

    def __init__(self, desk: Desk, records: Records, sessions: Callable[[], Sessions]) -> None:
        """Make the list.

        Args:
            desk: The workspace.
            records: Names of records.
            sessions: Gives visits opened for answering; the first screen counts conflicts without opening any.
        """
        self._desk = desk
        self._records = records
        self._sessions = sessions

    def list(self) -> tuple[ConflictView, ...]:
        """Return every conflict, records in their order."""
        return tuple(self._view(conflict) for conflict in self._all())

    def count(self) -> int:
        """Return how many fields hold several values."""
        return sum(len(conflicts(document)) for document in self._documents())

    def view(self, identifier: str) -> ConflictView:
        """Return one conflict by its id or the start of it.

        Raises:
            SyncError: SYNC-081, there is none.
        """
        return self._view(find_conflict(self._all(), identifier))

    def review(self, identifier: str) -> ConflictReview:
        """Return one conflict with what would follow from each of its values.

        Raises:
            SyncError: SYNC-081, there is none.
        """
        from fieldkit.services.conflict_review import review_of

        conflict = self.view(identifier)
        document = self._desk.document(conflict.record)
        assert document is not None
        return review_of(conflict, document, self._sessions())

    def take(self, identifier: str, head: str) -> ConflictView:
        """Settle a conflict by one of its values; all of them stay in the history.

        Raises:
            SyncError: SYNC-081 or SYNC-082 where conflict or value do not exist.
        """
        return self._settle(identifier, head, None)

    def value(self, identifier: str, value: Json, *, confirm: bool = False) -> ConflictView:
        """Settle a conflict by another value.

        Raises:
            SyncError: SYNC-081, there is no such conflict.
            VisitError: PRIV-001 for a number that looks personal; again with ``confirm`` saves it.
        """
        refuse_personal(_shown(value), confirmed=confirm, field="value")
        return self._settle(identifier, None, value)

    def _settle(self, identifier: str, head: str | None, value: Json) -> ConflictView:
        conflict = find_conflict(self._all(), identifier)
        document = self._desk.document(conflict.record)
        assert document is not None
        self._desk.write([resolve(document, conflict.field, take=head, value=value)])
        return self._view(conflict)

    def _documents(self) -> Iterator[Document]:
        """Yield the records that an import left in dispute; nothing else makes a conflict."""
        for record in self._desk.shelf("disputed", "record").items():
            document = self._desk.document(record)
            if document is not None and conflicts(document):
                yield document

    def _all(self) -> Sequence[Conflict]:
        return conflicts_of(self._documents())

    def _view(self, conflict: Conflict) -> ConflictView:
        return ConflictView(
            id=conflict.id,
            record=conflict.record,
            field=conflict.field,
            kind=kind_of(conflict.record),
            title=self._records.title(conflict.record),
            label=_label(conflict),
            heads=tuple(
                ConflictHead(
                    head=head.head,
                    value=head.value,
                    shown=_shown(head.value),
                    device=head.device,
                    actor=head.actor,
                    at=head.at,
                    selected=place == 0,
                )
                for place, head in enumerate(conflict.heads)
            ),
        )


def _label(conflict: Conflict) -> str:
    """Return the field in words where there are any; of an answer the name of its question."""
    if ":" in conflict.field:
        return conflict.field.rpartition("/")[2]
    if kind_of(conflict.record) == "finding":
        from fieldkit.services.findings import LABELS as WORDS  # beside its use
    elif kind_of(conflict.record) == "subject":
        from fieldkit.services.subjects import COLUMN_LABELS as WORDS  # beside its use
    else:
        return conflict.field
    return _(WORDS[conflict.field]) if conflict.field in WORDS else conflict.field


def _shown(value: Json) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}={item}" for key, item in value.items())
    return "" if value is None else str(value)
