"""The whole QR path: frames on a terminal, photographed badly, a third lost, scanned and opened."""

from __future__ import annotations

import importlib
import itertools
import random
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from fieldkit.errors import SyncError
from fieldkit.io.qr import half_blocks, make_code, write_picture
from fieldkit.io.scan import codes_of_lines, codes_of_picture, scan, scan_source, write_frames
from fieldkit.model.operation import Operation
from fieldkit.sync.bundle import Context, build, open_bundle
from fieldkit.sync.frames import Frames, Progress
from tests.terminal_camera import photograph, screen_picture


def bundle_bytes(count: int = 60) -> bytes:
    chance = random.Random(5)
    operations = [
        Operation("a" * 16, seq, f"{1_700_000_000_000 + seq * 900}.0", "A1/inspector", "visit/v",
                  f"answer:branch_std:/data/g{seq % 7}/q{seq}", str(chance.randrange(1000)))
        for seq in range(1, count + 1)
    ]  # fmt: skip
    return build(operations, Context("a" * 16, {"a" * 16: count}))[0].data


@pytest.mark.parametrize("version", [5, 6, 9])
def test_a_bundle_passes_from_terminal_to_camera(tmp_path: Path, version: int) -> None:
    """Half blocks to pictures, 30 % dropped, turned, tilted, blurred, noisy: the bundle opens with equal bytes."""
    data = bundle_bytes()
    frames = Frames(data, version)
    chance = random.Random(version)
    for index in range(frames.advised):
        if chance.random() < 0.3:
            continue
        lines = half_blocks(make_code(frames.text(index), version=version, mask=2))
        photograph(screen_picture(lines), chance).save(tmp_path / f"{index:04d}.png")
    (tmp_path / "notes.png").write_bytes(b"no picture")
    target = tmp_path / "got.fkb"
    progress = scan_source(str(tmp_path), target)
    assert progress.is_complete
    assert target.read_bytes() == data
    assert len(open_bundle(target.read_bytes()).operations) == 60


def test_written_frames_are_read_from_their_folder_and_a_stopped_scan_goes_on(tmp_path: Path) -> None:
    data = bundle_bytes()
    folder, target = tmp_path / "frames", tmp_path / "out" / "got.fkb"
    frames = write_frames(data, folder, version=9)
    pictures = sorted(folder.iterdir())
    assert len(pictures) == frames.advised
    heard: list[Progress] = []

    def two_only(progress: Progress) -> bool:
        heard.append(progress)
        return len(heard) < 2

    with pytest.raises(SyncError) as caught:
        scan_source(str(folder), target, on_progress=two_only)
    assert caught.value.code == "SYNC-044"
    assert caught.value.where == {"got": 2, "needed": frames.symbols}
    assert not target.exists()
    for path in pictures[:2]:
        path.unlink()
    for path in pictures[frames.symbols + 3 :]:
        path.unlink()
    scan_source(str(folder), target)
    assert target.read_bytes() == data
    assert [path.name for path in target.parent.iterdir()] == ["got.fkb"]


def test_pasted_lines_are_enough(tmp_path: Path) -> None:
    data = bundle_bytes(3)
    frames = Frames(data, 5)
    lines = [frames.text(index) for index in range(frames.symbols + 8) if index % 3]
    pasted = tmp_path / "pasted.txt"
    pasted.write_text("\n\n".join(["hello", "x" * 20_000, *lines]), encoding="ascii")
    scan_source(str(pasted), tmp_path / "got.fkb")
    assert (tmp_path / "got.fkb").read_bytes() == data
    with pytest.raises(SyncError) as caught:
        scan(codes_of_lines(["nothing"]), tmp_path / "none")
    assert caught.value.code == "SYNC-044"


def test_a_video_is_read(tmp_path: Path) -> None:
    cv2: Any = pytest.importorskip("cv2", reason="needs opencv")
    numpy: Any = pytest.importorskip("numpy")
    data = bundle_bytes(20)
    frames = Frames(data, 9)
    pictures = [
        screen_picture(half_blocks(make_code(frames.text(index), version=9, mask=2)))
        for index in range(frames.symbols + 4)
    ]
    path = tmp_path / "show.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, pictures[0].size)
    for picture in pictures[2:]:
        writer.write(cv2.cvtColor(numpy.array(picture), cv2.COLOR_GRAY2BGR))
    writer.release()
    scan_source(str(path), tmp_path / "got.fkb")
    assert (tmp_path / "got.fkb").read_bytes() == data
    (tmp_path / "broken.avi").write_bytes(b"no video")
    for name in ("broken.avi", "gone.avi"):
        with pytest.raises(SyncError) as caught:
            scan_source(str(tmp_path / name), tmp_path / "none")
        assert caught.value.code == "SYNC-001"


def test_without_the_extra_the_message_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zxingcpp", None)
    Image.new("L", (9, 9)).save(tmp_path / "one.png")
    with pytest.raises(SyncError) as caught:
        codes_of_picture(tmp_path / "one.png")
    assert caught.value.code == "SYNC-042"
    assert "camera" in caught.value.hint
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(SyncError) as caught:
        scan_source("camera", tmp_path / "none")
    assert caught.value.code == "SYNC-042"
    monkeypatch.undo()
    assert importlib.import_module("zxingcpp")


CARD = "FIELDKIT-OFFICE:AB12 CD34"


def test_a_still_code_is_a_file_of_its_own(tmp_path: Path) -> None:
    """A picture of a card gives the card; an unfinished film beside it stays for the next scan."""
    write_picture(make_code(CARD), tmp_path / "card.png", scale=4)
    target, kept = tmp_path / "got", tmp_path / "got.scan"
    line = Frames(bundle_bytes(), 9).text(0)
    kept.write_text(line + "\n", encoding="ascii")
    assert scan_source(str(tmp_path / "card.png"), target) == Progress(1, 1, 1, 0)
    assert target.read_text(encoding="ascii") == CARD + "\n"
    assert kept.read_text(encoding="ascii") == line + "\n"


def test_a_film_goes_before_a_still_code_beside_it(tmp_path: Path) -> None:
    data = bundle_bytes(3)
    frames = Frames(data, 5)
    lines = [CARD, *(frames.text(index) for index in range(frames.advised))]
    scan(codes_of_lines(lines), tmp_path / "got")
    assert (tmp_path / "got").read_bytes() == data
    with pytest.raises(SyncError) as caught:
        scan(codes_of_lines([CARD, lines[1]]), tmp_path / "half")
    assert caught.value.code == "SYNC-044"


def test_a_camera_stops_at_a_still_code(tmp_path: Path) -> None:
    """A camera never ends by itself: the first still code ends it, but none amid the frames of a film."""
    scan(itertools.repeat(CARD), tmp_path / "card", endless=True)
    assert (tmp_path / "card").read_text(encoding="ascii") == CARD + "\n"
    data = bundle_bytes(3)
    frames = Frames(data, 5)
    film = [frames.text(0), CARD, *(frames.text(index) for index in range(1, frames.advised))]
    scan(iter(film), tmp_path / "film", endless=True)
    assert (tmp_path / "film").read_bytes() == data
