"""Filling line by line: the same work for pipes and screen readers."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from fieldkit.store.disk import Disk
from tests.e2e.commandline import SUBJECTS, Cli


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """Return a laptop with the register."""
    laptop = Cli(tmp_path / "laptop")
    laptop("subject", "import", SUBJECTS)
    return laptop


def test_questions_come_one_by_one_and_are_saved(cli: Cli) -> None:
    """Numbers pick choices, dates may be short, commands begin with a slash."""
    visit = cli("visit", "start", "--subject", "B-LL", "--form", "branch_std")["visit"]
    lines = "0\n2\n/back\n/clear\n/go /data/c/c_life\n3\n/note cold hall\n/finding no meeting\n/undo\n/ready\n/quit\n"
    output = cli.text("fill", visit, "--plain", stdin=lines)
    assert "Visit date" in output
    assert "proposes a finding S2" in output
    shown = cli("visit", "show", visit)
    answers = shown["forms"][0]["answers"]
    assert answers["/data/hd/visit_date"]["value"] == "2026-01-10"
    assert answers["/data/hd/visit_mode"]["value"] == ""
    assert answers["/data/c/c_life"]["value"] == "none"
    assert [finding["statement"] for finding in shown["findings"]] == ["no meeting"]
    assert shown["state"] == "open"


def test_a_refused_value_is_asked_again(cli: Cli) -> None:
    """The message has its code, the exit code says that something was refused."""
    visit = cli("visit", "start", "--subject", "B-LL", "--form", "branch_std")["visit"]
    output = cli.text("fill", visit, "--plain", stdin="someday\n20260109\n")
    assert "VISIT-011" in output
    assert cli.code == 1
    assert cli("visit", "show", visit)["forms"][0]["answers"]["/data/hd/visit_date"]["value"] == "2026-01-09"


def test_the_last_round_stands_beside_the_question_and_can_be_repeated(cli: Cli, tmp_path: Path) -> None:
    """The newest earlier visit that is final counts, whatever lies between."""
    from tests.e2e.commandline import branch

    earlier = cli("visit", "start", "--subject", "B-LL", "--form", "branch_std")["visit"]
    cli.fill(earlier, branch(c_life="part"))
    cli("visit", "move", earlier, "ready")
    cli("visit", "move", earlier, "finalise")
    later = Cli(cli.home, now="2026-01-11T09:30:00+08:00")
    visit = later("visit", "start", "--subject", "B-LL", "--form", "branch_std")["visit"]
    hidden = later("visit", "show", visit)["forms"][0]["answers"]
    score = cli("visit", "show", earlier)["forms"][0]["score"]
    assert float(hidden["/data/hd/prev_score"]["value"]) == score["percent"]
    output = later.text("fill", visit, "--plain", stdin="/go /data/c/c_life\n/same\n/quit\n")
    assert "last round 2026-01-09" in output
    assert later("visit", "show", visit)["forms"][0]["answers"]["/data/c/c_life"]["value"] == "part"
    del tmp_path


def test_a_full_disk_is_said_and_nothing_is_half_there(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer before it stays, and the next one goes when there is room."""
    visit = cli("visit", "start", "--subject", "B-LL", "--form", "branch_std")["visit"]
    cli("visit", "answer", visit, "/data/c/c_life", "part")
    before = cli("state")

    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Disk, "write", full)
        error = cli.error("visit", "answer", visit, "/data/c/c_life", "full", code=3)
    assert error["code"] == "STORE-010"
    assert error["hint"]
    assert cli("state") == before
    assert cli("visit", "answer", visit, "/data/c/c_life", "full")[0]["value"] == "full"
    assert cli("verify")["ok"]


def test_a_photo_loses_place_and_owner(cli: Cli, tmp_path: Path) -> None:
    """What is stored and hashed is the cleaned picture; a format that cannot be cleaned is refused."""
    from PIL import Image

    visit = cli("visit", "start", "--subject", "B-LL", "--form", "branch_std")["visit"]
    photo = tmp_path / "photo.jpg"
    exif = Image.Exif()
    exif[0x010F] = "SecretCameraMaker"
    exif[0x013B] = "owner of the phone"
    Image.new("RGB", (8, 8), "red").save(photo, exif=exif)
    attached = cli("visit", "attach", visit, photo, "--ref", "/data/c/c_life", "--code", "P")
    stored = (cli.home / "blobs" / attached["sha256"][:2] / attached["sha256"]).read_bytes()
    assert b"SecretCameraMaker" in photo.read_bytes()
    assert b"SecretCameraMaker" not in stored
    assert b"owner" not in stored
    assert (attached["bytes"], attached["name"]) == (len(stored), "photo.jpg")
    raw = tmp_path / "photo.heic"
    raw.write_bytes(b"\x00\x00\x00\x18ftypheic" + bytes(32))
    assert cli.error("visit", "attach", visit, raw)["code"] == "PHOTO-001"
    assert len(cli("visit", "show", visit)["evidence"]) == 1
