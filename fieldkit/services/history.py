"""The history of a record in lines: who changed what and when."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fieldkit.model.document import Document
from fieldkit.services.desk import Desk
from fieldkit.services.lines import HistoryLine

__all__ = ["history_of"]

_LIMIT = 500


def history_of(
    desk: Desk, document: Document, labels: Mapping[str, str], words: Callable[[str, str], str] | None = None
) -> tuple[HistoryLine, ...]:
    """Return the operations of a record, the newest first, with the values before and after.

    Args:
        desk: Where the operations are.
        document: The record.
        labels: Fields in words.
        words: Takes a field and a code in it, and returns the code in words.
    """
    said = words or (lambda _field, text: text)
    values: dict[str, Any] = {}
    lines: list[HistoryLine] = []
    for operation in desk.store.operations(document["id"]):
        old = values.get(operation.field)
        values[operation.field] = operation.value
        lines.append(
            HistoryLine(
                at=desk.time_of(operation.hlc),
                actor=_who(desk, operation.actor),
                device=operation.device,
                field=operation.field,
                label=labels.get(operation.field, operation.field),
                old=said(operation.field, _text(old)),
                new=said(operation.field, _text(operation.value)),
                operation=operation.id,
                cause=operation.cause,
            )
        )
    return tuple(reversed(lines[-_LIMIT:]))


def _who(desk: Desk, actor: str) -> str:
    code, _slash, role = actor.partition("/")
    return f"{code} {desk.machines.role_label(role)}" if role else code


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        parts = [value.get("state") or value.get("number"), value.get("code"), value.get("text")]
        return " ".join(str(part) for part in parts if part)
    return ", ".join(map(_text, value)) if isinstance(value, list) else str(value)
