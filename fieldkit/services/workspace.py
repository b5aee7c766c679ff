"""The workspace itself: crashes, the clock, checks and copies."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fieldkit.i18n import _
from fieldkit.model.clock import hlc_ms
from fieldkit.services.desk import Desk
from fieldkit.services.home_view import ClockDoubt, CrashOffer
from fieldkit.services.records import Records
from fieldkit.visit.refs import split_field

if TYPE_CHECKING:
    from fieldkit.services.adapters import Adapters

__all__ = ["Workspace"]

_BACK_MS = 60_000
"""A clock that lies less behind than this was only set right."""
_AHEAD_MS = 24 * 3_600_000


class Workspace:
    """Looks after the workspace."""

    def __init__(self, desk: Desk, records: Records, adapters: Adapters) -> None:
        self._desk = desk
        self._records = records
        self._adapters = adapters
        self._noted = False

    # -- stopping unexpectedly -------------------------------------------------------------------

    def started(self) -> None:
        """Note that the app runs; what was noted before and not taken back is a crash."""
        self._noted = True
        shelf = self._desk.shelf("running", "app")
        before = shelf.get("app")
        if before is not None and not before.get("stopped"):
            self._desk.shelf("running", "app").put("crash", {"visit": before.get("visit", "")})
        shelf.put("app", {"pid": os.getpid(), "visit": "", "stopped": False})

    def stopped(self) -> None:
        """Note that the app ended as it should."""
        self._desk.shelf("running", "app").put("app", {"pid": os.getpid(), "visit": "", "stopped": True})

    def remember(self, visit: str) -> None:
        """Note which visit is open, so that it is offered after a crash."""
        if not self._noted:
            self.started()
        self._desk.shelf("running", "app").put("app", {"pid": os.getpid(), "visit": visit, "stopped": False})

    def crash(self) -> CrashOffer | None:
        """Return where the app stopped unexpectedly: the item answered last in the visit that was open."""
        entry = self._desk.shelf("running", "app").get("crash")
        visit = str(entry.get("visit") or "") if entry else ""
        document = self._desk.document(f"visit/{visit}") if visit else None
        if document is None:
            return None
        last = None
        for operation in self._desk.store.operations(document["id"]):
            if operation.field.startswith(("answer:", "remark:", "row:")):
                last = operation
        kind_form_path = split_field(last.field) if last is not None else ("", "", "")
        key = f"{kind_form_path[1]}:{kind_form_path[2]}" if last is not None else ""
        return CrashOffer(
            visit=visit,
            number=self._records.number(document["id"]),
            subject_name=self._records.title(document["id"]).partition(" ")[2],
            key=key,
            item=kind_form_path[2].rpartition("/")[2],
            at=self._desk.time_of(last.hlc if last is not None else document["last"][0]),
            operations=document["n"],
        )

    def dismiss_crash(self) -> None:
        """Forget the crash."""
        self._desk.shelf("running", "app").remove("crash")

    # -- the clock -------------------------------------------------------------------------------

    def clock_doubt(self) -> ClockDoubt | None:
        """Return what is wrong with the clock: it lies before the newest record, or far ahead of all others'."""
        from datetime import UTC, datetime

        newest = self._desk.store.last_hlc()
        accepted = self._desk.shelf("running", "app").get("clock") or {}
        now = self._desk.clock.now()
        if newest == "0.0" or accepted.get("newest") == newest:
            return None
        moment = datetime.fromtimestamp(hlc_ms(newest) / 1000, UTC).astimezone(now.tzinfo)
        behind = hlc_ms(newest) - self._desk.clock.ms()
        if behind > _BACK_MS:
            message = _("The clock says {now}, but the newest record is of {newest}").format(
                now=now.isoformat(" ", "minutes"), newest=moment.isoformat(" ", "minutes")
            )
            return ClockDoubt("back", now, moment, message)
        return None

    def accept_clock(self) -> None:
        """Go on although the clock is in doubt: the order of records is kept."""
        self._desk.shelf("running", "app").put("clock", {"newest": self._desk.store.last_hlc()})

    # -- checks and copies -----------------------------------------------------------------------

    @property
    def is_demo(self) -> bool:
        """Tell whether this is the demo workspace."""
        return self._desk.settings.demo

    def verify(self, *, repair: bool = False) -> dict[str, Any]:
        """Read everything in the store and return what is wrong, and what a repair saved."""
        return self._adapters.store_report("repair" if repair else "verify")

    def backup(self, path: Path, *, tinydb: bool = False) -> dict[str, Any]:
        """Write a copy of the workspace; ``tinydb``: as one JSON file that TinyDB opens, which is no whole backup.

        Raises:
            StoreError: The copy could not be written.
        """
        self._desk.writer.flush()
        if tinydb:
            return self._adapters.store_report("tinydb", path=path)
        report = self._adapters.store_report("backup", path=path)
        if not self._desk.store.read_only:
            self._desk.shelf("running", "app").put("backup", {"at": self._desk.now_text(), "to": str(path)})
        return report

    def last_backup(self) -> str:
        """Return when the last copy was written; empty where none was."""
        entry = self._desk.shelf("running", "app").get("backup")
        return str(entry["at"]) if entry else ""

    def doctor(self) -> dict[str, Any]:
        """Return what may keep Fieldkit from working well here."""
        from fieldkit.services.health import examine

        doubt = self.clock_doubt()
        found = [] if doubt is None else [{"code": "WSP-010", "message": doubt.message}]
        return examine(self._desk, self._adapters.store_report("doctor"), found)
