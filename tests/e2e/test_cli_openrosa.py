"""Final visits as OpenRosa submissions: serialised once, written as files, sent to a server that checks all of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from fieldkit.sync.openrosa import submission_id
from tests.e2e.commandline import Cli, branch
from tests.e2e.test_cli_full_loop import submitted, team
from tests.unit.forms.builder import xform
from tests.unit.io.test_openrosa import Central


@pytest.fixture
def central() -> Iterator[tuple[type[Central], str]]:
    """Run a server that keeps what it gets as ODK Central does."""
    kind = type("One", (Central,), {"records": {}, "files": {}, "complete": set(), "seen": [], "mode": ""})
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield kind, f"http://127.0.0.1:{server.server_address[1]}/v1/key/TOKEN/projects/1"
        server.shutdown()
        thread.join()


def final_visit(cli: Cli) -> str:
    """Return a final visit with one checklist."""
    visit = str(cli("visit", "start", "--subject", "V-LL", "--form", "branch_std")["visit"])
    cli.fill(visit, branch(c_life="none", d_full="part"), "branch_std:")
    submitted(cli, visit)
    return visit


def corrected(cli: Cli, visit: str) -> None:
    """Return a visit with a remark, correct it and make it final again."""
    cli("actor", "add", "R01", "--role", "reviewer")
    remarks = 'remarks=[{"question": null, "text": "add the basis"}]'
    cli("--actor", "R01", "visit", "move", visit, "return", "--set", remarks)
    cli("visit", "answer", visit, "branch_std:/data/c/c_life", "part")
    cli("visit", "move", visit, "ready")
    cli("visit", "move", visit, "finalise")


def test_files_hold_the_same_bytes_each_time_and_a_correction_names_what_it_replaces(tmp_path: Path) -> None:
    """Open visits are left out; a new revision has an id of its own."""
    cli = team(tmp_path / "laptop")
    cli("visit", "start", "--subject", "V-SQ", "--form", "branch_std")
    assert cli("export", "--format", "openrosa", "--to", tmp_path / "none")["submissions"] == []
    visit = final_visit(cli)
    (row,) = cli("export", "--format", "openrosa", "--to", tmp_path / "one")["submissions"]
    assert (row["visit"], row["form_id"], row["revision"], row["status"]) == (visit, "branch_std", 1, "written")
    data = Path(row["file"]).read_bytes()
    root = ET.fromstring(data)
    assert root.attrib["id"] == "branch_std"
    assert root.attrib["version"]
    assert submission_id(data) == row["instance_id"]
    assert row["instance_id"].startswith("uuid:")
    (again,) = cli("export", "--format", "openrosa", "--to", tmp_path / "two")["submissions"]
    assert Path(again["file"]).read_bytes() == data
    corrected(cli, visit)
    (later,) = cli("export", "--format", "openrosa", "--to", tmp_path / "three")["submissions"]
    assert later["revision"] == 2
    assert later["instance_id"] not in ("", row["instance_id"])
    text = Path(later["file"]).read_text(encoding="utf-8")
    assert f"deprecatedID>{row['instance_id']}<" in text


def test_a_server_takes_each_record_once_and_stored_bytes_go_again(
    central: tuple[type[Central], str], tmp_path: Path
) -> None:
    """HEAD first; what a proxy answered counts as not sent, and the same bytes are sent the next time."""
    kind, address = central
    cli = team(tmp_path / "laptop")
    final_visit(cli)
    kind.mode = "proxy"
    (row,) = cli.any("export", "--format", "openrosa", "--to", address)["submissions"]
    assert (cli.code, row["status"], row["reason"][:8]) == (1, "failed", "SYNC-070")
    (file,) = cli("export", "--format", "openrosa", "--to", tmp_path / "out")["submissions"]
    kind.mode = ""
    (row,) = cli("export", "--format", "openrosa", "--to", address)["submissions"]
    assert row["status"] == "created"
    assert [line.split()[0] for line in kind.seen] == ["HEAD", "POST", "HEAD", "POST"]
    assert kind.records == {row["instance_id"]: Path(file["file"]).read_bytes()}
    assert cli("export", "--format", "openrosa", "--to", address)["submissions"] == []
    kind.mode = "portal"
    corrected(cli, row["visit"])
    assert cli.error("export", "--format", "openrosa", "--to", address)["code"] == "SYNC-070"


def test_a_form_that_makes_no_identity_goes_out_with_one(tmp_path: Path) -> None:
    """Servers know a record by it alone; what was sent once keeps it."""
    cli = team(tmp_path / "laptop")
    form = tmp_path / "plain.xml"
    form.write_bytes(
        xform("<a/><meta><instanceID/></meta>", "<bind nodeset='/data/a' type='string'/>", "<input ref='/data/a'/>")
    )
    cli("form", "add", form)
    visit = str(cli("visit", "start", "--subject", "V-LL", "--form", "t")["visit"])
    cli("visit", "answer", visit, "t:/data/a", "x")
    submitted(cli, visit)
    (row,) = cli("export", "--format", "openrosa", "--to", tmp_path / "one")["submissions"]
    data = Path(row["file"]).read_bytes()
    assert row["instance_id"].startswith("uuid:")
    assert f"<instanceID>{row['instance_id']}</instanceID>".encode() in data
    (again,) = cli("export", "--format", "openrosa", "--to", tmp_path / "two")["submissions"]
    assert Path(again["file"]).read_bytes() == data
