"""Opening a file with the system's program."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from fieldkit.errors import EvidenceError
from fieldkit.io import opener


@pytest.mark.parametrize(("platform", "program"), [("darwin", "open"), ("win32", "explorer")])
def test_the_program_of_each_platform(platform: str, program: str) -> None:
    assert opener.command_for(Path("a.pdf"), platform=platform) == [program, "a.pdf"]


def test_the_first_opener_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/gio" if name == "gio" else None)
    assert opener.command_for(Path("a.pdf"), platform="linux") == ["/usr/bin/gio", "open", "a.pdf"]
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert opener.command_for(Path("a.pdf"), platform="linux") is None


def test_it_starts_the_program_and_does_not_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.pdf"
    file.touch()
    started: list[list[str]] = []
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(opener, "command_for", lambda path: ["viewer", str(path)])
    monkeypatch.setattr(subprocess, "Popen", lambda command, **options: started.append(command))
    opener.open_file(file)
    assert started == [["viewer", str(file)]]


def test_without_a_program_the_path_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.pdf"
    file.touch()
    monkeypatch.setattr(opener, "command_for", lambda path: None)
    with pytest.raises(EvidenceError) as caught:
        opener.open_file(file)
    assert caught.value.code == "OPEN-002"
    assert str(file) in caught.value.hint


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError) as caught:
        opener.open_file(tmp_path / "gone.pdf")
    assert caught.value.code == "OPEN-001"
