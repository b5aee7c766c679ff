"""The outbox counted from ranges of operations says the same as the outbox that reads every record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from fieldkit.bootstrap import open_services
from fieldkit.services import sync as sync_module
from fieldkit.services.house import Services

NOW = datetime.fromisoformat("2026-01-10T09:30:00+08:00")


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """Return a workspace with notes."""
    opened = open_services(tmp_path / "home", now=NOW, lang="en", threaded=False)
    for number in range(6):
        opened.notes.add(f"note {number}", {})
    yield opened
    opened.close()


def _agree(services: Services, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int, int]:
    whole = services.sync.view()
    assert whole.records == len(whole.rows)
    monkeypatch.setattr(sync_module, "_LISTED", 4)
    part = services.sync.view()
    monkeypatch.undo()
    found = (part.waiting, part.waiting_operations, part.exported)
    assert found == (whole.waiting, whole.waiting_operations, whole.exported)
    assert part.records == whole.records
    assert len(part.rows) == 1
    assert part.rows[0] in whole.rows
    return found


def test_before_between_and_after_exports(services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _agree(services, monkeypatch) == (6, 30, 0)
    services.sync.export(tmp_path / "out")
    assert _agree(services, monkeypatch) == (0, 0, 6)
    note = services.notes.list().rows[0].id
    services.notes.edit(note, {"text": "changed"})
    services.notes.add("one more", {})
    assert _agree(services, monkeypatch) == (2, 6, 5)
    bundle = next(iter(services.desk.shelf("outbox", "sha256").items()))
    ranges = services.desk.shelf("outbox", "sha256").items()[bundle]["ranges"]
    row = {"ranges": ranges, "vector": {}, "at": "2026-01-10", "operations": 30}
    services.desk.shelf("receipts", "sha256").put(bundle, row)
    assert _agree(services, monkeypatch) == (2, 6, 0)
