"""QR codes in the terminal by the command line."""

from __future__ import annotations

import argparse
import io
import time
from pathlib import Path

import pytest

from fieldkit.cli import keys
from fieldkit.cli.commands import build
from fieldkit.cli.session import Session
from fieldkit.errors import UsageError
from tests.e2e.commandline import Cli


class _Terminal(io.StringIO):
    """Text that goes to a terminal."""

    def isatty(self) -> bool:
        """Tell that this is a terminal."""
        return True


@pytest.fixture
def bundle(tmp_path: Path) -> tuple[Cli, Path]:
    """A workspace and a bundle that needs several codes."""
    cli = Cli(tmp_path / "laptop")
    cli("subject", "add", "id=V1", "kind=village", "name_zh=柳林村", "name_en=Liulin Village")
    return cli, Path(cli("export", "--to", tmp_path / "stick")["bundles"][0]["file"])


def test_json_is_alone_on_standard_output(bundle: tuple[Cli, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """The pictures go to standard error then."""
    cli, file = bundle
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    document = cli("qr", "show", file, "--version", "6")
    assert document["frames"] > document["symbols"] > 1
    assert cli.errors.count("\x1b[H") == document["frames"]


def test_fast_flashing_on_a_terminal_is_asked_about(bundle: tuple[Cli, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an answer nothing flashes; agreed, or slow, it does."""
    _cli, file = bundle
    shown = _Terminal()
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    monkeypatch.setattr("sys.stdout", shown)
    session = Session(argparse.Namespace())

    def run(*words: str) -> None:
        keys.show_frames(session, build().parse_args(["qr", "show", str(file), "--version", "6", *words]))

    with pytest.raises(UsageError, match="photosensitive") as refused:
        run("--rate", "10")
    assert refused.value.code == "CLI-011"
    assert not shown.getvalue()
    run("--rate", "10", "--yes")
    assert "\x1b[H" in shown.getvalue()
