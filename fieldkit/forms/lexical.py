"""What simple expressions read, from their text alone: absolute paths, the node itself, literals and functions.

Most expressions of a form are of this kind; reading them so takes a fraction of following their syntax tree.
Any doubt leaves the expression to ``dependencies``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

__all__ = ["simple_paths"]


@cache
def _literal_pattern() -> re.Pattern[str]:
    return re.compile(r"'[^']*'|\"[^\"]*\"")


@cache
def _doubtful_pattern() -> re.Pattern[str]:
    return re.compile(r"[\[\]@*|:]|\.\.|//")


@cache
def _token_pattern() -> re.Pattern[str]:
    return re.compile(r"(/[^\s()+=<>!,/]+(?:/[^\s()+=<>!,/]+)*)|([^\W\d][\w.\-]*)(\s*\()?|(?<![\d\w])(\.)(?![\d.])")


_OPERATORS = frozenset({"and", "or", "div", "mod"})
_SPECIAL = frozenset({"current", "instance", "indexed-repeat", "position", "once", "last", "randomize", "node", "text"})


def simple_paths(source: str, leaves: Mapping[str, int]) -> tuple[list[int], bool, set[str]] | None:
    """Return what an expression reads, None where its text is not simple.

    Args:
        source: The expression.
        leaves: Indices of leaves by their absolute path.

    Returns:
        The leaves, whether the node itself is read by ``.``, and the names of the functions.
    """
    bare = _literal_pattern().sub("''", source) if "'" in source or '"' in source else source
    if _doubtful_pattern().search(bare):
        return None
    found: list[int] = []
    itself = False
    calls: set[str] = set()
    for path, name, call, dot in _token_pattern().findall(bare):
        if path:
            index = leaves.get(path)
            if index is None:
                return None
            found.append(index)
        elif name:
            if name in _OPERATORS:
                continue
            if not call or name in _SPECIAL:
                return None
            calls.add(name)
        elif dot:
            itself = True
    return found, itself, calls
