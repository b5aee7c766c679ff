"""Reads what can be read of a damaged journal, names what cannot, and writes the rest into a new journal."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from msgspec import Struct, field

from fieldkit.errors import StoreError
from fieldkit.i18n import _
from fieldkit.model.operation import Json, Operation
from fieldkit.store.disk import Disk
from fieldkit.store.folders import fresh_folder, replace_journal
from fieldkit.store.growing import readable_size
from fieldkit.store.held import Held
from fieldkit.store.identity import Workspace, read_workspace, write_workspace
from fieldkit.store.journal import Draft, Journal
from fieldkit.store.lines import Line, valid_lines
from fieldkit.store.opening import cipher_of
from fieldkit.store.packing import Dictionary, decode, unpack
from fieldkit.store.purging import is_dead
from fieldkit.store.segment import Cipher, Segment, parse_name

__all__ = ["DAMAGE", "inspect", "repair"]

DAMAGE: Final = frozenset({"STORE-005", "STORE-006", "STORE-007", "STORE-032"})
"""Codes that a repair can do something about."""
_GROUP: Final = 500


class _Found(Struct):
    """What is readable of a journal."""

    drafts: list[tuple[int, Draft]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    problems: list[Json] = field(default_factory=list)
    held: Held = field(default_factory=Held)
    removed: dict[str, Held] = field(default_factory=dict)
    segments: int = 0

    def lost(self) -> list[list[int]]:
        """Return the ranges of line numbers that are missing."""
        numbers = sorted(set(self.numbers))
        return [[left + 1, right - 1] for left, right in pairwise(numbers) if right > left + 1]

    def gone(self) -> list[Json]:
        """Return the numbers of operations that are missing between others of their device."""
        missing: list[Json] = []
        for device, ranges in self.held.ranges().items():
            previous = 0
            for first, last in ranges:
                if first > previous + 1:
                    missing.append({"device": device, "from": previous + 1, "to": first - 1})
                previous = last
        return missing


def _description(home: Path, disk: Disk) -> Workspace:
    """Return the workspace's description, from a segment's header where both copies are damaged."""
    try:
        workspace = read_workspace(home, disk)
    except StoreError as error:
        if error.code != "STORE-005":
            raise
        workspace = None
    if workspace is not None:
        return workspace
    for path in sorted((home / "journal").glob("*.seg")):
        for _offset, line in valid_lines(disk.read(path), 0):
            if line.kind == b"H":
                return Workspace(str(decode(line.payload)["workspace"]))
    raise StoreError("STORE-005", _("The description of the workspace is damaged and no segment tells its id"))


def _read(home: Path, disk: Disk, cipher: Cipher | None) -> _Found:
    found = _Found()
    newest: dict[int, Path] = {}
    for path in sorted((home / "journal").glob("*.seg")):
        parsed = parse_name(path.name)
        if parsed is not None:
            newest[parsed[0]] = path
    previous = 0
    for number, path in sorted(newest.items()):
        if number != previous + 1:
            found.problems.append(_problem("STORE-007", path.name, 0, _("a segment before it is missing")))
        previous = number
        found.segments += 1
        _read_segment(Segment(path, number, 0, readable_size(path, disk), cipher, disk), found)
    return found


def _read_segment(segment: Segment, found: _Found) -> None:
    data = bytes(segment.content())
    lines = valid_lines(data, 0)
    names = Dictionary()
    end = 0
    for offset, line in lines:
        if offset != end:
            found.problems.append(_problem("STORE-006", segment.path.name, end, _("bytes that are no record")))
        end = data.find(b"\n", offset) + 1
        if line.kind == b"S":
            _take_footer(segment, line, names)
    if end < len(data):
        found.problems.append(_problem("STORE-006", segment.path.name, end, _("an unfinished record")))
    for offset, line in lines:
        found.numbers.append(line.number)
        if line.kind in (b"H", b"S"):
            continue
        draft = _draft(segment, line, names)
        if draft is None:
            found.problems.append(_problem("STORE-006", segment.path.name, offset, _("a record that cannot be read")))
            continue
        found.drafts.append((line.number, draft))
        if isinstance(draft.content, Operation):
            found.held.add(draft.content.device, draft.content.seq)
        elif draft.kind == b"x":
            _take_purge(decode(draft.content), found)


def _take_purge(content: list[Any], found: _Found) -> None:
    """Note which operations are gone by intention."""
    removed = found.removed.setdefault(str(content[0]), Held())
    for device, pairs in content[1]["ranges"].items():
        for first, last in pairs:
            for seq in range(first, last + 1):
                removed.add(device, seq)
                found.held.add(device, seq)


def _take_footer(segment: Segment, line: Line, names: Dictionary) -> None:
    try:
        footer = decode(segment.open_payload(line))
    except (StoreError, ValueError):
        return
    for number, name in enumerate(footer["names"]):
        names.name(f"{number}={name}", learn=True)


def _draft(segment: Segment, line: Line, names: Dictionary) -> Draft | None:
    try:
        payload = segment.open_payload(line)
        if line.kind == b"o":
            return Draft(b"o", unpack(payload, names, learn=True))
        decode(payload)
        return Draft(line.kind, payload)
    except (StoreError, ValueError, KeyError, IndexError, TypeError):
        return None


def _problem(code: str, file: str, offset: int, what: str) -> dict[str, Json]:
    message = _("{file}, byte {offset}: {what}").format(file=file, offset=offset, what=what)
    return {"code": code, "message": message, "file": file, "offset": offset}


def inspect(home: Path, disk: Disk, passphrase: str | None) -> dict[str, Any]:
    """Return the report of ``verify`` for a workspace that cannot be opened."""
    found = _read(home, disk, cipher_of(_description(home, disk), passphrase))
    records = {draft.content.record for _number, draft in found.drafts if isinstance(draft.content, Operation)}
    return {
        "ok": False,
        "records": len(records),
        "operations": sum(isinstance(draft.content, Operation) for _number, draft in found.drafts),
        "segments": found.segments,
        "problems": found.problems,
        "lost": found.lost(),
        "gone": found.gone(),
    }


def repair(home: Path, disk: Disk, passphrase: str | None) -> dict[str, Json]:
    """Write every readable record into a new journal and keep the damaged one as ``journal.damaged-N``.

    Raises:
        OSError: The medium failed; the damaged journal stands.
    """
    workspace = _description(home, disk)
    cipher = cipher_of(workspace, passphrase)
    found = _read(home, disk, cipher)
    folder = fresh_folder(home, disk)
    journal = Journal(folder, workspace.id, disk=disk, read_only=False, cipher=cipher)
    try:
        for group in _groups(found):
            journal.commit(group)
    finally:
        journal.close()
    copy = home / "journal" / "workspace.copy.json"
    if not copy.exists():
        write_workspace(home, disk, workspace)
    disk.write_whole(folder / "workspace.copy.json", disk.read(copy))
    kept_as = next(name for name in (f"journal.damaged-{n}" for n in range(1, 10_000)) if not (home / name).exists())
    replace_journal(home, disk, kept_as)
    write_workspace(home, disk, workspace)
    _forget_runs(home, disk)
    return {
        "repaired": True,
        "kept": len(found.drafts),
        "lost": found.lost(),
        "gone": found.gone(),
        "damaged": kept_as,
    }


def _groups(found: _Found) -> Iterator[list[Draft]]:
    seen = Held()
    group: list[Draft] = []
    for _number, draft in sorted(found.drafts, key=lambda pair: pair[0]):
        if isinstance(draft.content, Operation):
            if seen.holds(draft.content.device, draft.content.seq) or is_dead(found.removed, draft.content):
                continue
            seen.add(draft.content.device, draft.content.seq)
        group.append(draft)
        if len(group) == _GROUP:
            yield group
            group = []
    if group:
        yield group


def _forget_runs(home: Path, disk: Disk) -> None:
    disk.remove(home / "state" / "runs.json")
