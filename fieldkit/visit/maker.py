"""Live forms of a visit from compiled definitions, by the form engine."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from fieldkit.forms import Form, FormDefinition, FormEnvironment, SavedInstance

__all__ = ["EngineForms"]


class EngineForms(Struct):
    """The definitions of a visit's forms and what they may ask of the device."""

    definitions: Mapping[str, FormDefinition]
    """Definition by form id, in the version that the visit uses."""
    environment: FormEnvironment
    language: dict[str, str] = field(default_factory=dict)
    """Language to begin with, by form id; else the form's default."""

    def new(self, form_id: str) -> Form:
        """Return a new form: defaults and first-load events have happened."""
        return Form.new(self.definitions[form_id], self.environment, language=self.language.get(form_id))

    def restore(self, form_id: str, rows: Mapping[str, list[str]], values: Mapping[str, str]) -> Form:
        """Return a form with saved rows and values; nothing fires."""
        saved = SavedInstance(rows=dict(rows), values=dict(values))
        return Form.restore(self.definitions[form_id], self.environment, saved, language=self.language.get(form_id))

    def is_quiet(self, form_id: str) -> bool:
        """Tell whether no answer of the form sets another one: it has no actions."""
        return not self.definitions[form_id].actions

    def languages(self, form_id: str) -> tuple[str, ...]:
        """Return the languages that a form speaks."""
        return self.definitions[form_id].languages

    def title(self, form_id: str) -> str:
        """Return the title of a form."""
        return self.definitions[form_id].title
