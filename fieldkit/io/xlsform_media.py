"""Finds the attachments of a form: files in its media folder, and the external choices of its workbook."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

__all__ = ["MAX_MEDIA_BYTES", "attached"]

MAX_MEDIA_BYTES = 64 * 1024 * 1024
"""Largest attachment that is read; lists of 50,000 rows take about 3 MB."""

_LINK = re.compile(rb"""jr://[\w-]+/([^"'<>\s)]+)""")
_PULLDATA = re.compile(rb"""(?:pulldata|search)\(\s*(?:'|"|&quot;|&apos;)([\w .-]+?)(?:'|"|&quot;|&apos;)""")


def attached(xform: bytes, folder: Path | None, own: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files that a form names and that are there, by name.

    Args:
        xform: The form; links look like ``jr://file/villages.csv``.
        folder: Where attachments lie, or None.
        own: Attachments that the workbook itself holds.
    """
    found = dict(own)
    if folder is None or not folder.is_dir():
        return found
    names = {match.decode("utf-8", "replace") for match in _LINK.findall(xform)}
    names |= {match.decode("utf-8", "replace") + ".csv" for match in _PULLDATA.findall(xform)}
    for name in sorted(names - found.keys()):
        file = folder / name
        # A name with a path in it would leave the folder.
        if Path(name).name != name or not file.is_file():
            continue
        try:
            if file.stat().st_size <= MAX_MEDIA_BYTES:
                found[name] = file.read_bytes()
        except OSError:
            continue
    return found
