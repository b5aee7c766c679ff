"""The rating scheme of a campaign: every threshold, weight and number of days that a city may change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from fieldkit.errors import SettingsError
from fieldkit.i18n import _, pick

__all__ = ["Composite", "Scheme", "load_scheme"]

_MISSING = object()


class Composite(Struct, frozen=True):
    """How the checklist, the ballot and the bonus of one form make its composite."""

    checklist: float
    ballot: float
    bonus: bool


class Scheme(Struct, frozen=True):
    """One scheme; parameters that it lacks are absent, the caller's default then holds."""

    id: str
    version: int
    data: Mapping[str, Any]

    @property
    def title(self) -> str:
        """Its title in the language of the interface."""
        title = self.data.get("title", {})
        return pick(title.get("zh", ""), title.get("en", "")) or self.id

    def get(self, path: str, default: Any = None) -> Any:
        """Return a parameter by its dotted path, such as ``sampling.records_min``."""
        value: Any = self.data
        for step in path.split("."):
            value = value.get(step, _MISSING) if isinstance(value, Mapping) else _MISSING
            if value is _MISSING:
                return default
        return value

    def number(self, path: str, default: float) -> float:
        """Return a number by its dotted path."""
        value = self.get(path)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else default

    def composite(self, form_id: str) -> Composite | None:
        """Return the weights of a form's composite, or None where the scheme rates no such form."""
        entry = self.get("rating.composite", {}).get(form_id)
        if not isinstance(entry, Mapping):
            return None
        return Composite(float(entry.get("checklist", 1)), float(entry.get("ballot", 0)), bool(entry.get("bonus")))

    def source_of(self, code: str) -> str:
        """Return the source (``doc``, ``obs``, ``int``, ``dept``, ``vote``) of an evidence code."""
        return str(self.get("evidence.source_of", {}).get(code, code))

    def min_sources(self, severity: str) -> int:
        """Return how many different sources a finding of this severity must have."""
        return int(self.get("evidence.min_sources", {}).get(severity, 0))

    def recommended_sources(self, severity: str) -> int:
        """Return how many different sources a finding of this severity should have."""
        return int(self.get("evidence.recommended_sources", {}).get(severity, 0))


def load_scheme(text: str) -> Scheme:
    """Read a scheme from its JSON text.

    Raises:
        SettingsError: STATE-003 for text that is no scheme.
    """
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise _broken(str(error)) from error
    if not isinstance(data, dict) or data.get("format") != "fieldkit.scheme" or "id" not in data:
        raise _broken("format")
    return Scheme(str(data["id"]), int(data.get("version", 1)), data)


def _broken(what: str) -> SettingsError:
    return SettingsError(
        "STATE-003",
        _("This is no rating scheme: {what}").format(what=what),
        hint=_("Take the scheme from the campaign's pack again."),
    )
