"""Bundles that somebody damaged, forged or made to hurt: each with what must become of it."""

from __future__ import annotations

import base64
import hashlib
import json
import random
from dataclasses import dataclass

import zstandard

from fieldkit.io.age import seal, sealer
from fieldkit.io.keys import SigningKey
from fieldkit.model.operation import Operation
from fieldkit.sync.bundle import Context, build
from fieldkit.sync.manifest import BUNDLE_TYPE, pre_authentication
from fieldkit.sync.plan import FUTURE_MS

__all__ = ["GOOD", "Hostile", "Makers", "good_bundle", "hostile_bundles"]

GOOD = "g" * 16
REVOKED = "r" * 16
STRANGER = "s" * 16

_BOMB = zstandard.compress(bytes(80 << 20))


@dataclass(frozen=True, slots=True)
class Makers:
    """Keys of the play.

    Attributes:
        good: Key of the honest, confirmed device.
        revoked: Key of the revoked device.
        stranger: Key of somebody else.
        office: Whom honest bundles are sealed to.
        elsewhere: Another office.
        now_ms: The receiver's clock.
    """

    good: SigningKey
    revoked: SigningKey
    stranger: SigningKey
    office: str
    elsewhere: str
    now_ms: int


@dataclass(frozen=True, slots=True)
class Hostile:
    """A hostile bundle.

    Attributes:
        kind: What was done to it.
        name: Its file name.
        data: Its bytes.
        status: What must become of it.
        codes: Codes of which one must be given.
    """

    kind: str
    name: str
    data: bytes
    status: str
    codes: frozenset[str]


def good_bundle(number: int, makers: Makers) -> bytes:
    """Return an honest bundle of five operations."""
    operations = [
        _operation(GOOD, number * 5 + step, makers.now_ms - 1000, f"visit/good{number}") for step in range(1, 6)
    ]
    context = Context(GOOD, {GOOD: number * 5 + 5}, signer=makers.good, seal=sealer([makers.office]))
    return build(operations, context)[0].data


def hostile_bundles(count: int, makers: Makers, seed: int = 1) -> list[Hostile]:
    """Return so many hostile bundles of all kinds, by turns."""
    chance = random.Random(seed)
    kinds = (
        _flipped, _truncated, _bomb, _wrong_office, _revoked, _future, _newer, _path_tricks, _forged, _renamed,
        _larger_than_stated, _not_a_bundle,
    )  # fmt: skip
    return [kinds[number % len(kinds)](number, makers, chance) for number in range(count)]


def _operation(device: str, seq: int, ms: int, record: str, value: object = "x") -> Operation:
    return Operation(device, seq, f"{ms}.{seq}", "X1/inspector", record, "text", value)


def _plain(number: int, makers: Makers) -> bytes:
    operations = [_operation(GOOD, 10**6 + number, makers.now_ms, f"visit/bad{number}", "text " * 40)]
    return build(operations, Context(GOOD, {}, signer=makers.good))[0].data


def _hostile(kind: str, data: bytes, status: str, *codes: str, name: str = "") -> Hostile:
    return Hostile(kind, name or hashlib.sha256(data).hexdigest() + ".fkb", data, status, frozenset(codes))


def _signed(manifest: dict[str, object], body: bytes, key: SigningKey) -> bytes:
    text = json.dumps(manifest)
    signature = key.sign(pre_authentication(BUNDLE_TYPE, text.encode()))
    envelope = {
        "type": BUNDLE_TYPE,
        "manifest": text,
        "key": base64.b64encode(key.public).decode(),
        "signature": base64.b64encode(signature).decode(),
    }
    return json.dumps(envelope).encode() + b"\n" + body


def _remade(number: int, makers: Makers, change: dict[str, object], body: bytes | None = None) -> bytes:
    """Return a bundle with a manifest that lies, signed with the honest key."""
    line, _lf, old = _plain(number, makers).partition(b"\n")
    manifest = json.loads(json.loads(line)["manifest"])
    content = old if body is None else body
    manifest["body"] |= {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    for name, value in change.items():
        if isinstance(value, dict) and isinstance(manifest.get(name), dict):
            manifest[name] |= value
        else:
            manifest[name] = value
    return _signed(manifest, content, makers.good)


def _flipped(number: int, makers: Makers, chance: random.Random) -> Hostile:
    data = bytearray(seal(_plain(number, makers), [makers.office]))
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    codes = ("SYNC-014", "SYNC-003", "SYNC-004")
    return _hostile("flipped", bytes(data), "refused", *codes)


def _truncated(number: int, makers: Makers, chance: random.Random) -> Hostile:
    data = _plain(number, makers)
    if number // 12 % 2:
        data = seal(data, [makers.office])
    name = hashlib.sha256(data).hexdigest() + ".fkb"
    codes = ("SYNC-003", "SYNC-005", "SYNC-014")
    return _hostile("truncated", data[: chance.randrange(len(data))], "refused", *codes, name=name)


def _bomb(number: int, makers: Makers, _chance: random.Random) -> Hostile:
    inflated = 100 << 20 if number // 12 % 2 else 1000
    data = _remade(number, makers, {"body": {"inflated": inflated}}, _BOMB)
    return _hostile("bomb", data, "refused", "SYNC-008", "SYNC-009")


def _wrong_office(number: int, makers: Makers, _chance: random.Random) -> Hostile:
    return _hostile("wrong key", seal(_plain(number, makers), [makers.elsewhere]), "refused", "SYNC-014")


def _revoked(number: int, makers: Makers, _chance: random.Random) -> Hostile:
    operations = [_operation(REVOKED, 1000 + number, makers.now_ms, f"visit/bad{number}")]
    data = build(operations, Context(REVOKED, {}, signer=makers.revoked))[0].data
    return _hostile("revoked", data, "quarantined", "SYNC-017")


def _future(number: int, makers: Makers, _chance: random.Random) -> Hostile:
    operations = [_operation(GOOD, 2 * 10**6 + number, makers.now_ms + FUTURE_MS * 400, f"visit/bad{number}")]
    data = build(operations, Context(GOOD, {}, signer=makers.good))[0].data
    return _hostile("future clock", data, "quarantined", "SYNC-018")


def _newer(number: int, makers: Makers, _chance: random.Random) -> Hostile:
    return _hostile("newer version", _remade(number, makers, {"min_reader": 9, "format": 9}), "refused", "SYNC-007")


def _path_tricks(number: int, makers: Makers, _chance: random.Random) -> Hostile:
    evidence = [{"sha256": "../" * 20 + "abcd", "bytes": 1}]
    change: dict[str, object] = {"device": "../../etc/x"} if number // 12 % 2 else {"evidence": evidence}
    name = "../../../etc/passwd\x00.fkb"
    return _hostile("path tricks", _remade(number, makers, change), "refused", "SYNC-003", name=name)


def _forged(number: int, makers: Makers, _chance: random.Random) -> Hostile:
    line, _lf, body = _plain(number, makers).partition(b"\n")
    envelope = json.loads(line)
    if number // 12 % 2:
        envelope["signature"] = base64.b64encode(bytes(64)).decode()
        data = json.dumps(envelope).encode() + b"\n" + body
        return _hostile("forged", data, "refused", "SYNC-013")
    data = _signed(json.loads(envelope["manifest"]), body, makers.stranger)
    return _hostile("forged", data, "quarantined", "SYNC-027")


def _renamed(number: int, makers: Makers, _chance: random.Random) -> Hostile:
    return _hostile("renamed", _plain(number, makers), "refused", "SYNC-004", name="0" * 64 + ".fkb")


def _larger_than_stated(number: int, makers: Makers, _chance: random.Random) -> Hostile:
    data = _remade(number, makers, {"body": {"inflated": 20}})
    return _hostile("larger than stated", data, "refused", "SYNC-008")


def _not_a_bundle(number: int, _makers: Makers, chance: random.Random) -> Hostile:
    samples = (b"", b"PK\x03\x04" + chance.randbytes(200), b"{}\n", b"\x1f\x8b" + bytes(50), b"[" * 100_000)
    return _hostile("no bundle", samples[number // 12 % len(samples)], "refused", "SYNC-003", "SYNC-005")
