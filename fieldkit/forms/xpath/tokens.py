"""Cuts the source of an expression into tokens."""

from __future__ import annotations

import re
from itertools import accumulate

__all__ = ["GLUED", "NAME_START", "tokenize"]

_NAME = r"[^\W\d][\w.\-\u00b7\u0300-\u036f\u203f\u2040]*"
_PIECES = re.compile(
    rf"""\s+|{_NAME}(?::(?!:)(?:{_NAME}|\*))?|[0-9]+(?:\.[0-9]*)?|\.[0-9]+|"[^"]*"|'[^']*'"""
    r"|\.\.|::|//|!=|<=|>=|[()\[\]@,/|+\-=<>*.]|.",
    re.DOTALL,
).findall

NAME_START = re.compile(r"[^\W\d]").match
"""Tells whether a token is a name."""

GLUED = re.compile(r"(or|and|div|mod)([0-9].*)", re.DOTALL).fullmatch
"""Finds an operator name that touches a digit."""


def tokenize(source: str) -> tuple[list[str], list[int]]:
    """Return the tokens of a source and their positions; the last one is empty and stands at the end.

    A character that begins no token is a token of its own.
    """
    pieces: list[str] = _PIECES(source)
    starts = list(accumulate(map(len, pieces), initial=0))
    tokens: list[str] = []
    places: list[int] = []
    for piece, start in zip(pieces, starts, strict=False):
        if not piece.isspace():
            tokens.append(piece)
            places.append(start)
    tokens.append("")
    places.append(len(source))
    return tokens, places
