"""Pipes and devices where a file is asked for: a clear refusal, and no command waits or reads for ever."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.e2e.commandline import Cli

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("form", "add"), "FORM-200"),
        (("subject", "import"), "SUBJ-001"),
        (("key", "trust"), "SYNC-001"),
        (("receipt", "apply"), "SYNC-001"),
        (("restore",), "STORE-040"),
    ],
)
def test_a_pipe_is_refused(tmp_path: Path, words: tuple[str, ...], code: str) -> None:
    """Reading it would wait for a writer that never comes."""
    pipe = tmp_path / "pipe.fkb"
    os.mkfifo(pipe)
    cli = Cli(tmp_path / "laptop")
    cli("actor", "list")
    document = cli.any(*words, pipe)
    assert document["error"]["code"] == code
    assert cli.code in {1, 3}


def test_a_pipe_among_bundles_stops_no_other(tmp_path: Path) -> None:
    """It is refused as one entry; the bundle beside it is imported."""
    laptop, office = Cli(tmp_path / "laptop"), Cli(tmp_path / "office")
    laptop("subject", "add", "id=V1", "kind=village", "name_zh=柳林村")
    bundle = laptop("export", "--to", tmp_path / "stick")["bundles"][0]["file"]
    pipe = tmp_path / "pipe.fkb"
    os.mkfifo(pipe)
    rows = office.any("import", pipe, bundle)
    assert [row["status"] for row in rows] == ["refused", "imported"]
    assert office.code == 1


@pytest.mark.skipif(sys.platform == "win32", reason="this system has no /dev/zero")
def test_a_device_without_end_is_no_form(tmp_path: Path) -> None:
    """It would fill the memory."""
    cli = Cli(tmp_path / "laptop")
    checked = cli.any("form", "check", "/dev/zero")
    assert not checked[0]["ok"]
    assert checked[0]["problems"][0]["code"] == "FORM-200"


def test_the_demo_takes_the_named_workspace_only_while_it_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment names it as the option does; a workspace at work is never filled with examples."""
    named = tmp_path / "named"
    monkeypatch.setenv("FIELDKIT_HOME", str(named))
    from fieldkit.cli import main

    assert main(["demo", "--no-open", "--json"]) == 0
    assert (named / "workspace.json").exists()
    before = sorted(path.name for path in named.rglob("*"))
    assert main(["demo", "--no-open", "--json"]) == 0
    assert sorted(path.name for path in named.rglob("*")) == before
