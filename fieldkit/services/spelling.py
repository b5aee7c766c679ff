"""How names are spelled in pinyin, kept in a file beside the store: computed once, deletable at any time."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from fieldkit.services.form_cache import FormCache

__all__ = ["Spelling"]

_FILE = "pinyin.json"
_SHORT = 200
"""Longer texts are spelled when they are searched, and not kept."""


class Spelling:
    """Returns the pinyin keys of a text, from what is kept where it can."""

    def __init__(self, spell: Callable[[str], Sequence[str]], cache: FormCache) -> None:
        self._spell = spell
        self._cache = cache
        self._known: dict[str, list[str]] | None = None
        self._fresh = 0

    def __call__(self, text: str) -> Sequence[str]:
        """Return full pinyin and initials of a text; nothing for a text without Chinese."""
        if text.isascii():
            return ()
        known = self._load()
        found = known.get(text)
        if found is None:
            found = list(self._spell(text))
            if len(text) <= _SHORT:
                known[text] = found
                self._fresh += 1
        return found

    def keep(self) -> None:
        """Write what was computed since the last time."""
        if self._fresh and self._known is not None:
            self._cache.put(_FILE, json.dumps(self._known, ensure_ascii=False).encode())
            self._fresh = 0

    def _load(self) -> dict[str, list[str]]:
        if self._known is None:
            self._known = {}
            try:
                kept = json.loads(self._cache.get(_FILE) or b"{}")
            except ValueError:
                kept = {}
            if isinstance(kept, dict):
                self._known = {text: keys for text, keys in kept.items() if isinstance(keys, list)}
        return self._known
