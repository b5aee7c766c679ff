"""How a visit begins: what the forms set once, what is known of the subject, rows taken from the last round."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from fieldkit.errors import VisitError
from fieldkit.visit.answering import row_drafts, stored_drafts
from fieldkit.visit.checks import accepted_value
from fieldkit.visit.effects import Draft, Effects
from fieldkit.visit.lastround import LastRound
from fieldkit.visit.liveform import LiveForm
from fieldkit.visit.nodes import Node, leaves
from fieldkit.visit.outline import columns_of, rows_of
from fieldkit.visit.record import FormPin, VisitRecord
from fieldkit.visit.refs import field_name, generic_path
from fieldkit.visit.session import Session, Surroundings

__all__ = ["PREFILLED_REPEATS", "Beginning", "begin"]

PREFILLED_REPEATS: Mapping[str, tuple[str, ...]] = {"village_econ": ("inc", "pair")}
"""Repeats that go on from round to round (income streams, partners), by form; samples are drawn anew.

A scheme may name others in ``prefill.repeats``.
"""


class Beginning(Struct, frozen=True):
    """What a visit begins with."""

    id: str
    number: str
    subject: str
    forms: tuple[FormPin, ...]
    campaign: str = ""
    mode: str = ""
    prefill: Mapping[str, str] = field(default_factory=dict)
    """Values of hidden fields by their name: ``subject_id``, ``assignment_id``, ``prev_score``, ``prev_star``."""


def begin(beginning: Beginning, around: Surroundings) -> tuple[Session, Effects]:
    """Return a new visit and the drafts of its first write: what it is, its state, what was set once."""
    started = around.now()
    record = VisitRecord(beginning.id, {})
    session = Session(None, (), around, record)
    drafts = [
        session.draft("meta", _meta(beginning, started)),
        session.draft("state", {"state": "open", "event": "start", "at": started, "revision": 0}),
    ]
    for draft in drafts:
        record.put(draft.field, draft.value)
    for pin in beginning.forms:
        form = around.maker.new(pin.form_id)
        live = LiveForm(pin.form_id, form, record, around.scheme)
        session.live[pin.form_id] = live
        drafts.extend(_set_once(session, live))
        drafts.extend(_known(session, live, beginning.prefill))
        drafts.extend(_repeats(session, live))
    session.position = session.first_position()
    return session, session.commit(drafts)


def _meta(beginning: Beginning, started: str) -> dict[str, Any]:
    return {
        "number": beginning.number,
        "subject": beginning.subject,
        "forms": [{"form_id": pin.form_id, "version": pin.version, "hash": pin.hash} for pin in beginning.forms],
        "campaign": beginning.campaign,
        "mode": beginning.mode,
        "started": started,
    }


def _set_once(session: Session, live: LiveForm) -> list[Draft]:
    rows = [node for node in live.form.nodes() if node.kind == "row"]
    drafts = list(row_drafts(session, live, rows))
    once = {entry.node.path for entry in live.form.initial.set if entry.cause == "once"}
    drafts.extend(
        session.draft(field_name("answer", live.form_id, node.path), node.stored)
        for node in leaves(live.form.root)
        if node.stored and (not node.calculated or node.path in once)
    )
    return drafts


def _known(session: Session, live: LiveForm, prefill: Mapping[str, str]) -> list[Draft]:
    """Fill the hidden fields that have fixed names, outside repeats."""
    last = session.around.last.get(live.form_id)
    values = dict(prefill)
    if last is not None:
        values.setdefault("prev_score", last.score)
        values.setdefault("prev_star", last.star)
    drafts: list[Draft] = []
    for node in leaves(live.form.root):
        value = values.get(node.name, "")
        if node.kind == "model" and not node.calculated and value and "{" not in node.path:
            drafts.extend(_set(session, live, node, value))
    return drafts


def _set(session: Session, live: LiveForm, node: Node, value: str) -> list[Draft]:
    change = live.form.set_value(node, value)
    drafts = [session.draft(field_name("answer", live.form_id, node.path), node.stored)]
    drafts.extend(stored_drafts(session, live, change))
    for draft in drafts:
        session.record.put(draft.field, draft.value)
    live.follow(change)
    return drafts


def _repeats(session: Session, live: LiveForm) -> list[Draft]:
    last = session.around.last.get(live.form_id)
    if last is None:
        return []
    known = session.around.scheme.get("prefill.repeats", PREFILLED_REPEATS)
    names = known.get(live.form_id, ()) if isinstance(known, Mapping) else ()
    drafts: list[Draft] = []
    for series in [node for node in live.outline.items() if node.kind == "series"]:
        count = last.rows.get(generic_path(series.path), 0)
        if series.name in names and count and not series.counted:
            drafts.extend(_rows_taken_over(session, live, series.path, count, last))
    return drafts


def _rows_taken_over(session: Session, live: LiveForm, path: str, count: int, last: LastRound) -> list[Draft]:
    drafts: list[Draft] = []
    while len(rows_of(live.node(path))) < count:
        change = live.form.add_row(live.node(path), session.around.row_id())
        made = list(stored_drafts(session, live, change))
        for draft in made:
            session.record.put(draft.field, draft.value)
        drafts.extend(made)
        live.follow(change)
    for row in rows_of(live.node(path))[:count]:
        for cell in columns_of(row):
            drafts.extend(_cell_taken_over(session, live, cell, last.value(cell.ref)))
    return drafts


def _cell_taken_over(session: Session, live: LiveForm, cell: Node, value: str) -> list[Draft]:
    if not value:
        return []
    try:
        stored = accepted_value(cell, value, confirmed=True)
    except VisitError:
        return []
    drafts = _set(session, live, cell, stored)
    flag = session.draft(field_name("carried", live.form_id, cell.path), True)
    session.record.put(flag.field, flag.value)
    live.recount(cell)
    return [*drafts, flag]
