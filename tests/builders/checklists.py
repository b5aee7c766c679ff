"""Fills the ready-made checklists by the names of their questions, through real import and engine."""

from __future__ import annotations

import itertools
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from fieldkit.forms import Form, FormDefinition, FormEnvironment, FormNode, compile_xform
from fieldkit.io.xlsform import convert
from fieldkit.resources import data_path

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 1, 10, 9, 30, tzinfo=ZONE)
FK = "{urn:fieldkit:xf}"
IDS = (
    "branch_std",
    "weak_lax",
    "village_econ",
    "unit_check",
    "community_gov",
    "talent_station",
    "project_frontline",
    "spot_research",
    "pairing",
    "recheck",
)


@cache
def definition(form_id: str) -> FormDefinition:
    """Return a checklist, converted from its workbook and compiled."""
    conversion = convert(data_path("checklists", f"{form_id}.xlsx"))
    assert conversion.xform is not None, conversion.problems
    return compile_xform(conversion.xform)


def environment() -> FormEnvironment:
    """Return a device whose clock stands still."""
    numbers = itertools.count(1)
    return FormEnvironment(clock=lambda: NOW, timezone=ZONE, random=lambda: 0.5, uuid=lambda: f"{next(numbers):032x}")


class Filled:
    """A checklist being filled; questions go by their name, those in rows by ``row`` too."""

    def __init__(self, form_id: str) -> None:
        self.form = Form.new(definition(form_id), environment())

    def nodes(self, name: str) -> list[FormNode]:
        """Return every node of this name: one, or one for each row."""
        return [node for node in self.form.nodes() if node.name == name]

    def node(self, name: str, row: int = 1) -> FormNode:
        """Return a node by its name, in the row counted from 1 where it stands in a repeat."""
        return self.nodes(name)[row - 1]

    def answer(self, name: str, value: object, row: int = 1) -> None:
        """Answer a question."""
        self.form.answer(self.node(name, row), str(value))

    def answers(self, **values: object) -> None:
        """Answer several questions."""
        for name, value in values.items():
            self.answer(name, value)

    def rows(self, name: str, count: int) -> None:
        """Bring a repeat to a number of rows."""
        series = next(node for node in self.form.nodes() if node.kind == "series" and node.name == name)
        for number in range(len(series.rows), count):
            self.form.add_row(series, f"r{number}")

    def value(self, name: str, row: int = 1) -> str:
        """Return the value of a node."""
        return self.node(name, row).value

    def number(self, name: str, row: int = 1) -> float:
        """Return the value of a node as a number."""
        return float(self.value(name, row))

    def scored(self) -> list[FormNode]:
        """Return the questions with points that are shown now."""
        return [
            node for node in self.form.nodes() if node.relevant and float(node.attributes.get(f"{FK}weight") or 0) > 0
        ]

    def judge(self, degree: str = "full", *, count_share: float = 1.0, good: bool = True) -> None:
        """Answer every question with points: degrees alike, counts at a share of their target."""
        for node in self.scored():
            kind = node.attributes[f"{FK}score"]
            if kind == "deg":
                self.form.answer(node, degree)
            elif kind == "yn":
                right = node.attributes[f"{FK}good"]
                wrong = "no" if right == "yes" else "yes"
                self.form.answer(node, right if good else wrong)
            else:
                target = float(node.attribute_value(f"{FK}target"))
                self.form.answer(node, f"{target * count_share:g}")

    def role(self, role: str) -> str:
        """Return the value of the node with this role."""
        return next(node.value for node in self.form.nodes() if node.attributes.get(f"{FK}role") == role)

    def violations(self) -> set[str]:
        """Return the names of the questions whose answer breaks a constraint."""
        return {
            node.name
            for node in self.form.nodes()
            if node.violation is not None and node.violation.condition == "constraint"
        }

    def ballot(self, cast: int, good: int, mid: int, bad: int) -> None:
        """Fill in the ballot, as many issued as returned."""
        self.answers(sat_due=cast, sat_cast=cast, sat_good=good, sat_mid=mid, sat_bad=bad)

    def period(self) -> None:
        """Check a whole year."""
        self.answers(visit_date="2026-01-09", visit_mode="ann", p_start="2025-01-01", p_end="2026-01-01")
