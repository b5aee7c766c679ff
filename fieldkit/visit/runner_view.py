"""The runner as it stands: sections, items, cursor, score and counters, for one screenful of work."""

from __future__ import annotations

from fieldkit.i18n import _
from fieldkit.visit.items import LazyItems, Shelf, item_view, locked_by_state
from fieldkit.visit.liveform import LiveForm
from fieldkit.visit.nodes import Node, series_of
from fieldkit.visit.progress import Share
from fieldkit.visit.record import state_word
from fieldkit.visit.refs import split_key
from fieldkit.visit.scoreview import score_view
from fieldkit.visit.session import Session
from fieldkit.visit.tables import table_view
from fieldkit.visit.undoing import redo_label, undo_label
from fieldkit.visit.view import FormLine, ItemView, Progress, RunnerView, SectionView, TableView

__all__ = ["build_item", "build_table", "form_progress", "runner_view", "visit_progress"]


def runner_view(session: Session) -> RunnerView:
    """Return the view of a session; items are built when they are looked at."""
    live = _live(session)
    if live is None:
        return _empty_view(session)
    shelf = Shelf(session, live, live.outline.numbers())
    node = _node_at(session, live)
    current, cell = _current(shelf, node)
    section = live.outline.sections[live.section_index(node)] if node is not None else None
    items = section.items if section is not None else []
    top = live.top_item(node) if node is not None else None
    state = session.record.state
    meta = session.record.meta
    return RunnerView(
        visit=session.record.id,
        number=meta.number,
        title=_form_title(session, live),
        subject=meta.subject,
        forms=_forms(session, live),
        form_id=live.form_id,
        language=session.language_of(live.form_id, session.language),
        languages=session.around.maker.languages(live.form_id),
        state=state.state,
        revision=state.revision,
        sections=_sections(session, live, section.key if section is not None else "", shelf),
        items=LazyItems(shelf, items, session.position),
        position=session.position,
        current=current,
        score=score_view(live, shelf.numbers),
        progress=visit_progress(session),
        next_label=_next_label(live, node),
        message=session.message or None,
        offer=session.offer,
        cell=cell,
        operations=(session.document or {}).get("n", 0),
        subject_name=session.around.subject_name,
        mode=meta.mode,
        section=f"{live.form_id}:{section.key}" if section is not None else "",
        locked=_locked(session),
        reason_due=session.reason_due,
        undo_label=undo_label(session),
        redo_label=redo_label(session),
        form_title=_form_title(session, live),
        index=live.outline.places[top.path].index if top is not None and top.path in live.outline.places else 0,
        jumped_from=session.trail[-1] if session.trail else "",
        findings=tuple(session.findings.values()),
    )


def build_item(session: Session, key: str) -> ItemView:
    """Return one item with all its choices.

    Raises:
        VisitError: VISIT-001 for an unknown item.
    """
    live, node = session.find(key)
    shelf = Shelf(session, live, live.outline.numbers())
    row = node.row
    where = (live.key(series_of(row)), live.key(row)) if row is not None else ("", "")
    return item_view(shelf, node, current=True, cell_of=where)


def build_table(session: Session, key: str) -> TableView:
    """Return a table by the key of its repeat, of a row or of a cell.

    Raises:
        VisitError: VISIT-001 for an unknown item.
    """
    live, node = session.find(key)
    row = node if node.kind == "row" else node.row
    series = node if node.kind == "series" or row is None else series_of(row)
    return table_view(Shelf(session, live, live.outline.numbers()), series, session.position)


def form_progress(live: LiveForm) -> Progress:
    """Return the counters of one form."""
    return live.tally.all.progress()


def visit_progress(session: Session) -> Progress:
    """Return the counters of the whole visit."""
    total = Share()
    for live in session.live.values():
        total.add(live.tally.all)
    return total.progress()


def _live(session: Session) -> LiveForm | None:
    if session.position:
        found = session.live.get(split_key(session.position).form_id)
        if found is not None:
            return found
    return next(iter(session.live.values()), None)


def _node_at(session: Session, live: LiveForm) -> Node | None:
    """Return the node under the cursor; where it is gone (a row removed elsewhere) the nearest one left."""
    path = split_key(session.position).path if session.position else ""
    while path:
        if live.has(path):
            return live.node(path)
        path = path[: path.rindex("{")] if "{" in path else ""
    return next(live.outline.items(), None)


def _current(shelf: Shelf, node: Node | None) -> tuple[ItemView | TableView | None, ItemView | None]:
    if node is None:
        return None, None
    row = node.row
    if node.kind == "series":
        return table_view(shelf, node), None
    if row is None:
        return item_view(shelf, node, current=True), None
    live = shelf.live
    table = table_view(shelf, series_of(row), live.key(node))
    where = (live.key(series_of(row)), live.key(row))
    return table, item_view(shelf, node, current=True, cell_of=where)


def _sections(session: Session, live: LiveForm, active: str, shelf: Shelf) -> tuple[SectionView, ...]:
    raised: dict[str, int] = {}
    for line in session.findings.values():
        if line.key.startswith(f"{live.form_id}:") and live.has(split_key(line.key).path):
            key = live.section_key(live.node(split_key(line.key).path))
            raised[key] = raised.get(key, 0) + 1
    views = []
    for place, section in enumerate(live.outline.sections):
        share = live.tally.section(section.key)
        views.append(
            SectionView(
                key=f"{live.form_id}:{section.key}",
                label=section.label,
                number=shelf.numbers[place],
                done=share.done,
                total=share.total,
                wrong=share.wrong,
                left=share.left,
                active=section.key == active,
                first=live.key(section.items[0]),
                relevant=section.node is None or section.node.relevant,
                hidden=share.hidden,
                form_id=live.form_id,
                findings=raised.get(section.key, 0),
                carried=share.carried,
            )
        )
    return tuple(views)


def _next_label(live: LiveForm, node: Node | None) -> str:
    stations = live.stations
    at = stations.index.get(node.path, -1) if node is not None else -1
    if at < 0 or at + 1 >= len(stations.nodes):
        return ""
    following = stations.nodes[at + 1]
    return following.label or following.name


def _forms(session: Session, live: LiveForm) -> tuple[FormLine, ...]:
    return tuple(
        FormLine(
            pin.form_id,
            pin.version,
            pin.hash,
            session.around.maker.title(pin.form_id),
            active=pin.form_id == live.form_id,
        )
        for pin in session.record.meta.forms
    )


def _form_title(session: Session, live: LiveForm) -> str:
    return session.around.maker.title(live.form_id)


def _locked(session: Session) -> str:
    if not locked_by_state(session):
        return ""
    return _("The visit is {state}: its answers cannot change").format(state=state_word(session.record.state.state))


def _empty_view(session: Session) -> RunnerView:
    meta, state = session.record.meta, session.record.state
    return RunnerView(
        visit=session.record.id,
        number=meta.number,
        title=meta.number,
        subject=meta.subject,
        forms=(),
        form_id="",
        language="",
        languages=(),
        state=state.state,
        revision=state.revision,
        sections=(),
        items=(),
        position="",
        current=None,
        score=None,
        progress=Progress(0, 0, 0, 0, 0),
    )
