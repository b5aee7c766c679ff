"""Lines are measured in cells, and foreign text does no harm."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.widgets.lines import (
    Span,
    ambiguous_width,
    beside,
    cells,
    clean,
    crop,
    cut,
    fit,
    line,
    plain,
    set_ambiguous_width,
    shorten,
    width,
    wrap,
)

TEXTS = st.text(st.sampled_from("ab 柳林村党支部，。…１x\n"), max_size=60)


@given(TEXTS, st.integers(0, 40))
def test_cut_never_exceeds_its_cells(text: str, size: int) -> None:
    """A cut text has at most the cells it was given; half a Han character is never left."""
    assert cells(cut(text.replace("\n", " "), size)) <= size


@given(TEXTS, st.integers(1, 40), st.sampled_from(["left", "right", "middle"]))
def test_fit_has_exactly_its_cells(text: str, size: int, align: str) -> None:
    """A fitted text fills its column exactly."""
    assert cells(fit(text.replace("\n", " "), size, align)) == size


@given(TEXTS, st.integers(4, 40))
def test_wrapped_lines_fit_and_lose_nothing(text: str, size: int) -> None:
    """Each wrapped line fits, and no character but blanks is lost."""
    rows = wrap(text, size)
    assert all(cells(row) <= size for row in rows)
    assert "".join("".join(rows).split()) == "".join(text.split())


def test_han_wraps_between_characters() -> None:
    """Chinese breaks anywhere; its closing signs do not begin a line."""
    assert wrap("组织生活会和民主评议", 8) == ["组织生活", "会和民主", "评议"]
    assert wrap("按年度开展，有问题", 10)[1][0] != "，"


def test_a_long_word_is_broken() -> None:
    """A word longer than the row does not overflow it."""
    assert wrap("a" * 25, 10) == ["a" * 10, "a" * 10, "a" * 5]


@pytest.mark.parametrize(
    "text", ["\x1b[31mred", "\x07bell", "a\u202eb", "a\u200fb", "a\ufeffb", "a\x9bb", "\u2066x\u2069", "a\ud800b"]
)
def test_foreign_text_loses_what_could_do_harm(text: str) -> None:
    """Control characters, marks that turn text round, and lone surrogates are gone."""
    shown = clean(text)
    assert shown.isprintable()
    assert not any(char in shown for char in "\x1b\x07\u202e\u200f\ufeff\x9b\u2066\ud800")


def test_a_line_of_a_megabyte_is_bounded() -> None:
    """A text of a million characters costs no more than a long one."""
    assert len(clean("x" * 1_000_000)) <= 20_000
    assert len(clean("柳" * 1_000_000)) <= 20_000


def test_markup_is_shown_as_it_stands() -> None:
    """Square brackets of foreign text are text."""
    assert clean("[bold red]x[/]") == "[bold red]x[/]"


def test_breaks_are_kept_only_where_lines_are_asked_for() -> None:
    """A label in one row has blanks where it had breaks."""
    assert clean("a\nb") == "a b"
    assert clean("a\nb", lines=True) == "a\nb"


def test_crop_cuts_and_pads_a_line_of_spans() -> None:
    """A cropped line has exactly its cells, whatever the spans."""
    row = line("柳林", ("村党支部", "bad"))
    for size in range(20):
        assert width(crop(row, size)) == size


def test_shorten_tells_that_something_is_missing() -> None:
    """A shortened line ends with two dots."""
    assert plain(shorten(line("柳林村党支部"), 8)) == "柳林村.."
    assert shorten(line("abc"), 8) == line("abc")


def test_two_blocks_stand_beside_each_other() -> None:
    """The left block has its cells, the shorter one is filled up."""
    rows = beside([line("柳林村党支部")], [line("a"), line("b")], 6, "|")
    assert [plain(row) for row in rows] == ["柳林..|a", "      |b"]


def test_ambiguous_signs_become_ascii_where_the_terminal_draws_them_wide() -> None:
    """With the setting 2, no character of uncertain width reaches the screen."""
    set_ambiguous_width(2)
    try:
        assert ambiguous_width() == 2
        assert clean("“柳林”…①→×") == '"柳林"..1->x'
    finally:
        set_ambiguous_width(1)
    assert clean("…") == "…"


def test_empty_parts_vanish() -> None:
    """A line keeps only what has text."""
    assert line("", ("x", "bad"), ("", "dim")) == (Span("x", "bad"),)
