"""Fields with several versions: listing them, and the operation that settles one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from fieldkit.errors import SyncError
from fieldkit.i18n import _
from fieldkit.model.clock import hlc_ms
from fieldkit.model.document import Document, Version, conflicts, vector_of
from fieldkit.model.ids import split_operation_id
from fieldkit.model.operation import DELETED, RESOLVE, Json
from fieldkit.sync.drafts import Draft

__all__ = ["Conflict", "Head", "conflict_id", "conflicts_of", "find_conflict", "moment", "resolve"]


class Head(Struct, frozen=True):
    """One of several versions of a field.

    Attributes:
        head: Id of its operation.
        value: Its value.
        device: Who wrote it: the device.
        actor: Who wrote it: code and role.
        at: When, ISO 8601 in UTC.
        late: True where it was written to a closed visit by someone who did not know it.
    """

    head: str
    value: Json
    device: str
    actor: str
    at: str
    late: bool = False

    def as_json(self) -> dict[str, Json]:
        """Return the version as the command line prints it."""
        return {
            "head": self.head,
            "value": self.value,
            "device": self.device,
            "actor": self.actor,
            "at": self.at,
            "late": self.late,
        }


class Conflict(Struct, frozen=True):
    """A field with versions that differ.

    Attributes:
        id: Short name of the conflict, the same on every copy.
        record: The record.
        field: Its field.
        heads: The versions, the one that is shown meanwhile first.
    """

    id: str
    record: str
    field: str
    heads: tuple[Head, ...]

    def as_json(self) -> dict[str, Json]:
        """Return the conflict as the command line prints it."""
        return {
            "id": self.id,
            "record": self.record,
            "field": self.field,
            "heads": [head.as_json() for head in self.heads],
        }


def conflict_id(record: str, field: str) -> str:
    """Return the short name of a conflict: ``c`` and ten hexadecimal digits."""
    return "c" + hashlib.sha256(f"{record}\n{field}".encode()).hexdigest()[:10]


def conflicts_of(documents: Iterable[Document]) -> list[Conflict]:
    """Return all conflicts of some records, sorted by record and field."""
    found = [
        Conflict(
            conflict_id(document["id"], name),
            document["id"],
            name,
            tuple(_head(document, name, version) for version in versions),
        )
        for document in documents
        for name, versions in conflicts(document)
    ]
    return sorted(found, key=lambda conflict: (conflict.record, conflict.field))


def find_conflict(found: Iterable[Conflict], identifier: str) -> Conflict:
    """Return the one conflict whose name begins with the given text.

    Raises:
        SyncError: SYNC-081, there is none or more than one.
    """
    matching = [conflict for conflict in found if identifier and conflict.id.startswith(identifier)]
    if len(matching) != 1:
        raise SyncError(
            "SYNC-081",
            _("No open conflict {id}").format(id=identifier)
            if not matching
            else _("Several conflicts begin with {id}").format(id=identifier),
            hint=_("fieldkit conflict list shows those that are open."),
            where={"id": identifier},
        )
    return matching[0]


def resolve(document: Document, field: str, *, take: str | None = None, value: Json = None) -> Draft:
    """Return the operation that settles a conflict; both versions stay in the history.

    Args:
        document: The record.
        field: Its field that is in conflict.
        take: Id of the version to show from now on, or the beginning of it.
        value: Another value, where no version is taken.

    Raises:
        SyncError: SYNC-081 the field is not in conflict, SYNC-082 it has no such version.
    """
    versions = dict(conflicts(document)).get(field)
    if versions is None:
        raise SyncError(
            "SYNC-081",
            _("{record} {field} is not in conflict").format(record=document["id"], field=field),
            hint=_("fieldkit conflict list shows those that are open."),
        )
    chosen = _chosen(versions, take) if take is not None else None
    if field == DELETED:
        return _settled_deletion(document, chosen)
    return Draft(
        document["id"],
        field,
        value if chosen is None else chosen[3],
        tuple(version[0] for version in versions),
        RESOLVE,
    )


def moment(hlc: str) -> str:
    """Return the time of a stamp as ISO 8601 in UTC, to the second."""
    return datetime.fromtimestamp(hlc_ms(hlc) / 1000, UTC).isoformat(timespec="seconds")


def _settled_deletion(document: Document, chosen: Version | None) -> Draft:
    """Delete what was edited beside the deletion too, or keep the record."""
    own = tuple(version[0] for version in document["heads"][DELETED])
    keep = chosen is None or chosen[0] not in own
    deletion: Any = document["heads"][DELETED][0][3]
    value = None if keep else {**deletion, "vector": vector_of(document)}
    return Draft(document["id"], DELETED, value, own, RESOLVE)


def _chosen(versions: list[Version], take: str) -> Version:
    matching = [version for version in versions if version[0] == take or version[0].startswith(take)]
    exact = [version for version in matching if version[0] == take]
    if len(exact or matching) != 1 or not take:
        raise SyncError(
            "SYNC-082",
            _("The conflict has no single version {head}").format(head=take),
            hint=_("Choose one of: {heads}").format(heads=", ".join(version[0] for version in versions)),
            where={"head": take},
        )
    return (exact or matching)[0]


def _head(document: Mapping[str, Any], name: str, version: Version) -> Head:
    late = {entry[0] for entry in document.get("late", {}).get(name, ())}
    device, _seq = split_operation_id(version[0])
    return Head(version[0], version[3], device, version[2], moment(version[1]), version[0] in late)
