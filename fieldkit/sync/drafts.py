"""Operations that are still to be stamped with device, number, time and person."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from fieldkit.model.clock import HybridClock
from fieldkit.model.operation import Json, Operation

__all__ = ["Draft", "stamp"]


class Draft(Struct, frozen=True):
    """What an operation will say.

    Attributes:
        record: The record.
        field: Its field.
        value: The new value.
        prev: Ids of the versions that it replaces.
        cause: Why it is written.
    """

    record: str
    field: str
    value: Json
    prev: tuple[str, ...] = ()
    cause: str = ""

    def __hash__(self) -> int:
        """Return a number for sets; values may be of a kind that has none."""
        return hash((self.record, self.field, self.prev, self.cause))


def stamp(
    drafts: Iterable[Draft], *, device: str, after: int, clock: HybridClock, now_ms: int, actor: str
) -> list[Operation]:
    """Return drafts as operations of one device.

    Args:
        drafts: What to write, in order.
        device: Id of the writing device.
        after: Number of its last operation.
        clock: Its hybrid clock, which moves on.
        now_ms: Its wall clock, milliseconds since 1970.
        actor: Code and role of the person.
    """
    return [
        Operation(
            device,
            after + number,
            clock.tick(now_ms),
            actor,
            draft.record,
            draft.field,
            draft.value,
            draft.prev,
            draft.cause,
        )
        for number, draft in enumerate(drafts, start=1)
    ]
