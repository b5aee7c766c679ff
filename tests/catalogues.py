"""The message catalogues: ``python -m tests.catalogues`` checks them, ``--update`` merges new texts and compiles."""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
PO = ROOT / "fieldkit" / "locale" / "zh_CN" / "LC_MESSAGES" / "fieldkit.po"
MO = PO.with_suffix(".mo")
_KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2)}


def extracted() -> Catalog:
    """Return every interface text that the source names."""
    catalogue = Catalog(project="Fieldkit", charset="utf-8")
    found = extract_from_dir(str(ROOT / "fieldkit"), [("**.py", "python")], keywords=_KEYWORDS)
    for filename, _line, message, comments, context in found:
        if message:
            catalogue.add(
                message, None, [(f"fieldkit/{filename}".replace("\\", "/"), 0)], auto_comments=comments, context=context
            )
    for message in _also_in_fstrings():
        catalogue.add(message)
    return catalogue


def _also_in_fstrings() -> Iterator[str]:
    """Yield every text again, also those inside f-strings, which the extractor misses before Python 3.12."""
    for path in sorted((ROOT / "fieldkit").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in ("_", "N_"):
                continue
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str) and first.value:
                yield first.value


def chinese() -> Catalog:
    """Return the Chinese catalogue as it lies in the repository."""
    if not PO.exists():
        return Catalog(locale="zh_CN", project="Fieldkit", charset="utf-8")
    with PO.open("rb") as file:
        return read_po(file, locale="zh_CN")


def missing() -> list[str]:
    """Return the texts of the source that have no Chinese translation."""
    have = chinese()
    out = []
    for message in extracted():
        if not message.id:
            continue
        found = have.get(message.id, message.context)
        strings = found.string if found and isinstance(found.string, list | tuple) else [found.string if found else ""]
        if found is None or found.fuzzy or not all(strings):
            out.append(message.id if isinstance(message.id, str) else message.id[0])
    return out


def compiled() -> bytes:
    """Return the compiled form of the Chinese catalogue."""
    buffer = io.BytesIO()
    write_mo(buffer, chinese())
    return buffer.getvalue()


def update() -> None:
    """Merge new texts into the Chinese catalogue, drop dead ones, and compile it."""
    catalogue = chinese()
    catalogue.update(extracted(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    PO.parent.mkdir(parents=True, exist_ok=True)
    with PO.open("wb") as file:
        write_po(file, catalogue, width=110, sort_output=True, omit_header=False, no_location=True)
    MO.write_bytes(compiled())


def main(arguments: list[str]) -> int:
    """Check or update; the exit code is 1 where a text is not translated."""
    if "--update" in arguments:
        update()
    left = missing()
    for text in left:
        print(repr(text))
    print(f"{len(left)} texts without a Chinese translation")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
