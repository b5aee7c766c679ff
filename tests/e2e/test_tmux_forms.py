"""Forms that are no checklist of ours, in a real terminal: tables inside rows, scales, long texts, grids."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.terminal import FIELDKIT, Terminal, fieldkit

pytestmark = [pytest.mark.needs("tmux"), pytest.mark.slow]

LONG = " ".join(f"Sentence {number} of what to look at." for number in range(1, 13))
NESTED = f"""| survey | | | | | |
| | type | name | label | parameters | constraint |
| | note | intro | {LONG} | | |
| | range | scale | How satisfied | start=0 end=10 step=2 | |
| | begin_repeat | groups | Groups | | |
| | text | g_name | Name of the group | | |
| | begin_repeat | members | Members | | |
| | integer | age | Age from | | . < 120 |
| | note | who | Somebody of ${{g_name}} | | |
| | end_repeat | | | | |
| | integer | met | Meetings | | |
| | end_repeat | | | | |
| | text | last | Anything else | | |
| settings | | | | | |
| | form_title | form_id | | | |
| | Nested | nested | | | |
"""


def started(home: Path, folder: Path) -> str:
    """Make a workspace with the form and one open visit, and return the visit."""
    table, sheet = folder / "subjects.csv", folder / "nested.md"
    table.write_text("id,kind,name_zh,name_en,parent,band\nC1,county,临河县,Linhe county,,\n", encoding="utf-8")
    sheet.write_text(NESTED, encoding="utf-8")
    assert fieldkit(home, "subject", "import", str(table)).returncode == 0
    added = fieldkit(home, "form", "add", str(sheet))
    assert added.returncode == 0, added.stdout + added.stderr
    fieldkit(home, "actor", "use", "A01")
    done = fieldkit(home, "visit", "start", "--subject", "C1", "--form", "nested", "--json")
    assert done.returncode == 0, done.stderr
    return str(json.loads(done.stdout)["visit"])


def test_tables_inside_rows_are_entered_and_left_cell_by_cell(tmp_path: Path) -> None:
    """The way into a table of a row and out of it never loses the row; the title says which row it is."""
    home = tmp_path / "home"
    visit = started(home, tmp_path)
    with Terminal(tmp_path / "tmux", (80, 24)) as terminal:
        terminal.start([*FIELDKIT, "--home", str(home), "--lang", "en", "open", visit])
        terminal.see("Sentence 12 of what to look at.")
        terminal.keys("Tab")
        terminal.see("type a number from 0 to 10, step 2")
        terminal.type("95")
        terminal.keys("Enter")
        terminal.see("95 is outside the scale")
        terminal.see("> 95")
        terminal.type("8")
        terminal.keys("Enter")
        terminal.see("A table with 1 row.")
        terminal.keys("Enter", "Enter")
        terminal.settled()
        terminal.type("North")
        terminal.keys("Enter")
        terminal.settled()
        terminal.keys("Enter")
        terminal.see("2 rows")
        terminal.keys("Enter")
        terminal.settled()
        terminal.type("South")
        terminal.keys("Tab")
        terminal.see("(Groups 2)")
        terminal.keys("Enter")
        terminal.see("add a row")
        terminal.keys("Enter")
        terminal.see("Somebody of South")
        terminal.type("150")
        terminal.keys("Enter")
        terminal.see("!150")
        terminal.keys("Down", "Down")
        terminal.wait(
            lambda shown: "5-1" in shown or ("Meetings" in shown and "(Groups 2)" not in shown), "the outer row"
        )
        terminal.type("7")
        terminal.keys("Enter")
        terminal.settled()
        terminal.keys("Up", "Right")
        terminal.see("(Groups 2)")
        terminal.keys("Enter")
        terminal.see("!150")
        terminal.keys("Escape")
        shown = terminal.see("2 rows")
        assert next(row for row in shown.split("\n") if row.lstrip().startswith(">")).split()[:3] == [">", "2", "South"]
    values = json.loads(fieldkit(home, "visit", "show", visit, "--json").stdout)
    kept = json.dumps(values, ensure_ascii=False)
    assert '"7"' in kept
    assert '"95"' not in kept
