"""Secondary instances of a form: those inside it and those in its attachments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from fieldkit.errors import FormError
from fieldkit.forms.definition import InstanceSource
from fieldkit.forms.diagnostics import Problem
from fieldkit.forms.limits import MEDIA_BYTES
from fieldkit.forms.secondary import build_instance
from fieldkit.forms.texts import named
from fieldkit.i18n import _

__all__ = ["attachment", "read_instances"]

Element = Any

LAST_SAVED = "jr://instance/last-saved"


def attachment(media: Mapping[str, bytes], address: str) -> bytes | None:
    """Return an attachment by its address or by its file name, None where it is missing."""
    for key in (address, unquote(address), address.rpartition("/")[2], unquote(address).rpartition("/")[2]):
        if key in media:
            return media[key]
    return None


def _kind(address: str, data: bytes) -> str:
    name = address.lower()
    if name.endswith(".csv") or "/file-csv/" in name:
        return "csv"
    if name.endswith((".geojson", ".json")):
        return "geojson"
    if name.endswith(".xml"):
        return "file-xml"
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    return {b"<": "file-xml", b"{": "geojson"}.get(start, "csv")


def read_instances(
    model: Element, media: Mapping[str, bytes], problems: list[Problem], *, strict: bool
) -> dict[str, InstanceSource]:
    """Return the secondary instances by id; a missing attachment counts as empty unless ``strict``."""
    from lxml import etree

    found: dict[str, InstanceSource] = {}
    elements = list(named(model, "instance"))[1:]
    for element in elements:
        identifier = element.get("id") or ""
        address = element.get("src") or ""
        if not address:
            data = etree.tostring(element, with_tail=False, encoding="utf-8")
            found[identifier] = InstanceSource(identifier, "xml", "", data)
            continue
        content = attachment(media, address)
        if content is not None and content.strip() and len(content) <= MEDIA_BYTES:
            source = found[identifier] = InstanceSource(identifier, _kind(address, content), address, content)
            _check(source, problems)
            continue
        found[identifier] = InstanceSource(identifier, "missing", address, b"")
        if address == LAST_SAVED:
            continue
        problems.append(_missing(address, content, strict=strict))
    return found


def _check(source: InstanceSource, problems: list[Problem]) -> None:
    """Note an attachment that cannot be read; CSV files, the large ones, are read when they are needed."""
    if source.kind == "csv":
        return
    try:
        build_instance(source)
    except FormError as error:
        problems.append(Problem(error.code, "error", error.message, error.hint))


def _missing(address: str, content: bytes | None, *, strict: bool) -> Problem:
    name = address.rpartition("/")[2]
    if content is None:
        message = _("The attachment {name} is missing; its list is empty")
    elif content.strip():
        message = _("The attachment {name} is too large; its list is empty")
    else:
        message = _("The attachment {name} has nothing in it; its list is empty")
    hint = _("Add the form again with the folder of its attachments.")
    return Problem("FORM-106", "error" if strict else "warning", message.format(name=name), hint)
