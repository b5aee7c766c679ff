"""Where the cursor goes: item by item, to the next empty or wrong one, by section, and back from a jump."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fieldkit.i18n import _
from fieldkit.visit.liveform import LiveForm
from fieldkit.visit.nodes import Node, series_of, takes_answer
from fieldkit.visit.outline import columns_of
from fieldkit.visit.refs import unknown_item
from fieldkit.visit.session import Session

__all__ = ["advance", "back", "go", "go_form", "next_empty", "next_wrong", "step", "to_section"]

_MAX_TRAIL = 50


def _live_at(session: Session) -> tuple[LiveForm | None, int]:
    """Return the form that the cursor is in and its place there, -1 where it stands on none."""
    form_id, _sign, path = session.position.rpartition(":/")
    live = session.live.get(form_id)
    if live is None:
        first = next(iter(session.live.values()), None)
        return first, 0 if first is not None and first.stations.nodes else -1
    return live, live.stations.index.get(f"/{path}", -1)


def _path(key: str) -> str:
    return "/" + key.rpartition(":/")[2]


def _nearest(live: LiveForm, path: str) -> int:
    """Return the first place after an item that cannot be stood on (hidden, or gone with its row)."""
    order = {node.path: place for place, node in enumerate(live.outline.items())}
    own = next((order[item] for item in order if path == item or path.startswith(f"{item}{{")), 0)
    for place, node in enumerate(live.stations.nodes):
        if order.get(live.top_item(node).path, -1) >= own:
            return place
    return len(live.stations.nodes)


def _round(session: Session) -> Iterator[tuple[LiveForm, Node]]:
    """Yield every place after the present one, going round once and ending with the present one."""
    live, at = _live_at(session)
    if live is None:
        return
    start = at + 1 if at >= 0 else _nearest(live, _path(session.position))
    forms = list(session.live.values())
    own = forms.index(live)
    for node in live.stations.nodes[start:]:
        yield live, node
    for other in forms[own + 1 :] + forms[:own]:
        for node in other.stations.nodes:
            yield other, node
    for node in live.stations.nodes[:start]:
        yield live, node


def go(session: Session, key: str, *, jump: bool = True) -> None:
    """Go to an item, a table, a cell, or the first item of a row.

    Args:
        session: The visit.
        key: Where to.
        jump: Remember the place, so that *back* returns; False for arrows between neighbours.

    Raises:
        VisitError: VISIT-001 for an unknown item.
    """
    live, node = session.find(key)
    if node.kind == "row":
        node = next((cell for cell in columns_of(node) if cell.relevant), series_of(node))
    elif node.kind == "group":
        node = next((item for item in live.stations.nodes if item.path.startswith(node.path)), node)
    if jump:
        _jump(session, live.key(node))
    else:
        _stand(session, live.key(node))


def go_form(session: Session, form_id: str) -> None:
    """Go to the first place of one of the visit's forms; where it has none the cursor stays.

    Raises:
        VisitError: VISIT-001, the visit has no such form.
    """
    live = session.live.get(form_id)
    if live is None:
        raise unknown_item(form_id)
    if live.stations.nodes:
        _jump(session, live.key(live.stations.nodes[0]))


def _jump(session: Session, key: str) -> None:
    if key == session.position:
        return
    session.trail.append(session.position)
    del session.trail[:-_MAX_TRAIL]
    _stand(session, key)


def _stand(session: Session, key: str) -> None:
    session.position = key
    session.message, session.offer = "", None


def step(session: Session, delta: int) -> None:
    """Go to the next or the previous place; at the end of the visit the cursor stays."""
    live, at = _live_at(session)
    if live is None or not delta:
        return
    if at < 0:
        at = _nearest(live, _path(session.position)) - (1 if delta > 0 else 0)
    forms = list(session.live.values())
    own, target = forms.index(live), at + delta
    while target >= len(forms[own].stations.nodes) and own + 1 < len(forms):
        target -= len(forms[own].stations.nodes)
        own += 1
    while target < 0 and own > 0:
        own -= 1
        target += len(forms[own].stations.nodes)
    nodes = forms[own].stations.nodes
    if nodes:
        _stand(session, forms[own].key(nodes[max(0, min(target, len(nodes) - 1))]))


def advance(session: Session) -> None:
    """Step on after an answer: stay at a refused value, go into follow-up questions, else the next item."""
    if not session.position:
        return
    live, node = session.find(session.position)
    if node.violation is not None and node.violation.condition == "constraint":
        return
    opened = [key for key in session.opened if key.startswith(f"{live.form_id}:")]
    message, offer = session.message, session.offer
    at = session.position
    step(session, 1)
    if opened and session.position not in opened:
        _into_follow_up(session, live, at, opened)
    session.message, session.offer = message, offer


def _into_follow_up(session: Session, live: LiveForm, at: str, opened: list[str]) -> None:
    """Go to the first opened item of the section where everything between is answered already."""
    nodes, index = live.stations.nodes, live.stations.index
    place = index.get(_path(at), -1)
    if place < 0:
        return
    section = live.section_key(nodes[place])
    for node in nodes[place + 1 :]:
        if live.section_key(node) != section:
            return
        if live.key(node) in opened:
            session.position = live.key(node)
            return
        if _is_empty(node):
            return


def back(session: Session) -> bool:
    """Return from the last jump, and tell whether there was one."""
    if not session.trail:
        return False
    _stand(session, session.trail.pop())
    return True


def to_section(session: Session, key: str) -> None:
    """Jump to the first item of a section.

    Args:
        session: The visit.
        key: Key of the section, as its view has it.
    """
    for live in session.live.values():
        for section in live.outline.sections:
            if f"{live.form_id}:{section.key}" == key:
                first = next((item for item in section.items if item.relevant), section.items[0])
                _jump(session, live.key(first))
                return


def next_empty(session: Session) -> bool:
    """Jump to the next item that needs an answer: required ones first, then the others.

    Returns:
        Whether there was one.
    """
    left = any(live.tally.all.left for live in session.live.values())
    if left and _jump_to(session, lambda _live, node: _is_empty(node) and node.required):
        return True
    if _jump_to(session, lambda _live, node: _is_empty(node)):
        if not left:
            session.message = _("Nothing required is left; this one may stay empty")
        return True
    session.message = _("Everything is answered")
    return False


def next_wrong(session: Session) -> bool:
    """Jump to the next item that is refused, in conflict, or carried over and not confirmed."""
    if _jump_to(session, lambda live, node: _is_wrong(session, live, node)):
        return True
    session.message = _("Nothing is wrong")
    return False


def _jump_to(session: Session, wanted: Callable[[LiveForm, Node], bool]) -> bool:
    for live, node in _round(session):
        if wanted(live, node):
            _jump(session, live.key(node))
            return True
    return False


def _is_empty(node: Node) -> bool:
    return takes_answer(node) and node.relevant and not node.readonly and not node.value


def _is_wrong(session: Session, live: LiveForm, node: Node) -> bool:
    if not takes_answer(node):
        return False
    share = live.tally.share(node.path)
    if share is not None and (share.wrong or share.carried):
        return True
    return bool(session.conflict(f"answer:{live.form_id}:{node.path}"))
