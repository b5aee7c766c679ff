"""What every screen offers: help, the palette, who works, the quick note."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from fieldkit.errors import FieldkitError
from fieldkit.i18n import _, told
from fieldkit.keys import ACTIONS, F9_DIGITS, GO, Stroke, action
from fieldkit.screens import PLACES
from fieldkit.widgets.lines import Page, cells, fit, wrap
from fieldkit.widgets.overlays import Choice, Menu, Prompt
from fieldkit.widgets.picker import Picker, PickRow
from fieldkit.widgets.sheet import SheetField

if TYPE_CHECKING:
    from fieldkit.screens.base import FieldScreen
    from fieldkit.services.lines import FieldView

__all__ = ["PERSONAL", "ask_place", "ask_who", "field_of", "quick_note", "save_text", "show_help", "show_palette"]

PERSONAL = "PRIV-"
"""Area of the errors that ask before a number that looks personal is saved."""

_KEYS = 13
"""Cells of the column of keys in the help."""


def field_of(field: FieldView) -> SheetField:
    """Return a field of a record as a field of a sheet."""
    options = tuple((option.value, option.label) for option in field.options)
    return SheetField(field.name, field.label, field.value, options, field.required, field.hint, field.multiline)


def ask_who(screen: FieldScreen) -> None:
    """Show the team's codes; a digit switches who works, place and item stay."""
    actors = screen.shell.services.actors
    view = actors.view()
    choices = [
        Choice(f"{line.code}  {line.roles_label}", line.code, detail=_("works now") if line.current else "")
        for line in view.roster
    ]
    choices.append(Choice(_("another code"), None))

    def use(code: str) -> str | None:
        try:
            if code not in {line.code for line in view.roster}:
                actors.add(code.strip(), ("inspector",))
            actors.use(code.strip())
        except FieldkitError as error:
            return told(error)
        screen.load()
        screen.say(_("{code} works now; each record carries this code.").format(code=code.strip()), "good")
        return None

    def chosen(choice: Choice) -> None:
        if choice.value is None:
            screen.show_overlay(Prompt(_("Code, never a name"), use, intro=(_("For example insp-04."),)))
        else:
            use(str(choice.value))

    here = next((index for index, line in enumerate(view.roster) if line.current), 0)
    screen.show_overlay(Menu(_("Who works"), choices, chosen, preset=here))


def ask_place(screen: FieldScreen) -> None:
    """Ask where to go: a letter or a number."""
    choices = [
        Choice(_(label), place, place in PLACES or place == "who", _("not part of this version"), keys=(letter,))
        for letter, place, label in GO
    ]
    known = [choice for choice in choices if choice.enabled]
    others = [choice for choice in choices if not choice.enabled]
    numbered = [
        Choice(choice.label, choice.value, keys=(str((index + 1) % 10), *choice.keys))
        for index, choice in enumerate(known)
    ]
    first = [Choice(_("first row"), "first", keys=("g",))] if screen.shell.vim else []

    def chosen(choice: Choice) -> None:
        if choice.value == "first":
            screen.take(Stroke("home"))
        elif choice.value == "who":
            ask_who(screen)
        else:
            screen.shell.go(str(choice.value))

    screen.ask(_("Go to"), [*numbered, *first, *others], chosen)


def _help_rows(screen: FieldScreen, size: int) -> list[PickRow]:
    wide = max(size - 12, 40)
    rows = [PickRow(part, None) for text in screen.help_text().split("\n") if text for part in wrap(text, wide)]
    digit = {name: key for key, name in F9_DIGITS.items()}
    for entry in (action(standard.id) for standard in ACTIONS):
        twins = entry.twins or ((f"F9 {digit[entry.id]}",) if entry.id in digit else ())
        said = ", ".join(twins).replace("arrows", _("arrows"))
        here = _("here") if entry.id in screen.USES else ""
        rows += _key_rows(" ".join(entry.keys), said, _(entry.meaning), wide, entry.id, here)
    for letter, place, label in GO:
        rows += _key_rows(f"g {letter}", "", f"{_('go to')} {_(label)}", wide, place)
    last = _("Shift+drag selects text with the mouse; an input method may stay on: digits and F-keys do it all.")
    return rows + [PickRow(part, None) for part in wrap(last, wide)]


def _key_rows(keys: str, twins: str, meaning: str, wide: int, value: str, here: str = "") -> list[PickRow]:
    """Return a key, its twins and its meaning in columns; what does not fit stands in further rows."""
    rows = [PickRow(f"{keys}  {twins}", value)] if cells(keys) > _KEYS else []
    if rows:
        keys = twins = ""
    for part in wrap(meaning, wide - _KEYS - 12):
        rows.append(PickRow(f"{fit(keys, _KEYS)} {fit(twins, 10)} {part}", value, here))
        keys = twins = here = ""
    return rows


def _search(rows: Sequence[PickRow]) -> Callable[[str], tuple[Sequence[PickRow], int]]:
    from fieldkit.widgets.picker import Matcher  # beside its use

    matcher = Matcher(rows)
    return matcher.find


def show_help(screen: FieldScreen) -> None:
    """Show what this place is for and every key; typing searches."""
    screen.show_overlay(_Help(screen))


class _Help(Picker):
    """The help of a place: its lines break anew where the window gets another width."""

    whole = True

    def __init__(self, screen: FieldScreen) -> None:
        self._screen = screen
        self._broken_at = screen.app.size.width
        rows = _help_rows(screen, self._broken_at)
        super().__init__(_("Help: this place first, then all keys"), _search(rows), lambda _row: None)

    def page(self, size: int, height: int) -> Page:
        """Return the lines for this width."""
        if size != self._broken_at:
            self._broken_at = size
            self.search_in(_search(_help_rows(self._screen, size)))
        return super().page(size, height)


def show_palette(screen: FieldScreen) -> None:
    """Search actions, places and records: text, code, pinyin."""
    own = [
        PickRow(_(action(name).meaning), ("action", name), action(name).keys[0], _("action"))
        for name in (*screen.USES, "help", "quit")
    ]
    own += [
        PickRow(_(label), ("go", place), f"g{letter}", _("screen"))
        for letter, place, label in GO
        if place in PLACES or place == "who"
    ]
    own += [PickRow(text, ("item", key), code, _("item")) for text, key, code in screen_items(screen)]
    own += [PickRow(choice.label, ("own", choice), "", _("action")) for choice in screen.own_actions()]
    find_own = _search(own)

    def source(text: str) -> tuple[Sequence[PickRow], int]:
        rows, count = find_own(text)
        if not text.strip():
            return own, len(own)
        hits = screen.shell.services.home.find(text, limit=30)
        kind = screen.shell.services.records.kind_label
        found = [PickRow(hit.title, (hit.kind, hit.id), hit.detail, kind(hit.kind)) for hit in hits]
        return [*rows[:20], *found], count + len(found)

    def picked(row: PickRow) -> None:
        kind, target = row.value if isinstance(row.value, tuple) else ("", "")
        if isinstance(target, Choice):
            _do_own(screen, target)
        else:
            _follow(screen, str(kind), str(target))

    overlay = Picker(
        _("Everything: part of a name, pinyin, a number, an action"), source, picked, empty=_("Nothing matches.")
    )
    screen.show_overlay(overlay)


def _do_own(screen: FieldScreen, choice: Choice) -> None:
    """Do what only this screen offers, or say why it is off."""
    if not choice.enabled:
        screen.say(choice.reason or _("This is off here."))
    elif callable(choice.value):
        choice.value()


def screen_items(screen: FieldScreen) -> list[tuple[str, str, str]]:
    """Return label, key and number of the items of an open form; other screens have none."""
    items = getattr(screen, "palette_items", None)
    return list(items()) if items else []


def _follow(screen: FieldScreen, kind: str, target: str) -> None:
    shell = screen.shell
    if kind == "action":
        getattr(screen, f"do_{target}")()
    elif kind == "go":
        if target == "who":
            ask_who(screen)
        else:
            shell.go(target)
    elif kind == "item":
        getattr(screen, "go_to_item")(target)  # noqa: B009 - only the runner has items
    elif kind == "subject":
        shell.go("subjects", subject=target)
    elif kind == "visit":
        shell.go("visit", visit=target)
    elif kind == "finding":
        shell.go("finding", finding=target)
    elif kind == "note":
        shell.go("notes", note=target)


def save_text(screen: FieldScreen, save: Callable[[bool], object], again: Callable[[], None]) -> None:
    """Save a free text; a number that looks personal asks first, and nothing is saved until it is answered.

    Args:
        screen: Where to ask.
        save: Saves; the argument says whether the person confirmed.
        again: Opens the text once more, to be changed.
    """
    try:
        save(False)
    except FieldkitError as error:
        if not error.code.startswith(PERSONAL):
            raise

        def answer(choice: Choice) -> None:
            if choice.value == "change":
                again()
            else:
                save(True)
                screen.load()

        screen.ask(
            _("This looks like a personal number"),
            [Choice(_("change the text"), "change"), Choice(_("save it all the same"), "save")],
            answer,
            error.message,
            error.hint or _("Fieldkit keeps facts of organisations: unit, post, role and count."),
        )
        return
    screen.load()


def quick_note(screen: FieldScreen, initial: str = "") -> None:
    """Write a note about what is in focus: a subject, a visit, or nothing yet."""
    subject, visit, words = screen.note_target()
    about = _("about {thing}").format(thing=words) if words else _("not linked yet; link it later in the notes")

    def keep(text: str) -> str | None:
        if not text.strip():
            return None
        tags = tuple(word[1:] for word in text.split() if word.startswith("#") and len(word) > 1)

        def save(confirm: bool) -> None:
            about = {"subject": subject, "visit": visit, "tags": tags}
            screen.shell.services.notes.add(text.strip(), about, confirm=confirm)
            screen.say(_("Note saved."), "good")

        save_text(screen, save, lambda: quick_note(screen, text))
        return None

    intro = (about, _("Role and count, never a name. #word tags it."))
    screen.show_overlay(Prompt(_("Quick note"), keep, initial=initial, intro=intro, several_lines=True))
