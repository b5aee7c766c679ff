"""What a sealed workspace needs of a cipher, without loading one."""

from __future__ import annotations

from typing import Protocol

__all__ = ["RawCipher"]


class RawCipher(Protocol):
    """Seals and opens bytes; ``context`` binds them to their place."""

    def seal_raw(self, data: bytes, context: bytes) -> bytes:
        """Return sealed bytes."""

    def open_raw(self, data: bytes | memoryview, context: bytes) -> bytes:
        """Return the bytes.

        Raises:
            StoreError: STORE-032, they were altered or belong elsewhere.
        """
