"""One item as the screen shows it: built only when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, overload

from msgspec import Struct

from fieldkit.i18n import N_, _
from fieldkit.visit.liveform import LiveForm
from fieldkit.visit.markup import plain_text
from fieldkit.visit.nodes import Node, attribute, item_kind, takes_answer
from fieldkit.visit.offered import offered_choices
from fieldkit.visit.outline import rows_of
from fieldkit.visit.raising import constant_severity, proposed_severity
from fieldkit.visit.scoring import NA, judge, points_view
from fieldkit.visit.session import Session
from fieldkit.visit.shown import shown_text, shown_value
from fieldkit.visit.view import (
    ItemKind,
    ItemStatus,
    ItemView,
    LastView,
    ViolationView,
)

__all__ = ["FEW_CHOICES", "LazyItems", "Shelf", "item_view", "violation_view"]

FEW_CHOICES = 12
"""Lists up to this length come with every item; longer ones with the current item alone."""

_CHOSEN = frozenset({ItemKind.SELECT_ONE, ItemKind.SELECT_MULTIPLE, ItemKind.RANK})
_DEFAULT_MESSAGES = {
    "constraint": N_("This value is not allowed here"),
    "required": N_("This item needs an answer"),
}


class Shelf(Struct, frozen=True):
    """Where an item of a view stands: what the session has and what the place adds."""

    session: Session
    live: LiveForm
    numbers: Sequence[str]
    """Short sign of each section."""


def violation_view(node: Node) -> ViolationView | None:
    """Return why a value may not stay, with words of the tool where the form has none."""
    violation = node.violation
    if violation is None:
        return None
    return ViolationView(violation.condition, violation.message or _(_DEFAULT_MESSAGES[violation.condition]))


def _status(node: Node, kind: ItemKind, carried: bool) -> ItemStatus:
    if not node.relevant:
        return ItemStatus.HIDDEN
    if kind in (ItemKind.NOTE, ItemKind.CALCULATED):
        return ItemStatus.INFO
    violation = node.violation
    if violation is not None and violation.condition == "constraint":
        return ItemStatus.WRONG
    if carried:
        return ItemStatus.CARRIED
    return ItemStatus.ANSWERED if node.value else ItemStatus.EMPTY


def _last(shelf: Shelf, node: Node) -> LastView | None:
    last = shelf.session.around.last.get(shelf.live.form_id)
    value = last.value(node.ref) if last is not None else ""
    if last is None or not value:
        return None
    return LastView(
        value=value,
        shown=shown_text(node, value),
        date=last.date,
        visit=last.visit,
        trend=_trend(node, value),
    )


class _As:
    """A node with another value, judged by the same rules."""

    def __init__(self, node: Node, value: str) -> None:
        self._node = node
        self.value = value
        self.relevant = True

    def __getattr__(self, name: str) -> object:
        return getattr(self._node, name)


def _trend(node: Node, value: str) -> str:
    if not node.value or not attribute(node, "score"):
        return ""
    if node.value == value:
        return "same"
    now, then = judge(node), judge(_As(node, value))  # type: ignore[arg-type]  # stands in for the node
    if not now.possible or not then.possible:
        return ""
    present, past = now.got / now.possible, then.got / then.possible
    return "same" if present == past else "better" if present > past else "worse"


def item_view(shelf: Shelf, node: Node, *, current: bool = False, cell_of: tuple[str, str] = ("", "")) -> ItemView:
    """Return one item.

    Args:
        shelf: Session, form and numbers of sections.
        node: A question, note or table.
        current: The cursor stands on it: long lists of choices come too.
        cell_of: Keys of the table and the row that hold it.
    """
    session, live = shelf.session, shelf.live
    kind, answers = item_kind(node), takes_answer(node)
    carried = answers and session.record.is_carried(live.form_id, node.path)
    offered = node.choices() if kind in _CHOSEN else None
    choices = offered_choices(node, kind) if offered and (current or len(offered) <= FEW_CHOICES) else ()
    rows = rows_of(node) if kind is ItemKind.TABLE else ()
    return ItemView(
        ref=session.ref(live, node),
        name=node.name,
        kind=kind,
        label=plain_text(node.label) or node.name,
        hint=plain_text(node.hint),
        guidance=plain_text(node.guidance),
        appearance=node.appearance,
        value=node.value,
        stored=node.stored,
        shown=shown_value(node),
        choices_count=len(offered) if offered else 0,
        choices=choices,
        relevant=node.relevant,
        required=node.required,
        readonly=node.readonly,
        violation=violation_view(node) if answers else None,
        points=points_view(node) if answers else None,
        severity=proposed_severity(node, live.scheme) if answers else "",
        severity_at_worst=constant_severity(node),
        category=attribute(node, "category"),
        evidence_codes=attribute(node, "evidence"),
        last=_last(shelf, node) if answers else None,
        carried=carried,
        status=_table_status(live, node, rows) if kind is ItemKind.TABLE else _status(node, kind, carried),
        table=cell_of[0],
        row=cell_of[1],
        rows_count=len(rows),
        rows_done=sum(1 for row in rows if row_state(live, row) == "ok"),
        changed=_changed(session, live, node) if current else "",
        can_edit=answers and node.relevant and not node.readonly and not locked_by_state(session),
        is_na=answers and node.value == NA,
        has_na=bool(offered and choices and offered.place(NA) >= 0),
        **_range(node),
        **_standing(shelf, node),
    )


def _standing(shelf: Shelf, node: Node) -> dict[str, Any]:
    """Return where an item stands and what stands beside it."""
    session, live = shelf.session, shelf.live
    key, top = live.key(node), live.top_item(node)
    place = live.outline.places.get(top.path)
    return {
        "key": key,
        "number": _number(shelf, node, top),
        "remark": session.record.text("remark", live.form_id, node.path),
        "evidence": session.record.evidence(key),
        "findings": session.findings_of(key),
        "conflict": session.conflict(f"answer:{key}"),
        "section": f"{live.form_id}:{live.section_key(node)}",
        "depth": place.depth if place else 0,
        "group": place.group.label if place and place.group is not None else "",
    }


def locked_by_state(session: Session) -> bool:
    """Tell whether the state of the visit allows no answers."""
    return session.record.state.state in ("final", "accepted", "void")


def _range(node: Node) -> dict[str, Any]:
    if item_kind(node) is not ItemKind.RANGE:
        return {}
    given = node.parameters
    return {f"range_{name}": given.get(name, "") for name in ("start", "end", "step")}


def _number(shelf: Shelf, node: Node, top: Node) -> str:
    place = shelf.live.outline.places.get(top.path)
    if place is None or not place.ordinal:
        return ""
    sign = shelf.numbers[place.section]
    own = f"{sign}{place.ordinal}" if sign.isascii() and sign.isalpha() else f"{sign}-{place.ordinal}"
    return own if node is top or node.path == top.path else f"{own}.{node.name}"


def _changed(session: Session, live: LiveForm, node: Node) -> str:
    heads = (session.document or {}).get("heads", {}).get(f"answer:{live.form_id}:{node.path}", ())
    return f"{heads[0][2]} {heads[0][1]}" if heads else ""


def row_state(live: LiveForm, row: Node) -> str:
    """Return ``wrong``, ``carried``, ``empty`` or ``ok`` for a row of a table."""
    state = "ok"
    for leaf in _leaves(row):
        share = live.tally.share(leaf.path)
        if share is None:
            continue
        if share.wrong:
            return "wrong"
        if share.carried:
            state = "carried"
        elif share.left and state == "ok":
            state = "empty"
    return state


def _leaves(node: Node) -> Iterator[Node]:
    for child in node.children:
        if child.children:
            yield from _leaves(child)
        else:
            yield child


def _table_status(live: LiveForm, series: Node, rows: Sequence[Node]) -> ItemStatus:
    if not series.relevant:
        return ItemStatus.HIDDEN
    states = {row_state(live, row) for row in rows}
    if "wrong" in states:
        return ItemStatus.WRONG
    if "carried" in states:
        return ItemStatus.CARRIED
    return ItemStatus.ANSWERED if rows and states == {"ok"} else ItemStatus.EMPTY


class LazyItems(Sequence[ItemView]):
    """Items of a section that are built one by one when they are looked at."""

    def __init__(self, shelf: Shelf, nodes: Sequence[Node], current: str) -> None:
        self._shelf = shelf
        self._nodes = nodes
        self._current = current
        self._built: dict[int, ItemView] = {}

    def __len__(self) -> int:
        return len(self._nodes)

    @overload
    def __getitem__(self, place: int) -> ItemView: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[ItemView]: ...
    def __getitem__(self, place: int | slice) -> ItemView | Sequence[ItemView]:
        if isinstance(place, slice):
            return [self[number] for number in range(*place.indices(len(self)))]
        number = place + len(self._nodes) if place < 0 else place
        built = self._built.get(number)
        if built is None:
            built = self._built[number] = self._item(self._nodes[number])
        return built

    def _item(self, node: Node) -> ItemView:
        key, shelved = self._shelf.live.key(node), self._shelf.session.shelved
        if key == self._current:
            return item_view(self._shelf, node, current=True)
        built = shelved.get(key)
        if built is None:
            built = shelved[key] = item_view(self._shelf, node)
        return built

    def keys(self) -> list[str]:
        """Return the keys of all items without building them."""
        return [self._shelf.live.key(node) for node in self._nodes]
