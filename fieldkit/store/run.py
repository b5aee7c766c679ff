"""A run: documents and indexes up to some line of the journal, in one file that never changes.

Runs are derived: they can be deleted and come back from the journal. Each entry carries a checksum that every read
verifies; the tables at the end carry theirs. In a sealed workspace entries and tables are sealed.

    entry      crc32 of all that follows, length of the document (0: removed), number of lines, crc32 of the shown
               values (0 where sealed), document, line numbers (32 bits each), and behind them, for small records,
               their shown values as JSON: what most queries ask for, and read alone
    sections   ids, offsets, hashes, slots, indexes
    foot       JSON: covered lines, position in the journal, sections, groups, counters
    trailer    length and crc32 of the foot, ``FKRUN001``
"""

from __future__ import annotations

import bisect
import hashlib
import mmap
import struct
import sys
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from fieldkit.errors import StoreError
from fieldkit.model.operation import Json
from fieldkit.store.disk import Disk
from fieldkit.store.packing import decode, encode
from fieldkit.store.postings import Buffers, Postings
from fieldkit.store.sealing import RawCipher
from fieldkit.store.shown import short_row

__all__ = ["PURGED", "Run", "RunDamagedError", "RunWriter", "is_stub", "name_in", "record_hash"]

PURGED: Final = "purged"
"""Member of a record's document that says that its operations were removed, and what stays of them."""

_HEAD: Final = struct.Struct("<IIII")
_BEHIND_CRC: Final = _HEAD.size - 4
_TRAILER: Final = struct.Struct("<II8s")
_MAGIC: Final = b"FKRUN001" if sys.byteorder == "little" else b"FKRUN00B"
_CHUNK: Final = 1 << 20


class RunDamagedError(Exception):
    """A run is unreadable; what it held comes back from the journal."""


def record_hash(record: str, salt: bytes) -> int:
    """Return 64 bits that stand for a record's name."""
    return int.from_bytes(hashlib.blake2b(record.encode(), digest_size=8, key=salt).digest(), "little")


def name_in(document: bytes) -> str:
    """Return the record's name, with which every record's document begins."""
    end = document.index(b'"', 7)
    name = document[7:end]
    if document.startswith(b'{"id":"') and b"\\" not in name:
        return name.decode()
    return str(decode(document)["id"])


def is_stub(document: bytes) -> bool:
    """Tell whether only the note of a purge is left of a record."""
    end = document.find(b'"', 7)
    while end > 0 and document[end - 1 : end] == b"\\":
        end = document.find(b'"', end + 1)
    return document[end : end + 11] == b'","purged":'


class RunWriter:
    """Writes a run; entries come sorted by group and document id."""

    def __init__(self, path: Path, disk: Disk, cipher: RawCipher | None, salt: bytes) -> None:
        self.path = path
        self._temporary = path.with_name(path.name + ".new")
        self._disk = disk
        self._cipher = cipher
        self._salt = salt
        disk.remove(self._temporary)
        self._fd = disk.create(self._temporary)
        self._buffer = bytearray()
        self._size = 0
        self._ids = array("Q")
        self._offsets = array("Q", [0])
        self._hashes: list[tuple[int, int]] = []
        self._chunks: list[tuple[int, int]] = []
        self._groups: dict[str, list[int]] = {}

    def add(self, group: str, doc_id: int, record: str | None, document: bytes, lines: array[int]) -> None:
        """Add an entry; an empty document stands for one that was removed."""
        if record is not None:
            self._hashes.append((record_hash(record, self._salt), len(self._ids)))
        shown = short_row(group, document) if document and not is_stub(document) else b""
        body = document + lines.tobytes() + shown
        if self._cipher is not None:
            body = self._cipher.seal_raw(body, f"{self.path.name}:{len(self._ids)}".encode())
            # A checksum of what is sealed would let anyone try guesses on it.
            shown = b""
        numbers = struct.pack("<III", len(document), len(lines), zlib.crc32(shown))
        self._put(struct.pack("<I", zlib.crc32(body, zlib.crc32(numbers))) + numbers + body)
        bounds = self._groups.setdefault(group, [len(self._ids), 0])
        self._ids.append(doc_id)
        self._offsets.append(self._size)
        bounds[1] = len(self._ids)

    def _put(self, data: bytes) -> None:
        self._buffer += data
        self._size += len(data)
        if len(self._buffer) >= _CHUNK:
            self._flush()

    def _flush(self) -> None:
        self._chunks.append((len(self._buffer), zlib.crc32(self._buffer)))
        self._disk.write(self._fd, bytes(self._buffer))
        self._buffer.clear()

    def finish(self, foot: dict[str, Json], indexes: dict[str, Buffers]) -> None:
        """Write the tables and the foot and make the file durable under its name."""
        self._hashes.sort()
        sections: dict[str, list[int]] = {}
        tables: dict[str, bytes | memoryview] = {
            "ids": self._ids.tobytes(),
            "offsets": self._offsets.tobytes(),
            "hashes": array("Q", [pair[0] for pair in self._hashes]).tobytes(),
            "slots": array("I", [pair[1] for pair in self._hashes]).tobytes(),
        }
        for name, buffers in indexes.items():
            for part, buffer in enumerate(buffers):
                tables[f"index:{name}:{part}"] = buffer
        for name, table in tables.items():
            data = bytes(table)
            if self._cipher is not None:
                data = self._cipher.seal_raw(data, name.encode())
            self._put(bytes(-self._size % 8))
            sections[name] = [self._size, len(data), zlib.crc32(data)]
            self._put(data)
        self._flush()
        whole = {
            **foot,
            "chunks": self._chunks,
            "sections": sections,
            "groups": self._groups,
            "indexes": sorted(indexes),
        }
        data = encode(whole)
        if self._cipher is not None:
            data = self._cipher.seal_raw(data, b"foot")
        self._put(data + _TRAILER.pack(len(data), zlib.crc32(data), _MAGIC))
        self._flush()
        self._disk.fsync(self._fd)
        self._disk.close(self._fd)
        self._fd = -1
        self._disk.replace(self._temporary, self.path)
        self._disk.sync_folder(self.path.parent)

    def abandon(self) -> None:
        """Remove what was written so far, and give its room back."""
        if self._fd >= 0:
            self._disk.close(self._fd)
            self._fd = -1
        self._disk.remove(self._temporary)


class Run:
    """Reads a run.

    Attributes:
        path: The file.
        foot: The foot's JSON.
        groups: Group -> first and last-plus-one place of its entries.
        size: Bytes of the file.
    """

    def __init__(self, path: Path, disk: Disk, cipher: RawCipher | None, salt: bytes) -> None:
        """Open a run.

        Raises:
            RunDamagedError: The file is no whole run of this workspace.
        """
        self.path = path
        self._cipher = cipher
        self._salt = salt
        self._parts: dict[str, memoryview] = {}
        self._postings: dict[str, Postings] = {}
        try:
            self.size = disk.size(path)
            self._map: mmap.mmap = disk.map(path, self.size)
        except (OSError, ValueError) as error:
            raise RunDamagedError(str(error)) from error
        self._view = memoryview(self._map)
        self.foot: dict[str, Any] = self._read_foot()
        try:
            self.groups: dict[str, tuple[int, int]] = {name: (a, b) for name, (a, b) in self.foot["groups"].items()}
            self._ids = self._section("ids").cast("Q")
            self._offsets = self._section("offsets").cast("Q")
            self._hashes = self._section("hashes").cast("Q")
            self._slots = self._section("slots").cast("I")
            if sum(length for length, _crc in self.foot["chunks"]) > self.size:
                raise RunDamagedError("chunks")
            self._indexes = frozenset(self.foot["indexes"])
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise RunDamagedError(f"foot: {error}") from error

    def _read_foot(self) -> dict[str, Any]:
        if self.size < _TRAILER.size:
            raise RunDamagedError("too short")
        length, crc, magic = _TRAILER.unpack(self._map[self.size - _TRAILER.size :])
        data = self._map[max(0, self.size - _TRAILER.size - length) : self.size - _TRAILER.size]
        if magic != _MAGIC or zlib.crc32(data) != crc:
            raise RunDamagedError("foot")
        foot = decode(self._opened(data, b"foot"))
        if not isinstance(foot, dict):
            raise RunDamagedError("foot")
        return foot

    def _section(self, name: str) -> memoryview:
        found = self._parts.get(name)
        if found is None:
            offset, length, crc = self.foot["sections"][name]
            found = self._view[offset : offset + length]
            if self._cipher is not None:
                found = memoryview(self._opened(found, name.encode()))
            elif zlib.crc32(found) != crc:
                raise RunDamagedError(name)
            self._parts[name] = found
        return found

    def __len__(self) -> int:
        return len(self._ids)

    def slot_of(self, group: str, doc_id: int) -> int:
        """Return the place of an entry, -1 where the run does not hold it."""
        bounds = self.groups.get(group)
        if bounds is None:
            return -1
        start, end = bounds
        first = self._ids[start]
        if self._ids[end - 1] - first == end - start - 1:
            return start + doc_id - first if first <= doc_id < first + end - start else -1
        slot = bisect.bisect_left(self._ids, doc_id, start, end)
        return slot if slot < end and self._ids[slot] == doc_id else -1

    def places(self, group: str, ids: Sequence[int]) -> tuple[list[int], list[int]]:
        """Return those of the document ids that the run holds, in their order, and the places of their entries."""
        bounds = self.groups.get(group)
        if bounds is None:
            return [], []
        start, end = bounds
        first, last = self._ids[start], self._ids[end - 1]
        lowest, highest = min(ids, default=first), max(ids, default=first)
        if highest < first or lowest > last:
            return [], []
        is_whole = first <= lowest and highest <= last
        held = list(ids) if is_whole else [doc_id for doc_id in ids if first <= doc_id <= last]
        if last - first == end - start - 1:
            return held, [start + doc_id - first for doc_id in held]
        pairs = [(doc_id, slot) for doc_id in held if (slot := self.slot_of(group, doc_id)) >= 0]
        return [doc_id for doc_id, _slot in pairs], [slot for _doc_id, slot in pairs]

    def find(self, record: str) -> tuple[int, bytes] | None:
        """Return place and document of a record, None where the run does not hold it.

        Raises:
            RunDamagedError: The entry's checksum is wrong.
        """
        wanted = record_hash(record, self._salt)
        hashes = self._hashes
        place = bisect.bisect_left(hashes, wanted)
        while place < len(hashes) and hashes[place] == wanted:
            slot = self._slots[place]
            document = self.document(slot)
            if document.startswith(b'{"id":' + encode(record)):
                return slot, document
            place += 1
        return None

    def doc_id(self, slot: int) -> int:
        """Return the document id of an entry."""
        return self._ids[slot]

    def entry(self, slot: int) -> tuple[bytes, bytes]:
        """Return an entry's document (empty: removed) and its packed line numbers.

        Raises:
            RunDamagedError: The checksum is wrong.
        """
        body, length, behind = self._body(slot)
        return bytes(body[:length]), bytes(body[length:behind])

    def _body(self, slot: int) -> tuple[bytes | memoryview, int, int]:
        """Return what an entry holds, verified and opened, and where the document and the line numbers end in it."""
        start = self._offsets[slot]
        crc, length, count, _shown = _HEAD.unpack_from(self._view, start)
        checked = self._view[start + 4 : self._offsets[slot + 1]]
        if zlib.crc32(checked) != crc:
            raise RunDamagedError(f"entry {slot}")
        body: bytes | memoryview = checked[_BEHIND_CRC:]
        if self._cipher is not None:
            body = self._opened(body, self._place(slot))
        return body, length, length + 4 * count

    def _opened(self, data: bytes | memoryview, context: bytes) -> bytes:
        if self._cipher is None:
            return bytes(data)
        try:
            return self._cipher.open_raw(data, context)
        except StoreError as error:
            raise RunDamagedError(str(error)) from error

    def _place(self, slot: int) -> bytes:
        return f"{self.path.name}:{slot}".encode()

    def document(self, slot: int) -> bytes:
        """Return an entry's document, empty for one that was removed.

        Raises:
            RunDamagedError: The checksum is wrong.
        """
        if self._cipher is not None:
            body, length, _behind = self._body(slot)
            return bytes(body[:length])
        return self._plain_document(slot)

    def _plain_document(self, slot: int) -> bytes:
        start, data = self._offsets[slot], self._map
        crc, length, _count, _shown = _HEAD.unpack_from(data, start)
        checked = data[start + 4 : self._offsets[slot + 1]]
        if zlib.crc32(checked) != crc:
            raise RunDamagedError(f"entry {slot}")
        return checked[_BEHIND_CRC : _BEHIND_CRC + length]

    def shown(self, slots: Iterable[int]) -> list[bytes]:
        """Return the shown values of several entries as JSON, each verified; empty where an entry has none.

        Raises:
            RunDamagedError: A checksum is wrong.
        """
        if self._cipher is not None:
            bodies = (self._body(slot) for slot in slots)
            return [bytes(body[behind:]) for body, _length, behind in bodies]
        data, offsets, head, unpack_from, crc32 = self._map, self._offsets, _HEAD.size, _HEAD.unpack_from, zlib.crc32
        found: list[bytes] = []
        for slot in slots:
            start = offsets[slot]
            _crc, length, count, crc = unpack_from(data, start)
            short = data[start + head + length + 4 * count : offsets[slot + 1]]
            if crc32(short) != crc:
                raise RunDamagedError(f"entry {slot}")
            found.append(short)
        return found

    def raws(self, slots: Iterable[int]) -> list[bytes]:
        """Return the documents of several entries, each verified.

        Raises:
            RunDamagedError: A checksum is wrong.
        """
        if self._cipher is not None:
            return [self.document(slot) for slot in slots]
        return list(map(self._plain_document, slots))

    def lines(self, slot: int) -> array[int]:
        """Return the journal's line numbers of a record."""
        lines = array("I")
        lines.frombytes(self.entry(slot)[1])
        return lines

    def count_lines(self, slot: int) -> int:
        """Return how many operations a record has."""
        return int(_HEAD.unpack_from(self._map, self._offsets[slot])[2])

    def ids(self, group: str) -> Iterator[int]:
        """Yield the document ids of a group, rising."""
        start, end = self.groups.get(group, (0, 0))
        return iter(self._ids[start:end])

    def ids_up_to(self, group: str, most: int) -> Iterable[int]:
        """Return the document ids of a group that are not above a number, rising."""
        start, end = self.groups.get(group, (0, 0))
        return self._ids[start : bisect.bisect_right(self._ids, most, start, end)]

    def bounds(self, group: str) -> tuple[int, int]:
        """Return the lowest and the highest document id of a group that the run holds."""
        start, end = self.groups[group]
        return self._ids[start], self._ids[end - 1]

    def has_index(self, key: str) -> bool:
        """Tell whether an index was written with the run."""
        return key in self._indexes

    def postings(self, key: str) -> Postings | None:
        """Return an index, None where the run has none of that name."""
        found = self._postings.get(key)
        if found is None and key in self._indexes:
            found = self._postings[key] = Postings(
                (self._section(f"index:{key}:0"), self._section(f"index:{key}:1"), self._section(f"index:{key}:2"))
            )
        return found

    def keep_postings(self, key: str, postings: Postings) -> None:
        """Keep an index that was built after the run was written."""
        self._postings[key] = postings

    def check_entries(self) -> int:
        """Verify every byte of entries and tables and return the number of entries.

        Raises:
            RunDamagedError: A checksum is wrong.
        """
        data, start = self._view, 0
        for length, crc in self.foot["chunks"]:
            if zlib.crc32(data[start : start + length]) != crc:
                raise RunDamagedError(f"bytes {start} to {start + length}")
            start += length
        return len(self._ids)
