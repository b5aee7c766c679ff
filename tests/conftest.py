"""What every test shares: programs of the system that a test may need, and calm defaults."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldkit import i18n

SHARED = Path(__file__).resolve().parents[2] / "shared"
"""Material for acceptance that lies beside the repository on some machines; the product never needs it."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip a test whose program is missing; with FIELDKIT_ALL_PROGRAMS set that is a failure instead."""
    for item in items:
        for marker in item.iter_markers("needs"):
            for program in marker.args:
                if shutil.which(program) is None and "FIELDKIT_ALL_PROGRAMS" not in os.environ:
                    item.add_marker(pytest.mark.skip(reason=f"needs the program {program}"))


@pytest.fixture(autouse=True)
def calm_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Give each test its own home and an English interface."""
    monkeypatch.setenv("FIELDKIT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    for name in ("NO_COLOR", "SSH_CONNECTION", "COLUMNS", "LINES", "FIELDKIT_PASSPHRASE_FILE"):
        monkeypatch.delenv(name, raising=False)
    i18n.set_language("en")
    yield
    i18n.set_language("en")


@pytest.fixture
def shared() -> Path:
    """Return the folder of acceptance material, or skip where it does not lie beside the repository."""
    if not SHARED.is_dir():
        pytest.skip("needs the acceptance material beside the repository")
    return SHARED
