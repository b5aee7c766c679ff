"""The journal: segments of numbered lines, written once, made durable, never overwritten."""

from __future__ import annotations

import bisect
import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from fieldkit.errors import StoreError
from fieldkit.i18n import _
from fieldkit.model.operation import Json, Operation
from fieldkit.store.ballast import Ballast
from fieldkit.store.disk import Disk, is_full
from fieldkit.store.failures import disk_full, poisoned, read_only_store, write_failed
from fieldkit.store.growing import GrowingFile, Sizes, readable_size
from fieldkit.store.lines import format_line, valid_lines
from fieldkit.store.packing import Dictionary, encode, pack, unpack
from fieldkit.store.recovery import quarantine, read_tail
from fieldkit.store.segment import FORMAT, PLAIN_FORMAT, Cipher, Entry, Segment, damage, file_name, parse_name

__all__ = ["Draft", "Journal", "Position", "Replayed"]

_DAMAGED_ORDER = "STORE-007"
_KEPT_DICTIONARIES = 6
_LISTINGS = 2
_SIZES = Sizes()


class Draft(Struct, frozen=True):
    """A line that is not numbered yet: an operation, or the JSON payload of another kind."""

    kind: bytes
    content: Operation | bytes


class Position(Struct, frozen=True):
    """A place between two groups of the journal, from which it can be read on.

    Attributes:
        segment: Number of the segment.
        generation: Generation of the segment.
        offset: Byte in its file.
        number: Number of the next line.
        names: The segment's dictionary up to there.
        check: Checksum on the line before, so that another journal is not taken for this one.
    """

    segment: int
    generation: int
    offset: int
    number: int
    names: tuple[str, ...] = ()
    check: str = ""


class Replayed(Struct, frozen=True):
    """A committed line with its meaning; ``last`` where its group ends."""

    number: int
    kind: bytes
    content: Operation | bytes
    last: bool = True


class Journal:
    """Appends groups of lines durably and reads them back.

    Attributes:
        segments: All segments, the last one grows.
        next_number: Number of the next line.
        torn: What recovery set aside: file, offset, bytes.
        ballast: Reserve that is given up when the disk is full.
    """

    def __init__(
        self,
        folder: Path,
        workspace: str,
        *,
        disk: Disk,
        read_only: bool,
        cipher: Cipher | None = None,
        sizes: Sizes = _SIZES,
    ) -> None:
        self.folder = folder
        self.workspace = workspace
        self.disk = disk
        self.cipher = cipher
        self.read_only = read_only
        self.segment_bytes = sizes.segment_bytes
        self.segments: list[Segment] = []
        self.next_number = 1
        self.torn: list[dict[str, Json]] = []
        self.bytes_written = 0
        self.ballast: Ballast | None = None
        self._file = GrowingFile(disk, sizes)
        self._is_distrusted = False
        self._names = Dictionary()
        self._named: list[Segment] = []
        self._lock = threading.RLock()
        self._reading: tuple[Segment, Entry, Dictionary] | None = None

    # Opening

    def open(self, position: Position | None, consume: Callable[[Replayed], None]) -> bool:
        """Read the journal from a position to its end and hand each committed line to ``consume``.

        Returns:
            False where the position does not fit the journal: nothing was consumed then, read it from its head.

        Raises:
            StoreError: STORE-006 or STORE-007 where lines or segments are damaged or missing.
        """
        if not self.segments:
            self._list()
        if not self.segments:
            return position is None or position.number == 1
        start = self._start_index(position)
        if start is None:
            return False
        for index in range(start, len(self.segments)):
            segment = self.segments[index]
            at = position if position is not None and index == start else None
            if index == len(self.segments) - 1 and not segment.is_closed:
                self._open_last(segment, at, consume)
            else:
                self._read_sealed(segment, at, consume)
        return True

    def reopen(self, consume: Callable[[Replayed], None]) -> None:
        """Read the whole journal again from its head, after ``open`` found that a position does not fit.

        Raises:
            StoreError: STORE-006 or STORE-007 where lines or segments are damaged or missing.
        """
        self._file.close()
        for segment in self.segments:
            segment.close()
        self.segments = []
        self.open(None, consume)

    def _list(self) -> None:
        for _attempt in range(_LISTINGS):
            # Beside a writing process a segment may give way to a compacted one after its name was read.
            with suppress(FileNotFoundError):
                return self._list_segments()
            self.segments, self.next_number = [], 1
        return self._list_segments()

    def _list_segments(self) -> None:
        newest: dict[int, tuple[int, Path]] = {}
        for path in sorted(self.folder.glob("*.seg")):
            parsed = parse_name(path.name)
            if parsed is not None:
                if parsed[0] in newest and not self.read_only:
                    self.disk.remove(newest[parsed[0]][1])
                newest[parsed[0]] = (parsed[1], path)
        for number, (generation, path) in sorted(newest.items()):
            segment = Segment(path, number, generation, readable_size(path, self.disk), self.cipher, self.disk)
            is_last = number == max(newest)
            if not segment.read_header():
                if not is_last or self._holds_lines(segment):
                    raise damage(path, 0, 0)
                self._set_aside(segment, 0)
                continue
            if segment.header["workspace"] != self.workspace:
                raise self._order(path)
            if not segment.find_end(verified=is_last) and not is_last:
                raise damage(path, segment.size, 0)
            self._check_order(segment)
            self.segments.append(segment)
            if segment.end_number is not None:
                self.next_number = segment.end_number + 1

    def _holds_lines(self, segment: Segment) -> bool:
        return bool(valid_lines(bytes(segment.content()[: segment.size]), 0))

    def _check_order(self, segment: Segment) -> None:
        previous = self.segments[-1] if self.segments else None
        expected = 1 if previous is None else (previous.end_number or 0) + 1
        number = 1 if previous is None else previous.number + 1
        if segment.first != expected or segment.number != number:
            raise self._order(segment.path)

    def _order(self, path: Path) -> StoreError:
        return StoreError(
            _DAMAGED_ORDER,
            _("A segment of the journal is missing or foreign before {file}").format(file=path.name),
            hint=_("Put the missing file back from a backup, or run: fieldkit verify --repair"),
            where={"file": path.name},
        )

    def _start_index(self, position: Position | None) -> int | None:
        if position is None:
            return 0
        for index, segment in enumerate(self.segments):
            if segment.number == position.segment and segment.generation == position.generation:
                fits = segment.checksum_before(position.offset) == position.check
                return index if fits else None
        return None

    def _read_sealed(self, segment: Segment, at: Position | None, consume: Callable[[Replayed], None]) -> None:
        names = Dictionary(at.names) if at else Dictionary()
        for entry in segment.entries(at.offset if at else 0):
            self._consume(segment, entry, names, consume)

    def _open_last(self, segment: Segment, at: Position | None, consume: Callable[[Replayed], None]) -> None:
        names = Dictionary(at.names) if at else Dictionary()
        start, number = (at.offset, at.number) if at else (0, segment.first)
        tail, entries = read_tail(segment, start, number, names)
        if tail.torn:
            self._set_aside(segment, tail.size)
        segment.size = tail.size
        segment.names = self._names = names
        self.next_number = tail.next_number
        fresh = Dictionary(at.names) if at else Dictionary()
        for entry in entries:
            self._consume(segment, entry, fresh, consume)
        if not self.read_only:
            if tail.torn:
                segment.close()
            self._file.take_up(segment.path, tail.size, is_torn=tail.torn > 0)

    def _consume(self, segment: Segment, entry: Entry, names: Dictionary, consume: Callable[[Replayed], None]) -> None:
        self._reading = (segment, entry, names)
        if entry.kind == b"o":
            consume(Replayed(entry.number, b"o", unpack(entry.payload, names, learn=True), entry.last))
        elif entry.kind not in (b"H", b"S"):
            consume(Replayed(entry.number, entry.kind, entry.payload, entry.last))
        self._reading = None

    def replay(self, consume: Callable[[Replayed], None]) -> None:
        """Hand every committed line to ``consume``, from the first one on.

        Raises:
            StoreError: STORE-006 at a damaged line.
        """
        for segment in self.segments:
            self._read_sealed(segment, None, consume)

    def _set_aside(self, segment: Segment, start: int) -> None:
        """Keep the bytes of a write that never became whole; nothing of them was acknowledged."""
        if self.read_only:
            # Beside a writing process this is a write under way.
            return
        torn = bytes(segment.content()[start : segment.size])
        if torn:
            if self.ballast is not None:
                self.ballast.make_room(self.folder, len(torn))
            kept = quarantine(self.disk, self.folder.parent / "quarantine", segment.path.stem, torn).name
            self.torn.append({"file": segment.path.name, "offset": start, "bytes": len(torn), "kept": kept})
        if start == 0:
            segment.close()
            self.disk.remove(segment.path)
            self.disk.sync_folder(self.folder)

    # Writing

    def commit(self, drafts: Sequence[Draft]) -> list[int]:
        """Write lines as one group and return their numbers once they are durable: all of them or none.

        Raises:
            StoreError: STORE-010 no room, STORE-011 the medium failed, STORE-012 refused before, STORE-013 read-only.
        """
        with self._lock:
            self._refuse_if_closed()
            try:
                return self._commit_once(drafts)
            except OSError as error:
                if is_full(error) and not self.is_poisoned and self.ballast is not None and self.ballast.release():
                    try:
                        return self._commit_once(drafts)
                    except OSError as second:
                        raise self._failure(second) from second
                raise self._failure(error) from error

    def _failure(self, error: OSError) -> StoreError:
        if self.is_poisoned:
            return poisoned(error)
        return disk_full(error) if is_full(error) else write_failed(error)

    def _refuse_if_closed(self) -> None:
        if self.read_only:
            raise read_only_store()
        if self.is_poisoned:
            raise poisoned(None)

    def _commit_once(self, drafts: Sequence[Draft]) -> list[int]:
        segment = self._growing(purging=b"x" in [draft.kind for draft in drafts])
        known, following = len(self._names), self.next_number + len(drafts)
        numbers = list(range(self.next_number, following))
        is_durable = False
        try:
            data = self._format(drafts)
            size, written = segment.size + len(data), self.bytes_written + len(data)
            self._file.append(data)
            is_durable = True
        finally:
            if not is_durable:
                self._names.forget_from(known)
        # Nothing from here on needs memory: what is durable is counted.
        segment.size, self.next_number, self.bytes_written = size, following, written
        return numbers

    def _format(self, drafts: Sequence[Draft]) -> bytes:
        count = len(drafts)
        lines: list[bytes] = []
        for part, draft in enumerate(drafts, 1):
            content = draft.content
            payload = content if isinstance(content, bytes) else pack(content, self._names)
            token = draft.kind if count == 1 else b"%b%d/%d" % (draft.kind, part, count)
            lines.append(self.line(self.next_number + part - 1, draft.kind, payload, token))
        return b"".join(lines)

    def line(self, number: int, kind: bytes, payload: bytes, token: bytes = b"") -> bytes:
        """Return a line's bytes, sealed where the workspace is."""
        if self.cipher is not None and kind != b"H":
            payload = self.cipher.seal(payload, b"%d %b" % (number, kind))
        return format_line(number, token or kind, payload)

    def _growing(self, *, purging: bool) -> Segment:
        """Return the segment that takes the next lines; a full one is closed, and one that a purge writes anew."""
        if self._file.is_open and (purging or self.segments[-1].size >= self.segment_bytes):
            self._close_segment()
        if not self._file.is_open:
            self._begin_segment(FORMAT if purging else PLAIN_FORMAT)
        return self.segments[-1]

    def _close_segment(self) -> None:
        segment = self.segments[-1]
        with memoryview(segment.content()) as view:
            digest = hashlib.sha256(view[: segment.size]).hexdigest()
        footer = {"names": self._names.names, "sha256": digest, "lines": self.next_number - segment.first}
        data = self.line(self.next_number, b"S", encode(footer))
        self._file.finish(data)
        segment.end_offset = segment.size
        segment.size += len(data)
        # Readers take the segment for closed from here on.
        segment.end_number = self.next_number
        self.next_number += 1

    def _begin_segment(self, version: int) -> None:
        number = self.segments[-1].number + 1 if self.segments else 1
        path = self.folder / file_name(number, 0)
        header = {"format": version, "workspace": self.workspace, "segment": number, "first": self.next_number}
        data = format_line(self.next_number, b"H", encode(header))
        self._file.begin(path, data)
        self._names = Dictionary()
        segment = Segment(path, number, 0, len(data), self.cipher, self.disk, header, names=self._names)
        self.segments.append(segment)
        self.next_number += 1

    # Reading

    def position(self) -> Position:
        """Return the journal's end, or the end of the line that is handed out now, to read on from there."""
        with self._lock:
            if self._reading is not None:
                segment, entry, names = self._reading
                return self._place(segment, entry.end, entry.number + 1, names)
            if not self.segments:
                return Position(1, 0, 0, 1)
            last = self.segments[-1]
            return self._place(last, last.size, self.next_number, self._names)

    def _place(self, segment: Segment, offset: int, number: int, names: Dictionary) -> Position:
        at_footer = segment.is_closed and offset > segment.end_offset
        known = () if at_footer else tuple(names.names)
        return Position(segment.number, segment.generation, offset, number, known, segment.checksum_before(offset))

    def segment_of(self, number: int) -> Segment:
        """Return the segment that holds a line.

        Raises:
            StoreError: STORE-007, no segment does.
        """
        segments = self.segments
        index = bisect.bisect_right(segments, number, key=lambda item: item.first) - 1
        if index < 0:
            raise self._order(self.folder)
        return segments[index]

    def operation(self, number: int) -> Operation:
        """Return the operation of a line.

        Raises:
            StoreError: STORE-006, the line is damaged.
        """
        segment = self.segment_of(number)
        entry = segment.find(number)
        return unpack(entry.payload, self._names_of(segment), learn=False)

    def operations(self, first: int = 0, end: int | None = None) -> Iterator[Operation]:
        """Yield the operations of the lines from ``first`` up to but not including ``end``, in the journal's order.

        Raises:
            StoreError: STORE-006 at a damaged line.
        """
        for segment in list(self.segments):
            if end is not None and segment.first >= end:
                return
            if segment.end_number is not None and segment.end_number < first:
                continue
            names = self._names_of(segment)
            start = segment.offset_of(first) if segment.first < first else 0
            for entry in segment.entries(start):
                if end is not None and entry.number >= end:
                    return
                if entry.kind == b"o":
                    yield unpack(entry.payload, names, learn=False)

    def swap(self, old: Segment, fresh: Segment) -> None:
        """Read a segment from its newer generation from now on, and remove the old file."""
        with self._lock:
            place = self.segments.index(old)
            self.segments = [*self.segments[:place], fresh, *self.segments[place + 1 :]]
        self.disk.remove(old.path)
        self.disk.sync_folder(self.folder)

    def distrust(self) -> None:
        """Write nothing more until the workspace is opened again: memory and medium may differ."""
        self._is_distrusted = True

    def _names_of(self, segment: Segment) -> Dictionary:
        """Return a segment's dictionary; of closed ones only the last few are kept, each holds many names."""
        names = segment.dictionary()
        if segment.is_closed and segment not in self._named:
            self._named.append(segment)
            if len(self._named) > _KEPT_DICTIONARIES:
                self._named.pop(0).names = None
        return names

    @property
    def is_poisoned(self) -> bool:
        """Tell whether the medium failed and nothing more is written."""
        return self._is_distrusted or self._file.fault != ""

    @property
    def syncs(self) -> int:
        """Return how often the growing segment was made durable."""
        return self._file.syncs

    @property
    def is_growing(self) -> bool:
        """Tell whether there is a segment that takes lines."""
        return self._file.is_open

    def close(self) -> None:
        """Close all files."""
        with self._lock:
            for segment in self.segments:
                segment.close()
            self._file.close()
            self.read_only = True
