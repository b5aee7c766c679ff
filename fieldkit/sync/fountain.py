"""A fountain code that needs no library: any frames beyond a few more than k symbols give the file back.

Systematic random linear code over GF(2): frame i < k carries symbol i, each later one the XOR of a random
half of the symbols. Coefficients are bits of SplitMix64 seeded with ``session * 2**32 + frame index`` (lowest
bit of the first number first), drawn again where all are zero. The session is the CRC-32 of the file. What a
frame carries is whitened by XOR with the big-endian numbers of SplitMix64 seeded with the session, so that
no content makes a monotonous code.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from functools import lru_cache

__all__ = ["Decoder", "Encoder", "coefficients", "split_mix", "symbol_count"]

_MASK = (1 << 64) - 1
_WORD = 8


def split_mix(seed: int) -> Iterator[int]:
    """Yield the 64-bit numbers of SplitMix64 for a seed."""
    state = seed & _MASK
    while True:
        state = state + 0x9E3779B97F4A7C15 & _MASK
        mixed = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & _MASK
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & _MASK
        yield mixed ^ mixed >> 31


def symbol_count(length: int, size: int) -> int:
    """Return how many symbols of a size in bytes a file of a length has, at least one."""
    return max(1, -(-length // size))


def coefficients(session: int, index: int, count: int) -> int:
    """Return which symbols a frame combines: bit i stands for symbol i."""
    if index < count:
        return 1 << index
    numbers = split_mix(session << 32 | index)
    while True:
        row = 0
        for position in range(0, count, 64):
            row |= next(numbers) << position
        row &= (1 << count) - 1
        if row:
            return row


@lru_cache(maxsize=16)
def _whitener(session: int, size: int) -> int:
    numbers = split_mix(session)
    return int.from_bytes(b"".join(next(numbers).to_bytes(_WORD, "big") for _ in range(size // _WORD)), "big")


class Encoder:
    """Makes the symbols of a file's frames.

    Attributes:
        session: CRC-32 of the file.
        length: Its length in bytes.
        size: Bytes of a symbol, a multiple of 8.
        count: Number k of symbols.
    """

    __slots__ = ("_symbols", "count", "length", "session", "size")

    def __init__(self, data: bytes, size: int) -> None:
        if size < _WORD or size % _WORD:
            raise ValueError("a symbol has a multiple of 8 bytes")
        self.session = zlib.crc32(data)
        self.length = len(data)
        self.size = size
        self.count = symbol_count(len(data), size)
        padded = data.ljust(self.count * size, b"\0")
        self._symbols = [int.from_bytes(padded[at : at + size], "big") for at in range(0, len(padded), size)]

    def symbol(self, index: int) -> bytes:
        """Return what frame number ``index`` carries, whitened."""
        row = coefficients(self.session, index, self.count)
        value = _whitener(self.session, self.size)
        while row:
            lowest = row & -row
            value ^= self._symbols[lowest.bit_length() - 1]
            row ^= lowest
        return value.to_bytes(self.size, "big")


class Decoder:
    """Gathers frames in any order, with repeats, until the file is known.

    Attributes:
        count: Number k of symbols.
        rank: Number of independent frames so far; the file is known when it reaches ``count``.
        received: Number of different frames so far.
    """

    __slots__ = ("_indexes", "_rows", "count", "length", "rank", "session", "size")

    def __init__(self, session: int, length: int, size: int) -> None:
        self.session = session
        self.length = length
        self.size = size
        self.count = symbol_count(length, size)
        self.rank = 0
        self._rows: dict[int, tuple[int, int]] = {}
        self._indexes: set[int] = set()

    @property
    def received(self) -> int:
        """Return the number of different frames so far."""
        return len(self._indexes)

    @property
    def is_complete(self) -> bool:
        """Tell whether the file is known."""
        return self.rank == self.count

    def add(self, index: int, symbol: bytes) -> bool:
        """Take a frame and tell whether it was of use."""
        if index in self._indexes or self.is_complete or len(symbol) != self.size:
            return False
        self._indexes.add(index)
        row = coefficients(self.session, index, self.count)
        value = int.from_bytes(symbol, "big") ^ _whitener(self.session, self.size)
        while row:
            lowest = row & -row
            held = self._rows.get(lowest)
            if held is None:
                self._rows[lowest] = (row, value)
                self.rank += 1
                return True
            row ^= held[0]
            value ^= held[1]
        return False

    def data(self) -> bytes | None:
        """Return the file when it is known and its CRC-32 is right, else None."""
        if not self.is_complete:
            return None
        symbols: dict[int, int] = {}
        for pivot in sorted(self._rows, reverse=True):
            row, value = self._rows[pivot]
            rest = row ^ pivot
            while rest:
                lowest = rest & -rest
                value ^= symbols[lowest]
                rest ^= lowest
            symbols[pivot] = value
        data = b"".join(symbols[1 << at].to_bytes(self.size, "big") for at in range(self.count))[: self.length]
        return data if zlib.crc32(data) == self.session else None
