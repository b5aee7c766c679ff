"""How an operation becomes a short JSON array: device, actor and record are numbers of the segment's dictionary.

    [device, seq, hlc, actor, record, field, value, prev, cause?, extra?]

At its first use in a segment a name stands in full behind its number, ``4=visit/7``, so that a reader who goes
through the segment from its head learns it there, and never takes one name for another where a line is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import orjson

from fieldkit.errors import StoreError
from fieldkit.i18n import _
from fieldkit.model.operation import Json, Operation

__all__ = [
    "Dictionary",
    "NotJsonError",
    "check_json",
    "check_packed",
    "decode",
    "decode_document",
    "encode",
    "encode_document",
    "has_long_number",
    "is_long_numbered",
    "pack",
    "unpack",
]

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder()
_DEVICE_LENGTH = 16
_DEEP = 200
_LONG_MARK = b" "
"""Ends a document that holds a whole number beyond 64 bits."""


def encode(value: Json) -> bytes:
    """Return compact JSON in UTF-8; the value must have passed ``check_json``."""
    return _encoder.encode(value)


def decode(data: bytes | memoryview) -> Json:
    """Return the value of JSON text."""
    return _decoder.decode(data)


def encode_document(document: Json, *, long_numbered: bool | None = None) -> bytes:
    """Return a document of the state as JSON for ``decode_document``.

    Args:
        document: The document, of a record or of a plain table.
        long_numbered: It holds a whole number beyond 64 bits; None where that is not known.
    """
    raw = _encoder.encode(document)
    is_marked = has_long_number(document) if long_numbered is None else long_numbered
    return raw + _LONG_MARK if is_marked else raw


def decode_document(raw: bytes) -> Json:
    """Return a document of the state: by the quicker reader, but for numbers that this one would round."""
    return _decoder.decode(raw) if is_long_numbered(raw) else orjson.loads(raw)


def is_long_numbered(raw: bytes) -> bool:
    """Tell whether a document of the state holds a whole number beyond 64 bits."""
    return raw[-1] == _LONG_MARK[0]


def has_long_number(value: Json) -> bool:
    """Tell whether a value holds a whole number beyond 64 bits."""
    if type(value) is int:
        return not -(2**63) <= value < 2**63
    if isinstance(value, dict):
        return any(map(has_long_number, value.values()))
    return isinstance(value, list | tuple) and any(map(has_long_number, value))


def check_json(value: object, depth: int = 0) -> None:
    """Refuse what JSON cannot hold before anything is acknowledged: NaN, infinities, objects, broken text.

    Raises:
        StoreError: STORE-020.
    """
    if type(value) is str:
        if not value.isascii():
            _check_text(value)
    elif value is None or type(value) is bool or type(value) is int:
        return
    elif isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124 - NaN is unequal to itself
            raise _not_json(value)
    elif depth > _DEEP:
        raise _not_json("...")
    elif isinstance(value, dict):
        for key, item in value.items():
            check_json(key if type(key) is str else str(key), depth + 1)
            check_json(item, depth + 1)
    elif isinstance(value, list | tuple):
        for item in value:
            check_json(item, depth + 1)
    elif isinstance(value, str):
        _check_text(value)
    else:
        raise _not_json(value)


def _check_text(value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _not_json(value) from None


class NotJsonError(StoreError, TypeError):
    """A value that JSON cannot hold; TinyDB's callers expect a TypeError."""


def _not_json(value: object) -> StoreError:
    return NotJsonError(
        "STORE-020",
        _("This value cannot be saved as JSON: {value}").format(value=ascii(value)[:60]),
        hint=_("Nothing was written. Use texts, finite numbers, true, false, null, lists and objects."),
    )


class Dictionary:
    """The numbered names of one segment; additions can be taken back while they are not durable."""

    __slots__ = ("_numbers", "names")

    def __init__(self, names: Sequence[str] = ()) -> None:
        self.names: list[str] = list(names)
        self._numbers: dict[str, int] | None = None

    def __len__(self) -> int:
        return len(self.names)

    def _by_name(self) -> dict[str, int]:
        """Return the numbers of the names; a reader never needs them."""
        if self._numbers is None:
            self._numbers = {name: number for number, name in enumerate(self.names) if name}
        return self._numbers

    def key(self, name: str) -> int | str:
        """Return the name's number; at its first use number and name, ``4=visit/7``."""
        numbers = self._by_name()
        number = numbers.get(name)
        if number is not None:
            return number
        number = numbers[name] = len(self.names)
        self.names.append(name)
        return f"{number}={name}"

    def known(self, name: str) -> int | None:
        """Return the name's number if it has one."""
        return self._by_name().get(name)

    def name(self, key: int | str, *, learn: bool) -> str:
        """Return the name of a key; one that stands in full is learned where a segment is read from its head.

        Raises:
            KeyError: The line that said the number's name is not there.
        """
        if isinstance(key, str):
            number, _equals, name = key.partition("=")
            if learn:
                self._learn(int(number), name)
            return name
        found = self.names[key] if key < len(self.names) else ""
        if not found:
            raise KeyError(key)
        return found

    def _learn(self, number: int, name: str) -> None:
        while len(self.names) <= number:
            self.names.append("")
        self.names[number] = name
        if self._numbers is not None:
            self._numbers[name] = number

    def forget_from(self, length: int) -> None:
        """Take back the names from a length on: the write that held them failed."""
        if self._numbers is not None:
            for name in self.names[length:]:
                self._numbers.pop(name, None)
        del self.names[length:]


def pack(operation: Operation, dictionary: Dictionary) -> bytes:
    """Return the payload of an operation."""
    array: list[Json] = [
        dictionary.key(operation.device),
        operation.seq,
        operation.hlc,
        dictionary.key(operation.actor),
        dictionary.key(operation.record),
        operation.field,
        operation.value,
        [_short(item, dictionary) for item in operation.prev],
    ]
    if operation.cause or operation.extra:
        array.append(operation.cause)
    if operation.extra:
        array.append(dict(operation.extra))
    return _encoder.encode(array)


def unpack(payload: bytes, dictionary: Dictionary, *, learn: bool) -> Operation:
    """Return the operation of a payload; ``learn`` where the segment is read from its head."""
    array = _decoder.decode(payload)
    device = dictionary.name(array[0], learn=learn)
    actor = dictionary.name(array[3], learn=learn)
    record = dictionary.name(array[4], learn=learn)
    prev = tuple([_full(item, dictionary) for item in array[7]])
    if len(array) == 8:
        return Operation(device, array[1], array[2], actor, record, array[5], array[6], prev)
    extra = array[9] if len(array) > 9 else {}
    return Operation(device, array[1], array[2], actor, record, array[5], array[6], prev, array[8], extra)


class _Packed(msgspec.Struct, array_like=True, gc=False):
    """The parts of an operation's payload, in their order."""

    device: int | str
    seq: int
    hlc: str
    actor: int | str
    record: int | str
    field: str
    value: msgspec.Raw
    prev: list[str]
    cause: str = ""
    extra: dict[str, Any] = {}  # msgspec copies the default


_packed_decoder = msgspec.json.Decoder(list[_Packed])


def check_packed(payloads: Sequence[bytes], dictionary: Dictionary) -> None:
    """Make sure that payloads in their order are operations, without making the operations; names are learned.

    Raises:
        KeyError: A number whose name no line before said.
        ValueError: A payload is not in the form of an operation.
    """
    names = dictionary.names
    for packed in _packed_decoder.decode(b"[" + b",".join(payloads) + b"]"):
        for key in (packed.device, packed.actor, packed.record):
            if isinstance(key, str) or key >= len(names) or not names[key]:
                dictionary.name(key, learn=True)
        for identifier in packed.prev:
            _full(identifier, dictionary)


def _short(operation_id: str, dictionary: Dictionary) -> str:
    device, colon, seq = operation_id.rpartition(":")
    number = dictionary.known(device)
    return operation_id if number is None else f"{number}{colon}{seq}"


def _full(key: str, dictionary: Dictionary) -> str:
    head, colon, seq = key.rpartition(":")
    return key if len(head) >= _DEVICE_LENGTH else f"{dictionary.name(int(head), learn=False)}{colon}{seq}"
