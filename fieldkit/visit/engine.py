"""Where a visit gets its live forms from, as a protocol; ``maker`` fulfils it with the form engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from fieldkit.forms import Form

__all__ = ["FormMaker"]


class FormMaker(Protocol):
    """Makes live forms of the visit's definitions."""

    def new(self, form_id: str) -> Form:
        """Return a new form: defaults and first-load events have happened."""
        ...

    def restore(self, form_id: str, rows: Mapping[str, list[str]], values: Mapping[str, str]) -> Form:
        """Return a form with saved rows (by repeat) and values (by path); no event fires."""
        ...

    def is_quiet(self, form_id: str) -> bool:
        """Tell whether no answer of the form sets another one: it has no actions."""
        ...

    def languages(self, form_id: str) -> tuple[str, ...]:
        """Return the languages that a form speaks."""
        ...

    def title(self, form_id: str) -> str:
        """Return the title of a form."""
        ...
