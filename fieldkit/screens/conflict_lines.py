"""The lines of a conflict: versions beside each other with their consequences, and the choices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from fieldkit.i18n import _, labelled
from fieldkit.screens.runner_lines import number_text
from fieldkit.widgets.lines import Line, Span, clean, cut, fit, line, wrap

if TYPE_CHECKING:
    from fieldkit.services.conflict_review import ConflictReview, ConflictSide
    from fieldkit.services.lines import ConflictHead
    from fieldkit.visit.view import ScoreView

__all__ = ["choice_lines", "side_lines"]

_LABELS = 12
_NARROWEST = 20
"""Cells that a version needs at least; what does not fit is reached by moving to it."""


def side_lines(
    view: ConflictReview, at: int, size: int, words: Callable[[ConflictHead], tuple[str, str]]
) -> list[Line]:
    """Return the versions as columns: value, points, who, when, where, and what follows.

    Args:
        view: The conflict.
        at: Choice under the cursor.
        size: Cells of a row.
        words: Returns who wrote a version and when, for people.
    """
    most = max((size - _LABELS - 2) // _NARROWEST, 1)
    first = max(min(at, len(view.sides) - 1) - most + 1, 0)
    shown = list(enumerate(view.sides, 1))[first : first + most]
    wide = min((size - _LABELS - 2) // len(shown), 50)

    def entry(name: str, texts: Sequence[str], style: str = "", most_rows: int = 1) -> list[Line]:
        columns = [wrap(clean(text), wide - 2)[:most_rows] or [""] for text in texts]
        rows: list[Line] = []
        for place in range(max(len(column) for column in columns)):
            head = Span(fit(f" {name}" if not place else "", _LABELS + 1), "dim")
            rows.append(
                (head, *(Span(fit(column[place] if place < len(column) else "", wide), style) for column in columns))
            )
        return rows

    sides = [side for _number, side in shown]
    rows: list[Line] = [
        line(
            " " * (_LABELS + 1),
            *(
                Span(fit(_head(number, side), wide), "cursor" if at == number - 1 else "key", f"choice:{number - 1}")
                for number, side in shown
            ),
        )
    ]
    rows += entry(_("answer"), [side.shown or _("(empty)") for side in sides], "label", 3)
    if any(side.item and side.item.points for side in sides):
        rows += entry(_("points"), [_points(side) for side in sides])
    rows += entry(_("by"), [words(side.head)[0] for side in sides])
    rows += entry(_("when"), [words(side.head)[1] for side in sides])
    rows += entry(_("device"), [side.head.device for side in sides])
    if any(side.score for side in sides):
        rows += [(), *entry(_("if chosen"), [_score(side.score) for side in sides], "label", 2)]
    refusals = [side.item.violation.message if side.item and side.item.violation else "" for side in sides]
    if any(refusals):
        rows += entry("", refusals, "bad", 2)
    for finding in view.item.findings if view.item else ():
        text = labelled(f"{finding.number} {finding.severity} {finding.state_label}", clean(finding.statement))
        rows.append(line((fit(f" {_('Finding')}", _LABELS + 1), "dim"), cut(text, size - _LABELS - 2)))
    hidden = len(view.sides) - len(shown)
    if hidden:
        rows.append(line((" " + _("{count} more versions: right").format(count=hidden), "dim")))
    return rows


def _head(number: int, side: ConflictSide) -> str:
    return f"{number}  {_('shown meanwhile')}" if side.head.selected else str(number)


def _points(side: ConflictSide) -> str:
    points = side.item.points if side.item else None
    if points is None:
        return "-"
    most = number_text(points.max).removesuffix(".0")
    return _("not applicable") if points.is_na else _("{got} of {max}").format(got=number_text(points.got), max=most)


def _score(score: ScoreView | None) -> str:
    if score is None or score.percent is None:
        return _("no score yet")
    text = _("score {percent}").format(percent=number_text(score.percent))
    if score.star is None:
        return f"{text}   {_('Stars: not yet')}"
    capped = _(" (capped)") if score.capped else ""
    star = _("Stars: {star} by {composite}").format(star=f"{score.star}*", composite=number_text(score.composite))
    return f"{text}   {star}{capped}"


def choice_lines(view: ConflictReview, at: int, size: int) -> list[Line]:
    """Return the choices: each version, another value, leave it open."""
    texts = [_("take {value}").format(value=side.shown or _("(empty)")) for side in view.sides]
    texts += [_("another value"), _("leave it open")]
    rows: list[Line] = []
    for index, text in enumerate(texts):
        here = index == at
        rows.append(
            line(
                Span(f" {'>' if here else ' '} {index + 1}  ", "cursor" if here else "key", f"choice:{index}"),
                Span(cut(clean(text), size - 8), "cursor" if here else "", f"choice:{index}"),
            )
        )
    return rows
