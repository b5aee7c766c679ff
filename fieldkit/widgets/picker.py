"""Type-ahead over long lists: part of a label, a code, pinyin or its initials; and the picker that uses it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from msgspec import Struct

from fieldkit.i18n import _
from fieldkit.keys import Stroke
from fieldkit.widgets.lines import Line, Page, Slot, Span, cells, clean, cut, fit, line, rule
from fieldkit.widgets.overlays import Overlay
from fieldkit.widgets.sounds import spelled

__all__ = ["Matcher", "PickRow", "Picker"]

_HITS = 200
"""Rows that a search returns at most; more are counted, not listed."""

_MANY = 2_000
"""Longer lists are spelled when they open: the first letter must not wait for it."""


class PickRow(Struct, frozen=True):
    """One row of a picker."""

    label: str
    value: object
    code: str = ""
    detail: str = ""


def _folded(text: str) -> str:
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()


class Matcher:
    """Finds rows by part of their label, code, pinyin or initials; the rows keep their order.

    A longer query searches only among the hits of the shorter one, so that each key costs little on 50,000 rows.

    Args:
        rows: The rows; they are looked at only where they are found.
        names: Label and code of each row (default: those of the rows).
    """

    def __init__(self, rows: Sequence[PickRow], names: Iterable[tuple[str, str]] | None = None) -> None:
        self._rows = rows
        pairs = ((row.label, row.code) for row in rows) if names is None else names
        self._text = [f"{_folded(label)}\n{_folded(code)}" for label, code in pairs]
        self._sound: list[str] | None = None
        self._last: tuple[str, list[int]] = ("", list(range(len(rows))))
        if len(self._text) > _MANY:
            self._sounds()

    def find(self, query: str) -> tuple[list[PickRow], int]:
        """Return up to 200 rows that match, those that begin with the query first, and how many match in all."""
        wanted = _folded(query.strip())
        if not wanted:
            return list(self._rows[:_HITS]), len(self._rows)
        before, among = self._last
        pool = among if before and wanted.startswith(before) else range(len(self._rows))
        text = self._text
        by_sound = wanted.isascii() and any(map(str.isalpha, wanted))
        names = self._sounds() if by_sound else text
        hits = [index for index in pool if wanted in names[index]]
        self._last = (wanted, hits)
        first = list(islice((index for index in hits if text[index].startswith(wanted)), _HITS))
        chosen = set(first)
        rest = islice((index for index in hits if index not in chosen), _HITS - len(first))
        return [self._rows[index] for index in (*first, *rest)], len(hits)

    def _sounds(self) -> list[str]:
        """Return names with their pinyin: spelled at once for a long list, else at the first search by letters."""
        if self._sound is None:
            self._sound = list(self._text)
            for place, sound in spelled(self._text).items():
                self._sound[place] += f"\n{sound}"
        return self._sound


class Picker(Overlay):
    """A list that shrinks while you type."""

    field = "line"
    whole = False
    """True = it covers the whole screen."""

    def __init__(
        self,
        title: str,
        source: Callable[[str], tuple[Sequence[PickRow], int]],
        on_pick: Callable[[PickRow], None],
        *,
        initial: str = "",
        empty: str = "",
        on_free: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(title)
        self._source = source
        self._on_pick = on_pick
        self._on_free = on_free
        self.initial = initial
        self._empty = empty
        self._wide = (0, 0)
        self._text = initial
        self._rows, self._total = self._searched(initial)
        self._at = 0
        self._top = 0

    def _searched(self, text: str) -> tuple[Sequence[PickRow], int]:
        """Search; the columns of codes and details grow with what is found, and never shrink while you type."""
        rows, total = self._source(text)
        codes = max((cells(row.code) for row in rows), default=0)
        details = max((cells(row.detail) for row in rows), default=0)
        self._wide = (max(self._wide[0], min(codes, 12)), max(self._wide[1], min(details, 15)))
        return rows, total

    def page(self, size: int, height: int) -> Page:
        """Return the field with the rows that match."""
        rows: list[Line] = [rule(self.title, size)]
        label = _("Find:")
        rows.append(line((f" {label} ", "key"), (" " * max(size - 30, 8), "field")))
        slot = Slot(cells(f" {label} "), 1, max(size - 30, 8))
        room = max(height - 3, 1)
        self._at = min(max(self._at, 0), max(len(self._rows) - 1, 0))
        self._top = min(max(self._top, self._at - room + 1), self._at)
        for place, row in enumerate(self._rows[self._top : self._top + room]):
            index = self._top + place
            here = index == self._at
            style = "cursor" if here else ""
            wide = max(size - sum(self._wide) - 6, 20)
            text = f" {'>' if here else ' '} {fit(clean(row.label), wide)} {fit(clean(row.code), self._wide[0])} "
            detail = cut(clean(row.detail), self._wide[1])
            rows.append(line(Span(text, style, f"pick:{index}"), Span(detail, style or "dim")))
        # Always the same height: the field stays where the input method has drawn its window.
        rows.extend(() for _blank in range(room + 2 - len(rows)))
        foot = self.message or self._empty if not self._rows else ""
        more = self._total - len(self._rows)
        if more > 0:
            foot = _("{count} match; type more").format(count=self._total)
        rows.append(line((" " + cut(foot or _("up, down, Enter takes it, Esc leaves"), size - 2), "dim")))
        return Page(tuple(rows[: height + 1]), slot)

    def changed(self, text: str) -> None:
        """Search again."""
        self._text = text
        self._rows, self._total = self._searched(text)
        self._at = self._top = 0
        if self.host:
            self.host.repaint(force=True)

    def search_in(self, source: Callable[[str], tuple[Sequence[PickRow], int]]) -> None:
        """Take other rows; what was typed so far is searched in them."""
        self._source = source
        self._wide = (0, 0)
        self._rows, self._total = self._searched(self._text)

    def key(self, press: Stroke) -> bool:
        """Move among the rows; letters belong to the field."""
        steps = {"up": -1, "down": 1, "pageup": -8, "pagedown": 8}
        if press.name in steps:
            self._at = min(max(self._at + steps[press.name], 0), max(len(self._rows) - 1, 0))
            if self.host:
                self.host.repaint(force=True)
            return True
        if press.name == "escape":
            self.close()
            return True
        return False

    def committed(self, text: str, how: str) -> None:
        """Take the row under the cursor."""
        if self._rows and how == "enter":
            row = self._rows[self._at]
            self.close()
            self._on_pick(row)
        elif how == "enter" and self._on_free and text.strip():
            self.close()
            self._on_free(text)
        elif how == "tab":
            self.close()
        elif self.host:
            # Nothing matches: what was typed stays, so that it can be mended.
            self.host.open_field(text)

    def clicked(self, tag: str) -> None:
        """Take the row that was clicked."""
        if tag.startswith("pick:"):
            row = self._rows[int(tag.partition(":")[2])]
            self.close()
            self._on_pick(row)
