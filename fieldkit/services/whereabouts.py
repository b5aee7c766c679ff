"""Where is my record: each stretch of its operations, in which bundle it left, and who has acknowledged it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from fieldkit.errors import UsageError
from fieldkit.i18n import _
from fieldkit.model.ids import kind_of, record_name
from fieldkit.model.operation import Operation
from fieldkit.services.desk import Desk
from fieldkit.services.keyring import KeyRing
from fieldkit.services.records import Records
from fieldkit.sync.coverage import Coverage

__all__ = ["Stretch", "WhereView", "Whereabouts"]

_KINDS = ("visit", "finding", "note", "subject", "form")


class Stretch(Struct, frozen=True):
    """Operations of one record that went the same way."""

    device: str
    """Short name of the device that wrote them."""
    own: bool
    first: int
    last: int
    operations: int
    saved: str
    """When the last of them was written."""
    bundle: str = ""
    """Hash of the first bundle that carried them; of the import that brought them where another device wrote."""
    exported: str = ""
    to: str = ""
    imported: str = ""
    acknowledged: str = ""
    office: str = ""

    @property
    def status(self) -> str:
        """Return ``saved``, ``exported``, ``acknowledged`` or, from another device, ``imported``."""
        if self.acknowledged:
            return "acknowledged"
        if self.exported:
            return "exported"
        return "imported" if self.imported else "saved"


class WhereView(Struct, frozen=True):
    """One record and its stretches."""

    record: str
    kind: str
    number: str
    title: str
    status: str
    stretches: tuple[Stretch, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the record as the command line prints it."""
        return {
            "id": self.record,
            "kind": self.kind,
            "number": self.number,
            "status": self.status,
            "ranges": [
                {
                    "device": stretch.device,
                    "first": stretch.first,
                    "last": stretch.last,
                    "operations": stretch.operations,
                    "status": stretch.status,
                    "saved": stretch.saved,
                    "bundle": stretch.bundle or None,
                    "exported": stretch.exported or None,
                    "to": stretch.to or None,
                    "imported": stretch.imported or None,
                    "acknowledged": stretch.acknowledged or None,
                    "office": stretch.office or None,
                }
                for stretch in self.stretches
            ],
        }


class _Way(Struct, frozen=True, eq=False):
    """One bundle or receipt and the operations that it covers."""

    sha256: str
    row: Mapping[str, Any]
    covers: Coverage


class Whereabouts:
    """Follows one record through bundles and receipts."""

    def __init__(self, desk: Desk, records: Records, keys: KeyRing) -> None:
        self._desk = desk
        self._records = records
        self._keys = keys

    def named(self, text: str) -> WhereView:
        """Return where a record is that is named by its number, its id or ``kind/id``.

        Raises:
            UsageError: REC-001 for a name that nothing has, REC-002 for one that several have.
        """
        kind, sign, name = text.partition("/")
        if sign and kind in _KINDS:
            return self.of(record_name(kind, self._records.resolve(kind, name)))
        for kind in _KINDS[:-1]:
            try:
                return self.of(record_name(kind, self._records.resolve(kind, text)))
            except UsageError as error:
                if error.code != "REC-001":
                    raise
        return self.of(record_name("form", self._records.resolve("form", text)))

    def of(self, record: str) -> WhereView:
        """Return where each operation of a record is.

        Raises:
            UsageError: REC-001, there is no such record.
        """
        self._desk.writer.flush()
        operations = list(self._desk.store.operations(record))
        if not operations:
            raise UsageError(
                "REC-001",
                _("There is no {kind} {name}").format(kind=kind_of(record), name=record),
                hint=_("List what waits with: fieldkit outbox"),
                where={"id": record},
            )
        stretches = self._stretches(operations)
        order = ("saved", "exported", "imported", "acknowledged")
        weakest = min((stretch.status for stretch in stretches), key=order.index)
        return WhereView(
            record=record,
            kind=kind_of(record),
            number=self._records.number(record),
            title=self._records.title(record),
            status=weakest,
            stretches=stretches,
        )

    def _stretches(self, operations: Sequence[Operation]) -> tuple[Stretch, ...]:
        sent, came, received = self._ways("outbox"), self._ways("imports"), self._ways("receipts")
        groups: dict[tuple[str, _Way | None, _Way | None, _Way | None], list[Operation]] = {}
        own = self._desk.store.device
        for operation in operations:
            # A receipt is the earliest that covers an operation, and so is its bundle: the first proof counts.
            out = _first(sent, operation)
            brought = None if operation.device == own else _first(came, operation)
            groups.setdefault((operation.device, out, brought, _first(received, operation)), []).append(operation)
        found = [self._stretch(members, *ways) for (_device, *ways), members in groups.items()]
        return tuple(sorted(found, key=lambda one: (not one.own, one.device, one.first)))

    def _stretch(
        self, members: Sequence[Operation], out: _Way | None, brought: _Way | None, received: _Way | None
    ) -> Stretch:
        device = members[0].device
        own = device == self._desk.store.device
        bundle = out or brought
        return Stretch(
            device=self._desk.device_name if own else self._name(device),
            own=own,
            first=min(one.seq for one in members),
            last=max(one.seq for one in members),
            operations=len(members),
            saved=max(self._desk.time_of(one.hlc) for one in members),
            bundle=bundle.sha256 if bundle else "",
            exported=str(out.row["at"]) if out else "",
            to=str(out.row.get("to", "")) if out else "",
            imported=str(brought.row["at"]) if brought else "",
            acknowledged=str(received.row["at"]) if received else "",
            office=self._name(str(received.row.get("office", ""))) if received else "",
        )

    def _ways(self, shelf: str) -> list[_Way]:
        rows = sorted(self._desk.shelf(shelf, "sha256").items().items(), key=lambda pair: str(pair[1]["at"]))
        ways = []
        for sha256, row in rows:
            covers = Coverage(row.get("ranges", {}))
            covers.add_vector(row.get("vector", {}) if shelf == "receipts" else {})
            ways.append(_Way(sha256, row, covers))
        return ways

    def _name(self, device: str) -> str:
        peer = self._keys.trust().get(device) if device else None
        return peer.name if peer and peer.name else device[:6]


def _first(ways: Sequence[_Way], operation: Operation) -> _Way | None:
    return next((way for way in ways if way.covers.holds(operation.device, operation.seq)), None)
