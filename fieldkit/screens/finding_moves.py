"""Moves of findings, one or many, and the fields that a move must bring."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from fieldkit.errors import FieldkitError
from fieldkit.i18n import _, labelled
from fieldkit.screens.move_fields import move_fields
from fieldkit.widgets.sheet import Sheet

if TYPE_CHECKING:
    from fieldkit.screens.base import FieldScreen
    from fieldkit.visit.outcome import MoveView

__all__ = ["move_findings"]


def move_findings(
    screen: FieldScreen, findings: Sequence[str], move: MoveView, done: Callable[[list[str], int], None]
) -> None:
    """Make a move for each finding; refusals are collected, the others go on.

    Args:
        screen: Where to ask for the fields of the move.
        findings: Ids.
        move: The move.
        done: Takes the refusals in words and how many were moved.
    """

    def make(fields: Mapping[str, str]) -> None:
        refused: list[str] = []
        count = 0
        for finding in findings:
            number = screen.shell.services.findings.read(finding).number or finding
            try:
                result = screen.shell.services.moves.finding(finding, move.event, dict(fields))
            except FieldkitError as error:
                refused.append(labelled(number, error.message))
                continue
            if result.ok:
                count += 1
            else:
                refused.append(labelled(number, _("; ").join(reason.message for reason in result.reasons)))
        done(refused, count)

    if not move.required:
        make({})
        return
    fields = move_fields(move.required, screen.shell.services.desk.codes)

    def save(values: Mapping[str, str]) -> str | None:
        make(values)
        return None

    screen.show_overlay(Sheet(_("{move}: what it brings").format(move=move.label), fields, save, save_label=move.label))
