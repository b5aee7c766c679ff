"""Settings of a workspace: one TOML file with few options, and the team's roster.

The file is read with the standard library; it is written with its comments kept.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

__all__ = ["DEFAULT_ACTOR", "DEFAULT_ROLES", "OPTIONS", "Doubt", "Option", "Settings", "SettingsFile", "parse"]

DEFAULT_ACTOR = "A01"
"""Actor of a home that has no roster."""
DEFAULT_ROLES = ("inspector", "team_lead")
"""Roles of that actor."""


class Option(Struct, frozen=True):
    """One setting: its key, what it may be, and its preset."""

    key: str
    kind: str
    """``choice``, ``text``, ``flag`` or ``number``."""
    default: str | int | bool
    choices: tuple[str, ...] = ()
    label: str = ""
    """English words for screens and documents."""
    help: str = ""


OPTIONS: tuple[Option, ...] = (
    Option("language", "choice", "", ("zh_CN", "en"), "Language", "Language of the interface."),
    Option(
        "theme",
        "choice",
        "dark",
        ("dark", "light", "contrast", "ansi-dark", "ansi-light"),
        "Theme",
        "Colours of the screens.",
    ),
    Option("device", "text", "", (), "Device name", "Two to four letters or digits in the numbers of records."),
    Option("keys", "choice", "plain", ("plain", "vim"), "Key set", "Keys of lists; vim adds gg and G."),
    Option("mode", "choice", "focus", ("focus", "page"), "Runner mode", "One question at a time, or a page."),
    Option("signs", "choice", "ascii", ("ascii", "unicode"), "Signs", "Signs of the screens."),
    Option(
        "ambiguous_width",
        "choice",
        "1",
        ("1", "2"),
        "Ambiguous width",
        "Cells that the terminal gives to signs of uncertain width.",
    ),
    Option("export_folder", "text", "", (), "Export folder", "Folder that bundles are written to."),
    Option("mirror_folder", "text", "", (), "Mirror folder", "Folder on another disk or stick for a second copy."),
    Option("burden_limit", "number", 2, (), "Visits a week", "Visits of one subject in seven days before it is asked."),
)
"""All settings, in the order that screens show them."""


class Settings(Struct, frozen=True):
    """What is set; an empty text means that nothing was chosen yet."""

    language: str = ""
    theme: str = "dark"
    device: str = ""
    keys: str = "plain"
    mode: str = "focus"
    signs: str = "ascii"
    ambiguous_width: str = "1"
    export_folder: str = ""
    mirror_folder: str = ""
    burden_limit: int = 2
    actor: str = ""
    """Code of who is at the keyboard."""
    actors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Code to roles."""
    bindings: Mapping[str, str] = field(default_factory=dict)
    """Action id to keys."""
    demo: bool = False

    def roster(self) -> dict[str, tuple[str, ...]]:
        """Return the team; one actor with two roles where none was entered."""
        return dict(self.actors) or {DEFAULT_ACTOR: DEFAULT_ROLES}

    def current(self) -> str:
        """Return the code of who is at the keyboard."""
        roster = self.roster()
        return self.actor if self.actor in roster else next(iter(roster))


class Doubt(Struct, frozen=True):
    """Something in the file that was not understood."""

    key: str
    nearest: str = ""
    """Name that was probably meant."""


_NAMES = Settings.__struct_fields__


def parse(data: Mapping[str, Any]) -> tuple[Settings, tuple[Doubt, ...]]:
    """Return the settings of a TOML document and what in it was not understood."""
    values: dict[str, Any] = {}
    doubts: list[Doubt] = []
    options = {option.key: option for option in OPTIONS}
    for key, value in data.items():
        if key == "actors" and isinstance(value, Mapping):
            values[key] = {code: tuple(map(str, roles)) for code, roles in value.items() if isinstance(roles, list)}
        elif key == "bindings" and isinstance(value, Mapping):
            values[key] = {str(name): str(keys) for name, keys in value.items()}
        elif key == "actor":
            values[key] = str(value)
        elif key == "demo":
            values[key] = value is True
        elif key in options and _fits(options[key], value):
            values[key] = value if options[key].kind in {"number", "flag"} else str(value)
        else:
            near = "" if key in _NAMES else next(iter(get_close_matches(key, _NAMES, 1)), "")
            doubts.append(Doubt(key, near))
    return replace(Settings(), **values), tuple(doubts)


def _fits(option: Option, value: object) -> bool:
    if option.kind == "number":
        return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10_000
    if option.kind == "flag":
        return isinstance(value, bool)
    text = str(value)
    return isinstance(value, str | int) and (not option.choices or text in option.choices or text == option.default)


class SettingsFile:
    """The settings on disk.

    Attributes:
        path: The TOML file.
        exists: True where the file was there when it was read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.exists = False

    @classmethod
    def of(cls, home: Path) -> SettingsFile:
        """Return the settings of a workspace."""
        return cls(home / "settings.toml")

    def load(self) -> tuple[Settings, tuple[Doubt, ...]]:
        """Read the file; a missing one gives the presets, a broken one too, with a doubt about the file."""
        try:
            data = tomllib.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return Settings(), ()
        except (OSError, ValueError):
            return Settings(), (Doubt(self.path.name),)
        self.exists = True
        return parse(data)

    def save(self, changes: Mapping[str, Any]) -> None:
        """Write changed keys durably; comments and unknown keys stay.

        Raises:
            OSError: The file cannot be written.
        """
        import tomlkit

        try:
            document = tomlkit.parse(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            document = tomlkit.document()
        for key, value in changes.items():
            document[key] = {code: list(roles) for code, roles in value.items()} if key == "actors" else value
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_name(f".{self.path.name}.new")
        with draft.open("w", encoding="utf-8", newline="\n") as file:
            file.write(tomlkit.dumps(document))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path)
        self.exists = True
