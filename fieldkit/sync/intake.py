"""Taking in several bundles as one write: each is opened, judged and planned; a bad one never stops the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from msgspec import Struct

from fieldkit.errors import SyncError
from fieldkit.i18n import _
from fieldkit.model.operation import Operation
from fieldkit.sync.bundle import Bundle, open_bundle
from fieldkit.sync.coverage import Ranges, ranges_of
from fieldkit.sync.manifest import Verify
from fieldkit.sync.plan import ImportPlan, Staged, StoreView, plan_import
from fieldkit.sync.quarantine import Held, Reason, held, retry
from fieldkit.sync.receipt import Counts, DeviceEntry, Receipt
from fieldkit.sync.trust import Peer, Trust, TrustList, Verdict

__all__ = ["Intake", "Outcome", "Status", "receipt_for"]

Status = Literal["imported", "known", "quarantined", "refused"]


class Outcome(Struct, frozen=True):
    """What becomes of one bundle.

    Attributes:
        name: Its file name.
        status: ``refused`` where nothing of it can be used, ``quarantined`` where a part of it is held back.
        trust: How far its signer is believed; ``refused`` bundles have none.
        bundle: What was read, None where it was refused.
        plan: What it does to the records, None where it was refused.
        held: Number of operations that went to quarantine.
        error: Why it was refused or held back, None when all is well.
    """

    name: str
    status: Status
    trust: Trust | Literal["none"]
    bundle: Bundle | None
    plan: ImportPlan | None
    held: int
    error: SyncError | None

    @property
    def reason(self) -> str:
        """Return code and words of what was wrong, or an empty string."""
        return f"{self.error.code}: {self.error.message}" if self.error else ""

    @property
    def fresh(self) -> Ranges:
        """Return the operations that are new here: what undoing the import takes back."""
        operations = self.plan.operations if self.plan is not None else ()
        return ranges_of((operation.device, operation.seq) for operation in operations)


class Intake:
    """An import of several bundles.

    Attributes:
        operations: What to append to the store, as one group.
        held: What goes to quarantine, with its reason.
        learned: Devices that were seen for the first time; remember them as unconfirmed.
        outcomes: One for each bundle, in the order they were taken.
    """

    def __init__(
        self,
        store: StoreView,
        trust: TrustList,
        *,
        now_ms: int,
        verify: Verify,
        unseal: Callable[[bytes], bytes] | None = None,
        require_trust: bool = False,
    ) -> None:
        """Prepare an import; nothing is written here.

        Args:
            store: Where the operations will go.
            trust: The peers that are known.
            now_ms: This device's clock, milliseconds since 1970.
            verify: Checks signatures.
            unseal: Opens what is sealed to this workspace.
            require_trust: Hold back what no confirmed key signed.
        """
        self._staged = Staged(store)
        self._trust = trust
        self._now_ms = now_ms
        self._verify = verify
        self._unseal = unseal
        self._require = require_trust
        self._released: tuple[Operation, ...] = ()
        self._in_quarantine: set[tuple[str, Reason]] = set()
        self.held: list[Held] = []
        self.learned: list[Peer] = []
        self.outcomes: list[Outcome] = []

    @property
    def operations(self) -> list[Operation]:
        """Return what to append to the store, as one group, with what may leave the quarantine."""
        self._staged.stage(self._released)
        self._released = ()
        return self._staged.operations

    @property
    def staged(self) -> Staged:
        """Return the store as it will be."""
        return self._staged

    def take(self, name: str, read: Callable[[], bytes]) -> Outcome:
        """Open, judge and plan one bundle; every refusal is an outcome, never an exception.

        Args:
            name: File name of the bundle.
            read: Gives its bytes, or raises ``SyncError``.
        """
        try:
            bundle = open_bundle(read(), name=name, verify=self._verify, unseal=self._unseal, holds=self._staged.holds)
        except SyncError as error:
            outcome = Outcome(name, "refused", "none", None, None, 0, error)
        else:
            outcome = self._planned(name, bundle, self._trust.judge(bundle, require=self._require))
        self.outcomes.append(outcome)
        return outcome

    def release(self, rows: Iterable[Held]) -> list[Held]:
        """Take what may leave the quarantine along and return what stays in it; call it before the first bundle.

        What a bundle of this import brings itself counts as that bundle's; what is here already is dropped.
        """
        waiting = [row for row in rows if not self._staged.holds(row.operation.device, row.operation.seq)]
        result = retry(waiting, now_ms=self._now_ms, trust=self._trust)
        self._released = result.released
        self._in_quarantine |= {(row.operation.id, row.reason) for row in result.kept}
        return list(result.kept)

    def _planned(self, name: str, bundle: Bundle, verdict: Verdict) -> Outcome:
        if bundle.is_known:
            plan = ImportPlan((), bundle.manifest.operations, (), (), {})
            return Outcome(name, "known", verdict.trust, bundle, plan, 0, None)
        plan = plan_import(verdict.operations, self._staged, now_ms=self._now_ms, ranges=bundle.manifest.ranges)
        doubtful = [one for one in verdict.held if not self._staged.holds(one.device, one.seq)]
        self._hold(bundle, plan.future, "future")
        self._hold(bundle, doubtful, _REASONS[verdict.trust])
        self._staged.adopt(plan)
        if verdict.learned is not None and verdict.learned not in self.learned:
            self.learned.append(verdict.learned)
        error = verdict.error if doubtful else None
        error = error or _future_error(plan, self._now_ms) or _rejected_error(bundle)
        status: Status = plan.status
        if doubtful or bundle.rejected:
            status = "quarantined"
        return Outcome(name, status, verdict.trust, bundle, plan, len(doubtful) + len(plan.future), error)

    def _hold(self, bundle: Bundle, operations: Iterable[Operation], reason: Reason) -> None:
        for row in held(operations, reason, bundle.sha256, bundle.manifest.device):
            if (row.operation.id, reason) not in self._in_quarantine:
                self._in_quarantine.add((row.operation.id, reason))
                self.held.append(row)


def receipt_for(
    outcome: Outcome,
    store: StoreView,
    *,
    office: str,
    at_ms: int,
    evidence: tuple[str, ...] = (),
    devices: tuple[DeviceEntry, ...] = (),
) -> Receipt:
    """Return the receipt for a bundle that was taken in; ask only after its operations are durable.

    Args:
        outcome: What became of the bundle.
        store: The store after the write.
        office: Id of this office's device.
        at_ms: When, milliseconds since 1970.
        evidence: Hashes of the bundle's files that are here.
        devices: The office's list of devices.
    """
    bundle = outcome.bundle
    assert bundle is not None, "a refused bundle gets no receipt"
    if bundle.is_known:
        ranges, counts = bundle.manifest.ranges, Counts(bundle.manifest.operations)
    else:
        accepted = [(one.device, one.seq) for one in bundle.operations if store.holds(one.device, one.seq)]
        ranges = ranges_of(accepted)
        counts = Counts(len(accepted), len(bundle.operations) - len(accepted), len(bundle.rejected))
    return Receipt(bundle.sha256, at_ms, office, store.vector(), ranges, counts, evidence, devices)


_REASONS: dict[Trust, Reason] = {
    "confirmed": "revoked",
    "unconfirmed": "untrusted",
    "unsigned": "untrusted",
    "mismatch": "mismatch",
    "revoked": "revoked",
}


def _future_error(plan: ImportPlan, now_ms: int) -> SyncError | None:
    if not plan.future:
        return None
    hours = (plan.ahead_ms - now_ms) // 3_600_000
    return SyncError(
        "SYNC-018",
        _("{count} operations lie up to {hours} hours ahead of this clock").format(count=len(plan.future), hours=hours),
        hint=_("Look at the clocks of both machines. They wait in quarantine and pass when their time has come."),
        where={"ahead_ms": plan.ahead_ms - now_ms},
    )


def _rejected_error(bundle: Bundle) -> SyncError | None:
    if not bundle.rejected:
        return None
    first = bundle.rejected[0]
    return SyncError(
        first.code,
        _("{count} lines are no operations; line {line}: {reason}").format(
            count=len(bundle.rejected), line=first.line, reason=first.reason
        ),
        hint=_("All other operations were taken. Ask the sender to export again."),
        where={"line": first.line},
    )
