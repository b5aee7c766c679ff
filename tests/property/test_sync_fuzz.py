"""Whatever comes from outside is read or refused with a code; nothing else is ever raised."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkit.errors import SyncError
from fieldkit.io.age import new_identity, unsealer
from fieldkit.io.keys import SigningKey, verify
from fieldkit.model.operation import Operation, from_json
from fieldkit.sync.bundle import SEALED, Context, build, open_bundle
from fieldkit.sync.card import Card, parse_card
from fieldkit.sync.frames import parse_frame
from fieldkit.sync.manifest import pre_authentication
from fieldkit.sync.receipt import RECEIPT_TYPE, Counts, DeviceEntry, Receipt, parse_receipt
from fieldkit.sync.summary import parse_summary
from fieldkit.sync.trust import TrustList

A = "a" * 16
KEY = SigningKey(b"k" * 32)
IDENTITY, _RECIPIENT = new_identity()
OFFICES = {A: KEY.public}
BUNDLE = build(
    [Operation(A, 1, "1.0", "A1/inspector", "visit/v", "a", "x")],
    Context(A, {A: 1}, signer=KEY, campaigns=("C",), checklists=("0" * 64,), evidence=(("e" * 64, 3),)),
)[0].data
RECEIPT = Receipt(
    "ab" * 32, 1, A, {A: 1}, {A: [[1, 1]]}, Counts(1), ("cd" * 32,), (DeviceEntry(A, KEY.public, "d", 3),)
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(A) | st.just("0" * 64),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.just(A), inner, max_size=3),
    max_leaves=6,
)
mutations = st.lists(st.tuples(st.lists(st.integers(0, 20), max_size=4), json_values), min_size=1, max_size=3)


def quietly(read: Callable[[], object]) -> None:
    """Read something, and expect either a value or an error with code and next step."""
    try:
        read()
    except SyncError as error:
        refusal = error
    else:
        return
    assert refusal.code.startswith("SYNC-")
    assert refusal.message


def mutated(value: Any, path: list[int], new: Any) -> Any:
    """Return a JSON value with the part at a path exchanged."""
    if not path or not isinstance(value, dict | list) or not value:
        return new
    if isinstance(value, dict):
        name = sorted(value)[path[0] % len(value)]
        return {**value, name: mutated(value[name], path[1:], new)}
    index = path[0] % len(value)
    return [*value[:index], mutated(value[index], path[1:], new), *value[index + 1 :]]


def signed(kind: str, member: str, message: str) -> bytes:
    """Return an envelope with a right signature over whatever text."""
    signature = KEY.sign(pre_authentication(kind, message.encode("utf-8", "surrogatepass")))
    key = base64.b64encode(KEY.public).decode()
    envelope = {"type": kind, member: message, "key": key, "signature": base64.b64encode(signature).decode()}
    return json.dumps(envelope).encode()


@given(mutations)
@settings(max_examples=300, deadline=None)
def test_any_manifest_is_read_or_refused(changes: list[tuple[list[int], Any]]) -> None:
    line, _lf, body = BUNDLE.partition(b"\n")
    envelope = json.loads(line)
    manifest = json.loads(envelope["manifest"])
    for path, new in changes:
        manifest = mutated(manifest, path, new)
    data = signed(envelope["type"], "manifest", json.dumps(manifest)) + b"\n" + body

    def read() -> None:
        bundle = open_bundle(data, verify=verify, holds=lambda _device, _seq: False)
        TrustList().judge(bundle)
        bundle.manifest.to_json()

    quietly(read)


@given(mutations)
@settings(max_examples=150, deadline=None)
def test_any_envelope_is_read_or_refused(changes: list[tuple[list[int], Any]]) -> None:
    line, _lf, body = BUNDLE.partition(b"\n")
    envelope = json.loads(line)
    for path, new in changes:
        envelope = mutated(envelope, path, new)
    quietly(lambda: open_bundle(json.dumps(envelope).encode() + b"\n" + body, verify=verify))


@given(mutations)
@settings(max_examples=300, deadline=None)
def test_any_receipt_is_read_or_refused(changes: list[tuple[list[int], Any]]) -> None:
    receipt = json.loads(json.loads(RECEIPT.to_file(KEY))["receipt"])
    for path, new in changes:
        receipt = mutated(receipt, path, new)
    data = signed(RECEIPT_TYPE, "receipt", json.dumps(receipt))
    quietly(lambda: TrustList().learned(parse_receipt(data, verify=verify, offices=OFFICES).receipt))


@given(mutations)
@settings(max_examples=200, deadline=None)
def test_any_operation_is_read_or_refused(changes: list[tuple[list[int], Any]]) -> None:
    source: Any = Operation(A, 1, "1.0", "A1/inspector", "visit/v", "a", "x", (A + ":7",)).to_json()
    for path, new in changes:
        source = mutated(source, path, new)
    quietly(lambda: from_json(source))


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    opening = unsealer([IDENTITY])
    for head in (b"", b"{", SEALED + b"\n", BUNDLE[:100]):
        quietly(lambda head=head: open_bundle(head + data, verify=verify, unseal=opening))  # type: ignore[misc]
    quietly(lambda: parse_receipt(data, verify=verify, offices=OFFICES))


@given(st.text(alphabet="0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:", max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_code_is_read_or_refused(text: str) -> None:
    for start in ("", "FIELDKIT-OFFICE:", "FIELDKIT-DEVICE:", "FIELDKIT-RECEIPT:", "FIELDKIT1/"):
        quietly(lambda start=start: parse_card(start + text))  # type: ignore[misc]
        quietly(lambda start=start: parse_receipt(start + text, verify=verify, offices=OFFICES))  # type: ignore[misc]
        quietly(lambda start=start: parse_summary(start + text))  # type: ignore[misc]
    quietly(lambda: parse_frame(text))


@given(st.integers(0, 10**6), st.integers(1, 255))
@settings(max_examples=150, deadline=None)
def test_a_card_with_another_key_has_other_digits(position: int, change: int) -> None:
    card = Card("office", A, KEY.public, "县办", (_RECIPIENT,))
    packed = bytearray(card._packed())
    packed[position % len(packed)] ^= change
    from fieldkit.sync import base45

    try:
        other = parse_card("FIELDKIT-OFFICE:" + base45.encode(bytes(packed)))
    except SyncError:
        return
    same = (other.device, other.key, other.recipients) == (card.device, card.key, card.recipients)
    assert (other.fingerprint == card.fingerprint) is same


def test_digests_of_names_are_hexadecimal() -> None:
    assert hashlib.sha256(BUNDLE).hexdigest() == open_bundle(BUNDLE, verify=verify).sha256
    with pytest.raises(SyncError):
        open_bundle(BUNDLE[:-1], verify=verify)
