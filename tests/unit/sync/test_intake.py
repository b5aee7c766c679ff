"""Hostile bundles beside good ones: each is refused or held back with its reason, all good ones are taken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldkit.errors import SyncError
from fieldkit.io.age import new_identity, unsealer
from fieldkit.io.keys import SigningKey, verify
from fieldkit.model.document import shown
from fieldkit.model.operation import Operation
from fieldkit.store import Store, open_store
from fieldkit.sync.bundle import Context, build
from fieldkit.sync.intake import Intake, receipt_for
from fieldkit.sync.plan import FUTURE_MS
from fieldkit.sync.receipt import Counts, Receipt, parse_receipt
from fieldkit.sync.trust import Peer, TrustList
from tests.hostile import GOOD, REVOKED, Makers, good_bundle, hostile_bundles

IDENTITY, RECIPIENT = new_identity()
MAKERS = Makers(
    SigningKey(b"g" * 32), SigningKey(b"r" * 32), SigningKey(b"s" * 32), RECIPIENT, new_identity()[1], 10**12
)
TRUST = TrustList(
    [Peer(GOOD, MAKERS.good.public, confirmed=True), Peer(REVOKED, MAKERS.revoked.public, revoked_after=5)]
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "office") as opened:
        yield opened


def intake(store: Store, now_ms: int = MAKERS.now_ms, trust: TrustList = TRUST) -> Intake:
    return Intake(store, trust, now_ms=now_ms, verify=verify, unseal=unsealer([IDENTITY]))


def test_hostile_bundles_never_stop_the_good_ones(store: Store) -> None:
    taking = intake(store)
    hostile = hostile_bundles(120, MAKERS)
    for number, bad in enumerate(hostile):
        outcome = taking.take(bad.name, lambda data=bad.data: data)  # type: ignore[misc]  # bound at once
        assert outcome.status == bad.status, (bad.kind, outcome.reason)
        assert outcome.error is not None
        assert outcome.error.code in bad.codes, (bad.kind, outcome.reason)
        assert outcome.error.hint
        if number % 10 == 0:
            data = good_bundle(number // 10, MAKERS)
            assert taking.take("good.fkb", lambda data=data: data).status == "imported"  # type: ignore[misc]
    store.append(taking.operations)
    assert len(taking.operations) == 60
    assert {one.device for one in store.operations()} == {GOOD}
    assert len({bad.kind for bad in hostile}) == 12
    assert {row.reason for row in taking.held} == {"revoked", "future", "mismatch"}


def test_a_file_that_cannot_be_read_is_an_outcome(store: Store) -> None:
    def gone() -> bytes:
        raise SyncError("SYNC-001", "gone", hint="look")

    taking = intake(store)
    assert taking.take("gone.fkb", gone).status == "refused"
    assert taking.take("x.fkb", lambda: good_bundle(0, MAKERS)).status == "imported"
    assert taking.take("x.fkb", lambda: good_bundle(0, MAKERS)).status == "known"
    assert [outcome.status for outcome in taking.outcomes] == ["refused", "imported", "known"]
    assert taking.outcomes[1].fresh == {GOOD: [[1, 5]]}


def test_quarantine_is_released_when_its_time_has_come(store: Store) -> None:
    operation = Operation(GOOD, 1, f"{MAKERS.now_ms + 2 * FUTURE_MS}.0", "A1/inspector", "note/n", "text", "x")
    data = build([operation], Context(GOOD, {}, signer=MAKERS.good))[0].data
    first = intake(store)
    outcome = first.take("future.fkb", lambda: data)
    assert (outcome.status, outcome.held, first.operations) == ("quarantined", 1, [])
    assert outcome.error is not None
    assert "48 hours" in outcome.error.message
    again = intake(store)
    assert again.release(first.held) == first.held
    assert again.take("future.fkb", lambda: data).status == "quarantined"
    assert again.held == [], "what is in quarantine already is not kept twice"
    later = intake(store, MAKERS.now_ms + FUTURE_MS)
    assert later.release(first.held) == []
    store.append(later.operations)
    document = store.document("note/n")
    assert document is not None
    assert shown(document, "text") == "x"


def test_an_unknown_device_is_learned_and_a_receipt_says_what_was_taken(store: Store) -> None:
    stranger = "s" * 16
    operations = [
        Operation(stranger, seq, f"{MAKERS.now_ms + ahead}.{seq}", "A1/inspector", "note/n", "text", seq)
        for seq, ahead in ((1, 0), (2, 0), (3, 9 * FUTURE_MS))
    ]
    data = build(operations, Context(stranger, {stranger: 3}, signer=MAKERS.stranger))[0].data
    taking = intake(store)
    outcome = taking.take("new.fkb", lambda: data)
    assert (outcome.trust, outcome.status) == ("unconfirmed", "quarantined")
    assert taking.learned == [Peer(stranger, MAKERS.stranger.public)]
    store.append(taking.operations)
    office = SigningKey(b"o" * 32)
    made = receipt_for(outcome, store, office=store.device, at_ms=MAKERS.now_ms, devices=TRUST.entries())
    assert made.counts == Counts(2, 1, 0)
    signed = parse_receipt(made.to_file(office), verify=verify, offices={store.device: office.public})
    assert signed.acknowledged({stranger: [[1, 3]]}) == ({stranger: [[1, 2]]}, {stranger: 2})
    assert isinstance(signed.receipt, Receipt)


def test_a_bundle_that_waited_for_trust_is_imported_when_it_comes_again(store: Store) -> None:
    stranger = "s" * 16
    data = build(
        [Operation(stranger, 1, f"{MAKERS.now_ms}.0", "A1/inspector", "note/n", "text", "x")],
        Context(stranger, {stranger: 1}, signer=MAKERS.stranger),
    )[0].data
    strict = Intake(store, TRUST, now_ms=MAKERS.now_ms, verify=verify, require_trust=True)
    assert strict.take("new.fkb", lambda: data).status == "quarantined"
    assert strict.operations == []
    confirmed = TrustList([Peer(stranger, MAKERS.stranger.public, confirmed=True)])
    again = Intake(store, confirmed, now_ms=MAKERS.now_ms, verify=verify, require_trust=True)
    assert again.release(strict.held) == []
    outcome = again.take("new.fkb", lambda: data)
    assert outcome.plan is not None
    assert (outcome.status, outcome.plan.new, outcome.trust) == ("imported", 1, "confirmed")
    store.append(again.operations)
    assert len(again.operations) == 1
    later = intake(store)
    assert later.release(strict.held) == [], "what is here has left the quarantine"
    assert later.operations == []
