"""Names of devices, operations, records and rows; chance comes in as bytes."""

from __future__ import annotations

import base64
import re

__all__ = [
    "DEVICE_BYTES",
    "RECORD_BYTES",
    "ROW_BYTES",
    "device_id",
    "id_of",
    "is_device_id",
    "is_record",
    "kind_of",
    "operation_id",
    "record_name",
    "record_uuid",
    "row_id",
    "split_operation_id",
]

DEVICE_BYTES = 10
"""Random bytes that a device id is made of."""
RECORD_BYTES = 16
"""Random bytes that the id of a record is made of."""
ROW_BYTES = 5
"""Random bytes that the id of a row is made of."""

_DEVICE = re.compile(r"[a-z2-7]{16}")
_RECORD = re.compile(r"[a-z][a-z0-9_]{0,31}/[^\s/\x00-\x1f\x7f][^\x00-\x1f\x7f]{0,199}")


def device_id(entropy: bytes) -> str:
    """Return a device id, 16 characters of ``a-z2-7``, made of 10 random bytes.

    Raises:
        ValueError: The number of bytes is wrong.
    """
    if len(entropy) != DEVICE_BYTES:
        raise ValueError(f"a device id needs {DEVICE_BYTES} bytes")
    return base64.b32encode(entropy).decode("ascii").lower()


def row_id(entropy: bytes) -> str:
    """Return the id of a row that a person adds, 8 characters, made of 5 random bytes.

    Raises:
        ValueError: The number of bytes is wrong.
    """
    if len(entropy) != ROW_BYTES:
        raise ValueError(f"a row id needs {ROW_BYTES} bytes")
    return base64.b32encode(entropy).decode("ascii").lower()


def record_uuid(entropy: bytes) -> str:
    """Return a UUID (version 4) as text, made of 16 random bytes.

    Raises:
        ValueError: The number of bytes is wrong.
    """
    if len(entropy) != RECORD_BYTES:
        raise ValueError(f"a record id needs {RECORD_BYTES} bytes")
    number = bytearray(entropy)
    number[6] = number[6] & 0x0F | 0x40
    number[8] = number[8] & 0x3F | 0x80
    text = number.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def record_name(kind: str, identifier: str) -> str:
    """Return the name of a record, ``kind/id``."""
    return f"{kind}/{identifier}"


def kind_of(record: str) -> str:
    """Return the kind of a record: what stands before the first slash."""
    return record.partition("/")[0]


def id_of(record: str) -> str:
    """Return the id of a record: what stands after the first slash."""
    return record.partition("/")[2]


def is_record(value: object) -> bool:
    """Tell whether a value is the name of a record: a kind of plain letters, a slash, an id."""
    return isinstance(value, str) and _RECORD.fullmatch(value) is not None


def is_device_id(value: object) -> bool:
    """Tell whether a value is a device id."""
    return isinstance(value, str) and _DEVICE.fullmatch(value) is not None


def operation_id(device: str, seq: int) -> str:
    """Return the id of an operation, ``device:seq``."""
    return f"{device}:{seq}"


def split_operation_id(identifier: str) -> tuple[str, int]:
    """Return device and sequence number of an operation's id.

    Raises:
        ValueError: The text is no id of an operation.
    """
    device, _colon, seq = identifier.rpartition(":")
    return device, int(seq)
