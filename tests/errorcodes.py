"""The catalogue of error codes: ``python -m tests.errorcodes`` compares ``docs/errors.md`` with the source."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "errors.md"
_CODE = re.compile(r"^[A-Z]{3,8}-\d{3}$")
_ROW = re.compile(r"^\| `?([A-Z]{3,8}-\d{3})`? \|", re.MULTILINE)


def used() -> dict[str, str]:
    """Return every code that the source names, with the module that names it."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "fieldkit").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and _CODE.match(node.value)
                and node.value[:4] != "SHA-"
            ):
                found.setdefault(node.value, path.relative_to(ROOT).as_posix())
    return found


def listed() -> list[str]:
    """Return the codes of the document, in its order."""
    return _ROW.findall(DOCUMENT.read_text(encoding="utf-8"))


def main() -> int:
    """Print codes that are used but not listed, and listed but not used; the exit code is 1 where there are any."""
    source, document = used(), listed()
    missing = sorted(set(source) - set(document))
    for code in missing:
        print(f"not listed: {code} ({source[code]})")
    dead = sorted(set(document) - set(source))
    for code in dead:
        print(f"not used: {code}")
    print(f"{len(source)} codes used, {len(document)} listed")
    return 1 if missing or dead else 0


if __name__ == "__main__":
    sys.exit(main())
