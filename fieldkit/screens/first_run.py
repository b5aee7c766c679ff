"""First run: three questions with presets; Enter three times is enough, then the demo is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fieldkit import i18n
from fieldkit.errors import FieldkitError
from fieldkit.i18n import _
from fieldkit.keys import Stroke
from fieldkit.screens.base import FieldScreen
from fieldkit.widgets.frame import Hint
from fieldkit.widgets.lines import Line, Page, Slot, Span, clean, cut, fit, line, wrap
from fieldkit.widgets.overlays import Choice

if TYPE_CHECKING:
    from fieldkit.services.settings_view import FirstRunView

__all__ = ["FirstRunScreen"]

_LANGUAGE, _ACTOR, _DEVICE = range(3)


class FirstRunScreen(FieldScreen):
    """Language, inspector code, device name."""

    NAME = "first_run"
    USES = ()

    def __init__(self) -> None:
        super().__init__()
        self.view: FirstRunView | None = None
        self.values = ["", "", ""]
        self.at = 0

    def load(self) -> None:
        """Fetch the presets."""
        if self.view is None:
            self.view = self.shell.services.settings.first_run()
            if self.view is not None:
                self.values = [self.view.language, self.view.actor, self.view.device]
                i18n.set_language(self.view.language)

    def heading(self) -> tuple[str, str]:
        """Return a welcome."""
        return _("Welcome to Fieldkit"), ""

    def content(self, size: int, height: int) -> Page:
        """Return the three questions."""
        if self.view is None:
            return Page(())
        rows: list[Line] = [(), line((f"  {_('Three questions; Enter accepts what stands there.')}", "label")), ()]
        slot: Slot | None = None
        names = (_("Language"), _("Inspector code"), _("Device name"))
        helps = (
            _("1 or 2 switches."),
            _("A code such as A01 or insp-03, never a name."),
            _("Two to four letters or digits: it stands in the numbers of your records."),
        )
        for index, name in enumerate(names):
            here = index == self.at
            head = f"  {'>' if here else ' '} {index + 1}  {fit(name, 18)} "
            style = "cursor" if here else ""
            if index == _LANGUAGE:
                shown = "   ".join(
                    f"[{option.label}]" if option.value == self.values[0] else f" {option.label} "
                    for option in self.view.languages
                )
                rows.append(line(Span(head, style or "dim"), Span(shown, style)))
            elif here and self.field is not None:
                slot = Slot(len("  > 1  ") + 19, len(rows), 20)
                rows.append(line(Span(head, style), Span(" " * 20, "field")))
            else:
                rows.append(line(Span(head, style or "dim"), Span(clean(self.values[index]), style)))
            rows.append(line(("       " + cut(helps[index], size - 8), "dim")))
            rows.append(())
        texts = _(
            "Everything stays on this computer: no account, no network. Each can be changed later in Settings (gt)."
        )
        rows.extend(line(("  " + part, "dim")) for part in wrap(texts, size - 4))
        return Page(tuple(rows[:height]), slot)

    def hints(self) -> list[Hint]:
        """Return how to answer."""
        return [
            Hint("Enter", _("accept")),
            Hint("1-2", _("language")),
            Hint("Shift+Tab", _("back")),
            Hint("Ctrl+Q", _("quit")),
        ]

    def take(self, press: Stroke) -> bool:
        """Answer the language question, and step through the others."""
        if self.view is None:
            return False
        if self.at > _DEVICE:
            self.shell.go("home")
            return True
        codes = [option.value for option in self.view.languages]
        if self.at == _LANGUAGE and press.digit and 0 < int(press.digit) <= len(codes):
            self._speak(codes[int(press.digit) - 1])
        elif self.at == _LANGUAGE and press.name in {"left", "right", "space", "up", "down"}:
            self._speak(codes[(codes.index(self.values[0]) + 1) % len(codes)])
        elif press.name in {"enter", "tab"}:
            self._next()
        else:
            return press.name not in {"f1", "f9", "?"}
        return True

    def _speak(self, code: str) -> None:
        self.values[_LANGUAGE] = code
        i18n.set_language(code)

    def _next(self) -> None:
        self.at += 1
        if self.at <= _DEVICE:
            self.open_field(self.values[self.at], preset=True)

    def committed(self, text: str, how: str) -> None:
        """Take code or device name, then the next question."""
        if how in {"shift+tab", "escape"}:
            self.values[self.at] = text.strip() or self.values[self.at]
            self.at -= 1
            if self.at > _LANGUAGE:
                self.open_field(self.values[self.at], preset=True)
            return
        self.values[self.at] = text.strip() or self.values[self.at]
        if self.at < _DEVICE:
            self._next()
            return
        self._finish()

    def _finish(self) -> None:
        try:
            self.shell.services.settings.complete_first_run(*self.values)
        except FieldkitError as error:
            self.tell(error)
            self.at = _DEVICE if "device" in error.where.values() else _ACTOR
            message = self.message
            self.open_field(self.values[self.at], preset=True)
            self.message = message
            return
        self.shell.apply_settings()
        self._offer_demo()

    def _offer_demo(self) -> None:
        def chosen(choice: Choice) -> None:
            if choice.value == "demo":
                self.shell.open_demo()
            else:
                self.shell.go("home")

        self.ask(
            _("Look around first?"),
            [
                Choice(_("start with the empty workspace"), "home"),
                Choice(_("open the demo: one county, three townships, two rounds of visits"), "demo"),
            ],
            chosen,
            _("Demo and real data never mix: the demo lies in a folder of its own, its first row is striped."),
        )
