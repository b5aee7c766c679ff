"""A line is found by its number without reading the lines on the way, and altered heads never lead to another one."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from fieldkit.errors import StoreError
from fieldkit.model.operation import Operation
from fieldkit.store import Options, Store, lines, open_store, segment

OPTIONS = Options(ballast_bytes=0, fill_bytes=0)
SMALL, LONG = "visit/v1", "x" * 400_000


def filled(home: Path) -> bytes:
    """Write small operations around one that is as long as a form, and return the journal's bytes."""
    with open_store(home, options=OPTIONS) as store:
        for number in range(1, 42):
            record, value = ("form/f", LONG) if number == 20 else (SMALL, number)
            stamp = f"{1_790_000_000_000 + number}.0"
            store.append([Operation(store.device, number, stamp, "A01/x", record, f"f{number}", value)])
    return only_segment(home).read_bytes()


def only_segment(home: Path) -> Path:
    """Return the journal's only file."""
    (path,) = (home / "journal").glob("*.seg")
    return path


def values(store: Store) -> list[object]:
    """Return the values of the small record's operations, the error's code alone where they are refused."""
    try:
        return [operation.value for operation in store.operations(SMALL)]
    except StoreError as error:
        return [error.code]


def test_long_lines_on_the_way_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading forty operations takes about as many bytes as they have, wherever a form lies between them."""
    data = filled(tmp_path)
    taken = []

    def counted(raw: bytes) -> lines.Line | None:
        taken.append(len(raw))
        return lines.parse_line(raw)

    with open_store(tmp_path, options=OPTIONS) as store:
        monkeypatch.setattr(segment, "parse_line", counted)
        assert values(store) == [number for number in range(1, 42) if number != 20]
    assert taken
    # Only the neighbour of the long line is compared with it.
    assert sum(taken) < 3 * len(LONG) < 41 * len(data)


def test_an_altered_number_is_refused_and_never_misleads(tmp_path: Path) -> None:
    """Whatever digit of whatever head is altered under an open store: the right operations, or STORE-006."""
    data = filled(tmp_path)
    roll = random.Random(5)
    starts = [0, *(place + 1 for place, byte in enumerate(data[:-1]) if byte == 10)]
    path = only_segment(tmp_path)
    found = []
    for _round in range(120):
        place = roll.choice(starts[1:]) + 9
        altered = bytearray(data)
        altered[place] = roll.choice([digit for digit in b"0123456789" if digit != data[place]])
        path.write_bytes(data)
        with open_store(tmp_path, read_only=True, create=False, options=OPTIONS) as store:
            path.write_bytes(bytes(altered))
            found.append(values(store))
    right = [number for number in range(1, 42) if number != 20]
    assert ["STORE-006"] in found
    assert [one for one in found if one not in (right, ["STORE-006"])] == []
