"""The code lists of the inspectorate, read from ``codes.tsv``: data carries codes, people read labels."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from fieldkit.errors import SettingsError
from fieldkit.i18n import _, pick

__all__ = ["Code", "Codes", "load_codes"]


class Code(Struct, frozen=True):
    """One code with its words."""

    code: str
    zh: str
    en: str

    @property
    def label(self) -> str:
        """Its name in the language of the interface."""
        return pick(self.zh, self.en)


class Codes(Struct, frozen=True):
    """All lists of codes."""

    lists: Mapping[str, Mapping[str, Code]]

    def label(self, name: str, code: str) -> str:
        """Return a code of a list in the language of the interface; the code itself where it is unknown."""
        found = self.lists.get(name, {}).get(code)
        return found.label if found else code

    def has(self, name: str, code: str) -> bool:
        """Tell whether a list holds a code."""
        return code in self.lists.get(name, {})

    def values(self, name: str) -> tuple[str, ...]:
        """Return the codes of a list in the order of the file; an unknown list is empty."""
        return tuple(self.lists.get(name, {}))

    def options(self, name: str) -> tuple[Code, ...]:
        """Return a list in the order of the file."""
        return tuple(self.lists.get(name, {}).values())


def load_codes(text: str) -> Codes:
    """Read ``codes.tsv``: a header, then list, code, Chinese and English, separated by tabs.

    Raises:
        SettingsError: STATE-002 for a line that has not four columns, or a code given twice.
    """
    lists: dict[str, dict[str, Code]] = {}
    for number, line in enumerate(text.splitlines()[1:], 2):
        if not line.strip():
            continue
        cells = line.split("\t")
        known = lists.setdefault(cells[0], {})
        if len(cells) != 4 or cells[1] in known:
            raise SettingsError(
                "STATE-002",
                _("The list of codes cannot be used: line {line}").format(line=number),
                hint=_("Install Fieldkit again: a shipped file was changed."),
                where={"line": number},
            )
        known[cells[1]] = Code(*cells[1:])
    return Codes(lists)
