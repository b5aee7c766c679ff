"""Reads any workbook that people call an XLSForm into plain sheets of text, by its bytes, within bounds."""

from __future__ import annotations

from pathlib import Path

from fieldkit.errors import FormError
from fieldkit.i18n import _
from fieldkit.io.sheets import Workbook

__all__ = ["MAX_FILE_BYTES", "read_bytes", "read_file"]

MAX_FILE_BYTES = 64 * 1024 * 1024
"""Largest file that is opened: the longest real form known to us has under 2 MB."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK"


def read_file(path: Path) -> bytes:
    """Return the bytes of a form file.

    Raises:
        FormError: FORM-200 when it cannot be read, FORM-203 when it is larger than 64 MiB.
    """
    try:
        if path.exists() and not path.is_file():
            raise FormError(
                "FORM-200",
                _("{name} cannot be read: {cause}").format(name=path.name, cause=_("it is no plain file")),
                hint=_("Name a single file, not a folder or a device."),
                where={"file": str(path)},
            )
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise FormError(
                "FORM-203",
                _("{name} has {size} MB; at most {limit} MB are opened").format(
                    name=path.name, size=size // 1_000_000, limit=MAX_FILE_BYTES // 1_000_000
                ),
                hint=_("Remove pictures and unused sheets from the workbook."),
                where={"file": str(path)},
            )
        return path.read_bytes()
    except OSError as error:
        raise FormError(
            "FORM-200",
            _("{name} cannot be read: {cause}").format(name=path.name, cause=error.strerror or str(error)),
            hint=_("Check the path, and that no other program holds the file."),
            where={"file": str(path)},
        ) from error
    except ValueError as error:
        raise FormError(
            "FORM-200", _("{name} is not a usable file name").format(name=str(path)), where={"file": str(path)}
        ) from error


def read_bytes(data: bytes) -> Workbook:
    """Return the sheets of a workbook; the bytes decide what it is, never its name.

    Raises:
        FormError: FORM-201 to FORM-205 when it is no workbook, damaged, too large or protected.
    """
    if data.startswith(_ZIP):
        from fieldkit.io import workbook_xlsx

        return workbook_xlsx.read(data)
    if data.startswith(_OLE):
        from fieldkit.io import workbook_xls

        return workbook_xls.read(data)
    from fieldkit.io import workbook_text

    return workbook_text.read(data)
