"""The ready-made checklists: their workbooks, and the XForms beside them that spare the conversion at first use.

``python -m fieldkit.io.checklists`` converts every workbook of ``data/checklists`` again; a test tells when an
XForm no longer fits its workbook.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from fieldkit.errors import FormError
from fieldkit.i18n import _
from fieldkit.io.xlsform import convert
from fieldkit.resources import data_path

__all__ = ["checklist_xforms", "convert_all", "main"]


def checklist_xforms(folder: Path | None = None) -> Mapping[str, Path]:
    """Return the XForm of each ready-made checklist by form id.

    Args:
        folder: Folder of the checklists; the shipped one where left out.
    """
    root = folder or data_path("checklists")
    return {file.stem: file for file in sorted((root / "xform").glob("*.xml"))}


def convert_all(folder: Path) -> dict[str, bytes]:
    """Return the XForm of each workbook in a folder by form id.

    Raises:
        FormError: A workbook does not convert without a single warning.
    """
    found = {}
    for workbook in sorted(folder.glob("*.xlsx")):
        conversion = convert(workbook)
        if conversion.xform is None or conversion.problems:
            first = conversion.problems[0]
            raise FormError(first.code, f"{workbook.name}: {first.message}", hint=first.hint)
        found[conversion.form_id] = conversion.xform
    return found


def main() -> int:
    """Convert the shipped workbooks and write the XForms beside them; return the exit code."""
    folder = data_path("checklists")
    target = folder / "xform"
    target.mkdir(exist_ok=True)
    converted = convert_all(folder)
    for form_id, xform in converted.items():
        (target / f"{form_id}.xml").write_bytes(xform)
    sys.stdout.write(_("{count} checklists converted to {folder}").format(count=len(converted), folder=target) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
