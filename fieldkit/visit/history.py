"""Undo and redo, derived from the operations of a visit, so that they survive a restart.

A *group* is what one intent wrote. Undoing writes the inverse of the last group of this device that is not
undone, with everything that was written beside it; the group of the undo says whom it undoes. Moves, and
what a visit began with, are no groups.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from fieldkit.model.operation import Operation

__all__ = ["Group", "History", "Step"]

_UNDOABLE = ("answer:", "row:", "carried:", "remark:", "evidence:")


class Step(Struct, frozen=True):
    """One field of a group with its value before and after."""

    field: str
    before: Any
    after: Any


class Group(Struct):
    """What one intent wrote, in the order it was written."""

    id: str
    cause: str
    steps: list[Step] = field(default_factory=list)


class History:
    """The groups that can be undone and redone on this device."""

    def __init__(self, record: str, device: str, operations: Iterable[Operation] = ()) -> None:
        self._record = record
        self._device = device
        self._versions: dict[str, tuple[str, Any]] = {}
        self._open: Group | None = None
        self._undo: list[Group] = []
        self._redo: list[Group] = []
        self._last: dict[str, str] = {}
        self.add(operations)

    def add(self, operations: Iterable[Operation]) -> None:
        """Take note of operations in the order they were written here."""
        for operation in operations:
            if operation.record == self._record:
                self._take(operation)
        self._settle()

    def next_undo(self, current: Mapping[str, Any]) -> tuple[str, Sequence[Step]] | None:
        """Return the group to undo with its inverse steps, or None.

        Args:
            current: Shown value of every field; a field that somebody else changed since is left alone.
        """
        return self._next(self._undo, current, forward=False)

    def next_redo(self, current: Mapping[str, Any]) -> tuple[str, Sequence[Step]] | None:
        """Return the group to redo with the steps to write, or None."""
        return self._next(self._redo, current, forward=True)

    def _next(
        self, stack: list[Group], current: Mapping[str, Any], *, forward: bool
    ) -> tuple[str, Sequence[Step]] | None:
        for group in reversed(stack):
            steps = [
                step if forward else Step(step.field, step.after, step.before)
                for step in (group.steps if forward else reversed(group.steps))
            ]
            usable = [step for step in steps if current.get(step.field) == step.before]
            if usable:
                return group.id, usable
        return None

    def _take(self, operation: Operation) -> None:
        before = self._before(operation)
        self._versions[operation.id] = (operation.field, operation.value)
        self._last[operation.field] = operation.id
        if operation.device != self._device:
            return
        if not operation.cause.startswith("with "):
            self._settle()
            self._open = Group(operation.id, operation.cause)
        if self._open is not None:
            if operation.field == "meta":
                self._open.cause = "start"
            if operation.field.startswith(_UNDOABLE):
                self._open.steps.append(Step(operation.field, before, operation.value))

    def _before(self, operation: Operation) -> Any:
        """Return what the field showed before: of several versions replaced, the one written here last."""
        seen = {name: self._versions[name] for name in operation.prev if name in self._versions}
        own = [value for name, (field, value) in seen.items() if field == operation.field]
        last = seen.get(self._last.get(operation.field, ""))
        if last is not None:
            return last[1]
        return own[0] if own else None

    def _settle(self) -> None:
        group, self._open = self._open, None
        if group is None:
            return
        word, _sign, target = group.cause.partition(" ")
        if word == "undo":
            self._move(target, self._undo, self._redo)
        elif word == "redo":
            self._move(target, self._redo, self._undo)
        elif group.steps and word != "start":
            self._undo.append(group)
            self._redo.clear()

    @staticmethod
    def _move(target: str, source: list[Group], destination: list[Group]) -> None:
        for place in range(len(source) - 1, -1, -1):
            if source[place].id == target:
                destination.append(source.pop(place))
                return
