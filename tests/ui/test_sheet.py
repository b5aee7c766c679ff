"""A sheet of fields: what a digit means depends on where the cursor stands, and it takes nothing away."""

from __future__ import annotations

from collections.abc import Mapping

from fieldkit.keys import Stroke
from fieldkit.widgets.overlays import Menu, Overlay, Prompt
from fieldkit.widgets.sheet import Sheet, SheetField


class _Host:
    """The screen below: it only notes what is laid over it."""

    def __init__(self) -> None:
        self.shown: list[Overlay] = []

    def close(self, overlay: Overlay) -> None:
        """Take an overlay away."""
        del overlay

    def repaint(self, *, force: bool = False) -> None:
        """Draw nothing."""
        del force

    def show_overlay(self, overlay: Overlay) -> None:
        """Note the overlay."""
        self.shown.append(overlay)

    def open_field(self, text: str = "", *, several_lines: bool = False) -> None:
        """Open nothing."""
        del text, several_lines

    def field_text(self) -> str:
        """Return nothing."""
        return ""


def _sheet(*fields: SheetField) -> tuple[Sheet, _Host, list[Mapping[str, str]]]:
    saved: list[Mapping[str, str]] = []

    def save(values: Mapping[str, str]) -> None:
        saved.append(values)

    sheet, host = Sheet("Finding", fields, save), _Host()
    sheet.host = host
    return sheet, host, saved


def _lines(sheet: Sheet) -> list[str]:
    return ["".join(span.text for span in row) for row in sheet.page(60, 12).lines]


def test_a_digit_in_an_empty_field_begins_its_text() -> None:
    """The field opens with the digit."""
    sheet, host, _saved = _sheet(SheetField("days", "Days", required=True))
    sheet.key(Stroke("3", "3"))
    (prompt,) = host.shown
    assert isinstance(prompt, Prompt)
    assert prompt.initial == "3"


def test_a_digit_in_a_filled_field_keeps_its_text() -> None:
    """The field opens with what stands there, the digit behind it."""
    sheet, host, saved = _sheet(SheetField("statement", "Statement", value="No ledger"))
    sheet.key(Stroke("down"))
    sheet.key(Stroke("1", "1"))
    (prompt,) = host.shown
    assert prompt.initial == "No ledger1"
    assert saved == []


def test_the_line_that_saves_shows_its_digit_only_under_the_cursor() -> None:
    """Elsewhere the digit means something else."""
    sheet, _host, saved = _sheet(SheetField("statement", "Statement", value="No ledger"))
    assert any(row.startswith(" > 1  save") for row in _lines(sheet))
    sheet.key(Stroke("down"))
    assert any(row.startswith("      save") for row in _lines(sheet))
    sheet.key(Stroke("up"))
    sheet.key(Stroke("1", "1"))
    assert saved == [{"statement": "No ledger"}]


def test_a_digit_chooses_where_there_is_a_choice() -> None:
    """Options are numbered from 1; a filled one is changed."""
    sheet, host, _saved = _sheet(SheetField("kind", "Kind", value="a", options=(("a", "A"), ("b", "B"))))
    sheet.key(Stroke("down"))
    sheet.key(Stroke("2", "2"))
    assert sheet.values == {"kind": "b"}
    sheet.key(Stroke("enter"))
    assert isinstance(host.shown[0], Menu)
