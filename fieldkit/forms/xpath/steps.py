"""How many nodes expressions may look at: more than any form needs, less than would hang the app.

Only the loops over nodes count. A form from outside may nest predicates so that a large instance takes hours.
"""

from __future__ import annotations

from fieldkit.errors import FormError
from fieldkit.i18n import _

__all__ = ["EXPRESSION_STEPS", "OPERATION_STEPS", "Budget", "budget"]

EXPRESSION_STEPS = 5_000_000
"""Most nodes that one evaluation of one expression looks at: some seconds."""

OPERATION_STEPS = 20_000_000
"""Most nodes that all expressions look at together after one answer, or while a form loads."""


class Budget:
    """Counts the nodes that are looked at.

    Attributes:
        left: Nodes that the present expression may still look at.
        rest: Nodes that the present operation may still look at, those of the present expression not included.
        active: Whether an operation or expression is under way; what it calls counts as its own.
    """

    __slots__ = ("active", "left", "rest")

    def __init__(self) -> None:
        self.left = EXPRESSION_STEPS
        self.rest = OPERATION_STEPS
        self.active = False

    def spend(self, count: int) -> None:
        """Count nodes that are looked at; outside of an operation there is no limit.

        Raises:
            FormError: XPATH-110 where there are too many.
        """
        self.left -= count
        if self.left < 0 and self.active:
            raise FormError(
                "XPATH-110",
                _("The expression looks at too many nodes."),
                hint=_("Write it without a condition inside a condition over long lists or tables."),
            )

    def begin(self) -> bool:
        """Start an operation or a single expression; return whether it is the outermost one."""
        if self.active:
            return False
        self.active = True
        self.rest = OPERATION_STEPS - EXPRESSION_STEPS
        self.left = EXPRESSION_STEPS
        return True

    def end(self, outermost: bool) -> None:
        """End what ``begin`` started."""
        if outermost:
            self.active = False

    def expression(self) -> None:
        """Give the next expression of an operation its share."""
        if self.left == EXPRESSION_STEPS:
            return
        rest = self.rest + max(self.left, 0)
        self.left = min(EXPRESSION_STEPS, rest)
        self.rest = rest - self.left


budget = Budget()
"""The one of this process: expressions are evaluated one after the other."""
