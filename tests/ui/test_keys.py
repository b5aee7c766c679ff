"""The key table: one letter, one meaning, each with its twin; equal to the normative table."""

from __future__ import annotations

import importlib
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldkit import keys
from fieldkit.bootstrap import open_services
from fieldkit.screens import PLACES
from tests.ui.conftest import NOW
from tests.ui.harness import driven

ROOT = Path(__file__).resolve().parents[2]


def test_each_action_says_what_it_is() -> None:
    """Every binding has an id, a label and a help text."""
    assert len({entry.id for entry in keys.ACTIONS}) == len(keys.ACTIONS)
    for entry in keys.ACTIONS:
        assert entry.id
        assert entry.label
        assert entry.meaning
        assert entry.in_field


def test_no_key_means_two_things() -> None:
    """No key belongs to two actions, and none is one that terminals eat."""
    seen: dict[str, str] = {}
    for entry in keys.ACTIONS:
        if entry.id == "yes":
            continue  # 1 and 2 answer its question only
        for name in entry.names:
            assert name not in seen, f"{name} means {seen.get(name)} and {entry.id}"
            seen[name] = entry.id
            assert name not in keys.NEVER


def test_every_letter_has_a_twin_that_an_input_method_cannot_take() -> None:
    """A letter without an F-key or a Ctrl key is a digit of the list F9."""
    for entry in keys.ACTIONS:
        letters = [key for key in entry.keys if len(key) == 1]
        if not letters or entry.id in {"yes", "move"}:
            continue
        twin = any(key.startswith(("F", "Ctrl")) for key in entry.twins)
        assert twin, entry.id
        if any(key.startswith("F9") for key in entry.twins):
            assert keys.F9_DIGITS[entry.twins[0].split()[1]] == entry.id


@pytest.mark.parametrize("place", sorted(PLACES))
def test_screens_use_known_actions_and_have_a_method_for_each(place: str) -> None:
    """A screen gives a letter no other meaning: it names actions of the table and has a method for each."""
    module, name = PLACES[place]
    screen = getattr(importlib.import_module(module), name)
    known = {entry.id for entry in keys.ACTIONS}
    for used in screen.USES:
        assert used in known
        assert hasattr(screen, f"do_{used}"), f"{place} has no do_{used}"


def test_full_width_characters_fold_to_keys() -> None:
    """What an input method left on types stands for the key beneath it."""
    folded = {
        "１": "1",
        "．": ".",
        "。": ".",
        "？": "?",
        "！": "!",
        "＝": "=",
        "、": "/",
        "【": "[",
        "】": "]",
        "“": '"',
        "＊": "*",
        "－": "-",
    }
    for typed, meant in folded.items():
        assert keys.stroke("x", typed).name == meant
        assert keys.stroke("x", typed).foreign
    assert keys.stroke("x", "\u3000").name == "space"
    assert not keys.stroke("1", "1").foreign


def test_named_keys_keep_their_names() -> None:
    """Keys without a character are known by name."""
    assert keys.stroke("f5", None).name == "f5"
    assert keys.stroke("enter", "\r").name == "enter"
    assert keys.stroke("ctrl+z", "\x1a").name == "ctrl+z"


def _table(text: str) -> list[list[str]]:
    section = text.partition("### 5.2")[2].partition("### 5.3")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows]


def test_the_table_is_the_normative_one(shared: Path) -> None:
    """Keys, twins, meanings and what happens in a text field agree with the guide, row by row."""
    rows = _table((shared / "guides" / "ux.md").read_text(encoding="utf-8"))
    ours = [entry for entry in keys.ACTIONS if entry.id != "actions"]
    assert len(rows) == len(ours)
    for row, entry in zip(rows, ours, strict=True):
        written = row[0].replace("`", "").replace(" + letter", "").replace("/Down, Home/End", ", PageDown, Home, End")
        names = tuple(re.split(r"[ ,]+", written))
        assert names == entry.keys, row
        twin = row[1].replace("Ctrl+Up/Down", "Ctrl+Up, Ctrl+Down").replace(" (and in F9)", "")
        assert twin == (", ".join(entry.twins) or "-"), row
        if entry.id == "go":
            letters = dict(re.findall(r"\b([a-z]) ([a-z ]+?)(?:,|$)", row[2].partition(":")[2]))
            assert letters == {letter: label for letter, _place, label in keys.GO}
        else:
            assert row[2].replace("; only on a yes/no question", "") == entry.meaning, row
        assert row[3] == entry.in_field, row


def test_the_twelve_keys_are_the_normative_ones(shared: Path) -> None:
    """The twelve keys that fill a form are those of the guide."""
    text = (shared / "guides" / "ux.md").read_text(encoding="utf-8")
    section = text.partition("### 5.1")[2].partition("### 5.2")[0]
    names = [part.split("**")[1].lower() for part in re.split(r" · ", section.partition("\n")[2]) if "**" in part]
    assert [name.split()[0].replace("digits", "digits") for name in names] == list(keys.TWELVE)


class TestBindings:
    """Keys by action, as the settings may give them."""

    @pytest.fixture(autouse=True)
    def _as_in_the_table(self) -> Iterator[None]:
        yield
        keys.rebind({})

    def test_an_action_gets_another_key_and_keeps_its_twin(self) -> None:
        assert keys.rebind({"undo": "z", "evidence": "Ctrl+E b"}) == ()
        assert keys.ACTION_OF_KEY["z"] == "undo"
        assert "u" not in keys.ACTION_OF_KEY
        assert keys.ACTION_OF_KEY["f8"] == "undo"
        assert keys.ACTION_OF_KEY["ctrl+e"] == keys.ACTION_OF_KEY["b"] == "evidence"
        assert keys.action("undo").keys == ("z",)

    def test_two_actions_exchange_their_keys(self) -> None:
        assert keys.rebind({"sort": "v", "view": "s"}) == ()
        assert (keys.ACTION_OF_KEY["v"], keys.ACTION_OF_KEY["s"]) == ("sort", "view")

    @pytest.mark.parametrize(
        ("name", "key"),
        [
            ("undo", "e"),  # the key of another action
            ("undo", "3"),
            ("undo", "Ctrl+M"),
            ("undo", "F11"),
            ("undo", "撤"),
            ("undo", ""),
            ("undo", "ab"),
            ("enter", "z"),  # lists and fields know it by its key
            ("unheard", "z"),
        ],
    )
    def test_what_cannot_be_is_left_as_it_is(self, name: str, key: str) -> None:
        before = dict(keys.ACTION_OF_KEY)
        assert keys.rebind({name: key, "finding": "z"} if key != "z" else {name: key}) == (name,)
        assert keys.ACTION_OF_KEY["u"] == "undo"
        keys.rebind({})
        assert before == keys.ACTION_OF_KEY

    async def test_the_settings_file_gives_keys(self, demo: Path, tmp_path: Path) -> None:
        home = tmp_path / "home"
        shutil.copytree(demo, home)
        with (home / "settings.toml").open("a", encoding="utf-8") as file:
            file.write('\n[bindings]\nfind = "+"\nsort = "3"\n')
        services = open_services(home, now=NOW, lang="en", threaded=False)
        assert services.settings.warnings() == ("The setting bindings.sort is not understood and not used",)
        async with driven(services) as drive:
            await drive.press("g", "s")
            await drive.press("slash")
            assert drive.screen.field is None
            await drive.press("plus")
            assert drive.screen.field is not None
            await drive.press("escape")
            assert "+ find" in drive.rows()[-1]
            await drive.press("question_mark")
            await drive.type("filter here")
            assert any(row.split()[:3] == [">", "+", "Ctrl+F"] for row in drive.rows())
        services.close()
