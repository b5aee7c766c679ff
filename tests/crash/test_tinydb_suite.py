"""TinyDB's own tests, of the installed version, run against our classes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path

import pytest

CACHE = Path(os.environ.get("FIELDKIT_TEST_CACHE") or Path.home() / ".cache" / "fieldkit-tests")

CONFTEST = '''
import itertools
from pathlib import Path

import pytest
import tinydb
from fieldkit.store import Options
from fieldkit.store.disk import Disk
from fieldkit.store.engine import Engine
from fieldkit.store.tables import LogTinyDB

OPTIONS = Options(ballast_bytes=0, memory_bytes=2000, tail_lines=2)


class Ours(LogTinyDB):
    """LogTinyDB opened by a path, as the stock class is."""

    def __init__(self, path):
        home = Path(str(path) + ".d")
        (home / "journal").mkdir(parents=True, exist_ok=True)
        engine = Engine(home, "w" * 32, disk=Disk(), read_only=False, options=OPTIONS)
        engine.open()
        super().__init__(engine)


def opened(*arguments, **options):
    """Our database for a path, the stock one where a test brings its own storage or options of the JSON file."""
    return tinydb.TinyDB(*arguments, **options) if options or not arguments else Ours(*arguments)


@pytest.fixture(autouse=True)
def by_path(request, monkeypatch):
    if request.module.__name__.endswith("test_tinydb") and "hint" not in request.node.name:
        monkeypatch.setattr(request.module, "TinyDB", opened)


@pytest.fixture
def db(tmp_path):
    database = Ours(tmp_path / "test.db")
    database.drop_tables()
    database.insert_multiple({"int": 1, "char": c} for c in "abc")
    yield database
    database.close()
'''

NOT_OURS = {
    "test_tables.py::test_table_repr": "checks the words '<Table' and 'JSONStorage'",
    "test_tinydb.py::test_repr": "checks the words '<TinyDB'",
}


def source() -> Path:
    """Return TinyDB's tests from its source distribution, or skip where it cannot be had."""
    wanted = version("tinydb")
    folder = CACHE / f"tinydb-{wanted}" / "tests"
    if folder.is_dir():
        return folder
    CACHE.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "-q",
        "--no-deps",
        "--no-binary",
        "tinydb",
        f"tinydb=={wanted}",
        "-d",
        str(CACHE),
    ]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        with tarfile.open(CACHE / f"tinydb-{wanted}.tar.gz") as archive:
            if hasattr(tarfile, "data_filter"):
                archive.extractall(CACHE, filter="data")
            else:  # Python before 3.11.4
                archive.extractall(CACHE)
    except (subprocess.SubprocessError, OSError, tarfile.TarError) as error:
        pytest.skip(f"needs the source distribution of tinydb {wanted}: {type(error).__name__}")
    return folder


def test_tinydbs_own_suite_passes(tmp_path: Path) -> None:
    """All tests of tables, database, operations and queries, but the ones that check class names in repr()."""
    folder = tmp_path / "suite"
    folder.mkdir()
    for name in ("test_tables.py", "test_tinydb.py", "test_operations.py", "test_queries.py"):
        shutil.copy(source() / name, folder / name)
    (folder / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-rfE",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:randomly",
        "--rootdir",
        str(folder),
        str(folder),
    ]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=folder)
    failed = set(re.findall(r"^(?:FAILED|ERROR) (?:\S*/)?(test_\w+\.py::\w+)", done.stdout, re.MULTILINE))
    assert failed <= NOT_OURS.keys(), done.stdout[-5000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) > 100
