"""The journal cut at every byte, with garbage behind it, and with flipped bits: exact, refused, or set aside."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from fieldkit.errors import StoreError
from fieldkit.store import Options, open_store
from fieldkit.store.care import seal_workspace
from fieldkit.store.lines import parse_line
from tests.crash.scale import report, scaled
from tests.crash.workload import PLAIN, Picture, Workload, picture

PASSPHRASE = "a long enough passphrase"


def prepared(work: Path, *, sealed: bool, steps: int) -> tuple[Path, bytes, dict[int, Picture]]:
    """Make a workspace of one segment; return it, the segment's bytes and the picture at each committed length."""
    home = work / "home"
    passphrase = None
    if sealed:
        open_store(home, options=PLAIN).close()
        seal_workspace(home, PASSPHRASE)
        passphrase = PASSPHRASE
    workload = Workload(home, 21, PLAIN, passphrase=passphrase)
    pictures: dict[int, Picture] = {0: picture(workload.store)}
    while len(workload.names) < steps:
        workload.step()
        segments = workload.store.engine.journal.segments
        pictures[segments[-1].size if segments else 0] = picture(workload.store)
    workload.store.close()
    shutil.rmtree(home / "state", ignore_errors=True)
    (home / "journal" / "mark").unlink()
    return home, next((home / "journal").glob("*.seg")).read_bytes(), pictures


def seen_after(home: Path, data: bytes, *, sealed: bool) -> Picture:
    """Open the workspace with this segment and return what is there."""
    segment = home / "journal" / "00000001-0000.seg"
    shutil.rmtree(home / "quarantine", ignore_errors=True)
    segment.write_bytes(data)
    with open_store(home, passphrase=PASSPHRASE if sealed else None, options=PLAIN) as store:
        return picture(store)


def expected_at(pictures: dict[int, Picture], length: int) -> Picture:
    """Return the picture of the last write that lies wholly within a length."""
    return pictures[max(size for size in pictures if size <= length)]


def line_end(data: bytes, length: int, pictures: dict[int, Picture]) -> int:
    """Return the committed length where garbage that is a line feed completes the record that was cut."""
    return (
        length + 1 if length < len(data) and data[length : length + 1] == b"\n" and length + 1 in pictures else length
    )


@pytest.mark.parametrize("sealed", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_cut_at_every_byte_opens_exactly_a_prefix(work: Path, *, sealed: bool) -> None:
    """Neither one operation less nor one more than was written before the cut."""
    home, data, pictures = prepared(work, sealed=sealed, steps=scaled(8 if sealed else 12, 60))
    lengths = range(0, len(data) + 1, scaled(29 if sealed else 3, 1))
    for length in lengths:
        assert seen_after(home, data[:length], sealed=sealed) == expected_at(pictures, length), length
    report(cuts=len(lengths), lost=0)


def test_garbage_behind_a_cut_changes_nothing(work: Path) -> None:
    """Zeros, random bytes, old data backwards and line feeds are set aside."""
    home, data, pictures = prepared(work, sealed=False, steps=scaled(10, 40))
    roll = random.Random(3)
    tails = (bytes(700), roll.randbytes(600), data[:500][::-1], b"\n" * 40)
    lengths = range(0, len(data), scaled(37, 5))
    for length in lengths:
        for tail in tails:
            whole = line_end(data, length, pictures) if tail.startswith(b"\n") else length
            assert seen_after(home, data[:length] + tail, sealed=False) == expected_at(pictures, whole), length
    report(tails=len(lengths) * len(tails), lost=0)


@pytest.mark.parametrize("sealed", [False, True])
def test_a_flipped_bit_is_never_silent(work: Path, *, sealed: bool) -> None:
    """Refused with a code, or, in the very last write, set aside as unfinished; line feeds are flipped in any case."""
    home, data, pictures = prepared(work, sealed=sealed, steps=scaled(10, 40))
    sizes = sorted(pictures)
    refused = aside = 0
    feeds = [place for place, byte in enumerate(data) if byte == ord("\n")]
    for place in sorted({*range(0, len(data), scaled(97 if sealed else 11, 1)), *feeds}):
        changed = bytearray(data)
        changed[place] ^= 1 << (place % 8)
        try:
            seen = seen_after(home, bytes(changed), sealed=sealed)
        except StoreError as error:
            assert error.code in {"STORE-006", "STORE-007", "STORE-032", "STORE-004"}  # noqa: PT017 - which code depends on the moment
            assert (home / "journal" / "00000001-0000.seg").read_bytes() == bytes(changed)
            refused += 1
            continue
        assert place >= sizes[-2]
        assert seen == pictures[sizes[-2]]
        aside += 1
    assert refused > 0
    assert aside > 0
    report(flips=refused + aside, refused=refused, set_aside=aside, silent=0)


def test_what_is_set_aside_is_kept(work: Path) -> None:
    """The bytes of an unfinished write lie in quarantine, and the person is told."""
    home, data, _pictures = prepared(work, sealed=False, steps=8)
    (home / "journal" / "00000001-0000.seg").write_bytes(data + b"half a rec")
    with open_store(home, options=PLAIN) as store:
        assert [problem["code"] for problem in store.problems] == ["STORE-008"]
    kept = list((home / "quarantine").glob("*.torn"))
    assert [path.read_bytes() for path in kept] == [b"half a rec"]
    with open_store(home, options=PLAIN) as store:
        assert store.problems == []


def test_a_damaged_sidecar_comes_back_from_the_journal(work: Path) -> None:
    """Any flipped byte in a run is noticed when it is read, and the answer is right all the same."""
    options = Options(ballast_bytes=0, memory_bytes=1500, tail_lines=0)
    home = work / "home"
    workload = Workload(home, 22, options)
    for _step in range(40):
        workload.step()
    expected = picture(workload.store)
    workload.store.close()
    runs = sorted((home / "state").glob("*.run"))
    assert runs
    healed = flips = 0
    for run in runs:
        data = run.read_bytes()
        for place in range(0, len(data), scaled(151, 7)):
            changed = bytearray(data)
            changed[place] ^= 1
            run.write_bytes(bytes(changed))
            with open_store(home, read_only=True, options=options) as store:
                assert picture(store) == expected
                healed += store.engine.runs_discarded
            flips += 1
        run.write_bytes(data)
    assert healed > 0
    report(flips=flips, healed=healed, wrong=0)


@pytest.mark.parametrize("name", ["runs.json", "newest run", "everything"])
def test_a_lost_sidecar_comes_back_from_the_journal(work: Path, name: str) -> None:
    """All of it is derived."""
    options = Options(ballast_bytes=0, memory_bytes=1500, tail_lines=0)
    home = work / "home"
    workload = Workload(home, 23, options)
    for _step in range(30):
        workload.step()
    expected = picture(workload.store)
    workload.store.close()
    if name == "everything":
        shutil.rmtree(home / "state")
    elif name == "runs.json":
        (home / "state" / name).unlink()
    else:
        max((home / "state").glob("*.run")).unlink()
    with open_store(home, options=options) as store:
        assert picture(store) == expected


def test_each_line_can_be_read_with_an_editor(work: Path) -> None:
    """A line is checksum, number, kind and JSON in UTF-8."""
    _home, data, _pictures = prepared(work, sealed=False, steps=10)
    for raw in data.splitlines():
        assert parse_line(raw) is not None
        raw.decode("utf-8")
