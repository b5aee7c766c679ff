"""Type-ahead over lists of every length: labels, codes, pinyin with both readings, rows made only where shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from fieldkit.widgets.picker import Matcher, PickRow
from fieldkit.widgets.sounds import spelled

PLACES = ("重庆市", "柳林村", "吕梁", "West Hill", "长安里", "柳林村 49")


def found(matcher: Matcher, query: str) -> list[str]:
    return [row.label for row in matcher.find(query)[0]]


@pytest.mark.parametrize(
    ("query", "labels"),
    [
        ("林", ["柳林村", "柳林村 49"]),
        ("WEST", ["West Hill"]),
        ("p2", ["吕梁"]),
        ("liulin", ["柳林村", "柳林村 49"]),
        ("llc", ["柳林村", "柳林村 49"]),
        ("chongqing", ["重庆市"]),
        ("zhongqing", ["重庆市"]),
        ("luliang", ["吕梁"]),
        ("lvliang", ["吕梁"]),
        ("changan", ["长安里"]),
        ("zhangan", ["长安里"]),
        ("llc 4", ["柳林村 49"]),
        ("xyz", []),
    ],
)
@pytest.mark.parametrize("filler", [0, 3000])
def test_part_of_label_code_and_pinyin(query: str, labels: list[str], filler: int) -> None:
    rows = [PickRow(label, number, f"p{number}") for number, label in enumerate(PLACES)]
    rows += [PickRow("....", number, "#") for number in range(filler)]
    assert found(Matcher(rows), query) == labels


def test_a_longer_query_narrows_and_a_shorter_one_widens_again() -> None:
    matcher = Matcher([PickRow(label, label) for label in PLACES])
    assert {"柳林村", "吕梁", "West Hill"} <= set(found(matcher, "l"))
    assert found(matcher, "liu") == ["柳林村", "柳林村 49"]
    assert "吕梁" in found(matcher, "l")


def test_those_that_begin_with_the_query_come_first() -> None:
    matcher = Matcher([PickRow("a hill", 1), PickRow("hill a", 2)])
    assert found(matcher, "hill") == ["hill a", "a hill"]


class Made(Sequence[PickRow]):
    """Rows that count how many of them were made."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.made = 0

    def __len__(self) -> int:
        return self.total

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return [self[number] for number in range(*place.indices(self.total))]
        self.made += 1
        return PickRow(f"Village {place}", place)


def test_only_rows_that_are_shown_are_made() -> None:
    rows = Made(5000)
    matcher = Matcher(rows, ((f"Village {number}", f"v{number}") for number in range(5000)))
    shown, total = matcher.find("v49")
    assert total == 111
    assert len(shown) == rows.made == 111
    assert matcher.find("village")[1] == 5000
    assert rows.made == 311


def test_spelling_asks_for_each_character_once() -> None:
    assert spelled(["abc\nx", "柳林\ny"]) == {1: "liulin\nll"}
    assert spelled(["abc"]) == {}
