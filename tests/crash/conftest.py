"""A folder in memory for the crash bench, and a cheap passphrase: its cost is recorded, and thousands are opened."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldkit.store import ciphers
from tests.crash.scale import scratch


@pytest.fixture(autouse=True)
def cheap_passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lower the cost of new seals."""
    monkeypatch.setattr(ciphers, "_COST", {"name": "scrypt", "n": 1 << 8, "r": 8, "p": 1})


@pytest.fixture
def work() -> Iterator[Path]:
    """Return a folder in memory."""
    folder = scratch()
    yield folder
    shutil.rmtree(folder)
