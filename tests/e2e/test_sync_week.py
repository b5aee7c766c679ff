"""A week of three laptops and an office: lost sticks, repeats, a revoked device, conflicts; nothing is lost."""

from __future__ import annotations

import random
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from fieldkit.io.age import new_identity, sealer, unsealer
from fieldkit.io.bundlefile import find_bundles, read_bundle, write_bundle
from fieldkit.io.keys import SigningKey, verify
from fieldkit.model.clock import HybridClock
from fieldkit.model.document import prevs, vector_of
from fieldkit.model.operation import Operation
from fieldkit.store import Store, open_store
from fieldkit.sync.bundle import Context, build
from fieldkit.sync.card import Card, parse_card
from fieldkit.sync.conflicts import Conflict, conflicts_of, resolve
from fieldkit.sync.coverage import Coverage
from fieldkit.sync.drafts import Draft, stamp
from fieldkit.sync.intake import Intake, Outcome, receipt_for
from fieldkit.sync.outbox import coverage_of, pending, standing
from fieldkit.sync.quarantine import Held
from fieldkit.sync.receipt import parse_receipt
from fieldkit.sync.state import state_of
from fieldkit.sync.trust import Peer, TrustList

pytestmark = pytest.mark.slow

HOUR = 3_600_000
MONDAY = 1_800_000_000_000


class Desk:
    """A workspace with its keys, outbox and trust list, as the services keep them."""

    def __init__(self, home: Path, name: str, *, is_office: bool = False) -> None:
        self.store: Store = open_store(home)
        self.name, self.is_office = name, is_office
        self.key = SigningKey.new()
        self.identity, self.recipient = new_identity()
        self.clock = HybridClock()
        self.skew = 0
        self.peers: dict[str, Peer] = {}
        self.exports: dict[str, dict[str, Any]] = {}
        self.receipts: dict[str, dict[str, Any]] = {}
        self.quarantine: list[Held] = []

    @property
    def trust(self) -> TrustList:
        return TrustList(self.peers.values())

    @property
    def card(self) -> Card:
        recipients = (self.recipient,) if self.is_office else ()
        return Card("office" if self.is_office else "device", self.store.device, self.key.public, self.name, recipients)

    def meet(self, other: Desk) -> None:
        """Trust the other's card after both read the eight digits aloud."""
        card = parse_card(other.card.text)
        assert card.fingerprint == other.card.fingerprint
        self.peers[card.device] = self.trust.trusted(card)

    def write(self, now: int, *drafts: Draft) -> list[Operation]:
        made = stamp(
            drafts,
            device=self.store.device,
            after=self.store.last_seq(),
            clock=self.clock,
            now_ms=now + self.skew,
            actor=f"{self.name}/inspector",
        )
        self.store.append(made)
        return made

    def answer(self, now: int, record: str, field: str, value: Any) -> None:
        seen = prevs(self.store.document(record), field, self.store.device)
        self.write(now, Draft(record, field, value, seen))

    def acknowledged(self) -> Coverage:
        return coverage_of(self.receipts.values())

    def export(self, folder: Path, recipients: Sequence[str]) -> list[Path]:
        context = Context(self.store.device, self.store.vector(), self.key, sealer(recipients))
        paths = []
        for built in build(pending(self.store.operations(), self.acknowledged()), context):
            self.exports[built.sha256] = {"ranges": built.manifest.ranges}
            paths.append(write_bundle(folder, built.data))
        return paths

    def take(self, now: int, folders: Sequence[Path]) -> list[Outcome]:
        taking = Intake(self.store, self.trust, now_ms=now + self.skew, verify=verify, unseal=unsealer([self.identity]))
        kept = taking.release(self.quarantine)
        for path in find_bundles(folders):
            taking.take(path.name, lambda path=path: read_bundle(path))  # type: ignore[misc]  # bound at once
        self.store.append(taking.operations)
        for operation in taking.operations:
            self.clock.observe(operation.hlc)
        self.quarantine = kept + [row for row in taking.held if row not in kept]
        self.peers |= {peer.device: peer for peer in taking.learned}
        return taking.outcomes

    def receive(self, data: bytes) -> None:
        signed = parse_receipt(data, verify=verify, offices=self.trust.offices())
        sent: dict[str, Any] = next(
            (row for sha256, row in self.exports.items() if signed.belongs_to(sha256)), {"ranges": {}}
        )
        ranges, vector = signed.acknowledged(sent["ranges"])
        self.receipts[signed.receipt.bundle] = {"ranges": ranges, "vector": vector}
        self.peers |= {peer.device: peer for peer in self.trust.learned(signed.receipt)}

    def digest(self) -> str:
        documents = [document for kind in self.store.kinds() for document in self.store.documents(kind)]
        return state_of(documents).digest

    def conflicts(self) -> list[Conflict]:
        return conflicts_of(document for kind in self.store.kinds() for document in self.store.documents(kind))


def _meet(office: Desk, laptops: Sequence[Desk]) -> None:
    for laptop in laptops:
        laptop.meet(office)
        office.meet(laptop)


def _receipts(office: Desk, now: int, outcomes: Sequence[Outcome]) -> list[tuple[str, bytes]]:
    found = []
    for outcome in outcomes:
        if outcome.bundle is not None:
            receipt = receipt_for(
                outcome, office.store, office=office.store.device, at_ms=now, devices=office.trust.entries()
            )
            found.append((outcome.bundle.manifest.device, receipt.to_file(office.key)))
    return found


def _day(chance: random.Random, laptop: Desk, number: int, now: int) -> None:
    """One visit with ten answers and a finding, some answers corrected."""
    visit = f"visit/{laptop.name}-{number}"
    laptop.answer(now, visit, "meta", {"number": f"V-{laptop.name}-{number}"})
    laptop.answer(now, visit, "state", {"state": "open", "event": "start"})
    for item in range(10):
        laptop.answer(now + item, visit, f"answer:f:/data/q{item}", str(chance.randrange(9)))
        if chance.random() < 0.2:
            laptop.answer(now + item, visit, f"answer:f:/data/q{item}", str(chance.randrange(9)))
    laptop.answer(now + 20, f"finding/{laptop.name}-{number}", "statement", f"problem {number}")
    document = laptop.store.document(visit)
    assert document is not None
    laptop.answer(now + 30, visit, "state", {"state": "final", "event": "finalise", "vector": vector_of(document)})


def test_a_week_of_work_ends_with_equal_digests_and_zero_loss(tmp_path: Path) -> None:
    chance = random.Random(11)
    with ExitStack() as stack:
        office = Desk(tmp_path / "office", "office", is_office=True)
        laptops = [Desk(tmp_path / name, name) for name in ("d01", "d02", "d03")]
        for desk in (office, *laptops):
            stack.enter_context(desk.store)
        _meet(office, laptops)
        laptops[1].skew = -HOUR
        for day in range(5):
            now = MONDAY + day * 24 * HOUR
            for laptop in laptops:
                _day(chance, laptop, day, now)
            _evening(office, laptops, tmp_path / f"day{day}", now + 9 * HOUR, lost=laptops[day % 3])
        _two_conflicts(office, laptops, tmp_path, MONDAY + 5 * 24 * HOUR)
        stolen = _revocation(office, laptops, tmp_path, MONDAY + 6 * 24 * HOUR)
        _last_evening(office, laptops[:2], tmp_path / "last", MONDAY + 7 * 24 * HOUR)
        assert office.conflicts() == []
        assert len({desk.digest() for desk in (office, *laptops[:2])}) == 1
        held = {operation.id for operation in office.store.operations()}
        for laptop in laptops[:2]:
            assert {operation.id for operation in laptop.store.operations()} == held
            for kind in laptop.store.kinds():
                for document in laptop.store.documents(kind):
                    own = standing(document, Coverage(), laptop.acknowledged())
                    assert own.status == "acknowledged", own
        assert {row.operation.id for row in office.quarantine} == stolen
        assert all(row.reason == "revoked" for row in office.quarantine)


def _evening(office: Desk, laptops: Sequence[Desk], folder: Path, now: int, lost: Desk) -> None:
    """Everybody exports; one stick is lost; the office imports all others twice and in any order."""
    sticks = []
    for laptop in laptops:
        stick = folder / laptop.name
        laptop.export(stick, laptop.trust.recipients())
        if laptop is not lost:
            sticks.append(stick)
    outcomes = office.take(now, sticks)
    assert {outcome.status for outcome in outcomes} == {"imported"}
    again = office.take(now, sticks[::-1])
    assert {outcome.status for outcome in again} == {"known"}
    by_device = {laptop.store.device: laptop for laptop in laptops}
    for device, receipt in _receipts(office, now, outcomes):
        by_device[device].receive(receipt)
        by_device[device].receive(receipt)
    back = folder / "back"
    office.export(back, [laptop.recipient for laptop in laptops])
    for laptop in laptops[::-1]:
        assert {outcome.trust for outcome in laptop.take(now, [back])} == {"confirmed"}


def _two_conflicts(office: Desk, laptops: Sequence[Desk], folder: Path, now: int) -> None:
    """Two laptops edit the same finding and the same visit without knowing of each other."""
    for desk in laptops[:2]:
        desk.answer(now, "finding/d01-0", "statement", f"as {desk.name} sees it")
        desk.answer(now, "subject/s1", "band", desk.name)
    for laptop in laptops[:2]:
        laptop.export(folder / "conflict" / laptop.name, laptop.trust.recipients())
    outcomes = office.take(now, [folder / "conflict"])
    assert sum(outcome.plan.conflicts for outcome in outcomes if outcome.plan) == 2
    found = office.conflicts()
    assert [(conflict.record, conflict.field) for conflict in found] == [
        ("finding/d01-0", "statement"),
        ("subject/s1", "band"),
    ]
    for conflict in found:
        document = office.store.document(conflict.record)
        assert document is not None
        office.write(now, resolve(document, conflict.field, take=conflict.heads[-1].head))
    assert office.conflicts() == []


def _revocation(office: Desk, laptops: Sequence[Desk], folder: Path, now: int) -> set[str]:
    """The third laptop is stolen and revoked; what is written on it afterwards is held back."""
    thief = laptops[2]
    thief.export(folder / "before", thief.trust.recipients())
    office.take(now, [folder / "before"])
    device = thief.store.device
    office.peers[device] = office.trust.revoked("d03", office.store.vector()[device])
    before = {operation.id for operation in thief.store.operations()}
    thief.answer(now, "visit/d03-0", "answer:f:/data/q1", "forged")
    thief.answer(now, "visit/d03-9", "meta", {"number": "V-forged"})
    thief.export(folder / "after", thief.trust.recipients())
    outcomes = office.take(now, [folder / "after"])
    assert {outcome.status for outcome in outcomes} == {"quarantined"}
    assert {outcome.trust for outcome in outcomes} == {"revoked"}
    return {operation.id for operation in thief.store.operations()} - before


def _last_evening(office: Desk, laptops: Sequence[Desk], folder: Path, now: int) -> None:
    """The honest ones send all that has no receipt, and learn of the revocation by theirs."""
    for laptop in laptops:
        laptop.export(folder / laptop.name, laptop.trust.recipients())
    outcomes = office.take(now, [folder])
    back = folder / "back"
    office.export(back, [laptop.recipient for laptop in laptops])
    by_device = {laptop.store.device: laptop for laptop in laptops}
    for laptop in laptops:
        laptop.take(now, [back])
    for device, receipt in _receipts(office, now, outcomes):
        by_device[device].receive(receipt)
    for laptop in laptops:
        assert any(peer.revoked_after is not None for peer in laptop.peers.values())
