"""What simple expressions read, from their text alone: paths by name, the node itself, literals and functions.

Most expressions of a form are of this kind; reading them so takes a fraction of following their syntax tree.
Any doubt leaves the expression to ``dependencies``.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

__all__ = ["Simple", "simple_reads"]


class Simple(NamedTuple):
    """What a simple expression reads.

    Attributes:
        absolute: Absolute paths.
        relative: Paths that begin with ``../``: how many steps up, and what follows.
        itself: Whether the node itself is read by ``.``.
        calls: Names of the functions.
    """

    absolute: tuple[str, ...]
    relative: tuple[tuple[int, str], ...]
    itself: bool
    calls: frozenset[str]


_WORDS = "and|or|div|mod"


@cache
def _literal_pattern() -> re.Pattern[str]:
    return re.compile(r"'[^']*'|\"[^\"]*\"")


@cache
def _doubtful_pattern() -> re.Pattern[str]:
    # Where an operand is due, a star stands for any name, and a word that is an operator elsewhere is a name.
    misleading = rf"(?:^|[-+=<>!(,/*]|\b(?:{_WORDS}))\s*(?:\*|(?:{_WORDS})(?![\w.-]))"
    return re.compile(rf"[\[\]@|:]|//|(?<!\.\.)/\.\.|\.\.(?!/)|{misleading}")


@cache
def _list_pattern() -> re.Pattern[str]:
    """Return the pattern of all items of a list, as choices are taken from."""
    name = r"\s*/\s*[^\W\d][\w-]*"
    return re.compile(rf"\s*instance\s*\(\s*''\s*\)(?:{name})+\s*")


@cache
def _token_pattern() -> re.Pattern[str]:
    names = r"[^\s()+=<>!,/*]++(?:/[^\s()+=<>!,/*]++)*+(?!\s*\()"
    return re.compile(rf"((?:\.\./)+)({names})|(/{names})|([^\W\d][\w.\-]*)(\s*\()?|(?<![\d\w])(\.)(?![\d.])")


_OPERATORS = frozenset(_WORDS.split("|"))
_SPECIAL = frozenset({"current", "instance", "indexed-repeat", "position", "once", "last", "randomize", "node", "text"})


@lru_cache(maxsize=8192)
def simple_reads(source: str) -> Simple | None:
    """Return what an expression reads, None where its text is not simple."""
    bare = _literal_pattern().sub("''", source) if "'" in source or '"' in source else source
    if _doubtful_pattern().search(bare):
        return None
    if "instance" in bare and _list_pattern().fullmatch(bare):
        return Simple((), (), itself=False, calls=frozenset({"instance"}))
    absolute: list[str] = []
    relative: list[tuple[int, str]] = []
    itself = False
    calls: set[str] = set()
    for ups, rest, path, name, call, dot in _token_pattern().findall(bare):
        if ups:
            relative.append((len(ups) // 3, rest))
        elif path:
            absolute.append(path)
        elif name:
            if name in _OPERATORS:
                continue
            if not call or name in _SPECIAL:
                return None
            calls.add(name)
        elif dot:
            itself = True
    if sum(ups for ups, _rest in relative) != bare.count(".."):
        return None
    return Simple(tuple(absolute), tuple(relative), itself, frozenset(calls))
