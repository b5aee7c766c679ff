"""Evidence beside bundles and QR codes: what is written is what is read."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import zxingcpp

from fieldkit.errors import SyncError
from fieldkit.io.age import new_identity, seal
from fieldkit.io.evidencefile import find_evidence, open_evidence, send_evidence
from fieldkit.io.qr import (
    ALPHANUMERIC_LIMITS,
    LIMITS,
    cells,
    fitting_version,
    half_blocks,
    make_code,
    picture,
    write_picture,
)
from fieldkit.sync.evidence import EVIDENCE_SUFFIX

IDENTITY, RECIPIENT = new_identity()


def blob(folder: Path, data: bytes) -> str:
    sha256 = hashlib.sha256(data).hexdigest()
    folder.mkdir(exist_ok=True)
    (folder / sha256).write_bytes(data)
    return sha256


@pytest.mark.parametrize("recipients", [(), (RECIPIENT,)])
def test_evidence_travels_under_its_hash(tmp_path: Path, recipients: tuple[str, ...]) -> None:
    blobs, stick = tmp_path / "blobs", tmp_path / "stick"
    data = bytes(range(256)) * 9000
    sealed_itself = seal(b"an inspector's own sealed file", [RECIPIENT])
    hashes = [blob(blobs, data), blob(blobs, b""), blob(blobs, sealed_itself)]
    first = send_evidence(stick, [*hashes, "0" * 64], lambda sha256: blobs / sha256, recipients=recipients)
    assert (list(first.sent), first.present, first.missing) == (hashes, (), ("0" * 64,))
    again = send_evidence(stick, hashes, lambda sha256: blobs / sha256, recipients=recipients)
    assert (again.sent, list(again.present)) == ((), hashes)
    found = dict(find_evidence([stick]))
    assert set(found) == set(hashes)
    for sha256, content in zip(hashes, (data, b"", sealed_itself), strict=True):
        opened = open_evidence(found[sha256], sha256, tmp_path / "scratch", [IDENTITY])
        assert opened.read_bytes() == content
    assert all(not path.name.startswith(".part") for path in stick.iterdir())


def test_damaged_and_foreign_evidence_is_refused_and_nothing_stays_behind(tmp_path: Path) -> None:
    sha256 = blob(tmp_path / "blobs", b"photo")
    send_evidence(tmp_path / "stick", [sha256], lambda name: tmp_path / "blobs" / name, recipients=[RECIPIENT])
    path = tmp_path / "stick" / (sha256 + EVIDENCE_SUFFIX)
    cases = {"SYNC-014": [], "SYNC-060": [IDENTITY]}
    for expected, identities in cases.items():
        if expected == "SYNC-060":
            path.write_bytes(seal(b"other", [RECIPIENT]))
        with pytest.raises(SyncError) as caught:
            open_evidence(path, sha256, tmp_path / "scratch", identities)
        assert caught.value.code == expected
    with pytest.raises(SyncError) as caught:
        open_evidence(tmp_path / "gone", sha256, tmp_path / "scratch")
    assert caught.value.code == "SYNC-001"
    assert list((tmp_path / "scratch").iterdir()) == []


def test_sending_stops_when_asked(tmp_path: Path) -> None:
    hashes = [blob(tmp_path / "blobs", bytes([number])) for number in range(3)]
    sent = send_evidence(
        tmp_path / "stick", hashes, lambda name: tmp_path / "blobs" / name, progress=lambda done, _all: done < 2
    )
    assert list(sent.sent) == hashes[:2]


@pytest.mark.parametrize("version", [1, 5, 6, 9, 20, 24])
def test_the_stated_sizes_are_the_real_ones(version: int) -> None:
    assert make_code("A" * ALPHANUMERIC_LIMITS[version - 1], version=version).version == version
    assert make_code("x" * LIMITS[version - 1], version=version).version == version
    for text in ("A" * (ALPHANUMERIC_LIMITS[version - 1] + 1), "x" * (LIMITS[version - 1] + 1)):
        with pytest.raises(SyncError) as caught:
            make_code(text, version=version)
        assert caught.value.code == "SYNC-040"


@pytest.mark.parametrize(
    ("columns", "rows", "version"),
    [(80, 22, 5), (80, 24, 6), (100, 28, 8), (100, 30, 9), (120, 38, 13), (120, 40, 14), (200, 58, 23), (200, 60, 24)],
)
def test_the_largest_version_for_a_terminal(columns: int, rows: int, version: int) -> None:
    assert fitting_version(columns, rows) == version
    assert cells(version)[0] <= columns
    assert fitting_version(10, 5) == 0


def test_half_blocks_are_the_code_with_a_light_border() -> None:
    code = make_code("FIELDKIT1/ABC", version=5)
    lines = half_blocks(code)
    assert {len(line) for line in lines} == {41}
    assert len(lines) == 21
    modules = []
    for line in lines:
        modules.append([sign in " ▄" for sign in line])
        modules.append([sign in " ▀" for sign in line])
    assert not any(any(row) for row in modules[:2])
    inner = tuple(tuple(row[2:39]) for row in modules[2:39])
    assert inner == code.modules


def test_pictures_are_read_by_another_program(tmp_path: Path) -> None:
    text = "FIELDKIT1/" + "0123456789ABCDEF" * 4 + "/12/3/4567"
    write_picture(make_code(text), tmp_path / "codes" / "one.png")
    assert (tmp_path / "codes" / "one.png").stat().st_size > 100
    found = zxingcpp.read_barcodes(picture(make_code("甲乙 text")).convert("L"))
    assert [code.text for code in found] == ["甲乙 text"]
    assert [code.text for code in zxingcpp.read_barcodes(picture(make_code(text)).convert("L"))] == [text]
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SyncError):
        write_picture(make_code(text), tmp_path / "file" / "one.png")
