"""What came from others: the imports that can be taken back, and what is held in quarantine."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from fieldkit.errors import SyncError
from fieldkit.i18n import N_, _
from fieldkit.model.ids import kind_of
from fieldkit.services.desk import Desk
from fieldkit.services.keyring import KeyRing
from fieldkit.services.records import Records
from fieldkit.sync.quarantine import Held

__all__ = ["Arrivals", "HeldLine", "ImportLine"]

_REASONS = {
    "future": N_("its clock is more than a day ahead; it is taken when its time has come"),
    "untrusted": N_("the key of its device was not confirmed; trust its card"),
    "revoked": N_("its device was revoked before"),
    "mismatch": N_("another key signed for its device"),
}


class ImportLine(Struct, frozen=True):
    """One import that wrote something here."""

    bundle: str
    at: str
    device: str
    operations: int


class HeldLine(Struct, frozen=True):
    """One operation in quarantine."""

    id: str
    record: str
    title: str
    field: str
    device: str
    reason: str
    """``future``, ``untrusted``, ``revoked`` or ``mismatch``."""
    why: str
    """The reason in words."""
    bundle: str


class Arrivals:
    """Lists imports and quarantine, and lets held operations pass."""

    def __init__(self, desk: Desk, records: Records, keys: KeyRing) -> None:
        self._desk = desk
        self._records = records
        self._keys = keys

    def imports(self) -> tuple[ImportLine, ...]:
        """Return the imports, the newest first."""
        rows = [
            ImportLine(sha256, str(row["at"]), self._name(str(row["device"])), int(row["operations"]))
            for sha256, row in self._desk.shelf("imports", "sha256").items().items()
        ]
        return tuple(sorted(rows, key=lambda row: (row.at, row.bundle), reverse=True))

    def held(self) -> tuple[HeldLine, ...]:
        """Return what is in quarantine, with the reason of each."""
        rows = [Held.from_json(row) for row in self._desk.shelf("quarantine", "key").items().values()]
        return tuple(
            HeldLine(
                id=row.operation.id,
                record=row.operation.record,
                title=self._title(row.operation.record),
                field=row.operation.field,
                device=self._name(row.operation.device),
                reason=row.reason,
                why=_(_REASONS[row.reason]),
                bundle=row.bundle,
            )
            for row in rows
        )

    def let_pass(self, ids: Sequence[str]) -> int:
        """Mark held operations as released by a person and return how many there were.

        ``Sync.release`` takes them in.

        Raises:
            SyncError: SYNC-033, one of them is not in quarantine.
        """
        shelf = self._desk.shelf("quarantine", "key")
        rows = shelf.items()
        missing = [name for name in ids if name not in rows]
        if missing:
            raise SyncError(
                "SYNC-033",
                _("{name} is not in quarantine").format(name=missing[0]),
                hint=_("List what is held with: fieldkit quarantine"),
                where={"id": missing[0]},
            )
        for name in ids:
            shelf.put(name, {**rows[name], "released": True})
        return len(ids)

    def _title(self, record: str) -> str:
        title = self._records.title(record)
        return self._records.kind_label(kind_of(record)) if title == record else title

    def _name(self, device: str) -> str:
        peer = self._keys.trust().get(device)
        return peer.name if peer and peer.name else device[:6]
