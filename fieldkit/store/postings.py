"""Which documents a key leads to: sorted keys and lists of document ids, to look up exactly, by range or by prefix.

Keys are bytes in an order that follows the values: ``n`` numbers, ``s`` texts, ``t`` words of the full text.
"""

from __future__ import annotations

import re
import struct
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import add
from typing import Any, Final, Literal

from msgspec import Struct

__all__ = ["Buffers", "IndexSpec", "Postings", "build_postings", "merge_postings", "text_words", "value_key"]

Buffers = tuple[bytes | memoryview, bytes | memoryview, bytes | memoryview]
"""Keys joined; end of each key and of its list (pairs of 64-bit numbers); document ids (32-bit numbers)."""

_SIGN = 1 << 63
_HUGE = 1e300
_INFINITE = float("inf")


class IndexSpec(Struct, frozen=True):
    """An index that the store keeps by itself.

    Attributes:
        name: Name of the index; for ``value`` indexes that is the field, so that TinyDB queries use it.
        kind: Kind of records, or name of a plain table.
        extract: Gives the values (``value``) or texts (``text``) of a document's shown fields.
        how: ``value`` for equality and ranges, ``text`` for words, Chinese pairs and prefixes.
        version: Raised whenever ``extract`` gives something else.
    """

    name: str
    kind: str
    extract: Callable[[Mapping[str, Any]], Iterable[Any]]
    how: Literal["value", "text"] = "value"
    version: int = 1

    @property
    def key(self) -> str:
        """Return the name under which it lies in the sidecar."""
        return f"{self.kind}|{self.name}|{self.how}|{self.version}"

    def keys(self, document: Mapping[str, Any]) -> set[bytes]:
        """Return the keys under which a document is found."""
        values = self.extract(document)
        if self.how == "value":
            return {key for key in map(value_key, values) if key is not None}
        return {b"t" + word.encode("utf-8", "replace") for text in values for word in text_words(str(text))}


def value_key(value: object) -> bytes | None:
    """Return the key of a value, ordered like the values; None for what has no order."""
    if value is None:
        return b"0"
    if isinstance(value, int | float):
        # Python takes True for 1 and -0.0 for 0, and so do queries.
        number = float(value) + 0.0 if abs(value) < _HUGE else _INFINITE if value > 0 else -_INFINITE
        (bits,) = struct.unpack(">Q", struct.pack(">d", number))
        return b"n" + struct.pack(">Q", bits ^ (0xFFFFFFFFFFFFFFFF if bits & _SIGN else _SIGN))
    if isinstance(value, str):
        return b"s" + value.encode("utf-8", "replace")
    return None


_CHINESE: Final = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_PIECES: Final = re.compile(f"([{_CHINESE}]+)|[^\\W_{_CHINESE}]+")


def text_words(text: str) -> set[str]:
    """Return what a text is found by: words in small letters, and each Chinese sign with the one after it."""
    words: set[str] = set()
    for piece in _PIECES.finditer(text.casefold()):
        signs = piece.group()
        if piece.lastindex is None:
            words.add(signs[:40])
        else:
            words.update(map(add, signs, signs[1:]))
            words.add(signs[-1])
    return words


class Postings:
    """Reads the three buffers of an index.

    Attributes:
        buffers: The buffers.
        count: How many keys there are.
        lowest: The first key.
        highest: The last key.
    """

    __slots__ = ("_ends", "_ids", "_keys", "buffers", "count", "highest", "lowest")

    def __init__(self, buffers: Buffers) -> None:
        self.buffers = buffers
        self._keys = memoryview(buffers[0])
        self._ends = memoryview(buffers[1]).cast("Q")
        self._ids = memoryview(buffers[2]).cast("I")
        self.count = len(self._ends) // 2
        self.lowest = self.key(0) if self.count else b""
        self.highest = self.key(self.count - 1) if self.count else b""

    def key(self, index: int) -> bytes:
        """Return the key at a place."""
        return bytes(self._keys[self._ends[2 * index - 2] if index else 0 : self._ends[2 * index]])

    def ids(self, index: int) -> memoryview:
        """Return the document ids of the key at a place."""
        return self._ids[self._ends[2 * index - 1] if index else 0 : self._ends[2 * index + 1]]

    def place(self, key: bytes) -> int:
        """Return the place of the first key that is not smaller."""
        low, high = 0, self.count
        while low < high:
            middle = (low + high) // 2
            if self.key(middle) < key:
                low = middle + 1
            else:
                high = middle
        return low

    def exact(self, key: bytes) -> Sequence[int]:
        """Return the document ids of a key."""
        if not self.lowest <= key <= self.highest:
            return ()
        place = self.place(key)
        return self.ids(place) if place < self.count and self.key(place) == key else ()

    def between(self, low: bytes, high: bytes) -> Iterator[tuple[bytes, memoryview]]:
        """Yield keys and their ids from ``low`` up to but not including ``high``."""
        place = self.place(low)
        while place < self.count:
            key = self.key(place)
            if key >= high:
                return
            yield key, self.ids(place)
            place += 1

    def falling(self, high: bytes) -> Iterator[tuple[bytes, memoryview]]:
        """Yield keys and their ids from below ``high`` down."""
        for place in range(self.place(high) - 1, -1, -1):
            yield self.key(place), self.ids(place)

    def prefix(self, start: bytes) -> Iterator[tuple[bytes, memoryview]]:
        """Yield the keys that begin so, with their ids."""
        return self.between(start, start + b"\xff\xff\xff\xff\xff")

    def items(self) -> Iterator[tuple[bytes, memoryview]]:
        """Yield all keys with their ids."""
        for place in range(self.count):
            yield self.key(place), self.ids(place)


def build_postings(lists: Mapping[bytes, Iterable[int]]) -> Buffers:
    """Return the buffers of keys and their document ids."""
    return _join((key, lists[key]) for key in sorted(lists))


def _join(items: Iterable[tuple[bytes, Iterable[int]]]) -> Buffers:
    keys = bytearray()
    ends = array("Q")
    ids = array("I")
    for key, found in items:
        before = len(ids)
        ids.extend(found)
        if len(ids) > before:
            keys += key
            ends.append(len(keys))
            ends.append(len(ids))
    return bytes(keys), ends.tobytes(), ids.tobytes()


def merge_postings(parts: Sequence[Postings], keeps: Sequence[Callable[[int], bool] | None]) -> Buffers:
    """Return the buffers of several indexes as one, ids rising; each part's ids pass its own test of being current."""
    if len(parts) == 1 and keeps[0] is None:
        return parts[0].buffers
    gathered: dict[bytes, array[int]] = {}
    for part, keep in zip(parts, keeps, strict=True):
        for key, ids in part.items():
            target = gathered.get(key)
            if target is None:
                target = gathered[key] = array("I")
            if keep is None:
                target.frombytes(ids.tobytes())
            else:
                target.extend(doc_id for doc_id in ids if keep(doc_id))
    return _join((key, sorted(gathered[key])) for key in sorted(gathered))
