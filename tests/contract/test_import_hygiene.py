"""What is imported when: heavy libraries stay out until the code that needs them runs."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    "pyxform",
    "openpyxl",
    "duckdb",
    "cryptography",
    "pydantic",
    "PIL",
    "pyrage",
    "pypinyin",
    "qrcode",
    "elementpath",
)


def _modules_after(statement: str) -> set[str]:
    code = f"{statement}\nimport sys\nprint('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, encoding="utf-8")
    return set(done.stdout.split())


@pytest.mark.parametrize("statement", ["import fieldkit.cli", "import fieldkit.bootstrap", "import fieldkit.app"])
def test_heavy_libraries_wait_until_they_are_needed(statement: str) -> None:
    """Neither the command line nor the app loads a heavy library before its first paint."""
    loaded = _modules_after(statement)
    assert not loaded & set(HEAVY)


def test_importing_the_package_costs_nothing() -> None:
    """The package itself pulls in nothing of its own."""
    assert {name for name in _modules_after("import fieldkit") if name.startswith("fieldkit")} == {"fieldkit"}


@pytest.mark.parametrize(
    "statement",
    [
        "import fieldkit.services",
        "import fieldkit.cli",
        "import fieldkit.store",
        "import fieldkit.forms",
        "import fieldkit.bootstrap",
    ],
)
def test_everything_below_the_screens_runs_without_textual(statement: str) -> None:
    """A command runs without loading the library of the screens."""
    assert not {"textual", "rich"} & _modules_after(statement)
