"""The fields that a move brings: read from what was typed, checked by what ``states.toml`` says of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from fieldkit.errors import VisitError
from fieldkit.i18n import _
from fieldkit.model.codes import Codes
from fieldkit.model.states import Machines, Refusal
from fieldkit.model.texts import refuse_personal
from fieldkit.model.wording import FIELD_TEXTS

__all__ = ["read_fields"]

_LIST = re.compile(r"\blist (\w+)")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def read_fields(
    machines: Machines, codes: Codes, given: Mapping[str, object], *, confirmed: bool = False
) -> tuple[dict[str, Any], list[Refusal]]:
    """Return the fields of a move as JSON values, and a refusal for each that cannot be used.

    Args:
        machines: All machines with what each field holds.
        codes: The code lists.
        given: What was typed; text, or JSON values.
        confirmed: A person has said that a number in a text is no personal one.
    """
    read: dict[str, Any] = {}
    refused: list[Refusal] = []
    for name, value in given.items():
        if name not in machines.fields:
            refused.append(_refusal("field_unknown", name, _("There is no field {field}")))
            continue
        if value is None or value == "":
            continue
        try:
            read[name] = _read(machines.fields[name], name, value, codes, confirmed)
        except ValueError:
            refused.append(_refusal("field_invalid", name, _("{field} must be: {what}")))
        except VisitError as error:
            refused.append(Refusal(error.code, error.message, ref=name))
    return read, refused


def _refusal(code: str, name: str, template: str) -> Refusal:
    return Refusal(code, template.format(field=name, what=_(FIELD_TEXTS.get(name, ""))), ref=name)


def _read(what: str, name: str, value: object, codes: Codes, confirmed: bool) -> Any:
    for begin, reader in _READERS:
        if what.startswith(begin):
            return reader(what, name, value, codes)
    text = str(value).strip()
    refuse_personal(text, confirmed=confirmed, field=name)
    return text


def _date(_what: str, _name: str, value: object, _codes: Codes) -> str:
    text = str(value).strip()
    if not _DATE.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text).isoformat()


def _listed(what: str) -> str:
    match = _LIST.search(what)
    return match[1] if match else ""


def _code(what: str, _name: str, value: object, codes: Codes) -> str:
    text, listed = str(value).strip(), _listed(what)
    if codes.values(listed) and not codes.has(listed, text):
        raise ValueError(text)
    return text


def _codes(what: str, _name: str, value: object, codes: Codes) -> list[str]:
    found = value if isinstance(value, list) else re.split(r"[\s,;]+", str(value).strip())
    listed = _listed(what)
    if any(codes.values(listed) and not codes.has(listed, str(one)) for one in found):
        raise ValueError(value)
    return [str(one) for one in found]


def _number(_what: str, _name: str, value: object, _codes: Codes) -> float:
    number = float(str(value))
    if not 0 <= number <= 100:
        raise ValueError(value)
    return number


def _yes(_what: str, _name: str, value: object, _codes: Codes) -> bool:
    if value is not True and str(value).strip().lower() not in ("yes", "true", "1"):
        raise ValueError(value)
    return True


def _list(what: str, name: str, value: object, _codes: Codes) -> list[Any]:
    entries = value
    if isinstance(value, str):
        text = value.strip()
        entries = json.loads(text) if text.startswith("[") else _plain_entries(what, text)
    if not isinstance(entries, list) or not entries:
        raise ValueError(value)
    return [_entry(what, name, entry) for entry in entries]


def _plain_entries(what: str, text: str) -> list[Any]:
    if "form ids" in what:
        return re.split(r"[\s,;]+", text)
    return [text]


def _entry(what: str, name: str, entry: object) -> Any:
    if "{" not in what:
        return str(entry)
    if isinstance(entry, str) and name == "remarks":
        return {"question": None, "text": entry.strip()}
    if not isinstance(entry, Mapping) or (name == "remarks" and not str(entry.get("text") or "").strip()):
        raise ValueError(entry)
    return {"question": None, **entry} if name == "remarks" else dict(entry)


_Reader = Callable[[str, str, object, Codes], Any]
_READERS: tuple[tuple[str, _Reader], ...] = (
    ("date", _date),
    ("codes of list", _codes),
    ("code of list", _code),
    ("number 0 to 100", _number),
    ("yes:", _yes),
    ("list of", _list),
)
