"""The intents that change answers: answer, clear, take over, leave out, add and remove rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from fieldkit.errors import VisitError
from fieldkit.forms import Change
from fieldkit.i18n import _, ngettext
from fieldkit.visit.checks import accepted_value
from fieldkit.visit.effects import Draft, Effects
from fieldkit.visit.liveform import LiveForm, Turn
from fieldkit.visit.nodes import Node, item_kind, leaves, series_of, takes_answer
from fieldkit.visit.offering import offer_of
from fieldkit.visit.orderkeys import key_of_ordinal, keys_after
from fieldkit.visit.outline import columns_of, rows_of
from fieldkit.visit.refs import field_name
from fieldkit.visit.restoring import form_made, order_of
from fieldkit.visit.scoring import NA
from fieldkit.visit.session import Session
from fieldkit.visit.view import ItemKind

__all__ = [
    "add_row",
    "answer",
    "confirm",
    "finishing_drafts",
    "left_to_leave_out",
    "remove_row",
    "rest_not_applicable",
    "row_drafts",
    "same_as_above",
    "same_as_last",
    "stored_drafts",
]


def stored_drafts(session: Session, live: LiveForm, change: Change) -> Iterator[Draft]:
    """Yield drafts of every stored value and row that a change of the form brought about."""
    yield from row_drafts(session, live, change.rows_added)
    for row in change.rows_removed:
        # What the form itself removes is gone in ODK too; rows that a person removes keep their answers.
        if row.counted:
            for leaf in leaves(row):
                if leaf.stored and not leaf.calculated:
                    yield session.draft(field_name("answer", live.form_id, leaf.path), "")
    for node, _old, new, _cause in change.set:
        yield session.draft(field_name("answer", live.form_id, node.path), new)


def finishing_drafts(session: Session) -> Iterator[Draft]:
    """Yield drafts of what the forms store at the end of filling (``jr:preload`` with ``end``)."""
    for live in session.live.values():
        yield from stored_drafts(session, live, live.form.finalise())


def row_drafts(session: Session, live: LiveForm, rows: Iterable[Node]) -> Iterator[Draft]:
    """Yield drafts of rows that appeared, but not of those that a form makes by a count."""
    for row in rows:
        if row.counted:
            continue
        name = field_name("row", live.form_id, row.path)
        if isinstance(session.record.values.get(name), dict):
            continue
        yield session.draft(name, {"order": _order_for(session, live, row)})


def _order_for(session: Session, live: LiveForm, row: Node) -> str:
    siblings = rows_of(series_of(row))
    place = next(index for index, sibling in enumerate(siblings) if sibling.path == row.path)
    row_id = row.row_id
    if form_made(row_id):
        return key_of_ordinal(form_made(row_id))
    before = siblings[place - 1] if place else None
    return keys_after(_stored_order(session, live, before) if before is not None else None, 1)[0]


def _stored_order(session: Session, live: LiveForm, row: Node) -> str:
    value = session.record.values.get(field_name("row", live.form_id, row.path))
    return order_of(row.row_id, value)


def answer(session: Session, key: str, value: str, *, reason: str = "", confirmed: bool = False) -> Effects:
    """Answer one item; empty clears it. What the form sets beside it is written in the same write.

    Args:
        session: The visit.
        key: Item.
        value: XML text.
        reason: Why a visit that was fed back changes.
        confirmed: A number in a free text is no personal one.

    Raises:
        VisitError: The visit is closed or asks for a reason, or the item refuses the value.
    """
    live, node = session.find(key)
    stored = accepted_value(node, value, confirmed=confirmed)
    drafts = session.reopening(reason, confirmed=confirmed)
    name = field_name("answer", live.form_id, node.path)
    carried = session.record.is_carried(live.form_id, node.path)
    if node.stored == stored and not carried and not session.conflict(name):
        return session.commit((), Effects(key=key, value=stored))
    before = live.proposals([node]).get(node.path, "")
    with session.changing(live) as form:
        change = form.answer(node, stored)
    drafts.append(session.draft(name, stored))
    if carried:
        drafts.append(session.draft(field_name("carried", live.form_id, node.path), False))
    drafts.extend(stored_drafts(session, live, change))
    # An answer that the form changes at once (a trigger on itself) keeps the form's word.
    effects = session.commit(drafts)
    live.recount(node)
    turn = live.follow(change)
    return session.commit(
        effects.writes,
        Effects(
            key=live.key(node),
            value=node.stored,
            message=_told(turn),
            offer=offer_of(session, live, node, before),
            changed=tuple(live.key(live.node(path)) for path in turn.touched if path != node.path),
            opened=tuple(f"{live.form_id}:{path}" for path in turn.opened),
        ),
    )


def _told(turn: Turn) -> str:
    count = len(turn.hidden_answers)
    if not count:
        return ""
    return ngettext(
        "{count} answered item is hidden now, its answer is kept",
        "{count} answered items are hidden now, their answers are kept",
        count,
    ).format(count=count)


def _many(
    session: Session,
    live: LiveForm,
    wanted: Iterable[tuple[Node, str]],
    drafts: list[Draft],
    *,
    carried: bool,
) -> int:
    """Answer several items, add their drafts, and return how many took the value.

    The record learns of *carried over* only when the form has worked all of them out.
    """
    taken = []
    for node, value in wanted:
        try:
            stored = accepted_value(node, value, confirmed=True)
        except VisitError:
            continue
        with session.changing(live) as form:
            change = form.answer(node, stored)
        drafts.append(session.draft(field_name("answer", live.form_id, node.path), stored))
        drafts.extend(stored_drafts(session, live, change))
        taken.append((node, change))
    for node, change in taken:
        flag = field_name("carried", live.form_id, node.path)
        if carried or session.record.values.get(flag) is True:
            drafts.append(session.draft(flag, carried))
            session.record.put(flag, carried)
        live.recount(node)
        live.follow(change)
    return len(taken)


# -- taking over -----------------------------------------------------------------------------------


def same_as_last(session: Session, key: str, *, reason: str = "") -> Effects:
    """Take over last round's answer of an item; of a whole row as *carried over* until it is confirmed.

    Raises:
        VisitError: VISIT-023 where the last round has nothing here; what ``answer`` raises.
    """
    live, node = session.find(key)
    last = session.around.last.get(live.form_id)
    if last is None:
        raise _nothing_to_take(node)
    if node.kind != "row":
        value = last.value(node.ref)
        if not value:
            raise _nothing_to_take(node)
        return answer(session, key, value, reason=reason, confirmed=True)
    wanted = [(cell, last.value(cell.ref)) for cell in columns_of(node) if last.value(cell.ref)]
    if not wanted:
        raise _nothing_to_take(node)
    drafts = session.reopening(reason)
    count = _many(session, live, wanted, drafts, carried=True)
    message = ngettext("{count} answer carried over", "{count} answers carried over", count)
    return session.commit(drafts, Effects(key=key, message=message.format(count=count)))


def same_as_above(session: Session, key: str, *, reason: str = "") -> Effects:
    """Repeat the answer of the row above, outside tables that of the item above.

    Raises:
        VisitError: VISIT-023 where nothing stands above; what ``answer`` raises.
    """
    live, node = session.find(key)
    above = _above(live, node)
    if above is None or not above.value:
        raise _nothing_to_take(node)
    return answer(session, key, above.value, reason=reason, confirmed=True)


def _above(live: LiveForm, node: Node) -> Node | None:
    row = node.row
    if row is None:
        items = [item for item in live.outline.items() if takes_answer(item) and item.relevant]
        place = next((index for index, item in enumerate(items) if item.path == node.path), 0)
        return items[place - 1] if place and item_kind(items[place - 1]) is item_kind(node) else None
    rows = rows_of(series_of(row))
    place = next(index for index, sibling in enumerate(rows) if sibling.path == row.path)
    if not place:
        return None
    tail = node.path[len(row.path) :]
    return next((cell for cell in leaves(rows[place - 1]) if cell.path.endswith(tail)), None)


def _nothing_to_take(node: Node) -> VisitError:
    return VisitError(
        "VISIT-023",
        _("There is nothing to take over for {item}").format(item=node.label or node.name),
        hint=_("Answer it by hand."),
        where={"ref": node.ref},
    )


def left_to_leave_out(session: Session, key: str) -> list[Node]:
    """Return the unanswered items of an item's section that offer *not applicable*."""
    live, node = session.find(key)
    section = live.outline.sections[live.section_index(node)]
    return [
        item
        for item in section.items
        if takes_answer(item)
        and item.relevant
        and not item.readonly
        and not item.value
        and item_kind(item) is ItemKind.SELECT_ONE
        and item.choices().place(NA) >= 0
    ]


def rest_not_applicable(session: Session, key: str, *, reason: str = "") -> Effects:
    """Answer the rest of a section with *not applicable*, as one write."""
    live, _node = session.find(key)
    drafts = session.reopening(reason)
    count = _many(session, live, [(item, NA) for item in left_to_leave_out(session, key)], drafts, carried=False)
    if not count:
        return session.commit((), Effects(key=key, message=_("Nothing is left here that offers it")))
    message = ngettext("{count} item is not applicable", "{count} items are not applicable", count)
    return session.commit(drafts, Effects(key=key, message=message.format(count=count)))


def confirm(session: Session, key: str) -> Effects:
    """Confirm an item, a row or a whole table that was carried over."""
    live, node = session.find(key)
    session.refuse_locked()
    cells = [leaf for leaf in leaves(node) if session.record.is_carried(live.form_id, leaf.path)]
    drafts: list[Draft] = session.reopening() if cells and not session.reason_due else []
    drafts += [session.draft(field_name("carried", live.form_id, cell.path), False) for cell in cells]
    effects = session.commit(drafts, Effects(key=key))
    for cell in cells:
        live.recount(cell)
    return effects


# -- rows ------------------------------------------------------------------------------------------


def add_row(session: Session, key: str, *, reason: str = "") -> Effects:
    """Add a row at the end of a table; the key of the effects is the new row's.

    Raises:
        VisitError: VISIT-018 where the item is no table, VISIT-019 where the form decides the number.
    """
    live, series = session.find(key)
    _refuse_no_table(series)
    drafts = session.reopening(reason)
    with session.changing(live) as form:
        change = form.add_row(series, session.around.row_id())
    drafts.extend(stored_drafts(session, live, change))
    live.follow(change)
    row = rows_of(live.node(series.path))[-1]
    return session.commit(drafts, Effects(key=live.key(row)))


def remove_row(session: Session, key: str, *, reason: str = "") -> Effects:
    """Remove a row; its answers stay in the record and come back when this is undone.

    Raises:
        VisitError: VISIT-018 where the item is no row, VISIT-019 where the form decides the number.
    """
    live, row = session.find(key)
    if row.kind != "row":
        raise _no_table(row)
    series = series_of(row)
    _refuse_no_table(series)
    drafts = session.reopening(reason)
    value: dict[str, Any] = {"order": _stored_order(session, live, row), "removed": True}
    name = field_name("row", live.form_id, row.path)
    for leaf in leaves(row):
        live.tally.drop(leaf.path)
    with session.changing(live) as form:
        change = form.remove_row(row)
    drafts.append(session.draft(name, value))
    drafts.extend(stored_drafts(session, live, change))
    live.follow(change)
    if session.position.startswith(key):
        session.position = live.key(series)
    return session.commit(drafts, Effects(key=live.key(series), message=_("Row removed")))


def _no_table(node: Node) -> VisitError:
    return VisitError(
        "VISIT-018",
        _("{item} is no table").format(item=node.label or node.name),
        hint=_("Rows are added to and removed from tables."),
        where={"ref": node.ref},
    )


def _refuse_no_table(series: Node) -> None:
    if series.kind != "series":
        raise _no_table(series)
    if series.counted:
        raise VisitError(
            "VISIT-019",
            _("The form decides how many rows {item} has").format(item=series.label or series.name),
            hint=_("Change the answer that the number comes from; F6 shows it."),
            where={"ref": series.ref},
        )
    if not series.relevant:
        raise VisitError(
            "VISIT-012",
            _("{item} is hidden by the form now").format(item=series.label or series.name),
            hint=_("F6 shows the condition with its values; an answer kept there comes back with it."),
            where={"ref": series.ref},
        )
