"""The intents undo and redo: the inverse of the last write of this device, as a write of its own."""

from __future__ import annotations

from collections.abc import Sequence

from fieldkit.errors import FormError, VisitError
from fieldkit.i18n import _, labelled
from fieldkit.visit.effects import WITH, Draft, Effects
from fieldkit.visit.history import Step
from fieldkit.visit.refs import join_key, split_field
from fieldkit.visit.session import Session
from fieldkit.visit.shown import shown_text

__all__ = ["redo", "redo_label", "undo", "undo_label"]


def undo(session: Session, *, reason: str = "") -> Effects:
    """Take back the last write that is not taken back, with everything written beside it.

    Raises:
        VisitError: VISIT-024 where nothing is left to undo; VISIT-020 to VISIT-022 as for an answer.
    """
    found = session.history.next_undo(session.record.values)
    if found is None:
        raise VisitError("VISIT-024", _("Nothing is left to undo"), hint=_("Moves are not undone but made."))
    return _write(session, "undo", found, reason)


def redo(session: Session, *, reason: str = "") -> Effects:
    """Make the last undone write again.

    Raises:
        VisitError: VISIT-025 where nothing is left to redo; VISIT-020 to VISIT-022 as for an answer.
    """
    found = session.history.next_redo(session.record.values)
    if found is None:
        raise VisitError("VISIT-025", _("Nothing is left to redo"), hint=_("An answer after an undo ends it."))
    return _write(session, "redo", found, reason)


def _write(session: Session, word: str, found: tuple[str, Sequence[Step]], reason: str) -> Effects:
    target, steps = found
    reopening = session.reopening(reason)
    record = session.record.name
    # The reopening comes first: what a device writes before it reopens a final visit is a late edit.
    changes = [(draft.field, draft.value) for draft in reopening]
    changes += [(step.field, step.after) for step in steps]
    drafts = [
        Draft(record, field, value, f"{word} {target}" if place == 0 else WITH)
        for place, (field, value) in enumerate(changes)
    ]
    for draft in drafts:
        session.record.put(draft.field, draft.value)
    if not _set_quietly(session, steps):
        session.reload(draft.field for draft in drafts)
    key, value = _main_item(session, steps)
    template = _("Undone: {what}") if word == "undo" else _("Redone: {what}")
    message = template.format(what=_step_text(session, steps))
    if key:
        session.position = key
    session.message, session.offer, session.opened = message, None, ()
    _recount(session, steps)
    return Effects(tuple(drafts), key=key, value=value, message=message)


def _set_quietly(session: Session, steps: Sequence[Step]) -> bool:
    """Set a single answer in the live form where the form cannot answer with another one.

    Building the form again is always right, and slower the more questions it has.
    """
    answers = [step for step in steps if not step.field.startswith(("carried:", "remark:", "evidence:"))]
    if len(answers) != 1 or not answers[0].field.startswith("answer:"):
        return not answers
    _kind, form_id, path = split_field(answers[0].field)
    live = session.live.get(form_id)
    if live is None or not session.around.maker.is_quiet(form_id) or not live.has(path):
        return False
    wanted = answers[0].after or ""
    node = live.node(path)
    try:
        change = live.form.set_value(node, wanted)
    except FormError:
        return False
    live.follow(change)
    return node.stored == wanted and len(change.set) <= 1 and not change.rows_added and not change.rows_removed


def _recount(session: Session, steps: Sequence[Step]) -> None:
    """Count items again whose *carried over* or evidence changed."""
    for step in steps:
        kind, form_id, path = split_field(step.field)
        if kind == "evidence":
            held = step.after if isinstance(step.after, dict) else step.before
            form_id, _sign, path = str(held.get("item", "") if isinstance(held, dict) else "").rpartition(":")
        elif kind != "carried":
            continue
        live = session.live.get(form_id)
        if live is not None and live.has(path):
            live.recount(live.node(path))


def _main_step(steps: Sequence[Step]) -> Step:
    for kind in ("answer:", "row:", "remark:", "evidence:"):
        for step in steps:
            if step.field.startswith(kind):
                return step
    return steps[0]


def _main_item(session: Session, steps: Sequence[Step]) -> tuple[str, str]:
    """Return key and value of what an undo is about: the first answer as it was given, else row or remark."""
    answers = [step for step in steps if step.field.startswith("answer:")]
    # The inverse runs backwards: what the person answered was written first and is taken back last.
    main = _main_step(answers[::-1] or steps)
    kind, form_id, path = split_field(main.field)
    if form_id not in session.live:
        evidence = main.after if isinstance(main.after, dict) else main.before
        item = evidence.get("item", "") if isinstance(evidence, dict) else ""
        return str(item), ""
    live = session.live[form_id]
    try:
        node = live.node(path)
    except VisitError:
        series = path.rpartition("{")[0]
        return (join_key(form_id, series), "") if series else ("", "")
    return join_key(form_id, path), node.stored if kind == "answer" else ""


def _step_text(session: Session, steps: Sequence[Step]) -> str:
    answers = [step for step in steps if step.field.startswith("answer:")]
    main = _main_step(answers[::-1] or steps)
    kind, form_id, path = split_field(main.field)
    live = session.live.get(form_id)
    if live is None:
        return _("evidence")
    try:
        node = live.node(path)
    except VisitError:
        return _("a row")
    label = node.label or node.name
    if kind == "answer" and isinstance(main.after, str | None):
        return labelled(label, shown_text(node, main.after or "") or _("empty"))
    return label if kind != "row" else _("a row")


def undo_label(session: Session) -> str:
    """Return what undo would take back, in words; empty where there is nothing."""
    found = session.history.next_undo(session.record.values)
    return _step_text(session, found[1]) if found else ""


def redo_label(session: Session) -> str:
    """Return what redo would make again, in words; empty where there is nothing."""
    found = session.history.next_redo(session.record.values)
    return _step_text(session, found[1]) if found else ""
