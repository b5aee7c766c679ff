"""What a form stores by itself: the moment filling began and the moment it ended."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.commandline import SUBJECTS, Cli

FORM = """
| survey |       |       |       |          |
|        | type  | name  | label | required |
|        | start | begun |       |          |
|        | end   | ended |       |          |
|        | text  | seen  | Seen  | yes      |
| settings |         |            |         |
|          | form_id | form_title | version |
|          | yard    | Yard       | 1       |
"""


def test_the_end_of_filling_is_stored_when_the_visit_is_ready(tmp_path: Path) -> None:
    """``end`` is empty while the visit is filled and holds the moment of the move afterwards."""
    cli = Cli(tmp_path / "home")
    form = tmp_path / "yard.md"
    form.write_text(FORM, encoding="utf-8")
    cli("subject", "import", SUBJECTS)
    cli("form", "add", form)
    visit = cli("visit", "start", "--subject", "B-LL", "--form", "yard")["visit"]
    cli("visit", "answer", visit, "/data/seen", "a fence")
    before = cli("visit", "show", visit)["forms"][0]["answers"]
    assert before["/data/begun"]["value"]
    assert before["/data/ended"]["value"] == ""
    cli("visit", "move", visit, "ready")
    after = cli("visit", "show", visit)["forms"][0]["answers"]
    assert after["/data/ended"]["value"] >= after["/data/begun"]["value"]
