"""The real app in a real terminal, with an input method left on: full-width digits, Han in texts, no ASCII letter."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.e2e.terminal import FIELDKIT, Terminal, fieldkit

pytestmark = [pytest.mark.needs("tmux"), pytest.mark.slow]

FULL_WIDTH = str.maketrans("0123456789.-", "０１２３４５６７８９。－")
SUBJECTS = """id,kind,name_zh,name_en,parent,band
C1,county,临河县,Linhe county,,
T1,township,河西乡,Hexi township,C1,
V1,village,柳林村,Liulin village,T1,hill
B1,branch,柳林村党支部,Liulin branch,V1,
"""


def prepare(home: Path, form: str, subject: str, tmp_path: Path) -> str:
    """Make a workspace with four subjects and one open visit, and return the visit."""
    table = tmp_path / "subjects.csv"
    table.write_text(SUBJECTS, encoding="utf-8")
    assert fieldkit(home, "subject", "import", str(table)).returncode == 0
    fieldkit(home, "actor", "add", "insp-03", "--role", "inspector,team_lead")
    fieldkit(home, "actor", "use", "insp-03")
    done = fieldkit(home, "visit", "start", "--subject", subject, "--form", form, "--json")
    assert done.returncode == 0, done.stderr
    return str(json.loads(done.stdout)["visit"])


def progress(home: Path, visit: str) -> dict[str, int]:
    """Return the counters of the visit's form."""
    shown = json.loads(fieldkit(home, "visit", "show", visit, "--json").stdout)
    counters: dict[str, int] = shown["forms"][0]["progress"]
    return counters


def typed_for(shown: str) -> list[tuple[str, str]]:
    """Return what somebody with an input method left on types for the question that is shown."""
    hints = shown.rsplit("\n", maxsplit=1)[-1]
    if re.search(r"1(-\d)?( \.)? answer", hints):
        return [("type", "1")]
    if re.search(r"toggle", hints):
        return [("type", "1"), ("key", "Enter")]
    if "type a date" in shown or "type date" in shown:
        return [("type", "0"), ("key", "Enter")]
    if "type a time" in shown:
        return [("type", "0930"), ("key", "Enter")]
    if "0-9 answer" in hints:
        return [("type", "1"), ("key", "Enter")]
    return [("key", "Enter"), ("han", "柳林村"), ("key", "Enter")]


@pytest.mark.parametrize(("form", "subject"), [("branch_std", "B1"), ("village_econ", "V1")])
def test_a_checklist_is_filled_with_the_twelve_keys(form: str, subject: str, tmp_path: Path) -> None:
    """Nothing required is left after digits, the full stop, Enter, Tab and F-keys alone."""
    home = tmp_path / "home"
    visit = prepare(home, form, subject, tmp_path)
    with Terminal(tmp_path / "tmux") as terminal:
        terminal.start([*FIELDKIT, "--home", str(home), "--lang", "en", "open", visit])
        terminal.see("SECTIONS")
        for _question in range(320):
            terminal.keys("F5")
            shown = terminal.settled(0.1)
            if (
                re.search(r"Required left 0\b", shown)
                or "Nothing required is left" in shown
                or "Everything is answered" in shown
            ):
                break
            for kind, text in typed_for(shown):
                if kind == "key":
                    terminal.keys(text)
                else:
                    terminal.type(text.translate(FULL_WIDTH) if kind == "type" else text)
        else:
            raise AssertionError(terminal.text())
        terminal.keys("C-q")
        terminal.see("EXIT=0")
    left = progress(home, visit)
    assert left["required_left"] == 0, left
