"""Bundles: the round trip, the schema, splitting, and each kind of damage with its own code."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import zstandard

from fieldkit.errors import SyncError
from fieldkit.io.bundlefile import DiskBundles, find_bundles, read_bundle, write_bundle
from fieldkit.model.operation import Operation
from fieldkit.resources import data_path
from fieldkit.sync import bundle as bundles
from fieldkit.sync.bundle import Context, build, open_bundle
from fieldkit.sync.codec import Codec
from fieldkit.sync.manifest import BUNDLE_TYPE
from fieldkit.sync.summary import agrees, parse_summary, summary_of

A, B = "a" * 16, "b" * 16


def operation(seq: int, value: object = "x", **more: Any) -> Operation:
    members: dict[str, Any] = {
        "device": A, "seq": seq, "hlc": f"{seq}.0", "actor": "A1/inspector", "record": "visit/v",
        "field": "a", "value": value, "prev": (),
    }  # fmt: skip
    return Operation(**{**members, **more})


def plain(count: int = 3, codec: Codec = "zstd") -> bytes:
    return build([operation(seq) for seq in range(1, count + 1)], Context(A, {A: count}, codec=codec))[0].data


def rewritten(change: Callable[[dict[str, Any]], None], body: bytes | None = None, count: int = 3) -> bytes:
    """Return a bundle with another manifest and, where given, another body."""
    line, _lf, old = plain(count).partition(b"\n")
    envelope = json.loads(line)
    manifest = json.loads(envelope["manifest"])
    if body is not None:
        manifest["body"] |= {"sha256": hashlib.sha256(body).hexdigest(), "bytes": len(body)}
    change(manifest)
    envelope["manifest"] = json.dumps(manifest)
    return json.dumps(envelope).encode() + b"\n" + (old if body is None else body)


def with_lines(lines: list[str]) -> bytes:
    text = "".join(line + "\n" for line in lines).encode("utf-8", "surrogatepass")
    body = zstandard.compress(text)

    def change(manifest: dict[str, Any]) -> None:
        manifest["body"]["inflated"] = len(text)
        manifest["counts"]["operations"] = len(lines)

    return rewritten(change, body)


def refusal(data: bytes, name: str = "") -> str:
    with pytest.raises(SyncError) as caught:
        open_bundle(data, name=name)
    assert caught.value.message
    assert caught.value.hint
    return caught.value.code


@pytest.mark.parametrize("codec", ["zstd", "gzip"])
def test_round_trip_keeps_operations_and_unknown_members(codec: Codec) -> None:
    operations = [
        operation(1, "甲\n乙"),
        operation(2, {"b": [1, None]}, extra={"newer": {"kept": True}}, cause="undo x"),
    ]
    built = build(operations, Context(A, {A: 2}, campaigns=("C26",), checklists=("0" * 64,), codec=codec))
    assert len(built) == 1
    bundle = open_bundle(built[0].data, name=built[0].name)
    assert list(bundle.operations) == operations
    assert bundle.rejected == ()
    assert bundle.manifest.ranges == {A: [[1, 2]]}
    assert bundle.manifest.campaigns == ("C26",)
    assert bundle.manifest.records == {"visit": 1}
    assert bundle.key is None
    assert not bundle.sealed


def test_equal_operations_make_equal_bytes_and_are_in_causal_order() -> None:
    late_first = [operation(2), operation(1), operation(1, device=B, hlc="1.5")]
    built = build(late_first, Context(A, {A: 2}))[0]
    assert built.data == build(reversed(late_first), Context(A, {A: 2}))[0].data
    assert [one.hlc for one in open_bundle(built.data).operations] == ["1.0", "1.5", "2.0"]


def test_the_bytes_agree_with_the_published_schema() -> None:
    schema = json.loads(data_path("schemas", "bundle-1.schema.json").read_text(encoding="utf-8"))
    line, _lf, body = plain().partition(b"\n")
    envelope = json.loads(line)
    jsonschema.Draft202012Validator(schema).validate(envelope)
    part = {"$schema": schema["$schema"], "$defs": schema["$defs"]}
    jsonschema.Draft202012Validator({**part, "$ref": "#/$defs/manifest"}).validate(json.loads(envelope["manifest"]))
    for text in zstandard.decompress(body).splitlines():
        jsonschema.Draft202012Validator({**part, "$ref": "#/$defs/operation"}).validate(json.loads(text))


def test_an_export_is_split_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "FILE_LIMIT", 4096)
    noise = [hashlib.sha512(str(seq).encode()).hexdigest() * 2 for seq in range(100)]
    operations = [operation(seq + 1, text) for seq, text in enumerate(noise)]
    built = build(operations, Context(A, {A: 100}))
    assert len(built) > 2
    assert all(len(one.data) <= 4096 for one in built)
    assert [one for each in built for one in open_bundle(each.data).operations] == operations


def test_one_value_too_large_is_refused_with_its_record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "FILE_LIMIT", 200)
    with pytest.raises(SyncError) as caught:
        build([operation(1)], Context(A, {}))
    assert caught.value.code == "SYNC-002"
    assert caught.value.where["record"] == "visit/v"


def test_every_truncation_is_refused() -> None:
    data = plain()
    codes = {refusal(data[:length]) for length in range(len(data))}
    assert codes == {"SYNC-003", "SYNC-005"}
    assert refusal(data[:-1]) == "SYNC-005"
    assert refusal(b"") == "SYNC-003"


def test_every_flipped_byte_is_refused_or_does_no_harm() -> None:
    """A flipped byte of an unsigned bundle never changes what is read; most are refused."""
    data = plain()
    truth = open_bundle(data).operations
    harmless = 0
    for index in range(len(data)):
        damaged = data[:index] + bytes([data[index] ^ 1]) + data[index + 1 :]
        try:
            found = open_bundle(damaged).operations
        except SyncError:
            continue
        harmless += 1
        assert found == truth
    assert harmless < len(data) / 4
    name = hashlib.sha256(data).hexdigest() + ".fkb"
    assert refusal(data.replace(A.encode(), B.encode(), 1), name) in {"SYNC-004", "SYNC-006", "SYNC-013"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda manifest: manifest.update(min_reader=2), "SYNC-007"),
        (lambda manifest: manifest["body"].update(inflated=10), "SYNC-008"),
        (lambda manifest: manifest["body"].update(inflated=65 << 20), "SYNC-009"),
        (lambda manifest: manifest["body"].update(inflated=10_000), "SYNC-005"),
        (lambda manifest: manifest["counts"].update(operations=4), "SYNC-006"),
        (lambda manifest: manifest.update(codec="lzma"), "SYNC-015"),
        (lambda manifest: manifest.update(device="../../etc"), "SYNC-003"),
        (lambda manifest: manifest.update(ranges={A: [[5, 2]]}), "SYNC-003"),
        (lambda manifest: manifest.update(vector=[1]), "SYNC-003"),
        (lambda manifest: manifest["body"].update(sha256="0" * 64), "SYNC-006"),
        (lambda manifest: manifest["body"].update(bytes=-1), "SYNC-003"),
        (lambda manifest: manifest.update(evidence=[{"sha256": "../x", "bytes": 1}]), "SYNC-003"),
    ],
)
def test_each_lie_of_a_manifest_has_its_code(change: Callable[[dict[str, Any]], None], code: str) -> None:
    assert refusal(rewritten(change)) == code


def test_a_bomb_is_stopped_at_the_size_that_the_manifest_states() -> None:
    bomb = zstandard.compress(bytes(300 << 20))
    assert refusal(rewritten(lambda manifest: manifest["body"].update(inflated=1000), bomb)) == "SYNC-008"
    squeezer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = squeezer.compress(bytes(100 << 20)) + squeezer.flush()
    assert refusal(rewritten(lambda manifest: manifest.update(codec="gzip"), bomb)) == "SYNC-008"


def test_a_newer_format_that_this_reader_may_read_is_read() -> None:
    bundle = open_bundle(rewritten(lambda manifest: manifest.update(format=2, colour="green")))
    assert bundle.manifest.extra == {"colour": "green"}
    assert bundle.manifest.to_json()["colour"] == "green"


def test_bad_lines_are_rejected_and_the_others_are_taken() -> None:
    good = json.dumps(operation(1).to_json())
    deep = good.replace('"x"', "[" * 40 + "]" * 40)
    endless = good.replace('"x"', "[" * 100_000 + "]" * 100_000)
    lines = [
        good,
        good.replace('"seq": 1', '"seq": 2, "seq": 3'),
        deep,
        endless,
        good.replace('"x"', "NaN"),
        good.replace('"x"', "1e999"),
        good.replace('"x"', '"\\ud800"'),
        "[]",
        "{",
        good,
        json.dumps(operation(9).to_json()),
    ]
    bundle = open_bundle(with_lines(lines))
    assert [one.seq for one in bundle.operations] == [1, 9]
    assert [(one.line, one.code) for one in bundle.rejected] == [
        (2, "SYNC-011"), (3, "SYNC-011"), (4, "SYNC-011"), (5, "SYNC-011"), (6, "SYNC-011"), (7, "SYNC-011"),
        (8, "SYNC-010"), (9, "SYNC-011"), (10, "SYNC-012"),
    ]  # fmt: skip
    assert all(one.reason for one in bundle.rejected)


def test_signed_bundles_are_not_believed_without_a_check() -> None:
    class Forger:
        public = b"k" * 32

        def sign(self, message: bytes) -> bytes:
            assert message.startswith(b"DSSEv1 %d %s " % (len(BUNDLE_TYPE), BUNDLE_TYPE.encode()))
            return b"s" * 64

    data = build([operation(1)], Context(A, {A: 1}, signer=Forger()))[0].data
    assert refusal(data) == "SYNC-013"
    assert open_bundle(data, verify=lambda _key, _message, signature: signature == b"s" * 64).key == b"k" * 32


def test_a_sealed_bundle_needs_a_key() -> None:
    sealed = build([operation(1)], Context(A, {A: 1}, seal=lambda data: bundles.SEALED + b"\n" + data))[0]
    assert refusal(sealed.data) == "SYNC-014"
    opened = open_bundle(sealed.data, unseal=lambda data: data[len(bundles.SEALED) + 1 :])
    assert opened.sealed
    assert opened.sha256 == sealed.sha256


def test_files_are_written_once_under_their_hash(tmp_path: Path) -> None:
    data = plain()
    path = write_bundle(tmp_path / "out", data)
    assert path.name == hashlib.sha256(data).hexdigest() + ".fkb"
    assert DiskBundles().write(tmp_path / "out", data) == path
    (path.parent / f".part-{path.name}").write_bytes(b"half")
    path.write_bytes(data[:40])
    write_bundle(tmp_path / "out", data)
    assert read_bundle(path) == data
    assert list(find_bundles([tmp_path, tmp_path / "gone.fkb"])) == [path, tmp_path / "gone.fkb"]


def test_a_missing_and_a_huge_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SyncError) as caught:
        read_bundle(tmp_path / "gone.fkb")
    assert caught.value.code == "SYNC-001"
    (tmp_path / "huge.fkb").write_bytes(bytes(5 << 20))
    with pytest.raises(SyncError) as caught:
        read_bundle(tmp_path / "huge.fkb")
    assert caught.value.code == "SYNC-002"
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SyncError) as caught:
        write_bundle(tmp_path / "file", b"x")
    assert caught.value.code == "SYNC-001"


def test_two_people_compare_eight_digits_or_the_code() -> None:
    built = build([operation(seq) for seq in (1, 2)], Context(A, {}))[0]
    sent, got = summary_of(built), summary_of(open_bundle(built.data))
    assert sent == got
    assert agrees(f"  {sent.text[:30]}\n{sent.text[30:]} ", got)
    assert agrees(sent.digits, got)
    assert agrees(sent.digits.replace("-", ""), got)
    other = summary_of(build([operation(3)], Context(A, {}))[0])
    assert not agrees(other.text, got)
    assert not agrees(other.digits, got)
    assert len(sent.text) <= 154
    for text in ("", "1234", "FIELDKIT1/00/1/1/1"):
        with pytest.raises(SyncError) as caught:
            parse_summary(text)
        assert caught.value.code == "SYNC-020"
