"""Small files need few frames although a third of them is lost."""

from __future__ import annotations

import random

import pytest

from fieldkit.sync.fountain import coefficients
from fieldkit.sync.frames import Collector, Frames, parse_frame
from fieldkit.sync.schedule import MOST, reduced, repair_indexes

RUNS = 400


def mean_shown(count: int, *, chosen: bool) -> float:
    """Return the mean of frames shown for each symbol at 30 % loss."""
    chance, total = random.Random(count), 0
    for session in range(5):
        wanted = count + 40
        later = repair_indexes(session, count, wanted) if chosen else range(count, count + wanted)
        order = [coefficients(session, index, count) for index in (*range(count), *later)]
        for _run in range(RUNS // 5):
            rows: dict[int, int] = {}
            place = 0
            while len(rows) < count:
                if chance.random() >= 0.3:
                    fresh = reduced(rows, order[place])
                    rows.update({fresh & -fresh: fresh} if fresh else {})
                place += 1
            total += place
    return total / RUNS / count


@pytest.mark.parametrize("count", [2, 5, 10, 23])
def test_the_mean_stays_below_its_goal_and_below_numbers_in_order(count: int) -> None:
    """At most 1.6 frames a symbol; the floor of any code is 1.43."""
    ours = mean_shown(count, chosen=True)
    assert 1.3 < ours <= 1.6
    assert ours < mean_shown(count, chosen=False)


def test_the_same_file_gives_the_same_frames_and_no_number_comes_twice() -> None:
    """The order is a function of the file; large files keep the order of the numbers."""
    first = repair_indexes(7, 10, 25)
    assert first == repair_indexes(7, 10, 25)
    assert len(set(first)) == 25
    assert min(first) >= 10
    assert first != list(range(10, 35))
    assert repair_indexes(7, MOST, 3) == [MOST, MOST + 1, MOST + 2]
    assert repair_indexes(7, 1, 2) == [1, 2]


def test_a_reader_needs_nothing_but_the_frames() -> None:
    """Every frame says its number; also the frames beyond the advised ones are new."""
    data = random.Random(3).randbytes(800)
    frames, collector = Frames(data, 5), Collector()
    numbers = [parse_frame(frames.text(place)).index for place in range(frames.advised + 30)]
    assert len(set(numbers)) == len(numbers)
    for place in range(frames.symbols, frames.advised):
        collector.add(frames.text(place))
    assert collector.data == data
