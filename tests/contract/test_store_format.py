"""The description of the store names, for every guarantee, tests that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def guarantees() -> dict[str, list[tuple[str, str]]]:
    """Return each guarantee of the table with the files and tests that it names."""
    text = (ROOT / "docs" / "store-format.md").read_text(encoding="utf-8")
    part = text.split("## Guarantees and the tests that prove them", 1)[1].split("\n## ", 1)[0]
    rows = [line.strip("| ").split(" | ", 1) for line in part.splitlines() if line.startswith("| ")]
    table = rows[1:]
    return {
        row[0]: NAMED.findall(row[1]) for row in table[: next((i for i, r in enumerate(table) if r[0] == "what"), None)]
    }


def names_in(path: Path) -> set[str]:
    """Return what a test file defines at its top."""
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found.update(target.id for target in node.targets if isinstance(target, ast.Name))
    return found


def test_every_guarantee_names_tests_that_exist() -> None:
    """A renamed test renames its row."""
    table = guarantees()
    assert len(table) > 30
    assert [name for name, tests in table.items() if not tests] == []
    defined = {file: names_in(ROOT / file) for tests in table.values() for file, _name in tests}
    assert [f"{file}::{name}" for tests in table.values() for file, name in tests if name not in defined[file]] == []


def test_every_test_of_the_crash_bench_proves_a_guarantee() -> None:
    """A new test of the bench gets its row."""
    named = {name for tests in guarantees().values() for _file, name in tests}
    here = {
        name
        for path in sorted((ROOT / "tests" / "crash").glob("test_*.py"))
        for name in names_in(path)
        if name.startswith("test_")
    }
    assert here - named == set()
