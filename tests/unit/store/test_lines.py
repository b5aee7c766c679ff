"""Lines of the journal: found in any bytes, also where what separates them was altered."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fieldkit.errors import StoreError
from fieldkit.model.operation import Operation
from fieldkit.store import open_store
from fieldkit.store.care import repair_workspace, verify_workspace
from fieldkit.store.lines import format_line, valid_lines


def numbers(data: bytes) -> list[int]:
    """Return the numbers of the lines that are found."""
    return [line.number for _offset, line in valid_lines(data, 0)]


def test_lines_are_found_where_a_line_feed_was_altered() -> None:
    """One byte costs no line."""
    lines = [format_line(number, b"p", b'["outbox",%d,{}]' % number) for number in range(1, 6)]
    assert numbers(b"".join(lines)) == [1, 2, 3, 4, 5]
    for place in range(4):
        changed = [line[:-1] + b"\x0b" if at == place else line for at, line in enumerate(lines)]
        assert numbers(b"".join(changed)) == [1, 2, 3, 4, 5]
    assert numbers(b"".join(line[:-1] + b"\x0b" for line in lines[:-1]) + lines[-1]) == [1, 2, 3, 4, 5]


def test_the_offsets_are_those_of_the_lines() -> None:
    """So that a repair can say what lay between them."""
    first, second = format_line(1, b"t", b'["a"]'), format_line(2, b"t", b'["b"]')
    assert [offset for offset, _line in valid_lines(first[:-1] + b"?" + second, 0)] == [0, len(first)]


def test_a_value_that_looks_like_a_line_is_none() -> None:
    """What stands inside a line is its payload."""
    inner = format_line(9, b"t", b'["b"]')[:-1]
    outer = format_line(1, b"p", b'["outbox",1,{"text":"%b"}]' % inner)
    assert numbers(outer) == [1]
    assert numbers(outer[:-1] + b"?" + format_line(2, b"t", b"[]")) == [1, 2]


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    """Return a workspace whose last but one line ends in another byte than a line feed."""
    home = tmp_path / "home"
    with open_store(home) as store:
        for seq in range(1, 5):
            store.append([Operation(store.device, seq, f"{seq}.0", "A01/x", "visit/v", "answer:f:/d/a", seq)])
    shutil.rmtree(home / "state", ignore_errors=True)
    (home / "journal" / "mark").unlink()
    segment = next((home / "journal").glob("*.seg"))
    lines = segment.read_bytes().splitlines(keepends=True)
    segment.write_bytes(b"".join(lines[:-2]) + lines[-2][:-1] + b"\x0b" + lines[-1])
    return home


def test_an_altered_line_feed_before_the_last_line_is_damage(damaged: Path) -> None:
    """Two acknowledged writes are not taken for one that was never finished."""
    with pytest.raises(StoreError, match="damaged in the middle") as caught:
        open_store(damaged)
    assert caught.value.code == "STORE-006"


def test_repair_saves_both_lines_and_names_the_byte(damaged: Path) -> None:
    """Nothing is gone, and the person has learned what was wrong."""
    assert [problem["code"] for problem in verify_workspace(damaged)["problems"]] == ["STORE-006"]
    assert repair_workspace(damaged)["lost"] == []
    with open_store(damaged) as store:
        assert [operation.value for operation in store.operations()] == [1, 2, 3, 4]
