"""Colours can be read: contrast is computed, and no state is told by colour alone."""

from __future__ import annotations

import pytest

from fieldkit.widgets.palette import BACKGROUND, COLOURS, THEMES, contrast, style_of

CHROME = {"rule"}


@pytest.mark.parametrize("theme", ["dark", "light", "contrast"])
def test_text_and_chrome_stand_out(theme: str) -> None:
    """Text has a contrast of at least 4.5 to 1, chrome 3 to 1, high contrast 7 to 1."""
    for meaning, (text, under, _attributes) in COLOURS[theme].items():
        least = 3.0 if meaning in CHROME else 7.0 if theme == "contrast" else 4.5
        found = contrast(text, under or BACKGROUND[theme])
        assert found >= least, f"{theme} {meaning}: {found:.2f}"


def test_known_contrasts() -> None:
    """Black on white is 21, a colour on itself is 1."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#777777") == pytest.approx(1)


def test_every_theme_knows_every_meaning() -> None:
    """A screen can use a meaning in any theme."""
    meanings = set(COLOURS["dark"])
    for theme in THEMES:
        assert set(COLOURS[theme]) == meanings


def test_ansi_themes_name_no_colour_of_their_own() -> None:
    """The ansi themes take the terminal's colours."""
    for theme in ("ansi-dark", "ansi-light"):
        assert not any(text.startswith("#") or under.startswith("#") for text, under, _more in COLOURS[theme].values())


def test_several_meanings_lie_over_each_other() -> None:
    """The later meaning wins its text colour."""
    assert style_of("dark", "cursor").bgcolor is not None
    assert style_of("dark", "unknown") == style_of("dark", "")
