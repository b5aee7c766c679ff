"""Modules of one idea and short functions: the limits of the house, held by a test."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "fieldkit").rglob("*.py"))
MODULE_LINES = 500
FUNCTION_LINES = 60
CLASS_LINES = 400
FORBIDDEN_NAMES = {"utils", "helpers", "common", "misc"}


def _functions(tree: ast.Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_module_is_short_and_documented(path: Path) -> None:
    """A module has at most 500 lines, short functions, and a docstring on whatever is public."""
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    assert source.count("\n") <= MODULE_LINES
    assert path.stem not in FORBIDDEN_NAMES
    assert ast.get_docstring(tree)
    for function in _functions(tree):
        assert function.end_lineno is not None
        length = function.end_lineno - function.lineno + 1
        assert length <= FUNCTION_LINES, f"{function.name} has {length} lines"
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            assert ast.get_docstring(node), f"{node.name} has no docstring"
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{node.name} has no docstring"


def test_broad_excepts_stand_only_at_the_borders() -> None:
    """Whatever goes wrong is caught by its narrow type, except at the borders of the process and of a worker."""
    borders = {"fieldkit/app.py", "fieldkit/cli/border.py", "fieldkit/services/writer.py"}
    found = set()
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.ExceptHandler):
                continue
            name = node.type.id if isinstance(node.type, ast.Name) else None
            if isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None:
                continue  # cleans up and passes the fault on
            if node.type is None or name in {"Exception", "BaseException"}:
                found.add(str(path.relative_to(ROOT)).replace("\\", "/"))
    assert found <= borders
