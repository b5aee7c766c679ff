"""What a person counts on: kill, resize, caret, silence."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import time
from pathlib import Path

import pytest

from tests.e2e.terminal import FIELDKIT, Terminal, fieldkit
from tests.e2e.test_tmux_filling import prepare, typed_for

pytestmark = [pytest.mark.needs("tmux"), pytest.mark.slow]

KILLS = int(os.environ.get("FIELDKIT_KILLS", "6"))
"""How many times the app is killed; the long form sets 50."""
_SAVED = re.compile(r"saved \d\d:\d\d:\d\d #(\d+)-")


def saved(shown: str) -> int:
    """Return the N of the status line; 0 where it is not saved."""
    found = _SAVED.search(shown.split("\n", maxsplit=1)[0])
    return int(found[1]) if found else 0


def answers(home: Path, visit: str) -> tuple[int, dict[str, str]]:
    """Return operations and answers of a visit, as the command line shows them."""
    shown = json.loads(fieldkit(home, "visit", "show", visit, "--json").stdout)
    values = {ref: entry["value"] for ref, entry in shown["forms"][0]["answers"].items() if entry["value"]}
    return int(shown["operations"]), values


def test_a_kill_at_any_moment_loses_nothing_that_was_saved(tmp_path: Path) -> None:
    """After kill -9 while answers are typed, every operation that the status counted is there, and work goes on."""
    seed = int(os.environ.get("FIELDKIT_SEED", "20261122"))
    chance = random.Random(seed)
    home = tmp_path / "home"
    visit = prepare(home, "branch_std", "B1", tmp_path)
    before = 0
    with Terminal(tmp_path / "tmux") as terminal:
        for kill in range(KILLS):
            terminal.start([*FIELDKIT, "--home", str(home), "--lang", "en", "open", visit])
            terminal.wait(lambda shown: saved(shown) > 0, "the runner")
            assert saved(terminal.settled(0.1)) >= before, f"seed {seed}, kill {kill}: fewer operations than before"
            counted = before
            for _answer in range(chance.randint(1, 6)):
                terminal.keys("F5")
                for kind, text in typed_for(terminal.settled(0.06)):
                    if kind == "key":
                        terminal.keys(text)
                    else:
                        terminal.type(text)
                counted = max(counted, saved(terminal.text()))
            time.sleep(chance.random() * 0.05)
            counted = max(counted, saved(terminal.text()))
            os.kill(terminal.child(), signal.SIGKILL)
            terminal.see("EXIT=")
            operations, _values = answers(home, visit)
            assert operations >= counted, f"seed {seed}, kill {kill}: {counted} were saved, {operations} are there"
            before = operations
    assert before > 5


def test_the_app_offers_where_it_stopped(tmp_path: Path) -> None:
    """After a kill the next start offers to go on at the item, and goes there."""
    home = tmp_path / "home"
    visit = prepare(home, "branch_std", "B1", tmp_path)
    with Terminal(tmp_path / "tmux") as terminal:
        terminal.start([*FIELDKIT, "--home", str(home), "--lang", "en", "open", visit])
        terminal.see("visit_date")
        terminal.type("0")
        terminal.keys("Enter")
        terminal.see("visit_mode")
        terminal.type("1")
        shown = terminal.see("p_start")
        terminal.wait(lambda text: saved(text) > 0, "saved")
        number = saved(terminal.text())
        os.kill(terminal.child(), signal.SIGKILL)
        terminal.see("EXIT=")
        terminal.start([*FIELDKIT, "--home", str(home), "--lang", "en"])
        terminal.see("stopped unexpectedly")
        terminal.keys("Enter")
        shown = terminal.see("p_start")
        assert saved(terminal.wait(lambda text: saved(text) > 0, "saved")) >= number, shown


def test_the_caret_is_where_the_input_method_draws(tmp_path: Path) -> None:
    """The terminal's cursor lies on the caret's cell: empty, at the end after Han, in the middle."""
    home = tmp_path / "home"
    visit = prepare(home, "branch_std", "B1", tmp_path)
    with Terminal(tmp_path / "tmux") as terminal:
        terminal.start([*FIELDKIT, "--home", str(home), "--lang", "en", "open", visit])
        terminal.see("visit_date")
        terminal.keys("C-f")
        shown = terminal.see("Find:")
        terminal.settled(0.2)
        row = next(index for index, text in enumerate(shown.split("\n")) if " Find:" in text)
        assert terminal.cursor() == (len(" Find: "), row)
        terminal.type("柳林村")
        terminal.see("柳林村")
        terminal.settled(0.2)
        assert terminal.cursor() == (len(" Find: ") + 6, row)
        terminal.keys("Left")
        terminal.settled(0.2)
        assert terminal.cursor() == (len(" Find: ") + 4, row)


def test_the_caret_of_a_note_is_exact_too(tmp_path: Path) -> None:
    """In a note of several lines the cursor follows the text."""
    home = tmp_path / "home"
    visit = prepare(home, "branch_std", "B1", tmp_path)
    with Terminal(tmp_path / "tmux") as terminal:
        terminal.start([*FIELDKIT, "--home", str(home), "--lang", "en", "open", visit])
        terminal.see("visit_date")
        terminal.keys("F2")
        shown = terminal.see("Tab keeps it")
        row = next(index for index, text in enumerate(shown.split("\n")) if "Role and count" in text) + 1
        terminal.type("党员")
        terminal.see("党员")
        terminal.settled(0.2)
        assert terminal.cursor() == (2 + 4, row)


def test_resizing_keeps_place_and_text(tmp_path: Path) -> None:
    """Through 200x60, 80x24 and 40x10 the app lives, and a text that is being typed stays."""
    home = tmp_path / "home"
    visit = prepare(home, "branch_std", "B1", tmp_path)
    with Terminal(tmp_path / "tmux") as terminal:
        terminal.start([*FIELDKIT, "--home", str(home), "--lang", "en", "open", visit])
        terminal.see("visit_date")
        terminal.type("2")
        terminal.settled(0.2)
        for width, height in ((200, 60), (80, 24)):
            terminal.resize(width, height)
            terminal.settled(0.3)
            assert "visit_date" in terminal.text()
        terminal.resize(40, 10)
        terminal.see("larger")
        terminal.resize(100, 30)
        terminal.see("visit_date")
        terminal.settled(0.3)
        terminal.type("2")
        terminal.keys("Enter")
        terminal.see("visit_mode")
    _operations, values = answers(home, visit)
    assert values["/data/hd/visit_date"].endswith("-22")


@pytest.mark.parametrize("typing", [False, True])
def test_silence_while_nothing_happens(tmp_path: Path, typing: bool) -> None:
    """Not one byte is written while nobody types, with a text field open too."""
    home = tmp_path / "home"
    visit = prepare(home, "branch_std", "B1", tmp_path)
    log = tmp_path / "bytes"
    with Terminal(tmp_path / "tmux") as terminal:
        terminal.start([*FIELDKIT, "--home", str(home), "--lang", "en", "open", visit])
        terminal.see("visit_date")
        if typing:
            terminal.type("2")
        terminal.settled(1.0)
        terminal.pipe(log)
        time.sleep(5)
        assert log.read_bytes() == b""


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "linux"}, {"TERM": "xterm-16color"}])
def test_states_are_told_without_colour(tmp_path: Path, environment: dict[str, str]) -> None:
    """Without colour the cursor, empty and wrong items are still told by signs."""
    home = tmp_path / "home"
    visit = prepare(home, "branch_std", "B1", tmp_path)
    with Terminal(tmp_path / "tmux") as terminal:
        terminal.start([*FIELDKIT, "--home", str(home), "--lang", "en", "open", visit], **environment)
        terminal.see("visit_date")
        terminal.keys("v")
        shown = terminal.settled(0.3)
        assert re.search(r"> 1-1 Visit date +\.$", shown, re.MULTILINE), shown


def test_a_terminal_that_is_not_utf8_ends_nothing(tmp_path: Path) -> None:
    """Chinese from a terminal set to GBK is no text here: it is told, nothing is answered, and work goes on."""
    home = tmp_path / "home"
    visit = prepare(home, "branch_std", "B1", tmp_path)
    with Terminal(tmp_path / "tmux") as terminal:
        terminal.start([*FIELDKIT, "--home", str(home), "--lang", "en", "open", visit])
        terminal.wait(lambda shown: saved(shown) > 0, "the runner")
        before = answers(home, visit)
        terminal.send("检查".encode("gbk"))
        terminal.see("is not UTF-8")
        assert answers(home, visit) == before
        terminal.keys("F1")
        terminal.see("Esc")
