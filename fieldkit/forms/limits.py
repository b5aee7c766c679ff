"""Bounds of a form from outside: beyond them it is refused, so that it can neither hang nor exhaust the app."""

from __future__ import annotations

__all__ = [
    "FORM_BYTES",
    "INSTANCE_DEPTH",
    "INSTANCE_NODES",
    "MEDIA_BYTES",
    "PROPAGATION_FACTOR",
    "ROWS",
    "VALUE_CHARACTERS",
]

FORM_BYTES = 48 * 1024 * 1024
"""Largest XForm that is read."""

MEDIA_BYTES = 256 * 1024 * 1024
"""Largest attachment that is read."""

INSTANCE_DEPTH = 100
"""Deepest nesting of the primary instance."""

INSTANCE_NODES = 400_000
"""Most elements of a live instance."""

ROWS = 10_000
"""Most rows of one repeat, whether added or counted."""

VALUE_CHARACTERS = 1_000_000
"""Longest value of a node."""

PROPAGATION_FACTOR = 64
"""A recalculation that evaluates one expression of one node more often than this does not settle."""
