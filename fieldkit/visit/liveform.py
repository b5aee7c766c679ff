"""One form of a visit while it is answered: its nodes by key, its outline, counters and proposals."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from fieldkit.errors import FormError, VisitError
from fieldkit.forms import Change, Form
from fieldkit.model.scheme import Scheme
from fieldkit.visit.nodes import Node, attribute, leaves, takes_answer
from fieldkit.visit.outline import Outline, outline_of, stations_of
from fieldkit.visit.progress import Tally, share_of
from fieldkit.visit.raising import proposed_severity
from fieldkit.visit.record import VisitRecord
from fieldkit.visit.refs import join_key, unknown_item

__all__ = ["LiveForm", "Stations", "Turn"]


class Turn(Struct, frozen=True):
    """What a change of the form did to its items."""

    hidden_answers: tuple[str, ...] = ()
    """Paths of answered items that became hidden; their answers are kept."""
    opened: tuple[str, ...] = ()
    """Paths of items that became relevant."""
    touched: tuple[str, ...] = ()
    """Paths of all items and calculated values of which anything that is shown changed."""


class Stations:
    """The places that the cursor can stand on, in order."""

    def __init__(self, nodes: list[Node]) -> None:
        self.nodes = nodes
        self.index = {node.path: place for place, node in enumerate(nodes)}


class LiveForm:
    """A live form with everything that is derived from it, kept current.

    Attributes:
        form_id: Id of the form.
        form: The engine's form.
        outline: Sections and items.
        tally: Counters and points.
        roles: Node by its ``fk:role``.
        vetoes: Items whose choices are vetoes.
    """

    def __init__(self, form_id: str, form: Form, record: VisitRecord, scheme: Scheme) -> None:
        self.form_id = form_id
        self.record = record
        self.scheme = scheme
        self.load(form)

    def load(self, form: Form) -> None:
        """Take another live form of the same definition, for example after values were taken back."""
        self.form: Form = form
        self.outline: Outline = outline_of(form.root)
        self.tally = Tally()
        self.roles: dict[str, Node] = {}
        self.vetoes: list[Node] = []
        self._stations: Stations | None = None
        self._nodes: dict[str, Node] = {}
        self._section_of: dict[str, str] = {
            node.path: section.key for section in self.outline.sections for node in section.items
        }
        for node in leaves(form.root):
            role = attribute(node, "role")
            if attribute(node, "veto"):
                self.vetoes.append(node)
            if role:
                self.roles.setdefault(role, node)
            self._count(node)

    # -- finding nodes ---------------------------------------------------------------------------

    def node(self, path: str) -> Node:
        """Return the node at a path (with row ids) or a ref (with positions).

        Raises:
            VisitError: VISIT-001 where there is none.
        """
        known = self._nodes.get(path)
        if known is not None:
            return known
        try:
            node = self.form.node(path)
        except FormError as error:
            raise unknown_item(join_key(self.form_id, path)) from error
        if node.path == path:  # a reference names another node after rows moved, a path never does
            self._nodes[path] = node
        return node

    def has(self, path: str) -> bool:
        """Tell whether there is a node at a path."""
        try:
            self.node(path)
        except VisitError:
            return False
        return True

    def key(self, node: Node) -> str:
        """Return the key of a node."""
        return join_key(self.form_id, node.path)

    def top_item(self, node: Node) -> Node:
        """Return the item of the outline that holds a node: the outermost table, or the node itself."""
        found = node
        while found.path not in self._section_of and (above := found.parent) is not None:
            found = above
        return found

    def section_key(self, node: Node) -> str:
        """Return the key of the section that holds a node; empty for values outside the body."""
        return self._section_of.get(node.path) or self._section_of.get(self.top_item(node).path, "")

    def section_index(self, node: Node) -> int:
        """Return the place of the section that holds a node; 0 for values outside the body."""
        place = self.outline.places.get(self.top_item(node).path)
        return place.section if place else 0

    def role_value(self, role: str) -> str:
        """Return the value of the node with a role; empty where the form has none."""
        node = self.roles.get(role)
        return node.value if node is not None else ""

    @property
    def stations(self) -> Stations:
        """The places that the cursor can stand on now."""
        if self._stations is None:
            self._stations = Stations(list(stations_of(self.outline)))
        return self._stations

    # -- staying current -------------------------------------------------------------------------

    def _count(self, node: Node) -> None:
        if not takes_answer(node):
            return
        self.tally.put(
            node.path,
            self.section_key(node),
            share_of(
                node,
                carried=self.record.is_carried(self.form_id, node.path),
                documents_only=bool(attribute(node, "score")) and self._documents_only(node),
            ),
        )

    def _documents_only(self, node: Node) -> bool:
        given = {piece.code for piece in self.record.evidence(self.key(node))}
        codes = given or set(attribute(node, "evidence"))
        return bool(codes) and all(self.scheme.source_of(code) == "doc" for code in codes)

    def recount(self, node: Node) -> None:
        """Count an item again, after its evidence or its *carried over* changed."""
        self._count(node)

    def follow(self, change: Change) -> Turn:
        """Bring counters and outline up to date with a change of the form."""
        if change.rows_removed:
            self._nodes.clear()
        for row in change.rows_removed:
            for node in leaves(row):
                self.tally.drop(node.path)
        for row in change.rows_added:
            for node in leaves(row):
                self._count(node)
        self._check_stations(change)
        hidden, opened, touched = [], [], []
        for node in change.touched:
            if node.kind in ("question", "note", "model"):
                touched.append(node.path)
            if not takes_answer(node):
                continue
            before = self.tally.share(node.path)
            self._count(node)
            if before is None:
                continue
            after = self.tally.share(node.path)
            if after is not None and after.hidden > before.hidden and node.stored:
                hidden.append(node.path)
            if after is not None and after.hidden < before.hidden:
                opened.append(node.path)
        return Turn(tuple(hidden), tuple(opened), tuple(touched))

    def _check_stations(self, change: Change) -> None:
        known = self._stations
        if known is None:
            return
        if (
            change.rows_added
            or change.rows_removed
            or any(
                node.kind in ("question", "note", "series")
                and not node.calculated
                and (node.path in known.index) != node.relevant
                for node in change.touched
            )
        ):
            self._stations = None

    def proposals(self, nodes: Iterable[Node]) -> dict[str, str]:
        """Return path and severity of every finding that these items propose now."""
        found = {node.path: proposed_severity(node, self.scheme) for node in nodes}
        return {path: severity for path, severity in found.items() if severity}
