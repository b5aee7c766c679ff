"""The store is looked after when nobody types, and left alone when somebody does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from fieldkit.bootstrap import open_services
from fieldkit.errors import StoreError
from fieldkit.services.clockwork import FixedClock
from fieldkit.services.house import Services
from fieldkit.services.upkeep import Upkeep

NOW = datetime.fromisoformat("2026-01-10T09:30:00+08:00")


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """Return a workspace with a note."""
    opened = open_services(tmp_path / "home", now=NOW, lang="en", threaded=False)
    opened.notes.add("first", {})
    yield opened
    opened.close()


def _wait(services: Services, seconds: int) -> None:
    clock = services.desk.clock
    assert isinstance(clock, FixedClock)
    clock.set(clock.now() + timedelta(seconds=seconds))


def test_it_waits_until_nobody_typed_for_a_while(services: Services) -> None:
    upkeep = services.upkeep
    assert not upkeep.is_due()
    _wait(services, 19)
    assert not upkeep.is_due()
    upkeep.touch()
    _wait(services, 19)
    assert not upkeep.is_due()
    _wait(services, 2)
    assert upkeep.is_due()


def test_it_writes_what_is_in_memory_and_rests_then(services: Services, tmp_path: Path) -> None:
    upkeep = services.upkeep
    _wait(services, 30)
    assert not list((tmp_path / "home" / "state").glob("*.run"))
    assert upkeep.run() == 2
    assert list((tmp_path / "home" / "state").glob("*.run"))
    _wait(services, 30)
    assert not upkeep.is_due()
    _wait(services, 600)
    assert upkeep.is_due()


def test_a_key_ends_it_after_the_step_under_way(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    upkeep = Upkeep(services.desk)
    done: list[str] = []

    def steps() -> Iterator[str]:
        for name in ("one", "two", "three"):
            done.append(name)
            if name == "two":
                _wait(services, 1)
                upkeep.touch()
            yield name

    monkeypatch.setattr(services.desk.store, "upkeep", steps)
    _wait(services, 30)
    assert upkeep.run() == 2
    assert done == ["one", "two"]
    _wait(services, 30)
    assert upkeep.is_due()


def test_closing_waits_for_the_step_under_way(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    upkeep = services.upkeep
    inside, go_on = threading.Event(), threading.Event()
    done: list[str] = []

    def steps() -> Iterator[str]:
        inside.set()
        go_on.wait(10)
        done.append("one")
        yield "one"
        done.append("two")
        yield "two"

    monkeypatch.setattr(services.desk.store, "upkeep", steps)
    worker = threading.Thread(target=upkeep.run)
    worker.start()
    assert inside.wait(10)
    ending = threading.Thread(target=upkeep.end)
    ending.start()
    assert ending.is_alive()
    go_on.set()
    ending.join(10)
    worker.join(10)
    assert done == ["one"]
    _wait(services, 3600)
    assert not upkeep.is_due()
    assert upkeep.run() == 0


def test_a_disk_that_refuses_is_no_matter(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    def steps() -> Iterator[str]:
        raise StoreError("STORE-010", "full")
        yield ""

    monkeypatch.setattr(services.desk.store, "upkeep", steps)
    _wait(services, 30)
    assert services.upkeep.run() == 0
    assert not services.upkeep.is_due()


def test_nothing_is_done_where_the_workspace_is_only_read(tmp_path: Path, services: Services) -> None:
    reading = open_services(tmp_path / "home", now=NOW, lang="en", read_only=True)
    _wait(reading, 3600)
    assert not reading.upkeep.is_due()
    reading.close()
