"""A sheet of fields to fill in: move with arrows, Enter fills, the first line saves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from fieldkit.i18n import _
from fieldkit.keys import Stroke
from fieldkit.widgets.lines import Line, Page, Span, cells, clean, cut, fit, line, rule, wrap
from fieldkit.widgets.overlays import Choice, Menu, Overlay, Prompt
from fieldkit.widgets.picker import Matcher, Picker, PickRow

__all__ = ["Sheet", "SheetField"]


class SheetField(Struct, frozen=True):
    """One field of a sheet."""

    name: str
    label: str
    value: str = ""
    options: tuple[tuple[str, str], ...] = ()
    """Value and label of what may be chosen; empty = text."""
    required: bool = False
    hint: str = ""
    multiline: bool = False


class Sheet(Overlay):
    """Fields with their values; nothing is kept until it is saved."""

    def __init__(
        self,
        title: str,
        fields: Sequence[SheetField],
        on_save: Callable[[Mapping[str, str]], str | None],
        *,
        save_label: str = "",
        intro: Sequence[str] = (),
    ) -> None:
        super().__init__(title)
        self.fields = list(fields)
        self.intro = list(intro)
        self._on_save = on_save
        self._save_label = save_label or _("save")
        self.at = self._first_due()
        self._top = 0

    def _first_due(self) -> int:
        """Return the first field that is due and empty; the line that saves where none is."""
        return next((place for place, field in enumerate(self.fields, 1) if field.required and not field.value), 0)

    @property
    def values(self) -> dict[str, str]:
        """What stands in the fields now."""
        return {field.name: field.value for field in self.fields}

    def page(self, size: int, height: int) -> Page:
        """Return the save line and the fields around the cursor."""
        rows: list[Line] = [rule(self.title, size)]
        for text in self.intro:
            rows.extend(line((" " + part, "dim")) for part in wrap(clean(text, lines=True), size - 2)[:3])
        here = self.at == 0
        # Elsewhere a digit fills the field under the cursor.
        head = " > 1  " if here else "      "
        rows.append(line(Span(head + self._save_label, "cursor" if here else "key", "sheet:0")))
        wide = min(max((cells(clean(field.label)) for field in self.fields), default=8) + 2, 28)
        room = max(height - len(rows) - 1, 2)
        body: list[Line] = []
        starts: list[int] = []
        for index, field in enumerate(self.fields, 1):
            starts.append(len(body))
            body.extend(self._field_rows(index, field, wide, size))
        at = starts[self.at - 1] if self.at else 0
        top = max(min(at - room // 2, len(body) - room), 0)
        rows += body[top : top + room]
        hint = self.fields[self.at - 1].hint if self.at else ""
        foot = self.message or hint or _("Enter fills a field, Esc leaves without saving")
        rows.append(line((" " + cut(foot, size - 2), "bad" if self.message else "dim")))
        return Page(tuple(rows))

    def _field_rows(self, index: int, field: SheetField, wide: int, size: int) -> list[Line]:
        here = index == self.at
        shown = dict(field.options).get(field.value, field.value)
        parts = (
            wrap(clean(shown, lines=True), size - wide - 7)[:3] if shown else [_("(due)") if field.required else "-"]
        )
        out: list[Line] = []
        for place, part in enumerate(parts):
            head = f" {'>' if here and not place else ' '}    {fit(clean(field.label) if not place else '', wide)}"
            style = "cursor" if here else "bad" if field.required and not field.value else ""
            out.append(
                line(Span(head, "cursor" if here else "dim", f"sheet:{index}"), Span(part, style, f"sheet:{index}"))
            )
        return out

    def hints(self) -> list[tuple[str, str]]:
        """Return the keys of a sheet."""
        return [(_("up, down"), _("move")), ("Enter", _("fill in")), ("Esc", _("back"))]

    def key(self, press: Stroke) -> bool:
        """Move, fill, save."""
        self.message = ""
        count = len(self.fields) + 1
        if press.name in {"up", "k", "shift+tab"}:
            self.at = (self.at - 1) % count
        elif press.name in {"down", "j", "tab"}:
            self.at = (self.at + 1) % count
        elif press.name in {"home", "pageup", "end", "pagedown"}:
            self.at = 0 if press.name in {"home", "pageup"} else count - 1
        elif press.name in {"enter", "space"}:
            if self.at:
                self._fill(self.at - 1)
            else:
                self._save()
        elif press.name == "backspace" and self.at:
            self._set(self.at - 1, "")
        elif press.digit and self.at:
            self._pick_digit(int(press.digit))
        elif press.digit == "1":
            self._save()
        elif press.name == "escape":
            self.close()
        else:
            return False
        return True

    def _pick_digit(self, digit: int) -> None:
        field = self.fields[self.at - 1]
        index = (digit - 1) % 10
        if field.options and index < len(field.options):
            self._set(self.at - 1, field.options[index][0])
        elif not field.options:
            self._fill(self.at - 1, f"{field.value}{digit}")

    def _set(self, index: int, value: str) -> None:
        self.fields[index] = replace(self.fields[index], value=value)

    def _fill(self, index: int, first: str | None = None) -> None:
        field = self.fields[index]
        if self.host is None:
            return

        def keep(text: str) -> str | None:
            self._set(index, text.strip())
            self.at = self._first_due()
            return None

        if field.options and len(field.options) > 10:
            rows = [PickRow(label, value, value) for value, label in field.options]
            self.host.show_overlay(Picker(field.label, Matcher(rows).find, lambda row: _drop(keep(str(row.value)))))
        elif field.options:
            choices = [Choice(label, value, detail=value) for value, label in field.options]
            at = next((place for place, (value, _label) in enumerate(field.options) if value == field.value), 0)
            self.host.show_overlay(Menu(field.label, choices, lambda choice: _drop(keep(str(choice.value))), preset=at))
        else:
            initial = field.value if first is None else first
            intro = (field.hint,) if field.hint else ()
            self.host.show_overlay(
                Prompt(field.label, keep, initial=initial, intro=intro, several_lines=field.multiline)
            )

    def _save(self) -> None:
        missing = [field.label for field in self.fields if field.required and not field.value]
        if missing:
            self.at = next(index for index, field in enumerate(self.fields, 1) if field.required and not field.value)
            self.say(_("Still due: {fields}").format(fields=_(", ").join(missing)))
            return
        self.close()
        problem = self._on_save(self.values)
        if problem and self.host:
            self.message = problem
            self.host.show_overlay(self)

    def clicked(self, tag: str) -> None:
        """Fill the field that was clicked, or save."""
        if tag.startswith("sheet:"):
            self.at = int(tag.partition(":")[2])
            self.key(Stroke("enter"))


def _drop(_value: object) -> None:
    """Drop a value."""
