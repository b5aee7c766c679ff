"""Edits that came too late: written to a closed visit by someone who did not know that it was closed.

A closing is an operation on the visit's ``state`` whose value holds the version vector of all operations
that the closer had. An operation that the vector does not cover is late, unless its device had seen a later
reopening: the first operation of each device after a reopening names it in ``prev``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from fieldkit.model.clock import hlc_key
from fieldkit.model.ids import split_operation_id

__all__ = ["REOPENINGS", "Rules", "late_ids", "rules_of"]

REOPENINGS = frozenset({"reopen", "correct"})
"""Events of a visit after which its content may change again."""

_EXEMPT = ("state", "review:")


class Rules(Struct, frozen=True):
    """The closings and reopenings of a visit.

    Attributes:
        closings: Stamp and version vector of each closing.
        reopenings: Id and stamp of each reopening.
        knows: Reopening -> device -> the device's first operation that names it.
    """

    closings: tuple[tuple[tuple[int, int], Mapping[str, int]], ...]
    reopenings: tuple[tuple[str, tuple[int, int]], ...]
    knows: Mapping[str, Mapping[str, int]]

    def is_late(self, device: str, seq: int) -> bool:
        """Tell whether an operation came after a closing that it did not know of."""
        for stamp, vector in self.closings:
            if seq <= vector.get(device, 0):
                continue
            if not any(when > stamp and self._knew(name, device, seq) for name, when in self.reopenings):
                return True
        return False

    def concerns(self, names: Iterable[str]) -> bool:
        """Tell whether one of these operations is a reopening."""
        return any(name in self.knows for name in names)

    def unacknowledged(self, device: str) -> list[str]:
        """Return the latest reopening where this device has not yet named it."""
        if not self.reopenings:
            return []
        name = max(self.reopenings, key=lambda entry: (entry[1], entry[0]))[0]
        known = split_operation_id(name)[0] == device or device in self.knows[name]
        return [] if known else [name]

    def _knew(self, reopening: str, device: str, seq: int) -> bool:
        writer, own = split_operation_id(reopening)
        if writer == device:
            return seq > own
        first = self.knows[reopening].get(device)
        return first is not None and seq >= first


def rules_of(document: Mapping[str, Any]) -> Rules | None:
    """Return the closings and reopenings of a visit, None where it was never closed."""
    if "links" not in document:
        return None
    settled = document["settled"]
    # Settling a conflict of the state repeats an old closing or reopening: it is no new one.
    states = [
        entry
        for part in ("heads", "past")
        for entry in document[part].get("state", ())
        if isinstance(entry[3], Mapping) and entry[0] not in settled
    ]
    closings = [entry for entry in states if _vector(entry[3]) is not None]
    if not closings:
        return None
    reopenings = [(entry[0], hlc_key(entry[1])) for entry in states if entry[3].get("event") in REOPENINGS]
    knows: dict[str, dict[str, int]] = {name: {} for name, _stamp in reopenings}
    for identifier, names in document["links"].items():
        device, seq = split_operation_id(identifier)
        for name in names:
            if name in knows:
                knows[name][device] = min(seq, knows[name].get(device, seq))
    return Rules(tuple((hlc_key(entry[1]), _vector(entry[3]) or {}) for entry in closings), tuple(reopenings), knows)


def late_ids(rules: Rules, document: Mapping[str, Any], field: str, versions: Iterable[list[Any]]) -> frozenset[str]:
    """Return the ids of those versions of a field that came too late."""
    if field.startswith(_EXEMPT):
        return frozenset()
    settled = set(document["settled"])
    return frozenset(
        entry[0] for entry in versions if entry[0] not in settled and rules.is_late(*split_operation_id(entry[0]))
    )


def _vector(value: Mapping[str, Any]) -> Mapping[str, int] | None:
    vector = value.get("vector")
    if not isinstance(vector, Mapping) or not all(type(seq) is int for seq in vector.values()):
        return None
    return vector
