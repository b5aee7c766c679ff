"""The table of states in the form that the program reads: ``python -m tests.states --update`` renews it."""

from __future__ import annotations

import json
import sys
import tomllib

from fieldkit.resources import data_path

__all__ = ["as_json", "main"]


def as_json(text: str) -> str:
    """Return the text of ``states.toml`` as the text of ``states.json``."""
    return json.dumps(tomllib.loads(text), ensure_ascii=False, indent=1) + "\n"


def main(arguments: list[str]) -> int:
    """Check or update; the exit code is 1 where the two files differ."""
    path = data_path("states.json")
    made = as_json(data_path("states.toml").read_text(encoding="utf-8"))
    if "--update" in arguments:
        path.write_text(made, encoding="utf-8", newline="\n")
    return 0 if path.exists() and path.read_text(encoding="utf-8") == made else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
