"""Opens XLSForm workbooks and XForms: any file in, an XForm with its problems out, never a traceback."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from fieldkit.errors import FormError
from fieldkit.forms.diagnostics import Problem
from fieldkit.io.conversion import Conversion

__all__ = ["convert", "convert_bytes"]

_XML = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*<")
_ENCODING = re.compile(rb"""\A(?:\xef\xbb\xbf)?\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.\-]+)""")
_WIDE = (b"\xff\xfe", b"\xfe\xff")


def convert(path: Path | str, *, media_dir: Path | None = None) -> Conversion:
    """Convert a form file to an XForm.

    Args:
        path: Workbook (.xlsx, .xlsm, .xls), text (.csv, .md) or XForm XML; its bytes decide, not its name.
        media_dir: Folder with the form's attachments; where left out, ``NAME-media`` beside the file, then the
            file's own folder.

    Returns:
        The XForm with warnings, or no XForm and the errors; whatever the file, nothing is raised.
    """
    from fieldkit.io.workbook import read_file

    file = Path(path)
    try:
        data = read_file(file)
    except FormError as error:
        return _refused(error)
    folders = (media_dir,) if media_dir is not None else (file.with_name(f"{file.stem}-media"), file.parent)
    return convert_bytes(data, stem=file.stem, folders=folders)


def convert_bytes(data: bytes, *, stem: str = "form", folders: Sequence[Path] = ()) -> Conversion:
    """Convert the bytes of a form file; see :func:`convert`.

    Args:
        data: The file's content.
        stem: Form id where the form gives none.
        folders: Where attachments lie.
    """
    from fieldkit.io.workbook import read_bytes
    from fieldkit.io.xlsform_media import attached

    if _XML.match(data) or (data.startswith(_WIDE) and "<" in data[:40].decode("utf-16", "ignore")):
        xform = _in_utf8(data)
        return Conversion(xform, (), media=attached(xform, folders, {}))
    try:
        workbook = read_bytes(data)
    except FormError as error:
        return _refused(error)
    from fieldkit.io.xlsform_pipeline import convert_sheets

    return convert_sheets(workbook, stem=stem, folders=folders)


def _in_utf8(data: bytes) -> bytes:
    """Return an XForm in UTF-8: as it is, or written again where it is in another encoding."""
    declared = _ENCODING.match(data)
    is_utf8 = declared is None or declared[1].lower() in {b"utf-8", b"utf8", b"us-ascii"}
    if is_utf8 and not data.startswith(_WIDE):
        return data
    from lxml import etree

    try:
        tree = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except (etree.XMLSyntaxError, ValueError):
        # The compilation says what is wrong with it.
        return data
    return bytes(etree.tostring(tree, encoding="utf-8", xml_declaration=True))


def _refused(error: FormError) -> Conversion:
    row = error.where.get("row")
    problem = Problem(error.code, "error", error.message, error.hint, row=row if isinstance(row, int) else None)
    return Conversion(None, (problem,))
