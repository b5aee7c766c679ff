"""Reads the ``type`` column of an XLSForm, with its old spellings and the dialects of other tools."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from pyxform import aliases
from pyxform.question_type_dictionary import QUESTION_TYPE_DICT
from pyxform.xls2json import RE_BEGIN_CONTROL, RE_END_CONTROL, RE_OSM, RE_SELECT

__all__ = ["RowType", "nearest_type", "parse_type"]

Kind = Literal["begin", "end", "select", "question", "setting", "list_missing", "unknown"]


@dataclass(frozen=True, slots=True)
class RowType:
    """What a row of the survey sheet is.

    Attributes:
        kind: ``begin`` and ``end`` of a group or repeat, ``select``, any other ``question``, a ``setting`` written in
            the survey, ``list_missing`` for a select without its list, or ``unknown``.
        text: The type as the converter reads it.
        control: ``group``, ``repeat`` or ``loop`` of begin and end; the command of a select.
        list_name: The choice list or file of a select, or an empty text.
        appearance: Appearance that a dialect's type stands for, to be added to the row's own.
        respelled: Whether ``text`` differs from what the author wrote.
    """

    kind: Kind
    text: str
    control: str = ""
    list_name: str = ""
    appearance: str = ""
    respelled: bool = False


# Types of other tools with exactly one reading. CHT: tel, db:*; survey tools: long text, phone, signature.
_DIALECTS: dict[str, tuple[str, str]] = {
    "tel": ("text", "numbers tel"),
    "phone": ("text", "numbers"),
    "url": ("text", ""),
    "long text": ("text", "multiline"),
    "long_text": ("text", "multiline"),
    "textarea": ("text", "multiline"),
    "multiline": ("text", "multiline"),
    "str": ("text", ""),
    "int": ("integer", ""),
    "float": ("decimal", ""),
    "double": ("decimal", ""),
    "signature": ("image", "signature"),
    "draw": ("image", "draw"),
    "annotate": ("image", "annotate"),
    "picture": ("image", ""),
    "selfie": ("image", "new-front"),
    "qrcode": ("barcode", ""),
    "qr_code": ("barcode", ""),
    "date_time": ("dateTime", ""),
    "timestamp": ("dateTime", ""),
    "polygon": ("geoshape", ""),
    "line": ("geotrace", ""),
    "point": ("geopoint", ""),
    "ack": ("acknowledge", ""),
    "calculation": ("calculate", ""),
    "comment": ("note", ""),
}
_CONTROL = re.compile(r"^(begin|end)[\s_-]*(group|repeat|loop)$", re.IGNORECASE)
_SELECT = re.compile(
    r"^select[\s_-]*(one|1|multiple|many)(?:[\s_-]*(from[\s_-]*file|external))?\s+(\S+)(\s+or[\s_-]*(?:specify[\s_-]*)?other)?$",
    re.IGNORECASE,
)
_SELECT_BARE = re.compile(
    r"^(select[\s_-]*(one|1|multiple|many)\b|rank\b|select all that apply\b|q select|add select)", re.IGNORECASE
)
_EXTRA = frozenset({"audit", "osm", "background-audio", "start-geopoint", "background-geopoint", "hidden"})


@cache
def parse_type(written: str) -> RowType:
    """Return what the text of a type cell means."""
    text = " ".join(written.split())
    found = _standard(text) or _respelled(text)
    if found is not None:
        return found
    if _SELECT_BARE.match(text):
        return RowType("list_missing", text)
    return RowType("unknown", text)


def nearest_type(text: str) -> str:
    """Return the known type that an unknown one was probably meant to be, or an empty text."""
    names = [name for name in QUESTION_TYPE_DICT if " " not in name]
    names += ["select_one LIST", "select_multiple LIST", "begin_group", "end_group", "begin_repeat", "end_repeat"]
    found = difflib.get_close_matches(text.lower(), names, n=1, cutoff=0.7)
    return found[0] if found else ""


def _standard(text: str) -> RowType | None:
    begin = RE_BEGIN_CONTROL.search(text)
    if begin:
        return RowType("begin", text, aliases.control[begin["type"]], begin["list_name"] or "")
    end = RE_END_CONTROL.search(text)
    if end:
        return RowType("end", text, aliases.control[end["type"]])
    select = RE_SELECT.search(text)
    if select:
        return RowType("select", text, aliases.select[select["select_command"]], select["list_name"])
    if _SELECT_BARE.match(text):
        return None
    if text in aliases.settings_header:
        return RowType("setting", text)
    if text in QUESTION_TYPE_DICT or text in aliases._type_alias_map or text in _EXTRA:  # noqa: SLF001 - its own table
        return RowType("question", text)
    if RE_OSM.search(text):
        return RowType("question", text)
    return None


def _respelled(text: str) -> RowType | None:
    control = _CONTROL.match(text)
    if control:
        step, kind = control[1].lower(), control[2].lower()
        return RowType("begin" if step == "begin" else "end", f"{step}_{kind}", kind, respelled=True)
    select = _SELECT.match(text)
    if select:
        command = "select_multiple" if select[1].lower() in {"multiple", "many"} else "select_one"
        if select[2]:
            command += "_external" if select[2].lower() == "external" else "_from_file"
        again = f"{command} {select[3]}" + (" or_other" if select[4] else "")
        return _changed(_standard(again), again)
    lower = text.lower()
    if _SELECT_BARE.match(text):
        return None
    if lower in _DIALECTS:
        kind, appearance = _DIALECTS[lower]
        return RowType("question", kind, appearance=appearance, respelled=True)
    if lower.startswith("db:"):
        return RowType("question", "text", appearance=f"db-object db-type-{lower[3:]}", respelled=True)
    for name in QUESTION_TYPE_DICT:
        if name.lower() == lower.replace("_", " ") or name.lower() == lower:
            return RowType("question", name, respelled=True)
    return None


def _changed(found: RowType | None, text: str) -> RowType | None:
    if found is None:
        return None
    return RowType(found.kind, text, found.control, found.list_name, respelled=True)
