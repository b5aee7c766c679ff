"""Expressions by their source text: parsed and compiled once in the life of the process, whichever form asks."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from fieldkit.forms.xpath import ODK, Compiled, compile_expression, parse
from fieldkit.forms.xpath.syntax import Expression

__all__ = ["KNOWN_FUNCTIONS", "Sources"]

KNOWN_FUNCTIONS = frozenset(name.removeprefix("jr:") for name in ODK.functions)
"""Local names of the functions that the expressions of forms may call."""

_LIMIT = 20_000
"""Most expressions that are kept; beyond it the memory begins anew."""

_trees: dict[tuple[str, str], Expression] = {}
_compiled: dict[tuple[str, str], Compiled] = {}


class Sources:
    """Expressions under the namespaces of one form."""

    def __init__(self, namespaces: Mapping[str, str]) -> None:
        self.namespaces = dict(namespaces)
        # One text for all of them: its hash is computed once.
        self._names = sys.intern(repr(sorted(namespaces.items())))

    def tree(self, source: str) -> Expression:
        """Return the syntax tree of an expression.

        Raises:
            FormError: The text is not an expression.
        """
        key = (source, self._names)
        tree = _trees.get(key)
        if tree is None:
            if len(_trees) >= _LIMIT:
                _trees.clear()
            tree = _trees[key] = parse(source, namespaces=self.namespaces)
        return tree

    def compiled(self, source: str) -> Compiled:
        """Return the closures of an expression.

        Raises:
            FormError: The text is not an expression.
        """
        key = (source, self._names)
        compiled = _compiled.get(key)
        if compiled is None:
            if len(_compiled) >= _LIMIT:
                _compiled.clear()
            compiled = _compiled[key] = compile_expression(self.tree(source))
        return compiled
