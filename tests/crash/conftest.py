"""A cheap passphrase for the crash bench: the cost is recorded in each workspace, and here thousands are opened."""

from __future__ import annotations

import pytest

from fieldkit.store import ciphers


@pytest.fixture(autouse=True)
def cheap_passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lower the cost of new seals."""
    monkeypatch.setattr(ciphers, "_COST", {"name": "scrypt", "n": 1 << 8, "r": 8, "p": 1})
