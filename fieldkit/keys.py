"""The key table as data: footer, actions list, help, palette and README are made from it.

One letter has one meaning on every screen. A screen names the actions that mean something there; it never gives
a letter another meaning.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

__all__ = [
    "ACTIONS",
    "ACTION_OF_KEY",
    "F9_DIGITS",
    "GO",
    "NEVER",
    "TWELVE",
    "Action",
    "Stroke",
    "action",
    "fold_key",
    "readme_table",
    "rebind",
    "stroke",
]


def N_(message: str) -> str:  # noqa: N802 - marks a text for translation where it is shown
    """Mark a text for translation; this layer does not translate."""
    return message


class Action(NamedTuple):
    """One meaning and the keys that it has everywhere."""

    id: str
    keys: tuple[str, ...]
    """Keys as the table writes them."""
    twins: tuple[str, ...]
    """Keys that do the same with an input method left on."""
    label: str
    """One or two words for the footer."""
    meaning: str
    """What it does, for the help."""
    in_field: str
    """What the key does while a text field is open."""

    @property
    def names(self) -> tuple[str, ...]:
        """Keys and twins that are single key presses, as ``Stroke.name`` has them."""
        return tuple(
            _NAMES.get(key, key.lower() if len(key) > 1 else key)
            for key in (*self.keys, *self.twins)
            if not key.startswith("F9 ") and " + " not in key
        )


_NAMES = {
    "Enter": "enter", "Space": "space", "Tab": "tab", "Shift+Tab": "shift+tab", "Esc": "escape",
    "Backspace": "backspace", "PageUp": "pageup", "PageDown": "pagedown", "Home": "home", "End": "end",
    "Ctrl+Up": "ctrl+up", "Ctrl+Down": "ctrl+down", "Ctrl+Z": "ctrl+z", "Ctrl+Y": "ctrl+y", "Ctrl+F": "ctrl+f",
    "Ctrl+P": "ctrl+p", "Ctrl+Q": "ctrl+q",
}  # fmt: skip

ACTIONS: tuple[Action, ...] = (
    Action("move", ("h", "j", "k", "l"), ("arrows",), N_("move"), N_("move, as drawn"), N_("arrows: caret")),
    Action("enter", ("Enter",), (), N_("open"), N_("open; accept and step on"), N_("one line: commit; note: new line")),
    Action("toggle", ("Space",), (), N_("toggle"), N_("toggle, select row, fold"), N_("a space")),
    Action(
        "next", ("Tab", "Shift+Tab"), (), N_("next"), N_("next, previous field, cell or pane"), N_("commit and leave")
    ),
    Action(
        "back",
        ("Esc",),
        (),
        N_("back"),
        N_("one level back, or back from a jump; loses nothing"),
        N_("leave, text kept"),
    ),
    Action("clear", ("Backspace",), (), N_("clear"), N_("clear this answer or cell (undoable)"), N_("delete left")),
    Action(
        "page",
        ("PageUp", "PageDown", "Home", "End"),
        ("Ctrl+Up", "Ctrl+Down"),
        N_("page"),
        N_("page or section; first, last"),
        N_("Home/End caret"),
    ),
    Action("help", ("?",), ("F1",), N_("help"), N_("help of this place, searchable"), N_("F1 only")),
    Action(
        "note", ("t",), ("F2",), N_("note"), N_("note; outside a visit the quick note about what is in focus"), "F2"
    ),
    Action("evidence", ("e",), ("F3",), N_("evidence"), N_("evidence: a file by hash, or *seen, not copied*"), "F3"),
    Action("finding", ("f",), ("F4",), N_("finding"), N_("finding from what is in focus"), "F4"),
    Action(
        "empty",
        ("]",),
        ("F5",),
        N_("next empty"),
        N_("next empty one, next one that waits for me (goes round; Esc returns)"),
        "F5",
    ),
    Action("why", ("w",), ("F6",), N_("why"), N_("why: hidden, refused, computed, disabled, proposed"), "F6"),
    Action("wrong", ("!",), ("F7",), N_("next wrong"), N_("next wrong, late or unconfirmed one"), "F7"),
    Action("undo", ("u",), ("F8", "Ctrl+Z"), N_("undo"), N_("undo"), N_("Ctrl+Z: the typing")),
    Action("redo", ("U",), ("Ctrl+Y",), N_("redo"), N_("redo"), "Ctrl+Y"),
    Action("go", ("g",), ("F9 0",), N_("go to"), N_("go to"), "F9"),
    Action("moves", ("m",), ("F9 1",), N_("moves"), N_("moves: the state machine's next steps"), "F9"),
    Action("add", ("a",), ("F9 2",), N_("add"), N_("add one of what this screen lists"), "F9"),
    Action("view", ("v",), ("F9 3",), N_("other view"), N_("other view"), "F9"),
    Action("sort", ("s",), ("F9 4",), N_("sort"), N_("sort"), "F9"),
    Action("export", ("x",), ("F9 5",), N_("export"), N_("export what is shown or selected"), "F9"),
    Action("paper", ("p",), ("F9 6",), N_("paper"), N_("paper of this thing"), "F9"),
    Action("last", ("r",), ("F9 7",), N_("last round"), N_("last round, other round"), "F9"),
    Action("standout", ("d",), ("F9 8",), N_("stand out"), N_("only the rows that stand out; again = all"), "F9"),
    Action("copy", ("c",), ("F9 9",), N_("copy"), N_("copy"), N_("Ctrl+C copies a selection")),
    Action("find", ("/",), ("Ctrl+F",), N_("find"), N_("find or filter here"), N_("types")),
    Action("palette", ("Ctrl+P",), (), N_("everything"), N_("palette"), "Ctrl+P"),
    Action("quit", ("Ctrl+Q",), (), N_("quit"), N_("quit (safe at any moment)"), "Ctrl+Q"),
    Action("yes", ("y", "n"), ("1", "2"), N_("yes, no"), N_("only on a yes/no question"), N_("types")),
    Action("actions", ("F9",), (), N_("actions"), N_("all actions of this screen, numbered"), "F9"),
)
"""Every action, in the order of the table; the last row is the list of actions itself."""

F9_DIGITS = {"1": "moves", "2": "add", "3": "view", "4": "sort", "5": "export", "6": "paper", "7": "last",
             "8": "standout", "9": "copy", "0": "go"}  # fmt: skip
"""Digit of the list F9 to its action: the same on every screen."""

GO: tuple[tuple[str, str, str], ...] = (
    ("h", "home", N_("home")),
    ("c", "campaigns", N_("campaigns")),
    ("s", "subjects", N_("subjects")),
    ("v", "visit", N_("visit")),
    ("n", "notes", N_("notes")),
    ("f", "findings", N_("findings")),
    ("l", "ledger", N_("ledger")),
    ("r", "ratings", N_("ratings")),
    ("m", "compare", N_("compare")),
    ("d", "dossier", N_("dossier")),
    ("k", "links", N_("links")),
    ("y", "sync", N_("sync")),
    ("p", "papers", N_("papers")),
    ("t", "settings", N_("settings")),
    ("i", "who", N_("who works")),
)
"""Letter after ``g``, name of the screen, label."""

TWELVE = ("digits", "arrows", "enter", "space", "tab", "backspace", "f1", "f2", "f3", "f4", "f6", "f8")
"""The keys that fill a whole form with an input method left on."""

NEVER = ("ctrl+m", "ctrl+i", "ctrl+j", "ctrl+h", "ctrl+left_square_bracket", "alt+enter", "ctrl+enter", "ctrl+s",
         "f10", "f11", "f12")  # fmt: skip
"""Keys that terminals or input methods eat: never bound."""

_BY_ID = {entry.id: entry for entry in ACTIONS}


def _meanings(entries: Iterable[Action]) -> dict[str, str]:
    return {name: entry.id for entry in entries if entry.id not in {"move", "yes"} for name in entry.names}


ACTION_OF_KEY: dict[str, str] = _meanings(ACTIONS)
"""Name of a key press to the action that it means."""

_FIXED = frozenset({"move", "enter", "toggle", "next", "back", "clear", "page", "palette", "quit", "yes", "actions"})
"""Actions that lists, text fields and dialogs know by their keys."""

_FOLDS = str.maketrans({"。": ".", "、": "/", "【": "[", "】": "]", "《": "<", "》": ">", "“": '"', "”": '"',
                        "‘": "'", "’": "'", "￥": "$", "\u3000": " "})  # fmt: skip


def action(name: str) -> Action:
    """Return the action of an id."""
    return _BY_ID[name]


def rebind(bindings: Mapping[str, str]) -> tuple[str, ...]:
    """Give actions other keys in place of their letters; their twins stay.

    Args:
        bindings: Keys by the id of an action, several apart by blanks; every other action has the table's.

    Returns:
        The ids that were left as they are: there is no such action, it cannot be changed, or a key is a digit, has
        another meaning already or does not reach a program.
    """
    made = {
        name: _BY_ID[name]._replace(keys=tuple(keys.split()))
        for name, keys in bindings.items()
        if name in _BY_ID and name not in _FIXED and keys.split()
    }
    made = {name: entry for name, entry in made.items() if all(_may_be_bound(key) for key in entry.names)}
    while True:
        table = [made.get(entry.id, entry) for entry in ACTIONS]
        count = Counter(key for entry in table for key in entry.names)
        clashing = {name for name, entry in made.items() if any(count[key] > 1 for key in entry.names)}
        if not clashing:
            break
        made = {name: entry for name, entry in made.items() if name not in clashing}
    _BY_ID.update({entry.id: entry for entry in table})
    ACTION_OF_KEY.clear()
    ACTION_OF_KEY.update(_meanings(table))
    return tuple(name for name in bindings if name not in made)


def _may_be_bound(key: str) -> bool:
    return bool(re.fullmatch(r"[!-/:-~]|f[1-9]|ctrl\+[a-z]", key)) and key not in NEVER


def fold_key(char: str) -> str:
    """Return what a character of an input method left on stands for where a key is expected."""
    return unicodedata.normalize("NFKC", char.translate(_FOLDS)).translate(_FOLDS)


class Stroke(NamedTuple):
    """One key press as the screens see it."""

    name: str
    """``enter``, ``f5``, ``ctrl+p``, ... or the folded character itself."""
    char: str = ""
    """The character as it was typed; empty for keys without one."""

    @property
    def foreign(self) -> bool:
        """True where an input method is left on: a full-width or Han character."""
        return bool(self.char) and not self.char.isascii()

    @property
    def digit(self) -> str:
        """The digit that was typed, or an empty string."""
        return self.name if len(self.name) == 1 and self.name in "0123456789" else ""


def stroke(key: str, char: str | None) -> Stroke:
    """Return the key press of a terminal's key name and character."""
    if key == "space" or char in {" ", "\u3000"}:
        return Stroke("space", char or " ")
    if char and char.isprintable() and not key.startswith("ctrl+"):
        return Stroke(fold_key(char), char)
    return Stroke({"ctrl+underscore": "ctrl+z"}.get(key, key))


def readme_table() -> str:
    """Return the table of keys in Markdown, as the README shows it."""
    rows = ["| key | twin | meaning |", "|---|---|---|"]
    for entry in ACTIONS[:-1]:
        keys = " ".join(f"`{key}`" for key in entry.keys)
        rows.append(f"| {keys} | {', '.join(entry.twins) or '-'} | {entry.meaning} |")
    rows.append("")
    rows.append("After `g`: " + ", ".join(f"`{letter}` {label}" for letter, _screen, label in GO) + ".")
    return "\n".join(rows)
