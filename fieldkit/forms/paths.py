"""References of binds and controls: paths without predicates, joined and normalised."""

from __future__ import annotations

import re

__all__ = ["join_reference", "strip_predicates"]

_PREDICATE = re.compile(r"\[[^\[\]]*\]")
_SPACE = re.compile(r"\s+")
_IRREGULAR = re.compile(r"[\s\[.]|//|/$")


def strip_predicates(path: str) -> str:
    """Return a path without its predicates and white space."""
    if "[" in path:
        previous = ""
        while previous != path:
            previous, path = path, _PREDICATE.sub("", path)
    return _SPACE.sub("", path)


def join_reference(base: str, reference: str) -> str:
    """Return the absolute path of a reference that stands within the path ``base``."""
    if reference.startswith("/") and _IRREGULAR.search(reference) is None:
        return reference
    path = strip_predicates(reference)
    path = path.removeprefix("current()/")
    if not path.startswith("/"):
        path = f"{base}/{path}"
    if "." not in path and "//" not in path:
        return path.rstrip("/")
    steps: list[str] = []
    for step in path.split("/"):
        if step in ("", "."):
            continue
        if step == "..":
            if steps:
                steps.pop()
            continue
        steps.append(step)
    return "/" + "/".join(steps)
