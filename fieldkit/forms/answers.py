"""What is stored of an answer: by control and type; and why an answer would be refused."""

from __future__ import annotations

from math import inf, nan
from typing import TYPE_CHECKING

from fieldkit.errors import FormError
from fieldkit.forms.datatypes import is_valid, normal
from fieldkit.forms.definition import Control
from fieldkit.forms.live import Element, Leaf
from fieldkit.i18n import _

if TYPE_CHECKING:
    from fieldkit.forms.engine import Form

__all__ = ["in_range", "offered_part", "refusal_of", "stored_form"]

_ONE, _MANY, _ORDERED = "select1", "select", "rank"


def stored_form(form: Form, element: Element, value: str) -> str:
    """Return what is stored of an answer."""
    control = form.content.control(element)
    tag = control.tag if control is not None else ""
    if tag == "trigger":
        return "OK" if value in ("1", "OK", "true") else ""
    if tag in (_ONE, _MANY, _ORDERED):
        offered = offered_part(form, element, value)
        if tag != _MANY or " " not in offered or control is None or not (control.items or control.itemset is not None):
            return offered
        return " ".join(sorted(offered.split(), key=form.content.choices(element).place))
    stored = value if value == "NaN" and element.definition.type == "string" else normal(element.definition.type, value)
    return stored if control is None or not stored or in_range(control, stored) else ""


def offered_part(form: Form, element: Element, value: str) -> str:
    """Return a select's value without what its choices do not offer, in the order that it has."""
    control = form.content.control(element)
    if control is None or not value or not (control.items or control.itemset is not None):
        return value
    place = form.content.choices(element).place
    if control.tag == _ONE:
        return value if place(value) >= 0 else ""
    return " ".join([item for item in dict.fromkeys(value.split()) if place(item) >= 0])


def refusal_of(form: Form, element: Element, value: str) -> FormError | None:
    """Return why a person cannot give this answer here, None where they can."""
    view = form.view(element)
    where = {"ref": view.ref}
    control = form.content.control(element)
    if not isinstance(element, Leaf) or control is None:
        return FormError("FORM-124", _("{ref} takes no answer").format(ref=view.ref), where=where)
    if not element.relevant:
        return FormError("FORM-124", _("{ref} is hidden").format(ref=view.ref), where=where)
    if view.kind == "note" or element.readonly or view.calculated:
        return FormError("FORM-124", _("{ref} cannot be changed").format(ref=view.ref), where=where)
    if not value:
        return None
    if control.tag in (_ONE, _MANY, _ORDERED):
        return _not_offered(form, element, control, value)
    if control.tag == "trigger":
        is_known = value in ("OK", "1", "0", "true", "false")
        return None if is_known else FormError("FORM-122", _("Confirm with OK, or leave it empty"), where=where)
    if is_valid(element.definition.type, value) and in_range(control, value):
        return None
    kind = element.definition.type
    message = _("{value} is not a value of the type {type}").format(value=value, type=kind)
    return FormError("FORM-122", message, hint=hint_of(kind), where=where)


def _not_offered(form: Form, element: Element, control: Control, value: str) -> FormError | None:
    place = form.content.choices(element).place
    chosen = [value] if control.tag == _ONE else value.split()
    missing = next((item for item in chosen if place(item) < 0), None)
    if missing is None:
        return None
    where = {"ref": form.view(element).ref}
    return FormError("FORM-123", _("The choice {value} is not offered here").format(value=missing), where=where)


def in_range(control: Control, value: str) -> bool:
    """Tell whether a value is within the bounds of a range; an end that is no number is no bound."""
    if control.tag != "range":
        return True
    number = _number(value, nan)
    start = _number(control.attributes.get("start", ""), -inf)
    end = _number(control.attributes.get("end", ""), inf)
    # A scale may fall.
    return start <= number <= end or end <= number <= start


def _number(text: str, otherwise: float) -> float:
    try:
        return float(text)
    except ValueError:
        return otherwise


def hint_of(kind: str) -> str:
    """Return how a value of a type is written."""
    hints = {
        "int": _("A whole number, such as 12."),
        "decimal": _("A number, such as 12.5."),
        "date": _("A date, such as 2025-06-15."),
        "time": _("A time, such as 10:34:00."),
        "dateTime": _("A date and time, such as 2025-06-15T10:34:00+08:00."),
        "geopoint": _("Latitude and longitude, such as 30.5 104.1."),
        "geotrace": _("Points divided by semicolons: 30.5 104.1; 30.6 104.2."),
        "geoshape": _("Points divided by semicolons, the first one again at the end."),
    }
    return hints.get(kind, "")
