"""Keys, cards, trust, receipts, quarantine and purge: who is believed, and what is held back."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from fieldkit.errors import SyncError
from fieldkit.io.age import check_recipient, new_identity, recipient_of, seal, sealer, unsealer
from fieldkit.io.keys import SigningKey, verify
from fieldkit.model.document import Document, apply_all
from fieldkit.model.operation import Operation
from fieldkit.sync import base45
from fieldkit.sync.bech32 import recipient_bytes, recipient_text
from fieldkit.sync.bundle import Bundle, Context, build, open_bundle
from fieldkit.sync.card import Card, parse_card
from fieldkit.sync.coverage import Coverage, ranges_of
from fieldkit.sync.plan import FUTURE_MS
from fieldkit.sync.purge import plan_purge
from fieldkit.sync.quarantine import Held, held, retry
from fieldkit.sync.receipt import Counts, Receipt, parse_receipt
from fieldkit.sync.trust import Peer, TrustList

A, B, OFFICE = "a" * 16, "b" * 16, "z" * 16
KEY_A, KEY_B, KEY_OFFICE = SigningKey(b"a" * 32), SigningKey(b"b" * 32), SigningKey(b"o" * 32)
IDENTITY, RECIPIENT = new_identity()
ESCROW, ESCROW_RECIPIENT = new_identity()


def operation(device: str, seq: int, record: str = "visit/v", field: str = "a", value: object = 1) -> Operation:
    return Operation(device, seq, f"{seq}.0", "A1/inspector", record, field, value)


def bundle(operations: Sequence[Operation], signer: SigningKey | None = KEY_A, device: str = A) -> Bundle:
    built = build(operations, Context(device, {device: len(operations)}, signer=signer))[0]
    return open_bundle(built.data, verify=verify)


def code(error: SyncError | None) -> str:
    assert error is not None
    assert error.hint
    return error.code


def test_a_signed_and_sealed_bundle_is_opened_by_office_and_escrow_only() -> None:
    context = Context(A, {A: 1}, signer=KEY_A, seal=sealer([RECIPIENT, ESCROW_RECIPIENT]))
    built = build([operation(A, 1)], context)[0]
    for identity in (IDENTITY, ESCROW):
        opened = open_bundle(built.data, name=built.name, verify=verify, unseal=unsealer([identity]))
        assert opened.key == KEY_A.public
        assert opened.operations == (operation(A, 1),)
    stranger, _recipient = new_identity()
    for data in (built.data, built.data[:-1], built.data[:-40] + bytes(40)):
        with pytest.raises(SyncError) as caught:
            open_bundle(data, verify=verify, unseal=unsealer([stranger if data is built.data else IDENTITY]))
        assert caught.value.code == "SYNC-014"


def test_a_signature_covers_the_manifest_and_through_it_every_operation() -> None:
    data = build([operation(A, 1)], Context(A, {A: 1}, signer=KEY_A))[0].data
    line, _lf, body = data.partition(b"\n")
    envelope = json.loads(line)
    for change in (
        {"manifest": envelope["manifest"].replace('"last":"1.0"', '"last":"2.0"')},
        {"key": base64.b64encode(KEY_B.public).decode()},
        {"signature": envelope["signature"][:-4] + "AAA="},
        {"signature": None},
        {"key": "no base64!"},
    ):
        with pytest.raises(SyncError) as caught:
            open_bundle(json.dumps(envelope | change).encode() + b"\n" + body, verify=verify)
        assert caught.value.code == "SYNC-013"
    assert not verify(b"short", b"", b"")


def test_keys_are_stored_as_text() -> None:
    key = SigningKey.new()
    assert SigningKey.from_text(key.to_text()).public == key.public
    assert recipient_of(IDENTITY) == RECIPIENT == check_recipient(RECIPIENT.upper())
    assert recipient_text(recipient_bytes(RECIPIENT)) == RECIPIENT
    for damaged in ("", "###", "AAAA"):
        with pytest.raises(SyncError) as caught:
            SigningKey.from_text(damaged)
        assert caught.value.code == "SYNC-021"
    for text in ("age1", RECIPIENT[:-1] + "x", "ssh-rsa AAAA", IDENTITY):
        for check in (check_recipient, recipient_bytes):
            with pytest.raises(SyncError) as caught:
                check(text)
            assert caught.value.code == "SYNC-022"
    with pytest.raises(SyncError):
        seal(b"x", [])
    with pytest.raises(SyncError):
        recipient_of("AGE-SECRET-KEY-1")


def test_a_card_survives_the_code_and_its_digits_cover_all_of_it() -> None:
    card = Card("office", OFFICE, KEY_OFFICE.public, "县办", (RECIPIENT, ESCROW_RECIPIENT))
    assert parse_card(card.text) == card
    assert parse_card("\ufeff" + card.text + "\r\n") == card
    assert len(card.text) <= 224, "fits a code of version 7"
    assert replace(card, recipients=(RECIPIENT, RECIPIENT)).fingerprint != card.fingerprint
    assert TrustList().trusted(card).fingerprint == card.fingerprint
    device = Card("device", A, KEY_A.public, "d01", checklists=("0123456789abcdef",))
    assert parse_card(device.text) == device
    for text in ("", "FIELDKIT-OFFICE:", card.text[:-3], card.text + "000", card.text.replace(":", ":Z", 1)):
        with pytest.raises(SyncError) as caught:
            parse_card(text)
        assert caught.value.code in {"SYNC-024", "SYNC-041", "SYNC-007"}


def test_base45_is_the_one_of_the_standard() -> None:
    assert base45.encode(b"AB") == "BB8"
    assert base45.encode(b"Hello!!") == "%69 VD92EX0"
    assert base45.decode("QED8WEX0") == b"ietf!"
    for size in range(6):
        data = bytes(range(250, 250 + size))
        assert base45.decode(base45.encode(data)) == data
        assert base45.encoded_length(size) == len(base45.encode(data))
    for text in ("A", ":::", "a00", "::"):
        with pytest.raises(SyncError):
            base45.decode(text)


def test_the_first_bundle_of_a_device_is_unconfirmed_and_its_key_is_remembered() -> None:
    got = bundle([operation(A, 1)])
    verdict = TrustList().judge(got)
    assert (verdict.trust, len(verdict.operations), verdict.held) == ("unconfirmed", 1, ())
    assert verdict.learned == Peer(A, KEY_A.public)
    strict = TrustList().judge(got, require=True)
    assert (strict.operations, len(strict.held), code(strict.error)) == ((), 1, "SYNC-016")


def test_an_office_seals_its_answers_to_the_laptops_it_confirmed() -> None:
    context = Context(A, {A: 1}, signer=KEY_A, recipient=RECIPIENT)
    got = open_bundle(build([operation(A, 1)], context)[0].data, verify=verify)
    learned = TrustList().judge(got).learned
    assert learned is not None
    card = Card("device", A, KEY_A.public, "d01", (RECIPIENT,))
    assert learned.fingerprint == card.fingerprint
    assert TrustList([learned]).recipients(is_office=True) == ()
    confirmed = TrustList([TrustList([learned]).trusted(card)])
    assert confirmed.recipients(is_office=True) == (RECIPIENT,)
    assert confirmed.recipients() == ()
    assert TrustList([confirmed.revoked("d01", 1)]).recipients(is_office=True) == ()


def test_a_confirmed_device_is_believed_until_its_key_changes_or_vanishes() -> None:
    trust = TrustList()
    card = Card("device", A, KEY_A.public, "d01")
    peer = trust.trusted(card)
    assert peer.fingerprint == card.fingerprint == Peer(A, KEY_A.public).fingerprint
    trust = TrustList.from_rows([peer.to_json()])
    assert trust.judge(bundle([operation(A, 1)]), require=True).trust == "confirmed"
    for signer in (KEY_B, None):
        verdict = trust.judge(bundle([operation(A, 1)], signer))
        assert (verdict.trust, verdict.operations, code(verdict.error)) == ("mismatch", (), "SYNC-027")
    with pytest.raises(SyncError) as caught:
        trust.trusted(Card("device", A, KEY_B.public))
    assert caught.value.code == "SYNC-025"
    assert TrustList().judge(bundle([operation(A, 1)], None)).trust == "unsigned"


def test_a_revoked_device_is_believed_up_to_its_last_receipt_whoever_brings_it() -> None:
    trust = TrustList([Peer(A, KEY_A.public, "d01", confirmed=True), Peer(B, KEY_B.public, confirmed=True)])
    trust = TrustList([trust.revoked("d01", 2), Peer(B, KEY_B.public, confirmed=True)])
    own = trust.judge(bundle([operation(A, 2), operation(A, 3), operation("c" * 16, 1)]))
    assert own.trust == "revoked"
    assert [one.id for one in own.operations] == [A + ":2"]
    assert [one.id for one in own.held] == [A + ":3", "c" * 16 + ":1"] or len(own.held) == 2
    assert code(own.error) == "SYNC-017"
    brought = trust.judge(bundle([operation(A, 3), operation(B, 1)], KEY_B, B))
    assert [one.id for one in brought.operations] == [B + ":1"]
    assert [one.id for one in brought.held] == [A + ":3"]
    with pytest.raises(SyncError) as caught:
        trust.revoked("nobody", 0)
    assert caught.value.code == "SYNC-026"
    with pytest.raises(SyncError):
        trust.trusted(Card("device", A, KEY_A.public))


def receipt(**more: object) -> Receipt:
    made = Receipt("ab" * 32, 1_700_000_000_000, OFFICE, {A: 9, B: 4}, {A: [[3, 9]]}, Counts(7), ("cd" * 32,))
    return replace(made, **more)


def test_a_receipt_counts_only_when_a_trusted_office_signed_it() -> None:
    offices = {OFFICE: KEY_OFFICE.public}
    made = receipt()
    data = made.to_file(KEY_OFFICE)
    signed = parse_receipt(data, verify=verify, offices=offices)
    assert signed.receipt == made
    assert signed.belongs_to("ab" * 32)
    assert not signed.belongs_to("ac" * 32)
    assert signed.acknowledged({}) == ({A: [[3, 9]]}, {A: 9, B: 4})
    for forged in (made.to_file(KEY_B), replace(made, office=B).to_file(KEY_OFFICE), made.to_code(KEY_B, (A,))):
        with pytest.raises(SyncError) as caught:
            parse_receipt(forged, verify=verify, offices=offices)
        assert caught.value.code == "SYNC-031"
    with pytest.raises(SyncError) as caught:
        parse_receipt(data.replace(b'\\"accepted\\":7', b'\\"accepted\\":8'), verify=verify, offices=offices)
    assert caught.value.code == "SYNC-013"
    for nonsense in (b"", b"\xff", b"[]", b"x" * (2 << 20), bundle_bytes()):
        with pytest.raises(SyncError):
            parse_receipt(nonsense, verify=verify, offices=offices)


def bundle_bytes() -> bytes:
    return build([operation(A, 1)], Context(A, {A: 1}))[0].data


def test_a_receipt_is_one_still_code_of_version_seven_at_most() -> None:
    offices = {B: KEY_B.public, OFFICE: KEY_OFFICE.public}
    text = receipt(counts=Counts(12_000)).to_code(KEY_OFFICE, (A,))
    assert len(text) <= 195, "fits a code of version 6"
    signed = parse_receipt(text, verify=verify, offices=offices)
    assert signed.key == KEY_OFFICE.public
    assert signed.receipt.vector == {A: 9}
    assert signed.belongs_to("ab" * 32)
    assert signed.acknowledged({A: [[3, 9]]}) == ({A: [[3, 9]]}, {A: 9})
    partly = receipt(counts=Counts(5, quarantined=2)).to_code(KEY_OFFICE, (A,))
    assert parse_receipt(partly, verify=verify, offices=offices).acknowledged({A: [[3, 9]]}) == ({}, {A: 9})
    with pytest.raises(SyncError):
        parse_receipt(text[:-6] + "000000", verify=verify, offices=offices)


def test_the_offices_list_and_its_revocations_travel_in_receipts() -> None:
    office = TrustList([Peer(A, KEY_A.public, "d01", confirmed=True), Peer(B, KEY_B.public, revoked_after=5)])
    made = receipt(devices=office.entries())
    signed = parse_receipt(made.to_file(KEY_OFFICE), verify=verify, offices={OFFICE: KEY_OFFICE.public})
    laptop = TrustList([Peer(OFFICE, KEY_OFFICE.public, "office", True, True, None, (RECIPIENT,))])
    learned = laptop.learned(signed.receipt)
    assert [(peer.device, peer.revoked_after, peer.office) for peer in learned] == [(A, None, False), (B, 5, False)]
    assert laptop.offices() == {OFFICE: KEY_OFFICE.public}
    assert laptop.recipients() == (RECIPIENT,)
    assert TrustList([*laptop.peers, *learned]).learned(signed.receipt) == []


def test_quarantine_lets_pass_what_is_no_longer_doubtful() -> None:
    future = Operation(A, 1, f"{3 * FUTURE_MS}.0", "A1/inspector", "visit/v", "a", 1)
    rows = [
        *held([future], "future", "f" * 64, A),
        *held([operation(A, 2)], "untrusted", "f" * 64, A),
        *held([operation(A, 3)], "mismatch", "f" * 64, A),
    ]
    rows = [Held.from_json(json.loads(json.dumps(row.to_json()))) for row in rows]
    nobody = retry(rows, now_ms=FUTURE_MS, trust=TrustList())
    assert nobody.released == ()
    confirmed = TrustList([Peer(A, KEY_A.public, confirmed=True)])
    assert [one.seq for one in retry(rows, now_ms=FUTURE_MS, trust=confirmed).released] == [2]
    assert [one.seq for one in retry(rows, now_ms=2 * FUTURE_MS, trust=confirmed).released] == [1, 2]
    revoked = TrustList([Peer(A, KEY_A.public, confirmed=True, revoked_after=0)])
    assert retry(rows, now_ms=9 * FUTURE_MS, trust=revoked).released == ()
    by_hand = [replace(row, released=True) for row in rows]
    assert len(retry(by_hand, now_ms=0, trust=revoked).released) == 3


def visit(*operations: Operation) -> Document:
    document = apply_all(None, operations)
    assert document is not None
    return document


def test_purge_refuses_what_is_open_in_dispute_or_not_acknowledged() -> None:
    meta = operation(A, 1, field="meta", value={"number": "V-1", "subject": "s"})
    state = operation(A, 2, field="state", value={"state": "accepted", "revision": 1})
    photo = operation(A, 3, field="evidence:e", value={"sha256": "ee" * 32, "bytes": 5})
    document = visit(meta, state, photo)
    everything = Coverage({A: [[1, 3]], B: [[1, 1]]})

    def kept(document: Document, coverage: Coverage, *, closed: bool = True, received: bool = True) -> list[str]:
        plan = plan_purge([document], coverage, is_closed=lambda _: closed, received=lambda _: received)
        return [one.reason for one in plan.kept]

    assert kept(document, Coverage({A: [[1, 2]]})) == ["not_acknowledged"]
    assert kept(document, everything, closed=False) == ["open"]
    assert kept(document, everything, received=False) == ["evidence_owed"]
    disputed = visit(meta, state, photo, operation(B, 1, field="state", value={"state": "open"}))
    assert kept(disputed, everything) == ["conflict"]
    row = plan_purge([document], everything, is_closed=lambda _: True, received=lambda _: True).rows[0]
    assert row.to_json()["summary"] == {"number": "V-1", "subject": "s", "state": "accepted", "revision": 1}
    assert row.ranges == ranges_of([(A, 1), (A, 2), (A, 3)])


@pytest.mark.needs("age", "zstd")
def test_the_line_in_the_documentation_opens_a_sealed_bundle(tmp_path: Path) -> None:
    """The standard programs show readable JSON, by the very line that the documentation gives."""
    text = (Path(__file__).resolve().parents[3] / "docs" / "bundle-format.md").read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith("age -d"))
    built = build([operation(A, 1, value="甲")], Context(A, {A: 1}, signer=KEY_A, seal=sealer([RECIPIENT])))[0]
    (tmp_path / "BUNDLE.fkb").write_bytes(built.data)
    (tmp_path / "office.key").write_text(IDENTITY + "\n", encoding="ascii")
    shown = subprocess.run(["sh", "-c", line], cwd=tmp_path, capture_output=True, check=True).stdout
    assert [json.loads(one) for one in shown.decode("utf-8").splitlines()] == [operation(A, 1, value="甲").to_json()]
