"""Answers of the demo: plausible values for any item of any form, the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from fieldkit.errors import VisitError
from fieldkit.visit import answering
from fieldkit.visit.effects import Draft
from fieldkit.visit.liveform import LiveForm
from fieldkit.visit.nodes import Node, attribute, item_kind, takes_answer
from fieldkit.visit.outline import rows_of
from fieldkit.visit.scoring import target_of
from fieldkit.visit.session import Session
from fieldkit.visit.view import ItemKind

__all__ = ["Answers"]

_NUMBERS = (3, 2, 4, 1, 6, 0, 12, 20)
_PASSES = 6


class Answers:
    """Fills the forms of one visit.

    Attributes:
        good: Share of items that are in order, from 0 to 1.
    """

    def __init__(self, seed: str, day: date, good: float, texts: Sequence[str], fixed: Mapping[str, Any]) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - the same demo for the same seed
        self._day = day
        self._texts = texts
        self._fixed = fixed
        self.good = good

    def fill(self, session: Session, rows: Mapping[str, int], share: float) -> Iterator[tuple[Draft, ...]]:
        """Yield the writes that answer a share of every form of a visit.

        Args:
            session: The visit.
            rows: Name of a repeat to the number of rows it shall have.
            share: From 0 to 1; 1 answers everything.
        """
        for live in session.live.values():
            yield from self._rows(session, live, rows, share)
            for _pass in range(_PASSES):
                writes = list(self._pass(session, live, share))
                yield from writes
                if not writes:
                    break

    def _rows(
        self, session: Session, live: LiveForm, rows: Mapping[str, int], share: float
    ) -> Iterator[tuple[Draft, ...]]:
        for series in [item for item in live.outline.items() if item.kind == "series"]:
            wanted = rows.get(series.name, 1) if share >= 1 else 0
            while len(rows_of(live.node(series.path))) < wanted:
                try:
                    yield answering.add_row(session, live.key(series)).writes
                except VisitError:
                    break

    def _pass(self, session: Session, live: LiveForm, share: float) -> Iterator[tuple[Draft, ...]]:
        nodes = [node for node in live.form.nodes() if node.kind == "question" and takes_answer(node)]
        for node in nodes[: max(1, int(len(nodes) * share))]:
            if not node.relevant or node.readonly or node.value:
                continue
            yield from self._answer(session, live, node)

    def _answer(self, session: Session, live: LiveForm, node: Node) -> Iterator[tuple[Draft, ...]]:
        for value in self._candidates(live, node):
            try:
                effects = answering.answer(session, live.key(node), value, confirmed=True)
            except VisitError:
                continue
            yield effects.writes
            if node.violation is None or node.violation.condition != "constraint":
                return

    def _candidates(self, live: LiveForm, node: Node) -> list[str]:
        fixed = self._fixed.get(f"{live.form_id}:{node.name}", self._fixed.get(node.name))
        if fixed is not None:
            return self._given(str(fixed))
        kind = item_kind(node)
        if attribute(node, "veto") == "yes":
            return []
        if kind is ItemKind.SELECT_ONE:
            return self._one(node)
        if kind in {ItemKind.SELECT_MULTIPLE, ItemKind.RANK}:
            values = [choice.value for choice in node.choices() if choice.value not in {"none", "na", "other"}]
            return [" ".join(values[: self._chance.randint(1, 2)]), "none"] if values else []
        if kind in {ItemKind.INTEGER, ItemKind.DECIMAL, ItemKind.RANGE}:
            return self._number(node, whole=kind is ItemKind.INTEGER)
        return self._other(node, kind)

    def _given(self, text: str) -> list[str]:
        """Return a value of the plan; ``-180 days`` is a date before the visit."""
        days, blank, unit = text.partition(" ")
        if unit == "days" and blank:
            return [(self._day + timedelta(days=int(days))).isoformat()]
        return [text] if text else []

    def _one(self, node: Node) -> list[str]:
        values = [choice.value for choice in node.choices()]
        is_good = self._chance.random() < self.good
        wanted = ""
        if attribute(node, "score") == "deg" or {"full", "none"} <= set(values):
            wanted = "full" if is_good else self._chance.choice(("part", "part", "none"))
        elif attribute(node, "good"):
            others = [value for value in values if value not in {attribute(node, "good"), "na"}]
            wanted = attribute(node, "good") if is_good else self._chance.choice(others or values)
        chosen = [wanted] if wanted in values else []
        rest = [value for value in values if value not in chosen and value != "na"]
        self._chance.shuffle(rest)
        return [*chosen, *rest[:3]]

    def _number(self, node: Node, *, whole: bool) -> list[str]:
        target = target_of(node)
        if target is not None:
            share = 1.0 if self._chance.random() < self.good else self._chance.choice((0.3, 0.7))
            return [str(max(0, round(target * share))), str(round(target)), "0"]
        first = self._chance.choice(_NUMBERS[:4])
        numbers = [first, *_NUMBERS]
        return [str(number) if whole else f"{number}.0" for number in numbers]

    def _other(self, node: Node, kind: ItemKind) -> list[str]:
        if kind in {ItemKind.TEXT, ItemKind.MULTILINE}:
            return [self._chance.choice(self._texts)] if node.required or self._chance.random() < 0.3 else []
        if kind is ItemKind.DATE:
            return [(self._day - timedelta(days=days)).isoformat() for days in (30, 0, 200, 700, -60)]
        if kind is ItemKind.TIME:
            return ["09:30:00.000"]
        if kind is ItemKind.DATETIME:
            return [f"{self._day.isoformat()}T09:30:00.000+08:00"]
        if kind is ItemKind.ACKNOWLEDGE:
            return ["OK"]
        return []
