"""Somebody at the keyboard of the real app: reads the screen, opens places, answers checklists."""

from __future__ import annotations

import gettext
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fieldkit.forms import FormNode
from fieldkit.resources import data_path
from tests.builders.checklists import Filled
from tests.e2e.commandline import NOW, answers_of
from tests.e2e.terminal import FIELDKIT, ROOT, Terminal

SIZE = (80, 24)
"""The smallest screen that the product promises."""

_LONG = 120
"""Seconds that a loaded machine may take for one step."""

_NUMBERED = re.compile(r"^ [> ] +(\d)  ")
_ITEM = re.compile(r"^ \S+  (\w+)(?: \*)?(?:  .*)?$")
_ROW = re.compile(r"^ > +(\d+)  ")
_ON_ADD = re.compile(r"^ > +\+  ")
_FORM_LANGUAGE = {"en": "English (en)", "zh_CN": "中文 (zh)"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the cursor of the runner stands at 80x24.

    Attributes:
        kind: ``item``, ``cell``, ``closed`` (a table before it is opened) or ``add`` (its last line).
        name: Name of the item, label of the cell, title of the table.
        row: Row of the table from 1; for ``add`` how many rows there are.
    """

    kind: str
    name: str
    row: int = 0


def place_of(shown: str) -> Place | None:
    """Return where the runner's cursor stands; None while the screen is none of the runner's."""
    rows = [*shown.split("\n"), *[""] * 24]
    if "[" not in rows[1]:
        return None
    if not rows[4].startswith("    #  "):
        found = _ITEM.match(rows[3])
        if found:
            return Place("item", found[1])
        return Place("closed", rows[3].strip()) if "Enter" in rows[6] and rows[3].strip() else None
    count = 0
    here: Place | None = None
    for index, row in enumerate(rows[5:20], 5):
        if _ON_ADD.match(row):
            return Place("add", rows[2].strip(), count)
        found = _ROW.match(row)
        if found:
            here = Place("cell", "", int(found[1]))
        count += bool(re.match(r"^ [> ] +\d+  ", row))
        if not row.strip():
            return Place("cell", rows[index + 1].strip(), here.row) if here else None
    return None


class Person:
    """Types into one running app.

    Attributes:
        screen: The terminal, 80x24.
        home: The workspace.
        language: Language of the screens: ``en`` or ``zh_CN``.
    """

    def __init__(self, screen: Terminal, home: Path, language: str = "en") -> None:
        self.screen = screen
        self.home = home
        self.language = language

    def start(self, *words: str) -> None:
        """Start the app on the workspace, at a fixed moment."""
        self.screen.start([*FIELDKIT, "--home", str(self.home), "--now", NOW, *words])

    def leave(self) -> None:
        """End the app; it ends well."""
        self.screen.keys("C-q")
        self.see("EXIT=0")

    def word(self, text: str, **values: object) -> str:
        """Return a text of the screens in the person's language."""
        return _catalogue(self.language).gettext(text).format(**values)

    def code(self, listed: str, code: str) -> str:
        """Return the words of a code in the person's language."""
        return _codes()[listed, code][self.language == "en"]

    def see(self, *texts: str) -> str:
        """Wait until all texts are shown, and return the screen."""
        return self.screen.wait(lambda shown: all(text in shown for text in texts), " and ".join(texts), _LONG)

    def gone(self, text: str) -> str:
        """Wait until a text is not shown any more, and return the screen."""
        return self.screen.wait(lambda shown: text not in shown, f"a screen without {text}", _LONG)

    def press(self, *names: str, see: str = "") -> str:
        """Press keys by tmux's names; wait for a text where one is given."""
        self.screen.keys(*names)
        return self.see(see) if see else ""

    def type(self, text: str, *names: str, see: str = "") -> str:
        """Type a text and press keys after it; wait for a text where one is given."""
        self.screen.type(text)
        return self.press(*names, see=see) if names else self.see(see) if see else ""

    def choose(self, label: str, *, see: str = "") -> str:
        """Press the number in front of a label of the open menu; wait for a text where one is given."""
        found: list[str] = []

        def offered(shown: str) -> bool:
            rows = (row for row in shown.split("\n") if label in row)
            found[:] = [numbered[1] for row in rows if (numbered := _NUMBERED.match(row))]
            return bool(found)

        self.screen.wait(offered, f"a choice {label}", _LONG)
        return self.press(found[-1], see=see)

    def fill(self, form: Filled, after: Mapping[str, Callable[[], None]] | None = None) -> None:
        """Answer the checklist that is open as the form was filled elsewhere; ends on the place after the last answer.

        Args:
            form: The answers.
            after: What to do when the question of a name was answered and the next one is shown.
        """
        form.form.language = _FORM_LANGUAGE[self.language]
        plan = dict(answers_of(form))
        wanted = {_key(node): (node, plan[node.ref]) for node in form.form.nodes() if node.ref in plan}
        left = set(wanted)
        before: Place | None = None
        todo: Callable[[], None] | None = None
        for _step in range(3 * len(left) + 60):
            place = self.place(before)
            if todo:
                todo()
            todo, before = None, place
            if not left:
                return
            if place.kind == "add":
                self.screen.keys("Enter" if any(row > place.row for _name, row in left) else "Down")
            elif place.kind == "closed":
                self.screen.keys("Enter")
            else:
                key = next((key for key in left if _is_at(wanted[key][0], key, place)), ("", 0))
                self.screen.keys(*(_keys_for(*wanted[key]) if key in left else ["Tab"]))
                left.discard(key)
                todo = (after or {}).get(key[0])
        raise AssertionError(f"never asked: {sorted(left)}\n{self.screen.text()}")

    def place(self, before: Place | None) -> Place:
        """Wait until the runner's cursor stands on another place than before, and return it."""
        shown = self.screen.wait(lambda text: place_of(text) not in {None, before}, f"a place after {before}", _LONG)
        place = place_of(shown)
        assert place
        return place


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation("fieldkit", ROOT / "fieldkit" / "locale", [language], fallback=True)


@cache
def _codes() -> dict[tuple[str, str], tuple[str, str]]:
    rows = (row.split("\t") for row in data_path("codes.tsv").read_text(encoding="utf-8").splitlines())
    return {(row[0], row[1]): (row[2], row[3]) for row in rows if len(row) > 3}


def _key(node: FormNode) -> tuple[str, int]:
    """Return name and row of a question; row 0 outside tables."""
    found = re.search(r"\[(\d+)\]/[^/]+$", node.ref)
    return node.name, int(found[1]) if found else 0


def _is_at(node: FormNode, key: tuple[str, int], place: Place) -> bool:
    if place.kind == "item":
        return key == (place.name, 0)
    return key[1] == place.row and " ".join(node.label.split()).startswith(place.name)


def _keys_for(node: FormNode, value: str) -> list[str]:
    """Return the keys that answer a question and step on."""
    choices = [choice.value for choice in node.choices()]
    if node.control == "select1":
        return ["." if value == "na" else str((choices.index(value) + 1) % 10)]
    if choices:
        return [*(str((choices.index(part) + 1) % 10) for part in value.split()), "Tab"]
    if node.type == "string":
        return ["Enter", *value, "Tab"]
    return [*value.replace("-", ""), "Tab"] if node.type == "date" else [*value, "Tab"]
