"""An operation: one small unchangeable fact that a device wrote about one field of one record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from msgspec import Struct
from msgspec import field as member

from fieldkit.errors import SyncError
from fieldkit.i18n import _
from fieldkit.model.clock import hlc_key, is_hlc
from fieldkit.model.ids import is_device_id, is_record, split_operation_id

__all__ = ["DELETED", "RESOLVE", "Json", "Operation", "from_json", "order_key", "to_json"]

Json = Any
"""A JSON value: object, list, text, number, true, false or null."""

DELETED = "_deleted"
"""Field of a tombstone; its value is ``{"reason": ..., "vector": {device: seq}}``, null takes it back."""

RESOLVE = "resolve"
"""Cause of an operation that settles a conflict: its ``prev`` names every version it settles."""

_KNOWN = frozenset({"device", "seq", "hlc", "actor", "record", "field", "value", "prev", "cause"})
_NOTHING: Mapping[str, Json] = MappingProxyType({})
_MAX_SEQ = 1 << 53
_MAX_FIELD = 2000
_MAX_ACTOR = 200


class Operation(Struct, frozen=True):
    """One change of one field.

    Attributes:
        device: Id of the device that wrote it.
        seq: Its number on that device, from 1, without gaps.
        hlc: Hybrid stamp ``ms.counter``.
        actor: Code and role of the person, such as ``A01/team_lead``.
        record: Name of the record, ``kind/id``.
        field: Field of the record.
        value: The new value; null where the field is emptied.
        prev: Ids of the operations that the writer saw as the field's value.
        cause: Why it was written where no person typed it: ``undo ID``, ``redo ID``, ``with ID``,
            ``resolve``.
        extra: Members that this version does not know; they are kept and passed on.
    """

    device: str
    seq: int
    hlc: str
    actor: str
    record: str
    field: str
    value: Json
    prev: tuple[str, ...] = ()
    cause: str = ""
    extra: Mapping[str, Json] = member(default_factory=lambda: _NOTHING)

    def __hash__(self) -> int:
        """Return a number for sets; values may be of a kind that has none."""
        return hash((self.device, self.seq, self.hlc, self.record, self.field))

    @property
    def id(self) -> str:
        """Return the operation's id, ``device:seq``."""
        return f"{self.device}:{self.seq}"

    def to_json(self) -> dict[str, Json]:
        """Return the operation as a JSON object; ``cause`` and unknown members only where there are any."""
        return to_json(self)

    @classmethod
    def from_json(cls, source: object) -> Operation:
        """Return the operation of a JSON object.

        Raises:
            SyncError: SYNC-010, the object is no operation.
        """
        return from_json(source)


def to_json(operation: Operation) -> dict[str, Json]:
    """Return an operation as a JSON object."""
    result: dict[str, Json] = {
        "device": operation.device,
        "seq": operation.seq,
        "hlc": operation.hlc,
        "actor": operation.actor,
        "record": operation.record,
        "field": operation.field,
        "value": operation.value,
        "prev": list(operation.prev),
    }
    if operation.cause:
        result["cause"] = operation.cause
    if operation.extra:
        result.update(operation.extra)
    return result


def from_json(source: object) -> Operation:
    """Return the operation of a JSON object; members that are not known are kept in ``extra``.

    Raises:
        SyncError: SYNC-010, with the name of the first member that is missing or wrong.
    """
    if not isinstance(source, Mapping):
        raise _refusal("operation")
    wrong = _first_wrong(source)
    if wrong:
        raise _refusal(wrong)
    return Operation(
        device=source["device"],
        seq=source["seq"],
        hlc=source["hlc"],
        actor=source["actor"],
        record=source["record"],
        field=source["field"],
        value=source["value"],
        prev=tuple(source["prev"]),
        cause=source.get("cause", ""),
        extra=_NOTHING
        if len(source) <= len(_KNOWN) and source.keys() <= _KNOWN
        else {key: value for key, value in source.items() if key not in _KNOWN},
    )


def order_key(operation: Operation) -> tuple[tuple[int, int], str, int]:
    """Return the key of the fixed rule: among values that compete the greatest one is shown."""
    return hlc_key(operation.hlc), operation.device, operation.seq


def _first_wrong(source: Mapping[str, Json]) -> str:
    seq = source.get("seq")
    checks = (
        ("device", is_device_id(source.get("device"))),
        ("seq", type(seq) is int and 1 <= seq < _MAX_SEQ),
        ("hlc", is_hlc(source.get("hlc"))),
        ("actor", _is_text(source.get("actor"), _MAX_ACTOR)),
        ("record", is_record(source.get("record"))),
        ("field", _is_text(source.get("field"), _MAX_FIELD) and source.get("field") != ""),
        ("value", "value" in source),
        ("prev", _is_prev(source.get("prev"))),
        ("cause", _is_text(source.get("cause", ""), _MAX_ACTOR)),
    )
    for name, right in checks:
        if not right:
            return name
    return ""


def _is_text(value: object, longest: int) -> bool:
    return isinstance(value, str) and len(value) <= longest


def _is_prev(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str) and all(map(_is_operation_id, value))


def _is_operation_id(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        device, seq = split_operation_id(value)
    except ValueError:
        return False
    return seq >= 1 and is_device_id(device)


def _refusal(name: str) -> SyncError:
    return SyncError(
        "SYNC-010",
        _("This is no operation: {member} is missing or wrong").format(member=name),
        hint=_("The other operations are not touched. Ask the sender to export again."),
        where={"member": name},
    )
