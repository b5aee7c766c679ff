"""Settings: few, explained, kept at once; who works; the doctor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fieldkit import __version__
from fieldkit.errors import FieldkitError
from fieldkit.i18n import _, told
from fieldkit.keys import Stroke
from fieldkit.screens.anywhere import ask_who
from fieldkit.screens.base import FieldScreen
from fieldkit.widgets.frame import Hint, hints_of
from fieldkit.widgets.lines import Line, Page, Span, beside, cells, clean, cut, fit, line, wrap
from fieldkit.widgets.overlays import Prompt, Reader

if TYPE_CHECKING:
    from fieldkit.services.settings_view import SettingField, SettingsView

__all__ = ["SettingsScreen", "settings_lines"]


def settings_lines(view: SettingsView, at: int, size: int) -> list[Line]:
    """Return who works and every setting with what may be chosen."""
    here = at == 0
    who = f"{view.actor.code}  {view.actor.roles_label}"
    rows: list[Line] = [
        line((f" {_('WHO AND WHERE')}", "head")),
        _row(_("Working now"), who, here=here, size=size, tag="set:0"),
        line((f"   {fit(_('Device'), 18)} ", "dim"), cut(f"{view.actor.device}  {view.device}", size - 24)),
        line((f"   {fit(_('Workspace'), 18)} ", "dim"), cut(clean(view.home), size - 24)),
        (),
        line((f" {_('LOOK AND KEYS')}", "head")),
    ]
    for index, field in enumerate(view.fields, 1):
        rows += _rows(field, here=index == at, size=size, tag=f"set:{index}")
    for warning in view.warnings:
        rows.extend(line((" ! " + part, "warn")) for part in wrap(clean(warning), size - 4)[:2])
    return rows


def _rows(field: SettingField, *, here: bool, size: int, tag: str) -> list[Line]:
    """Return a setting with its choices, in further rows where one is too short."""
    shown = [f"[{option.label}]" if option.value == field.value else option.label for option in field.options]
    parts = [""]
    for choice in shown or [field.value or "-"]:
        joined = f"{parts[-1]}  {choice}" if parts[-1] else choice
        if parts[-1] and cells(joined) > size - 23:
            parts.append(choice)
        else:
            parts[-1] = joined
    return [_row("" if index else field.label, part, here=here, size=size, tag=tag) for index, part in enumerate(parts)]


def _row(label: str, text: str, *, here: bool, size: int, tag: str) -> Line:
    style = "cursor" if here else ""
    head = f" {'>' if here else ' '} {fit(label, 18)} "
    return line(Span(head, style or "dim", tag), Span(cut(text, size - cells(head) - 1), style, tag))


def side_lines(field: SettingField | None, size: int) -> list[Line]:
    """Return what the setting under the cursor means, and the ruler of ambiguous signs."""
    rows: list[Line] = [line((_("WHAT IT IS"), "head"))]
    text = field.help if field else _("Who is at the keyboard: gi or Enter switches. Codes only, never a name.")
    rows.extend(line(part) for part in wrap(text, size))
    if field and field.key == "ambiguous_width":
        rows += [(), line(_("Choose so that both bars stand under each other:")), line("|..|"), line("|\u2026\u2026|")]
    rows += [(), line((_("SAFETY"), "head"))]
    rows += [line(part) for part in wrap(_("Every answer is saved when it is given; there is no save key."), size)]
    rows += [(), line((f"Fieldkit {__version__}", "dim"))]
    return rows


class SettingsScreen(FieldScreen):
    """All settings; changes are kept at once."""

    NAME = "settings"
    USES = ("toggle", "standout", "add", "paper")

    def __init__(self) -> None:
        super().__init__()
        self.view: SettingsView | None = None
        self.at = 0

    def load(self) -> None:
        """Fetch the settings."""
        self.view = self.shell.services.settings.view()

    def heading(self) -> tuple[str, str]:
        """Return that changes are kept at once."""
        return f"{_('Settings')} | {self.shell.who()}", _("kept at once")

    def content(self, size: int, height: int) -> Page:
        """Return the settings, explained beside."""
        if self.view is None:
            return Page(())
        field = self.view.fields[self.at - 1] if self.at else None
        if size < 90:
            rows = settings_lines(self.view, self.at, size)
            rows += [(), *(line(" ", *row) for row in side_lines(field, size - 2))]
            return Page(tuple(rows[:height]))
        left = size * 3 // 5
        return Page(
            tuple(
                beside(settings_lines(self.view, self.at, left), side_lines(field, size - left - 4), left, " | ")[
                    :height
                ]
            )
        )

    def hints(self) -> list[Hint]:
        """Return the hints of the settings."""
        fkeys = self.shell.fkeys
        out = [Hint("Space", _("change"))]
        if not fkeys:
            out.append(Hint("gi", _("who works")))
        out += [Hint("d", _("doctor"), "standout"), Hint("a", _("add a code"), "add")]
        return [*out, *hints_of(["actions", "help"], fkeys=fkeys)]

    def help_text(self) -> str:
        """Say how settings are changed, and what keeps the work from being lost."""
        return "\n".join(
            (
                _("Space or Enter changes the setting under the cursor; nothing needs a restart."),
                _("Mirror folder: a second copy on another disk or stick, kept up while the workspace is open."),
                _("Backup: fieldkit backup FILE writes a checked copy of everything; a folder takes only what is new."),
                _("Reserve: 8 MB are held for a full disk, so that the visit in hand can be finished."),
            )
        )

    def take(self, press: Stroke) -> bool:
        """Move and change."""
        if self.view is None:
            return False
        count = len(self.view.fields) + 1
        if press.name in {"down", "j", "tab"}:
            self.at = (self.at + 1) % count
        elif press.name in {"up", "k", "shift+tab"}:
            self.at = (self.at - 1) % count
        elif press.name in {"home", "pageup"}:
            self.at = 0
        elif press.name in {"end", "pagedown"}:
            self.at = count - 1
        elif press.name in {"space", "enter", "right", "l"}:
            self._change(1)
        elif press.name in {"left", "h"}:
            self._change(-1)
        elif press.digit and self.at:
            self._choose(int(press.digit) - 1)
        else:
            return False
        return True

    def clicked(self, tag: str) -> None:
        """Change what was clicked."""
        if tag.startswith("set:"):
            self.at = int(tag.partition(":")[2])
            self._change(1)

    def _change(self, step: int) -> None:
        assert self.view is not None
        if not self.at:
            ask_who(self)
            return
        field = self.view.fields[self.at - 1]
        if field.options:
            values = [option.value for option in field.options]
            index = values.index(field.value) if field.value in values else -1
            self._set(field, values[(index + step) % len(values)])
            return

        def keep(text: str) -> str | None:
            try:
                self._set(field, text.strip())
            except FieldkitError as error:
                return told(error)
            return None

        self.show_overlay(Prompt(field.label, keep, initial=field.value, intro=(field.help,)))

    def _choose(self, index: int) -> None:
        assert self.view is not None
        field = self.view.fields[self.at - 1]
        if 0 <= index < len(field.options):
            self._set(field, field.options[index].value)

    def _set(self, field: SettingField, value: str) -> None:
        self.shell.services.settings.set(field.key, value)
        self.shell.apply_settings()
        self.load()

    def do_toggle(self) -> None:
        """Change the setting under the cursor."""
        self._change(1)

    def do_add(self) -> None:
        """Add a code to the team."""
        ask_who(self)

    def do_standout(self) -> None:
        """Show the doctor."""
        self.shell.job(self.shell.services.workspace.doctor, self._examined)

    def _examined(self, result: object) -> None:
        from fieldkit.services.health import in_words

        rows = in_words(result if isinstance(result, dict) else {})

        def build(size: int) -> list[Line]:
            return [
                line((f"{fit(name if part == 0 else '', 16)} ", "dim"), text)
                for name, value in rows
                for part, text in enumerate(wrap(clean(value), size - 18))
            ]

        self.show_overlay(Reader(_("Doctor"), build))

    def do_paper(self) -> None:
        """Write the support report."""
        self.say(_("fieldkit doctor --json writes a report without answers, names or keys."), "dim")
