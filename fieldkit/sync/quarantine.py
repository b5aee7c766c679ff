"""Operations that are held back: kept outside of state and digest, and tried again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from msgspec import Struct

from fieldkit.model.clock import hlc_ms
from fieldkit.model.operation import Operation, from_json, to_json
from fieldkit.sync.plan import FUTURE_MS
from fieldkit.sync.trust import TrustList

__all__ = ["Held", "Reason", "Retry", "held", "retry"]

Reason = Literal["future", "untrusted", "revoked", "mismatch"]


class Held(Struct, frozen=True):
    """An operation in quarantine.

    Attributes:
        operation: The operation.
        reason: Why it is held back.
        bundle: Hash of the bundle that brought it.
        signer: Id of the device that exported that bundle.
        released: True once a person let it pass.
    """

    operation: Operation
    reason: Reason
    bundle: str
    signer: str
    released: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the row of the quarantine table."""
        return {
            "op": to_json(self.operation),
            "reason": self.reason,
            "bundle": self.bundle,
            "signer": self.signer,
            "released": self.released,
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Held:
        """Return the operation of a row of the quarantine table.

        Raises:
            SyncError: SYNC-010, the row holds no operation.
        """
        return cls(from_json(row["op"]), row["reason"], row["bundle"], row["signer"], bool(row.get("released")))


class Retry(Struct, frozen=True):
    """What another try gives.

    Attributes:
        released: Operations to apply.
        kept: What stays in quarantine.
    """

    released: tuple[Operation, ...]
    kept: tuple[Held, ...]


def held(operations: Iterable[Operation], reason: Reason, bundle: str, signer: str) -> list[Held]:
    """Return operations as quarantined ones."""
    return [Held(operation, reason, bundle, signer) for operation in operations]


def retry(rows: Iterable[Held], *, now_ms: int, trust: TrustList) -> Retry:
    """Return what may be applied now: at each start, at each import, and when a person released something.

    Operations from the future pass once they are no longer ahead, those of an unconfirmed device once its key
    is confirmed; what a revoked device wrote, or another key signed, waits for a person.
    """
    released: list[Operation] = []
    kept: list[Held] = []
    for row in rows:
        passes = row.released or _passes(row, now_ms, trust)
        if passes:
            released.append(row.operation)
        else:
            kept.append(row)
    return Retry(tuple(released), tuple(kept))


def _passes(row: Held, now_ms: int, trust: TrustList) -> bool:
    if hlc_ms(row.operation.hlc) > now_ms + FUTURE_MS:
        return False
    writer = trust.get(row.operation.device)
    if writer is not None and writer.revoked_after is not None and row.operation.seq > writer.revoked_after:
        return False
    if row.reason == "future":
        return True
    signer = trust.get(row.signer)
    return row.reason == "untrusted" and signer is not None and signer.confirmed and signer.revoked_after is None
