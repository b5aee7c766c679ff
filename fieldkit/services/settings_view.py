"""What the screens show of the settings."""

from __future__ import annotations

from msgspec import Struct

from fieldkit.services.lines import ActorView, FieldOption

__all__ = ["FirstRunView", "SettingField", "SettingsView"]


class SettingField(Struct, frozen=True):
    """One setting."""

    key: str
    label: str
    kind: str
    """``choice``, ``text``, ``flag`` or ``number``."""
    value: str
    options: tuple[FieldOption, ...] = ()
    help: str = ""


class SettingsView(Struct, frozen=True):
    """All settings with the team."""

    fields: tuple[SettingField, ...]
    actor: ActorView
    home: str
    warnings: tuple[str, ...] = ()
    device: str = ""
    """Id of the device, 16 characters."""


class FirstRunView(Struct, frozen=True):
    """The three questions of the first run with their presets."""

    language: str
    actor: str
    device: str
    languages: tuple[FieldOption, ...]
