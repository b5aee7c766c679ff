"""Compiled forms as bytes: a known form opens without reading its XForm again."""

from __future__ import annotations

from fieldkit.errors import FormError
from fieldkit.forms.definition import FormDefinition
from fieldkit.i18n import _

__all__ = ["dump", "load_definition"]


def dump(definition: FormDefinition) -> bytes:
    """Return a definition as bytes."""
    raise FormError("FORM-210", _("Not yet")) from None


def load_definition(data: bytes) -> FormDefinition:
    """Return the definition of bytes that ``dump`` made."""
    raise FormError("FORM-210", _("Not yet")) from None
