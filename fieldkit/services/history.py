"""The history of a record in lines: who changed what and when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fieldkit.model.document import Document
from fieldkit.services.desk import Desk
from fieldkit.services.lines import HistoryLine

__all__ = ["history_of"]

_LIMIT = 500


def history_of(desk: Desk, document: Document, labels: Mapping[str, str]) -> tuple[HistoryLine, ...]:
    """Return the operations of a record, the newest first, with the values before and after.

    Args:
        desk: Where the operations are.
        document: The record.
        labels: Fields in words.
    """
    values: dict[str, Any] = {}
    lines: list[HistoryLine] = []
    for operation in desk.store.operations(document["id"]):
        old = values.get(operation.field)
        values[operation.field] = operation.value
        lines.append(
            HistoryLine(
                at=desk.time_of(operation.hlc),
                actor=operation.actor,
                device=operation.device,
                field=operation.field,
                label=labels.get(operation.field, operation.field),
                old=_text(old),
                new=_text(operation.value),
                operation=operation.id,
                cause=operation.cause,
            )
        )
    return tuple(reversed(lines[-_LIMIT:]))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return str(value.get("state") or value.get("number") or value.get("text") or "")
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
