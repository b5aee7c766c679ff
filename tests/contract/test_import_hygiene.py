"""What is imported when: heavy libraries stay out until the code that needs them runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from fieldkit.bootstrap import open_services

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


def _made(home: Path) -> Path:
    """Make a workspace with one subject."""
    services = open_services(home, lang="en", threaded=False)
    services.settings.complete_first_run("en", "A01", "d01")
    services.subjects.add({"id": "V1", "kind": "village", "name_zh": "柳林村", "name_en": "Liulin village"})
    services.close()
    return home


def test_the_first_screen_comes_without_the_form_engine(tmp_path: Path) -> None:
    """What opening a workspace and the day at a glance need is all that they load."""
    loaded = _modules_after(
        "import fieldkit.screens.home\n"
        "from pathlib import Path\n"
        "from fieldkit.bootstrap import open_services\n"
        f"services = open_services(Path({str(_made(tmp_path))!r}), lang='en')\n"
        "assert services.home.view().subjects == 1\n"
        "services.close()"
    )
    assert not loaded & {
        "fieldkit.forms.engine",
        "fieldkit.forms.xpath",
        "fieldkit.visit.session",
        "fieldkit.services.runner",
    }
    assert not loaded & set(HEAVY)


def test_nothing_that_is_loaded_at_start_is_a_dataclass() -> None:
    """A dataclass compiles its functions at each start: value classes are Structs."""
    code = (
        "import sys\n"
        "import fieldkit.app, fieldkit.bootstrap, fieldkit.screens.shell, fieldkit.screens.runner\n"
        "import fieldkit.services.home, fieldkit.services.runner, fieldkit.services.sync, fieldkit.store\n"
        "for name, module in list(sys.modules.items()):\n"
        "    for value in list(vars(module).values()) if name.startswith('fieldkit') else ():\n"
        "        if isinstance(value, type) and value.__module__ == name and '__dataclass_fields__' in vars(value):\n"
        "            print(value.__qualname__)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, encoding="utf-8")
    # Two of its members are left out of comparison, which a Struct cannot do.
    assert set(done.stdout.split()) == {"FormDefinition"}
