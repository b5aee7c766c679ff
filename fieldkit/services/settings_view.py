"""What the screens show of the settings."""

from __future__ import annotations

from dataclasses import dataclass

from fieldkit.services.lines import ActorView, FieldOption

__all__ = ["FirstRunView", "SettingField", "SettingsView"]


@dataclass(frozen=True, slots=True)
class SettingField:
    """One setting."""

    key: str
    label: str
    kind: str
    """``choice``, ``text``, ``flag`` or ``number``."""
    value: str
    options: tuple[FieldOption, ...] = ()
    help: str = ""


@dataclass(frozen=True, slots=True)
class SettingsView:
    """All settings with the team."""

    fields: tuple[SettingField, ...]
    actor: ActorView
    home: str
    warnings: tuple[str, ...] = ()
    device: str = ""
    """Id of the device, 16 characters."""


@dataclass(frozen=True, slots=True)
class FirstRunView:
    """The three questions of the first run with their presets."""

    language: str
    actor: str
    device: str
    languages: tuple[FieldOption, ...]
