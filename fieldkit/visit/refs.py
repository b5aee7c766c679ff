"""Keys and refs: how one node of a visit is named, and how fields of the visit's record are named."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct

from fieldkit.errors import VisitError
from fieldkit.i18n import _

__all__ = [
    "Key",
    "field_name",
    "form_and_ref",
    "generic_path",
    "join_key",
    "row_of",
    "split_field",
    "split_key",
]

_ROW = re.compile(r"\{[^}]*\}")
_POSITION = re.compile(r"\[[0-9]+\]")


class Key(Struct, frozen=True):
    """A key taken apart."""

    form_id: str
    path: str


def split_key(key: str) -> Key:
    """Return the form and the path of a key such as ``branch_std:/data/d/rec{k3}/r_kind``.

    Raises:
        VisitError: VISIT-001 where the text is no key.
    """
    form_id, sign, path = key.rpartition(":/")
    if not sign or not form_id:
        raise unknown_item(key)
    return Key(form_id, f"/{path}")


def unknown_item(key: str) -> VisitError:
    """Return the error for an item that the visit does not have."""
    return VisitError(
        "VISIT-001",
        _("There is no item {key} in this visit").format(key=key),
        hint=_("Take the item from the list of the visit's answers."),
        where={"ref": key},
    )


def join_key(form_id: str, path: str) -> str:
    """Return the key of a path in a form."""
    return f"{form_id}:{path}"


def form_and_ref(text: str, forms: Iterable[str]) -> tuple[str, str]:
    """Return the form and the plain ref of ``[FORM_ID:]/data/group/rep[2]/name``.

    Args:
        text: What a person wrote.
        forms: Ids of the visit's forms.

    Raises:
        VisitError: VISIT-001 for an unknown form or a text without path, VISIT-002 where several forms
            leave it open which one is meant.
    """
    known = list(forms)
    form_id, sign, path = text.strip().rpartition(":/")
    if sign and form_id in known:
        return form_id, f"/{path}"
    if sign or not text.strip().startswith("/"):
        raise VisitError(
            "VISIT-001",
            _("There is no item {key} in this visit").format(key=text),
            hint=_("Forms of the visit: {forms}. An item is written /data/group/name.").format(forms=", ".join(known)),
            where={"ref": text},
        )
    if len(known) != 1:
        raise VisitError(
            "VISIT-002",
            _("The visit holds several forms; {ref} does not say which one").format(ref=text),
            hint=_("Write FORM_ID: before the path, one of {forms}.").format(forms=", ".join(known)),
            where={"ref": text, "forms": known},
        )
    return known[0], text.strip()


def generic_path(path: str) -> str:
    """Return a path without row ids and positions: the same for every row of a repeat."""
    return _POSITION.sub("", _ROW.sub("", path))


def row_of(path: str) -> tuple[str, str] | None:
    """Return the path of the innermost row that holds a node, and the row's id; None outside repeats."""
    end = path.rfind("}")
    if end < 0:
        return None
    start = path.rfind("{", 0, end)
    return path[: end + 1], path[start + 1 : end]


def field_name(kind: str, form_id: str, path: str) -> str:
    """Return the name of a field of the visit's record, such as ``answer:branch_std:/data/c/c_life``."""
    return f"{kind}:{form_id}:{path}"


def split_field(field: str) -> tuple[str, str, str]:
    """Return kind, form and path of a field; form and path are empty where the field has none."""
    kind, _sign, rest = field.partition(":")
    form_id, sign, path = rest.rpartition(":/")
    return (kind, form_id, f"/{path}") if sign else (kind, "", rest)
