"""Real disagreements: listed with every value, and settled by a person."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from fieldkit.errors import UsageError
from fieldkit.i18n import _
from fieldkit.model.document import Document, conflicts
from fieldkit.model.ids import kind_of, split_operation_id
from fieldkit.model.operation import RESOLVE, Json
from fieldkit.services.desk import Desk
from fieldkit.services.lines import ConflictHead, ConflictView
from fieldkit.services.records import Records
from fieldkit.services.writer import Draft

__all__ = ["KINDS", "Conflicts"]

KINDS = ("visit", "finding", "subject", "note", "form", "campaign", "assignment", "ledger", "rating")
"""Kinds of records that are synced."""


class Conflicts:
    """Lists and settles conflicts."""

    def __init__(self, desk: Desk, records: Records) -> None:
        self._desk = desk
        self._records = records

    def list(self) -> tuple[ConflictView, ...]:
        """Return every conflict, records in their order."""
        return tuple(self._all())

    def count(self) -> int:
        """Return how many fields hold several values."""
        return sum(len(conflicts(document)) for kind in KINDS for document in self._desk.writer.documents(kind))

    def view(self, identifier: str) -> ConflictView:
        """Return one conflict by its id or the start of it.

        Raises:
            UsageError: CONF-001, there is none.
        """
        found = [conflict for conflict in self._all() if conflict.id.startswith(identifier)] if identifier else []
        if len(found) != 1:
            raise UsageError(
                "CONF-001",
                _("There is no conflict {id}").format(id=identifier or "-"),
                hint=_("It may be settled already. List them with: fieldkit conflict list"),
                where={"id": identifier},
            )
        return found[0]

    def take(self, identifier: str, head: str) -> ConflictView:
        """Settle a conflict by one of its values.

        Raises:
            UsageError: CONF-001 or CONF-002 where conflict or value do not exist.
        """
        conflict = self.view(identifier)
        chosen = next((entry for entry in conflict.heads if entry.head == head), None)
        if chosen is None:
            raise UsageError(
                "CONF-002",
                _("The conflict has no value {head}").format(head=head),
                hint=_("Its values: {heads}").format(heads=", ".join(entry.head for entry in conflict.heads)),
                where={"id": conflict.id, "head": head},
            )
        return self._settle(conflict, chosen.value)

    def value(self, identifier: str, value: Json) -> ConflictView:
        """Settle a conflict by another value."""
        return self._settle(self.view(identifier), value)

    def _settle(self, conflict: ConflictView, value: Json) -> ConflictView:
        heads = tuple(entry.head for entry in conflict.heads)
        self._desk.write([Draft(conflict.record, conflict.field, value, RESOLVE, heads)])
        return conflict

    def _all(self) -> Iterator[ConflictView]:
        for kind in KINDS:
            for document in self._desk.writer.documents(kind):
                for field, versions in conflicts(document):
                    yield self._view(document, field, versions)

    def _view(self, document: Document, field: str, versions: list[Any]) -> ConflictView:
        record = str(document["id"])
        return ConflictView(
            id=hashlib.sha256(f"{record}\n{field}".encode()).hexdigest()[:12],
            record=record,
            field=field,
            kind=kind_of(record),
            title=self._records.title(record),
            label=field.rpartition("/")[2] if ":" in field else field,
            heads=tuple(
                ConflictHead(
                    head=str(version[0]),
                    value=version[3],
                    shown=_shown(version[3]),
                    device=split_operation_id(version[0])[0],
                    actor=str(version[2]),
                    at=self._desk.time_of(version[1]),
                    selected=number == 0,
                )
                for number, version in enumerate(versions)
            ),
        )


def _shown(value: Json) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}={item}" for key, item in value.items())
    return "" if value is None else str(value)
