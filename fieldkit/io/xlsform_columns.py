"""Knows the columns of an XLSForm: their spellings, their languages, and what is no column at all."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = [
    "EXPRESSIONS",
    "TRANSLATABLE",
    "Column",
    "is_known",
    "nearest",
    "resolve",
    "snake",
]

TRANSLATABLE = frozenset(
    {"label", "hint", "guidance_hint", "constraint_message", "required_message", "image", "big-image", "audio", "video"}
)
"""Columns that may stand once for each language."""

EXPRESSIONS = frozenset(
    {"relevant", "constraint", "calculation", "required", "read_only", "choice_filter", "repeat_count"}
)
"""Columns that hold XPath."""

# Spellings that the XLSForm converter itself takes for the same column.
_SURVEY_ALIASES = {
    "relevance": "relevant",
    "calculate": "calculation",
    "readonly": "read_only",
    "command": "type",
    "tag": "name",
    "value": "name",
    "caption": "label",
    "constraining_message": "constraint_message",
    "requiredmsg": "required_message",
    "count": "repeat_count",
    "jr:count": "repeat_count",
    "body": "control",
}
_CHOICE_ALIASES = {"caption": "label", "value": "name", "list_name": "list_name"}
_BIND_ALIASES = {
    "relevant": "relevant",
    "constraint": "constraint",
    "calculate": "calculation",
    "required": "required",
    "readonly": "read_only",
    "jr:constraintMsg": "constraint_message",
    "jr:requiredMsg": "required_message",
}
_MEDIA = frozenset({"image", "big-image", "audio", "video"})
_GROUPED = frozenset({"bind", "instance", "control", "media"})
_SURVEY = (
    TRANSLATABLE
    | EXPRESSIONS
    | _GROUPED
    | frozenset(
        {
            "type", "name", "default", "appearance", "parameters", "trigger", "autoplay", "rows", "query", "save_to",
            "disabled", "intent", "list_name", "compact_tag", "noapperrorstring", "no_app_error_string", "sms_field",
            "sms_option", "sms_separator", "sms_allow_media", "sms_date_format", "sms_datetime_format", "sms_response",
            "kobo__score_choices", "kobo__matrix_list", "kobo__rank_items", "kobo__rank_constraint_message",
        }
    )
)  # fmt: skip
_SETTINGS = frozenset(
    {
        "form_title", "form_id", "version", "instance_name", "default_language", "public_key", "submission_url",
        "auto_send", "auto_delete", "style", "name", "namespaces", "allow_choice_duplicates", "clean_text_values",
        "omit_instanceid", "instance_id", "instance_xmlns", "title", "id_string", "set_form_title", "set_form_id",
        "prefix", "delimiter", "flat", "client_editable", "add_none_option", "entity_version", "sms_keyword",
        "sms_separator", "sms_allow_media", "sms_date_format", "sms_datetime_format", "sms_response", "attribute",
    }
)  # fmt: skip
# One reading only: what people write for the column that ties a choice to its list.
_LIST_NAME_VARIANTS = frozenset(
    {"listname", "list", "list_names", "choice_list", "lists_name", "list_nam", "choicelist"}
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column with the meaning of its header.

    Attributes:
        number: Column number from 1.
        written: The header as the author wrote it.
        header: The header as the converter shall read it.
        key: The meaning: ``("label", "en")``, ``("bind", "fk:score")``, ``("type",)``.
    """

    number: int
    written: str
    header: str
    key: tuple[str, ...]

    @property
    def base(self) -> str:
        """Return the first part of the meaning, such as ``label``."""
        return self.key[0]

    @property
    def language(self) -> str:
        """Return the language of a translated column, an empty text where none is written."""
        if self.base == "media":
            return self.key[2] if len(self.key) > 2 else ""
        return self.key[1] if self.base in TRANSLATABLE and len(self.key) > 1 else ""


def snake(text: str) -> str:
    """Return a header in the spelling that columns are compared in: lower case, one underline between words."""
    return "_".join(text.replace("-", "_").split()).lower() if text.lower() != "big-image" else "big-image"


def resolve(sheet: str, number: int, text: str, *, double_colon: bool) -> Column:
    """Return the meaning of a header.

    Args:
        sheet: ``survey``, ``choices``, ``external_choices``, ``settings``, ``entities`` or ``osm``.
        number: Column number from 1.
        text: The header as written.
        double_colon: Whether the sheet uses ``::`` anywhere; otherwise a single colon also separates.
    """
    parts = _split(text, double_colon=double_colon)
    first = snake(parts[0])
    if sheet == "settings":
        return Column(number, text, text, (first,))
    if sheet in {"choices", "external_choices", "osm"}:
        return _choice_column(number, text, first, parts)
    if sheet == "entities":
        return Column(number, text, text, (first,))
    base = _SURVEY_ALIASES.get(first, first)
    respelled = "-" in parts[0] and base in _SURVEY and base not in _MEDIA and not base.startswith("kobo")
    header = "::".join((first, *parts[1:])) if respelled else text
    key = (base, *parts[1:])
    if base == "bind" and len(parts) > 1 and parts[1] in _BIND_ALIASES:
        key = (_BIND_ALIASES[parts[1]], *parts[2:])
    elif base == "control" and len(parts) == 2 and parts[1] in {"appearance", "jr:count"}:
        key = ("appearance",) if parts[1] == "appearance" else ("repeat_count",)
    elif base in _MEDIA:
        key = ("media", *key)
    return Column(number, text, header, key)


def _choice_column(number: int, text: str, first: str, parts: tuple[str, ...]) -> Column:
    base = _CHOICE_ALIASES.get(first, first)
    if base in _LIST_NAME_VARIANTS or (base == "list_name" and "-" in text):
        return Column(number, text, "list_name", ("list_name",))
    if base in {"list_name", "name", "label"} or base in _MEDIA or base == "media":
        key = (base, *parts[1:])
        return Column(number, text, text, ("media", *key) if base in _MEDIA else key)
    # Every other column of the choices is a property that filters may read: its spelling is kept.
    return Column(number, text, text, (text,))


def _split(text: str, *, double_colon: bool) -> tuple[str, ...]:
    if double_colon or "::" in text:
        return tuple(part.strip() for part in text.split("::"))
    parts = [part.strip() for part in text.split(":")]
    if "jr" in parts[:-1]:
        at = parts.index("jr")
        parts[at : at + 2] = [f"jr:{parts[at + 1]}"]
    return tuple(parts)


def is_known(sheet: str, column: Column) -> bool:
    """Return whether the converter reads this column (any column of the choices is a property)."""
    if sheet == "survey":
        return column.base in _SURVEY and not (column.base in _GROUPED and len(column.key) == 1)
    if sheet == "settings":
        return column.base in _SETTINGS
    return True


def nearest(sheet: str, header: str) -> str:
    """Return the known column that an unknown header was probably meant to be, or an empty text."""
    known: Iterable[str] = _SETTINGS if sheet == "settings" else _SURVEY
    found = difflib.get_close_matches(snake(header.partition(":")[0]), sorted(known), n=1, cutoff=0.8)
    return found[0] if found else ""
