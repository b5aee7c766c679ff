"""The demo workspace, made once for all tests of the screens."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from fieldkit import i18n
from fieldkit.bootstrap import make_demo, open_services
from fieldkit.services.house import Services

NOW = datetime.fromisoformat("2026-11-22T09:41:07+08:00")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a demo workspace; copy it before it is opened for writing."""
    home = tmp_path_factory.mktemp("demo") / "home"
    before = i18n.language()
    i18n.set_language("en")
    make_demo(home, 1, now=NOW, lang="en")
    i18n.set_language(before)
    return home


@pytest.fixture
def services(demo: Path, tmp_path: Path) -> Iterator[Services]:
    """Open a copy of the demo workspace; writes are durable when they return."""
    home = tmp_path / "home"
    shutil.copytree(demo, home)
    opened = open_services(home, now=NOW, lang="en", threaded=False)
    yield opened
    opened.close()
