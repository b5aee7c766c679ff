"""Rules on which ODK's engines agree and that are easily missed; each expected value is theirs."""

from __future__ import annotations

import math

import pytest

from fieldkit.forms.tree import Node
from fieldkit.forms.xpath.form_functions import shuffled
from tests.unit.xpath.world import number, text, truth

LETTERS = "<r><i>a</i><i>b</i><i>c</i><i>d</i><i>e</i><i>f</i><i>g</i><i>h</i><i>i</i><i>j</i><s>abc</s><e/></r>"


@pytest.mark.parametrize(
    ("seed", "order"),
    [
        ("'abc'", "a i b j f g d e c h"),
        ("/r/s", "a i b j f g d e c h"),
        ("'42a'", "j f h d g i a c e b"),
        ("1 div 0", "g f e a c h i d b j"),
        ("/r/e", "j b i a f d g e h c"),
        ("number('x')", "j b i a f d g e h c"),
        ("0", "j b i a f d g e h c"),
    ],
)
def test_a_seed_that_is_no_number_counts_by_its_digest(seed: str, order: str) -> None:
    assert text(f"join(' ', randomize(/r/i, {seed}))", LETTERS) == order


def test_infinite_seeds_are_the_ends_of_the_whole_numbers() -> None:
    nodes = [Node("text", text=str(place)) for place in range(20)]
    assert shuffled(nodes, math.inf) == shuffled(nodes, 2**63 - 1)
    assert shuffled(nodes, -math.inf) == shuffled(nodes, -(2**63))
    assert shuffled(nodes, -5) == shuffled(nodes, -5.9)


ROWS = """<data><d1><v>1</v><d2><v>1.1</v></d2><d2><v>1.2</v></d2></d1>
<d1><v>2</v><d2><v>2.1</v><d3><v>2.1.1</v></d3><d3><v>2.1.2</v></d3></d2><d2><v>2.2</v></d2></d1></data>"""


@pytest.mark.parametrize(
    "pairs",
    [
        "/data/d1, 2, /data/d1/d2, 1, /data/d1/d2/d3, 2",
        "/data/d1/d2/d3, 2, /data/d1/d2, 1, /data/d1, 2",
        "/data/d1/d2, 1, /data/d1, 2, /data/d1/d2/d3, 2",
    ],
)
def test_indexed_repeat_takes_the_repeats_in_any_order(pairs: str) -> None:
    assert text(f"indexed-repeat(/data/d1/d2/d3/v, {pairs})", ROWS, "/data") == "2.1.2"


def test_indexed_repeat_reaches_deeper_than_three_repeats() -> None:
    xml = "<a><b><c><d><e>1</e><e>2</e></d></c><c><d><e>3</e><e>4</e></d></c></b></a>"
    source = "indexed-repeat(/a/b/c/d/e, /a/b, 1, /a/b/c, 2, /a/b/c/d, 1, /a/b/c/d/e, 2)"
    # The target lies inside the innermost row; the row itself counts as inside.
    assert text(source, xml, "/a") == "4"


def test_a_position_counts_the_unbroken_run_of_siblings() -> None:
    xml = "<r><a/><b/><a/><a/>text<a/></r>"
    assert [number(f"position(/r/*[{place}])", xml) for place in range(1, 6)] == [1, 1, 1, 2, 3]


@pytest.mark.parametrize(
    ("point", "is_inside"),
    [("0 0", True), ("-10 -10", True), ("-10 0", True), ("0 -10", True), ("0 10", False), ("10 0", False)],
)
def test_the_border_of_a_geofence(point: str, is_inside: bool) -> None:
    square = "'-10 -10;-10 10;10 10;10 -10;-10 -10'"
    assert truth(f"geofence('{point}', {square})") is is_inside


def test_a_geofence_is_asked_for_one_point() -> None:
    assert not truth("geofence('0 0;0 1', '-10 -10;-10 10;10 10;10 -10;-10 -10')")


def test_any_number_of_semicolons_ends_a_trace() -> None:
    assert number("distance('0 0;0 1 ; ;')") == number("distance('0 0;0 1')")


MARKS = "<c><blank> </blank><yes>1</yes><w>1</w><w>2</w></c>"


def test_a_blank_node_is_not_checked() -> None:
    assert truth("checklist(0, 0, /c/blank)", MARKS)
    assert truth("weighted-checklist(0, 0, /c/blank, 1)", MARKS)


def test_a_weight_without_an_answer_fails_the_list_unless_nothing_is_asked() -> None:
    assert not truth("weighted-checklist(0, 3, /c/yes, /c/w)", MARKS)
    assert truth("weighted-checklist(-1, -1, /c/yes, /c/w)", MARKS)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("date('2025-06-15T10')", "2025-06-15T10:00:00.000-07:00"),
        ("date('2025-06-15T10:34:56+14:00')", "2025-06-14T13:34:56.000-07:00"),
        ("date('2025-06-15T10:34:56+15:00')", ""),
    ],
)
def test_hours_and_offsets(source: str, value: str) -> None:
    assert text(source) == value


@pytest.mark.parametrize(
    ("source", "holds"),
    [
        ("regex('abc\n', '^abc$')", False),
        ("regex('abc', '^abc$')", True),
        ("regex('a$', 'a\\$')", True),
        ("regex('a$', '[$]')", True),
        ("regex('a\nb', '(?m)^a$')", True),
    ],
)
def test_a_dollar_is_the_end_of_the_text(source: str, holds: bool) -> None:
    assert truth(source) is holds
