"""What every use case has at hand: store, writer, clock, codes and who acts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from fieldkit.errors import SettingsError, StoreError
from fieldkit.i18n import _
from fieldkit.model.clock import hlc_ms
from fieldkit.model.codes import Codes
from fieldkit.model.document import Document
from fieldkit.model.operation import Operation
from fieldkit.model.scheme import Scheme
from fieldkit.model.states import NEVER_CHOSEN, Machines
from fieldkit.ports.clock import Clock, IdSource
from fieldkit.ports.store import OperationStore
from fieldkit.services.writer import Drafted, Writer
from fieldkit.settings import Doubt, Settings, SettingsFile

__all__ = ["Acting", "Desk", "Shelf"]


_KINDS = {"V": "visit", "F": "finding", "N": "note"}
"""Letter of a number to the kind of record."""


class Acting(Struct, frozen=True):
    """Who is at the keyboard."""

    code: str
    roles: tuple[str, ...]
    """Roles that may be used now, in their order; one only where a role was chosen."""

    def text(self, role: str = "") -> str:
        """Return code and role as operations carry them."""
        return f"{self.code}/{role or self.roles[0]}"


class Desk(Struct):
    """The things that all services share."""

    home: Path
    store: OperationStore
    writer: Writer
    clock: Clock
    ids: IdSource
    codes: Codes
    machines: Machines
    scheme: Scheme
    settings_file: SettingsFile
    settings: Settings
    doubts: tuple[Doubt, ...] = ()
    actor_code: str = ""
    """Actor given for this run alone; empty = the one of the settings."""
    role: str = ""
    """Role chosen for this run alone."""
    may_cache: bool = True
    """False where nothing may lie readable beside the store."""
    pinyin: Callable[[str], Sequence[str]] = lambda _text: ()
    counters: dict[str, int] = field(default_factory=dict)
    """Last count of each kind of number."""
    shelves: dict[str, Shelf] = field(default_factory=dict)

    # -- who -------------------------------------------------------------------------------------

    def acting(self) -> Acting:
        """Return who acts.

        Raises:
            SettingsError: ACT-001 for an unknown actor, ACT-002 for a role that is not theirs.
        """
        roster = self.settings.roster()
        code = self.actor_code or self.settings.current()
        if code not in roster:
            raise SettingsError(
                "ACT-001",
                _("Nobody in the team has the code {code}").format(code=code),
                hint=_("Known: {codes}. Add one with: fieldkit actor add CODE --role inspector").format(
                    codes=", ".join(roster)
                ),
                where={"actor": code},
            )
        roles = tuple(role for role in roster[code] if role not in NEVER_CHOSEN)
        if self.role:
            if self.role not in roles:
                raise SettingsError(
                    "ACT-002",
                    _("{code} does not have the role {role}").format(code=code, role=self.role),
                    hint=_("Their roles: {roles}").format(roles=", ".join(roles)),
                    where={"actor": code, "role": self.role},
                )
            roles = (self.role,)
        return Acting(code, roles)

    def actor_text(self, role: str = "") -> str:
        """Return who acts as operations carry it."""
        return self.acting().text(role)

    def save_settings(self, changes: Mapping[str, Any]) -> None:
        """Write changed settings and use them from now on.

        Raises:
            StoreError: SET-002, the file cannot be written.
        """
        try:
            self.settings_file.save(changes)
        except OSError as error:
            raise StoreError(
                "SET-002",
                _("The settings cannot be written: {cause}").format(cause=error.strerror or str(error)),
                hint=_("Check that the folder of the workspace can be written."),
                where={"file": str(self.settings_file.path)},
            ) from error
        self.settings = replace(self.settings, **changes)

    # -- reading and writing ---------------------------------------------------------------------

    def document(self, record: str) -> Document | None:
        """Return a record with everything written so far, or None."""
        return self.writer.document(record)

    def write(self, drafts: Sequence[Drafted], role: str = "") -> tuple[Operation, ...]:
        """Write drafts as one group in the name of who acts."""
        return self.writer.write(drafts, self.actor_text(role))

    def now_text(self) -> str:
        """Return the present moment in ISO 8601 with offset, to the second."""
        return self.clock.now().isoformat(timespec="seconds")

    def time_of(self, hlc: str) -> str:
        """Return when an operation was written, ISO 8601 in the time zone of this device."""
        moment = datetime.fromtimestamp(hlc_ms(hlc) / 1000, UTC)
        return moment.astimezone(self.clock.now().tzinfo).isoformat(timespec="seconds")

    def shelf(self, name: str, key: str) -> Shelf:
        """Return a local table as a mapping of one of its members."""
        found = self.shelves.get(name)
        if found is None:
            found = self.shelves[name] = Shelf(self, name, key)
        return found

    def keep_spelling(self) -> None:
        """Keep the pinyin that was computed, where the service of spelling is in use."""
        keep = getattr(self.pinyin, "keep", None)
        if keep is not None:
            keep()

    def next_number(self, letter: str) -> str:
        """Return the next number of a kind of record on this device, such as ``V-d02-14``.

        The count is only a hint, kept when the workspace is closed: a number that is taken is passed over.
        """
        if letter not in self.counters:
            self.counters[letter] = int((self.shelf("counters", "kind").get(letter) or {}).get("count", 0))
        while True:
            self.counters[letter] += 1
            number = f"{letter}-{self.device_name}-{self.counters[letter]}"
            if next(self.writer.find(_KINDS[letter], "number", number), None) is None:
                return number

    def give_back(self, letter: str) -> None:
        """Use the number given last again: nothing was written under it."""
        self.counters[letter] -= 1

    def keep_counters(self) -> None:
        """Keep how far the numbers are; a disk that refuses is no matter."""
        if self.store.read_only:
            return
        try:
            for letter, count in self.counters.items():
                self.shelf("counters", "kind").put(letter, {"count": count})
        except StoreError:
            return

    @property
    def device_name(self) -> str:
        """Short name of the device; the start of its id where none was chosen."""
        return self.settings.device or f"d{self.store.device[:2]}"


class Shelf:
    """A local table read once and kept as a mapping; it never leaves the device."""

    def __init__(self, desk: Desk, name: str, key: str) -> None:
        self._desk = desk
        self._table = desk.store.table(name)
        self._key = key
        self._rows: dict[str, tuple[int, dict[str, Any]]] | None = None

    def _loaded(self) -> dict[str, tuple[int, dict[str, Any]]]:
        if self._rows is None:
            self._rows = {str(row[self._key]): (row.doc_id, dict(row)) for row in self._table.all()}
        return self._rows

    def get(self, key: str) -> dict[str, Any] | None:
        """Return an entry or None."""
        found = self._loaded().get(key)
        return dict(found[1]) if found else None

    def items(self) -> dict[str, dict[str, Any]]:
        """Return all entries."""
        return {key: dict(row) for key, (_number, row) in self._loaded().items()}

    def put(self, key: str, entry: Mapping[str, Any]) -> None:
        """Set an entry durably; on a workspace that can only be read it stays in memory."""
        rows = self._loaded()
        row = {**entry, self._key: key}
        found = rows.get(key)
        if found is not None and found[1] == row:
            return
        if self._desk.store.read_only:
            rows[key] = (found[0] if found else -1, row)
            return
        with self._desk.writer.lock:
            if found is None:
                rows[key] = (self._table.insert(row), row)
                return
            gone = found[1].keys() - row.keys()
            if gone:
                self._table.remove(doc_ids=[found[0]])
                rows[key] = (self._table.insert(row), row)
            else:
                self._table.update(row, doc_ids=[found[0]])
                rows[key] = (found[0], row)

    def put_all(self, entries: Mapping[str, Mapping[str, Any]]) -> None:
        """Set several entries; those that are new are one durable write."""
        rows = self._loaded()
        fresh = {key: {**entry, self._key: key} for key, entry in entries.items() if key not in rows}
        for key, entry in entries.items():
            if key not in fresh:
                self.put(key, entry)
        if self._desk.store.read_only or not fresh:
            rows.update({key: (-1, row) for key, row in fresh.items()})
            return
        with self._desk.writer.lock:
            numbers = self._table.insert_multiple(fresh.values())
        rows.update({key: (number, row) for number, (key, row) in zip(numbers, fresh.items(), strict=True)})

    def remove(self, key: str) -> None:
        """Remove an entry; a missing one is no matter."""
        found = self._loaded().pop(key, None)
        if found is not None and not self._desk.store.read_only:
            with self._desk.writer.lock:
                self._table.remove(doc_ids=[found[0]])
