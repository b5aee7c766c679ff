"""What an expression is evaluated in: a node, a root, and the environment of the form."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Protocol

from fieldkit.forms.tree import Node

__all__ = ["Context", "Environment", "Surroundings"]


class Environment(Protocol):
    """What functions ask of the form and of the device."""

    @property
    def timezone(self) -> tzinfo:
        """Time zone of the person who answers."""

    @property
    def language(self) -> str | None:
        """Active language of the form, None for a form without translations."""

    def now(self) -> datetime:
        """Return the moment, aware of its time zone."""

    def random(self) -> float:
        """Return a random number from 0 to below 1."""

    def uuid(self) -> str:
        """Return a new random UUID without prefix."""

    def instance(self, name: str) -> Node | None:
        """Return the node whose child is the root element of a secondary instance, or None."""

    def itext(self, key: str) -> str:
        """Return the text of a translation in the active language."""

    def choice_label(self, node: Node, reference: str, value: str) -> str:
        """Return the label of a choice of the select at `reference` (seen from `node`)."""


class Surroundings:
    """An environment without a form: a fixed moment, no instances, no translations."""

    def __init__(self, moment: datetime | None = None, zone: tzinfo = UTC) -> None:
        self.moment = moment or datetime(1970, 1, 1, tzinfo=UTC)
        self.timezone: tzinfo = zone
        self.language: str | None = None

    def now(self) -> datetime:
        """Return the fixed moment."""
        return self.moment

    def random(self) -> float:
        """Return 0."""
        return 0.0

    def uuid(self) -> str:
        """Return the nil UUID."""
        return "00000000-0000-0000-0000-000000000000"

    def instance(self, name: str) -> Node | None:  # noqa: ARG002 - there are none
        """Return None."""
        return None

    def itext(self, key: str) -> str:  # noqa: ARG002 - there are none
        """Return an empty text."""
        return ""

    def choice_label(self, node: Node, reference: str, value: str) -> str:  # noqa: ARG002 - there are none
        """Return the value itself."""
        return value


class Context:
    """The place where an expression is evaluated.

    Attributes:
        node: Context node.
        position: Its position, from 1.
        size: Size of the set that it is in.
        root: Where absolute paths start.
        current: What ``current()`` gives: the context node of the whole expression.
        env: The form and the device.
        zone: Time zone of `env`.
        in_own_rows: Whether an absolute path through a repeat that holds the node stays in its own row.
    """

    __slots__ = ("current", "env", "in_own_rows", "node", "position", "root", "size", "zone")

    def __init__(
        self,
        node: Node,
        env: Environment,
        *,
        root: Node | None = None,
        current: Node | None = None,
        in_own_rows: bool = True,
    ) -> None:
        self.node = node
        self.position = 1
        self.size = 1
        self.root = node.root() if root is None else root
        self.current = node if current is None else current
        self.env = env
        self.zone = env.timezone
        self.in_own_rows = in_own_rows

    def inner(self) -> Context:
        """Return a copy whose node, position and size a predicate may set."""
        made = Context.__new__(Context)
        made.node = self.node
        made.position = 1
        made.size = 1
        made.root = self.root
        made.current = self.current
        made.env = self.env
        made.zone = self.zone
        made.in_own_rows = self.in_own_rows
        return made
