"""Rows of a benchmark: one figure of ours beside the peer's, its goal, and whether it holds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

__all__ = ["Goal", "Row", "print_table", "write_json"]


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure has to reach.

    Attributes:
        op: How the figure is compared with the value.
        value: The limit.
        of: The figure that is held against it, ``ratio`` (ours / peer) or ``ours``.
    """

    op: Literal["<=", ">=", "=="]
    value: float
    of: Literal["ratio", "ours"] = "ratio"

    def met(self, figure: float) -> bool:
        """Return whether a figure reaches the goal."""
        if self.op == "<=":
            return figure <= self.value
        return figure >= self.value if self.op == ">=" else figure == self.value

    def shown(self) -> str:
        """Return the goal as it stands in the table, such as ``<= 0.06``."""
        return f"{self.op} {self.value:g}" + ("" if self.of == "ratio" else " (ours)")


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of a benchmark.

    Attributes:
        name: What was measured.
        unit: Unit of ``ours`` and ``peer``.
        ours: Our figure, or None where it could not be measured; ``note`` says why.
        peer: The peer's figure of the same run, or None.
        peer_name: Who the peer is, or an empty string.
        goal: What has to be reached, or None for a figure that is only reported.
        equal: Whether both sides gave equal results; None where there is nothing to compare.
        note: One remark for the table.
    """

    name: str
    unit: str
    ours: float | None
    peer: float | None = None
    peer_name: str = ""
    goal: Goal | None = None
    equal: bool | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours divided by the peer's, or None without one of them."""
        return self.ours / self.peer if self.peer and self.ours is not None else None

    @property
    def holds(self) -> bool | None:
        """Whether the goal is reached with equal results; None without a goal or a figure for it."""
        if self.goal is None:
            return None
        figure = self.ours if self.goal.of == "ours" else self.ratio
        if figure is None:
            return None
        return self.equal is not False and self.goal.met(figure)

    def as_json(self) -> dict[str, object]:
        """Return the row as the command line writes it."""
        goal = self.goal and {"op": self.goal.op, "value": self.goal.value, "of": self.goal.of}
        return {
            "name": self.name,
            "unit": self.unit,
            "ours": self.ours,
            "peer": self.peer,
            "peer_name": self.peer_name,
            "ratio": self.ratio,
            "goal": goal,
            "holds": self.holds,
            "equal": self.equal,
            "note": self.note,
        }


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def _truth(value: bool | None) -> str:
    return "-" if value is None else ("yes" if value else "NO")


def print_table(rows: Sequence[Row]) -> None:
    """Print the rows as one aligned table on standard output."""
    head = ("name", "unit", "ours", "peer", "ratio", "goal", "holds", "equal", "peer name, remark")
    body = [
        (
            row.name,
            row.unit,
            _figure(row.ours),
            _figure(row.peer),
            _figure(row.ratio),
            row.goal.shown() if row.goal else "-",
            _truth(row.holds),
            _truth(row.equal),
            " ".join(part for part in (row.peer_name, row.note) if part),
        )
        for row in rows
    ]
    widths = [max(len(line[column]) for line in (head, *body)) for column in range(len(head))]
    for line in (head, *body):
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def write_json(rows: Sequence[Row], path: Path) -> None:
    """Write the rows as a JSON list."""
    path.write_text(json.dumps([row.as_json() for row in rows], ensure_ascii=False, indent=1), encoding="utf-8")
