"""The answers of the last round: the newest earlier visit of the subject with the same form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from fieldkit.visit.record import VisitRecord, state_of
from fieldkit.visit.refs import generic_path
from fieldkit.visit.restoring import rows_in, values_in

__all__ = ["LastRound", "choose_last", "last_round", "positional"]

CLOSED = ("final", "accepted")
"""States of a visit whose answers count as the last round's."""


class LastRound(Struct, frozen=True):
    """One earlier visit as the runner shows it beside the questions."""

    visit: str
    """Number of the visit."""
    date: str
    """Date of the visit, ISO 8601."""
    values: Mapping[str, str]
    """Path with row positions (``/data/d/inc[2]/i_now``) to XML text."""
    rows: Mapping[str, int] = field(default_factory=dict)
    """Path of a repeat (with positions) to its number of rows."""
    score: str = ""
    star: str = ""

    def value(self, path: str) -> str:
        """Return the answer at a path with positions; empty where there was none."""
        return self.values.get(path, "")


def positional(path: str, positions: Mapping[str, int]) -> str:
    """Return a path with row ids as one with positions, steps without ``[n]`` left as they are.

    Args:
        path: Path such as ``/data/d/inc{k3}/i_now``.
        positions: Place from 1 of each row, by the path of the row.
    """
    result, start = "", 0
    while True:
        brace = path.find("{", start)
        end = path.find("}", brace)
        if brace < 0 or end < 0:
            return result + path[start:]
        place = positions.get(path[: end + 1], 0)
        result += f"{path[start:brace]}[{place}]"
        start = end + 1


def choose_last(
    candidates: Iterable[tuple[str, Mapping[str, Any]]], subject: str, form_id: str, started: str, own: str
) -> str | None:
    """Return the id of the newest earlier visit that is final or accepted, or None.

    Args:
        candidates: Id and shown fields of visits.
        subject: Id of the subject.
        form_id: Id of the form, any version.
        started: When the present visit began.
        own: Id of the present visit.
    """
    best: tuple[str, str] | None = None
    for identifier, values in candidates:
        meta = values.get("meta")
        if identifier == own or not isinstance(meta, Mapping) or meta.get("subject") != subject:
            continue
        begun = str(meta.get("started") or "")
        if state_of(values.get("state")).state not in CLOSED or begun >= started:
            continue
        forms = meta.get("forms")
        if not any(pin.get("form_id") == form_id for pin in forms or ()):
            continue
        if best is None or (begun, identifier) > best:
            best = (begun, identifier)
    return best[1] if best else None


def last_round(
    identifier: str, fields: Mapping[str, Any], form_id: str, *, score: str = "", star: str = ""
) -> LastRound:
    """Return an earlier visit's answers of one form, rows by their order.

    Args:
        identifier: Id of the earlier visit.
        fields: Its shown fields.
        form_id: Id of the form.
        score: Its percentage, where it was scored.
        star: Its star, where it had one.
    """
    record = VisitRecord(identifier, fields)
    rows: Mapping[str, Sequence[str]] = rows_in(record, form_id)
    places = {f"{series}{{{row_id}}}": place for series, ids in rows.items() for place, row_id in enumerate(ids, 1)}
    values: dict[str, str] = {}
    for path, value in values_in(record, form_id).items():
        where = positional(path, places)
        if "[0]" not in where:
            values[where] = value
    meta = record.meta
    answered = next((value for path, value in values.items() if generic_path(path).endswith("/visit_date")), "")
    return LastRound(
        visit=meta.number or identifier,
        date=answered or meta.started[:10],
        values=values,
        rows={positional(series, places): len(ids) for series, ids in rows.items()},
        score=score,
        star=star,
    )
