"""Settings as screens show them, and the three questions of the first run."""

from __future__ import annotations

import re

from fieldkit.errors import SettingsError
from fieldkit.i18n import LANGUAGES, N_, _, language, set_language
from fieldkit.services.actors import Actors
from fieldkit.services.desk import Desk
from fieldkit.services.lines import FieldOption
from fieldkit.services.settings_view import FirstRunView, SettingField, SettingsView
from fieldkit.settings import DEFAULT_ACTOR, DEFAULT_ROLES, OPTIONS, Option

__all__ = ["Preferences"]

_DEVICE = re.compile(r"[A-Za-z0-9]{2,4}")
_WORDS = {
    "zh_CN": "中文",
    "en": "English",
    "dark": N_("Dark"),
    "light": N_("Light"),
    "contrast": N_("High contrast"),
    "ansi-dark": N_("ANSI dark"),
    "ansi-light": N_("ANSI light"),
    "plain": N_("Plain"),
    "vim": "vim",
    "focus": N_("One question"),
    "page": N_("Page"),
    "ascii": "ASCII",
    "unicode": "Unicode",
}
_LABELS = (
    N_("Language"), N_("Theme"), N_("Device name"), N_("Key set"), N_("Runner mode"), N_("Signs"),
    N_("Ambiguous width"), N_("Export folder"), N_("Mirror folder"), N_("Visits a week"),
    N_("Language of the interface."), N_("Colours of the screens."),
    N_("Two to four letters or digits in the numbers of records."), N_("Keys of lists; vim adds gg and G."),
    N_("One question at a time, or a page."), N_("Signs of the screens."),
    N_("Cells that the terminal gives to signs of uncertain width."), N_("Folder that bundles are written to."),
    N_("Folder on another disk or stick for a second copy."),
    N_("Visits of one subject in seven days before it is asked."),
)  # fmt: skip


class Preferences:
    """The settings of this workspace."""

    def __init__(self, desk: Desk, actors: Actors) -> None:
        self._desk = desk
        self._actors = actors

    def view(self) -> SettingsView:
        """Return every setting with what may be chosen."""
        return SettingsView(
            fields=tuple(self._field(option) for option in OPTIONS),
            actor=self._actors.view(),
            home=str(self._desk.home),
            warnings=self.warnings(),
            device=self._desk.store.device,
        )

    def warnings(self) -> tuple[str, ...]:
        """Return what in the settings file was not understood, with the nearest name."""
        return tuple(
            _("Unknown setting {key}; did you mean {nearest}?").format(key=doubt.key, nearest=doubt.nearest)
            if doubt.nearest
            else _("The setting {key} is not understood and not used").format(key=doubt.key)
            for doubt in self._desk.doubts
        )

    def get(self, key: str) -> str:
        """Return a setting as text."""
        if key == "language":
            return self._desk.settings.language or language()
        return str(getattr(self._desk.settings, key))

    def set(self, key: str, value: str) -> SettingsView:
        """Change a setting at once.

        Raises:
            SettingsError: SET-001 for an unknown key or a value that it may not have.
        """
        option = next((option for option in OPTIONS if option.key == key), None)
        if option is None or not self._fits(option, value):
            raise SettingsError(
                "SET-001",
                _("{value} is not possible for the setting {key}").format(value=value or "-", key=key),
                hint=_("Possible: {values}").format(values=", ".join(option.choices))
                if option and option.choices
                else "",
                where={"key": key},
            )
        stored: str | int = int(value) if option.kind == "number" else value
        self._desk.save_settings({key: stored})
        if key == "language":
            set_language(value)
        return self.view()

    def first_run(self) -> FirstRunView | None:
        """Return the three questions with presets, or None where they were answered."""
        if self._desk.settings_file.exists or self._desk.store.read_only:
            return None
        return FirstRunView(
            language=language(),
            actor=DEFAULT_ACTOR,
            device=self._desk.device_name,
            languages=tuple(FieldOption(code, _WORDS[code]) for code in LANGUAGES),
        )

    def complete_first_run(self, chosen: str, actor: str, device: str) -> None:
        """Save the answers of the first run.

        Raises:
            SettingsError: SET-001 or ACT-003 for an answer that cannot be.
        """
        if not _DEVICE.fullmatch(device):
            raise SettingsError(
                "SET-001",
                _("{value} is not possible for the setting {key}").format(value=device or "-", key="device"),
                hint=_("Two to four letters or digits."),
                where={"key": "device"},
            )
        self._actors.add(actor, DEFAULT_ROLES, alone=True)
        self._desk.save_settings({"language": chosen, "device": device, "actor": actor})
        set_language(chosen)

    def _field(self, option: Option) -> SettingField:
        return SettingField(
            key=option.key,
            label=_(option.label),
            kind=option.kind,
            value=self.get(option.key),
            options=tuple(FieldOption(code, _(_WORDS.get(code, code))) for code in option.choices),
            help=_(option.help),
        )

    @staticmethod
    def _fits(option: Option, value: str) -> bool:
        if option.key == "device":
            return _DEVICE.fullmatch(value) is not None
        if option.kind == "number":
            return value.isascii() and value.isdigit() and len(value) < 5
        return not option.choices or value in option.choices
