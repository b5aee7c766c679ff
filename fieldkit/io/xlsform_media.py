"""Finds the attachments of a form: files in its media folder, and the external choices of its workbook."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fieldkit.io.xlsform_draft import Draft

__all__ = ["MAX_MEDIA_BYTES", "attached", "external_choices"]

MAX_MEDIA_BYTES = 64 * 1024 * 1024
"""Largest attachment that is read; lists of 50,000 rows take about 3 MB."""

_LINK = re.compile(rb"""jr://[\w-]+/([^"'<>\s)]+)""")
_PULLDATA = re.compile(rb"""(?:pulldata|search)\(\s*(?:'|"|&quot;|&apos;)([\w .-]+?)(?:'|"|&quot;|&apos;)""")


def external_choices(draft: Draft) -> bytes:
    """Return the external choices of a workbook as CSV, every value below its own header.

    The converter's own file moves values to the left where a cell before them is empty.
    """
    table = draft.tables["external_choices"]
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    headers = list(table.columns)
    names = ["::".join(table.columns[header].key) for header in headers]
    writer.writerow(names)
    for row in table.rows:
        writer.writerow([row.cells.get(header, "") for header in headers])
    return out.getvalue().encode("utf-8")


def attached(xform: bytes, folders: Sequence[Path], own: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files that a form names and that are there, by name.

    Args:
        xform: The form; links look like ``jr://file/villages.csv``.
        folders: Where attachments lie; the first one that has a file gives it.
        own: Attachments that the workbook itself holds.
    """
    found = dict(own)
    names = {match.decode("utf-8", "replace") for match in _LINK.findall(xform)}
    names |= {match.decode("utf-8", "replace") + ".csv" for match in _PULLDATA.findall(xform)}
    for name in sorted(names - found.keys()):
        # A name with a path in it would leave the folder.
        if Path(name).name != name:
            continue
        for folder in folders:
            data = _read(folder / name)
            if data is not None:
                found[name] = data
                break
    return found


def _read(file: Path) -> bytes | None:
    try:
        if file.is_file() and file.stat().st_size <= MAX_MEDIA_BYTES:
            return file.read_bytes()
    except (OSError, ValueError):
        # A name that the system cannot have is a file that is not there.
        return None
    return None
